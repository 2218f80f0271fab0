-- The base seed, run before any other row of a table of users: the system user, whom rows may belong to
-- that no person made. {table}, {columns} and {values} are filled in for the schema at hand.
INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE VALUES ({values}) ON CONFLICT DO NOTHING;
