"""The embedded database where it cannot start: one sentence that says why and what to do."""

import shutil
from pathlib import Path

import psycopg
import pytest

from services.errors import Unavailable
from services.gateways.embedded import EmbeddedPostgres
from tests.gateways.embedded_process import Process, prepared_folder, processes_on


@pytest.fixture
def folder(tmp_path):
    """A folder with an empty database."""
    return prepared_folder(tmp_path)


@pytest.fixture
def remains(tmp_path):
    """A folder with some of a database's files."""
    folder = tmp_path / "postgres"
    (folder / "data" / "base").mkdir(parents=True)
    (folder / "data" / "PG_VERSION").write_text("18\n")
    (folder / "password").write_text("secret")
    return folder


def refusal(folder):
    """The sentence with which a start fails."""
    with pytest.raises(Unavailable) as refused:
        EmbeddedPostgres(folder, fast=True).start()
    assert processes_on(folder) == []
    return str(refused.value)


def test_a_file_where_the_folder_should_be(tmp_path):
    """Something else in our place is named, together with the setting for another place."""
    (tmp_path / "postgres").write_text("a file")

    sentence = refusal(tmp_path / "postgres")

    assert str(tmp_path / "postgres") in sentence
    assert "OPENV_DATA_DIR" in sentence


def test_a_place_that_cannot_be_written():
    """A folder that cannot be made is refused with the same advice."""
    assert "OPENV_DATA_DIR" in refusal(Path("/proc/openv/postgres"))


def test_a_full_disk_at_the_first_start(tmp_path):
    """When the files find no room the sentence says so, and the next start with room succeeds."""
    folder = tmp_path / "postgres"

    with Process(folder, prefix=["sh", "-c", 'ulimit -f 200; exec "$@"', "sh"]) as other:
        sentence = other.said()
    database = EmbeddedPostgres(folder, fast=True)

    assert "File too large" in sentence or "File size limit exceeded" in sentence
    assert "Make room" in sentence
    assert database.start()
    database.stop()


def test_a_broken_data_directory(folder):
    """The last telling line of the server's log is part of the sentence."""
    (folder / "data" / "global" / "pg_control").write_bytes(b"\0" * 8192)

    sentence = refusal(folder)

    assert "FATAL:  database files are incompatible with server" in sentence
    assert "server.log" in sentence


def test_half_a_data_directory(remains):
    """A database without its version file is not taken for an empty one, nor overwritten."""
    (remains / "data" / "PG_VERSION").unlink()

    assert "backup" in refusal(remains)
    assert (remains / "data" / "base").is_dir()


def test_data_of_another_version(remains):
    """Both versions are named, and nothing is touched."""
    (remains / "data" / "PG_VERSION").write_text("19\n")

    sentence = refusal(remains)

    assert "PostgreSQL 19" in sentence
    assert "PostgreSQL 18" in sentence


def test_a_lost_password(remains):
    """A database whose password file was lost says which file to put back."""
    (remains / "password").unlink()

    assert str(remains / "password") in refusal(remains)


def test_a_restored_backup_starts(folder, tmp_path):
    """A folder put back from a backup with careless rights is served."""
    restored = tmp_path / "restored"
    shutil.copytree(folder, restored)
    (restored / "data").chmod(0o755)
    database = EmbeddedPostgres(restored, fast=True)

    with psycopg.connect(database.start()) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    database.stop()
