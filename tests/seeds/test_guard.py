"""Only a database on this machine is ever seeded; every other is refused, without being connected to."""

from collections.abc import Iterator

import pytest

from guardrails.lint.contracts import GuardrailsError
from guardrails.shadow.engine import Server, connect, disposable_server
from seeds.guard import development_database, judge


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://me@localhost/app",
        "postgresql://me@localhost:54322/postgres",
        "postgresql://me:secret@127.0.0.1/app",
        "postgresql://me@[::1]/app",
        "postgresql://me@127.1.2.3/app",
        "postgresql://me@0x7f000001/app",
        "host=/var/run/postgresql dbname=app user=me",
        "postgresql://me@%2Fvar%2Frun%2Fpostgresql/app",
        "host=localhost dbname=product_catalog user=deliverer",
        "host=localhost hostaddr=127.0.0.1 dbname=app",
        "postgresql://me@localhost/app?sslmode=disable",
        "postgresql://me@localhost/app?connect_timeout=3&application_name=x",
    ],
)
def test_a_database_on_this_machine_may_be_looked_at(dsn: str) -> None:
    assert judge(dsn, {}).conninfo


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("postgresql://postgres@db.abcdefgh.supabase.co/postgres", "hosted"),
        ("postgresql://postgres.abc@aws-0-eu-west-1.pooler.supabase.com:6543/postgres", "hosted"),
        ("postgresql://me@x.rds.amazonaws.com/app", "hosted"),
        ("postgresql://me@X.RDS.AMAZONAWS.COM./app", "hosted"),
        ("postgresql://me@ep-x.eu-central-1.aws.neon.tech/app", "hosted"),
        ("postgresql://me@x.postgres.database.azure.com/app", "hosted"),
        ("postgresql://me@%73upabase.co/app", "hosted"),
        ("postgresql://me@containers.railway.app/app", "hosted"),
        ("postgresql://me@10.0.0.5/app", "another machine"),
        ("postgresql://me@192.168.1.4/app", "another machine"),
        ("postgresql://me@172.17.0.2/app", "another machine"),
        ("postgresql://me@8.8.8.8/app", "another machine"),
        ("postgresql://me@0.0.0.0/app", "another machine"),
        ("postgresql://me@[2001:db8::1]/app", "another machine"),
        ("postgresql://me@[::ffff:8.8.8.8]/app", "another machine"),
        ("postgresql://me@0x08080808/app", "another machine"),
        ("postgresql://localhost@8.8.8.8/app", "another machine"),
        ("postgresql://me:localhost@8.8.8.8/app", "another machine"),
        ("postgresql://me@localhost/app?host=8.8.8.8", "another machine"),
        ("postgresql://me@localhost/app?hostaddr=8.8.8.8", "another machine"),
        ("host=localhost hostaddr=8.8.8.8 dbname=app", "another machine"),
        ("hostaddr=8.8.8.8 dbname=app", "another machine"),
        ("postgresql://me@localhost,8.8.8.8/app", "several hosts"),
        ("host=localhost,db dbname=app", "several hosts"),
        ("postgresql://me@localhost:5432,localhost:5433/app", "several hosts"),
        ("host=/tmp hostaddr=8.8.8.8 dbname=app", "socket and an address"),
        ("postgresql:///app", "names no host"),
        ("dbname=app", "names no host"),
        ("service=production", "leave it out"),
        ("postgresql://me@localhost/app?service=x", "leave it out"),
        ("postgresql://me@localhost/app?options=-c%20guardrails.environment%3Ddevelopment", "leave it out"),
        ("postgresql://me@localhost/app?passfile=/tmp/x", "leave it out"),
        ("postgresql://me@localhost/app?target_session_attrs=any", "leave it out"),
        ("postgresql://me@localhost/app_production", "does not sound like"),
        ("postgresql://me@localhost/prod", "does not sound like"),
        ("postgresql://prod-admin@localhost/app", "does not sound like"),
        ("not a dsn", "can't be read"),
        ("http://localhost/app", "can't be read"),
    ],
)
def test_any_other_is_refused_with_what_was_seen(dsn: str, said: str) -> None:
    with pytest.raises(GuardrailsError, match=said):
        judge(dsn, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PGHOSTADDR", "10.0.0.1"),
        ("PGSERVICE", "production"),
        ("PGSERVICEFILE", "/tmp/services"),
        ("APP_ENV", "production"),
        ("NODE_ENV", "Production"),
        ("RAILS_ENV", "staging"),
        ("VERCEL_ENV", "production"),
        ("ENVIRONMENT", "prod"),
    ],
)
def test_an_environment_that_leads_elsewhere_or_is_live_is_refused(name: str, value: str) -> None:
    with pytest.raises(GuardrailsError, match=name):
        judge("postgresql://me@localhost/app", {name: value})


def test_a_refusal_never_tells_the_password() -> None:
    with pytest.raises(GuardrailsError) as refused:
        judge("postgresql://me:hunter2@db.supabase.co/app", {})

    assert "hunter2" not in str(refused.value)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with disposable_server() as running:
        yield running


def test_an_unanswered_connection_is_a_sentence_without_the_password() -> None:
    with (
        pytest.raises(GuardrailsError, match=r"no connection to app at 127\.0\.0\.1:1") as refused,
        development_database("postgresql://me:hunter2@127.0.0.1:1/app", {}),
    ):
        pass

    assert "hunter2" not in str(refused.value)


def test_a_server_with_a_role_of_a_cloud_is_refused(server: Server) -> None:
    conninfo = server.database()
    with connect(conninfo, autocommit=True) as connection:
        connection.execute("CREATE ROLE rdsadmin")
    try:
        with pytest.raises(GuardrailsError, match="rdsadmin"), development_database(_dsn(conninfo), {}):
            pass
    finally:
        with connect(conninfo, autocommit=True) as connection:
            connection.execute("DROP ROLE rdsadmin")


def test_a_database_with_addresses_of_real_people_is_refused(server: Server) -> None:
    conninfo = server.database()
    with connect(conninfo, autocommit=True) as connection:
        connection.execute("CREATE TABLE users (id int PRIMARY KEY, email text)")
        connection.execute(
            "INSERT INTO users SELECT n, 'person' || n || '@gmail.com' FROM generate_series(1, 6) n"
        )

    with (
        pytest.raises(GuardrailsError, match=r"public\.users .* look like people's"),
        development_database(_dsn(conninfo), {}),
    ):
        pass


def test_made_up_addresses_are_no_reason_to_refuse(server: Server) -> None:
    conninfo = server.database()
    with connect(conninfo, autocommit=True) as connection:
        connection.execute("CREATE TABLE users (id int PRIMARY KEY, email text)")
        connection.execute(
            "INSERT INTO users SELECT n, 'person' || n || '@example.com' FROM generate_series(1, 60) n"
        )

    with development_database(_dsn(conninfo), {}) as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (60,)


def _dsn(conninfo: str) -> str:
    return conninfo.replace(" passfile=/dev/null", "").replace("passfile=/dev/null", "")
