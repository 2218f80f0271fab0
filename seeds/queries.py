"""The queries that read a schema from PostgreSQL's system catalogs (16 and later)."""

TABLES = """
SELECT c.oid, n.nspname, c.relname, c.relkind = 'p' AS partitioned,
       has_table_privilege(c.oid, 'INSERT') AS may_insert, has_table_privilege(c.oid, 'SELECT') AS may_select,
       row_security_active(c.oid) AS guarded, coalesce(obj_description(c.oid, 'pg_class'), '') AS comment,
       c.relname = ANY (%(books)s) AS books,
       (n.nspname = ANY (%(platform)s) AND (n.nspname, c.relname) NOT IN (('auth', 'users'), ('auth', 'identities')))
       OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass
                  AND d.objid = c.oid AND d.deptype = 'e') AS owned
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%%'
  AND has_schema_privilege(n.oid, 'USAGE')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
"""

PARTITIONS = """
SELECT c.oid AS relid, pg_catalog.pg_partition_root(c.oid)::oid AS root, c.relkind = 'r' AS isleaf,
       pg_catalog.pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT' AS is_default,
       pg_catalog.pg_get_partition_constraintdef(c.oid) AS bounds
FROM pg_catalog.pg_class c
WHERE c.relispartition AND c.relkind IN ('r', 'p') AND pg_catalog.pg_partition_root(c.oid)::oid = ANY (%(tables)s)
ORDER BY c.relname COLLATE "C"
"""

TYPES = """
SELECT t.oid, t.typname, t.typtype, t.typelem, t.typbasetype, t.typtypmod, t.typnotnull, t.typndims,
       t.typcategory = 'A' AND t.typelem <> 0 AS is_array,
       coalesce(r.rngsubtype, m.rngsubtype) AS subtype,
       ARRAY(SELECT l.enumlabel::text FROM pg_catalog.pg_enum l WHERE l.enumtypid = t.oid ORDER BY l.enumsortorder) AS labels,
       coalesce((SELECT json_agg(json_build_array(a.attname, a.atttypid::int8, a.atttypmod) ORDER BY a.attnum)
                 FROM pg_catalog.pg_attribute a
                 WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '[]') AS attributes,
       coalesce((SELECT json_agg(json_build_array(k.conname, pg_catalog.pg_get_constraintdef(k.oid)) ORDER BY k.conname COLLATE "C")
                 FROM pg_catalog.pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'), '[]') AS checks
FROM pg_catalog.pg_type t
LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid
LEFT JOIN pg_catalog.pg_range m ON m.rngmultitypid = t.oid
WHERE t.typtype IN ('b', 'd', 'e', 'r', 'm') OR t.typtype = 'c' AND EXISTS (
  SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND (c.relkind = 'c' OR c.relnamespace <> 'pg_catalog'::regnamespace))
"""

COLUMNS = """
SELECT a.attrelid, a.attname, a.atttypid, a.atttypmod, a.attndims, a.attnotnull, a.attgenerated,
       pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS expression,
       coalesce(owned.name, called.name) AS sequence, coalesce(owned.seqstart, called.seqstart) AS seqstart,
       pg_catalog.col_description(a.attrelid, a.attnum) AS comment
FROM pg_catalog.pg_attribute a
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN LATERAL (
  SELECT q.seqrelid::regclass::text AS name, q.seqstart
  FROM pg_catalog.pg_depend p JOIN pg_catalog.pg_sequence q ON q.seqrelid = p.objid
  WHERE a.attidentity <> '' AND p.classid = 'pg_catalog.pg_class'::regclass AND p.deptype = 'i'
    AND p.refclassid = 'pg_catalog.pg_class'::regclass AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum
  LIMIT 1) AS owned ON true
LEFT JOIN LATERAL (
  SELECT q.seqrelid::regclass::text AS name, q.seqstart
  FROM pg_catalog.pg_depend p JOIN pg_catalog.pg_sequence q ON q.seqrelid = p.refobjid
  WHERE p.classid = 'pg_catalog.pg_attrdef'::regclass AND p.objid = d.oid
    AND p.refclassid = 'pg_catalog.pg_class'::regclass
  LIMIT 1) AS called ON true
WHERE a.attrelid = ANY (%(tables)s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""

CONSTRAINTS = """
SELECT k.conrelid, k.conname, k.contype, k.confrelid, k.confrelid::regclass::text AS target,
       pg_catalog.pg_get_constraintdef(k.oid) AS definition,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u(num, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.num ORDER BY u.place) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u(num, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.num ORDER BY u.place) AS targets
FROM pg_catalog.pg_constraint k
WHERE k.conrelid = ANY (%(tables)s) AND (k.contype = 'f' AND k.conparentid = 0 OR k.contype = 'c' AND k.coninhcount = 0)
  AND pg_catalog.pg_get_constraintdef(k.oid) NOT LIKE '%% NOT ENFORCED'
ORDER BY k.conrelid, k.conname COLLATE "C"
"""

INDEXES = """
SELECT i.indrelid, c.relname, i.indisprimary, NOT i.indnullsnotdistinct AS nulls_distinct, i.indisexclusion,
       ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS u(num, place)
             LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.num AND u.num > 0
             WHERE u.place <= i.indnkeyatts ORDER BY u.place) AS columns,
       ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, place, false)
             FROM generate_series(1, i.indnkeyatts) AS place ORDER BY place) AS parts,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY (%(tables)s) AND (i.indisunique OR i.indisexclusion)
ORDER BY i.indrelid, i.indisprimary DESC, c.relname COLLATE "C"
"""

TRIGGERS = """
SELECT t.tgrelid, t.tgname, p.proname, p.prosrc, l.lanname, (t.tgtype & 2) <> 0 AS is_before
FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE t.tgrelid = ANY (%(tables)s) AND NOT t.tgisinternal AND (t.tgtype & 4) <> 0 AND t.tgenabled IN ('O', 'A')
ORDER BY t.tgrelid, t.tgname COLLATE "C"
"""

FUNCTIONS = """
SELECT DISTINCT n.nspname, p.proname, pg_catalog.pg_get_functiondef(p.oid) AS definition
FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc p ON p.oid = d.refobjid
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE d.classid = 'pg_catalog.pg_constraint'::regclass AND d.refclassid = 'pg_catalog.pg_proc'::regclass
  AND p.prokind = 'f' AND n.nspname <> 'pg_catalog'
ORDER BY n.nspname, p.proname
"""
