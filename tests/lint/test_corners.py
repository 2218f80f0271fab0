"""How severe a rule is in each of its cases, and each of its exemptions: what its own examples leave open."""

from __future__ import annotations

import pytest

from guardrails.lint.contracts import MigrationFile, Profile, Settings, Severity
from guardrails.lint.engine import check

ERROR, WARNING = Severity.ERROR, Severity.WARNING
TABLE = "CREATE TABLE private.a (id bigint PRIMARY KEY, b int);"
OPEN = "CREATE TABLE public.a (id bigint PRIMARY KEY, owner uuid);"
SHUT = f"{OPEN} ALTER TABLE public.a ENABLE ROW LEVEL SECURITY;"
OWN = "(SELECT auth.uid()) = owner"
OWNED = f"{SHUT} CREATE POLICY p ON public.a FOR SELECT TO authenticated USING ({OWN});"
DEFINER = "CREATE FUNCTION private.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';"
MOOD = "CREATE TYPE private.mood AS ENUM ('ok'); CREATE TABLE private.a (id bigint PRIMARY KEY, m private.mood, t text);"
ADD = "ALTER TYPE private.mood ADD VALUE 'bad';"

CASES = {
    "a trigger dropped with CASCADE": ("DROP_CASCADE", WARNING, "", "DROP TRIGGER t ON a CASCADE;"),
    "a constraint dropped with CASCADE": (
        "DROP_CASCADE", WARNING, "", "ALTER TABLE a DROP CONSTRAINT c CASCADE;"
    ),
    "a column dropped with CASCADE": ("DROP_CASCADE", ERROR, "", "ALTER TABLE a DROP b CASCADE;"),
    "a column dropped from a table that was just made": (
        "DROP_COLUMN", None, "", f"{TABLE} ALTER TABLE private.a DROP b;"
    ),
    "a cut of a type that is not known": (
        "TYPE_NARROWING", WARNING, "", "ALTER TABLE a ALTER b TYPE varchar(3) USING b::varchar(3);"
    ),
    "a cut by a function of a type that is not known": (
        "TYPE_NARROWING", ERROR, "", "ALTER TABLE a ALTER b TYPE text USING left(b, 3);"
    ),
    "a cut of another column": (
        "TYPE_NARROWING", None, "", "ALTER TABLE a ALTER b TYPE text USING left(c, 3);"
    ),
    "a cast of a function that is not known": (
        "TYPE_NARROWING", None, "", "ALTER TABLE a ALTER b TYPE varchar(3) USING f(b)::varchar(3);"
    ),
    "an array of a type that is not known": (
        "TYPE_NARROWING", None, "", "ALTER TABLE a ALTER b TYPE varchar(3)[] USING b::varchar(3)[];"
    ),
    "a varchar without a length": (
        "TYPE_NARROWING", None, "", "ALTER TABLE a ALTER b TYPE varchar USING b::varchar;"
    ),
    "a truncated table that was just made": (
        "SEQUENCE_RESTART", None, "", f"{TABLE} TRUNCATE private.a RESTART IDENTITY;"
    ),
    "a truncated table that was there": ("SEQUENCE_RESTART", WARNING, "", "TRUNCATE a RESTART IDENTITY;"),
    "an identity that was just made": (
        "SEQUENCE_RESTART", None, "",
        "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY); ALTER TABLE a ALTER id RESTART WITH 9;",
    ),
    "a sequence of a table that was just made": (
        "SEQUENCE_RESTART", None, "", "CREATE TABLE a (id serial); ALTER SEQUENCE a_id_seq RESTART WITH 9;"
    ),
    "a column of a table that was just made, made again": (
        "COLUMN_RECREATED", None, "", f"{TABLE} ALTER TABLE private.a DROP b, ADD b text;"
    ),
    "a new column made again": (
        "COLUMN_RECREATED", None, TABLE,
        "ALTER TABLE private.a ADD c int; ALTER TABLE private.a DROP c, ADD c text;",
    ),
    "a table of the history moved into the API": (
        "MISSING_RLS", WARNING, TABLE, "ALTER TABLE private.a SET SCHEMA public;"
    ),
    "one that has row level security": (
        "MISSING_RLS", None, f"{TABLE} ALTER TABLE private.a ENABLE ROW LEVEL SECURITY;",
        "ALTER TABLE private.a SET SCHEMA public;",
    ),
    "one that is dropped": (
        "MISSING_RLS", None, TABLE, "ALTER TABLE private.a SET SCHEMA public; DROP TABLE public.a;"
    ),
    "one that goes back": (
        "MISSING_RLS", None, TABLE,
        "ALTER TABLE private.a SET SCHEMA public; ALTER TABLE public.a SET SCHEMA private;",
    ),
    "one that moves between private schemas": (
        "MISSING_RLS", None, TABLE, "ALTER TABLE private.a SET SCHEMA internal;"
    ),
    "one that moves out of the API": ("MISSING_RLS", None, OPEN, "ALTER TABLE public.a SET SCHEMA private;"),
    "a temporary table": ("MISSING_RLS", None, "", "CREATE TEMP TABLE a (id int);"),
    "row level security taken from a temporary table": (
        "RLS_DISABLED", None, "", "CREATE TEMP TABLE a (id int); ALTER TABLE a DISABLE ROW LEVEL SECURITY;"
    ),
    "row level security taken from a table that is dropped": (
        "RLS_DISABLED", None, OPEN, "ALTER TABLE public.a DISABLE ROW LEVEL SECURITY; DROP TABLE public.a;"
    ),
    "reading for all": (
        "POLICY_ALWAYS_TRUE", WARNING, "", "CREATE POLICY p ON a FOR SELECT TO anon USING (true);"
    ),
    "writing for all": (
        "POLICY_ALWAYS_TRUE", ERROR, "", "CREATE POLICY p ON a FOR UPDATE TO anon USING (true);"
    ),
    "restraining nothing": (
        "POLICY_ALWAYS_TRUE", WARNING, "", "CREATE POLICY p ON a AS RESTRICTIVE FOR UPDATE TO anon USING (true);"
    ),
    "writing for a role that no client has": (
        "POLICY_ALWAYS_TRUE", WARNING, "", "CREATE POLICY p ON a FOR UPDATE TO worker USING (true);"
    ),
    "a check wider than USING": (
        "POLICY_ALWAYS_TRUE", None, "",
        f"CREATE POLICY p ON a FOR UPDATE TO authenticated USING ({OWN}) WITH CHECK (true);",
    ),
    "a form that strangers fill in": (
        "POLICY_ANON_WRITE", WARNING, "", "CREATE POLICY p ON a FOR INSERT TO anon WITH CHECK (b > 0);"
    ),
    "rows that strangers write as they like": (
        "POLICY_ANON_WRITE", ERROR, "", "CREATE POLICY p ON a FOR INSERT TO anon WITH CHECK (true);"
    ),
    "rows that strangers change": (
        "POLICY_ANON_WRITE", ERROR, "", "CREATE POLICY p ON a FOR UPDATE TO anon USING (b > 0);"
    ),
    "rows that strangers change after a question": (
        "POLICY_ANON_WRITE", None, "", f"CREATE POLICY p ON a FOR UPDATE TO anon USING ({OWN}) WITH CHECK (b > 0);"
    ),
    "rows that strangers delete, though they add none": (
        "POLICY_ANON_WRITE", ERROR, "", f"CREATE POLICY p ON a TO anon USING (b > 0) WITH CHECK ({OWN});"
    ),
    "a policy that no longer asks who the caller is": (
        "DROP_POLICY", WARNING, OWNED, "ALTER POLICY p ON public.a USING (owner IS NOT NULL);"
    ),
    "one that comes back as a question of another form": (
        "DROP_POLICY", None, OWNED,
        ("DROP POLICY p ON public.a; CREATE POLICY p ON public.a FOR SELECT TO authenticated "
        "USING (owner = (SELECT auth.uid()) AND id > 9);"),
    ),
    "one that comes back shut": (
        "DROP_POLICY", None, OWNED,
        "DROP POLICY p ON public.a; CREATE POLICY p ON public.a FOR SELECT TO authenticated USING (false);",
    ),
    "a policy that was just made and is dropped": (
        "DROP_POLICY", None, SHUT,
        f"CREATE POLICY p ON public.a FOR SELECT TO authenticated USING ({OWN}); DROP POLICY p ON public.a;",
    ),
    "a policy that another covers": (
        "DROP_POLICY", None, OWNED,
        f"DROP POLICY p ON public.a; CREATE POLICY q ON public.a FOR SELECT TO authenticated USING ({OWN});",
    ),
    "a policy that one for other commands does not cover": (
        "DROP_POLICY", WARNING, OWNED,
        f"DROP POLICY p ON public.a; CREATE POLICY q ON public.a FOR DELETE TO authenticated USING ({OWN});",
    ),
    "a policy that a restrictive one does not cover": (
        "DROP_POLICY", WARNING, OWNED,
        ("DROP POLICY p ON public.a; CREATE POLICY q ON public.a AS RESTRICTIVE FOR SELECT TO authenticated "
        f"USING ({OWN});"),
    ),
    "a policy of a table that is dropped": (
        "DROP_POLICY", None, OWNED, "DROP POLICY p ON public.a; DROP TABLE public.a;"
    ),
    "a policy that never was": ("DROP_POLICY", None, OWNED, "DROP POLICY IF EXISTS q ON public.a;"),
    "a definer with the user's own schema": (
        "SECURITY_DEFINER_SEARCH_PATH", ERROR, "",
        f"{DEFINER} ALTER FUNCTION private.f() SET search_path = \"$user\", pg_temp;",
    ),
    "a definer that stops being one": (
        "SECURITY_DEFINER_SEARCH_PATH", None, "", f"{DEFINER} ALTER FUNCTION private.f() SECURITY INVOKER;"
    ),
    "a definer that is dropped": (
        "SECURITY_DEFINER_SEARCH_PATH", None, "", f"{DEFINER} DROP FUNCTION private.f();"
    ),
    "an invoker without a path": (
        "SECURITY_DEFINER_SEARCH_PATH", None, "",
        "CREATE FUNCTION private.f() RETURNS int LANGUAGE sql SECURITY INVOKER AS 'SELECT 1';",
    ),
    "a definer of the history moved into the API": (
        "SECURITY_DEFINER_EXPOSED", WARNING, DEFINER, "ALTER FUNCTION private.f() SET SCHEMA public;"
    ),
    "a definer of the history moved elsewhere": (
        "SECURITY_DEFINER_EXPOSED", None, DEFINER, "ALTER FUNCTION private.f() SET SCHEMA internal;"
    ),
    "a function of the history moved into the API": (
        "SECURITY_DEFINER_EXPOSED", None, DEFINER.replace("SECURITY DEFINER ", ""),
        "ALTER FUNCTION private.f() SET SCHEMA public;",
    ),
    "a view of the history moved into the API": (
        "VIEW_SECURITY_INVOKER", ERROR, f"{TABLE} CREATE VIEW private.v AS SELECT * FROM private.a;",
        "ALTER VIEW private.v SET SCHEMA public;",
    ),
    "a view of the history moved elsewhere": (
        "VIEW_SECURITY_INVOKER", None, f"{TABLE} CREATE VIEW private.v AS SELECT * FROM private.a;",
        "ALTER VIEW private.v SET SCHEMA internal;",
    ),
    "a view that reads as its reader moved into the API": (
        "VIEW_SECURITY_INVOKER", None,
        f"{TABLE} CREATE VIEW private.v WITH (security_invoker) AS SELECT * FROM private.a;",
        "ALTER VIEW private.v SET SCHEMA public;",
    ),
    "a view that reads nothing moved into the API": (
        "VIEW_SECURITY_INVOKER", None, "CREATE VIEW private.v AS SELECT 1 AS b;",
        "ALTER VIEW private.v SET SCHEMA public;",
    ),
    "a moved view that clients may not read": (
        "VIEW_SECURITY_INVOKER", None, f"{TABLE} CREATE VIEW private.v AS SELECT * FROM private.a;",
        "ALTER VIEW private.v SET SCHEMA public; REVOKE ALL ON public.v FROM anon, authenticated;",
    ),
    "a view over tables that are open anyway": (
        "VIEW_SECURITY_INVOKER", WARNING, OPEN, "CREATE VIEW public.v AS SELECT * FROM public.a;"
    ),
    "a view over tables that are shut": (
        "VIEW_SECURITY_INVOKER", ERROR, SHUT, "CREATE VIEW public.v AS SELECT * FROM public.a;"
    ),
    "another option of a view": (
        "VIEW_SECURITY_INVOKER", None, "", "ALTER VIEW v SET (security_barrier = false);"
    ),
    "writing for anon where policies ask nobody": (
        "GRANT_TO_ANON", ERROR, OPEN, "GRANT INSERT ON public.a TO anon;"
    ),
    "reading for anon of a table that is not known": (
        "GRANT_TO_ANON", WARNING, "", "GRANT SELECT ON public.b TO anon;"
    ),
    "reading for anon of an open table": ("GRANT_TO_ANON", ERROR, OPEN, "GRANT SELECT ON public.a TO anon;"),
    "reading for anon of a shut table": ("GRANT_TO_ANON", None, SHUT, "GRANT SELECT ON public.a TO anon;"),
    "writing for anon where no policy is for it": (
        "GRANT_TO_ANON", WARNING, SHUT, "GRANT INSERT ON public.a TO anon;"
    ),
    "writing for anon where a policy is for it": (
        "GRANT_TO_ANON", None, SHUT,
        "CREATE POLICY p ON public.a FOR INSERT TO anon WITH CHECK (id > 9); GRANT INSERT ON public.a TO anon;",
    ),
    "writing for anon where a policy is for others": (
        "GRANT_TO_ANON", WARNING, SHUT,
        f"CREATE POLICY p ON public.a FOR INSERT TO authenticated WITH CHECK ({OWN}); GRANT INSERT ON public.a TO anon;",
    ),
    "reading a view for anon": (
        "GRANT_TO_ANON", None, "CREATE VIEW public.v AS SELECT 1 AS b;", "GRANT SELECT ON public.v TO anon;"
    ),
    "writing through a view for anon": (
        "GRANT_TO_ANON", WARNING, "CREATE VIEW public.v AS SELECT 1 AS b;", "GRANT INSERT ON public.v TO anon;"
    ),
    "a view that comes back for those it was kept from": (
        "REVOKE_LOST", ERROR, "CREATE VIEW public.v AS SELECT 1 AS b; REVOKE ALL ON public.v FROM anon;",
        "DROP VIEW public.v; CREATE VIEW public.v AS SELECT 2 AS b;",
    ),
    "a view that comes back and was kept from nobody": (
        "REVOKE_LOST", None, "CREATE VIEW public.v AS SELECT 1 AS b;",
        "DROP VIEW public.v; CREATE VIEW public.v AS SELECT 2 AS b;",
    ),
    "the login of the API gets the server's role": (
        "ROLE_ESCALATION", None, "", "GRANT service_role TO authenticator;"
    ),
    "another login gets the server's role": ("ROLE_ESCALATION", ERROR, "", "GRANT service_role TO app;"),
    "a secret without a name": ("SECRET_LITERAL", None, "", "SELECT vault.create_secret('a1b2c3d4e5f6');"),
    "a function of the project that makes a secret": (
        "SECRET_LITERAL", None, "", "SELECT shop.create_secret('a1b2c3d4e5f6', 'api_key');"
    ),
    "a setting of PostgreSQL about passwords": (
        "SECRET_LITERAL", None, "", "SET password_encryption = 'scram-sha-256';"
    ),
    "a connection without a password": (
        "SECRET_LITERAL", None, "", "SELECT dblink_connect('host=db.example.org user=a');"
    ),
    "a subscription without a password": (
        "SECRET_LITERAL", None, "", "CREATE SUBSCRIPTION s CONNECTION 'host=db.example.org' PUBLICATION p;"
    ),
    "an empty password": ("SECRET_LITERAL", None, "", "ALTER ROLE app PASSWORD '';"),
    "a server elsewhere": (
        "DATA_EGRESS", WARNING, "",
        "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname 'a', host 'db.example.org');",
    ),
    "a server here": (
        "DATA_EGRESS", None, "",
        "CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname 'a', host 'localhost');",
    ),
    "a server by its file": (
        "DATA_EGRESS", None, "",
        "CREATE SERVER s FOREIGN DATA WRAPPER file_fdw OPTIONS (filename 'db.example.org');",
    ),
    "a connection by its URL": (
        "DATA_EGRESS", WARNING, "", "SELECT dblink_connect('postgres://db.example.org/a');"
    ),
    "a connection here": ("DATA_EGRESS", None, "", "SELECT dblink_connect('c', 'dbname=a');"),
    "the privilege of a function that was granted": (
        "REVOKE_PRIVILEGES", WARNING,
        ("CREATE FUNCTION private.f() RETURNS int LANGUAGE sql AS 'SELECT 1'; "
        "GRANT EXECUTE ON FUNCTION private.f() TO app;"),
        "REVOKE EXECUTE ON FUNCTION private.f() FROM app;",
    ),
    "the privilege of a function that nobody granted": (
        "REVOKE_PRIVILEGES", None, "CREATE FUNCTION private.f() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "REVOKE EXECUTE ON FUNCTION private.f() FROM app;",
    ),
    "a schema of the API": (
        "REVOKE_PRIVILEGES", WARNING, "", "REVOKE USAGE ON SCHEMA public FROM authenticated;"
    ),
    "a private schema that was just made": (
        "REVOKE_PRIVILEGES", None, "", "CREATE SCHEMA shop; REVOKE ALL ON SCHEMA shop FROM app;"
    ),
    "a private table, taken from a role of one's own": (
        "REVOKE_PRIVILEGES", WARNING, TABLE, "REVOKE SELECT ON private.a FROM app;"
    ),
    "a constraint of a table that is dropped": (
        "DROP_CONSTRAINT", None, TABLE, "ALTER TABLE private.a DROP CONSTRAINT c; DROP TABLE private.a;"
    ),
    "a constraint of a column that is dropped": (
        "DROP_CONSTRAINT", None, f"{TABLE} ALTER TABLE private.a ADD CONSTRAINT c CHECK (b > 0);",
        "ALTER TABLE private.a DROP CONSTRAINT c; ALTER TABLE private.a DROP b;",
    ),
    "a constraint with one of another kind after it": (
        "DROP_CONSTRAINT", WARNING, f"{TABLE} ALTER TABLE private.a ADD CONSTRAINT c CHECK (b > 0);",
        "ALTER TABLE private.a DROP CONSTRAINT c; ALTER TABLE private.a ADD CONSTRAINT d UNIQUE (b);",
    ),
    "a constraint with one on another column after it": (
        "DROP_CONSTRAINT", WARNING, f"{TABLE} ALTER TABLE private.a ADD CONSTRAINT c CHECK (b > 0);",
        "ALTER TABLE private.a DROP CONSTRAINT c; ALTER TABLE private.a ADD CONSTRAINT d CHECK (id > 0);",
    ),
    "a constraint that is known not to be there, and asked for": (
        "DROP_CONSTRAINT", WARNING, TABLE, "ALTER TABLE private.a DROP CONSTRAINT c;"
    ),
    "a check of a value that SET NOT NULL makes useless": (
        "DROP_CONSTRAINT", None,
        "ALTER TABLE private.old ADD CONSTRAINT c CHECK (b IS NOT NULL);",
        "ALTER TABLE private.old ALTER b SET NOT NULL; ALTER TABLE private.old DROP CONSTRAINT c;",
    ),
    "a check of a value that DROP NOT NULL takes as well": (
        "DROP_CONSTRAINT", WARNING,
        "ALTER TABLE private.old ADD CONSTRAINT c CHECK (b IS NOT NULL), ALTER b SET NOT NULL;",
        "ALTER TABLE private.old ALTER b DROP NOT NULL; ALTER TABLE private.old DROP CONSTRAINT c;",
    ),
    "a value of an enum in a default": (
        "ENUM_VALUE_IN_TRANSACTION", WARNING, MOOD,
        "BEGIN; ALTER TYPE private.mood ADD VALUE 'bad'; ALTER TABLE private.a ALTER m SET DEFAULT 'bad'; COMMIT;",
    ),
    "a value of an enum in a default of a text": (
        "ENUM_VALUE_IN_TRANSACTION", None, MOOD,
        "BEGIN; ALTER TYPE private.mood ADD VALUE 'bad'; ALTER TABLE private.a ALTER t SET DEFAULT 'bad'; COMMIT;",
    ),
    "a value of an enum after the transaction": (
        "ENUM_VALUE_IN_TRANSACTION", None, MOOD,
        "BEGIN; ALTER TYPE private.mood ADD VALUE 'bad'; COMMIT; UPDATE private.a SET m = 'bad' WHERE id = 1;",
    ),
    "a value that is there already": (
        "ENUM_VALUE_IN_TRANSACTION", None, MOOD,
        ("BEGIN; ALTER TYPE private.mood ADD VALUE IF NOT EXISTS 'ok'; "
        "UPDATE private.a SET m = 'ok' WHERE id = 1; COMMIT;"),
    ),
    "a value of a new enum": (
        "ENUM_VALUE_IN_TRANSACTION", None, "",
        "BEGIN; CREATE TYPE e AS ENUM ('a'); ALTER TYPE e ADD VALUE 'b'; SELECT 'b'::e; COMMIT;",
    ),
    "a value of an enum in a list": (
        "ENUM_VALUE_IN_TRANSACTION", WARNING, MOOD,
        "BEGIN; ALTER TYPE private.mood ADD VALUE 'bad'; DELETE FROM private.a WHERE m IN ('ok', 'bad'); COMMIT;",
    ),
    "an index that a longer one covers": (
        "DUPLICATE_INDEX", WARNING, f"{TABLE} CREATE INDEX i ON private.a (b, id);",
        "CREATE INDEX j ON private.a (b);",
    ),
    "an index in another order": (
        "DUPLICATE_INDEX", None, f"{TABLE} CREATE INDEX i ON private.a (b, id);",
        "CREATE INDEX j ON private.a (id, b);",
    ),
    "a unique index beside a plain one": (
        "DUPLICATE_INDEX", WARNING, f"{TABLE} CREATE INDEX i ON private.a (b);",
        "CREATE UNIQUE INDEX j ON private.a (b);",
    ),
    "a longer index beside a unique one": (
        "DUPLICATE_INDEX", None, f"{TABLE} CREATE UNIQUE INDEX i ON private.a (b);",
        "CREATE INDEX j ON private.a (b, id);",
    ),
    "a unique index shorter than a unique one": (
        "DUPLICATE_INDEX", None, f"{TABLE} CREATE UNIQUE INDEX i ON private.a (b, id);",
        "CREATE UNIQUE INDEX j ON private.a (b);",
    ),
    "an index in place of one that goes": (
        "DUPLICATE_INDEX", None, f"{TABLE} CREATE INDEX i ON private.a (b);",
        "CREATE INDEX CONCURRENTLY j ON private.a (b); DROP INDEX CONCURRENTLY private.i;",
    ),
    "a covering index": (
        "DUPLICATE_INDEX", None, f"{TABLE} CREATE INDEX i ON private.a (b);",
        "CREATE INDEX j ON private.a (b) INCLUDE (id);",
    ),
    "a foreign key of a temporary table": (
        "MISSING_INDEX_FK", None, "", "CREATE TEMP TABLE a (id int PRIMARY KEY, b int REFERENCES a (id));"
    ),
    "a foreign key that is dropped again": (
        "MISSING_INDEX_FK", None, TABLE,
        ("ALTER TABLE private.a ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES private.a (id); "
        "ALTER TABLE private.a DROP CONSTRAINT k;"),
    ),
    "autovacuum of a temporary table": (
        "AUTOVACUUM_DISABLED", None, "",
        "CREATE TEMP TABLE a (id int); ALTER TABLE a SET (autovacuum_enabled = false);",
    ),
    "autovacuum set back": ("AUTOVACUUM_DISABLED", None, "", "ALTER TABLE a RESET (autovacuum_enabled);"),
    "a number of one's own for an identity that takes none": (
        "SEQUENCE_NOT_RESET", WARNING, "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY, b int);",
        "INSERT INTO a (id, b) VALUES (1, 2); SELECT setval('a_id_seq', (SELECT max(id) FROM a));",
    ),
    "a number of one's own, overruled": (
        "SEQUENCE_NOT_RESET", None, "CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY, b int);",
        "INSERT INTO a (id, b) OVERRIDING USER VALUE VALUES (1, 2);",
    ),
    "a number of one's own, and the sequence set": (
        "SEQUENCE_NOT_RESET", None, "CREATE TABLE a (id serial, b int);",
        "INSERT INTO a (id, b) VALUES (1, 2); SELECT setval('a_id_seq', (SELECT max(id) FROM a));",
    ),
    "a number that DEFAULT stands for": (
        "SEQUENCE_NOT_RESET", None, "CREATE TABLE a (id serial, b int);",
        "INSERT INTO a (id, b) VALUES (DEFAULT, 2);",
    ),
    "a mere number as a key of another table": (
        "PREFER_BIGINT", None, "", "CREATE TABLE a (b int REFERENCES c, PRIMARY KEY (b));"
    ),
    "one of two numbers of a key": ("PREFER_BIGINT", None, "", "CREATE TABLE a (b int, c int, PRIMARY KEY (b, c));"),
    "a wider number refers to a narrower one": (
        "FK_TYPE_MISMATCH", WARNING, "CREATE TABLE a (id int PRIMARY KEY);",
        "CREATE TABLE b (a_id bigint REFERENCES a (id));",
    ),
    "a number refers to a list of them": (
        "FK_TYPE_MISMATCH", WARNING, "CREATE TABLE a (id int[] PRIMARY KEY);",
        "CREATE TABLE b (a_id int REFERENCES a (id));",
    ),
    "a constraint without a name, validated by the name it gets": (
        "VALIDATE_SAME_TRANSACTION", WARNING, "",
        ("BEGIN; ALTER TABLE private.a ADD CHECK (b > 0) NOT VALID; "
        "ALTER TABLE private.a VALIDATE CONSTRAINT a_b_check; COMMIT;"),
    ),
    "a constraint of another table of this name": (
        "VALIDATE_SAME_TRANSACTION", None, "",
        ("BEGIN; ALTER TABLE private.a ADD CONSTRAINT c CHECK (b > 0) NOT VALID; "
        "ALTER TABLE shop.a VALIDATE CONSTRAINT c; COMMIT;"),
    ),
    "a required column that is there already": (
        "ADD_REQUIRED_COLUMN", None, TABLE, "ALTER TABLE private.a ADD COLUMN IF NOT EXISTS b int NOT NULL;"
    ),
    "a column dropped from one table and added to another": (
        "COLUMN_RECREATED", None, "", "ALTER TABLE a DROP c; ALTER TABLE b ADD c text;"
    ),
    "a default dropped where a column of its name is added": (
        "COLUMN_RECREATED", None, "", "ALTER TABLE a ALTER c DROP DEFAULT, ADD c text;"
    ),
    "a sequence moved into the API": ("MISSING_RLS", None, TABLE, "ALTER SEQUENCE private.a SET SCHEMA public;"),
    "a table of this migration that is moved into the API": (
        "MISSING_RLS", WARNING, "", f"{TABLE} ALTER TABLE private.a SET SCHEMA public;"
    ),
    "a variable that a query fills": (
        "MISSING_RLS", None, "", "DO $$ DECLARE x int; BEGIN SELECT 1 INTO x FROM a; END $$;"
    ),
    "a check that is always true without a USING": (
        "POLICY_ALWAYS_TRUE", ERROR, "", "CREATE POLICY p ON a FOR INSERT TO authenticated WITH CHECK (true);"
    ),
    "an always true USING beside a check": (
        "POLICY_ALWAYS_TRUE", ERROR, "",
        f"CREATE POLICY p ON a FOR UPDATE TO authenticated USING (true) WITH CHECK ({OWN});",
    ),
    "a function of a policy that is replaced and still asks": (
        "POLICY_ALWAYS_TRUE", None,
        ("CREATE FUNCTION f() RETURNS boolean LANGUAGE sql AS 'SELECT auth.uid() IS NOT NULL'; "
        "CREATE POLICY p ON a FOR DELETE TO authenticated USING (f());"),
        "CREATE OR REPLACE FUNCTION f() RETURNS boolean LANGUAGE sql AS 'SELECT auth.uid() IS NOT NULL AND true';",
    ),
    "a policy of this migration that is altered": (
        "DROP_POLICY", None, SHUT,
        (f"CREATE POLICY p ON public.a FOR SELECT TO authenticated USING ({OWN}); "
        "ALTER POLICY p ON public.a USING (id > 9);"),
    ),
    "a restrictive policy that is dropped": (
        "DROP_POLICY", ERROR, f"{SHUT} CREATE POLICY p ON public.a AS RESTRICTIVE USING ({OWN});",
        "DROP POLICY p ON public.a;",
    ),
    "a restrictive policy with a permissive one in its place": (
        "DROP_POLICY", ERROR, f"{SHUT} CREATE POLICY p ON public.a AS RESTRICTIVE FOR SELECT USING ({OWN});",
        f"DROP POLICY p ON public.a; CREATE POLICY q ON public.a FOR SELECT USING ({OWN});",
    ),
    "an old policy that covers what is dropped": (
        "DROP_POLICY", WARNING, f"{OWNED} CREATE POLICY q ON public.a FOR SELECT TO authenticated USING ({OWN});",
        "DROP POLICY p ON public.a;",
    ),
    "a definer with the temporary schema last": (
        "SECURITY_DEFINER_SEARCH_PATH", None, "",
        f"{DEFINER} ALTER FUNCTION private.f() SET search_path = pg_catalog, pg_temp;",
    ),
    "a definer with the temporary schema first": (
        "SECURITY_DEFINER_SEARCH_PATH", ERROR, "",
        f"{DEFINER} ALTER FUNCTION private.f() SET search_path = pg_temp, pg_catalog;",
    ),
    "an invoker of the history without its path": (
        "SECURITY_DEFINER_SEARCH_PATH", None,
        "CREATE FUNCTION private.f() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1';",
        "ALTER FUNCTION private.f() RESET search_path;",
    ),
    "an invoker in the API": (
        "SECURITY_DEFINER_EXPOSED", None, "",
        "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql SECURITY INVOKER AS 'SELECT 1';",
    ),
    "a function of the API that becomes an invoker": (
        "SECURITY_DEFINER_EXPOSED", None, "",
        f"{DEFINER.replace('private', 'public')} ALTER FUNCTION public.f() SECURITY INVOKER;",
    ),
    "a definer of the API of which only anon is left": (
        "SECURITY_DEFINER_EXPOSED", WARNING, "",
        f"{DEFINER.replace('private', 'public')} REVOKE ALL ON FUNCTION public.f() FROM PUBLIC;",
    ),
    "a definer of the API that asks who calls it": (
        "SECURITY_DEFINER_EXPOSED", WARNING, "",
        f"{DEFINER.replace('private', 'public').replace('SELECT 1', 'SELECT 1 WHERE auth.uid() IS NOT NULL')}",
    ),
    "a temporary view": ("VIEW_SECURITY_INVOKER", None, SHUT, "CREATE TEMP VIEW v AS SELECT * FROM public.a;"),
    "a view that is dropped after its guard": (
        "VIEW_SECURITY_INVOKER", None, f"{SHUT} CREATE VIEW public.v WITH (security_invoker) AS SELECT * FROM public.a;",
        "ALTER VIEW public.v RESET (security_invoker); DROP VIEW public.v;",
    ),
    "a view that moves out after its guard": (
        "VIEW_SECURITY_INVOKER", None, f"{SHUT} CREATE VIEW public.v WITH (security_invoker) AS SELECT * FROM public.a;",
        "ALTER VIEW public.v RESET (security_invoker); ALTER VIEW public.v SET SCHEMA private;",
    ),
    "another option that is reset": (
        "VIEW_SECURITY_INVOKER", None, f"{SHUT} CREATE VIEW public.v WITH (security_invoker) AS SELECT * FROM public.a;",
        "ALTER VIEW public.v RESET (security_barrier);",
    ),
    "a view over a private table without policies": (
        "VIEW_SECURITY_INVOKER", ERROR, TABLE, "CREATE VIEW public.v AS SELECT * FROM private.a;"
    ),
    "a temporary table for anon": (
        "GRANT_TO_ANON", None, "", "CREATE TEMP TABLE a (id int); GRANT INSERT ON a TO anon;"
    ),
    "a sequence for anon": ("GRANT_TO_ANON", None, "CREATE SEQUENCE s;", "GRANT UPDATE ON s TO anon;"),
    "a table for anon that is dropped": (
        "GRANT_TO_ANON", None, OPEN, "GRANT INSERT ON public.a TO anon; DROP TABLE public.a;"
    ),
    "a table for anon that may be shut": (
        "GRANT_TO_ANON", ERROR, OPEN,
        ("GRANT INSERT ON public.a TO anon; "
        "DO $$ BEGIN IF now() > '2030-01-01' THEN ALTER TABLE public.a ENABLE ROW LEVEL SECURITY; END IF; END $$;"),
    ),
    "writing for anon on a table that is not known": (
        "GRANT_TO_ANON", ERROR, "", "GRANT INSERT ON public.b TO anon;"
    ),
    "a function that is replaced keeps what was taken": (
        "REVOKE_LOST", None, f"{DEFINER} REVOKE ALL ON FUNCTION private.f() FROM PUBLIC;",
        DEFINER.replace("CREATE", "CREATE OR REPLACE"),
    ),
    "a function of another schema takes no one's place": (
        "REVOKE_LOST", None, f"{DEFINER} REVOKE ALL ON FUNCTION private.f() FROM PUBLIC;",
        f"DROP FUNCTION private.f(); {DEFINER.replace('private', 'shop')}",
    ),
    "a temporary view takes no one's place": (
        "REVOKE_LOST", None, "CREATE VIEW public.v AS SELECT 1 AS b; REVOKE ALL ON public.v FROM anon;",
        "DROP VIEW public.v; CREATE TEMP VIEW v AS SELECT 2 AS b;",
    ),
    "a secret that only says where it goes": (
        "SECRET_LITERAL", None, "", "SELECT vault.create_secret('<your-key>', 'api_key');"
    ),
    "an empty setting": ("SECRET_LITERAL", None, "", "SET app.api_key = '';"),
    "text with a password for something else": (
        "SECRET_LITERAL", None, "", "SELECT shop.explain('password=hunter2345');"
    ),
    "a connection that another statement opened": ("DATA_EGRESS", WARNING, "", "SELECT dblink('mine', 'SELECT 1');"),
    "a request of which the host is only begun": (
        "DATA_EGRESS", WARNING, "", "SELECT net.http_get('http://localhost' || current_setting('a.b'));"
    ),
    "a request here of which the path is open": (
        "DATA_EGRESS", None, "", "SELECT net.http_get('http://localhost/' || current_setting('a.b'));"
    ),
    "a scheduled request to what Vault says": (
        "DATA_EGRESS", WARNING, "",
        "SELECT cron.schedule('a', '* * * * *', $$ SELECT net.http_get(current_setting('a.b')) $$);",
    ),
    "a table of buckets of one's own": (
        "STORAGE_BUCKET_PUBLIC", None, "", "INSERT INTO shop.buckets (id, public) VALUES ('a', true);"
    ),
    "another table of the storage": (
        "STORAGE_BUCKET_PUBLIC", None, "", "UPDATE storage.objects SET public = true WHERE id = 'a';"
    ),
    "another setting of a bucket": (
        "STORAGE_BUCKET_PUBLIC", None, "", "UPDATE storage.buckets SET avif_autodetection = true WHERE id = 'a';"
    ),
    "a check of another column": (
        "SET_NOT_NULL", WARNING, f"{TABLE} ALTER TABLE private.a ADD CONSTRAINT c CHECK (id IS NOT NULL);",
        "ALTER TABLE private.a ALTER b SET NOT NULL;",
    ),
    "a check that is not enforced": (
        "SET_NOT_NULL", WARNING,
        f"{TABLE} ALTER TABLE private.a ADD CONSTRAINT c CHECK (b IS NOT NULL) NOT ENFORCED;",
        "ALTER TABLE private.a ALTER b SET NOT NULL;",
    ),
    "another setting without a unit": ("TIMEOUT_INVALID", None, "", "SET work_mem = '5 sec';"),
    "a long time for one statement": ("TIMEOUT_INVALID", None, "", "SET statement_timeout = '1h';"),
    "no limit for one statement": (
        "TIMEOUT_INVALID", None, "", "SET statement_timeout = 0; ALTER TABLE a ADD b int;"
    ),
    "a timeout that is no number": ("TIMEOUT_INVALID", None, "", "SET lock_timeout = 'soon';"),
    "a function of this migration that was granted": (
        "REVOKE_PRIVILEGES", None, "",
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; GRANT EXECUTE ON FUNCTION f() TO app; "
        "REVOKE EXECUTE ON FUNCTION f() FROM app;"),
    ),
    "a private schema that was granted to others": (
        "REVOKE_PRIVILEGES", None, "GRANT USAGE ON SCHEMA shop TO app;",
        "REVOKE USAGE ON SCHEMA shop FROM authenticated;",
    ),
    "a primary key by its name": ("DROP_CONSTRAINT", None, "", "ALTER TABLE a DROP CONSTRAINT a_pkey;"),
    "a constraint that may be there, of a table that is known in part": (
        "DROP_CONSTRAINT", WARNING, "CREATE TABLE private.a (LIKE private.b);",
        "ALTER TABLE private.a DROP CONSTRAINT IF EXISTS c;",
    ),
    "a check of another column that becomes NOT NULL": (
        "DROP_CONSTRAINT", WARNING, f"{TABLE} ALTER TABLE private.a ADD CONSTRAINT c CHECK (b > 0);",
        "ALTER TABLE private.a ALTER b SET NOT NULL; ALTER TABLE private.a DROP CONSTRAINT c;",
    ),
    "numbers of one size": (
        "FK_TYPE_MISMATCH", None, "CREATE TABLE a (id bigint PRIMARY KEY);",
        "CREATE TABLE b (a_id bigint REFERENCES a (id));",
    ),
    "a text that refers to a number": (
        "FK_TYPE_MISMATCH", WARNING, "CREATE TABLE a (id bigint PRIMARY KEY);",
        "CREATE TABLE b (a_id text REFERENCES a (id));",
    ),
    "a type that nobody knows": (
        "FK_TYPE_MISMATCH", None, "CREATE TABLE a (id citext PRIMARY KEY);",
        "CREATE TABLE b (a_id text REFERENCES a (id));",
    ),
    "a function with an argument more that has a default": (
        "DROP_FUNCTION", None, "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "DROP FUNCTION f(int); CREATE FUNCTION f(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 1';",
    ),
    "a function with an argument of another type": (
        "DROP_FUNCTION", WARNING, "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "DROP FUNCTION f(int); CREATE FUNCTION f(a text) RETURNS int LANGUAGE sql AS 'SELECT 1';",
    ),
    "a function with a list of arguments": (
        "DROP_FUNCTION", None, "CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';",
        "DROP FUNCTION f(int); CREATE FUNCTION f(a int, VARIADIC b int[]) RETURNS int LANGUAGE sql AS 'SELECT 1';",
    ),
    "a function of triggers": (
        "DROP_FUNCTION", None, "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';",
        "DROP FUNCTION f();",
    ),
    "a value of an enum in the second of two defaults": (
        "ENUM_VALUE_IN_TRANSACTION", WARNING, MOOD, f"BEGIN; {ADD} ALTER TABLE private.a ALTER t SET DEFAULT 'bad', ALTER m SET DEFAULT 'bad'; COMMIT;"
    ),
    "another default after a new value of an enum": (
        "ENUM_VALUE_IN_TRANSACTION", None, MOOD, f"BEGIN; {ADD} ALTER TABLE private.a ALTER m SET DEFAULT 'ok'; COMMIT;"
    ),
    "a value of an enum in an update": (
        "ENUM_VALUE_IN_TRANSACTION", WARNING, MOOD, f"BEGIN; {ADD} UPDATE private.a SET m = 'bad' WHERE id = 1; COMMIT;"
    ),
    "a value of an enum as a text": (
        "ENUM_VALUE_IN_TRANSACTION", None, MOOD, f"BEGIN; {ADD} UPDATE private.a SET t = 'bad' WHERE id = 1; COMMIT;"
    ),
    "another value of an enum in an update": (
        "ENUM_VALUE_IN_TRANSACTION", None, MOOD, f"BEGIN; {ADD} UPDATE private.a SET m = 'ok' WHERE id = 1; COMMIT;"
    ),
    "a value of an enum in an insert": (
        "ENUM_VALUE_IN_TRANSACTION", WARNING, MOOD, f"BEGIN; {ADD} INSERT INTO private.a (id, m) VALUES (1, 'bad'); COMMIT;"
    ),
    "a value of an enum in an insert without columns": (
        "ENUM_VALUE_IN_TRANSACTION", WARNING, MOOD, f"BEGIN; {ADD} INSERT INTO private.a VALUES (1, 'bad', 'x'); COMMIT;"
    ),
    "a value of an enum inserted as a text": (
        "ENUM_VALUE_IN_TRANSACTION", None, MOOD, f"BEGIN; {ADD} INSERT INTO private.a (id, m, t) VALUES (1, 'ok', 'bad'); COMMIT;"
    ),
    "a value of an enum in a cast": (
        "ENUM_VALUE_IN_TRANSACTION", WARNING, MOOD, f"BEGIN; {ADD} SELECT 'bad'::private.mood; COMMIT;"
    ),
    "a value of an enum in a cast to something else": (
        "ENUM_VALUE_IN_TRANSACTION", None, MOOD, f"BEGIN; {ADD} SELECT 'bad'::text; COMMIT;"
    ),
    "another value of an enum in a cast": (
        "ENUM_VALUE_IN_TRANSACTION", None, MOOD, f"BEGIN; {ADD} SELECT 'ok'::private.mood; COMMIT;"
    ),
    "a value of an enum in a comparison": (
        "ENUM_VALUE_IN_TRANSACTION", WARNING, MOOD, f"BEGIN; {ADD} DELETE FROM private.a WHERE m = 'bad'; COMMIT;"
    ),
    "a value of an enum as a new column's default": (
        "ENUM_VALUE_IN_TRANSACTION", WARNING, MOOD, f"BEGIN; {ADD} ALTER TABLE private.a ADD n private.mood DEFAULT 'bad'; COMMIT;"
    ),
    "another value of an enum as a new column's default": (
        "ENUM_VALUE_IN_TRANSACTION", None, MOOD, f"BEGIN; {ADD} ALTER TABLE private.a ADD n private.mood DEFAULT 'ok'; COMMIT;"
    ),
    "a text with a new column's default": (
        "ENUM_VALUE_IN_TRANSACTION", None, MOOD, f"BEGIN; {ADD} ALTER TABLE private.a ADD n text DEFAULT 'bad'; COMMIT;"
    ),
    "a value of an enum in a block": (
        "ENUM_VALUE_IN_TRANSACTION", WARNING, MOOD, f"BEGIN; {ADD} DO $$ BEGIN UPDATE private.a SET m = 'bad' WHERE id = 1; END $$; COMMIT;"
    ),
    "a value of an enum in a function that does not run": (
        "ENUM_VALUE_IN_TRANSACTION", None, MOOD, f"BEGIN; {ADD} CREATE FUNCTION private.f() RETURNS void LANGUAGE sql BEGIN ATOMIC UPDATE private.a SET m = 'bad' WHERE id = 1; END; COMMIT;"
    ),
    "a value of an enum after a savepoint": (
        "ENUM_VALUE_IN_TRANSACTION", WARNING, MOOD, f"BEGIN; {ADD} SAVEPOINT s; UPDATE private.a SET m = 'bad' WHERE id = 1; COMMIT;"
    ),
    "a value of an enum without a transaction": (
        "ENUM_VALUE_IN_TRANSACTION", None, MOOD, f"{ADD} UPDATE private.a SET m = 'bad' WHERE id = 1;"
    ),
    "numbers of one's own in a second insert": (
        "SEQUENCE_NOT_RESET", WARNING, "CREATE TABLE a (id serial, b int); CREATE TABLE b (id serial, c int);",
        "INSERT INTO a (id, b) VALUES (1, 2); INSERT INTO b (id, c) VALUES (1, 2);",
    ),
    "numbers of one's own, and the sequence set before": (
        "SEQUENCE_NOT_RESET", WARNING, "CREATE TABLE a (id serial, b int);",
        "SELECT setval('a_id_seq', 9); INSERT INTO a (id, b) VALUES (1, 2);",
    ),
    "numbers of one's own, and the sequence set in a block": (
        "SEQUENCE_NOT_RESET", None, "CREATE TABLE a (id serial, b int);",
        "INSERT INTO a (id, b) VALUES (1, 2); DO $$ BEGIN PERFORM setval('a_id_seq', 9); END $$;",
    ),
    "numbers of one's own, and the sequence restarted": (
        "SEQUENCE_NOT_RESET", None, "CREATE TABLE a (id serial, b int);",
        "INSERT INTO a (id, b) VALUES (1, 2); ALTER SEQUENCE a_id_seq RESTART WITH 9;",
    ),
    "values by DEFAULT alone": (
        "SEQUENCE_NOT_RESET", None, "CREATE TABLE a (id serial, b int);", "INSERT INTO a DEFAULT VALUES;"
    ),
    "a fraction refers to a whole number": (
        "FK_TYPE_MISMATCH", WARNING, "CREATE TABLE a (id bigint PRIMARY KEY);",
        "CREATE TABLE b (a_id numeric REFERENCES a (id));",
    ),
    "a column of another length": (
        "FK_TYPE_MISMATCH", None, "CREATE TABLE a (id varchar(9) PRIMARY KEY);",
        "CREATE TABLE b (a_id varchar(20) REFERENCES a (id));",
    ),
    "an index on a table that is dropped": (
        "DUPLICATE_INDEX", None, f"{TABLE} CREATE INDEX i ON private.a (b);",
        "CREATE INDEX j ON private.a (b); DROP TABLE private.a;",
    ),
    "an index that is dropped again": (
        "DUPLICATE_INDEX", None, f"{TABLE} CREATE INDEX i ON private.a (b);",
        "CREATE INDEX j ON private.a (b); DROP INDEX private.j;",
    ),
    "an index asked for under its own name": (
        "DUPLICATE_INDEX", None, f"{TABLE} CREATE INDEX i ON private.a (b);",
        "CREATE INDEX IF NOT EXISTS i ON private.a (b);",
    ),
    "an index far longer than another": (
        "DUPLICATE_INDEX", None, "CREATE TABLE a (b int, c int, d int, e int); CREATE INDEX i ON a (b, c, d, e);",
        "CREATE INDEX j ON a (b);",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("code", "severity", "history", "sql"), CASES.values(), ids=CASES)
def test_a_rule_is_as_severe_as_its_case_wants(
    code: str, severity: Severity | None, history: str, sql: str
) -> None:
    before = [MigrationFile("1_before.sql", "1", "before", history)] if history else []
    settings = Settings(profile=Profile.STRICT)
    (result,) = check([MigrationFile("2_now.sql", "2", "now", sql)], before, settings)
    found = {finding.severity for finding in result.findings if finding.code == code}

    assert found == ({severity} if severity else set())
