"""Who is asking: the test user, or the user behind the browser's session cookie."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from services import wiring
from services.accounts import TEST_USER, User, find_user
from services.errors import NotAllowed, NotSignedIn
from services.sessions import COOKIE
from services.sign_in import session_user
from services.web.threads import in_thread
from services.wiring import Studio

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_USUAL_PORTS = {"http": 80, "https": 443}
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def studio_of(request: Request) -> Studio:
    """The studio that the server gave this API, else the process's own."""
    given: Studio | None = getattr(request.app.state, "studio", None)
    return given or wiring.current()


class SignedInRoute(APIRoute):
    """A route that answers 401 to strangers before it looks at anything they sent."""

    def get_route_handler(self) -> Handler:
        """The route's handler behind the check of who is asking."""
        answer = super().get_route_handler()

        async def answer_known(request: Request) -> Response:
            request.state.caller = await in_thread(find_caller, studio_of(request), request)
            return await answer(request)

        return answer_known


def find_caller(studio: Studio, request: Request) -> User:
    """The user who asks. Raises NotSignedIn, or NotAllowed for a change that another site's page asks for."""
    if studio.settings.test_mode:
        return _test_user(studio, request)
    if "authorization" in request.headers:
        return _by_token(request.headers["authorization"])
    return _by_cookie(studio, request)


def _test_user(studio: Studio, request: Request) -> User:
    if request.method not in _READING and "origin" in request.headers:
        check_origin(studio, request)
    return _known(find_user(studio.database, TEST_USER))


def _by_token(_: str) -> User:
    raise NotSignedIn("This API token is not known. Sign in, or ask an admin for a token.", code="bad_token")


def _by_cookie(studio: Studio, request: Request) -> User:
    user = _known(session_user(studio, request.cookies.get(COOKIE)))
    if request.method not in _READING:
        check_origin(studio, request)
    return user


def _known(user: User | None) -> User:
    if user is None:
        raise NotSignedIn("You are not signed in. Sign in first.")
    return user


def check_origin(studio: Studio, request: Request) -> None:
    """Lets pass what a page of this very site asks for. Raises NotAllowed (`bad_origin`).

    A browser says in `Origin` and `Sec-Fetch-Site` whose page is asking, and no page can change either. A proxy
    may have renamed the host, so the public address counts as well.
    """
    origin = request.headers.get("origin", "")
    asking = _place(origin)
    ours = {_place(f"{origin.partition(':')[0]}://{request.headers.get('host', '')}")}
    if studio.public_url:
        ours.add(_place(studio.public_url))
    foreign = request.headers.get("sec-fetch-site", "same-origin") != "same-origin"
    if foreign or asking is None or asking not in ours:
        raise NotAllowed("This may only be asked for from OpenV Studio's own pages.", code="bad_origin")


def _place(address: str) -> tuple[str, int] | None:
    """Host and port of a web address, None if it is none."""
    try:
        parts = urlsplit(address)
        port = parts.port or _USUAL_PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.hostname, port) if parts.hostname else None


async def caller_of(request: Request) -> User:
    """The user that SignedInRoute found."""
    user: User = request.state.caller
    return user


async def given_studio(request: Request) -> Studio:
    """studio_of, as a dependency that needs no thread."""
    return studio_of(request)


Caller = Annotated[User, Depends(caller_of)]
OurStudio = Annotated[Studio, Depends(given_studio)]
