"""Who is behind each port: the one place that knows which gateways the settings ask for."""

import contextlib
import functools
import os
import secrets
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from services.accounts import ensure_first_admin, ensure_user
from services.catalog import Catalog, read_catalog
from services.demo.endpoint import DemoEndpoint
from services.errors import Unavailable
from services.feed import Feed, ListeningFeeder, PollingFeeder
from services.gateways.database import Database
from services.gateways.embedded import EmbeddedPostgres
from services.gateways.migrations import migrate, missing_migrations
from services.gateways.open_sockets import OpenSockets
from services.gateways.postgres import PostgresDatabase
from services.gateways.runpod import RunPod, RunPodClient
from services.gateways.storage import FolderStorage, Storage
from services.gateways.supabase_client import SupabaseProject
from services.gateways.supabase_files import SupabaseStorage
from services.gateways.supabase_rows import SupabaseDatabase
from services.names import DEMO_ADMIN, DEMO_USER, TEST_USER
from services.sessions import Sessions
from services.settings import Settings
from services.terms import accept_terms
from services.waiting import WaitReasons


@dataclass(frozen=True)
class Pace:
    """How long the background loop waits for what, in seconds.

    ask_again: a job without news is asked for. grace: a submission without an answer is given up.
    dead_after: a process not seen is taken for dead. tick: between looks for work.
    """

    ask_again: float = 20
    grace: float = 600
    dead_after: float = 15
    job_life: float = 24 * 3600 + 3600
    tick: float = 0.5


@dataclass(frozen=True)
class Studio:
    """Everything a page, a route or the loop may ask. Made once per process."""

    settings: Settings
    database: Database
    storage: Storage
    runpod: RunPod
    catalog: Catalog
    sessions: Sessions
    feed: Feed
    pace: Pace
    webhook_token: str
    public_url: str | None
    work_folder: Path
    allowed_hosts: frozenset[str]
    worker: str = field(default_factory=lambda: uuid.uuid4().hex)
    sockets: OpenSockets = field(default_factory=OpenSockets)
    work_arrived: threading.Event = field(default_factory=threading.Event)
    stopping: threading.Event = field(default_factory=threading.Event)
    hands: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(8, thread_name_prefix="openv-now")
    )
    closers: list[Callable[[], None]] = field(default_factory=list)

    @property
    def is_demo(self) -> bool:
        """Whether this is a demo: jobs run on the embedded endpoint and one may sign in with a click."""
        return self.settings.is_demo and not self.settings.test_mode

    @functools.cached_property
    def waits(self) -> WaitReasons:
        """Why jobs wait at their endpoints."""
        return WaitReasons(self.runpod, self.database, self.hands)

    def close(self) -> None:
        """Lets go of everything, the last made first; leaves no process and no thread behind."""
        self.stopping.set()
        self.hands.shutdown(wait=True, cancel_futures=True)
        while self.closers:
            self.closers.pop()()


_current: Studio | None = None


def current() -> Studio:
    """This process's studio. Raises RuntimeError before the server has started."""
    if _current is None:
        raise RuntimeError("The server has not started yet.")
    return _current


def install(studio: Studio | None) -> None:
    """Makes it this process's studio."""
    global _current  # noqa: PLW0603 - one process, one studio
    _current = studio


def build(settings: Settings, *, own_url: str | None = None) -> Studio:
    """A studio as the settings ask for it; `own_url` is where this server answers on this machine.

    Raises Unavailable when a part cannot be started; what had been started is stopped again.
    """
    with contextlib.ExitStack() as started:
        studio = _build(settings, own_url, started)
        studio.closers.append(started.pop_all().close)
    return studio


def _build(settings: Settings, own_url: str | None, started: contextlib.ExitStack) -> Studio:
    make_private_folder(settings.data_dir)
    database = open_database(settings, started)
    token = settings.runpod_webhook_token or kept_secret(settings.data_dir / "webhook_token")
    feed = Feed()
    sockets = OpenSockets()
    runpod, catalog, demo_host = _open_runpod(settings, started, sockets)
    _feed_from(database, feed, settings, started)
    studio = Studio(
        settings=settings,
        database=database,
        storage=_open_storage(settings, database, started),
        runpod=runpod,
        catalog=catalog,
        sessions=_open_sessions(settings),
        feed=feed,
        pace=Pace(ask_again=settings.reconcile_seconds, grace=20 if settings.is_demo else 600),
        webhook_token=token,
        public_url=settings.public_url or (own_url if settings.is_demo else None),
        work_folder=make_private_folder(settings.data_dir / "work"),
        allowed_hosts=settings.media_allowed_hosts | demo_host,
        sockets=sockets,
    )
    _welcome(studio)
    return studio


def _open_sessions(settings: Settings) -> Sessions:
    key = settings.session_key or kept_secret(settings.data_dir / "session_key")
    return Sessions(key, settings.session_days)


def open_database(settings: Settings, started: contextlib.ExitStack) -> Database:
    """The database the settings ask for, with its schema; `started` closes it. Raises Unavailable."""
    url = settings.database_url
    if url is None and settings.supabase_url and settings.supabase_key:
        project = SupabaseProject(settings.supabase_url, settings.supabase_key)
        started.callback(project.close)
        return SupabaseDatabase(project)
    if url is None:
        return _open_embedded(settings, started)
    if missing := missing_migrations(url):
        raise Unavailable(
            f"The database lacks {len(missing)} migrations. Run: python -m services.cli migrate",
            code="migrations_missing",
        )
    database = PostgresDatabase(url)
    started.callback(database.close)
    return database


def _open_embedded(settings: Settings, started: contextlib.ExitStack) -> Database:
    embedded = EmbeddedPostgres(settings.data_dir / "postgres")
    started.callback(embedded.stop)
    url = embedded.start()
    migrate(url)
    database = PostgresDatabase(url, revive=embedded.start)
    started.callback(database.close)
    return database


def _open_storage(settings: Settings, database: Database, started: contextlib.ExitStack) -> Storage:
    if not settings.supabase_url or not settings.supabase_key:
        return FolderStorage(settings.data_dir / "files")
    if isinstance(database, SupabaseDatabase):
        return SupabaseStorage(database.project, settings.supabase_bucket)
    project = SupabaseProject(settings.supabase_url, settings.supabase_key)
    started.callback(project.close)
    return SupabaseStorage(project, settings.supabase_bucket)


def _open_runpod(
    settings: Settings, started: contextlib.ExitStack, sockets: OpenSockets
) -> tuple[RunPod, Catalog, frozenset[str]]:
    catalog = read_catalog(default_endpoint=settings.runpod_endpoint_id)
    if settings.runpod_api_key is not None:
        client = RunPodClient(settings.runpod_api_url, settings.runpod_api_key, sockets=sockets)
        started.callback(client.close)
        return client, catalog, frozenset()
    key = kept_secret(settings.data_dir / "demo_key")
    endpoint = DemoEndpoint(settings.data_dir / "demo", key)
    started.callback(endpoint.stop)
    base = endpoint.start()
    host = base.split("/")[2]
    client = RunPodClient(base, key, sockets=sockets)
    started.callback(client.close)
    return client, catalog.for_demo(), frozenset({host})


def _feed_from(database: Database, feed: Feed, settings: Settings, started: contextlib.ExitStack) -> None:
    feeder: ListeningFeeder | PollingFeeder
    if isinstance(database, PostgresDatabase) and database.can_listen:
        feeder = ListeningFeeder(feed, database.listening)
    else:
        active, idle = settings.refresh_seconds
        feeder = PollingFeeder(feed, database, active=active, idle=idle)
    started.callback(feeder.stop)
    feeder.start()


def _welcome(studio: Studio) -> None:
    settings, database = studio.settings, studio.database
    if settings.admin_username and settings.admin_password:
        ensure_first_admin(database, settings.admin_username, settings.admin_password)
    if settings.test_mode:
        accept_terms(database, ensure_user(database, TEST_USER, role="admin", display_name="Test user").id)
    if studio.is_demo:
        ensure_user(database, DEMO_USER, role="user", display_name="Demo user")
        ensure_user(database, DEMO_ADMIN, role="admin", display_name="Demo admin")


def make_private_folder(path: Path) -> Path:
    """The folder, made for this user alone if it was not there."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def kept_secret(path: Path) -> str:
    """The secret in that file, made with 256 random bits the first time; readable by this user alone."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(32), encoding="utf-8")
        with contextlib.suppress(FileExistsError):  # another process was faster: its secret holds
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="utf-8")
