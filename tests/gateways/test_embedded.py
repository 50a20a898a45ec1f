"""The embedded database as the app meets it: starting, sharing, stopping."""

import os
import shutil
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import psycopg
import pytest

from services.gateways.embedded import EmbeddedPostgres
from tests.gateways.embedded_process import (
    Process,
    ask,
    postmaster,
    postmasters_on,
    prepared_folder,
    processes_on,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a database that each test finds stopped."""
    return prepared_folder(tmp_path_factory.mktemp("shared"))


@pytest.fixture
def database(folder):
    """A database in that folder, stopped at the end."""
    database = EmbeddedPostgres(folder, fast=True)
    yield database
    database.stop()


def test_first_start_from_nothing_answers_soon(tmp_path):
    """The first query is answered seconds after the first start, in folders that did not exist."""
    database = EmbeddedPostgres(tmp_path / "data dir" / "postgres")
    begin = time.monotonic()

    version = ask(database.start(), "show server_version")
    seconds = time.monotonic() - begin
    database.stop()

    assert str(version).startswith("18.")
    assert seconds < 20


def test_restart_is_quick_and_keeps_rows(database):
    """A second start finds the rows of the first and takes a moment."""
    with psycopg.connect(database.start()) as connection:
        connection.execute("create table kept as select 42 as answer")
    database.stop()
    begin = time.monotonic()

    assert ask(database.start(), "select answer from kept") == 42
    assert time.monotonic() - begin < 10


def test_start_again_changes_nothing(database, folder):
    """Starting what runs gives the same connection to the same server."""
    connection = database.start()
    server = postmaster(folder)

    assert database.start() == connection
    assert postmaster(folder) == server


def test_same_place_after_a_restart(database):
    """A pool finds the server again where it was."""
    before = database.start()
    database.stop()

    assert database.start() == before


def test_a_taken_port_is_given_up(database):
    """A program that took our last port keeps it, and the server starts on another."""
    before = urlsplit(database.start()).port
    database.stop()
    with socket.create_server(("127.0.0.1", before)):
        after = urlsplit(database.start()).port

    assert after != before


def test_long_path_with_spaces_and_no_locale(tmp_path):
    """A path of 200 characters with spaces and quotes works, without a single setting in the environment."""
    name = "a folder with 'spaces' & more "
    place = tmp_path / (name * 9)[: 198 - len(str(tmp_path))].strip() / "x"
    place.parent.mkdir()
    folder = prepared_folder(place)

    with Process(folder, env={}) as other:
        assert ask(other.said(), "select lower('ÄÖÜ')") == "äöü"
        assert other.finish() == 0


def test_guest_shares_and_lets_go(database, folder):
    """A second process uses the first one's server and leaves it running."""
    connection = database.start()

    with Process(folder) as guest:
        assert guest.said() == connection
        assert guest.finish() == 0

    assert ask(connection, "select 1") == 1


def test_guest_takes_over(database, folder):
    """When the owner's server is gone, a guest's next start makes it the owner."""
    with Process(folder) as owner:
        owner.said()
        database.start()
        owner.finish()

    assert ask(database.start(), "select 1") == 1
    assert len(postmasters_on(folder)) == 1


def test_eight_threads_start_one_server(tmp_path):
    """Eight starts at once on an empty folder make one server that all reach."""
    folder = tmp_path / "postgres"
    databases = [EmbeddedPostgres(folder, fast=True) for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        connections = list(pool.map(EmbeddedPostgres.start, databases))
    answers = [ask(connection, "show cluster_name") for connection in connections]
    servers = postmasters_on(folder)
    for database in databases:
        database.stop()

    assert len(set(connections)) == len(set(answers)) == len(servers) == 1


def test_eight_processes_start_one_server(tmp_path):
    """The same with eight processes, none of which leaves anything behind."""
    folder = tmp_path / "postgres"

    with ExitStack() as stack:
        others = [stack.enter_context(Process(folder)) for _ in range(8)]
        connections = {other.said() for other in others}
        assert len(connections) == len(postmasters_on(folder)) == 1
        assert ask(connections.pop(), "select 1") == 1
        assert [other.finish() for other in others] == [0] * 8

    assert processes_on(folder) == []


def test_copy_of_a_running_folder_has_its_own_server(database, folder, tmp_path):
    """A copied folder knows the original's address and password and still is not mistaken for it."""
    original = database.start()
    copy = EmbeddedPostgres(shutil.copytree(folder, tmp_path / "copy"), fast=True)

    mistaken = copy._answers(original)
    connection = copy.start()
    served_from = ask(connection, "show cluster_name")
    copy.stop()

    assert not mistaken
    assert connection != original
    assert served_from != ask(original, "show cluster_name")


def test_stop_leaves_no_process(database, folder):
    """After stop() nothing of it runs, and stopping again is fine."""
    database.start()
    assert processes_on(folder)

    database.stop()
    database.stop()

    assert processes_on(folder) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_leave_no_process(folder, number):
    """SIGTERM, and Ctrl-C that hits the whole group, end program and server in order."""
    with Process(folder) as other:
        other.said()
        os.killpg(other.running.pid, number)

        assert other.running.wait(20) == 0

    assert processes_on(folder) == []
    assert "database system is shut down" in (folder / "server.log").read_text()
