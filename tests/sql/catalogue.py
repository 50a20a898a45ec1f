"""All that a database says of our schema, in comparable form."""

from typing import Any

import psycopg

_GRANTS = """
(select array_agg(distinct coalesce(r.rolname, 'public') || ' ' || x.privilege_type)
 from aclexplode(coalesce({acl}, acldefault('{kind}', {owner}))) x left join pg_roles r on r.oid = x.grantee
 where x.grantee = 0 or r.rolname in ('anon', 'authenticated', 'service_role'))
"""
_QUERIES = {
    "functions": f"""
select p.oid::regprocedure::text, pg_get_functiondef(p.oid), obj_description(p.oid, 'pg_proc'),
  {_GRANTS.format(acl="p.proacl", kind="f", owner="p.proowner")}
from pg_proc p where p.pronamespace = 'public'::regnamespace order by 1""",
    "relations": f"""
select c.relname::text, c.relkind::text, c.relrowsecurity, obj_description(c.oid, 'pg_class'), c.reloptions,
  case when c.relkind = 'v' then pg_get_viewdef(c.oid) end,
  {_GRANTS.format(acl="c.relacl", kind="r", owner="c.relowner")}
from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'c') order by 1""",
    "sequences": f"""
select c.relname::text, {_GRANTS.format(acl="c.relacl", kind="s", owner="c.relowner")}
from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'S' order by 1""",
    "columns": """
select c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity::text,
  pg_get_expr(d.adbin, d.adrelid)
from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped and c.relkind <> 'i'
order by 1, a.attnum""",
    "constraints": """
select conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) from pg_constraint
where connamespace = 'public'::regnamespace order by 1, 2""",
    "indexes": "select indexdef from pg_indexes where schemaname = 'public' order by 1",
    "triggers": "select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal order by 1",
    "policies": "select tablename, policyname, roles::text, cmd, qual, with_check from pg_policies order by 1, 2",
    "migrations": "select version, name from supabase_migrations.schema_migrations order by 1",
}


def read_catalogue(url: str) -> dict[str, list[Any]]:
    """Tables, functions, grants and the rest, by kind."""
    with psycopg.connect(url) as connection:
        return {kind: connection.execute(query.encode()).fetchall() for kind, query in _QUERIES.items()}


def open_doors(catalogue: dict[str, list[Any]]) -> list[str]:
    """What others than the service may touch."""
    rows = [row for kind in ("functions", "relations", "sequences") for row in catalogue[kind]]
    grants = [(row[0], grant) for row in rows for grant in row[-1] or []]
    return [f"{name}: {grant}" for name, grant in grants if not grant.startswith("service_role ")]
