"""Behind a pooler, the role and the settings of a session are not the user's.

`current_user` is then the role of the pool. `current_setting('app.user')` fails where nothing set it,
unless its second argument is true.

Source: <https://www.postgresql.org/docs/current/sql-createpolicy.html>,
<https://supabase.com/docs/guides/database/postgres/row-level-security>
"""

from collections.abc import Iterator

from guardrails.lint.callers import is_session_value, is_setting
from guardrails.lint.contracts import Problem, Profile, Rule, Settings, Severity, Statement
from guardrails.lint.parsing import walk
from guardrails.lint.policies import NODES, drafted, place


def check(statement: Statement) -> Iterator[Problem]:
    draft = drafted(statement)
    for _, expression in draft.stated if draft else ():
        for part in walk(expression):
            if draft and (is_session_value(part) or (is_setting(part) and len(part.args or ()) < 2)):
                what = (
                    "the role of the session" if is_session_value(part) else "a setting that may be missing"
                )
                yield Problem(f"{draft.shown} knows the caller by {what}", place(part, draft.offset))


RULE = Rule(
    code="POLICY_SESSION_IDENTITY",
    severity=Severity.WARNING,
    profile=Profile.STRICT,
    settings=Settings(profile=Profile.STRICT),
    docs=__doc__,
    suggestion="Use auth.uid(), or SET LOCAL with current_setting('…', true).",
    nodes=NODES,
    bad=(
        "CREATE POLICY p ON orders USING (owner = current_user);",
        "CREATE POLICY p ON orders USING (owner = (SELECT session_user));",
        "CREATE POLICY p ON orders USING (tenant = current_setting('app.tenant'));",
    ),
    good=(
        "CREATE POLICY p ON orders USING (tenant = current_setting('app.tenant', true));",
        "CREATE POLICY p ON orders TO authenticated USING ((SELECT auth.uid()) = user_id);",
        "CREATE POLICY p ON orders TO authenticated USING (day = current_date);",
    ),
    check=check,
)
