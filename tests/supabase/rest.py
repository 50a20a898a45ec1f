"""PostgREST's side of the stand-in: `POST /rest/v1/rpc/<function>` on a real Postgres, under the real roles.

It follows the manual of PostgREST 12 to 14 in these points, and does nothing else:
- Functions as RPC: the keys of the JSON body are the arguments by name, all without a default must be there and none
  besides; otherwise 404 PGRST202. Values become arguments through `json_to_record`. A set gives a JSON array, a row an
  object, a scalar itself, `void` 204 without a body. The catalogue is read anew each time, as after
  `notify pgrst, 'reload schema'`.
- Transactions: one per request, `set local role` and `request.jwt.claims` first, then the role's statement timeout.
- Configuration: `db-max-rows`, 1 000 as Supabase sets it, cuts every set, silently.
- Errors: `{code, message, details, hint}`; the HTTP status follows the SQLSTATE, `PTnnn` names it itself.
"""

import json
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

MAX_ROWS = 1000
_FIND = """
select p.pronargdefaults as defaults, p.proretset as is_set, p.prorettype::regtype::text as returns,
  t.typtype = 'c' or coalesce(p.proargmodes && '{t,b,o}'::"char"[], false) as is_row,
  (p.proargnames)[1:p.pronargs] as names,
  array(select format_type(a, null) from unnest(p.proargtypes::oid[]) with ordinality x (a, i) order by i) as types
from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_type t on t.oid = p.prorettype
where n.nspname = 'public' and p.proname = %s
"""
_STATUSES = {"42501": 403, "42883": 404, "42P01": 404, "23503": 409, "23505": 409, "25006": 405, "P0001": 400}
_CLASSES = {"08": 503, "53": 503, "40": 500, "55": 500, "57": 500, "58": 500, "XX": 500}


@dataclass(frozen=True)
class Answer:
    """What is sent back; `body` None: nothing."""

    status: int
    body: bytes | None


class Rest:
    """Calls functions of one database as a given role."""

    def __init__(self, database_url: str) -> None:
        self.statement_timeout = "8s"
        self._pool = ConnectionPool(
            database_url, min_size=1, max_size=20, kwargs={"row_factory": dict_row}, open=True, timeout=10
        )

    def close(self) -> None:
        self._pool.close()

    def call(self, role: str, function: str, body: bytes) -> Answer:
        given = json.loads(body or b"{}")
        try:
            with self._pool.connection() as connection:
                return self._answer(connection, role, function, given, body)
        except psycopg.Error as error:
            return _failure(error, role)

    def _answer(
        self,
        connection: psycopg.Connection[Any],
        role: str,
        function: str,
        given: dict[str, Any],
        body: bytes,
    ) -> Answer:
        connection.execute("select set_config('request.jwt.claims', %s, true)", (json.dumps({"role": role}),))
        found = next((f for f in connection.execute(_FIND, (function,)) if _takes(f, given)), None)
        if found is None:
            return _not_found(function, given)
        connection.execute(f"set local role {role}")
        connection.execute(f"set local statement_timeout = '{self.statement_timeout}'")
        row = connection.execute(
            _statement(function, found, given), {"body": body.decode() or "{}"}
        ).fetchone()
        if found["returns"] == "void":
            return Answer(204, None)
        return Answer(200, (row["answer"] or "null").encode())


def _takes(found: dict[str, Any], given: dict[str, Any]) -> bool:
    names = found["names"] or []
    needed = names[: len(names) - found["defaults"]]
    return set(needed) <= given.keys() <= set(names)


def _statement(function: str, found: dict[str, Any], given: dict[str, Any]) -> str:
    """One text column `answer` with the JSON to be sent."""
    typed = dict(zip(found["names"] or [], found["types"], strict=True))
    columns = ", ".join(f'"{name}" {typed[name]}' for name in given)
    passed = ", ".join(f'"{name}" => a."{name}"' for name in given)
    source = f"json_to_record(%(body)s::json) as a ({columns}), " if given else ""
    call = f'{source}lateral public."{function}"({passed})'
    if found["returns"] == "void":
        return f"select null as answer from {call}"
    if found["is_row"]:
        one = "json_agg(r)" if found["is_set"] else "(json_agg(r)->0)"
        rows = f"select c.* from {call} as c limit {MAX_ROWS}"
        return (
            f"select coalesce({one}, '{'[]' if found['is_set'] else 'null'}')::text as answer from ({rows}) r"
        )
    values = f"select c.value from {call} as c (value) limit {MAX_ROWS}"
    one = "coalesce(json_agg(r.value), '[]')" if found["is_set"] else "(json_agg(r.value)->0)"
    return f"select {one}::text as answer from ({values}) r"


def _not_found(function: str, given: dict[str, Any]) -> Answer:
    asked = f"public.{function}({', '.join(sorted(given))})"
    return _error(
        404,
        code="PGRST202",
        message=f"Could not find the function {asked} in the schema cache",
        details=f"Searched for the function {asked}, but no matches were found in the schema cache.",
    )


def _failure(error: psycopg.Error, role: str) -> Answer:
    code = error.sqlstate or "PGRST000"
    status = int(code[2:]) if code.startswith("PT") else _STATUSES.get(code, _CLASSES.get(code[:2], 400))
    if code == "PGRST000":
        status = 503
    if code == "42501" and role == "anon":
        status = 401
    told = error.diag
    return _error(
        status,
        code=code,
        message=told.message_primary or "Database connection error. Retrying the connection.",
        details=told.message_detail,
        hint=told.message_hint,
    )


def _error(status: int, **body: str | None) -> Answer:
    return Answer(status, json.dumps({"details": None, "hint": None, **body}).encode())
