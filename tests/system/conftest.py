"""What the long runs share: an endpoint of their own, and servers that use it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.demo.endpoint import DemoEndpoint, DemoOptions
from tests.system.server import Server

KEY = "a-key-for-tests"


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[DemoEndpoint]:
    """An endpoint with tiny clips at once, outside of the servers; it is not started yet."""
    endpoint = DemoEndpoint(tmp_path / "endpoint", KEY, DemoOptions.instant(render=False))
    yield endpoint
    endpoint.stop()


@pytest.fixture
def running(database_url: str, endpoint: DemoEndpoint, server: Server) -> Server:
    """A server on a database and an endpoint that others may use as well, with room for many jobs."""
    url = endpoint.start()
    server.settings = {
        "DATABASE_URL": database_url,
        "RUNPOD_API_KEY": KEY,
        "RUNPOD_API_URL": url,
        "RUNPOD_ENDPOINT_ID": "own",
        "MEDIA_ALLOWED_HOSTS": url.split("/")[2],
        "PUBLIC_URL": server.url,
        "ADMIN_USERNAME": "anna",
        "ADMIN_PASSWORD": "a long password",
        "MAX_CONCURRENT_JOBS": "1000",
        "MONTHLY_LIMIT_SECONDS": "100000",
        "RECONCILE_SECONDS": "1",
    }
    server.start()
    return server
