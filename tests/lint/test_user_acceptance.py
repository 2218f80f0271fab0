"""The acceptance tests that the users of the tool wrote down, word for word."""

from __future__ import annotations

from guardrails.lint.contracts import Finding, ValidationResult
from guardrails.lint.engine import check_sql


def errors(result: ValidationResult) -> list[str]:
    return [finding.code for finding in result.errors]


def warnings(result: ValidationResult) -> list[str]:
    return [finding.code for finding in result.warnings]


def one(findings: tuple[Finding, ...], code: str) -> Finding:
    (found,) = [finding for finding in findings if finding.code == code]
    return found


def test_drop_table_users_is_invalid_with_exactly_one_error_drop_table() -> None:
    result = check_sql("DROP TABLE users;")

    assert result.valid is False
    assert errors(result) == ["DROP_TABLE"]
    assert "Destructive operation" in result.errors[0].message
    assert result.errors[0].suggestion


def test_alter_table_users_drop_column_email_is_drop_column() -> None:
    result = check_sql("ALTER TABLE users DROP COLUMN email;")

    assert result.valid is False
    assert errors(result) == ["DROP_COLUMN"]


def test_truncate_table_posts_is_truncate() -> None:
    result = check_sql("TRUNCATE TABLE posts;")

    assert result.valid is False
    assert errors(result) == ["TRUNCATE"]


def test_create_table_posts_is_valid_with_exactly_one_warning_missing_rls() -> None:
    result = check_sql("CREATE TABLE posts (id uuid PRIMARY KEY);")

    assert result.valid is True
    assert errors(result) == []
    assert warnings(result) == ["MISSING_RLS"]
    assert "ALTER TABLE posts ENABLE ROW LEVEL SECURITY" in result.warnings[0].suggestion


def test_with_rls_enabled_that_warning_is_gone() -> None:
    result = check_sql(
        "CREATE TABLE posts (id uuid PRIMARY KEY);\nALTER TABLE posts ENABLE ROW LEVEL SECURITY;"
    )

    assert result.valid is True
    assert "MISSING_RLS" not in warnings(result)


FOREIGN_KEY = "CREATE TABLE comments (\n id uuid PRIMARY KEY,\n post_id uuid REFERENCES posts(id)\n);"


def test_post_id_references_posts_without_an_index_is_missing_index_fk() -> None:
    result = check_sql(FOREIGN_KEY)

    assert "CREATE INDEX" in one(result.warnings, "MISSING_INDEX_FK").suggestion


def test_with_the_index_that_warning_is_gone() -> None:
    result = check_sql(f"{FOREIGN_KEY}\nCREATE INDEX idx_comments_post_id ON comments(post_id);")

    assert result.valid is True
    assert "MISSING_INDEX_FK" not in warnings(result)


def test_alter_column_age_type_text_is_type_change() -> None:
    result = check_sql("ALTER TABLE users ALTER COLUMN age TYPE text;")

    assert "USING" in one(result.warnings, "TYPE_CHANGE").suggestion


def test_with_using_that_warning_is_gone() -> None:
    result = check_sql("ALTER TABLE users ALTER COLUMN age TYPE text USING age::text;")

    assert "TYPE_CHANGE" not in warnings(result)
    assert errors(result) == []


def test_adding_a_column_is_valid_without_errors() -> None:
    result = check_sql("ALTER TABLE users ADD COLUMN bio text;")

    assert result.valid is True
    assert errors(result) == []


def test_adding_an_index_is_valid_without_errors() -> None:
    result = check_sql("CREATE INDEX idx_users_email ON users(email);")

    assert result.valid is True
    assert errors(result) == []


def test_the_file_with_drop_table_drop_column_and_truncate_gives_all_three_errors() -> None:
    result = check_sql(
        "-- Dangerous operations\nDROP TABLE old_posts;\n"
        "ALTER TABLE users DROP COLUMN legacy_field;\nTRUNCATE TABLE logs;\n"
    )

    assert result.valid is False
    assert errors(result) == ["DROP_TABLE", "DROP_COLUMN", "TRUNCATE"]


def test_every_finding_has_a_suggestion() -> None:
    result = check_sql(f"DROP TABLE a;\nTRUNCATE b;\n{FOREIGN_KEY}\nALTER TABLE c ALTER d TYPE text;")

    assert all(finding.suggestion for finding in result.findings)
