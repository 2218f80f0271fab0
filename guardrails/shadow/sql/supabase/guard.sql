-- `postgres` has the rights of the platform's owners, so that it may write policies (see roles.sql). Here
-- everything else that only an owner may do to what is theirs is refused, in the words of PostgreSQL.
-- All of it runs as whoever issued the statement, and gives no right to anybody.
CREATE SCHEMA guardrails_platform;
CREATE FUNCTION guardrails_platform.is_owner(role oid) RETURNS boolean LANGUAGE sql STABLE SET search_path = ''
RETURN pg_catalog.pg_get_userbyid(role) = ANY ('{supabase_auth_admin,supabase_storage_admin,supabase_realtime_admin}');
GRANT USAGE ON SCHEMA guardrails_platform TO PUBLIC;

CREATE FUNCTION guardrails_platform.refuse_change() RETURNS event_trigger LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  changed record;
  relation oid;
BEGIN
  FOR changed IN
    SELECT classid::pg_catalog.regclass::text AS catalog, objid, object_type, object_identity
    FROM pg_catalog.pg_event_trigger_ddl_commands()
    WHERE NOT in_extension AND command_tag <> ALL ('{GRANT,REVOKE,CREATE POLICY,ALTER POLICY,CREATE TRIGGER}')
      AND object_type <> 'policy'
  LOOP
    -- The table that the change is made to. To attach a partition or a child is to change the parent.
    SELECT parents.oid INTO relation
    FROM (
      SELECT changed.objid WHERE changed.catalog = 'pg_class'
      UNION ALL SELECT inhparent FROM pg_catalog.pg_inherits
        WHERE inhrelid = changed.objid AND changed.catalog = 'pg_class'
      UNION ALL SELECT indrelid FROM pg_catalog.pg_index
        WHERE indexrelid = changed.objid AND changed.catalog = 'pg_class'
      UNION ALL SELECT ev_class FROM pg_catalog.pg_rewrite
        WHERE oid = changed.objid AND changed.catalog = 'pg_rewrite'
      UNION ALL SELECT tgrelid FROM pg_catalog.pg_trigger
        WHERE oid = changed.objid AND changed.catalog = 'pg_trigger'
      UNION ALL SELECT conrelid FROM pg_catalog.pg_constraint
        WHERE oid = changed.objid AND changed.catalog = 'pg_constraint'
      UNION ALL SELECT stxrelid FROM pg_catalog.pg_statistic_ext
        WHERE oid = changed.objid AND changed.catalog = 'pg_statistic_ext'
      UNION ALL SELECT prrelid FROM pg_catalog.pg_publication_rel
        WHERE oid = changed.objid AND changed.catalog = 'pg_publication_rel'
    ) AS touched (oid)
    JOIN pg_catalog.pg_class AS parents ON parents.oid = touched.oid
    WHERE guardrails_platform.is_owner(parents.relowner)
    LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'must be owner of table %', (SELECT relname FROM pg_catalog.pg_class WHERE oid = relation)
        USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF EXISTS (
      SELECT FROM pg_catalog.pg_proc
      WHERE oid = changed.objid AND changed.catalog = 'pg_proc' AND guardrails_platform.is_owner(proowner)
    ) OR EXISTS (
      SELECT FROM pg_catalog.pg_type
      WHERE oid = changed.objid AND changed.catalog = 'pg_type' AND guardrails_platform.is_owner(typowner)
    ) THEN
      RAISE EXCEPTION 'must be owner of % %', changed.object_type, changed.object_identity
        USING ERRCODE = 'insufficient_privilege';
    END IF;
  END LOOP;
END
$$;
-- What is dropped has no owner any more, so here its schema tells.
CREATE FUNCTION guardrails_platform.refuse_drop() RETURNS event_trigger LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  dropped record;
BEGIN
  FOR dropped IN
    SELECT * FROM pg_catalog.pg_event_trigger_dropped_objects()
    WHERE original AND coalesce(schema_name, address_names[1]) = ANY ('{auth,storage,realtime}')
      AND object_type <> ALL ('{policy,trigger}')
  LOOP
    RAISE EXCEPTION 'must be owner of % %',
      CASE WHEN dropped.object_type IN ('table column', 'table constraint') THEN 'table' ELSE dropped.object_type END,
      coalesce(dropped.address_names[2], dropped.object_identity)
      USING ERRCODE = 'insufficient_privilege';
  END LOOP;
END
$$;
-- On the platform these schemas belong to supabase_admin, so `postgres` can't take its own rights from itself.
CREATE FUNCTION guardrails_platform.keep_rights() RETURNS event_trigger LANGUAGE plpgsql SET search_path = '' AS $$
DECLARE
  kept name;
BEGIN
  FOR kept IN
    SELECT nspname FROM pg_catalog.pg_namespace
    WHERE nspname = ANY ('{cron,net,pgmq}') AND pg_catalog.pg_get_userbyid(nspowner) = current_user
      AND (NOT pg_catalog.has_schema_privilege(oid, 'USAGE') OR EXISTS (
        SELECT FROM pg_catalog.pg_class WHERE relnamespace = pg_namespace.oid AND relkind IN ('r', 'p')
          AND NOT pg_catalog.has_table_privilege(pg_class.oid, 'SELECT')))
  LOOP
    EXECUTE pg_catalog.format('GRANT ALL ON SCHEMA %I TO CURRENT_USER', kept);
    EXECUTE pg_catalog.format('GRANT ALL ON ALL TABLES IN SCHEMA %I TO CURRENT_USER', kept);
    EXECUTE pg_catalog.format('GRANT ALL ON ALL SEQUENCES IN SCHEMA %I TO CURRENT_USER', kept);
  END LOOP;
END
$$;
CREATE EVENT TRIGGER guardrails_keep_rights ON ddl_command_end WHEN TAG IN ('REVOKE')
  EXECUTE FUNCTION guardrails_platform.keep_rights();
CREATE EVENT TRIGGER guardrails_refuse_change ON ddl_command_end EXECUTE FUNCTION guardrails_platform.refuse_change();
CREATE EVENT TRIGGER guardrails_refuse_drop ON sql_drop EXECUTE FUNCTION guardrails_platform.refuse_drop();
-- Also where a migration sets session_replication_role, which silences the others.
ALTER EVENT TRIGGER guardrails_refuse_change ENABLE ALWAYS;
ALTER EVENT TRIGGER guardrails_refuse_drop ENABLE ALWAYS;
