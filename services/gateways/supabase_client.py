"""The connection to a Supabase project: one for rows and small requests, one for uploads, made once per process."""

import logging
import re
import ssl
from functools import cache

import httpx

from supabase import Client, ClientOptions, create_client

# httpx logs every address at INFO, and a signed one lets its reader in.
logging.getLogger("httpx").setLevel(logging.WARNING)

_QUICK = httpx.Timeout(20, connect=5, pool=10)
_PATIENT = httpx.Timeout(300, connect=5, pool=300, write=60)


class SupabaseProject:
    """A project and its service key. Safe to share between threads, as supabase-py's own HTTP/2 client is not."""

    def __init__(self, url: str, key: str, *, quick: httpx.Timeout = _QUICK) -> None:
        self._sessions = (_session(quick, most=50), _session(_PATIENT, most=4))
        self.client, self.uploads = (_client(url, key, session) for session in self._sessions)

    def close(self) -> None:
        """Gives back all connections."""
        for session in self._sessions:
            session.close()


def _client(url: str, key: str, session: httpx.Client) -> Client:
    options = ClientOptions(httpx_client=session, auto_refresh_token=False, persist_session=False)
    client = create_client(url, key, options)
    # supabase-py makes these when first asked for; made now, no two threads make them at once.
    client.postgrest  # noqa: B018
    client.storage  # noqa: B018
    return client


def _session(timeout: httpx.Timeout, *, most: int) -> httpx.Client:
    # As many kept as allowed: past a lower number, httpcore 1.0 closes connections that it has just given to another
    # thread (connection_pool.py, _assign_requests_to_connections), which then reads from a closed one until its timeout.
    limits = httpx.Limits(max_connections=most, max_keepalive_connections=most, keepalive_expiry=15)
    return httpx.Client(
        transport=httpx.HTTPTransport(_trusted(), http2=False, retries=1, limits=limits),
        timeout=timeout,
        follow_redirects=True,
        event_hooks={"response": [_refuse_what_is_not_supabase]},
    )


@cache
def _trusted() -> ssl.SSLContext:
    # Reading the certificates takes longer than all the rest.
    return httpx.create_ssl_context()


def _refuse_what_is_not_supabase(response: httpx.Response) -> None:
    """Raises HTTPStatusError for an error page of a proxy, whose status supabase-py would lose."""
    if response.is_error and not _is_from_supabase(response):
        response.raise_for_status()


def _is_from_supabase(response: httpx.Response) -> bool:
    response.read()
    try:
        body = response.json()
    except ValueError:
        return False
    return isinstance(body, dict) and bool({"code", "statusCode"} & body.keys())


def retry_after(response: httpx.Response, otherwise: float = 5) -> float:
    """How many seconds an answer asks for, at most ten minutes."""
    asked = response.headers.get("retry-after", "")
    return min(float(asked), 600) if re.fullmatch(r"\d{1,9}", asked) else otherwise
