"""What the hook answers in a whole repository: commands of every kind, tools of servers, edits on every path."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.agent.support import answer, run

HERE = Path(__file__).parent
COMMANDS = [
    json.loads(line) for line in (HERE / "repository_commands.jsonl").read_text(encoding="utf-8").splitlines()
]
TOOLS = [
    json.loads(line) for line in (HERE / "repository_tools.jsonl").read_text(encoding="utf-8").splitlines()
]
SCRIPTS = {
    "dev": "next dev",
    "build": "next build",
    "test": "vitest run",
    "lint": "eslint .",
    "migrate": "prisma migrate deploy",
    "db:types": "supabase gen types typescript --local > src/types.ts",
    "predeploy": "supabase db push",
    "deploy": "vercel --prod",
    "postinstall": "prisma generate",
}
FILES = {
    "supabase/config.toml": 'project_id = "x"\n',
    "supabase/migrations/20260101000000_add_x.sql": "create table t (a int);\n",
    ".claude/settings.json": '{"hooks": {}}',
    "guardrails.toml": 'profile = "strict"\n',
    ".guardrails/approvals/a.json": "{}",
    ".gitignore": ".env*\n",
    ".env": "DATABASE_URL=postgres://x@db.example.com/y\n",
    ".env.production": "A=1\n",
    "package.json": json.dumps({"name": "a", "version": "1.0.0", "scripts": SCRIPTS}),
    "Makefile": "build:\n\tnpm run build\ntest:\n\tpytest -q\nlint:\n\truff check .\nmigrate:\n\talembic upgrade head\nrelease: migrate\n\techo done\n",
    "justfile": "fmt:\n  ruff format .\nship:\n  npx prisma migrate deploy\n",
    "scripts/deploy.sh": '#!/bin/bash\nset -e\nnpm run build\nsupabase db push "$@"\n',
    "scripts/hello.py": 'print("supabase db push")\n',
    "scripts/print.ts": 'console.log("prisma migrate deploy")\n',
    "scripts/fix.py": "import os, psycopg\nwith psycopg.connect(os.environ['DATABASE_URL']) as c:\n    c.execute('update users set a = 1')\n",
    "dump.sql": "create table q ();\n",
    "schema.sql": "create table q ();\n",
    "seed.sql": "insert into t values (1);\n",
    "m.sql": "drop table t;\n",
    "README.md": "x\n",
}
LINKS = {"link": ".claude", "settings-link.json": ".claude/settings.json", "mlink": "supabase/migrations"}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a repository on a branch, with a migration of `main`, one of its own and one that is not committed."""
    root = tmp_path_factory.mktemp("repository")

    def git(*words: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *words],
            cwd=root,
            check=True,
            capture_output=True,
        )

    def put(name: str, text: str) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)

    for name, text in FILES.items():
        put(name, text)
    (root / "scripts/deploy.sh").chmod(0o755)
    for name, target in LINKS.items():
        (root / name).symlink_to(target)
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-qm", "start")
    git("checkout", "-qb", "feature/x")
    put("supabase/migrations/20260601000000_mine.sql", "create table u (a int);\n")
    git("add", "-A")
    git("commit", "-qm", "mine")
    put("supabase/migrations/20261101000000_draft.sql", "create table v (a int);\n")
    return root


@pytest.mark.parametrize(
    "case", COMMANDS, ids=lambda case: case["command"][:60].encode("unicode_escape").decode()
)
def test_a_command_in_a_repository_is_answered_as_labelled(case: dict[str, str], repository: Path) -> None:
    assert run(case["command"], repository) == case["answer"]


@pytest.mark.parametrize("case", TOOLS, ids=lambda case: f"{case['tool']} {json.dumps(case['input'])[:60]}")
def test_a_tool_in_a_repository_is_answered_as_labelled(case: dict[str, Any], repository: Path) -> None:
    assert answer(case["tool"], _placed(case["input"], repository), repository) == case["answer"]


def _placed(given: Any, root: Path) -> Any:
    return json.loads(json.dumps(given).replace("{root}", str(root)))
