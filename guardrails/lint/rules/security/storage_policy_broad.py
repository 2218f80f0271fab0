"""A storage policy without `bucket_id` is for the files of all buckets.

All buckets of Supabase's storage are rows of one table. A policy that writes and looks at the bucket
alone lets every caller change the files of the others.

Exempt are restrictive policies and those that are never true. One that finds out who the caller is,
but not which bucket, is a warning.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from guardrails.lint.callers import only_signed_in
from guardrails.lint.contracts import Problem, Rule, Severity, Statement
from guardrails.lint.policies import NODES, drafted, own_columns, place

_OBJECTS = ("storage", "objects")


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    if draft is None or draft.schema.resolve(draft.table) != _OBJECTS:
        return
    if not draft.permissive or not draft.is_for_clients:
        return
    for word, node in draft.stated:
        if draft.never(node):
            continue
        columns = own_columns(node, draft)
        knows = draft.asks(node) and not only_signed_in(node)
        if "bucket_id" not in columns:
            yield Problem(
                f"{draft.shown} says nothing of bucket_id in {word}: it is for the files of every bucket",
                place(node, draft.offset),
                severity=Severity.WARNING if knows else None,
            )
        elif draft.command in {"update", "delete", "all"} and not knows:
            yield Problem(
                f"{draft.shown} doesn't ask in {word} whose file it is: callers change each other's",
                place(node, draft.offset),
                severity=Severity.WARNING,
            )


RULE = Rule(
    code="STORAGE_POLICY_BROAD",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Write: bucket_id = '…' AND (storage.foldername(name))[1] = (SELECT auth.uid())::text.",
    nodes=NODES,
    bad=(
        "CREATE POLICY p ON storage.objects FOR INSERT TO authenticated WITH CHECK (true);",
        "CREATE POLICY p ON storage.objects FOR SELECT TO anon USING (1 = 1);",
        "CREATE POLICY p ON storage.objects FOR DELETE TO authenticated USING (auth.uid() IS NOT NULL);",
        "CREATE POLICY p ON storage.objects FOR DELETE TO authenticated USING (bucket_id = 'avatars');",
        ("SET search_path = storage;\nCREATE POLICY p ON objects FOR SELECT TO authenticated USING (true);"),
    ),
    good=(
        (
            "CREATE POLICY p ON storage.objects FOR ALL TO authenticated USING (bucket_id = 'avatars' AND owner = (SELECT auth.uid()));"
        ),
        (
            "CREATE POLICY p ON storage.objects FOR INSERT TO authenticated WITH CHECK (bucket_id = 'avatars');"
        ),
        (
            "CREATE POLICY p ON storage.objects FOR SELECT TO authenticated USING (private.may_read(bucket_id, name));"
        ),
        "CREATE POLICY p ON storage.objects TO service_role USING (true);",
        "CREATE POLICY p ON shop.objects FOR SELECT TO authenticated USING (true);",
        (
            "CREATE POLICY p ON storage.objects FOR DELETE TO authenticated USING (bucket_id = 'a' AND (storage.foldername(name))[1] = auth.uid()::text);"
        ),
    ),
    check=check,
)
