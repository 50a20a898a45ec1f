"""The port to the files, and its adapter on a local folder."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from services.errors import Unavailable
from services.gateways.processes import own_mark, remove_orphans


class Storage(Protocol):
    """Keeps clips and posters under keys of `[a-z0-9/_.-]`. Safe to share between threads."""

    def put(self, key: str, file: Path, *, content_type: str) -> None:
        """Keeps a copy of the file; the same key again replaces it. Raises Unavailable, or TooLarge for good."""

    def locate(self, key: str) -> Path | str:
        """Where its bytes are: a local path, or an address good for a few minutes. Raises Unavailable."""

    def prepare(self, keys: Sequence[str]) -> None:
        """Makes that they are located without delay, as those of one page are. Raises nothing."""

    def remove(self, keys: Sequence[str]) -> None:
        """Makes sure that none of them is there any more. Raises Unavailable when that cannot be confirmed."""

    def check(self) -> None:
        """Raises Unavailable with a sentence when nothing can be kept now."""


class FolderStorage:
    """Files in a folder of this machine; every file appears whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        remove_orphans((path.suffixes[0].removeprefix("."), path) for path in folder.glob(".incoming.*.*"))

    def put(self, key: str, file: Path, *, content_type: str) -> None:  # noqa: ARG002 - a folder keeps no types
        """See Storage.put."""
        target = self._path(key)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._copy(file, target)
        except OSError as error:
            raise Unavailable(
                "The file could not be kept: " + (error.strerror or "the disk did not take it") + ".",
                code="storage_unavailable",
            ) from error

    def _copy(self, file: Path, target: Path) -> None:
        handle, name = tempfile.mkstemp(prefix=f".incoming.{own_mark()}.", dir=self._folder)
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as sink, file.open("rb") as source:
                shutil.copyfileobj(source, sink, 1 << 20)
                sink.flush()
                os.fsync(sink.fileno())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def locate(self, key: str) -> Path | str:
        """See Storage.locate."""
        return self._path(key)

    def prepare(self, keys: Sequence[str]) -> None:
        """See Storage.prepare: a folder is quick enough as it is."""

    def remove(self, keys: Sequence[str]) -> None:
        """See Storage.remove."""
        try:
            for key in keys:
                path = self._path(key)
                path.unlink(missing_ok=True)
                self._drop_empty(path.parent)
        except OSError as error:
            raise Unavailable("The file could not be removed.", code="storage_unavailable") from error

    def _drop_empty(self, folder: Path) -> None:
        try:
            if folder != self._folder:
                folder.rmdir()
        except OSError:
            return  # others still live there, or another process was faster

    def check(self) -> None:
        """See Storage.check."""
        if not os.access(self._folder, os.W_OK) or shutil.disk_usage(self._folder).free < 1 << 26:
            raise Unavailable(
                "The folder for files is full or cannot be written to.", code="storage_unavailable"
            )

    def _path(self, key: str) -> Path:
        path = (self._folder / key).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            raise ValueError(f"{key!r} is no key")
        return path
