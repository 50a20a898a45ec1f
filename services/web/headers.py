"""Security headers: what a browser may do with our answers, on every one of them."""

import base64
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.front import own_path

Headers = list[tuple[bytes, bytes]]
_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_ONE_YEAR = (b"strict-transport-security", b"max-age=31536000")
_INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)
# These pages bring scripts of their own in their text: Streamlit's first kind of components, and the API's reference.
_SCRIPTED = re.compile(r"/component/|/api/docs(/|$)")


class SecurityHeaders:
    """Adds the headers, a Content-Security-Policy among them; over HTTPS also that it stays so.

    `page` is the file Streamlit serves as every page: the policy lets its scripts run and no others that stand in a
    page's text. `media_addresses` are other servers that clips and posters come from. `base`: see ApiFirst.
    """

    def __init__(self, app: ASGIApp, page: Path, media_addresses: Iterable[str] = (), base: str = "") -> None:
        self.app = app
        self._base = base
        media = " ".join(sorted(filter(None, map(_origin, media_addresses))))
        known = " ".join(
            f"'sha256-{_digest(script)}'" for script in _INLINE_SCRIPT.findall(page.read_text("utf-8"))
        )
        self._of_pages = _with(_policy(f"'self' blob: {known}".strip(), media))
        self._of_scripted = _with(_policy("'self' 'unsafe-inline'", media))
        self._of_api = _with("default-src 'none'; frame-ancestors 'none'")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on; headers that an answer has already stay as they are."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        added = self._added(own_path(scope, self._base))
        if scope["scheme"] == "https":
            added = [*added, _ONE_YEAR]

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add(message, added)
            await send(message)

        await self.app(scope, receive, send_guarded)

    def _added(self, path: str) -> Headers:
        if _SCRIPTED.match(path):
            return self._of_scripted
        return self._of_api if path.startswith("/api/") else self._of_pages


def _with(policy: str) -> Headers:
    headers = {**_ALWAYS, "content-security-policy": policy}
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _policy(scripts: str, media: str) -> str:
    rules = {
        "default-src": "'self'",
        "script-src": scripts,
        "style-src": "'self' 'unsafe-inline'",  # Streamlit styles with them throughout
        "img-src": f"'self' data: blob: {media}".strip(),
        "media-src": f"'self' blob: {media}".strip(),
        "font-src": "'self' data:",
        "connect-src": f"'self' {media}".strip(),
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else ""


def _add(message: Message, added: Headers) -> None:
    said = list(message.get("headers", []))
    names = {name.lower() for name, _ in said}
    message["headers"] = [*said, *(header for header in added if header[0] not in names)]
