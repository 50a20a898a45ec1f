"""RunPod's webhook, sentence by sentence of its contract."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from services.videos import Video
from services.webhooks import webhook_url
from services.wiring import Studio
from tests.web.arrange import RESULT, Arranger
from tests.web.client import TestClient

TOKEN = "test-webhook-token"
MIB = 1 << 20
Tell = Callable[..., Any]


@pytest.fixture
def tell(stranger: TestClient) -> Tell:
    """Calls the webhook with a report, or with raw bytes."""

    def call(report: Any = None, *, raw: bytes | None = None, **query: str) -> Any:
        address = "/api/runpod/webhook?" + urlencode({"token": TOKEN, **query})
        return stranger.post(address, content=raw) if raw is not None else stranger.post(address, json=report)

    return call


@pytest.fixture
def video(anna: TestClient, arrange: Arranger) -> Video:
    """A video of anna's that RunPod has."""
    return arrange.sent("anna")


def report(video: Video, status: str = "COMPLETED", **fields: Any) -> dict[str, Any]:
    return {"id": video.job_id, "status": status, **fields}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("IN_QUEUE", "queued"),
        ("QUEUED", "queued"),
        ("IN_PROGRESS", "processing"),
        ("RUNNING", "processing"),
        ("PROCESSING", "processing"),
        ("COMPLETED", "completed"),
        ("DONE", "completed"),
        ("FAILED", "failed"),
        ("CANCELLED", "failed"),
        ("TIMED_OUT", "failed"),
    ],
)
def test_each_status_has_its_state(
    tell: Tell, video: Video, arrange: Arranger, status: str, state: str
) -> None:
    """RunPod's words become our four states."""
    answer = tell(report(video, status, output={"result": RESULT}))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert arrange.now(video).status == state


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1], "tést", "\x00"])
def test_a_wrong_token_changes_nothing(tell: Tell, video: Video, arrange: Arranger, token: str) -> None:
    """401, and the video stands as it did."""
    answer = tell(report(video), token=token)
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_token")
    assert arrange.now(video) == video


def test_a_missing_token_changes_nothing(stranger: TestClient, video: Video, arrange: Arranger) -> None:
    """401 without any token too."""
    assert stranger.post("/api/runpod/webhook", json=report(video)).status_code == 401
    assert arrange.now(video) == video


def test_the_token_is_looked_at_before_the_body(tell: Tell) -> None:
    """A stranger cannot make the server read megabytes."""
    assert tell(raw=b"x" * (MIB + 1), token="wrong").status_code == 401


def test_no_session_opens_the_webhook(anna: TestClient, video: Video) -> None:
    """A signed-in user is no RunPod."""
    assert anna.post("/api/runpod/webhook", json=report(video)).status_code == 401


@pytest.mark.parametrize("size", [MIB + 1, 10 * MIB])
def test_a_body_over_a_mebibyte(tell: Tell, video: Video, arrange: Arranger, size: int) -> None:
    """413, announced or not, and nothing changes."""
    start = f'{{"id": "{video.job_id}", "status": "COMPLETED", "output": {{"result": "'.encode()
    answer = tell(raw=start + b"x" * (size - len(start)))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert arrange.now(video) == video


def test_a_streamed_body_over_a_mebibyte(stranger: TestClient) -> None:
    """A body whose length nobody announced is cut off all the same."""

    def pieces() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * (MIB // 32)

    assert stranger.post(f"/api/runpod/webhook?token={TOKEN}", content=pieces()).status_code == 413


def test_a_body_of_a_mebibyte_is_read(tell: Tell, video: Video) -> None:
    """The limit itself is taken."""
    start = f'{{"id": "{video.job_id}", "status": "IN_PROGRESS", "input": "'.encode()
    assert tell(raw=start + b"x" * (MIB - len(start) - 2) + b'"}').status_code == 200


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"5",
        b"\xff\xfe",
        b"{}",
        b'{"status": "COMPLETED"}',
        b'{"id": "", "status": "COMPLETED"}',
        b'{"id": 5, "status": "COMPLETED"}',
        b'{"id": null, "status": "COMPLETED"}',
        b'{"id": "a\\u0000", "status": "COMPLETED"}',
        b'{"id": "\\ud800", "status": "COMPLETED"}',
        b'{"id": "job"}',
        b'{"id": "job", "status": 5}',
        b'{"id": "job", "status": null}',
        b'{"id": "job", "status": "completed"}',
        b'{"id": "job", "status": "UNKNOWN"}',
        b'{"id": "job", "status": "COMPLETED", "n": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":' * 50_000,
    ],
)
def test_what_is_no_report_is_refused(tell: Tell, raw: bytes) -> None:
    """Not a JSON object, no id, or a status we do not know: 400."""
    answer = tell(raw=raw)
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"error", "code"}


def test_an_unknown_job(tell: Tell) -> None:
    """404 for a job that is not ours."""
    answer = tell({"id": "nobody", "status": "COMPLETED", "output": {"result": RESULT}})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_job")


def test_a_repeat_is_answered_like_the_first(tell: Tell, video: Video, arrange: Arranger) -> None:
    """RunPod may tell the same again; it hears success, and nothing changes."""
    tell(report(video, output={"result": RESULT}))
    once = arrange.now(video)
    answer = tell(report(video, output={"result": RESULT}))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert arrange.now(video) == once


@pytest.mark.parametrize("late", ["IN_QUEUE", "IN_PROGRESS", "FAILED", "CANCELLED", "TIMED_OUT"])
def test_a_final_state_never_goes_back(tell: Tell, video: Video, arrange: Arranger, late: str) -> None:
    """News that come after the result change nothing."""
    tell(report(video, output={"result": RESULT}))
    assert tell(report(video, late)).status_code == 200
    assert (arrange.now(video).status, arrange.now(video).result_url) == ("completed", RESULT)


def test_a_result_wakes_the_loop(tell: Tell, video: Video, studio: Studio) -> None:
    """The file is fetched at once, for the worker's address does not last."""
    studio.work_arrived.clear()
    tell(report(video, output={"result": RESULT}))
    assert studio.work_arrived.is_set()


@pytest.mark.parametrize(
    "output",
    [
        {"result": "FAILED: out of memory"},
        {"result": RESULT, "error": "the worker broke"},
        {"result": ""},
        {"result": None},
        {},
        None,
        [],
        "nothing",
        {"message": "done"},
    ],
)
def test_completed_without_a_result_is_a_failure(
    tell: Tell, video: Video, arrange: Arranger, output: Any
) -> None:
    """RunPod's COMPLETED alone is no success."""
    assert tell(report(video, output=output)).status_code == 200
    now = arrange.now(video)
    assert (now.status, now.error_kind, now.result_url) == ("failed", "worker_error", None)
    assert now.error


@pytest.mark.parametrize(
    ("model", "expected"),
    [("mochi", "https://a.test/1.mp4"), ("vidu-q3-t2v", "https://b.test/2.mp4")],
)
def test_the_result_is_where_the_catalog_says(
    tell: Tell, anna: TestClient, arrange: Arranger, model: str, expected: str
) -> None:
    """Of several addresses the one at the model's own place is taken."""
    video = arrange.sent("anna", model=model)
    tell(report(video, output={"result": "https://a.test/1.mp4", "video_url": "https://b.test/2.mp4"}))
    assert arrange.now(video).result_url == expected


def test_numbers_of_the_job_are_kept(tell: Tell, video: Video, anna: TestClient) -> None:
    """Delay, execution, worker and billed cost are shown."""
    tell(
        report(
            video, output={"result": RESULT, "cost": 0.25}, delayTime=1500, executionTime=61000, workerId="w7"
        )
    )
    shown = anna.get("/api/videos").json()[0]
    names = ("delayMs", "executionMs", "workerId", "costUsd", "costKind")
    assert [shown[name] for name in names] == [1500, 61000, "w7", 0.25, "billed"]


def test_progress_is_shown(tell: Tell, video: Video, anna: TestClient) -> None:
    """A worker's percent is a share of 1 in the list."""
    tell(report(video, "IN_PROGRESS", output="45%"))
    assert anna.get("/api/videos").json()[0]["progress"] == 0.45


def signed(studio: Studio, video: Video, number: int = 1) -> dict[str, str]:
    """The query of the address that RunPod is given for that attempt."""
    address = webhook_url(studio.public_url, TOKEN, video.id, number) or ""
    return dict(part.split("=") for part in urlsplit(address).query.split("&"))


@pytest.fixture
def unsent(anna: TestClient, arrange: Arranger, studio: Studio) -> Video:
    """A video whose submission got no answer: its job id is not known."""
    video = arrange.queued("anna")
    studio.database.call("claim_submissions", worker="test", video_id=video.id, limit=1)
    return arrange.now(video)


def test_a_signed_address_finds_its_video(
    tell: Tell, studio: Studio, unsent: Video, arrange: Arranger
) -> None:
    """News of a job whose id we failed to note still reach the video that they are about."""
    assert tell({"id": "new", "status": "IN_PROGRESS"}, **signed(studio, unsent)).status_code == 200
    assert (arrange.now(unsent).status, arrange.now(unsent).job_id) == ("processing", "new")


@pytest.mark.parametrize(
    "change",
    [{"sign": "0" * 64}, {"sign": ""}, {"attempt": "2"}, {"attempt": "01"}, {"video": "x"}, {"video": ""}],
)
def test_a_wrong_signature_counts_for_nothing(
    tell: Tell, studio: Studio, unsent: Video, arrange: Arranger, change: dict[str, str]
) -> None:
    """Only the job id counts then, and nobody knows that one."""
    answer = tell({"id": "new", "status": "COMPLETED"}, **{**signed(studio, unsent), **change})
    assert answer.status_code == 404
    assert arrange.now(unsent) == unsent


def test_a_wrong_signature_does_not_hide_a_known_job(tell: Tell, video: Video, arrange: Arranger) -> None:
    """A job that we know is found by its id, whatever else the address says."""
    assert tell(report(video, "IN_PROGRESS"), video="9", attempt="1", sign="no").status_code == 200
    assert arrange.now(video).status == "processing"


def test_old_news_never_touch_a_new_attempt(
    tell: Tell, studio: Studio, arrange: Arranger, anna: TestClient
) -> None:
    """After a retry, the first attempt's late result changes nothing."""
    first = arrange.failed("anna")
    anna.post(f"/api/videos/{first.id}/retry")
    second = arrange.now(first)
    assert tell(report(first, output={"result": RESULT}), **signed(studio, first)).status_code == 200
    assert arrange.now(first) == second


def test_the_same_news_at_once(tell: Tell, video: Video, arrange: Arranger) -> None:
    """Twelve repeats side by side all hear success, and the video is completed once."""
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: tell(report(video, output={"result": RESULT})), range(12)))
    assert {answer.status_code for answer in answers} == {200}
    assert arrange.now(video).status == "completed"


def test_neither_token_nor_body_reaches_the_log(
    tell: Tell, video: Video, caplog: pytest.LogCaptureFixture
) -> None:
    """The body holds our own address with its token; nothing of it is written down."""
    caplog.set_level(logging.DEBUG)
    tell({**report(video), "webhook": f"http://studio.test/?token={TOKEN}", "input": "private-words"})
    tell(raw=b"private-words")
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    assert not [line for line in ours if TOKEN in line or "private-words" in line]


def test_nothing_of_the_body_is_stored(tell: Tell, video: Video, studio: Studio) -> None:
    """Neither the video nor its timeline holds the token after a report that contained it."""
    tell(report(video, "FAILED", error=f"call http://studio.test/hook?token={TOKEN} failed", webhook=TOKEN))
    rows = [studio.database.call("list_events", video_id=video.id, actor="anna")]
    rows.append(studio.database.call("find_video", video_id=video.id, actor="anna"))
    assert TOKEN not in str(rows)
