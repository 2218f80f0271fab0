"""What makes up a schema, as queries of PostgreSQL's catalog: each gives names, and properties as JSON.

They run with an empty search_path, so every name that PostgreSQL writes out is qualified. What belongs to
an extension, and PostgreSQL's own, is left out.
"""

from __future__ import annotations

_OWN = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"


def _unbound(catalog: str, oid: str) -> str:
    """Return the condition that an object belongs to no extension."""
    return (
        "NOT EXISTS (SELECT FROM pg_depend e WHERE e.deptype = 'e' "
        f"AND e.classid = 'pg_catalog.{catalog}'::regclass AND e.objid = {oid})"
    )


def _grants(acl: str) -> str:
    """Return the rights in an access list, one a line, sorted."""
    return (
        "(SELECT string_agg(format('%s to %s%s by %s', x.privilege_type, CASE x.grantee WHEN 0 THEN 'PUBLIC' "
        "ELSE pg_get_userbyid(x.grantee)::text END, CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END, "
        f"pg_get_userbyid(x.grantor)), ', ' ORDER BY x.grantee, x.privilege_type, x.grantor) FROM aclexplode({acl}) x)"
    )


_KINDS = (
    "CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN "
    "'materialized view' WHEN 'f' THEN 'foreign table' ELSE 'sequence' END"
)
_IN_RELATION = (
    "JOIN pg_class c ON c.oid = o.{column} JOIN pg_namespace n ON n.oid = c.relnamespace "
    f"WHERE {_OWN} AND {_unbound('pg_class', 'c.oid')}"
)
_RELATION = "format('%I.%I', n.nspname, c.relname)"
_WITHIN = f"format('%I on %s', {{name}}, {_RELATION})"
_RELATION_ACL = (
    "coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", c.relowner))"
)

QUERIES = (
    f"""SELECT 'schema', format('%I', n.nspname), NULL, jsonb_build_object(
      'owner', pg_get_userbyid(n.nspowner), 'grants', {_grants("coalesce(n.nspacl, acldefault('n', n.nspowner))")})
    FROM pg_namespace n WHERE {_OWN} AND {_unbound("pg_namespace", "n.oid")}""",
    f"""SELECT {_KINDS}, {_RELATION}, NULL, jsonb_build_object(
      'owner', pg_get_userbyid(c.relowner),
      'grants', {_grants(_RELATION_ACL)},
      'persistence', CASE c.relpersistence WHEN 'u' THEN 'unlogged' END,
      'row level security', CASE WHEN c.relrowsecurity THEN 'enabled' END,
      'row level security for the owner', CASE WHEN c.relforcerowsecurity THEN 'forced' END,
      'options', array_to_string(c.reloptions, ', '),
      'replica identity', CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END,
      'partitioned', CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END,
      'partition', pg_get_expr(c.relpartbound, c.oid),
      'inherits', (SELECT string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid),
      'access method', CASE WHEN c.relkind IN ('r', 'm') THEN (SELECT a.amname FROM pg_am a WHERE a.oid = c.relam) END,
      'definition', CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND {_OWN} AND {_unbound("pg_class", "c.oid")}""",
    f"""SELECT 'column', {_RELATION} || format('.%I', o.attname), {_RELATION}, jsonb_build_object(
      'type', format_type(o.atttypid, o.atttypmod),
      'required', CASE WHEN o.attnotnull THEN 'NOT NULL' END,
      'default', CASE o.attgenerated WHEN '' THEN pg_get_expr(d.adbin, d.adrelid) END,
      'generated', CASE WHEN o.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) || CASE o.attgenerated WHEN 's' THEN ' stored' ELSE ' virtual' END END,
      'identity', CASE o.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
      'collation', CASE WHEN o.attcollation <> t.typcollation THEN o.attcollation::regcollation::text END,
      'storage', CASE WHEN o.attstorage <> t.typstorage THEN o.attstorage::text END,
      'compression', CASE WHEN o.attcompression <> '' THEN o.attcompression::text END,
      'statistics', nullif(o.attstattarget, -1)::text,
      'options', array_to_string(o.attoptions, ', '),
      'grants', {_grants("o.attacl")},
      'position', row_number() OVER (PARTITION BY o.attrelid ORDER BY o.attnum))
    FROM pg_attribute o JOIN pg_type t ON t.oid = o.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = o.attrelid AND d.adnum = o.attnum
    {_IN_RELATION.format(column="attrelid")} AND o.attnum > 0 AND NOT o.attisdropped
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')""",
    f"""SELECT 'constraint', {_WITHIN.format(name="o.conname")}, {_RELATION}, jsonb_build_object(
      'definition', pg_get_constraintdef(o.oid), 'validated', CASE WHEN NOT o.convalidated THEN 'no' END)
    FROM pg_constraint o {_IN_RELATION.format(column="conrelid")} AND o.contype <> 'n'""",
    f"""SELECT 'index', {_RELATION}, format('%I.%I', tn.nspname, tc.relname), jsonb_build_object(
      'definition', pg_get_indexdef(i.indexrelid), 'valid', CASE WHEN NOT i.indisvalid THEN 'no' END,
      'clustered', CASE WHEN i.indisclustered THEN 'yes' END, 'replica identity', CASE WHEN i.indisreplident THEN 'yes' END,
      'options', array_to_string(c.reloptions, ', '))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class tc ON tc.oid = i.indrelid JOIN pg_namespace tn ON tn.oid = tc.relnamespace
    WHERE {_OWN} AND {_unbound("pg_class", "tc.oid")} AND (i.indisclustered OR i.indisreplident OR NOT i.indisvalid
      OR NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')))""",
    f"""SELECT 'trigger', {_WITHIN.format(name="o.tgname")}, {_RELATION}, jsonb_build_object(
      'definition', pg_get_triggerdef(o.oid),
      'state', CASE o.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'on replicas' WHEN 'A' THEN 'always' END)
    FROM pg_trigger o {_IN_RELATION.format(column="tgrelid")} AND NOT o.tgisinternal""",
    f"""SELECT 'policy', {_WITHIN.format(name="o.polname")}, {_RELATION}, jsonb_build_object(
      'command', CASE o.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
      'kind', CASE WHEN NOT o.polpermissive THEN 'restrictive' END,
      'roles', (SELECT string_agg(CASE r WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END, ', ' ORDER BY r) FROM unnest(o.polroles) r),
      'using', pg_get_expr(o.polqual, o.polrelid), 'check', pg_get_expr(o.polwithcheck, o.polrelid))
    FROM pg_policy o {_IN_RELATION.format(column="polrelid")}""",
    f"""SELECT 'rule', {_WITHIN.format(name="o.rulename")}, {_RELATION}, jsonb_build_object('definition', pg_get_ruledef(o.oid))
    FROM pg_rewrite o {_IN_RELATION.format(column="ev_class")} AND o.rulename <> '_RETURN'""",
    f"""SELECT CASE o.prokind WHEN 'a' THEN 'aggregate' WHEN 'p' THEN 'procedure' ELSE 'function' END,
      format('%I.%I(%s)', n.nspname, o.proname, pg_get_function_identity_arguments(o.oid)), NULL, jsonb_build_object(
      'owner', pg_get_userbyid(o.proowner), 'grants', {_grants("coalesce(o.proacl, acldefault('f', o.proowner))")},
      'returns', pg_get_function_result(o.oid),
      'head', CASE WHEN o.prokind <> 'a' THEN split_part(pg_get_functiondef(o.oid), E'\\nAS ', 1) END,
      'security', CASE WHEN o.prosecdef THEN 'definer' END,
      'settings', array_to_string(o.proconfig, ', '),
      'body', md5(coalesce(pg_get_function_sqlbody(o.oid), o.prosrc)),
      'transition', (SELECT a.aggtransfn::text FROM pg_aggregate a WHERE a.aggfnoid = o.oid))
    FROM pg_proc o JOIN pg_namespace n ON n.oid = o.pronamespace WHERE {_OWN} AND {_unbound("pg_proc", "o.oid")}""",
    f"""SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type' ELSE 'type' END,
      format('%I.%I', n.nspname, t.typname), NULL, jsonb_build_object(
      'owner', pg_get_userbyid(t.typowner), 'grants', {_grants("coalesce(t.typacl, acldefault('T', t.typowner))")},
      'values', (SELECT string_agg(quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder) FROM pg_enum l WHERE l.enumtypid = t.oid),
      'base', CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
      'required', CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'default', t.typdefault,
      'checks', (SELECT string_agg(format('%I %s', k.conname, pg_get_constraintdef(k.oid)), ', ' ORDER BY k.conname) FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'),
      'of', (SELECT format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid))
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE t.typtype IN ('e', 'd', 'c', 'r') AND (c.oid IS NULL OR c.relkind = 'c') AND {_OWN} AND {_unbound("pg_type", "t.oid")}""",
    f"""SELECT 'sequence settings', {_RELATION}, {_RELATION}, jsonb_build_object(
      'type', format_type(o.seqtypid, NULL), 'start', o.seqstart, 'increment', o.seqincrement, 'minimum', o.seqmin,
      'maximum', o.seqmax, 'cache', o.seqcache, 'cycle', CASE WHEN o.seqcycle THEN 'yes' END,
      'owned by', (SELECT d.refobjid::regclass::text || '.' || quote_ident(a.attname) FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')))
    FROM pg_sequence o {_IN_RELATION.format(column="seqrelid")}""",
    """SELECT 'extension', format('%I', e.extname), NULL, jsonb_build_object('version', e.extversion, 'schema', e.extnamespace::regnamespace::text)
    FROM pg_extension e""",
    f"""SELECT 'default privileges', format('of %I%s for %s', pg_get_userbyid(d.defaclrole), CASE d.defaclnamespace WHEN 0 THEN '' ELSE ' in ' || d.defaclnamespace::regnamespace::text END,
      CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' ELSE 'schemas' END), NULL,
      jsonb_build_object('grants', {_grants("d.defaclacl")}) FROM pg_default_acl d""",
    """SELECT 'publication', format('%I', p.pubname), NULL, jsonb_build_object('all tables', CASE WHEN p.puballtables THEN 'yes' END,
      'publishes', concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END),
      'tables', (SELECT string_agg(concat_ws(' ', r.prrelid::regclass::text, pg_get_expr(r.prqual, r.prrelid), r.prattrs::text), ', ' ORDER BY r.prrelid::regclass::text) FROM pg_publication_rel r WHERE r.prpubid = p.oid))
    FROM pg_publication p""",
    f"""SELECT 'statistics', format('%I.%I', n.nspname, s.stxname), NULL, jsonb_build_object('definition', pg_get_statisticsobjdef(s.oid))
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE {_OWN}""",
    """SELECT 'comment', format('on %s %s', i.type, i.identity), NULL, jsonb_build_object('text', d.description)
    FROM pg_description d, LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i
    WHERE d.objoid >= 16384 AND i.type IS NOT NULL AND i.type <> 'extension'
      AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.deptype = 'e' AND e.classid = d.classoid AND e.objid = d.objoid)""",
    """SELECT 'role', format('%I', r.rolname), NULL, jsonb_build_object('login', CASE WHEN r.rolcanlogin THEN 'yes' END,
      'inherits', CASE WHEN NOT r.rolinherit THEN 'no' END, 'bypasses row level security', CASE WHEN r.rolbypassrls THEN 'yes' END,
      'makes roles', CASE WHEN r.rolcreaterole THEN 'yes' END,
      'member of', (SELECT string_agg(quote_ident(pg_get_userbyid(m.roleid)), ', ' ORDER BY m.roleid) FROM pg_auth_members m WHERE m.member = r.oid))
    FROM pg_roles r WHERE r.rolname !~ '^pg_'""",
    """SELECT 'setting', format('of %s', coalesce(pg_get_userbyid(nullif(s.setrole, 0)), 'the database')), NULL,
      jsonb_build_object('values', array_to_string(s.setconfig, ', '))
    FROM pg_db_role_setting s WHERE s.setdatabase IN (0, (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()))""",
)
"""Each gives rows of kind, name, the name of the table that it is a part of or NULL, and properties."""
