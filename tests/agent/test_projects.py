"""Scripts and tasks of a project are read, and judged by what they run."""

import json
from pathlib import Path

import pytest

from tests.agent.support import run


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_script_is_read(tmp_path: Path) -> None:
    put(
        tmp_path,
        **{
            "a/deploy.sh": '#!/usr/bin/env bash\nset -e\nsupabase db "$1"\n',
            "a/ok.sh": "#!/bin/sh\necho supabase db push\n",
        },
    )

    assert run("a/deploy.sh push", tmp_path) == "deny"
    assert run("bash a/deploy.sh push", tmp_path) == "deny"
    assert run("cd a && ./deploy.sh push", tmp_path) == "deny"
    assert run("sudo -E a/deploy.sh push", tmp_path) == "deny"
    assert run("a/deploy.sh diff", tmp_path) == "pass"
    assert run("a/ok.sh", tmp_path) == "pass"


def test_a_script_that_runs_another_is_followed(tmp_path: Path) -> None:
    put(tmp_path, **{"one.sh": "#!/bin/sh\n. ./two.sh\ngo\n", "two.sh": "go() { alembic upgrade head; }\n"})

    assert run("./one.sh", tmp_path) == "deny"


@pytest.mark.parametrize(
    "runner", ["npm run", "pnpm", "yarn", "pnpm run", "bun run", "yarn run", "npm --silent run", "node --run"]
)
def test_a_script_of_package_json_is_read(runner: str, tmp_path: Path) -> None:
    scripts = {
        "ship": "prisma migrate deploy",
        "prebuild": "drizzle-kit push",
        "build": "tsc",
        "fine": "prisma generate",
    }
    put(tmp_path, **{"package.json": json.dumps({"scripts": scripts})})

    assert run(f"{runner} ship", tmp_path) == "deny"
    assert run(f"{runner} build", tmp_path) == "deny"
    assert run(f"{runner} fine", tmp_path) == "pass"


def test_scripts_that_npm_runs_by_itself_are_read(tmp_path: Path) -> None:
    put(tmp_path, **{"package.json": json.dumps({"scripts": {"postinstall": "prisma migrate deploy"}})})

    assert run("npm ci", tmp_path) == "deny"
    assert run("npm install left-pad", tmp_path) == "pass"


@pytest.mark.parametrize(
    "command",
    [
        "npm run go -w packages/db",
        "pnpm --filter db go",
        "pnpm -r run go",
        "yarn workspace db go",
        "turbo run go",
        "cd packages/db && npm run go",
        "npm --prefix packages/db run go",
        "pnpm -C packages/db go",
    ],
)
def test_a_script_of_a_workspace_is_read(command: str, tmp_path: Path) -> None:
    put(
        tmp_path,
        **{
            "package.json": "{}",
            "packages/db/package.json": json.dumps({"scripts": {"go": "drizzle-kit push"}}),
        },
    )

    assert run(command, tmp_path) == "deny"


def test_a_makefile_is_read_with_its_variables_and_what_a_target_needs(tmp_path: Path) -> None:
    makefile = "DB = supabase db\nall: build\nbuild:\n\tgo build\ndeploy: push\n\techo done\npush:\n\t@$(DB) push\nx-%:\n\tmake deploy\n"
    put(tmp_path, Makefile=makefile)

    assert run("make", tmp_path) == "pass"
    assert run("make build", tmp_path) == "pass"
    assert run("make deploy", tmp_path) == "deny"
    assert run("make -j4 build push", tmp_path) == "deny"
    assert run("make x-prod", tmp_path) == "deny"
    assert run("make -n deploy", tmp_path) == "pass"
    assert run("make push DB=echo", tmp_path) == "pass"
    assert run("make build DB=1 && make -C . deploy", tmp_path) == "deny"


def test_a_justfile_is_read(tmp_path: Path) -> None:
    put(
        tmp_path,
        justfile='tool := "supabase"\nalias d := deploy\n\n@ok:\n  echo ok\n\ndeploy kind="push": ok\n    {{tool}} db {{kind}}\n',
    )

    assert run("just", tmp_path) == "pass"
    assert run("just d", tmp_path) == "deny"
    assert run("just deploy", tmp_path) == "deny"
    assert run("just deploy diff", tmp_path) == "pass"


def test_a_taskfile_is_read(tmp_path: Path) -> None:
    text = "version: '3'\ntasks:\n  ok:\n    cmds:\n      - echo hi\n  deploy:\n    deps: [ok]\n    cmds:\n      - task: push\n  push:\n    cmds:\n      - |\n        cd db\n        supabase db push\n  short: alembic upgrade head\n"
    put(tmp_path, **{"Taskfile.yml": text})

    assert run("task ok", tmp_path) == "pass"
    assert run("task deploy", tmp_path) == "deny"
    assert run("task short", tmp_path) == "deny"


@pytest.mark.parametrize(
    ("file", "text", "command"),
    [
        ("pyproject.toml", '[tool.poe.tasks]\ngo = "alembic upgrade head"\n', "poe go"),
        ("pyproject.toml", '[tool.pdm.scripts]\ngo = {cmd = "alembic upgrade head"}\n', "pdm run go"),
        (
            "pyproject.toml",
            '[tool.hatch.envs.default.scripts]\ngo = ["alembic upgrade head"]\n',
            "hatch run go",
        ),
        ("composer.json", '{"scripts": {"go": ["@php artisan migrate --force"]}}', "composer run go"),
        ("deno.json", '{"tasks": {"go": "drizzle-kit push"}}', "deno task go"),
        ("mise.toml", '[tasks.go]\nrun = "supabase db push"\n', "mise run go"),
        ("Procfile", "release: bundle exec rails db:migrate\nweb: puma\n", "heroku local release"),
    ],
)
def test_tasks_of_other_tools_are_read(file: str, text: str, command: str, tmp_path: Path) -> None:
    put(tmp_path, **{file: text})

    assert run(command, tmp_path) == "deny"


def test_a_program_that_writes_to_a_database_is_asked_about(tmp_path: Path) -> None:
    put(
        tmp_path,
        **{
            "fix.py": "import psycopg\npsycopg.connect().execute('delete from users')\n",
            "serve.py": "import psycopg\nprint(psycopg.connect().execute('select 1'))\n",
            "run.js": "const { execSync } = require('child_process'); execSync('npx prisma db push')\n",
            "hello.js": "console.log('prisma db push')\n",
        },
    )

    assert run("python fix.py", tmp_path) == "ask"
    assert run("uv run python fix.py", tmp_path) == "ask"
    assert run("node run.js", tmp_path) == "ask"
    assert run("python serve.py", tmp_path) == "pass"
    assert run("node hello.js", tmp_path) == "pass"


def test_a_push_from_a_deployed_branch_is_refused(tmp_path: Path) -> None:
    put(tmp_path, **{".git/HEAD": "ref: refs/heads/main\n"})

    assert run("git push", tmp_path) == "deny"
    assert run("git push origin HEAD", tmp_path) == "deny"

    put(tmp_path, **{".git/HEAD": "ref: refs/heads/feat/x\n"})
    assert run("git push", tmp_path) == "pass"
