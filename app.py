"""The server: Streamlit pages, the HTTP API under /api, and the background loop, in one process."""

import gc
import logging
import statistics  # noqa: F401 - first, or pages/statistics.py would take its place: scripts run with pages/ on the path
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

import streamlit as st
from anyio import to_thread
from starlette.middleware import Middleware

from services import wiring
from services.errors import AppError
from services.listening import check_address, is_open_at
from services.settings import Settings, SettingsError, read_environment
from services.web.api import build_api
from services.web.front import ApiFirst
from services.web.headers import SecurityHeaders
from services.web.loop import BackgroundLoop
from services.web.origins import OwnPagesOnly

HERE = Path(__file__).resolve().parent
PAGE = Path(str(files("streamlit") / "static" / "index.html"))
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
logger = logging.getLogger("openv")


def checked_settings() -> Settings:
    """The settings, or the end of the process with one line that says which is wrong."""
    try:
        settings = read_environment()
        check_address(settings, st.get_option("server.address"))
    except SettingsError as error:
        sys.exit(str(error))
    return settings


def base_path() -> str:
    """Where this server stands below its host's root, such as `/studio`; empty at the root itself."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def own_url() -> str:
    """Where this server answers on this machine."""
    return f"http://127.0.0.1:{st.get_option('server.port')}{base_path()}"


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Builds the studio, works in the background while the server answers, and leaves nothing behind."""
    try:
        studio = await to_thread.run_sync(lambda: wiring.build(settings, own_url=own_url()))
    except AppError as error:
        logger.critical("OpenV Studio cannot start: %s", error.message)
        raise
    wiring.install(studio)
    loop = BackgroundLoop(studio)
    try:
        async with api.router.lifespan_context(api):
            loop.start()
            spare_collector()
            logger.info("OpenV Studio is ready.")
            yield
    finally:
        await to_thread.run_sync(loop.stop)
        await to_thread.run_sync(studio.close)
        wiring.install(None)


def spare_collector() -> None:
    """Keeps the garbage collector from looking at what start has made, and from looking often: a tenth of a page's CPU."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


settings = checked_settings()
api = build_api()
known_as = [*filter(None, [settings.public_url]), *st.get_option("server.corsAllowedOrigins")]
guard = Middleware(
    SecurityHeaders, page=PAGE, media_addresses=(settings.supabase_url or "",), base=base_path()
)
app = st.App(
    HERE / "pages" / "shell.py",
    lifespan=lifespan,
    middleware=[
        guard,
        Middleware(OwnPagesOnly, own=known_as, is_open=is_open_at(settings, st.get_option("server.address"))),
        Middleware(ApiFirst, api=api, base=base_path()),
    ],
)
