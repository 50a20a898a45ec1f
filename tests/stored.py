"""What a storage has kept, wherever it is."""

from pathlib import Path

import httpx

from services.errors import NotFound
from services.gateways.storage import Storage


def stored_bytes(storage: Storage, key: str | None) -> bytes | None:
    """The kept file, or None if there is none."""
    try:
        place = storage.locate(key or "none")
        return place.read_bytes() if isinstance(place, Path) else httpx.get(place).raise_for_status().content
    except (FileNotFoundError, NotFound, httpx.HTTPStatusError):
        return None
