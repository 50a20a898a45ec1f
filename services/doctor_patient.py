"""What the doctor examines."""

import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field

from services.catalog import Catalog, read_catalog
from services.gateways.database import Database
from services.gateways.storage import FolderStorage, Storage
from services.gateways.supabase_client import SupabaseProject
from services.gateways.supabase_files import SupabaseStorage
from services.settings import Settings
from services.wiring import open_database


@dataclass
class Patient:
    """What is examined. The database is opened by the first check that asks for it."""

    settings: Settings
    started: ExitStack
    _database: list[Database] = field(default_factory=list)

    def database(self) -> Database:
        """The open database. Raises Unavailable."""
        if not self._database:
            self._database.append(open_database(self.settings, self.started))
        return self._database[0]

    def storage(self) -> Storage:
        """Where files go. Raises Unavailable."""
        settings = self.settings
        if settings.supabase_url and settings.supabase_key:
            project = SupabaseProject(settings.supabase_url, settings.supabase_key)
            self.started.callback(project.close)
            return SupabaseStorage(project, settings.supabase_bucket)
        # In a folder of its own: opening the files' folder tidies up what a running server may be writing.
        folder = settings.data_dir / "files" / ".doctor"
        self.started.callback(shutil.rmtree, folder, ignore_errors=True)
        return FolderStorage(folder)

    def catalog(self) -> Catalog:
        """The model catalog with the endpoints of these settings. Raises ValueError."""
        return read_catalog(default_endpoint=self.settings.runpod_endpoint_id)
