"""Sharing and rating over HTTP: who reads what, from when, and until when."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from services.accounts import set_role
from services.gateways.storage import FolderStorage
from services.videos import Video
from services.web.presentation import unix_ms
from services.wiring import Studio
from tests.web.arrange import Arranger
from tests.web.client import TestClient
from tests.web.test_listing import following, ids, walk

KINDS = ("file", "poster")


def share(client: TestClient, video: Video, shared: bool = True) -> Any:
    return client.post(f"/api/videos/{video.id}/share", json={"shared": shared})


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    """A folder, whatever the other tests stand on: its bytes are sent by the API itself."""
    return FolderStorage(tmp_path / "files")


@pytest.fixture
def video(anna: TestClient, arrange: Arranger) -> Video:
    """A clip of anna's with file and poster."""
    return arrange.stored("anna", "A lighthouse")


def test_a_clip_is_shared_and_taken_back(anna: TestClient, video: Video) -> None:
    """The answer is the video with its flag, and the change is among the changes."""
    before = anna.get("/api/videos").json()[0]
    seen = [share(anna, video, shared).json()["shared"] for shared in (True, True, False)]
    now = anna.get("/api/videos").json()[0]
    assert (before["shared"], seen, now["shared"]) == (False, [True, True, False], False)
    assert now["updatedAt"] > before["updatedAt"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_shared_file_is_there_for_the_team_until_it_is_not(
    anna: TestClient, bob: TestClient, video: Video, kind: str
) -> None:
    """From the moment it is shared to the moment it is not; also for who has it already, or asks for a part."""
    address = f"/api/videos/{video.id}/{kind}"
    assert bob.get(address).status_code == 404
    share(anna, video)
    given = bob.get(address)
    tag = given.headers["etag"]
    asking: list[dict[str, str]] = [
        {},
        {"If-None-Match": tag},
        {"If-None-Match": "*"},
        {"Range": "bytes=0-9"},
    ]
    asking.append({"Range": "bytes=0-9", "If-Range": tag})
    assert [bob.get(address, headers=headers).status_code for headers in asking] == [200, 304, 304, 206, 206]

    share(anna, video, False)

    answers = [bob.get(address, headers=headers) for headers in asking]
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert anna.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_others_browsers_have_to_ask_each_time(
    anna: TestClient, bob: TestClient, boss: TestClient, video: Video
) -> None:
    """What was shared must not be played on from a cache; one's own may be kept."""
    share(anna, video)
    places = [f"/api/videos/{video.id}/{kind}" for kind in KINDS]
    kept = [{client.get(place).headers["cache-control"] for place in places} for client in (anna, bob, boss)]
    assert kept == [{"private, max-age=86400, immutable"}, {"private, no-cache"}, {"private, no-cache"}]


def test_a_deleted_clip_is_shared_no_more(anna: TestClient, bob: TestClient, video: Video) -> None:
    """File and list know nothing of it, until it is restored."""
    share(anna, video)
    anna.request("DELETE", "/api/videos", json={"ids": [video.id]})
    gone = (bob.get(f"/api/videos/{video.id}/file").status_code, ids(bob.get("/api/videos?scope=shared")))
    anna.post(f"/api/videos/{video.id}/restore")
    assert (gone, ids(bob.get("/api/videos?scope=shared"))) == ((404, []), [video.id])


def test_looking_is_not_changing(anna: TestClient, bob: TestClient, video: Video) -> None:
    """A shared clip and one that is not there get the same 404 from those who may not change it."""
    share(anna, video)
    bodies = {
        "share": {"shared": False},
        "rate": {"rating": 1},
        "cancel": None,
        "retry": None,
        "restore": None,
    }
    for route, body in bodies.items():
        answers = [bob.post(f"/api/videos/{number}/{route}", json=body) for number in (video.id, 10**9)]
        assert [answer.status_code for answer in answers] == [404, 404], route
        assert answers[0].json() == answers[1].json()
    assert bob.request("DELETE", "/api/videos", json={"ids": [video.id]}).json() == {"deleted": []}


def test_each_scope_has_its_clips(
    anna: TestClient, bob: TestClient, boss: TestClient, video: Video, arrange: Arranger
) -> None:
    """Mine is the default; shared is what others share; all is everybody's, or one user's."""
    private, own = arrange.queued("anna"), arrange.queued("bob")
    share(anna, video)
    assert ids(bob.get("/api/videos")) == ids(bob.get("/api/videos?scope=mine")) == [own.id]
    assert ids(bob.get("/api/videos?scope=shared")) == [video.id]
    assert ids(anna.get("/api/videos?scope=shared")) == []
    assert ids(boss.get("/api/videos?scope=all")) == [own.id, private.id, video.id]
    assert ids(boss.get("/api/videos?scope=all&user=anna&status=completed")) == [video.id]


def test_everybodys_clips_are_for_admins(bob: TestClient) -> None:
    """403 for everybody else, also for one's own alone."""
    answers = [bob.get(f"/api/videos?scope=all{more}") for more in ("", "&user=bob", "&limit=1")]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "not_allowed")}


def test_scopes_that_do_not_go_together_are_refused(boss: TestClient) -> None:
    """422 names the field, for admins too."""
    fields = {
        "scope=team": "scope",
        "user=anna": "user",
        "scope=shared&user=anna": "user",
        "scope=shared&updatedSince=1": "updatedSince",
        "scope=all&updatedSince=1": "updatedSince",
    }
    answers = {query: boss.get(f"/api/videos?{query}") for query in fields}
    assert {answer.status_code for answer in answers.values()} == {422}
    assert {query: answer.json()["details"][0]["field"] for query, answer in answers.items()} == fields


def test_changes_take_the_scope_they_are_of(anna: TestClient, video: Video) -> None:
    """To say mine where it is meant anyway is no mistake."""
    assert ids(anna.get("/api/videos?scope=mine&updatedSince=0")) == [video.id]


def test_pages_and_filters_hold_in_every_scope(
    anna: TestClient, bob: TestClient, boss: TestClient, arrange: Arranger
) -> None:
    """Following the links gives every clip of the scope once."""
    made = [arrange.completed("anna", f"A {kind}") for kind in ("cat", "dog", "cat", "cat")]
    for clip in made:
        share(anna, clip)
    cats = [[made[3].id, made[2].id], [made[0].id]]
    assert walk(bob, "/api/videos?scope=shared&q=CAT&limit=2") == cats
    assert walk(boss, "/api/videos?scope=all&q=CAT&limit=2") == cats
    assert "scope=shared" in (following(bob.get("/api/videos?scope=shared&limit=1")) or "")


def test_no_list_is_ever_somebody_elses(
    anna: TestClient, bob: TestClient, boss: TestClient, video: Video
) -> None:
    """Whoever read what before, and in whatever order: each gets what is theirs now."""
    clients = {"anna": anna, "bob": bob, "boss": boss}
    right = {"mine": {"anna": 1, "bob": 0, "boss": 0}, "shared": {"anna": 0, "bob": 1, "boss": 1}}
    share(anna, video)
    for scope, name in [*itertools.product(right, clients)] * 2:
        assert len(ids(clients[name].get(f"/api/videos?scope={scope}"))) == right[scope][name], (scope, name)
    share(anna, video, False)
    assert [ids(client.get("/api/videos?scope=shared")) for client in (bob, boss)] == [[], []]


def test_who_lost_the_role_lists_everybodys_no_more(boss: TestClient, studio: Studio, video: Video) -> None:
    """The very next request is refused, however often it was answered before."""
    assert ids(boss.get("/api/videos?scope=all")) == [video.id]
    set_role(studio.database, "boss", "user")
    assert boss.get("/api/videos?scope=all").status_code == 403


def test_a_clip_is_rated_and_starred(anna: TestClient, video: Video) -> None:
    """Each for itself: what is left out stays, and a rating of null goes."""
    seen = []
    for body in ({"rating": 5, "starred": True}, {"rating": 2}, {"starred": False}, {}, {"rating": None}):
        shown = anna.post(f"/api/videos/{video.id}/rate", json=body).json()
        seen.append((shown["rating"], shown["starred"]))
    assert seen == [(5, True), (2, True), (2, False), (2, False), (None, False)]


MALFORMED: dict[str, list[Any]] = {
    "rate": [
        *({"rating": rating} for rating in (0, 6, -1, 2.5, "5", True)),
        *({"starred": starred} for starred in (1, "true")),
        {"stars": 5},
    ],
    "share": [{}, {"shared": None}, {"shared": 1}, {"shared": "true"}, []],
}


@pytest.mark.parametrize("route", MALFORMED)
def test_a_malformed_wish_is_refused(anna: TestClient, video: Video, route: str) -> None:
    """422, and nothing is changed."""
    answers = [anna.post(f"/api/videos/{video.id}/{route}", json=body) for body in MALFORMED[route]]
    assert {answer.status_code for answer in answers} == {422}
    assert anna.get(f"/api/videos?updatedSince={unix_ms(video.updated_at)}").json() == []
