"""The database that an administration command works on, as the settings of its process name it."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from services.gateways.database import Database
from services.settings import Settings, read_environment
from services.wiring import make_private_folder, open_database


@contextmanager
def opened_rows(settings: Settings | None = None) -> Iterator[Database]:
    """The database, let go of afterwards; a server at work on it is not disturbed.

    Raises SettingsError, or Unavailable when the database cannot be opened.
    """
    settings = settings or read_environment()
    make_private_folder(settings.data_dir)
    with ExitStack() as started:
        yield open_database(settings, started)
