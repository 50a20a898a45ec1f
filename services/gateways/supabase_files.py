"""The storage port on a private bucket of Supabase Storage."""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
from storage3.exceptions import StorageApiError

from services.errors import AppError, NotFound, TooLarge, Unavailable
from services.gateways.supabase_addresses import SIGNED_SECONDS, SignedAddresses
from services.gateways.supabase_client import SupabaseProject

logger = logging.getLogger(__name__)
_MOST_REMOVED_AT_ONCE = 500
_LIMIT_KNOWN_SECONDS = 600
_KEPT_SECONDS = "86400"  # by the reader's browser; the bytes behind a key never change

# A Storage error names its kind in the field `error`: older servers in words, newer ones by code
# (supabase/storage, src/internal/errors/codes.ts).
_NO_FILE = {"not_found", "NoSuchKey"}
_NO_BUCKET = {"Bucket not found", "NoSuchBucket"}
_TOO_LARGE = {"Payload too large", "EntityTooLarge"}
_WRONG_TYPE = {"invalid_mime_type", "InvalidMimeType"}
_KEY_REFUSED = {"Unauthorized", "AccessDenied", "InvalidJWT", "invalid_jwt", "SignatureDoesNotMatch"}


class SupabaseStorage:
    """Files in a bucket. An address stays the same until shortly before it expires, so that what plays is not reloaded."""

    def __init__(self, project: SupabaseProject, bucket: str) -> None:
        self._name = bucket
        self._project = project
        self._files = project.client.storage.from_(bucket)
        self._uploads = project.uploads.storage.from_(bucket)
        self._lock = threading.Lock()
        self._addresses = SignedAddresses(self._sign)
        self._limit: tuple[int | None, float] = (None, 0)  # bytes, known until

    def put(self, key: str, file: Path, *, content_type: str) -> None:
        """See Storage.put."""
        size = file.stat().st_size
        limit = self._most_bytes()
        if limit is not None and size > limit:
            raise _too_large(size, limit)
        with self._translated_errors():
            try:
                self._uploads.upload(
                    key,
                    file,
                    {"content-type": content_type, "cache-control": _KEPT_SECONDS, "upsert": "true"},
                )
            except StorageApiError as error:
                if not _is_too_large(error):
                    raise
                # The plan's own limit is told to nobody beforehand: what it refused is not sent again.
                self._remember_limit(min(limit or size, size - 1))
                raise _too_large(size, limit) from error

    def _most_bytes(self) -> int | None:
        with self._lock:
            limit, until = self._limit
        if time.monotonic() < until:
            return limit
        with self._translated_errors():
            details = self._project.client.storage.get_bucket(self._name)
        self._remember_limit(details.file_size_limit)
        return details.file_size_limit

    def _remember_limit(self, limit: int | None) -> None:
        with self._lock:
            self._limit = (limit, time.monotonic() + _LIMIT_KNOWN_SECONDS)

    def locate(self, key: str) -> Path | str:
        """See Storage.locate. Raises NotFound when there is no such file."""
        url = self._addresses.find(key)
        if url is None:
            raise NotFound("This file is not there any more.")
        return url

    def prepare(self, keys: Sequence[str]) -> None:
        """See Storage.prepare: one request per thousand that are not signed yet."""
        self._addresses.prepare(keys)

    def _sign(self, keys: list[str]) -> dict[str, str]:
        with self._translated_errors():
            answers = self._files.create_signed_urls(keys, SIGNED_SECONDS)
            return {answer["path"]: answer["signedURL"] for answer in answers if answer["signedURL"]}

    def remove(self, keys: Sequence[str]) -> None:
        """See Storage.remove."""
        for start in range(0, len(keys), _MOST_REMOVED_AT_ONCE):
            self._remove(list(keys[start : start + _MOST_REMOVED_AT_ONCE]))

    def _remove(self, keys: list[str]) -> None:
        with self._translated_errors():
            removed = {row["name"] for row in self._files.remove(keys)}
            # What was not there is left out of the answer; so is what could not be removed.
            kept = [key for key in keys if key not in removed and not self._is_gone(key)]
        self._addresses.forget(keys)
        if kept:
            raise Unavailable(
                "Supabase Storage kept a file that was to be removed.", code="storage_unavailable"
            )

    def _is_gone(self, key: str) -> bool:
        try:
            self._files.info(key)
        except StorageApiError as error:
            if error.code in _NO_FILE:
                return True
            raise
        return False

    def check(self) -> None:
        """See Storage.check."""
        with self._translated_errors():
            details = self._project.client.storage.get_bucket(self._name)
        if details.public:
            raise _unavailable(
                f"The bucket {self._name} is public. An admin has to make it private in the Supabase dashboard."
            )

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except StorageApiError as error:
            logger.warning("Supabase Storage answered %s %s.", error.status, error.code)
            raise self._told(error) from error
        except (httpx.HTTPError, ValueError, KeyError, TypeError, RuntimeError) as error:  # no answer
            logger.warning("Supabase Storage did not answer: %s.", type(error).__name__)
            raise _unavailable(_AWAY) from error

    def _told(self, error: StorageApiError) -> AppError:
        if error.code in _NO_FILE:
            return NotFound("This file is not there any more.")
        if error.code in _NO_BUCKET:
            return _unavailable(f"There is no bucket {self._name}. An admin has to apply the migrations.")
        if error.code in _WRONG_TYPE:
            return _unavailable(
                f"The bucket {self._name} takes no files of this type. An admin has to allow it."
            )
        status = str(error.status)
        if error.code in _KEY_REFUSED or status in {"401", "403"}:
            return _unavailable(
                "Supabase Storage does not accept the key. An admin has to check SUPABASE_KEY."
            )
        if status == "402":
            return _unavailable(
                "The Supabase project has used up its plan. Files are kept here until it is raised."
            )
        return _unavailable(_AWAY)


_AWAY = "The storage for files cannot be reached right now. Nothing is lost; it is tried again."


def _unavailable(sentence: str) -> Unavailable:
    return Unavailable(sentence, code="storage_unavailable", retry_after=10)


def _is_too_large(error: StorageApiError) -> bool:
    return error.code in _TOO_LARGE or str(error.status) == "413"


def _too_large(size: int, limit: int | None) -> TooLarge:
    most = f"files of at most {_megabytes(limit)}" if limit is not None else "no files of this size"
    return TooLarge(
        f"The clip has {_megabytes(size)}, and the Supabase plan takes {most}."
        " It stays at the worker's link, which may expire: download it soon."
    )


def _megabytes(size: int) -> str:
    return f"{size / (1 << 20):.1f} MB"
