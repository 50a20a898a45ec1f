"""Rows through a real PgBouncer in transaction mode, as Supabase's pooler on port 6543 hands out its sessions."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from services.errors import Conflict, Unavailable
from services.gateways.migrations import migrate, migrations
from services.gateways.postgres import PostgresDatabase
from services.wiring import Settings, build
from tests.conftest import on_server
from tests.pgbouncer import PgBouncer
from tests.services.test_feed import until
from tests.sql.lifecycle import Life
from tests.supabase.gateway import SERVICE_KEY, SupabaseStandIn


@pytest.fixture
def rows(pooler: PgBouncer, database_url: str) -> Iterator[PostgresDatabase]:
    """The psycopg adapter behind the pooler."""
    database = PostgresDatabase(pooler.address_of(database_url))
    yield database
    database.close()


def test_many_threads_share_few_sessions_without_an_error(rows: PostgresDatabase) -> None:
    """Thirty threads and every kind of call on four sessions: no prepared statement is missing or there twice."""
    life = Life(rows)
    limits = {"max_jobs": 1000, "limit_seconds": 10_000}

    def work(number: int) -> int:
        video = life.submit(request_key=f"r{number}", limits=limits)
        for _ in range(8):
            rows.call("find_video", video_id=video["id"], actor="anna")
            rows.call("is_admin", user_id="anna")
        return int(video["id"])

    with ThreadPoolExecutor(30) as threads:
        made = list(threads.map(work, range(90)))
    assert len(set(made)) == 90


def test_nothing_stays_prepared_in_a_session_that_others_get(rows: PostgresDatabase) -> None:
    """Not even for statements run often, which psycopg would otherwise prepare."""
    for _ in range(20):
        rows.call("find_user", id="anna")
    with rows._pool.connection() as connection:
        left = connection.execute("select count(*) as n from pg_prepared_statements").fetchone()
    assert left == {"n": 0}


def test_without_the_setting_the_pooler_would_break_it(pooler: PgBouncer, database_url: str) -> None:
    """So the tests above can fail: with prepared statements on, the same sessions refuse."""
    plain = pooler.address_of(database_url).split("?")[0]
    with (
        psycopg.connect(plain, prepare_threshold=0) as one,
        psycopg.connect(plain, prepare_threshold=0) as two,
    ):
        one.execute("select 1 where %s", (True,))
        one.commit()
        with pytest.raises(psycopg.errors.DuplicatePreparedStatement):  # noqa: PT012
            two.execute("select 2 where %s", (True,))
            two.commit()


def test_refusals_come_through_the_pooler(rows: PostgresDatabase) -> None:
    """With their own sentence."""
    added = {"id": "anna", "display_name": "Anna", "password_hash": None, "role": "user"}
    rows.call("add_user", **added)
    with pytest.raises(Conflict, match="already a user"):
        rows.call("add_user", **added)


def test_there_is_nothing_to_listen_in(rows: PostgresDatabase, database_url: str) -> None:
    """A pooled address makes the feed poll; a direct one lets it listen."""
    direct = PostgresDatabase(database_url)
    assert (rows.can_listen, direct.can_listen) == (False, True)
    direct.close()


def test_migrating_through_the_pooler_leaves_its_sessions_clean(pooler: PgBouncer, server_url: str) -> None:
    """All files, then a second and a third client on the same sessions."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("drop database if exists through_the_pooler with (force)")
        connection.execute("create database through_the_pooler")
    pooled = pooler.address_of(on_server(server_url, "through_the_pooler"))
    assert migrate(pooled) == [migration.name for migration in migrations()]
    assert migrate(pooled) == []
    database = PostgresDatabase(pooled)
    assert database.call("find_user", id="anna") == []
    database.close()


def test_a_pooler_that_goes_away_is_an_outage_and_comes_back_unnoticed(
    server_url: str, database_url: str
) -> None:
    """Some seconds after its restart all is as before, without a restart of ours."""
    pooler = PgBouncer(server_url)
    pooler.start()
    database = PostgresDatabase(pooler.address_of(database_url), wait_seconds=1)
    assert database.call("find_user", id="anna") == []
    pooler.pause()
    with pytest.raises(Unavailable):
        database.call("find_user", id="anna")
    pooler.start()
    assert until(lambda: answers(database))
    database.close()
    pooler.stop()


def answers(database: PostgresDatabase) -> bool:
    try:
        return database.call("find_user", id="anna") == []
    except Unavailable:
        return False


def test_rows_behind_the_pooler_and_files_in_supabase_work_together(
    pooler: PgBouncer, supabase: SupabaseStandIn, database_url: str, tmp_path
) -> None:
    """DATABASE_URL wins for rows, SUPABASE_URL has the files."""
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url=pooler.address_of(database_url),
        supabase_url=supabase.url,
        supabase_key=SERVICE_KEY,
        runpod_api_key="key",
    )
    studio = build(settings)
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"clip")
    studio.storage.put("clips/1/1.mp4", clip, content_type="video/mp4")
    assert str(studio.storage.locate("clips/1/1.mp4")).startswith(supabase.url)
    assert isinstance(studio.database, PostgresDatabase)
    studio.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "openv-feed"]
