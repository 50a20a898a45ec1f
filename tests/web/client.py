"""The test client, imported without its note that another HTTP package is preferred."""

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", message="Using `httpx` with")
    from starlette.testclient import TestClient

__all__ = ["TestClient"]
