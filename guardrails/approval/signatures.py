"""SSH signatures of records, made and verified by `ssh-keygen -Y` in a namespace of our own.

Source: <https://man.openbsd.org/ssh-keygen.1>, and for the form of `allowed_signers` its section ALLOWED SIGNERS.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from guardrails.approval.programs import run
from guardrails.approval.records import Record
from guardrails.files import escape
from guardrails.lint.contracts import GuardrailsError

NAMESPACE = "pg-guardrails-approval"


def sign(record: Record, key: Path) -> str:
    """Return the signature of a record; ssh-keygen asks for the key's passphrase, or for a touch, itself.

    Args:
        record: what is signed, in its canonical form.
        key: a private key, or a public one whose private one an agent or a security key holds.

    Raises:
        GuardrailsError: there is no such key, or it does not sign.
    """
    if not key.is_file():
        raise GuardrailsError(
            f"there is no key {escape(str(key))}: name a file, as in --sign ~/.ssh/id_ed25519"
        )
    with tempfile.TemporaryDirectory() as folder:
        statement = Path(folder) / "statement"
        statement.write_bytes(record.canonical)
        order = ["-q", "-f", str(key.absolute()), "-n", NAMESPACE, str(statement)]
        done = run(["ssh-keygen", "-Y", "sign", *order], talks=True)
        signature = statement.with_name("statement.sig")
        if done.returncode != 0 or not signature.is_file():
            raise GuardrailsError(f"{escape(str(key))} did not sign, so nothing was approved")
        return signature.read_text(encoding="ascii")


def fault_of_signature(record: Record, signature: bytes, signers: bytes) -> str | None:
    """Say why a signature is none of the record's approver; None when it is.

    Args:
        record: what was signed.
        signature: as it stands beside the record.
        signers: the allowed signers, as the base branch has them.

    Raises:
        GuardrailsError: ssh-keygen is missing.
    """
    with tempfile.TemporaryDirectory() as folder:
        allowed, signed = Path(folder) / "allowed_signers", Path(folder) / "signature"
        allowed.write_bytes(signers)
        signed.write_bytes(signature)
        claim = ["-f", str(allowed), "-I", record.approver, "-n", NAMESPACE, "-s", str(signed)]
        done = run(["ssh-keygen", "-Y", "verify", *claim], given=record.canonical)
    if done.returncode == 0:
        return None
    first = (done.stderr or done.stdout).decode(errors="replace").strip().split("\n")[0]
    return escape(first)[:200] or f"ssh-keygen ended with {done.returncode}"
