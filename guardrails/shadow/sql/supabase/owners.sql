-- Auth, Storage and Realtime own what is in their schemas, and policies bind everybody else there.
DO $$
DECLARE
  of record;
BEGIN
  FOR of IN
    SELECT relnamespace AS schema, format('TABLE %s', oid::regclass) AS name FROM pg_class WHERE relkind IN ('r', 'p')
    UNION ALL SELECT pronamespace, format('FUNCTION %s', oid::regprocedure) FROM pg_proc
    UNION ALL SELECT typnamespace, format('TYPE %s', oid::regtype) FROM pg_type WHERE typtype = 'e'
  LOOP
    IF of.schema = ANY ('{auth,storage,realtime}'::regnamespace[]) THEN
      EXECUTE format('ALTER %s OWNER TO supabase_%s_admin', of.name, of.schema::regnamespace);
    END IF;
    IF of.schema = ANY ('{auth,storage}'::regnamespace[]) AND starts_with(of.name, 'TABLE') THEN
      EXECUTE format('ALTER %s ENABLE ROW LEVEL SECURITY', of.name);
    END IF;
  END LOOP;
END
$$;
