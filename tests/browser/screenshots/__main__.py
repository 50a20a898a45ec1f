"""Takes the pictures of docs/screenshots: every page, light and dark, wide and on a phone. Run by scripts/screenshots."""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from services.gateways.postgres import PostgresDatabase
from services.settings import read_settings
from tests.browser.conftest import QUIET, installed_chromium
from tests.browser.screenshots.camera import DOCS, KEPT, VARIANTS, Camera
from tests.browser.screenshots.clips import make_clips
from tests.browser.screenshots.scenes import SCENES
from tests.browser.screenshots.team import gather_team, write_past
from tests.system.server import Server


def main() -> None:
    """Starts a server, fills it with a team's work, and takes the pictures."""
    wanted = _read_arguments()
    if wanted.folder:
        wanted.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, _filled_server(Path(place)) as (server, database):
        take_pictures(server, database, wanted.scenes, wanted.folder)


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/screenshots", description=__doc__)
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=f"of {', '.join(SCENES)}; none: all")
    parser.add_argument("--folder", type=Path, help="where all variants go, as PNG, for looking at")
    wanted = parser.parse_args()
    if unknown := set(wanted.scenes) - set(SCENES):
        parser.error(f"no such scene: {', '.join(sorted(unknown))}")
    return wanted


@contextmanager
def _filled_server(place: Path) -> Iterator[tuple[Server, PostgresDatabase]]:
    server = Server(place / "data")
    server.start()
    database = PostgresDatabase((server.data / "postgres" / "connection").read_text())
    try:
        fill(server, database)
        yield server, database
    finally:
        database.close()
        server.stop()


def fill(server: Server, database: PostgresDatabase) -> None:
    """Puts the team and its work there."""
    gather_team(database)
    make_clips(server, database)
    write_past(database, read_settings(server.settings))


def take_pictures(
    server: Server, database: PostgresDatabase, scenes: Sequence[str], folder: Path | None
) -> None:
    """Those scenes, all of them if none is named; in every variant if there is a folder for them."""
    DOCS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=installed_chromium(), args=QUIET)
        for scheme, size in VARIANTS if folder else KEPT:
            for name in scenes or SCENES:
                SCENES[name](Camera(server, chromium, scheme, size, folder), database)
        chromium.close()


if __name__ == "__main__":
    main()
