"""The folder of finished clips, and the broken results that tests ask for."""

import asyncio
from collections.abc import Collection
from pathlib import Path

from services.demo.encoder import write_sample
from services.demo.faults import Result

_PART = ".part"
HTML = b"<!doctype html><title>Sign in</title><p>Please sign in to continue.</p>\n"


class Clips:
    """Files appear under their name only when they are complete."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def part(self, name: str) -> Path:
        """Where a clip is written until it is complete."""
        return self.folder / (name + _PART)

    def complete(self, name: str) -> None:
        """Puts a written clip in its place, at once or not at all."""
        self.part(name).replace(self.folder / name)

    async def write_broken(self, name: str, kind: Result) -> None:
        """Writes what that kind of result is on disk: the tiny sample clip, whole or damaged."""
        part = self.part(name)
        await asyncio.to_thread(write_sample, part)
        data = part.read_bytes()
        contents = {"html": HTML, "truncated": data[: len(data) * 2 // 3], "empty": b""}
        part.write_bytes(contents.get(kind, data))
        self.complete(name)

    def remove(self, name: str) -> None:
        """Removes a clip and what there is of it unfinished."""
        (self.folder / name).unlink(missing_ok=True)
        self.part(name).unlink(missing_ok=True)

    def keep_only(self, names: Collection[str | None]) -> None:
        """Removes everything a crash may have left: unfinished clips, and clips no job knows."""
        for file in self.folder.iterdir():
            if file.name not in names:
                file.unlink(missing_ok=True)
