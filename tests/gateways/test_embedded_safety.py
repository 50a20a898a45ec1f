"""What the embedded database keeps to itself: its port, its password, other folders' rights, people's words."""

import stat
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from services.gateways.embedded import EmbeddedPostgres
from tests.gateways.embedded_process import ask, eventually, postmaster, prepared_folder


@pytest.fixture(scope="module")
def durable(tmp_path_factory):
    """A running database with the settings of the app, in its folder."""
    folder = prepared_folder(tmp_path_factory.mktemp("durable"))
    database = EmbeddedPostgres(folder)
    yield folder, database.start()
    database.stop()


def test_nothing_listens_beyond_loopback(durable):
    """The server cannot be reached from another machine, nor by other accounts through a socket file."""
    _, connection = durable
    port = urlsplit(connection).port

    listening = [each for each in psutil.net_connections("inet") if each.status == psutil.CONN_LISTEN]

    assert {each.laddr.ip for each in listening if each.laddr.port == port} == {"127.0.0.1"}
    assert ask(connection, "show unix_socket_directories") == ""


def test_password_is_required_and_private(durable):
    """Without the password nobody gets in, and only our account can read it."""
    folder, connection = durable
    parts = urlsplit(connection)

    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(parts._replace(netloc=f"postgres:wrong@127.0.0.1:{parts.port}").geturl())
    for name in ("password", "connection", "server.log", "owner.lock"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert parts.password not in " ".join(postmaster(folder).cmdline())


def test_no_other_folder_changes_its_rights(tmp_path):
    """Folders above ours keep owner and mode."""
    tmp_path.chmod(0o700)
    parents = [tmp_path, *tmp_path.parents]
    before = [(each.stat().st_mode, each.stat().st_uid, each.stat().st_gid) for each in parents]
    database = EmbeddedPostgres(tmp_path / "postgres", fast=True)

    database.start()
    database.stop()

    assert [(each.stat().st_mode, each.stat().st_uid, each.stat().st_gid) for each in parents] == before


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("TimeZone", "UTC"),
        ("jit", "off"),
        ("autovacuum", "on"),
    ],
)
def test_settings(durable, setting, value):
    """A database that is not for tests loses no committed row and speaks UTC."""
    _, connection = durable

    assert ask(connection, f"show {setting}") == value


def test_log_is_bounded_and_discreet(durable):
    """However much the server says, its log stays small, and statements with people's words are not in it."""
    folder, address = durable
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "do $$ begin for n in 1..3000 loop raise log '%', repeat('x', 900); end loop; end $$"
        )
        with pytest.raises(psycopg.Error):
            connection.execute("select 'a secret prompt' from nowhere")

    log = folder / "server.log"
    assert eventually(lambda: '"nowhere" does not exist' in log.read_text())
    assert log.stat().st_size + Path(f"{log}.1").stat().st_size < 2_100_000
    assert "secret prompt" not in log.read_text()
