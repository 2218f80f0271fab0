"""Only a development database is ever seeded: what leads elsewhere, and what gives a live server away.

Every refusal is either certain, whatever anybody says, or a doubt that a person's mark lifts.
"""

import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from commands.guard_page import with_refusals
from seeds.guard.deciding import development_database, looked_at
from seeds.guard.dsn import target_of
from seeds.guard.mark import Standing, remove_mark, write_mark
from seeds.guard.reasons import Certain, Reason, Refused
from tests.seeds.clusters import Cluster, Servers, forwarding

DEVELOPMENT = [
    "postgresql://me@localhost/app",
    "postgres://me@localhost/app",
    "postgresql+psycopg://me@localhost/app",
    "postgresql://me@localhost:54322/postgres",
    "postgresql://me:secret@127.0.0.1/app",
    "postgresql://me@[::1]/app",
    "postgresql://me@127.1.2.3/app",
    "postgresql://me@0x7f000001/app",
    "postgresql://me@2130706433/app",
    "postgresql://me@[::ffff:127.0.0.1]/app",
    "host=/var/run/postgresql dbname=app user=me",
    "host=@abstract dbname=app user=me",
    "postgresql://me@%2Fvar%2Frun%2Fpostgresql/app",
    "host=localhost dbname=product_catalog user=deliverer",
    "host=localhost hostaddr=127.0.0.1 dbname=app",
    "postgresql://me@localhost/app?sslmode=disable",
    "postgresql://me@localhost/app?connect_timeout=3&application_name=x",
    "postgresql://me@localhost/app?schema=public&connection_limit=1&pgbouncer=true",
    "postgresql://me@localhost/liveness_stages",
]

ELSEWHERE: dict[Reason, tuple[str, ...]] = {
    Reason.HOSTED_NAME: (
        "postgresql://postgres@db.abcdefgh.supabase.co/postgres",
        "postgresql://postgres.abc@aws-0-eu-west-1.pooler.supabase.com:6543/postgres",
        "postgresql://me@x.rds.amazonaws.com/app",
        "postgresql://me@X.RDS.AMAZONAWS.COM./app",
        "postgresql://me@ep-x.eu-central-1.aws.neon.tech/app",
        "postgresql://me@x.postgres.database.azure.com/app",
        "postgresql://me@%73upabase.co/app",
        "postgresql+asyncpg://me@containers.railway.app/app",
        "postgresql://me@localhost/app?host=db.abc.supabase.co",
        "postgresql://me@localhost/app?schema=public&host=db.abc.supabase.co",
        "postgresql://me@db.abc.supabase.co/app?hostaddr=127.0.0.1",
        "host=/cloudsql/project:region:instance dbname=app user=me",
    ),
    Reason.OTHER_MACHINE: (
        "postgresql://me@10.0.0.5/app",
        "postgresql://me@192.168.1.4/app",
        "postgresql://me@172.17.0.2/app",
        "postgresql://me@8.8.8.8/app",
        "postgresql://me@0.0.0.0/app",
        "postgresql://me@[::]/app",
        "postgresql://me@[2001:db8::1]/app",
        "postgresql://me@[::ffff:8.8.8.8]/app",
        "postgresql://me@0x08080808/app",
        "postgresql://me@134744072/app",
        "postgresql://localhost@8.8.8.8/app",
        "postgresql://me:localhost@8.8.8.8/app",
        "postgresql://me@localhost/app?host=8.8.8.8",
        "postgresql://me@localhost/app?hostaddr=8.8.8.8",
        "host=localhost hostaddr=8.8.8.8 dbname=app",
        "host=localhost host=8.8.8.8 dbname=app",
        "hostaddr=8.8.8.8 dbname=app",
        "host=localhost hostaddr=127.1 dbname=app",
    ),
    Reason.UNKNOWN_HOST: ("postgresql://me@no-such-host.invalid/app",),
    Reason.SEVERAL_HOSTS: (
        "postgresql://me@localhost,8.8.8.8/app",
        "host=localhost,db dbname=app",
        "host=localhost hostaddr=127.0.0.1,8.8.8.8 dbname=app",
        "postgresql://me@localhost:5432,localhost:5433/app",
        "host=localhost port=5432,5433 dbname=app",
    ),
    Reason.SOCKET_AND_ADDRESS: ("host=/tmp hostaddr=127.0.0.1 dbname=app",),
    Reason.NO_HOST: ("postgresql:///app", "dbname=app", "postgresql://me@/app?host="),
    Reason.PORT: ("postgresql://me@localhost:0/app", "host=localhost port=99999", "host=localhost port=5432x"),
    Reason.STRANGE_SETTING: (
        "service=production",
        "postgresql://me@localhost/app?service=x",
        "postgresql://me@localhost/app?options=-c%20guardrails.environment%3Ddevelopment",
        "postgresql://me@localhost/app?options=endpoint%3Dep-cool-name",
        "postgresql://me@localhost/app?passfile=/tmp/x",
        "postgresql://me@localhost/app?target_session_attrs=any",
        "postgresql://me@localhost/app?load_balance_hosts=random",
        "host=localhost replication=database dbname=app",
        "host=localhost krbsrvname=other dbname=app",
    ),
    Reason.UNREADABLE: ("postgresql://me:x@localhost@8.8.8.8/app", "postgresql://me:1/2@localhost/app", "not a dsn", "http://localhost/app", "postgresql://me@localhost/app?hostadr=1"),
}  # fmt: skip

ENVIRONMENTS = {
    Reason.LEADS_ELSEWHERE: [
        ("PGHOSTADDR", "10.0.0.1"),
        ("PGSERVICE", "production"),
        ("PGSERVICEFILE", "/tmp/services"),
    ],
    Reason.LIVE_ENVIRONMENT: [
        ("APP_ENV", "production"),
        ("NODE_ENV", "Production"),
        ("RAILS_ENV", "staging"),
        ("VERCEL_ENV", "production"),
        ("ENVIRONMENT", "prod"),
        ("SPRING_PROFILES_ACTIVE", "postgres,prod-eu"),
        ("DYNO", "web.1"),
    ],
}


@pytest.mark.parametrize("dsn", DEVELOPMENT)
def test_a_database_on_this_machine_may_be_looked_at(dsn: str) -> None:
    target = target_of(dsn, {})

    assert target.doubts == ()
    assert {"host", "port", "dbname", "user"} <= set(psycopg.conninfo.conninfo_to_dict(target.conninfo))


@pytest.mark.parametrize(
    ("dsn", "reason"), [(dsn, reason) for reason, dsns in ELSEWHERE.items() for dsn in dsns]
)
def test_what_leads_elsewhere_is_refused_without_connecting(dsn: str, reason: Reason) -> None:
    with pytest.raises(Refused) as refused:
        target_of(dsn, {})

    assert refused.value.reasons == (reason,)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [(name, value, reason) for reason, cases in ENVIRONMENTS.items() for name, value in cases],
)
def test_an_environment_that_leads_elsewhere_or_is_live_is_refused(
    name: str, value: str, reason: Reason
) -> None:
    with pytest.raises(Refused, match=name) as refused:
        target_of("postgresql://me@localhost/app", {name: value})

    assert refused.value.reasons == (reason,)


@pytest.mark.parametrize("value", ["development", "test", "local", ""])
def test_an_environment_that_is_none_of_a_live_one_is_no_reason(value: str) -> None:
    assert target_of("postgresql://me@localhost/app", {"NODE_ENV": value}).doubts == ()


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://me@localhost/app_production",
        "postgresql://me@localhost/appProd",
        "postgresql://me@localhost/prod2",
        "postgresql://prod-admin@localhost/app",
        "postgresql://me@localhost/shop-staging",
        "postgresql://me@prod.localhost/app?hostaddr=127.0.0.1",
    ],
)
def test_a_name_that_sounds_live_is_a_doubt(dsn: str) -> None:
    assert [doubt.reason for doubt in target_of(dsn, {}).doubts] == [Reason.NAMED_LIVE]


def test_a_dsn_that_verifies_a_certificate_is_a_doubt() -> None:
    target = target_of("postgresql://me@localhost/app?sslmode=verify-full", {})

    assert [doubt.reason for doubt in target.doubts] == [Reason.VERIFIED_TLS]


def resolving(monkeypatch: pytest.MonkeyPatch, *found: str) -> None:
    """Let every name lead to these addresses, as a hosts file of somebody's could."""
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 5432)) for address in found]
    monkeypatch.setattr("seeds.guard.addresses.socket.getaddrinfo", lambda *_args, **_more: entries)


@pytest.mark.parametrize("found", [("10.1.2.3",), ("127.0.0.1", "10.1.2.3"), ("10.1.2.3", "127.0.0.1")])
def test_a_name_is_as_good_as_its_worst_address(
    found: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, *found)

    with pytest.raises(Refused) as refused:
        target_of("postgresql://me@localhost/app", {})

    assert refused.value.reasons == (Reason.OTHER_MACHINE,)


def test_a_hosted_name_is_refused_although_a_hosts_file_leads_it_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolving(monkeypatch, "127.0.0.1")

    with pytest.raises(Refused) as refused:
        target_of("postgresql://me@db.abc.supabase.co/app", {})

    assert refused.value.reasons == (Reason.HOSTED_NAME,)


def test_the_address_that_was_judged_is_the_one_that_is_dialled(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "127.0.0.7")

    target = target_of("postgresql://me@some-name/app", {})

    assert psycopg.conninfo.conninfo_to_dict(target.conninfo)["hostaddr"] == "127.0.0.7"


@pytest.mark.parametrize(
    ("host", "address", "reason"),
    [
        ("db", "172.18.0.3", None),
        ("db", "192.168.97.2", None),
        ("db", "10.0.0.3", Reason.NOT_A_SERVICE),
        ("db", "8.8.8.8", Reason.NOT_A_SERVICE),
        ("other", "172.18.0.3", Reason.OTHER_MACHINE),
        ("db.internal", "172.18.0.3", Reason.OTHER_MACHINE),
    ],
)
def test_a_container_that_the_configuration_lists_may_be_looked_at_and_no_more(
    host: str, address: str, reason: Reason | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, address)
    hosts = ("db", "db.internal")

    if reason is None:
        target = target_of(f"postgresql://me@{host}/app", {}, hosts)
        assert [doubt.reason for doubt in target.doubts] == [Reason.SERVICE]
    else:
        with pytest.raises(Refused) as refused:
            target_of(f"postgresql://me@{host}/app", {}, hosts)
        assert refused.value.reasons == (reason,)


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://me:hunter2@db.supabase.co/app",
        "postgresql://me:hunter2@127.0.0.1:1/app",
        "postgresql://me:hunter2@localhost:hunter2/app",
        "postgresql://me:x/hunter2@localhost/app",
        "postgresql://me:1/hunter2@localhost/app",
        "postgresql://me:x@hunter2@localhost/app",
        "postgresql://me:hunter2@localhost/app?password=hunter2&nonsense=hunter2",
        "hunter2",
        "host=localhost password='hunter2",
    ],
)
def test_a_refusal_never_tells_the_password(dsn: str) -> None:
    with pytest.raises(Refused) as refused, development_database(dsn, {}):
        pass

    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None


def reasons_to_refuse(dsn: str) -> tuple[Reason, ...]:
    """Return why a database is refused, none when it is not."""
    try:
        with development_database(dsn, {}):
            return ()
    except Refused as refused:
        return refused.reasons


def mark(cluster: Cluster, database: str = "app") -> None:
    with looked_at(cluster.dsn(database, "root"), {}) as (connection, looked):
        assert looked.identity is not None
        write_mark(connection, looked.identity, looked.mark)


def test_a_server_of_this_machine_is_seen_to_be_one(database: Cluster) -> None:
    assert reasons_to_refuse(database.dsn()) == ()
    assert reasons_to_refuse(database.socket_dsn()) == ()
    assert reasons_to_refuse(f"host=localhost port={database.port} user=ada dbname=app") == ()


@pytest.fixture(scope="module")
def live(servers: Servers) -> Cluster:
    """Another server, where one must not end up."""
    started = servers.start("live")
    started.run(
        "CREATE ROLE ada LOGIN", "CREATE DATABASE app OWNER ada", "CREATE ROLE rdsadmin", database="postgres"
    )
    return started


@pytest.mark.parametrize(
    "environment",
    [
        {"PGHOST": "10.0.0.1"},
        {"PGPORT": "{live}"},
        {"PGDATABASE": "postgres", "PGUSER": "root"},
        {"PGOPTIONS": "-c guardrails.environment=development -c search_path=nowhere"},
        {"PGTARGETSESSIONATTRS": "standby"},
        {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/nowhere"},
        {"PGREQUIREAUTH": "scram-sha-256"},
        {"PGSYSCONFDIR": "/tmp", "PGTZ": "Asia/Tokyo", "PGDATESTYLE": "German"},
        {"PGHOSTADDR": "127.0.0.1", "PGPORT": "{live}"},
        {"PGSERVICE": "live", "PGSERVICEFILE": "{services}"},
    ],
    ids="+".join,
)
def test_nothing_of_the_environment_moves_a_connection(
    database: Cluster,
    live: Cluster,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    services = tmp_path / "services"
    services.write_text(f"[live]\nhost=127.0.0.1\nport={live.port}\ndbname=app\n")
    for name, value in environment.items():
        monkeypatch.setenv(name, value.format(live=live.port, services=services))

    with development_database(database.dsn(), {}) as (connection, _):
        row = connection.execute(
            "SELECT inet_server_port(), current_database(), current_user, current_setting('TimeZone') = 'Asia/Tokyo',"
            " current_setting('guardrails.environment', true), current_setting('search_path')"
        ).fetchone()

    assert row == (database.port, "app", "ada", False, None, '"$user", public')


def test_a_tunnel_is_a_doubt_however_it_looks(database: Cluster) -> None:
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]

        with forwarding(listening, lambda: socket.create_connection(("127.0.0.1", database.port))):
            reasons = reasons_to_refuse(f"postgresql://ada@localhost:{port}/app")

    assert reasons == (Reason.BETWEEN,)


def test_a_tunnel_that_ends_in_the_servers_socket_is_a_doubt(database: Cluster) -> None:
    def into_the_socket() -> socket.socket:
        end = socket.socket(socket.AF_UNIX)
        end.connect(str(database.folder / f".s.PGSQL.{database.port}"))
        return end

    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]

        with forwarding(listening, into_the_socket):
            reasons = reasons_to_refuse(f"postgresql://ada@localhost:{port}/app")

    assert reasons == (Reason.BETWEEN,)


@pytest.mark.parametrize("far", ["socket", "port"])
def test_a_forwarded_socket_is_a_doubt(database: Cluster, far: str, tmp_path: Path) -> None:
    def connect() -> socket.socket:
        if far == "port":
            return socket.create_connection(("127.0.0.1", database.port))
        end = socket.socket(socket.AF_UNIX)
        end.connect(str(database.folder / f".s.PGSQL.{database.port}"))
        return end

    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(str(tmp_path / ".s.PGSQL.5432"))

        with forwarding(listening, connect):
            reasons = reasons_to_refuse(f"host={tmp_path} user=ada dbname=app")

    assert reasons == (Reason.UNSEEN_SOCKET,)


def test_a_mark_lifts_what_is_only_doubtful(database: Cluster) -> None:
    mark(database)
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]

        with forwarding(listening, lambda: socket.create_connection(("127.0.0.1", database.port))):
            assert reasons_to_refuse(f"postgresql://ada@localhost:{port}/app") == ()


@pytest.mark.parametrize(
    "role",
    [
        "rdsadmin",
        "rds_superuser",
        "cloudsqlsuperuser",
        "azure_pg_admin",
        "neon_superuser",
        "alloydbsuperuser",
    ],
)
def test_a_role_of_a_hosted_server_is_certain_in_spite_of_a_mark(database: Cluster, role: str) -> None:
    mark(database)
    database.run(f"CREATE ROLE {role}")
    try:
        assert reasons_to_refuse(database.dsn()) == (Reason.CLOUD_ROLE,)
    finally:
        database.run(f"DROP ROLE {role}")


def test_a_setting_of_a_hosted_server_is_certain(servers: Servers) -> None:
    hosted = servers.start("settings", "rds.extensions=all", "archive_mode=on", "archive_command=true")
    assert reasons_to_refuse(hosted.dsn("postgres", "root")) == (Reason.CLOUD_SETTING,)


@pytest.fixture(scope="module")
def archiving(servers: Servers) -> Cluster:
    """A server that archives, and that a standby copies from time to time."""
    started = servers.start("archiving", "archive_mode=on", "archive_command=true")
    started.run("CREATE ROLE ada LOGIN", "CREATE DATABASE app OWNER ada", database="postgres")
    return started


def test_a_server_that_archives_is_a_doubt(archiving: Cluster) -> None:
    assert reasons_to_refuse(archiving.dsn()) == (Reason.ARCHIVED,)


def test_a_place_for_a_standby_is_a_doubt_and_a_standby_is_certain(
    servers: Servers, archiving: Cluster
) -> None:
    archiving.run("SELECT pg_create_physical_replication_slot('place')")
    assert reasons_to_refuse(archiving.dsn()) == (Reason.STANDBY_BEFORE, Reason.ARCHIVED)
    archiving.run("SELECT pg_drop_replication_slot('place')")

    copy = servers.copy(archiving, "standby")
    standby = servers.start("standby", data=copy)
    while not archiving.rows("SELECT FROM pg_stat_replication"):
        pass

    assert reasons_to_refuse(standby.dsn()) == (Reason.STANDBY,)
    assert reasons_to_refuse(archiving.dsn()) == (Reason.REPLICATED,)


def test_changes_that_are_streamed_elsewhere_are_a_doubt(database: Cluster, servers: Servers) -> None:
    database.run(
        "SELECT pg_create_logical_replication_slot('stream', 'pgoutput')",
        "CREATE PUBLICATION p FOR ALL TABLES",
    )
    assert reasons_to_refuse(database.dsn()) == ()
    reader = subprocess.Popen(
        [
            str(servers.program("pg_recvlogical")), "-h", "127.0.0.1", "-p", str(database.port), "-U", "root", "-d", "app",
            "--slot=stream", "--start", "-o", "proto_version=1", "-o", "publication_names=p", "-f", "/dev/null",
        ]
    )  # fmt: skip
    try:
        while not database.rows("SELECT FROM pg_replication_slots WHERE active"):
            assert reader.poll() is None

        assert reasons_to_refuse(database.dsn()) == (Reason.LOGICAL_REPLICATION,)
    finally:
        reader.terminate()
        reader.wait()
        while database.rows("SELECT FROM pg_replication_slots WHERE active"):
            pass
        database.run("SELECT pg_drop_replication_slot('stream')")


@pytest.fixture
def tls(tmp_path: Path) -> Iterator[int]:
    """The port of what answers a request for TLS with the certificate of a hosted name, as a tunnel to one does."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=db.abc.supabase.co",
            "-keyout", str(key), "-out", str(certificate),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                with listening.accept()[0] as end:
                    end.recv(8)
                    end.sendall(b"S")
                    context.wrap_socket(end, server_side=True).close()
            except OSError:
                return

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield int(listening.getsockname()[1])
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


@pytest.mark.parametrize("mode", ["prefer", "disable", "require"])
def test_the_certificate_of_a_hosted_name_is_certain_whatever_the_dsn_asks_for(tls: int, mode: str) -> None:
    assert reasons_to_refuse(f"postgresql://ada@localhost:{tls}/app?sslmode={mode}") == (
        Reason.HOSTED_CERTIFICATE,
    )


@pytest.fixture
def supabase(database: Cluster) -> Iterator[Cluster]:
    """A database with the roles of Supabase."""
    database.run("CREATE ROLE supabase_admin")
    yield database
    database.run("DROP ROLE supabase_admin")


def test_supabase_is_a_doubt_unless_it_has_the_public_secret_of_supabase_start(supabase: Cluster) -> None:
    assert reasons_to_refuse(supabase.dsn()) == (Reason.SUPABASE_ELSEWHERE,)

    supabase.run(
        "ALTER DATABASE app SET app.settings.jwt_secret = 'of-our-own-a-secret-that-nobody-else-could-know'"
    )
    assert reasons_to_refuse(supabase.dsn()) == (Reason.SUPABASE_ELSEWHERE,)

    supabase.run(
        "ALTER DATABASE app SET app.settings.jwt_secret = 'super-secret-jwt-token-with-at-least-32-characters-long'"
    )
    assert reasons_to_refuse(supabase.dsn()) == ()


def test_in_supabase_start_people_are_a_doubt_and_signing_in_is_not(supabase: Cluster) -> None:
    supabase.run(
        "ALTER DATABASE app SET app.settings.jwt_secret = 'super-secret-jwt-token-with-at-least-32-characters-long'",
        "CREATE SCHEMA auth", "CREATE TABLE auth.users (email text, last_sign_in_at timestamptz)",
        "INSERT INTO auth.users SELECT n || '@example.com', now() FROM generate_series(1, 9) n",
        "GRANT USAGE ON SCHEMA auth TO ada", "GRANT SELECT ON auth.users TO ada",
        "CREATE SCHEMA _analytics", "CREATE TABLE _analytics.users (email text)",
    )  # fmt: skip
    assert reasons_to_refuse(supabase.dsn()) == ()

    supabase.run("INSERT INTO auth.users (email) VALUES ('a@gmail.com'), ('b@gmail.com'), ('c@gmail.com')")
    assert reasons_to_refuse(supabase.dsn()) == (Reason.PEOPLE,)


def test_the_public_secret_counts_where_it_is_stored_and_not_for_a_role(supabase: Cluster) -> None:
    supabase.run(
        "ALTER ROLE ada SET app.settings.jwt_secret = 'super-secret-jwt-token-with-at-least-32-characters-long'"
    )
    try:
        assert reasons_to_refuse(supabase.dsn()) == (Reason.SUPABASE_ELSEWHERE,)
    finally:
        supabase.run("ALTER ROLE ada RESET ALL")


def people(cluster: Cluster, *addresses: str) -> None:
    cluster.run(
        "CREATE TABLE IF NOT EXISTS people (id serial PRIMARY KEY, email text)",
        "ALTER TABLE people OWNER TO ada",
        *(f"INSERT INTO people (email) VALUES ('{address}')" for address in addresses),
    )


def test_addresses_of_people_are_a_doubt(database: Cluster) -> None:
    people(database, "ann@gmail.com", "bob@acme.io", "carl@firma.de")

    with (
        pytest.raises(Refused, match=r"public\.people holds .* look like people's.*seed mark"),
        development_database(database.dsn(), {}),
    ):
        pass


def test_people_behind_many_made_up_ones_are_seen(database: Cluster) -> None:
    people(database)
    database.run("INSERT INTO people (email) SELECT n || '@example.com' FROM generate_series(1, 20000) n")
    people(database, "ann@gmail.com", "bob@acme.io", "carl@firma.de")

    assert reasons_to_refuse(database.dsn()) == (Reason.PEOPLE,)


@pytest.mark.parametrize(
    "made_up",
    [
        "a@example.com",
        "b@EXAMPLE.org",
        "c@mail.example.net",
        "d@x.test",
        "e@localhost",
        "f@example.de",
        "g@x.invalid",
    ],
)
def test_made_up_addresses_are_no_reason_to_refuse(database: Cluster, made_up: str) -> None:
    people(database, *(f"{number}{made_up}" for number in range(5)))

    assert reasons_to_refuse(database.dsn()) == ()


@pytest.mark.parametrize(
    "hidden", ["ann@example.com.evil.io", "bob@notexample.com", "carl@test.com", "dora@latest"]
)
def test_addresses_that_only_look_made_up_are_people(database: Cluster, hidden: str) -> None:
    people(database, *(f"{number}{hidden}" for number in range(5)))

    assert reasons_to_refuse(database.dsn()) == (Reason.PEOPLE,)


def test_people_whom_the_login_must_not_see_are_a_doubt(database: Cluster) -> None:
    database.run("CREATE TABLE people (id serial PRIMARY KEY, email text)")

    assert reasons_to_refuse(database.dsn()) == (Reason.UNREADABLE_PEOPLE,)


def test_people_behind_row_level_security_are_a_doubt(database: Cluster) -> None:
    database.run(
        "CREATE TABLE people (email text)",
        "ALTER TABLE people ENABLE ROW LEVEL SECURITY",
        "GRANT ALL ON people TO ada",
    )

    assert reasons_to_refuse(database.dsn()) == (Reason.UNREADABLE_PEOPLE,)


def test_recent_sign_ins_are_a_doubt_and_old_ones_are_not(database: Cluster) -> None:
    database.run(
        "CREATE TABLE users (id serial PRIMARY KEY, last_sign_in_at timestamptz)",
        "INSERT INTO users (last_sign_in_at) SELECT now() - interval '90 days' FROM generate_series(1, 50)",
        "GRANT SELECT ON users TO ada",
    )
    assert reasons_to_refuse(database.dsn()) == ()

    database.run("UPDATE users SET last_sign_in_at = now() - interval '1 hour' WHERE id <= 6")
    assert reasons_to_refuse(database.dsn()) == (Reason.SIGN_INS,)


def test_a_database_larger_than_anybody_seeds_is_a_doubt(
    database: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seeds.guard.server.MOST_BYTES", 1 << 20)

    assert reasons_to_refuse(database.dsn()) == (Reason.LARGE,)


def test_where_nobody_answers_at_the_first_address_the_next_is_dialled(
    database: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, "127.0.0.9", "127.0.0.1")

    assert reasons_to_refuse(f"postgresql://ada@localhost:{database.port}/app") == ()


def comment(cluster: Cluster, database: str = "app") -> object:
    query = f"SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '{database}'"
    ((found,),) = cluster.rows(query)
    return found


def test_a_mark_keeps_what_the_comment_says_and_goes_again_without_it(database: Cluster) -> None:
    database.run("COMMENT ON DATABASE app IS 'The shop.\nAsk Ada.'")
    mark(database)
    mark(database)

    lines = str(comment(database)).split("\n")
    assert lines[:2] == ["The shop.", "Ask Ada."]
    assert len(lines) == 3
    with looked_at(database.dsn(user="root"), {}) as (connection, looked):
        assert looked.mark.standing is Standing.DEVELOPMENT
        assert looked.identity is not None
        remove_mark(connection, looked.identity, looked.mark)
    assert comment(database) == "The shop.\nAsk Ada."


def test_the_owner_may_mark_without_being_superuser(database: Cluster) -> None:
    with looked_at(database.dsn(), {}) as (connection, looked):
        assert looked.identity is not None
        write_mark(connection, looked.identity, looked.mark)

    people(database, "ann@gmail.com", "bob@acme.io", "carl@firma.de")
    assert reasons_to_refuse(database.dsn()) == ()


def test_a_copy_by_template_is_not_marked(database: Cluster) -> None:
    people(database, "ann@gmail.com", "bob@acme.io", "carl@firma.de")
    mark(database)
    database.run(
        "DROP DATABASE IF EXISTS copy", "CREATE DATABASE copy TEMPLATE app OWNER ada", database="postgres"
    )

    assert reasons_to_refuse(database.dsn()) == ()
    assert reasons_to_refuse(database.dsn("copy")) == (Reason.PEOPLE,)


@pytest.fixture(scope="module")
def second(servers: Servers) -> Cluster:
    """Another development server, without databases of its own."""
    started = servers.start("second")
    started.run("CREATE ROLE ada LOGIN", database="postgres")
    return started


def dumped(servers: Servers, source: Cluster, target: Cluster, *options: str, into: str) -> None:
    """Copy the database `app` with pg_dump."""
    dump, restore = str(servers.program("pg_dump")), str(servers.program("psql"))
    text = subprocess.run([dump, *options, source.dsn(user="root")], check=True, capture_output=True).stdout
    target.run("DROP DATABASE IF EXISTS app WITH (FORCE)", database="postgres")
    if into == "other":
        target.run("DROP DATABASE IF EXISTS other", "CREATE DATABASE other OWNER ada", database="postgres")
    subprocess.run(
        [restore, "-q", "-v", "ON_ERROR_STOP=1", target.dsn("postgres" if into == "app" else into, "root")],
        input=text, check=True, capture_output=True,
    )  # fmt: skip


def test_a_dump_brings_its_comment_along_and_that_is_the_mark_of_another(
    database: Cluster, second: Cluster, servers: Servers
) -> None:
    people(database, "ann@gmail.com", "bob@acme.io", "carl@firma.de")
    mark(database)

    dumped(servers, database, second, "--create", into="app")

    assert comment(second) == comment(database)
    assert reasons_to_refuse(second.dsn()) == (Reason.PEOPLE, Reason.MARK_OF_ANOTHER)


def test_a_dump_into_another_database_is_not_marked(
    database: Cluster, second: Cluster, servers: Servers
) -> None:
    people(database, "ann@gmail.com", "bob@acme.io", "carl@firma.de")
    mark(database)

    dumped(servers, database, second, into="other")

    assert reasons_to_refuse(second.dsn("other")) == (Reason.PEOPLE,)


def test_the_mark_of_another_database_of_the_same_server_is_none(database: Cluster) -> None:
    people(database, "ann@gmail.com", "bob@acme.io", "carl@firma.de")
    mark(database)
    database.run(
        "DROP DATABASE IF EXISTS copy", "CREATE DATABASE copy TEMPLATE app OWNER ada",
        f"COMMENT ON DATABASE copy IS '{comment(database)}'", database="postgres",
    )  # fmt: skip

    assert reasons_to_refuse(database.dsn("copy")) == (Reason.PEOPLE, Reason.MARK_OF_ANOTHER)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            'pg-guardrails: {"environment": "production", "system_identifier": "1", "database": "app"}',
            Reason.MARKED_OTHERWISE,
        ),
        ("pg-guardrails: yes", Reason.BROKEN_MARK),
        ('pg-guardrails: {"environment": "development"}', Reason.BROKEN_MARK),
        ("pg-guardrails: {}\npg-guardrails: {}", Reason.BROKEN_MARK),
    ],
)
def test_a_mark_that_says_otherwise_or_nothing_is_certain(
    database: Cluster, line: str, reason: Reason
) -> None:
    database.run(f"COMMENT ON DATABASE app IS '{line}'")

    assert reasons_to_refuse(database.dsn()) == (reason,)


def test_a_table_or_setting_that_calls_itself_a_mark_is_none(database: Cluster) -> None:
    people(database, "ann@gmail.com", "bob@acme.io", "carl@firma.de")
    word = json.dumps({"environment": "development"})
    database.run(
        "CREATE TABLE guardrails_mark (environment text)", "INSERT INTO guardrails_mark VALUES ('development')",
        "ALTER DATABASE app SET guardrails.environment = 'development'", f"COMMENT ON SCHEMA public IS 'pg-guardrails: {word}'",
    )  # fmt: skip

    assert reasons_to_refuse(database.dsn()) == (Reason.PEOPLE,)


def test_nothing_is_written_while_a_database_is_looked_at(database: Cluster) -> None:
    database.run(
        "CREATE FUNCTION spy(text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN CREATE TABLE seen (); RETURN true; END$$",
        "CREATE TABLE people (email text CHECK (true))", "GRANT ALL ON people TO ada",
    )  # fmt: skip
    with looked_at(database.dsn(), {}) as (connection, _):
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE

    assert database.rows("SELECT FROM pg_stat_user_tables WHERE n_tup_ins > 0") == []


def test_a_server_that_does_not_answer_is_a_sentence(database: Cluster) -> None:
    database.run("REVOKE ALL ON pg_catalog.pg_settings FROM PUBLIC")
    try:
        with (
            pytest.raises(Refused, match="can't be looked into: permission denied") as refused,
            looked_at(database.dsn(), {}),
        ):
            pass
    finally:
        database.run("GRANT SELECT ON pg_catalog.pg_settings TO PUBLIC")

    assert refused.value.reasons == (Reason.UNANSWERED,)


def test_every_reason_is_one_sentence_with_a_way_out() -> None:
    for reason in Reason:
        assert not reason.value.seen.endswith(".")
        assert reason.value.way_out
        assert isinstance(reason.value, Certain) or "{where}" not in reason.value.seen


def test_the_table_of_refusals_in_the_docs_is_current() -> None:
    text = (Path(__file__).parent.parent.parent / "docs" / "seeding.md").read_text()

    assert text == with_refusals(text), "run: make docs"
    assert all(reason.value.way_out in text for reason in Reason)
