"""Count findings per rule over a folder of projects, ours beside squawk's on the same files, as Markdown.

    .venv/bin/python benchmarks/findings.py CORPUS [--squawk PATH] [--profile strict]

CORPUS holds one folder per project. squawk is taken from PATH, or left out.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from commands.validate import validate_paths
from guardrails.lint.contracts import Profile
from guardrails.lint.rules import RULES

Hits = Counter[str]


def ours(folders: Iterable[Path], profile: Profile) -> tuple[list[Path], Hits, Hits]:
    """Return the files that were read, the findings per rule and the files per rule."""
    files: list[Path] = []
    findings: Hits = Counter()
    reached: Hits = Counter()
    for folder in folders:
        for result in validate_paths([folder], folder, profile=profile).files:
            path = Path(result.path)
            files.append(path if path.is_absolute() else folder / path)
            codes = [finding.code for finding in result.findings]
            findings.update(codes)
            reached.update(set(codes))
    return files, findings, reached


def squawks(program: str, files: list[Path]) -> tuple[Hits, Hits]:
    findings: Hits = Counter()
    reached: Hits = Counter()
    for start in range(0, len(files), 500):
        batch = [str(file) for file in files[start : start + 500]]
        run = subprocess.run([program, "--reporter", "Json", *batch], capture_output=True, check=False)
        rows = json.loads(run.stdout or b"[]")
        findings.update(row["rule_name"] for row in rows)
        reached.update(rule for _, rule in {(row["file"], row["rule_name"]) for row in rows})
    return findings, reached


def table(title: str, number: int, findings: Hits, reached: Hits) -> str:
    lines = [f"| {title} | findings | per 100 files | files hit, % |", "|---|---:|---:|---:|"]
    for rule, count in sorted(findings.items(), key=lambda item: (-item[1], item[0])):
        lines.append(
            f"| {rule} | {count} | {100 * count / number:.1f} | {100 * reached[rule] / number:.1f} |"
        )
    total = sum(findings.values())
    lines.append(f"| all | {total} | {100 * total / number:.1f} | |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--squawk", help="path of the squawk program")
    parser.add_argument("--profile", choices=list(Profile), default=Profile.RECOMMENDED)
    arguments = parser.parse_args()
    folders = sorted(path for path in arguments.corpus.iterdir() if path.is_dir())
    files, findings, reached = ours(folders, Profile(arguments.profile))
    print(f"{len(files)} files of {len(folders)} projects, profile {arguments.profile}.\n")
    print(table("pg-guardrails", len(files), findings, reached))
    silent = sorted(RULES.keys() - findings.keys())
    print(f"\nNever: {', '.join(silent) or 'none'}.\n")
    if arguments.squawk:
        print(
            table("squawk", len(files), *squawks(arguments.squawk, [file for file in files if file.exists()]))
        )


if __name__ == "__main__":
    main()
