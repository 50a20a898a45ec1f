"""Asking for a clip, and asking how it stands."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI

from services.errors import Unavailable
from services.gateways.runpod import SubmitRefused
from services.web import jobs
from services.wiring import Studio
from tests.fakes import FakeRunPod
from tests.web.arrange import Arranger
from tests.web.client import TestClient
from tests.web.conftest import Visit

FULL = {
    "prompt": "A lighthouse",
    "modelName": "mochi",
    "frames": 31,
    "input": {
        "positive_prompt": "A lighthouse",
        "negative_prompt": "",
        "width": 848,
        "height": 480,
        "seed": 0,
        "steps": 20,
        "cfg": 0,
        "num_frames": 31,
    },
}


def with_input(**fields: Any) -> dict[str, Any]:
    return {**FULL, "input": {**FULL["input"], **fields}}


def test_a_job_as_the_interface_sends_it(anna: TestClient, runpod: FakeRunPod) -> None:
    """201 with the video, its job id and what is left; RunPod gets the values as given, zeros too."""
    answer = anna.post("/api/runpod", json=FULL)
    video = answer.json()
    assert (answer.status_code, video["status"], video["userId"]) == (201, "queued", "anna")
    assert video["jobId"] == runpod.submitted[0]["job_id"]
    assert runpod.submitted[0]["input"] == FULL["input"]


def test_the_answer_tells_the_allowance(anna: TestClient) -> None:
    """monthlyQuota counts the new clip: 31 frames at 24 a second."""
    left = anna.post("/api/runpod", json=FULL).json()["monthlyQuota"]
    assert left == {"limitSeconds": 600, "currentUsage": 1.292, "remainingSeconds": 598.708}


def test_prompt_and_frames_may_stand_in_input(anna: TestClient) -> None:
    """What the top leaves out is taken from positive_prompt and num_frames."""
    body = {"modelName": "mochi", "input": {"positive_prompt": "A fish", "num_frames": 7}}
    video = anna.post("/api/runpod", json=body).json()
    assert (video["prompt"], video["frames"]) == ("A fish", 7)


def test_what_is_left_out_takes_the_models_default(anna: TestClient) -> None:
    """A prompt and a model are enough; an alias names the model too."""
    video = anna.post("/api/runpod", json={"prompt": "A fish", "modelName": "genmo/mochi-1-preview"}).json()
    assert (video["modelName"], video["frames"], video["steps"]) == ("mochi", 61, 40)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "modelName"),
        ([], "body"),
        ("text", "body"),
        (None, "body"),
        ({"modelName": "mochi"}, "prompt"),
        ({"modelName": "mochi", "prompt": ""}, "prompt"),
        ({**FULL, "prompt": 5}, "prompt"),
        ({**FULL, "prompt": "Another"}, "input.positive_prompt"),
        ({**FULL, "frames": 37}, "input.num_frames"),
        ({**FULL, "frames": "31"}, "frames"),
        ({**FULL, "frames": 31.0}, "frames"),
        ({**FULL, "frames": True}, "frames"),
        ({**FULL, "frames": [31]}, "frames"),
        ({"prompt": "A", "modelName": "mochi", "frames": 32}, "frames"),
        ({"prompt": "A", "modelName": "mochi", "frames": -1}, "frames"),
        ({"prompt": "A", "modelName": "mochi", "frames": 10**30}, "frames"),
        ({**FULL, "modelName": "none"}, "modelName"),
        ({**FULL, "modelName": "\x00"}, "modelName"),
        ({**FULL, "modelName": None}, "modelName"),
        ({**FULL, "input": None}, "input"),
        ({**FULL, "input": 5}, "input"),
        (with_input(seed="0"), "input.seed"),
        (with_input(seed=1.5), "input.seed"),
        (with_input(seed=False), "input.seed"),
        (with_input(seed=-1), "seed"),
        (with_input(seed=2**31), "seed"),
        (with_input(steps=20.0), "input.steps"),
        (with_input(steps=9), "steps"),
        (with_input(width=True), "input.width"),
        (with_input(width=100), "width"),
        (with_input(cfg="6"), "input.cfg"),
        (with_input(cfg=True), "input.cfg"),
        (with_input(cfg=21), "cfg"),
        (with_input(cfg=10**400), "input.cfg"),
        (with_input(negative_prompt=5), "input.negative_prompt"),
        (with_input(negative_prompt="\x00"), "negative_prompt"),
        ({"prompt": "a" * 2001, "modelName": "mochi"}, "prompt"),
    ],
)
def test_a_malformed_job_is_refused(anna: TestClient, runpod: FakeRunPod, body: Any, field: str) -> None:
    """422 names the field that is wrong, and nothing is submitted."""
    answer = anna.post("/api/runpod", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] in ("invalid_input", "unknown_model")
    assert answer.json()["details"][0]["field"] == field
    assert runpod.submitted == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "nonsense",
        "\xff",
        '{"modelName": "mochi", "prompt": "A", "input": {"cfg": NaN}}',
        '{"modelName": "mochi", "prompt": "A", "input": {"cfg": Infinity}}',
        '{"modelName": "mochi", "prompt": "A", "input": {"cfg": 1e999}}',
        '{"modelName": "mochi", "prompt": "A", "frames": ' + "9" * 5000 + "}",
        "[" * 100_000,
        r'{"modelName": "mochi", "prompt": "\ud800"}',
        r'{"modelName": "mochi", "prompt": "A", "input": {"negative_prompt": "\udfff\ud800"}}',
        r'{"modelName": "\ud800", "prompt": "A"}',
    ],
)
def test_what_is_no_json_is_refused(anna: TestClient, text: str) -> None:
    """A body that cannot be read is 422, also where it was made to break the reader."""
    answer = anna.post(
        "/api/runpod", content=text.encode("latin-1"), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422, answer.text


def test_what_does_not_say_that_it_is_json_is_refused(anna: TestClient) -> None:
    """A form, which a page elsewhere could send, is no request."""
    form = {"Content-Type": "text/plain"}
    assert (
        anna.post("/api/runpod", content='{"modelName": "mochi", "prompt": "A"}', headers=form).status_code
        == 422
    )


def test_fields_that_nobody_knows_are_passed_over(anna: TestClient, runpod: FakeRunPod) -> None:
    """A client that says more than we take is served all the same, and RunPod hears nothing of it."""
    answer = anna.post("/api/runpod", json={**with_input(unknown=1), "unknown": 1})
    assert answer.status_code == 201
    assert runpod.submitted[0]["input"] == FULL["input"]


def test_the_same_key_gives_the_same_video(anna: TestClient, runpod: FakeRunPod) -> None:
    """A repeated request makes no second clip, and is answered like the first."""
    answers = [anna.post("/api/runpod", json=FULL, headers={"Idempotency-Key": "k1"}) for _ in range(3)]
    assert {(answer.status_code, answer.json()["id"]) for answer in answers} == {
        (201, answers[0].json()["id"])
    }
    assert len(runpod.submitted) == 1


def test_keys_are_each_users_own(anna: TestClient, bob: TestClient) -> None:
    """Two users may use the same key."""
    made = [
        client.post("/api/runpod", json=FULL, headers={"Idempotency-Key": "k1"}).json()
        for client in (anna, bob)
    ]
    assert [video["userId"] for video in made] == ["anna", "bob"]


@pytest.mark.parametrize("key", ["", "k" * 201, "a\tb"])
def test_an_impossible_key_is_refused(anna: TestClient, key: str) -> None:
    """A key has 1 to 200 printable characters."""
    answer = anna.post("/api/runpod", json=FULL, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (422, "Idempotency-Key")


def test_too_many_jobs(anna: TestClient) -> None:
    """The fourth job at once is 409."""
    codes = [anna.post("/api/runpod", json=FULL) for _ in range(4)]
    assert [answer.status_code for answer in codes] == [201, 201, 201, 409]
    assert codes[-1].json()["code"] == "too_many_jobs"


@pytest.fixture
def little_left(api: FastAPI, studio: Studio) -> None:
    """An allowance of one second."""
    api.state.studio = replace(studio, settings=replace(studio.settings, monthly_limit_seconds=1))


@pytest.mark.usefixtures("little_left")
def test_a_clip_beyond_the_allowance(anna: TestClient) -> None:
    """403 says how many frames would still fit: 19 of 24."""
    answer = anna.post("/api/runpod", json=FULL)
    body = answer.json()
    assert (answer.status_code, body["code"], body["suggestedFrames"]) == (403, "quota_exceeded", 19)


def test_restricted_users_generate_nothing(visit: Visit, join: Any) -> None:
    """Who may only look gets 403."""
    answer = join("rita", "restricted").post("/api/runpod", json=FULL)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_runpods_trouble_is_not_the_callers(anna: TestClient, studio: Studio, runpod: FakeRunPod) -> None:
    """With RunPod refusing, the clip is accepted, stays queued and is left to the background."""
    runpod.trouble = SubmitRefused("RunPod takes no jobs just now (500).")
    answer = anna.post("/api/runpod", json=FULL)
    assert (answer.status_code, answer.json()["status"], answer.json()["jobId"]) == (201, "queued", None)
    assert studio.work_arrived.is_set()


def test_asking_tells_what_runpod_says_now(anna: TestClient, arrange: Arranger, runpod: FakeRunPod) -> None:
    """A job under way is asked for at RunPod, and the answer is recorded."""
    video = arrange.sent("anna")
    runpod.answers[str(video.job_id)] = {"id": video.job_id, "status": "IN_PROGRESS", "workerId": "w1"}
    assert anna.get(f"/api/runpod/{video.job_id}").json()["status"] == "processing"
    assert arrange.now(video).status == "processing"


def test_a_finished_job_is_not_asked_for(anna: TestClient, arrange: Arranger, runpod: FakeRunPod) -> None:
    """Once it is over, nothing upstream changes it."""
    video = arrange.failed("anna")
    runpod.answers[str(video.job_id)] = {"id": video.job_id, "status": "IN_PROGRESS"}
    assert anna.get(f"/api/runpod/{video.job_id}").json()["status"] == "failed"


class DownRunPod(FakeRunPod):
    """Cannot be asked."""

    def status(self, endpoint: str, job_id: str) -> dict[str, Any] | None:
        raise Unavailable("RunPod cannot be reached right now.")


def test_trouble_upstream_changes_nothing(
    anna: TestClient, api: FastAPI, studio: Studio, arrange: Arranger
) -> None:
    """With RunPod down the job stands as it did."""
    video = arrange.sent("anna")
    api.state.studio = replace(studio, runpod=DownRunPod())
    answer = anna.get(f"/api/runpod/{video.job_id}")
    assert (answer.status_code, answer.json()["status"]) == (200, "queued")


@pytest.fixture
def hanging(api: FastAPI, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A RunPod that does not answer before the end of the test."""
    ended = threading.Event()

    class HangingRunPod(FakeRunPod):
        def status(self, endpoint: str, job_id: str) -> dict[str, Any] | None:
            ended.wait(30)
            return None

    monkeypatch.setattr(jobs, "ASK_SECONDS", 0.05)
    api.state.studio = replace(studio, runpod=HangingRunPod())
    yield
    ended.set()


@pytest.mark.usefixtures("hanging")
def test_a_slow_runpod_is_not_waited_for(anna: TestClient, arrange: Arranger) -> None:
    """After a few seconds the job is told as it was known."""
    video = arrange.sent("anna")
    assert anna.get(f"/api/runpod/{video.job_id}").json()["status"] == "queued"


def test_jobs_of_others_are_not_there(
    bob: TestClient, boss: TestClient, anna: TestClient, arrange: Arranger
) -> None:
    """Another user gets the answer that an unknown job gets; an admin sees it."""
    video = arrange.completed("anna")
    others, unknown = bob.get(f"/api/runpod/{video.job_id}"), bob.get("/api/runpod/none")
    assert (others.status_code, others.json()) == (404, unknown.json())
    assert boss.get(f"/api/runpod/{video.job_id}").json()["id"] == video.id


@pytest.mark.parametrize("job_id", ["none", "%00", "%ff", "a" * 5000, "%E2%80%AE", "'; drop table videos"])
def test_an_impossible_job_is_not_there(anna: TestClient, job_id: str) -> None:
    """Whatever stands in the address, an unknown job is 404."""
    assert anna.get(f"/api/runpod/{job_id}").status_code == 404
