"""The embedded database after something died: nothing committed is lost, nobody else is harmed."""

import contextlib
import os
import shutil
import subprocess

import psutil
import psycopg
import pytest

from services.gateways.embedded import EmbeddedPostgres
from tests.gateways.embedded_process import (
    Process,
    alive,
    eventually,
    kill,
    postmaster,
    postmasters_on,
    prepared_folder,
    processes_on,
    watcher,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a database that each test finds stopped, however roughly."""
    return prepared_folder(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def database(folder):
    """A database in that folder, stopped at the end."""
    database = EmbeddedPostgres(folder)
    yield database
    database.stop()


def write(connection):
    """Commit a row after a table that is as old as the last checkpoint."""
    with psycopg.connect(connection) as database:
        database.execute("drop table if exists kept")
        database.execute("create table kept (answer int)")
        database.execute("insert into kept values (42)")


def rows(connection):
    """The rows that were kept."""
    with psycopg.connect(connection) as database:
        return database.execute("select answer from kept").fetchall()


def active_queries(connection):
    """How many queries run, this one included."""
    with psycopg.connect(connection) as database:
        row = database.execute("select count(*) from pg_stat_activity where state = 'active'").fetchone()
    return row[0]


def test_killed_owner_takes_its_server_along(folder):
    """When the owner is killed its server shuts down in order, without anybody starting anything."""
    with Process(folder) as owner:
        owner.said()
        kill(psutil.Process(owner.running.pid))

        assert eventually(lambda: processes_on(folder) == [])
    assert "database system is shut down" in (folder / "server.log").read_text()


def test_start_right_after_a_killed_owner(database, folder):
    """The next start copes with a server that is still on its way out and finds every row."""
    with Process(folder) as owner:
        write(owner.said())
        kill(psutil.Process(owner.running.pid))

        assert rows(database.start()) == [(42,)]
        assert len(postmasters_on(folder)) == 1


def test_killed_server_is_started_again(database, folder):
    """After kill -9 of the server, the same object's next start recovers every row at the same place."""
    before = database.start()
    write(before)
    kill(postmaster(folder))

    assert rows(database.start()) == [(42,)]
    assert database.start() == before


def test_killed_server_with_a_busy_connection(database, folder):
    """A query that still runs without its server does not keep the next one from starting."""
    address = database.start()
    write(address)
    with contextlib.closing(psycopg.connect(address)) as busy:
        busy.pgconn.send_query(b"select count(*) from generate_series(1, 100000000000)")
        assert eventually(lambda: active_queries(address) == 2)
        kill(postmaster(folder))

        assert rows(database.start()) == [(42,)]


def test_guest_recovers_a_killed_server(database, folder):
    """A guest's next start serves the database when the owner did not notice that its server died."""
    with Process(folder) as owner:
        write(owner.said())
        database.start()
        kill(postmaster(folder))

        assert rows(database.start()) == [(42,)]
        assert owner.finish() == 0
    assert rows(database.start()) == [(42,)]


def test_unwatched_server_is_replaced(database, folder):
    """A server whose watcher was killed is shut down in order by the next start."""
    write(database.start())
    orphan = postmaster(folder)
    kill(watcher(folder))

    assert eventually(lambda: rows(database.start()) == [(42,)] and not alive(orphan))
    assert len(postmasters_on(folder)) == 1


def test_stop_ends_an_unwatched_server(database, folder):
    """Even with its watcher killed, stop() leaves nothing behind."""
    database.start()
    kill(watcher(folder))

    database.stop()

    assert processes_on(folder) == []


def test_unwatched_server_of_a_killed_owner(database, folder):
    """The same when owner and watcher were killed together."""
    with Process(folder) as owner:
        write(owner.said())
        kill(watcher(folder))
        kill(psutil.Process(owner.running.pid))

    assert rows(database.start()) == [(42,)]
    assert len(postmasters_on(folder)) == 1


def test_everything_killed_at_once(database, folder):
    """After a power cut, all rows are there."""
    with Process(folder) as owner:
        write(owner.said())
        kill(watcher(folder), *processes_on(folder), psutil.Process(owner.running.pid))

    assert rows(database.start()) == [(42,)]


@pytest.mark.parametrize("name", ["sleep", "postgres"])
def test_stale_pid_file_harms_no_stranger(database, folder, tmp_path, name):
    """A living process whose number a stale pid file names is left alone, even if it is called postgres."""
    program = shutil.copy("/bin/sleep", tmp_path / name)
    with subprocess.Popen([program, "60"], cwd=tmp_path) as stranger:
        lines = f"{stranger.pid}\n{folder / 'data'}\n1700000000\n5432\n\n127.0.0.1\n 1 1\nready   \n"
        (folder / "data" / "postmaster.pid").write_text(lines)
        database.start()

        assert stranger.poll() is None
        assert postmaster(folder).pid != stranger.pid
        stranger.kill()


@pytest.mark.parametrize(
    "content",
    ["", "not a number\n", f"{os.getpid()}\n", "-1\n"],
    ids=["nothing", "no number", "our own", "negative"],  # the same in every process that collects the tests
)
def test_broken_pid_file_is_no_obstacle(database, folder, content):
    """Whatever a crash made of the pid file, the server starts."""
    (folder / "data" / "postmaster.pid").write_text(content)

    assert database.start()


def test_interrupted_first_start_begins_again(tmp_path):
    """What an interrupted first start left is thrown away."""
    folder = tmp_path / "postgres"
    (folder / "data.unfinished" / "base").mkdir(parents=True)
    (folder / "data.unfinished" / "PG_VERSION").write_text("18\n")
    database = EmbeddedPostgres(folder, fast=True)

    assert database.start()
    database.stop()
    assert not (folder / "data.unfinished").exists()


def test_first_start_killed_in_the_middle(tmp_path):
    """The next start waits for what a killed first start left running, and succeeds."""
    folder = tmp_path / "postgres"
    database = EmbeddedPostgres(folder, fast=True)
    with Process(folder) as other:
        assert eventually((folder / "data.unfinished" / "base").exists)
        kill(psutil.Process(other.running.pid))

        assert database.start()
    database.stop()
