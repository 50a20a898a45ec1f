"""What the doctor asks over the network, and why there was no answer."""

import http.client
import ipaddress
import json
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from services.errors import AppError, Unavailable
from services.listening import is_loopback
from services.settings import Settings

_PATIENCE_SECONDS = 5.0
_MOST_BYTES = 1 << 16
_DATABASE_TROUBLE = {
    "password authentication failed": "The database does not accept the user or the password.",
    "does not exist": "The server has no such database or user.",
    "refused": "Nothing listens at that host and port.",
    "timeout": "The database does not answer in time. A firewall may stand between.",
    "timed out": "The database does not answer in time. A firewall may stand between.",
    "translate host name": "There is no host of that name.",
    "not known": "There is no host of that name.",
    "resolve": "There is no host of that name.",
    "too many": "The server has no connection left.",
    "SSL": "The server and DATABASE_URL do not agree on encryption (sslmode).",
}


def explain_database(error: AppError, settings: Settings) -> str:
    """Why the database cannot be reached and what to check; the driver's own words may hold the password."""
    if error.code != "database_unavailable":
        return error.message
    said = str(error.__cause__)
    why = next((told for sign, told in _DATABASE_TROUBLE.items() if sign in said), "It cannot be reached.")
    setting = "SUPABASE_URL" if settings.supabase_url and not settings.database_url else "DATABASE_URL"
    return f"{why} Check {setting} and whether the server runs."


def read_bytes(place: Path | str) -> bytes:
    """The bytes at a local path or an http address. Raises Unavailable."""
    if isinstance(place, Path):
        return place.read_bytes()
    status, content = _fetch(place)
    if status != 200:
        raise Unavailable(f"A file that was stored cannot be fetched (error {status}).")
    return content


def ask_health(public_url: str, *, is_for_runpod: bool) -> str:
    """A sentence on what answers at that address; raises Unavailable where RunPod's webhooks would not arrive."""
    host = urlsplit(public_url).hostname or ""
    if is_for_runpod and _is_private(host):
        raise Unavailable(
            f"RunPod cannot reach {host} from outside. Set PUBLIC_URL to a public address, or take it away: "
            "then results come by asking."
        )
    status, content = _fetch(f"{public_url}/api/health")
    health = _json(content)
    if not isinstance(health, dict) or "status" not in health:
        raise Unavailable(
            f"Something else answers at PUBLIC_URL (code {status}). Check the address and the proxy."
        )
    return f"The server answers at {public_url} and says {health['status']}; RunPod may still see it differently."


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or "." not in host


def _fetch(url: str) -> tuple[int, bytes]:
    # A proxy that leads to the internet does not lead back to this machine.
    opener = build_opener(ProxyHandler({})) if is_loopback(urlsplit(url).hostname) else build_opener()
    try:
        with opener.open(url, timeout=_PATIENCE_SECONDS) as answer:
            return answer.status, answer.read(_MOST_BYTES)
    except HTTPError as error:
        with error:
            return error.code, error.read(_MOST_BYTES)
    except (URLError, OSError, http.client.HTTPException) as error:
        host = urlsplit(url).netloc
        raise Unavailable(
            f"Nothing answers at {host}. Start the server, and check the address and the proxy."
        ) from error


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
