"""Who is asking, and whether they may: the test user, or the user behind an API token or the browser's cookie."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, ClassVar

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.responses import Response

from services import wiring
from services.accounts import User, find_user
from services.errors import NotAllowed, NotSignedIn
from services.names import TEST_USER
from services.sessions import COOKIE
from services.sign_in import session_user, token_user
from services.tokens import Scope
from services.web.origins import is_own
from services.web.threads import in_thread
from services.wiring import Studio

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def studio_of(request: Request) -> Studio:
    """The studio that the server gave this API, else the process's own."""
    given: Studio | None = getattr(request.app.state, "studio", None)
    return given or wiring.current()


class SignedInRoute(APIRoute):
    """A route that answers 401 to strangers before it looks at anything they sent.

    `scope` is what an API token has to be made for: without one, `read` for requests that read, `generate` for those
    that change something.
    """

    scope: ClassVar[Scope | None] = None
    in_pages: ClassVar[bool] = False

    def get_route_handler(self) -> Handler:
        """The route's handler behind the check of who is asking."""
        answer = super().get_route_handler()

        async def answer_known(request: Request) -> Response:
            scope = self.scope or ("read" if request.method in _READING else "generate")
            request.state.caller = await in_thread(
                find_caller, studio_of(request), request, scope, in_pages=self.in_pages
            )
            return await answer(request)

        return answer_known


class AdminRoute(SignedInRoute):
    """A route for admins, and for tokens with the scope `admin`."""

    scope = "admin"


class PageFileRoute(SignedInRoute):
    """A route of what the pages show as well: a browser may ask for any number of them."""

    in_pages = True


def find_caller(studio: Studio, request: Request, scope: Scope, *, in_pages: bool = False) -> User:
    """The user who asks. Raises NotSignedIn, NotAllowed or LimitReached.

    A cookie is good for all that its user's role allows, which the services check; a token for its scopes alone.
    `in_pages`: requests by cookie are not counted.
    """
    if studio.settings.test_mode:
        return _test_user(studio, request)
    if "authorization" in request.headers:
        return _by_token(studio, request, scope)
    user = _by_cookie(studio, request)
    if not in_pages:
        _count(studio, request, user)
    if scope == "admin" and not user.is_admin:
        raise NotAllowed("Only admins may see this.")
    return user


def _test_user(studio: Studio, request: Request) -> User:
    if request.method not in _READING and "origin" in request.headers:
        check_origin(studio, request)
    return _known(find_user(studio.database, TEST_USER))


def _by_token(studio: Studio, request: Request, scope: Scope) -> User:
    kind, _, sent = request.headers["authorization"].partition(" ")
    text = sent.strip()  # before it is counted, or spaces would make another token of it
    per_minute = studio.settings.api_requests_per_minute
    # Before the database is asked, so that a program gone wild costs it nothing; as a number, whatever was sent.
    request.app.state.token_rates.spend(hash(text), per_minute=per_minute)
    bearer = token_user(studio, text) if kind.lower() == "bearer" else None
    if bearer is None:
        raise NotSignedIn("This API token does not work. Make a new one under Account.", code="bad_token")
    _count(studio, request, bearer.user)
    if scope not in bearer.scopes:
        sentence = f"This needs an API token with the scope {scope}. Make one under Account, or ask an admin."
        raise NotAllowed(sentence, code="scope_missing", extra={"scope": scope})
    return bearer.user


def _count(studio: Studio, request: Request, user: User) -> None:
    request.app.state.user_rates.spend(user.id, per_minute=studio.settings.api_requests_per_minute)


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
    own = (studio.public_url,) if studio.public_url else ()
    foreign = request.headers.get("sec-fetch-site", "same-origin") != "same-origin"
    if foreign or not is_own(request.headers.get("origin", ""), request.headers.get("host", ""), own):
        raise NotAllowed("This may only be asked for from OpenV Studio's own pages.", code="bad_origin")


# For the reference alone: it offers to try things out with a token.
_TOKEN = HTTPBearer(auto_error=False, scheme_name="API token", description="made under Account; `openv_…`")


async def caller_of(request: Request, _: Annotated[object, Depends(_TOKEN)]) -> User:
    """The user that SignedInRoute found."""
    user: User = request.state.caller
    return user


async def given_studio(request: Request) -> Studio:
    """studio_of, as a dependency that needs no thread."""
    return studio_of(request)


Caller = Annotated[User, Depends(caller_of)]
OurStudio = Annotated[Studio, Depends(given_studio)]
