"""Write the index of the rules anew, whatever state the old one is in: `make index` runs this."""

from pathlib import Path

INDEX = Path(__file__).parent.parent / "guardrails/lint/rules/index.py"
DOCSTRING = '"""Code, family and classes of statements of each rule, and whether it sees the text: by `make index`."""'


def written(lines: tuple[tuple[object, ...], ...]) -> str:
    rows = "".join(f"    {tuple(line)},\n".replace("'", '"') for line in lines)
    return f"{DOCSTRING}\n\nINDEX: tuple[tuple[str, str, tuple[str, ...], bool], ...] = (\n{rows})  # fmt: skip\n"


if __name__ == "__main__":
    INDEX.write_text(written(()), encoding="utf-8")
    from guardrails.lint.rules import lines

    INDEX.write_text(written(lines()), encoding="utf-8")
