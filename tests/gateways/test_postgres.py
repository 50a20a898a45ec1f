"""The psycopg adapter of the database port, and the migrations."""

import threading
from pathlib import Path

import psycopg
import pytest

from services.errors import Conflict, LimitReached, NotAllowed, Unavailable
from services.gateways.database import refusal
from services.gateways.migrations import migrate, migrations, missing_migrations
from services.gateways.postgres import PostgresDatabase, read_address


def test_rows_come_back_by_name(database: PostgresDatabase) -> None:
    """Parameters by name, rows as dicts, nothing for nobody."""
    database.call("add_user", id="anna", display_name="Anna", password_hash=None, role="user")
    assert database.call("find_user", id="anna")[0]["display_name"] == "Anna"
    assert database.call("find_user", id="bob") == []


def test_a_refusal_arrives_as_its_error_with_its_token(database: PostgresDatabase) -> None:
    """The function's own sentence is what people read."""
    database.call("add_user", id="anna", display_name="Anna", password_hash=None, role="user")
    with pytest.raises(Conflict, match="already a user") as told:
        database.call("add_user", id="anna", display_name="Anna", password_hash=None, role="user")
    assert (told.value.code, told.value.status) == ("user_exists", 409)


def test_the_table_of_refusals() -> None:
    """403 is not allowed, unless an allowance is used up; other codes are no refusals of ours."""
    assert isinstance(refusal("PT403", "not_allowed", "No."), NotAllowed)
    exceeded = refusal("PT403", "quota_exceeded", "No.", {"remainingSeconds": 1.5})
    assert isinstance(exceeded, LimitReached)
    assert (exceeded.status, exceeded.extra) == (403, {"remainingSeconds": 1.5})
    assert refusal("23505", "x", None) is None


def test_an_unreachable_database_is_said_to_be_so_within_its_patience() -> None:
    """Nobody listens on port 1."""
    database = PostgresDatabase("postgresql://nobody@127.0.0.1:1/none", wait_seconds=0.3)
    with pytest.raises(Unavailable, match="cannot be reached"):
        database.call("find_user", id="anna")
    database.close()


def test_connections_that_the_server_cut_are_replaced_unnoticed(
    database: PostgresDatabase, database_url: str
) -> None:
    """After a restart of the server the next call works."""
    database.call("find_user", id="anna")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where application_name = 'openv-studio' and datname = current_database()"
        )
    assert database.call("find_user", id="anna") == []


def test_a_listener_hears_which_user_changed(database: PostgresDatabase) -> None:
    """The payload of a notification is the user's id."""
    with database.listening("openv_videos") as wait:
        database.call("add_user", id="anna", display_name="Anna", password_hash=None, role="user")
        order = {"prompt": "a", "model": "m", "endpoint": "e", "input": {}, "width": 8, "height": 8, "frames": 8,
                 "fps": 8, "seed": 0, "max_retries": 0}  # fmt: skip
        limits = {"limit_seconds": 9, "period_start": "2020-01-01", "period_end": "2100-01-01", "max_jobs": 3}
        database.call("submit_video", user_id="anna", order=order, limits=limits)
        assert "anna" in wait(5)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@h:5432/d", ("postgresql://u:p@h:5432/d", 20, False)),
        ("postgresql://u:p@h:6543/d", ("postgresql://u:p@h:6543/d", 20, True)),
        ("postgresql://u:p@h/d?pgbouncer=true&connection_limit=1", ("postgresql://u:p@h/d", 1, True)),
        ("postgresql://u:p@h/d?sslmode=require", ("postgresql://u:p@h/d?sslmode=require", 20, False)),
    ],
)
def test_prismas_spellings_are_understood_and_not_passed_on(
    url: str, expected: tuple[str, int, bool]
) -> None:
    """The pooler's port or flag turns prepared statements off; the limit bounds the pool."""
    assert read_address(url) == expected


def test_migrating_twice_or_at_once_applies_each_file_once(database_url: str) -> None:
    """The template is migrated: nothing is left to do, by any number of processes."""
    applied: list[list[str]] = []
    threads = [threading.Thread(target=lambda: applied.append(migrate(database_url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert applied == [[], [], [], []]
    assert missing_migrations(database_url) == []


def test_migrations_are_recorded_as_supabase_records_them(database_url: str) -> None:
    """`supabase db push` finds every version and name it would have written."""
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "select version, name from supabase_migrations.schema_migrations order by 1"
        ).fetchall()
    assert rows == [(migration.version, migration.name) for migration in migrations()]


def test_a_broken_migration_changes_nothing(server_url: str, database_url: str, tmp_path: Path) -> None:
    """All or nothing: the good file before the broken one is taken back too."""
    (tmp_path / "20990101000000_good.sql").write_text("create table good ();")
    (tmp_path / "20990101000001_broken.sql").write_text("create table;")
    with pytest.raises(psycopg.errors.SyntaxError):
        migrate(database_url, tmp_path)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select to_regclass('good')").fetchone() == (None,)
