"""What somebody tries who wants a migration merged that nobody approved, or other bytes than were approved."""

import hashlib
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from guardrails.lint.contracts import GuardrailsError

FIRST = "supabase/migrations/20260101000000_users.sql"
NEW = "supabase/migrations/20260102000000_bio.sql"
RECORD = "supabase/approvals/20260102000000_bio.json"
BIO = "ALTER TABLE public.users ADD COLUMN bio text;\n"
DROP = "DROP TABLE public.users;\n"
Repo = Any


def tree_with(repo: Repo, path: str, mode: str, name: str) -> None:
    """Put an entry into the index that no working tree would give."""
    repo.git("update-index", "--add", "--cacheinfo", f"{mode},{name},{path}")
    repo.git("commit", "-q", "-m", "A change")


def blob(repo: Repo, text: str) -> str:
    done = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"],
        cwd=repo.root,
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def committed_tree(repo: Repo, lines: list[tuple[str, str]]) -> str:
    """Make a tree of raw entries, which git itself would never write, and return its name."""
    data = b"".join(f"{head}\0".encode() + bytes.fromhex(name) for head, name in lines)
    done = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"],
        cwd=repo.root, input=data, capture_output=True, check=True,
    )  # fmt: skip
    return done.stdout.decode().strip()


def a_name_twice_in_a_tree(repo: Repo) -> None:
    evil = blob(repo, DROP)
    folder = repo.git("rev-parse", "HEAD:supabase/migrations")
    listed = [line.split(None, 3) for line in repo.git("ls-tree", folder).splitlines()]
    entries = [(f"100644 {name}", oid) for _, _, oid, name in listed]
    last = entries[-1]
    migrations = committed_tree(repo, [*entries[:-1], (last[0], evil), last])
    supabase = [
        ("40000 approvals", repo.git("rev-parse", "HEAD:supabase/approvals")),
        ("40000 migrations", migrations),
    ]
    if repo.git("ls-tree", "HEAD:supabase", "rollbacks"):
        supabase.append(("40000 rollbacks", repo.git("rev-parse", "HEAD:supabase/rollbacks")))
    top = committed_tree(repo, [("40000 supabase", committed_tree(repo, supabase))])
    commit = repo.git("commit-tree", top, "-p", "HEAD", "-m", "A change")
    repo.git("update-ref", "refs/heads/change", commit)


def a_submodule_among_the_migrations(repo: Repo) -> None:
    tree_with(repo, "supabase/migrations/more", "160000", repo.git("rev-parse", "HEAD"))


def a_submodule_in_place_of_the_migrations(repo: Repo) -> None:
    repo.git("rm", "-rq", "--cached", "supabase/migrations")
    tree_with(repo, "supabase/migrations", "160000", repo.git("rev-parse", "HEAD"))


def an_encoding_of_the_working_tree(repo: Repo) -> None:
    repo.write(".gitattributes", "*.sql working-tree-encoding=UTF-7\n")


def an_ident(repo: Repo) -> None:
    repo.write("supabase/.gitattributes", "migrations/*.sql ident\n")


def a_filter(repo: Repo) -> None:
    repo.write(".gitattributes", "supabase/** filter=evil\n")


def a_substitution_in_archives(repo: Repo) -> None:
    repo.write("supabase/migrations/.gitattributes", "* export-subst\n")


def files_left_out_of_archives(repo: Repo) -> None:
    repo.write(".gitattributes", "20260101*.sql export-ignore\n")


def a_filter_by_a_macro(repo: Repo) -> None:
    repo.write(".gitattributes", "[attr]quiet filter=evil\n*.sql quiet\n")


def an_evil_merge(repo: Repo) -> None:
    repo.git("checkout", "-q", "-b", "side", "main")
    repo.write("README.md", "x\n")
    repo.commit()
    repo.git("checkout", "-q", "change")
    repo.git("merge", "-q", "--no-commit", "--no-ff", "side")
    repo.write(NEW, DROP)


def an_octopus(repo: Repo) -> None:
    for name in ("one", "two"):
        repo.git("checkout", "-q", "-b", name, "main")
        repo.write(f"{name}.md", "x\n")
        if name == "two":
            repo.write("supabase/migrations/20260103000000_drop.sql", DROP)
        repo.commit()
    repo.git("checkout", "-q", "change")
    repo.git("merge", "-q", "--no-edit", "one", "two")


def ours_over_the_base(repo: Repo) -> None:
    """A merge that takes the base branch's newest commit in and leaves its migration out."""
    repo.git("checkout", "-q", "main")
    repo.write("supabase/migrations/20260101500000_more.sql", "select 1;\n")
    repo.commit()
    repo.git("checkout", "-q", "change")
    repo.git("merge", "-q", "-s", "ours", "--no-edit", "main")


def deleted_and_added_again(repo: Repo) -> None:
    (repo.root / FIRST).unlink()
    repo.commit()
    repo.write(FIRST, DROP)


def swapped_with_another_approved_one(repo: Repo) -> None:
    """The bytes of one approved migration under the name of another."""
    other = "supabase/migrations/20260103000000_age.sql"
    repo.add_approved(other, BIO.replace("bio text", "age int"))
    one, two = (repo.root / NEW).read_bytes(), (repo.root / other).read_bytes()
    repo.write(NEW, two)
    repo.write(other, one)


def a_key_twice_in_a_record(repo: Repo) -> None:
    text = (repo.root / RECORD).read_text()
    digest = json.loads(text)["sha256"]
    evil = hashlib.sha256(DROP.encode()).hexdigest()
    repo.write(NEW, DROP)
    repo.write(RECORD, text.replace(f'"sha256": "{digest}"', f'"sha256": "{digest}", "sha256": "{evil}"'))


def a_huge_record(repo: Repo) -> None:
    repo.write(RECORD, (repo.root / RECORD).read_text() + " " * 100_000)


def a_name_that_looks_the_same(repo: Repo) -> None:
    repo.write("supabase/migrations/20260103000000_cafe\u0301.sql", DROP)
    repo.write("supabase/migrations/20260103000001_caf\u00e9.sql", DROP)


def a_folder_that_looks_the_same(repo: Repo) -> None:
    repo.write("supabase/migrations\u200c/20260103000001_x.sql", DROP)


def an_extension_in_capitals(repo: Repo) -> None:
    repo.write("supabase/migrations/20260103000000_x.SQL", DROP)


def a_name_that_only_differs_in_case(repo: Repo) -> None:
    repo.write(FIRST.replace("users", "Users"), DROP)


def a_second_project(repo: Repo) -> None:
    repo.write("apps/api/supabase/migrations/20260103000000_x.sql", DROP)


def a_folder_moved_by_the_configuration(repo: Repo) -> None:
    repo.write("guardrails.toml", 'migrations = "db/elsewhere"\n')
    repo.write("db/elsewhere/20260101000000_x.sql", "select 1;\n")
    repo.write(NEW, DROP)


def a_nested_configuration(repo: Repo) -> None:
    repo.write("supabase/guardrails.toml", "[rules]\nDROP_TABLE = 'off'\n")


def the_executable_bit_with_other_bytes(repo: Repo) -> None:
    repo.write(NEW, DROP)
    (repo.root / NEW).chmod(0o755)


def an_attribute_that_hides_the_diff(repo: Repo) -> None:
    repo.write(".gitattributes", "supabase/** -diff linguist-generated\n")


ATTACKS: list[Callable[[Repo], None]] = [
    a_submodule_among_the_migrations, a_submodule_in_place_of_the_migrations, an_encoding_of_the_working_tree,
    an_ident, a_filter, a_substitution_in_archives, files_left_out_of_archives, a_filter_by_a_macro, an_evil_merge, an_octopus, ours_over_the_base,
    deleted_and_added_again, swapped_with_another_approved_one, a_key_twice_in_a_record, a_huge_record, a_name_that_looks_the_same,
    a_folder_that_looks_the_same, an_extension_in_capitals, a_name_that_only_differs_in_case, a_second_project, a_folder_moved_by_the_configuration,
    a_nested_configuration, the_executable_bit_with_other_bytes, an_attribute_that_hides_the_diff,
]  # fmt: skip


# What they commit can't stand in a working tree.
COMMITTED = {a_submodule_among_the_migrations, a_submodule_in_place_of_the_migrations}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_what_nobody_approved_does_not_pass(repo: Repo, attack: Callable[[Repo], None]) -> None:
    repo.add_approved()
    assert repo.check().passed

    attack(repo)
    if attack not in COMMITTED:
        repo.commit()

    assert not repo.check().passed


def test_a_tree_that_holds_a_name_twice_is_refused(repo: Repo) -> None:
    repo.add_approved()
    a_name_twice_in_a_tree(repo)

    with pytest.raises(GuardrailsError, match="twice"):
        repo.check()


def a_filter_for_pictures(repo: Repo) -> None:
    repo.write(".gitattributes", "*.png filter=lfs diff=lfs merge=lfs -text\nsupabase/**/*.sql text eol=lf\n")


def a_filter_that_is_taken_away(repo: Repo) -> None:
    repo.write(".gitattributes", "*.sql -filter !ident linguist-generated=false\n")


def a_folder_of_fixtures(repo: Repo) -> None:
    repo.write("tests/fixtures/migrations/0001_x.sql", DROP)


def sql_that_is_no_migration(repo: Repo) -> None:
    repo.write("reports/monthly.sql", "select 1;\n")


def a_submodule_elsewhere(repo: Repo) -> None:
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.git('rev-parse', 'HEAD')},vendor/theme")
    (repo.root / "vendor/theme").mkdir(parents=True)


@pytest.mark.parametrize(
    "change",
    [
        a_filter_for_pictures,
        a_filter_that_is_taken_away,
        a_folder_of_fixtures,
        sql_that_is_no_migration,
        a_submodule_elsewhere,
    ],
    ids=lambda change: change.__name__,
)
def test_an_ordinary_change_beside_migrations_passes(repo: Repo, change: Callable[[Repo], None]) -> None:
    repo.add_approved()
    change(repo)
    repo.git(
        "commit", "-q", "--allow-empty", "-m", "A change"
    ) if change is a_submodule_elsewhere else repo.commit()

    assert repo.check().refusals == ()


def test_an_owner_lets_attributes_and_folders_pass(repo: Repo) -> None:
    repo.add_approved()
    a_filter(repo)
    a_second_project(repo)
    repo.commit()

    assert repo.kinds(allow_guard_changes=True) == []


def test_golang_migrate_runs_files_of_any_ending(repo: Repo) -> None:
    repo.on_main("db/migrations/000001_a.up.sql", "select 1;\n")
    repo.on_main("db/migrations/000001_a.down.sql", "select 1;\n")
    repo.write("db/migrations/000002_b.up.txt", DROP)
    repo.commit()

    assert ("db/migrations/000002_b.up.txt", "place") in repo.kinds()
