"""A database that has run a migration does not run it again when it changes.

What stands on the base branch counts as applied. Changing, renaming or removing it makes new databases
differ from old ones, and most tools then refuse to go on because a checksum or a version is gone. A new
migration that sorts before the latest of the base is one that such a database never runs, or runs in
another order than a new one does.

Reported by `validate --changed`, which reads the base from git. A change of line ends alone is none,
and Flyway's repeatable migrations (`R__`) are meant to be changed.

Source: <https://www.postgresql.org/docs/current/ddl-alter.html>
"""

from guardrails.lint.contracts import Rule, Severity, reported_by_project

RULE = Rule(
    code="APPLIED_MIGRATION_EDITED",
    severity=Severity.ERROR,
    docs=__doc__,
    suggestion="Put the file back as the base branch has it, and write what is to change in a new migration.",
    bad=(),
    good=(),
    check=reported_by_project,
)
