"""The embedded database under root, under an ordinary account, and below folders closed to others."""

import functools
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from services.gateways.embedded import EmbeddedPostgres
from services.gateways.embedded_programs import NEEDED, PACKAGE
from tests.gateways.embedded_process import (
    ROOT,
    Process,
    kill,
    postmaster,
    prepared_folder,
    processes_on,
    watcher,
)

NOBODY = 65534
SITE = Path(sys.prefix) / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"


@functools.cache
def ordinary_account() -> tuple[str, ...]:
    """What turns a command of root into one of nobody; it may enter closed folders if Python is in one."""
    if os.geteuid() != 0:
        return ()
    become = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    rights = [
        (f"--inh-caps=+{right}", f"--ambient-caps=+{right}") for right in ("dac_read_search", "dac_override")
    ]
    return next(each for each in (become, *((*become, *right) for right in rights)) if runs_python(each))


def runs_python(prefix: tuple[str, ...]) -> bool:
    """Whether Python and this project can be reached that way."""
    command = [*prefix, "sh", "-c", '"$0" -c "import tests"', sys.executable]
    return subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 0


def give_away(folder: Path) -> None:
    """Make it the ordinary account's."""
    for path in (folder, *folder.rglob("*")):
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)


@pytest.fixture
def place():
    """A folder of the ordinary account, where it can reach it."""
    with tempfile.TemporaryDirectory() as name:
        give_away(Path(name))
        yield Path(name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a database that each test finds stopped."""
    return prepared_folder(tmp_path_factory.mktemp("shared"))


def test_the_server_never_runs_as_root(folder):
    """Root's server runs as somebody else, to whom only PostgreSQL's own files belong."""
    database = EmbeddedPostgres(folder, fast=True)
    database.start()

    uids = postmaster(folder).uids()
    database.stop()

    assert uids.effective == uids.real == (folder / "data").stat().st_uid != 0
    assert {path.stat().st_uid for path in folder.iterdir() if path.name != "data"} == {os.geteuid()}
    assert folder.stat().st_uid == os.geteuid()


def test_an_ordinary_account_is_enough(place):
    """Without any right of root, a first start works and everything belongs to that account."""
    with Process(place / "postgres", prefix=ordinary_account()) as other:
        assert other.said().startswith("postgresql://")
        uid = postmaster(place / "postgres").uids().real
        assert other.finish() == 0

    assert {path.stat().st_uid for path in place.rglob("*")} == {uid}
    assert uid == (NOBODY if os.geteuid() == 0 else os.geteuid())


@pytest.fixture
def closed_site(tmp_path):
    """The PostgreSQL package below a folder that only we may enter, as in root's home."""
    site = tmp_path / "closed" / "site packages"
    for part in (f"{PACKAGE}/__init__.py", *NEEDED):
        (site / part).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (SITE / part).is_dir() else shutil.copy
        copy(SITE / part, site / part)
    (tmp_path / "closed").chmod(0o700)
    return site


def test_program_and_data_below_a_closed_folder(closed_site):
    """A program installed below /root and its data start, and neither stop nor kill leaves a copy behind."""
    folder = closed_site.parent / "data" / "postgres"
    environment = {"PYTHONPATH": f"{closed_site}:{ROOT}"}

    with Process(folder, env=environment) as other:
        assert other.said().startswith("postgresql://")
        program = Path(postmaster(folder).exe())
        kill(watcher(folder), postmaster(folder))
        kill_and_start_again(folder, environment, program)

    assert stat.S_IMODE(closed_site.parents[0].stat().st_mode) == 0o700


def kill_and_start_again(folder: Path, environment: dict[str, str], program: Path) -> None:
    """A start after the crash uses the closed program or removes the old copy of it, and stops clean."""
    with Process(folder, env=environment) as other:
        assert other.said().startswith("postgresql://")
        second = Path(postmaster(folder).exe())
        assert other.finish() == 0
    assert processes_on(folder) == []
    if os.geteuid() == 0:
        assert not program.exists()
        assert not second.exists()


def test_the_server_knows_none_of_our_keys(folder):
    """Nothing of our environment reaches the server's."""
    with Process(folder, env=os.environ | {"RUNPOD_API_KEY": "a-key-of-ours"}) as other:
        with psycopg.connect(other.said()) as connection:
            connection.execute("create temporary table environment (line text)")
            connection.execute("copy environment from program 'env'")
            lines = connection.execute("select line from environment").fetchall()
        assert other.finish() == 0

    assert [line for (line,) in lines if line.startswith("PATH=")]
    assert not [line for (line,) in lines if "RUNPOD" in line]


def test_a_connection_costs_one_round_and_other_passwords_are_kept_with_thousands(folder):
    """Ours is random and long; an operator's may not be."""
    kept = "select substring(rolpassword for 18) from pg_authid where rolname = %s"
    database = EmbeddedPostgres(folder)
    try:
        with psycopg.connect(database.start(), autocommit=True) as connection:
            connection.execute("create role backup login password 'another password'")
            told = [connection.execute(kept, [name]).fetchone()[0] for name in ("postgres", "backup")]
    finally:
        database.stop()

    assert [one.split(":")[0] for one in told] == ["SCRAM-SHA-256$1", "SCRAM-SHA-256$4096"]


def test_root_and_an_ordinary_account_take_turns(place):
    """Root's start on an ordinary account's data serves it as that account, which can start it again."""
    folder = prepared_folder(place)
    give_away(folder)
    database = EmbeddedPostgres(folder, fast=True)
    database.start()
    served_as = postmaster(folder).uids().real
    database.stop()

    with Process(folder, prefix=ordinary_account()) as other:
        assert other.said().startswith("postgresql://")
        assert postmaster(folder).uids().real == served_as
        assert other.finish() == 0
