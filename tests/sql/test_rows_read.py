"""How much is read to answer: with many clips no more than with few."""

from collections.abc import Iterator

import psycopg
import pytest

from services.accounts import ensure_user
from services.gateways.database import Database

CLIPS, DELETED = 20_000, 800
FILL = f"""
insert into videos (user_id, prompt, model, endpoint, input, width, height, frames, fps, seed, max_retries,
  updated_at, shared, deleted_at, purge_next_at)
select case when n % 2 = 0 then 'anna' else 'bob' end, 'Clip ' || n, 'mochi', 'own', '{{}}', 848, 480, 31, 24, n, 0,
  timestamptz '2026-01-01' + n * interval '1 millisecond', n % 500 < 2, gone, gone + interval '30 days'
from generate_series(1, {CLIPS}) n, lateral (select case when n % 100 between 10 and 13 then now() end as gone) deletion"""
READ = "select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relname = 'videos'"
AGAIN = 7  # from the sixth time on a connection may use a plan that fits all parameters
FIRST, LATER, DELETED_LATER = (f"{before}, 50, null, null, null" for before in ("null", "100", "10000"))


@pytest.fixture
def connection(database: Database, database_url: str) -> Iterator[psycopg.Connection]:
    """Many clips of two users, a few of them shared, a few deleted."""
    for name, role in (("anna", "user"), ("bob", "user"), ("boss", "admin")):
        ensure_user(database, name, role=role)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("alter table videos disable trigger user")
        connection.execute(FILL)
        connection.execute("alter table videos enable trigger user")
        connection.execute("analyze")
        yield connection


def rows_read(connection: psycopg.Connection, question: str) -> int:
    """Clips that the database looks at to answer, counted by itself."""
    with connection.transaction():
        before = counted(connection)
        connection.execute(question.encode()).fetchall()
        return counted(connection) - before


def counted(connection: psycopg.Connection) -> int:
    (rows,) = connection.execute(READ).fetchone() or (0,)
    return int(rows)


def test_no_question_of_a_page_reads_more_than_it_shows(connection: psycopg.Connection) -> None:
    """A clip, its timeline, each list at its top and further down, and what the feed asks: indexes lead to all of them."""
    questions = (
        "select * from find_video(1000, 'bob')",
        "select * from list_events(1000, 'bob')",
        f"select * from list_shared_videos('anna', {FIRST})",
        f"select * from list_shared_videos('anna', {LATER})",
        f"select * from list_all_videos('boss', null, {FIRST})",
        f"select * from list_all_videos('boss', null, {LATER})",
        f"select * from list_all_videos('boss', 'bob', {LATER})",
        """select * from list_watched_marks('["anna", "*all", "*shared"]')""",
    )
    for _ in range(AGAIN):
        read = {question: rows_read(connection, question) for question in questions}
        assert max(read.values()) <= 110, read  # a page of shared clips passes over one's own


def test_what_is_deleted_is_found_without_passing_what_is_not(connection: psycopg.Connection) -> None:
    """One's own, one person's and everybody's, at the top and further down, and where there is none."""
    questions = [
        f"select * from list_deleted_videos({whose}, {page})"
        for whose in ("'bob', 'bob'", "'boss', 'bob'", "'boss', null", "'boss', 'boss'")
        for page in (FIRST, DELETED_LATER)
    ]
    for _ in range(AGAIN):
        read = {question: rows_read(connection, question) for question in questions}
        # An owner's may be picked out of all that are deleted; each one shown is looked up for who may see it.
        assert max(read.values()) <= DELETED + 50, read
