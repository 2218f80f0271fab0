"""A migration without a way back leaves a restore as the only way out.

Asked of every migration where the configuration wants rollbacks. Where it does not say, those are asked
that come after the first one with a rollback: a `down` file or section, or for Supabase a file of the
same name in `supabase/rollbacks`.

Source: <https://www.postgresql.org/docs/current/backup-dump.html>
"""

from guardrails.lint.contracts import Rule, Settings, Severity, reported_by_engine

RULE = Rule(
    code="MISSING_ROLLBACK",
    severity=Severity.WARNING,
    docs=__doc__,
    suggestion=(
        "Write the statements that undo this migration where the project's tool looks for them "
        "(a down file or section; for Supabase, supabase/rollbacks/ and the same file name)."
    ),
    settings=Settings(rollbacks=True),
    bad=("ALTER TABLE orders ADD COLUMN note text;",),
    good=("-- nothing to undo\n",),
    check=reported_by_engine,
)
