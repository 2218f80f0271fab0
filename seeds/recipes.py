"""Supabase's sign-in: what its tables must hold so that the users of a seed can log in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seeds.generators.contracts import Make
from seeds.generators.people import PASSWORD_HASH

if TYPE_CHECKING:
    from seeds.generate import Filling

_AUTH_USER: dict[str, str | None] = {
    "instance_id": "00000000-0000-0000-0000-000000000000",
    "aud": "authenticated",
    "role": "authenticated",
    "encrypted_password": PASSWORD_HASH,
    "raw_app_meta_data": '{"provider": "email", "providers": ["email"]}',
    "is_super_admin": "false",
    "is_sso_user": "false",
    "is_anonymous": "false",
    "email_change_confirm_status": "0",
    **dict.fromkeys((
        "phone", "phone_confirmed_at", "banned_until", "deleted_at", "invited_at", "confirmation_sent_at",
        "recovery_sent_at", "email_change_sent_at", "phone_change_sent_at", "reauthentication_sent_at",
    )),
    **dict.fromkeys((
        "confirmation_token", "recovery_token", "email_change_token_new", "email_change", "phone_change",
        "phone_change_token", "email_change_token_current", "reauthentication_token",
    ), ""),
}  # fmt: skip
"""Columns of auth.users that sign-in reads: its tokens must be empty texts, never NULL."""


def recipe(filling: Filling) -> dict[str, Make]:
    """Return makers for the columns of a table of the platform; empty for other tables."""
    there = {column.name for column in filling.plan.table.columns if not column.generated}
    if filling.plan.lessons.bare:
        there &= {*filling.plan.filled, *_AUTH_USER, "provider", "provider_id", "identity_data"}
    match filling.plan.name:
        case "auth.users":
            makers = {name: _constant(value) for name, value in _AUTH_USER.items()}
            if "created_at" in there:
                makers["email_confirmed_at"] = lambda rows: filling.values("created_at", rows)
        case "auth.identities":
            makers = {
                "provider": _constant("email"),
                "provider_id": lambda rows: filling.values("user_id", rows),
                "identity_data": lambda rows: _identities(filling, rows),
            }
            if filling.plan.table.column("id").type.name == "text":  # so before provider_id was added
                makers["id"] = makers["provider_id"]
        case _:
            return {}
    return {name: make for name, make in makers.items() if name in there}


def _constant(value: str | None) -> Make:
    return lambda rows: [value] * len(rows)


def _identities(filling: Filling, rows: Sequence[int]) -> list[str | None]:
    key = next(one.key for one in filling.plan.keys if one.key.columns == ("user_id",))
    emails = filling.space(key.target).values("email", filling.effective(key, rows))
    return [
        json.dumps({"sub": user, "email": email, "email_verified": True, "phone_verified": False})
        for user, email in zip(filling.values("user_id", rows), emails, strict=True)
    ]
