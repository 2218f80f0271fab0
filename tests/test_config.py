from pathlib import Path

import pytest

from guardrails.config import Config, configured, load_config
from guardrails.lint.contracts import GuardrailsError, Profile, Settings


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def error_of(root: Path) -> str:
    with pytest.raises(GuardrailsError) as caught:
        load_config(root)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_without_any_file_everything_has_its_default(tmp_path: Path) -> None:
    assert load_config(tmp_path) == Config(Settings())
    assert not configured(tmp_path)


def test_every_key_of_guardrails_toml_is_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        "guardrails.toml",
        'profile = "strict"\nexposed_schemas = ["public", "api"]\nrollbacks = true\n'
        'postgres_version = 16\nmigrations = "db/migrations/"\n',
    )

    config = load_config(tmp_path)

    assert config == Config(
        Settings(Profile.STRICT, frozenset({"public", "api"}), rollbacks=True, postgres_version=16),
        migrations="db/migrations",
        rollbacks=True,
        api_declared=True,
        source="guardrails.toml",
    )
    assert configured(tmp_path)


def test_the_table_in_pyproject_toml_is_read(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "[tool.pg-guardrails]\nrollbacks = false\n")

    config = load_config(tmp_path)

    assert config.rollbacks is False
    assert config.source == "pyproject.toml"
    assert configured(tmp_path)


def test_the_tables_that_all_tenants_share_are_read(tmp_path: Path) -> None:
    write(tmp_path, "guardrails.toml", '[isolation]\nshared = ["public.countries", "public.plans"]\n')

    assert load_config(tmp_path).shared == {"public.countries", "public.plans"}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('isolation = "x"\n', '"isolation" is no table'),
        ("[isolation]\nshare = []\n", 'unknown key "share": did you mean "shared"?'),
        ('[isolation]\nshared = ["countries"]\n', "tables with their schema"),
        ('[isolation]\nshared = "public.countries"\n', "tables with their schema"),
    ],
)
def test_what_the_isolation_table_can_not_say_is_an_error(tmp_path: Path, text: str, part: str) -> None:
    write(tmp_path, "guardrails.toml", text)

    assert part in error_of(tmp_path)


@pytest.mark.parametrize("text", ['[project]\nname = "x"\n', "tool = 1\n", "[tool.ruff]\n"])
def test_a_pyproject_toml_of_other_tools_configures_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path, "pyproject.toml", text)

    assert load_config(tmp_path) == Config()
    assert not configured(tmp_path)


def test_two_configurations_are_an_error_that_names_both(tmp_path: Path) -> None:
    write(tmp_path, "guardrails.toml", "")
    write(tmp_path, "pyproject.toml", "[tool.pg-guardrails]\n")

    assert error_of(tmp_path) == (
        "both guardrails.toml and [tool.pg-guardrails] in pyproject.toml configure pg-guardrails: "
        "keep one of them"
    )


def test_a_table_that_is_none_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "pyproject.toml", "[tool]\npg-guardrails = 3\n")

    assert error_of(tmp_path) == (
        "pyproject.toml: tool.pg-guardrails is no table: write [tool.pg-guardrails] above its keys"
    )


def test_an_unknown_key_is_an_error_that_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "guardrails.toml", "rolbacks = true\n")

    assert error_of(tmp_path) == (
        'guardrails.toml has an unknown key "rolbacks": did you mean "rollbacks"? '
        "the keys are profile, exposed_schemas, rollbacks, postgres_version, migrations, isolation, rules, overrides, shadow, seeds"
    )


def test_an_unknown_key_that_is_near_to_none_lists_the_keys_and_moves_no_cursor(tmp_path: Path) -> None:
    write(tmp_path, "guardrails.toml", '"\\u001b[2Jqq" = true\n')

    assert error_of(tmp_path).startswith(
        'guardrails.toml has an unknown key "\\x1b[2Jqq": the keys are profile, exposed_schemas,'
    )


@pytest.mark.parametrize(
    ("line", "choices"),
    [
        ('profile = "stict"', """"profile" can't be 'stict', it has to be "recommended" or "strict\""""),
        ("profile = 1", """it has to be "recommended" or "strict\""""),
        ('exposed_schemas = "public"', """it has to be a list of schemas, as in ["public"]"""),
        ("exposed_schemas = [1]", """it has to be a list of schemas, as in ["public"]"""),
        ('rollbacks = "yes"', """"rollbacks" can't be 'yes', it has to be true or false"""),
        ("rollbacks = 1", "it has to be true or false"),
        ("postgres_version = 14", """"postgres_version" can't be 14, it has to be 15, 16, 17 or 18"""),
        ('postgres_version = "16"', "it has to be 15, 16, 17 or 18"),
        ("postgres_version = true", "it has to be 15, 16, 17 or 18"),
        ("postgres_version = 16.0", "it has to be 15, 16, 17 or 18"),
        (
            'migrations = "/etc"',
            """"migrations" can't be '/etc', it has to be a folder below the project's own""",
        ),
        ('migrations = "../other"', "it has to be a folder below the project's own"),
        ('migrations = "a/../../b"', "it has to be a folder below the project's own"),
        ("migrations = 'C:\\x'", "it has to be a folder below the project's own"),
        ('migrations = "a\\u0000b"', "it has to be a folder below the project's own"),
        ('migrations = ""', "it has to be a folder below the project's own"),
        ("migrations = []", "it has to be a folder below the project's own"),
    ],
)
def test_a_wrong_value_is_an_error_that_lists_the_choices(tmp_path: Path, line: str, choices: str) -> None:
    write(tmp_path, "guardrails.toml", line)

    message = error_of(tmp_path)

    assert message.startswith("guardrails.toml: ")
    assert message.endswith(choices)


def test_a_migrations_folder_that_links_out_of_the_project_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(root, "guardrails.toml", 'migrations = "linked"\n')
    (root / "linked").symlink_to(tmp_path)

    assert error_of(root).endswith("it has to be a folder below the project's own")


def test_broken_toml_is_an_error_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, "guardrails.toml", 'profile = "strict"\nrollbacks = maybe\n')

    message = error_of(tmp_path)

    assert message.startswith("guardrails.toml can't be read as TOML: ")
    assert "line 2" in message


def test_a_configuration_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "guardrails.toml").write_bytes(b'profile = "\xff"\n')

    assert error_of(tmp_path) == "guardrails.toml is not UTF-8 at byte 11 on line 1: save it as UTF-8"


def test_a_configuration_that_links_to_nowhere_is_not_taken_for_none(tmp_path: Path) -> None:
    (tmp_path / "guardrails.toml").symlink_to(tmp_path / "gone")

    assert error_of(tmp_path) == "there is no file guardrails.toml: check the path"


SUPABASE = '[api]\nschemas = ["public", "graphql_public", "shop"]\n[db]\nmajor_version = 15\n'


def test_supabase_says_what_the_project_leaves_open(tmp_path: Path) -> None:
    write(tmp_path, "supabase/config.toml", SUPABASE)

    config = load_config(tmp_path)

    assert config.settings.exposed_schemas == {"public", "shop"}
    assert config.settings.postgres_version == 15
    assert config.api_declared
    assert config.source is None


def test_the_projects_own_word_goes_before_that_of_supabase(tmp_path: Path) -> None:
    write(tmp_path, "supabase/config.toml", SUPABASE)
    write(tmp_path, "guardrails.toml", "exposed_schemas = []\npostgres_version = 18\n")

    config = load_config(tmp_path)

    assert config.settings.exposed_schemas == frozenset()
    assert config.settings.postgres_version == 18
    assert config.api_declared


def test_the_supabase_project_of_the_configured_migrations_is_asked(tmp_path: Path) -> None:
    write(tmp_path, "apps/web/supabase/config.toml", SUPABASE)
    write(tmp_path, "guardrails.toml", 'migrations = "apps/web/supabase/migrations"\n')

    assert load_config(tmp_path).settings.postgres_version == 15


@pytest.mark.parametrize("text", ["", "api = 1\ndb = 2\n", '[api]\nschemas = "x"\n[db]\nmajor_version = 9\n'])
def test_what_supabase_does_not_say_keeps_its_default(tmp_path: Path, text: str) -> None:
    write(tmp_path, "supabase/config.toml", text)

    config = load_config(tmp_path)

    assert config.settings == Settings()
    assert not config.api_declared
