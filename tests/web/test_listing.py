"""The list of videos: order, pages, filters, changes."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
import pytest

from services.videos import delete_videos
from services.web.presentation import unix_ms
from services.wiring import Studio
from tests.web.arrange import RESULT, Arranger
from tests.web.client import TestClient

FIELDS = """
id jobId userId prompt negativePrompt modelName status url posterUrl frames fps width height seed steps cfg error
errorKind retryCount progress delayMs executionMs workerId costUsd costKind durationSeconds createdAt updatedAt
deletedAt rating starred tags batchId shared
"""


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [video["id"] for video in answer.json()]


def following(answer: Any) -> str | None:
    """The address in the answer's Link header."""
    found = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
    return found[1] if found else None


def walk(client: TestClient, address: str | None) -> list[list[int]]:
    """The ids of each page, following the links."""
    pages = []
    while address:
        answer = client.get(address)
        pages.append(ids(answer))
        address = following(answer)
    return pages


@pytest.fixture
def fill(database_url: str) -> Callable[[str, int], None]:
    """Gives a user many videos at once, each changed 1 ms after the one before."""

    def insert(user: str, count: int) -> None:
        with psycopg.connect(database_url) as connection:
            connection.execute("alter table videos disable trigger all")
            connection.execute(
                "insert into videos (user_id, prompt, model, endpoint, input, width, height, frames, fps, seed,"
                " max_retries, updated_at) select %s, 'Clip ' || n, 'mochi', 'own', '{}', 848, 480, 31, 24, n, 0,"
                " timestamptz '2026-01-01' + n * interval '1 millisecond' from generate_series(1, %s) n",
                (user, count),
            )
            connection.execute("alter table videos enable trigger all")

    return insert


def test_a_video_has_all_its_fields(anna: TestClient, arrange: Arranger) -> None:
    """Every field that the contract names is there, and none beside."""
    arrange.queued("anna")
    assert list(anna.get("/api/videos").json()[0]) == FIELDS.split()


def test_values_are_those_asked_for(anna: TestClient, arrange: Arranger) -> None:
    """A zero and an empty text come back as they were given."""
    arrange.queued("anna", "A cat", seed=0, cfg=0, negative_prompt="", frames=31, steps=20)
    video = anna.get("/api/videos").json()[0]
    shown = {name: video[name] for name in ("prompt", "seed", "cfg", "negativePrompt", "frames", "steps")}
    assert shown == {"prompt": "A cat", "seed": 0, "cfg": 0, "negativePrompt": "", "frames": 31, "steps": 20}


def test_times_are_utc_with_milliseconds(anna: TestClient, arrange: Arranger) -> None:
    """Times are ISO 8601, and updatedAt is exactly what the database compares with."""
    video = arrange.queued("anna")
    shown = anna.get("/api/videos").json()[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", shown["createdAt"])
    assert datetime.fromisoformat(shown["updatedAt"]) == video.updated_at


def test_the_list_is_ones_own_newest_first(anna: TestClient, bob: TestClient, arrange: Arranger) -> None:
    """Nobody sees another's videos in the list, and the latest comes first."""
    first, _, second = arrange.queued("anna"), arrange.queued("bob"), arrange.queued("anna")
    assert ids(anna.get("/api/videos")) == [second.id, first.id]


def test_even_admins_list_their_own(boss: TestClient, anna: TestClient, arrange: Arranger) -> None:
    """The list is the caller's, whatever their role."""
    arrange.queued("anna")
    assert ids(boss.get("/api/videos")) == []


def test_the_address_is_ours_once_stored(anna: TestClient, arrange: Arranger) -> None:
    """url is nothing, then the worker's, then our own file; posterUrl comes with the file."""
    stored, completed, _ = arrange.stored("anna"), arrange.completed("anna"), arrange.queued("anna")
    shown = [(video["url"], video["posterUrl"]) for video in anna.get("/api/videos").json()]
    own = f"/api/videos/{stored.id}/"
    assert completed.result_url == RESULT
    assert shown == [(None, None), (RESULT, None), (own + "file", own + "poster")]


def test_pages_follow_each_other(anna: TestClient, arrange: Arranger) -> None:
    """Following the links gives every video once; the last page has no link."""
    made = [arrange.queued("anna").id for _ in range(5)]
    pages = walk(anna, "/api/videos?limit=2")
    assert pages == [made[:2:-1], made[2:0:-1], made[:1]]


def test_a_full_last_page_has_no_link(anna: TestClient, arrange: Arranger) -> None:
    """A page that happens to end with the last video leads nowhere."""
    made = [arrange.queued("anna").id for _ in range(4)]
    assert walk(anna, "/api/videos?limit=2") == [made[:1:-1], made[1::-1]]


def test_links_keep_the_filters(anna: TestClient, arrange: Arranger) -> None:
    """The next page holds what was asked for, not everything."""
    for _ in range(2):
        arrange.queued("anna", "A cat & a dog")
        arrange.queued("anna", "A fish")
    pages = walk(anna, "/api/videos?limit=1&q=cat%20%26")
    assert [len(page) for page in pages] == [1, 1]


def test_without_limit_a_thousand_come(anna: TestClient, fill: Callable[[str, int], None]) -> None:
    """More than a thousand are announced by a link."""
    fill("anna", 1003)
    assert [len(page) for page in walk(anna, "/api/videos")] == [1000, 3]


def test_a_thousand_exactly_have_no_link(anna: TestClient, fill: Callable[[str, int], None]) -> None:
    """A thousand videos are all there are."""
    fill("anna", 1000)
    assert [len(page) for page in walk(anna, "/api/videos")] == [1000]


def test_filters(anna: TestClient, arrange: Arranger) -> None:
    """status, model and q each narrow the list, q in any case."""
    done = arrange.completed("anna", "A Cat")
    waiting = arrange.queued("anna", "A dog", model="vidu-q3-t2v")
    assert ids(anna.get("/api/videos?status=completed")) == [done.id]
    assert ids(anna.get("/api/videos?model=vidu-q3-t2v")) == [waiting.id]
    assert ids(anna.get("/api/videos?q=cAt")) == [done.id]
    assert ids(anna.get("/api/videos?q=%25")) == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "limit=x",
        "before=0",
        "before=-1",
        "before=9223372036854775808",
        "status=done",
        "q=%00",
        "model=%07",
        "updatedSince=now",
        "updatedSince=-1",
        "updatedSince=2026-01-01",
        "updatedSince=1.5",
        "updatedSince=",
        "updatedSince=NaN",
        "updatedSince=253402300800000",
        "updatedSince=" + "9" * 5000,
        "updatedSince=1&status=failed",
        "updatedSince=1&before=5",
    ],
)
def test_a_malformed_query_is_refused(anna: TestClient, query: str) -> None:
    """A value that means nothing is 422 and names its field."""
    answer = anna.get(f"/api/videos?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert answer.json()["details"][0]["field"] == query.split("=")[0]


def test_changes_are_strictly_after(anna: TestClient, arrange: Arranger) -> None:
    """The time of the last change seen, as it was shown, gives what came later and not that change again."""
    first, second = arrange.queued("anna"), arrange.queued("anna")
    assert ids(anna.get(f"/api/videos?updatedSince={unix_ms(first.updated_at)}")) == [second.id]
    assert ids(anna.get(f"/api/videos?updatedSince={unix_ms(first.updated_at) - 1}")) == [second.id, first.id]
    assert ids(anna.get(f"/api/videos?updatedSince={unix_ms(second.updated_at)}")) == []


def test_deleted_ones_are_among_the_changes(anna: TestClient, studio: Studio, arrange: Arranger) -> None:
    """Other clients hear of a deletion; the plain list leaves it out."""
    video = arrange.completed("anna")
    delete_videos(studio.database, by="anna", ids=[video.id])
    changes = anna.get(f"/api/videos?updatedSince={unix_ms(video.updated_at)}").json()
    assert [change["deletedAt"] is not None for change in changes] == [True]
    assert ids(anna.get("/api/videos")) == []


def test_changes_are_sorted_newest_first(anna: TestClient, arrange: Arranger) -> None:
    """An old video that changed last still stands behind a newer one, as in the list."""
    first, second = arrange.sent("anna"), arrange.queued("anna")
    arrange.told(first, status="IN_PROGRESS")
    assert ids(anna.get("/api/videos?updatedSince=0")) == [second.id, first.id]


def test_many_changes_come_oldest_first_by_links(anna: TestClient, fill: Callable[[str, int], None]) -> None:
    """Of more than a thousand changes the oldest come, and the link leads on until all have come once."""
    fill("anna", 1003)
    pages = walk(anna, "/api/videos?updatedSince=0")
    assert [len(page) for page in pages] == [1000, 3]
    assert len({number for page in pages for number in page}) == 1003
    assert min(pages[1]) > max(pages[0])


def test_changes_take_a_limit(anna: TestClient, arrange: Arranger) -> None:
    """A client with little room reads the changes in small pages."""
    made = [arrange.queued("anna").id for _ in range(3)]
    assert walk(anna, "/api/videos?updatedSince=0&limit=2") == [made[1::-1], made[2:]]


def test_a_list_shows_a_change_at_once(anna: TestClient, studio: Studio, arrange: Arranger) -> None:
    """Reading again after any change shows it, however often the list was read before."""
    video = arrange.sent("anna")
    seen = [anna.get("/api/videos").json()[0]["status"]]
    arrange.told(video, status="COMPLETED", output={"result": RESULT})
    seen += [anna.get("/api/videos").json()[0]["status"] for _ in range(2)]
    delete_videos(studio.database, by="anna", ids=[video.id])
    assert (seen, ids(anna.get("/api/videos"))) == (["queued", "completed", "completed"], [])


def test_a_list_shows_what_a_worker_says_at_once(anna: TestClient, arrange: Arranger) -> None:
    """Progress and worker of a running job are as fresh as its state."""
    video = arrange.sent("anna")
    seen = []
    for told in ({}, {"workerId": "w1"}, {"output": {"progress": 40}}):
        arrange.told(video, status="IN_PROGRESS", **told)
        shown = anna.get("/api/videos").json()[0]
        seen.append((shown["workerId"], shown["progress"]))
    assert seen == [(None, None), ("w1", None), ("w1", 0.4)]


def test_a_kept_list_is_nobody_elses(anna: TestClient, bob: TestClient, arrange: Arranger) -> None:
    """Two users who read the same address get their own videos."""
    own, other = arrange.queued("anna"), arrange.queued("bob")
    assert [ids(client.get("/api/videos")) for client in (anna, bob, anna)] == [
        [own.id],
        [other.id],
        [own.id],
    ]


def test_answers_are_not_kept_by_caches(anna: TestClient) -> None:
    """No cache between us and the caller may keep what is theirs."""
    assert anna.get("/api/videos").headers["cache-control"] == "no-store"


def test_the_reference_names_what_a_list_takes(stranger: TestClient) -> None:
    """Each part of the query is described, and that it takes a token."""
    described = stranger.get("/api/openapi.json").json()["paths"]["/videos"]["get"]
    assert {parameter["name"] for parameter in described["parameters"]} == {
        "updatedSince", "limit", "before", "status", "model", "q", "scope", "user",
    }  # fmt: skip
    assert described["security"] == [{"API token": []}]
