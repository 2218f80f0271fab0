"""Approvals that are signed with an SSH key count by the allowed signers of the base branch alone."""

import hashlib
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from commands.approvals import check_approvals
from guardrails.approval.reading import parse
from guardrails.approval.signatures import NAMESPACE
from guardrails.lint.contracts import GuardrailsError

NEW = "supabase/migrations/20260102000000_bio.sql"
RECORD = "supabase/approvals/20260102000000_bio.json"
SIGNERS = "supabase/approvals/allowed_signers"
POLICY = "supabase/approvals/policy.toml"
Repo = Any
MakeKey = Callable[[str], Path]
AtATerminal = Callable[..., tuple[str, int]]


def signer(key: Path, name: str = "ada@example.com", namespaces: str = NAMESPACE) -> str:
    return f'{name} namespaces="{namespaces}" {key.with_suffix(".pub").read_text()}'


def trust(repo: Repo, signers: str) -> None:
    repo.on_main(SIGNERS, signers)
    repo.on_main(POLICY, "require_signature = true\n")


def test_a_signature_of_an_allowed_signer_passes(repo: Repo, make_key: MakeKey) -> None:
    key = make_key("ada")
    trust(repo, signer(key))
    repo.add_approved(key=key)

    assert json.loads((repo.root / RECORD).read_text())["method"] == "ssh"
    assert repo.check().passed


def test_every_allowed_signer_counts_under_their_own_name(repo: Repo, make_key: MakeKey) -> None:
    eve = make_key("eve")
    trust(repo, signer(make_key("ada")) + signer(eve, "eve@example.com"))
    repo.add_approved(key=eve, approver="eve@example.com")

    assert repo.check().passed


def test_an_approval_without_the_signature_that_is_asked_for_is_refused(
    repo: Repo, make_key: MakeKey
) -> None:
    trust(repo, signer(make_key("ada")))
    repo.add_approved()

    assert repo.kinds() == [(NEW, "signature")]


def test_allowed_signers_of_the_change_itself_count_for_nothing(repo: Repo, make_key: MakeKey) -> None:
    trust(repo, signer(make_key("ada")))
    eve = make_key("eve")
    repo.write(SIGNERS, signer(eve))
    repo.add_approved(key=eve)

    assert repo.kinds(allow_guard_changes=True) == [(NEW, "signature")]


def test_first_allowed_signers_of_the_change_count_for_nothing(repo: Repo, make_key: MakeKey) -> None:
    eve = make_key("eve")
    repo.write(SIGNERS, signer(eve))
    repo.add_approved(key=eve)

    assert repo.kinds(allow_guard_changes=True) == [(NEW, "signature")]


def test_a_signer_speaks_for_nobody_else(repo: Repo, make_key: MakeKey) -> None:
    eve = make_key("eve")
    trust(repo, signer(make_key("ada")) + signer(eve, "eve@example.com"))
    repo.add_approved(key=eve, approver="ada@example.com")

    assert repo.kinds() == [(NEW, "signature")]


def test_a_signature_of_another_namespace_is_refused(repo: Repo, make_key: MakeKey, tmp_path: Path) -> None:
    key = make_key("ada")
    trust(repo, signer(key, namespaces=f"{NAMESPACE},git"))
    repo.add_approved(key=key)
    assert repo.check().passed
    statement = tmp_path / "statement"
    statement.write_bytes(parse((repo.root / RECORD).read_bytes(), RECORD).canonical)
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", key, "-n", "git", statement], check=True)

    repo.write(f"{RECORD}.sig", (tmp_path / "statement.sig").read_bytes())
    repo.commit()

    assert repo.kinds() == [(NEW, "signature")]


def test_a_signed_record_that_was_edited_is_refused(repo: Repo, make_key: MakeKey) -> None:
    key = make_key("ada")
    trust(repo, signer(key))
    repo.add_approved(key=key, environments=["staging"])
    record = json.loads((repo.root / RECORD).read_text())
    repo.write(RECORD, json.dumps(record | {"environments": ["production"]}))
    repo.commit()

    assert repo.kinds() == [(NEW, "signature")]


def test_a_record_written_in_another_form_says_the_same(repo: Repo, make_key: MakeKey) -> None:
    key = make_key("ada")
    trust(repo, signer(key))
    repo.add_approved(key=key)
    record = json.loads((repo.root / RECORD).read_text())
    repo.write(RECORD, json.dumps(dict(reversed(record.items())), indent=1).replace("\n", "\r\n"))
    repo.commit()

    assert repo.check().passed


def test_a_folder_of_migrations_of_its_own_gets_no_rules_of_its_own(repo: Repo, make_key: MakeKey) -> None:
    trust(repo, signer(make_key("ada")))
    other = "db/migrations/0001_a.sql"
    repo.add_approved(other, "SELECT 1;\n")

    assert repo.kinds() == [(other, "signature")]


@pytest.mark.parametrize(
    "policy", ["require_signature = 1", "x = [", "require_signatures = true", "environments = [1]"]
)
def test_a_broken_policy_of_the_base_branch_is_a_sentence(repo: Repo, policy: str) -> None:
    repo.on_main(POLICY, policy)
    repo.write(NEW, "SELECT 1;\n")
    repo.commit()
    repo.write(POLICY, "")
    repo.approve()
    repo.commit()

    with pytest.raises(GuardrailsError, match=POLICY):
        check_approvals(repo.root, "main")


def test_a_key_with_a_passphrase_asks_the_person_for_it(
    repo: Repo, make_key: MakeKey, at_a_terminal: AtATerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    key = make_key("ada")
    trust(repo, signer(key))
    subprocess.run(
        ["ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", key], check=True, capture_output=True
    )
    repo.write(NEW, "SELECT 1;\n")
    typed = hashlib.sha256(b"SELECT 1;\n").hexdigest()[:8]

    shown, code = at_a_terminal(
        repo.root, ["approve", NEW, "--no-verify", "--sign", str(key)],
        ("exactly these bytes", f"{typed}\n"), ("passphrase", "open sesame\n"),
    )  # fmt: skip

    assert code == 0, shown
    assert "open sesame" not in shown
    assert f"Record: {RECORD}, signed" in shown
    repo.commit()
    assert repo.check().passed


def test_a_key_that_does_not_sign_leaves_no_approval(repo: Repo, make_key: MakeKey) -> None:
    make_key("ada")
    repo.write(NEW, "SELECT 1;\n")

    with pytest.raises(GuardrailsError, match="did not sign"):
        repo.approve(key=repo.write("key", "none"))

    assert not (repo.root / RECORD).exists()
