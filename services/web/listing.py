"""Lists of videos, ready to be sent, and their route; one's own are kept until one of the user's videos changes."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import to_json
from starlette.responses import Response

from services.errors import InvalidInput
from services.gateways.database import Database
from services.sharing import Wanted, list_all_videos, list_shared_videos
from services.videos import Status, Video, list_changes, list_videos
from services.web.answers import JsonAnswer
from services.web.caller import Caller, Handler, OurStudio, SignedInRoute, find_caller, studio_of
from services.web.presentation import VideoAnswer, present_video, unix_ms
from services.web.threads import in_thread

MOST_VIDEOS = 1000
_MOST_MS = 253_402_300_799_999  # the last millisecond of the year 9999, where datetime ends
_MOST_KEPT = 32
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must not contain control characters")
    return text


Text = Annotated[str, Field(max_length=2000), AfterValidator(_printable)]


class Listing(BaseModel):
    """Which videos are asked for."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel)

    updated_since: int | None = Field(None, ge=0, le=_MOST_MS, description="Unix ms: only changes after it")
    limit: int | None = Field(None, ge=1, le=MOST_VIDEOS)
    before: int | None = Field(None, ge=1, le=2**63 - 1, description="only videos with a smaller id")
    status: Status | None = None
    model: Text | None = None
    q: Text | None = Field(None, description="a text in the prompt")
    scope: Literal["mine", "shared", "all"] = Field(
        "mine", description="your own, what others share with the team, or, for admins, everybody's"
    )
    user: Text | None = Field(None, description="with scope=all: only this user's")

    @property
    def most(self) -> int:
        """How many at once."""
        return self.limit or MOST_VIDEOS


@dataclass(frozen=True, slots=True)
class Page:
    """JSON of videos; `following`: what to ask for to get the next ones, None at the end; `settled`: no job runs."""

    body: bytes
    following: dict[str, int] | None
    settled: bool


class Lists:
    """Reads pages. One that was read before comes from memory unless a video of that user has changed since.

    Only pages of one's own are kept: who may see another's may change at any moment.
    Every change moves the user's latest `updated_at`, which is asked for first: a page is never older than that.
    Pages with running jobs are not kept, for what a worker says of itself is shown without being such a change.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._kept: dict[Hashable, tuple[Any, Page]] = {}

    def page(self, database: Database, user_id: str, listing: Listing) -> Page:
        """The page as it is now. Raises InvalidInput for filters that do not go together."""
        _check_scope(listing)
        if listing.updated_since is not None:
            return _read_changes(database, user_id, listing, listing.updated_since)
        if listing.scope != "mine":
            return _read_page(database, user_id, listing)
        latest = database.call("list_latest_changes", user_ids=[user_id])[0]["updated_at"]
        with self._turn:
            known, page = self._kept.pop((user_id, listing), (None, None))
        if page is None or known != latest:
            page = _read_page(database, user_id, listing)
        if page.settled:
            self._keep((user_id, listing), (latest, page))
        return page

    def _keep(self, key: Hashable, entry: tuple[Any, Page]) -> None:
        with self._turn:
            self._kept[key] = entry
            while len(self._kept) > _MOST_KEPT:
                self._kept.pop(next(iter(self._kept)))


def _read_page(database: Database, user_id: str, listing: Listing) -> Page:
    wanted: Wanted = {"status": listing.status, "model": listing.model, "search": listing.q}
    read = partial(_reader(database, user_id, listing), **wanted)
    videos = read(before=listing.before, limit=listing.most)
    more = len(videos) == listing.most and read(before=videos[-1].id, limit=1)
    return _page(videos, {"before": videos[-1].id} if more else None)


def _reader(database: Database, user_id: str, listing: Listing) -> Callable[..., list[Video]]:
    if listing.scope == "shared":
        return partial(list_shared_videos, database, by=user_id)
    if listing.scope == "all":
        return partial(list_all_videos, database, by=user_id, owner=listing.user)
    return partial(list_videos, database, user_id)


def _check_scope(listing: Listing) -> None:
    if listing.user is not None and listing.scope != "all":
        raise InvalidInput(
            "user goes together with scope=all alone.",
            details=[{"field": "user", "message": "goes together with scope=all alone"}],
        )
    if listing.updated_since is not None and listing.scope != "mine":
        raise InvalidInput(
            "updatedSince tells of your own videos alone: leave scope out.",
            details=[{"field": "updatedSince", "message": "goes together with scope=mine alone"}],
        )


def _read_changes(database: Database, user_id: str, listing: Listing, since: int) -> Page:
    if listing.model_fields_set - {"updated_since", "limit", "scope"}:
        raise InvalidInput(
            "updatedSince goes together with limit alone: a change may lead a video out of a filter.",
            details=[{"field": "updatedSince", "message": "goes together with limit alone"}],
        )
    changes = list_changes(
        database, user_id, since=_EPOCH + timedelta(milliseconds=since), limit=listing.most
    )
    more = len(changes) == listing.most and list_changes(
        database, user_id, since=changes[-1].updated_at, limit=1
    )
    following = {"updatedSince": unix_ms(changes[-1].updated_at)} if more else None
    return _page(sorted(changes, key=lambda video: -video.id), following)


def _page(videos: list[Video], following: dict[str, int] | None) -> Page:
    settled = not any(video.is_active for video in videos)
    return Page(to_json([present_video(video) for video in videos]), following, settled)


class ListRoute(SignedInRoute):
    """One visit to a thread for all of it, and a query that pydantic alone reads.

    Every open script asks for lists again and again: what FastAPI does for any route costs more than such an answer.
    """

    def get_route_handler(self) -> Handler:
        """The endpoint with its arguments, in a thread."""

        async def answer_known(request: Request) -> Response:
            return await in_thread(self._answer, request)

        return answer_known

    def _answer(self, request: Request) -> Response:
        studio = studio_of(request)
        caller = find_caller(studio, request, "read")
        answer: Response = self.endpoint(request, caller, studio, _read_query(request))
        return answer


def _read_query(request: Request) -> Listing:
    try:
        return Listing.model_validate(dict(request.query_params))
    except ValidationError as error:
        found = [{**problem, "loc": ("query", *problem["loc"])} for problem in error.errors()]
        raise RequestValidationError(found) from error


router = APIRouter(route_class=ListRoute)


@router.get("/videos", summary="Videos, newest first", responses={200: {"model": list[VideoAnswer]}})
def list_mine(
    request: Request, caller: Caller, studio: OurStudio, listing: Annotated[Listing, Query()]
) -> JsonAnswer:
    """Up to 1000 of your videos, or what `scope` names, or the changes after `updatedSince`.

    A `Link` header leads to the next ones.
    """
    page: Page = request.app.state.lists.page(studio.database, caller.id, listing)
    return JsonAnswer(page.body, headers=_links(request, page))


def _links(request: Request, page: Page) -> dict[str, str]:
    if page.following is None:
        return {}
    return {"link": f'<{request.url.include_query_params(**page.following)}>; rel="next"'}
