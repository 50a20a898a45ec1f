"""What every answer tells the browser it may do."""

from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from services.web.headers import SecurityHeaders

PAGE = Path(streamlit.__file__).parent / "static" / "index.html"


async def greet(_: Request) -> PlainTextResponse:
    return PlainTextResponse("Hello", headers={"x-frame-options": "DENY"})


@pytest.fixture(scope="module")
def app() -> Starlette:
    guard = Middleware(SecurityHeaders, page=PAGE, media_addresses=("https://abc.supabase.co/storage/v1", ""))
    return Starlette(routes=[Route("/{path:path}", greet)], middleware=[guard])


def policy(app: Starlette, path: str) -> dict[str, str]:
    """The Content-Security-Policy of that path, by directive."""
    said = TestClient(app).get(path).headers["content-security-policy"]
    return dict(rule.split(" ", 1) for rule in said.split("; "))


def test_pages_run_no_script_that_stands_in_their_text(app: Starlette) -> None:
    """Of inline scripts only the one that Streamlit's own page brings, told by its digest, may run."""
    scripts = policy(app, "/gallery")["script-src"].split()
    assert scripts[:2] == ["'self'", "blob:"]
    assert len(scripts) == 3
    assert scripts[2].startswith("'sha256-")


def test_pages_cannot_be_framed_elsewhere_nor_send_forms_away(app: Starlette) -> None:
    """Another site can neither show our pages inside its own nor be sent what is typed into them."""
    rules = policy(app, "/")
    assert (rules["frame-ancestors"], rules["form-action"], rules["base-uri"]) == ("'self'",) * 3
    assert rules["object-src"] == "'none'"


def test_clips_may_come_from_the_storage_and_from_nowhere_else(app: Starlette) -> None:
    """Signed addresses lead to the storage's server, which is therefore named."""
    rules = policy(app, "/")
    assert rules["media-src"] == "'self' blob: https://abc.supabase.co"
    assert rules["img-src"] == "'self' data: blob: https://abc.supabase.co"


def test_the_api_is_no_page(app: Starlette) -> None:
    """An answer of the API loads nothing, even if a browser took it for a page."""
    assert policy(app, "/api/videos") == {"default-src": "'none'", "frame-ancestors": "'none'"}


@pytest.mark.parametrize("path", ["/api/docs", "/component/x/index.html"])
def test_pages_with_scripts_of_their_own_work(app: Starlette, path: str) -> None:
    """The API's reference and components of the old kind keep their inline scripts; a lookalike path does not."""
    assert "'unsafe-inline'" in policy(app, path)["script-src"]
    assert "'unsafe-inline'" not in policy(app, f"/x{path}").get("script-src", "")
    assert "'unsafe-inline'" not in policy(app, "/api/docsx").get("script-src", "")


def test_every_answer_is_guarded(app: Starlette) -> None:
    """Type, referrer and frame are settled everywhere; what an answer says itself stays."""
    headers = TestClient(app).get("/_stcore/health").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(("scheme", "kept"), [("http", False), ("https", True)])
def test_https_stays_https(app: Starlette, scheme: str, kept: bool) -> None:
    """A browser that came by HTTPS comes back by it; on plain HTTP nothing is promised."""
    headers = TestClient(app, base_url=f"{scheme}://studio.test").get("/").headers
    assert ("strict-transport-security" in headers) is kept
