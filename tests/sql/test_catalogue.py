"""What the catalogue must say of every table and function, and who may touch what."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

FUNCTIONS = """
select p.oid::regprocedure::text as name, obj_description(p.oid) as said, p.proconfig, p.proacl::text as grants,
       p.prosecdef, p.proargnames, p.proname, p.proretset,
       (select typtype from pg_type t where t.oid = p.prorettype) as returned
from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname = 'public' and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
"""
TABLES = """
select c.oid::regclass::text as name, obj_description(c.oid) as said, c.relkind, c.relrowsecurity, c.relacl::text as grants
from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind in ('r', 'v')
"""


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[DictRow]]:
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


def test_every_function_is_commented_pinned_and_granted_to_the_service_alone(
    connection: psycopg.Connection[DictRow],
) -> None:
    """No function can be led astray by a search path or called by an outsider."""
    functions = connection.execute(FUNCTIONS).fetchall()
    assert len(functions) > 30
    for function in functions:
        assert function["said"], function["name"]
        assert 'search_path=""' in function["proconfig"], function["name"]
        assert not function["prosecdef"], function["name"]
        assert "service_role=X" in function["grants"], function["name"]
        assert not any(f"{who}=X" in function["grants"] for who in ("{", "anon", "authenticated")), function[
            "name"
        ]


def test_parameters_are_named_as_the_port_names_them(connection: psycopg.Connection[DictRow]) -> None:
    """Every argument begins with p_, and no function has an overload."""
    functions = connection.execute(FUNCTIONS).fetchall()
    names = [function["name"].split("(")[0] for function in functions]
    assert len(names) == len(set(names))
    for function in functions:
        arguments = function["name"].split("(")[1].rstrip(")")
        count = len(arguments.split(",")) if arguments else 0
        assert all(name.startswith("p_") for name in (function["proargnames"] or [])[:count]), function[
            "name"
        ]


def called_functions() -> set[str]:
    """The names that the services call through the port."""
    sources = Path(__file__).parents[2].joinpath("services").rglob("*.py")
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    return set(re.findall(r'(?:\bcall\(|_insist\(studio,)\s*"([a-z_]+)"', text))


def test_a_row_that_is_not_there_is_no_row_of_nulls(connection: psycopg.Connection[DictRow]) -> None:
    """What the services call returns a set or a single value: for one row that is not there PostgREST sends nulls."""
    functions = {function["proname"]: function for function in connection.execute(FUNCTIONS)}
    called = called_functions()
    assert len(called) > 30
    assert called <= functions.keys()
    assert [
        name for name in called if functions[name]["returned"] == "c" and not functions[name]["proretset"]
    ] == []


def test_every_table_has_row_level_security_a_comment_and_nothing_for_outsiders(
    connection: psycopg.Connection[DictRow],
) -> None:
    """anon and authenticated find closed doors."""
    tables = connection.execute(TABLES).fetchall()
    assert {"videos", "attempts", "video_events", "users"} <= {table["name"] for table in tables}
    for table in tables:
        assert table["said"], table["name"]
        assert table["relrowsecurity"] or table["relkind"] == "v", table["name"]
        assert "service_role=" in table["grants"], table["name"]
        assert not any(who in table["grants"] for who in ("{=", "anon=", "authenticated=")), table["name"]


@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_an_outsider_can_neither_read_nor_call(connection: psycopg.Connection[DictRow], role: str) -> None:
    """Tried, not only read from the catalogue."""
    connection.execute("grant usage on schema public to anon, authenticated")
    for statement in (
        "select * from videos",
        "select * from find_user('anna')",
        "select * from video_details",
    ):
        with connection.transaction(), pytest.raises(psycopg.errors.InsufficientPrivilege):  # noqa: PT012
            connection.execute(f"set local role {role}")
            connection.execute(statement)


def test_the_service_can_do_the_main_job_under_its_own_role(connection: psycopg.Connection[DictRow]) -> None:
    """The grants suffice without being the owner: rows are written, listed and deleted as service_role."""
    connection.execute("set role service_role")
    connection.execute("select * from add_user('anna', 'Anna', null, 'user')")
    order = {
        "prompt": "a", "model": "m", "endpoint": "e", "input": {}, "width": 8, "height": 8, "frames": 8, "fps": 8,
        "seed": 0, "max_retries": 0,
    }  # fmt: skip
    limits = {"limit_seconds": 9, "period_start": "2020-01-01", "period_end": "2100-01-01", "max_jobs": 3}
    json = psycopg.types.json.Jsonb
    row = connection.execute(
        "select * from submit_video('anna', %s, %s)", (json(order), json(limits))
    ).fetchone()
    assert row
    pace = {"dead_after": 15, "grace": 9, "job_life": 9e4, "ask_again": 20}
    works = connection.execute("select * from claim_work('w', 5, %s)", (json(pace),)).fetchall()
    assert [work["kind"] for work in works] == ["submit"]
    connection.execute("select * from record_submission(%s, 'j', 20)", (works[0]["attempt_id"],))
    done = json({"state": "completed", "result_url": "x"})
    connection.execute("select * from record_news(null, null, 'j', %s, 20)", (done,))
    gone = connection.execute(
        "select * from delete_videos('anna', %s, '[]', 0)", (json([row["id"]]),)
    ).fetchall()
    assert gone == [{"id": row["id"]}]
    connection.execute("select purge_video(%s)", (row["id"],))
    assert connection.execute("select * from list_videos('anna', null, 5, null, null, null)").fetchall() == []
