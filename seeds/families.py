"""Names of tables -> what their rows are: people, groups that people belong to, or something else."""

from __future__ import annotations

from seeds.schema import Table

SYSTEM_EMAIL = "system@example.com"
"""The address of the system user, whom each table of users has and no count includes."""

_PEOPLE = frozenset({
    "user", "profile", "account", "member", "people", "person", "customer", "employee", "author", "contact",
    "app_user", "student", "teacher", "patient", "user_profile", "player", "staff", "actor", "client",
})  # fmt: skip
_USERS = frozenset({
    "users", "user", "profiles", "profile", "app_users", "app_user", "user_profiles", "user_profile",
    "accounts_user", "auth_user",
})  # fmt: skip
_GROUPS = frozenset({
    "organization", "organisation", "org", "team", "tenant", "workspace", "company", "group", "agency",
    "supplier", "vendor", "shipper", "store", "household", "school", "clinic", "account", "brand",
})  # fmt: skip
_ACTORS = frozenset(
    {"user", "profile", "author", "member", "person", "people", "staff", "creator", "player", "actor"}
)
_NAMED = frozenset({"name", "full_name", "first_name", "username", "display_name", "user_name"})


def singular(name: str) -> str:
    """Return the name of a table as one of its rows is called, in lower case."""
    name = name.lower()
    if name.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if name.endswith(("ses", "xes", "ches", "shes")):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def is_people(table: Table) -> bool:
    """Tell whether the rows of a table are people."""
    return singular(table.relation) in _PEOPLE


def is_users(table: Table) -> bool:
    """Tell whether a table is the one of users, so that `user_count` is its number of rows."""
    if table.name == "auth.users" or table.relation.lower() in _USERS:
        return True
    columns = {column.name.lower() for column in table.columns}
    return is_people(table) and "email" in columns and bool(columns & _NAMED)


def is_group(table: Table) -> bool:
    """Tell whether the rows of a table are groups that users belong to."""
    name = singular(table.relation)
    return (name in _GROUPS or name.rpartition("_")[2] in _GROUPS - {"account", "group"}) and not is_users(
        table
    )


def is_actor(table: Table) -> bool:
    """Tell whether rows of a table act: who wrote a comment is not who wrote the post."""
    name = singular(table.relation)
    return name in _ACTORS or name.rpartition("_")[2] in _ACTORS or is_users(table)
