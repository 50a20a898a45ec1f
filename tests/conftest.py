"""A real Postgres for every test that wants one: a database cloned from a migrated template, dropped afterwards.

TEST_SETUP says what the `database` and `studio` of the tests stand on: `embedded` (the default: Postgres
directly, files in a folder), `pgbouncer` (Postgres through a transaction pooler) or `supabase` (rows and files through
supabase-py and the stand-in in tests/supabase). `database_url` is a direct address in all of them.
"""

import itertools
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest

from services import wiring
from services.catalog import Catalog, read_catalog
from services.feed import Feed
from services.gateways.database import Database
from services.gateways.embedded import EmbeddedPostgres
from services.gateways.migrations import migrate
from services.gateways.postgres import PostgresDatabase
from services.gateways.storage import FolderStorage, Storage
from services.gateways.supabase_client import SupabaseProject
from services.gateways.supabase_files import SupabaseStorage
from services.gateways.supabase_rows import SupabaseDatabase
from services.sessions import Sessions
from services.settings import Settings
from tests.fakes import FakeRunPod
from tests.pgbouncer import PgBouncer
from tests.supabase.gateway import SERVICE_KEY, SupabaseStandIn
from tests.system.server import Server

# The same examples in every run; a shared machine may pause for longer than any deadline.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None)
hypothesis.settings.load_profile("steady")

SETUPS = ("embedded", "pgbouncer", "supabase")
SETUP = os.environ.get("TEST_SETUP", "embedded")
_names = itertools.count()


def pytest_configure() -> None:
    if SETUP not in SETUPS:
        raise pytest.UsageError(f"TEST_SETUP={SETUP} is none of {', '.join(SETUPS)}.")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"Rows and files: {SETUP}")


def on_server(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return (
        psycopg.conninfo.make_conninfo(url, dbname=name)
        if "://" not in url
        else url.rsplit("/", 1)[0] + f"/{name}"
    )


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Postgres server of this test run, with a migrated database `template`."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("server") / "postgres", fast=True)
    url = server.start()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create database template")
    migrate(on_server(url, "template"))
    yield url
    server.stop()


@pytest.fixture
def database_url(server_url: str) -> Iterator[str]:
    """The address of a fresh, migrated, empty database."""
    name = f"test_{next(_names)}_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name} template template")
        yield on_server(server_url, name)
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def pooler(server_url: str) -> Iterator[PgBouncer]:
    """A PgBouncer in transaction mode in front of that server."""
    pooler = PgBouncer(server_url)
    pooler.start()
    yield pooler
    pooler.stop()


@pytest.fixture(scope="session")
def supabase_server() -> Iterator[SupabaseStandIn]:
    """A stand-in for a Supabase project, with nothing behind it yet."""
    stand_in = SupabaseStandIn()
    stand_in.start()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def supabase(
    supabase_server: SupabaseStandIn, database_url: str, tmp_path: Path
) -> Iterator[SupabaseStandIn]:
    """The stand-in with a fresh database and an empty bucket behind it."""
    supabase_server.serve(database_url, tmp_path / "bucket")
    yield supabase_server
    supabase_server.release()


@pytest.fixture
def project(supabase: SupabaseStandIn) -> Iterator[SupabaseProject]:
    """The connection to that stand-in."""
    project = SupabaseProject(supabase.url, SERVICE_KEY)
    yield project
    project.close()


@pytest.fixture
def database(request: pytest.FixtureRequest, database_url: str) -> Iterator[Database]:
    """The database port on a fresh database."""
    database: Database
    if SETUP == "supabase":
        database = SupabaseDatabase(request.getfixturevalue("project"))
    elif SETUP == "pgbouncer":
        database = PostgresDatabase(request.getfixturevalue("pooler").address_of(database_url))
    else:
        database = PostgresDatabase(database_url)
    yield database
    database.close()


@pytest.fixture
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """The storage port on an empty place."""
    if SETUP == "supabase":
        return SupabaseStorage(request.getfixturevalue("project"), "videos")
    return FolderStorage(tmp_path / "files")


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The shipped catalog, with an endpoint for the models that name none."""
    return read_catalog(default_endpoint="own-endpoint")


@pytest.fixture
def runpod() -> FakeRunPod:
    """A RunPod that takes everything and does nothing by itself."""
    return FakeRunPod()


@pytest.fixture
def studio(
    database: Database, storage: Storage, catalog: Catalog, runpod: FakeRunPod, tmp_path: Path
) -> Iterator[wiring.Studio]:
    """A whole studio on real rows and files, with a stand-in for RunPod, installed as this process's own."""
    studio = wiring.Studio(
        settings=Settings(data_dir=tmp_path, runpod_api_key="test-key"),
        database=database,
        storage=storage,
        runpod=runpod,
        catalog=catalog,
        sessions=Sessions("k" * 40, 7),
        feed=Feed(),
        pace=wiring.Pace(),
        webhook_token="test-webhook-token",
        public_url="http://studio.test",
        work_folder=wiring.make_private_folder(tmp_path / "work"),
        allowed_hosts=frozenset({"127.0.0.1"}),
    )
    wiring.install(studio)
    yield studio
    wiring.install(None)
    studio.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A whole server that is not started yet; whatever state a test leaves it in, it is stopped."""
    server = Server(tmp_path / "data folder")
    yield server
    if server.process is not None and server.process.poll() is None:
        server.stop()
