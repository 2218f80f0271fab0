-- `postgres` has the rights of the platform's owners, so that it may write policies (see roles.sql). Here
-- everything else that only an owner may do to their tables is refused, in the words of PostgreSQL.
-- Both run as whoever issued the statement and give no right to anybody.
CREATE SCHEMA guardrails_platform;
CREATE FUNCTION guardrails_platform.refuse_change() RETURNS event_trigger LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  changed record;
BEGIN
  FOR changed IN
    SELECT command_tag, object_type, coalesce(i.indrelid, c.oid) AS relation, object_identity
    FROM pg_catalog.pg_event_trigger_ddl_commands() AS d
    LEFT JOIN pg_catalog.pg_class AS c ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objid
    LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid = c.oid
    WHERE schema_name = ANY ('{auth,storage,realtime}') AND NOT in_extension
      AND command_tag <> ALL ('{GRANT,REVOKE,CREATE POLICY,ALTER POLICY,CREATE TRIGGER}')
  LOOP
    IF changed.relation IS NULL THEN
      RAISE EXCEPTION 'must be owner of % %', changed.object_type, changed.object_identity
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    RAISE EXCEPTION 'must be owner of table %', (SELECT relname FROM pg_catalog.pg_class WHERE oid = changed.relation)
      USING ERRCODE = 'insufficient_privilege';
  END LOOP;
END
$$;
CREATE FUNCTION guardrails_platform.refuse_drop() RETURNS event_trigger LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  dropped record;
BEGIN
  FOR dropped IN
    SELECT * FROM pg_catalog.pg_event_trigger_dropped_objects()
    WHERE original AND address_names[1] = ANY ('{auth,storage,realtime}')
      AND object_type <> ALL ('{policy,trigger}')
  LOOP
    RAISE EXCEPTION 'must be owner of % %',
      CASE WHEN dropped.object_type IN ('table column', 'table constraint', 'index') THEN 'table' ELSE dropped.object_type END,
      dropped.address_names[2]
      USING ERRCODE = 'insufficient_privilege';
  END LOOP;
END
$$;
CREATE EVENT TRIGGER guardrails_refuse_change ON ddl_command_end EXECUTE FUNCTION guardrails_platform.refuse_change();
CREATE EVENT TRIGGER guardrails_refuse_drop ON sql_drop EXECUTE FUNCTION guardrails_platform.refuse_drop();
