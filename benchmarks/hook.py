"""How long an assistant waits for a hook: CPU time of one cold answer, as a ratio to Python's own start.

Run from the project's root with the environment of the project: .venv/bin/python benchmarks/hook.py
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

RUNS = 15
COMMANDS = {
    "ls": "ls -la src",
    "a test run": "cd app && npm test -- --watch=false 2>&1 | tail -50",
    "a commit": "git add -A && git commit -m 'feat: add users' && git push -u origin feat/users",
    "a push that is refused": "npx supabase db push --linked",
    "SQL": "psql -h localhost -c 'select count(*) from users'",
}


def environment() -> dict[str, str]:
    """Return the environment without what keeps Python from using compiled modules, as an installed tool would."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def cpu_ms(arguments: list[str], data: bytes, folder: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(RUNS):
        subprocess.run(arguments, input=data, capture_output=True, cwd=folder, env=environment(), check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used * 1000 / RUNS


def main() -> None:
    tool = str(Path(sys.executable).with_name("pg-guardrails"))
    {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        bare = cpu_ms([sys.executable, "-I", "-c", "pass"], b"", folder)
        print(f"{'python -I -c pass':<24} {bare:6.1f} ms")
        for name, command in COMMANDS.items():
            event = {
                "hook_event_name": "PreToolUse",
                "tool_name": "Bash",
                "tool_input": {"command": command},
                "cwd": folder,
            }
            took = cpu_ms([tool, "hook", "claude"], json.dumps(event).encode(), folder)
            print(f"{name:<24} {took:6.1f} ms  {took / bare:4.1f} times")


if __name__ == "__main__":
    main()
