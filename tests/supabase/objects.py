"""Storage's side of the stand-in: `/storage/v1/…` on a folder.

It follows the Storage server (supabase/storage: `src/http/routes/object`, `src/internal/errors/codes.ts`) in these
points, and does nothing else:
- Errors are HTTP 400, 500 aside, with `{statusCode, error, message}`; the real status is the string in the body.
- An upload is multipart, its file's own content type counts, `x-upsert` must be the text `true` to replace. The bucket's
  `file_size_limit` and MIME list are checked, then the project's limit, which no answer tells beforehand.
- Every signing makes a new address, `/object/sign/<bucket>/<key>?token=<JWT>`; many at once give one entry each, a missing
  object with an error and no address. What is read through it obeys Range and carries type and cache control.
- Deleting takes 1 to 1 000 names and answers with the rows of those it deleted; names that are not there are left out.
"""

import itertools
import json
import re
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import jwt
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

_KEY = re.compile(r"[\w/!.*'() &$@=;:+,?-]+", re.ASCII)
_SECRET = "s" * 32
_numbers = itertools.count()


@dataclass
class Bucket:
    """As `GET /bucket/<id>` gives it; one that SQL made has no owner, which the server sends as ''."""

    id: str = "videos"
    name: str = "videos"
    owner: str = ""
    public: bool = False
    created_at: str = "2026-11-22T07:12:00.000Z"
    updated_at: str = "2026-11-22T07:12:00.000Z"
    file_size_limit: int | None = None
    allowed_mime_types: list[str] | None = None


@dataclass
class Objects:
    """The objects of one bucket; `most_bytes` is the plan's limit for a file."""

    folder: Path
    bucket: Bucket = field(default_factory=Bucket)
    most_bytes: int = 50 << 20
    details: dict[str, dict[str, str]] = field(default_factory=dict)
    undeletable: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def path(self, key: str) -> Path:
        return self.folder / key.replace("/", "%2F")

    def show_bucket(self, name: str) -> Response:
        return JSONResponse(asdict(self.bucket)) if name == self.bucket.id else _no_bucket()

    def upload(self, request: Request, form: FormData) -> Response:
        bucket, key = request.path_params["bucket"], request.path_params["key"]
        file = next(value for value in form.values() if isinstance(value, UploadFile))
        wrong = self._refusal(bucket, key, file, request.headers.get("x-upsert") == "true")
        if wrong:
            return wrong
        draft = self.folder / f".{next(_numbers)}"
        with draft.open("wb") as sink:
            while part := file.file.read(1 << 20):
                sink.write(part)
        with self.lock:
            draft.replace(self.path(key))
            kept = {
                "content-type": file.content_type or "",
                "cache-control": f"max-age={form['cacheControl']}",
            }
            self.details[key] = kept
        return JSONResponse({"Id": str(next(_numbers)), "Key": f"{bucket}/{key}"})

    def _refusal(self, bucket: str, key: str, file: UploadFile, replace: bool) -> Response | None:
        if bucket != self.bucket.id:
            return _no_bucket()
        if not _KEY.fullmatch(key):
            return failure("400", "InvalidKey", f"Invalid key: {key}")
        if self.bucket.allowed_mime_types and file.content_type not in self.bucket.allowed_mime_types:
            return failure("415", "invalid_mime_type", f"mime type {file.content_type} is not supported")
        if (file.size or 0) > min(self.bucket.file_size_limit or self.most_bytes, self.most_bytes):
            return failure("413", "Payload too large", "The object exceeded the maximum allowed size")
        if key in self.details and not replace:
            return failure("409", "Duplicate", "The resource already exists")
        return None

    def sign_many(self, bucket: str, wish: dict[str, Any]) -> Response:
        if bucket != self.bucket.id:
            return _no_bucket()
        return JSONResponse([self._signed(key, int(wish["expiresIn"])) for key in wish["paths"]])

    def _signed(self, key: str, seconds: int) -> dict[str, Any]:
        if key not in self.details:
            sentence = "Either the object does not exist or you do not have access to it"
            return {"error": sentence, "path": key, "signedURL": None}
        place = f"{self.bucket.id}/{key}"
        claims = {
            "url": place,
            "iat": int(time.time()),
            "exp": int(time.time()) + seconds,
            "n": next(_numbers),
        }
        token = jwt.encode(claims, _SECRET)
        return {"error": None, "path": key, "signedURL": f"/object/sign/{place}?token={token}"}

    def read(self, key: str, token: str) -> Response:
        try:
            claims = jwt.decode(token, _SECRET, algorithms=["HS256"])
        except jwt.PyJWTError:
            return failure("400", "InvalidJWT", '"exp" claim timestamp check failed')
        if claims["url"] != f"{self.bucket.id}/{key}":
            return failure("400", "InvalidSignature", "Invalid signature")
        if key not in self.details:
            return _no_object()
        kept = self.details[key]
        headers = {"cache-control": kept["cache-control"]}
        return FileResponse(self.path(key), headers=headers, media_type=kept["content-type"])

    def info(self, key: str) -> Response:
        return JSONResponse({"name": key, **self.details[key]}) if key in self.details else _no_object()

    def delete(self, bucket: str, wish: dict[str, Any]) -> Response:
        if bucket != self.bucket.id:
            return _no_bucket()
        if not 1 <= len(wish["prefixes"]) <= 1000:
            return failure("400", "Error", "body/prefixes must NOT have fewer than 1 items or more than 1000")
        with self.lock:
            gone = [key for key in wish["prefixes"] if key in self.details and key not in self.undeletable]
            for key in gone:
                del self.details[key]
                self.path(key).unlink()
        return JSONResponse([{"name": key, "bucket_id": bucket} for key in gone])


def failure(status: str, error: str, message: str) -> Response:
    """As the Storage server answers: 400 whatever it is, 500 aside."""
    body = {"statusCode": status, "error": error, "message": message}
    return Response(json.dumps(body), 500 if status == "500" else 400, media_type="application/json")


def _no_bucket() -> Response:
    return failure("404", "Bucket not found", "Bucket not found")


def _no_object() -> Response:
    return failure("404", "not_found", "Object not found")
