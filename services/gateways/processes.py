"""Marks that files carry while a process is making them, so that what a killed one left can be told from the rest."""

from collections.abc import Iterable
from pathlib import Path

import psutil


def own_mark() -> str:
    """Names this process and no later one that gets its number: digits, `-`, digits."""
    return _mark(psutil.Process())


def remove_orphans(drafts: Iterable[tuple[str, Path]]) -> None:
    """Removes the files whose mark names a process that is no longer there."""
    for mark, path in drafts:
        if not _is_alive(mark):
            path.unlink(missing_ok=True)


def _mark(process: psutil.Process) -> str:
    return f"{process.pid}-{int(process.create_time() * 100)}"


def _is_alive(mark: str) -> bool:
    try:
        return _mark(psutil.Process(int(mark.split("-")[0]))) == mark
    except (ValueError, psutil.Error):
        return False
