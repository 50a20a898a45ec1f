"""Mistakes that a system like this makes easily, each tried from outside: the promise is the test's name."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from fastapi import FastAPI

from services import attempts
from services.gateways.runpod import SubmitRefused
from services.web.presentation import unix_ms
from services.wiring import Studio
from services.work import claim_work
from tests.fakes import FakeRunPod
from tests.sql.lifecycle import Life
from tests.web.arrange import Arranger
from tests.web.client import TestClient
from tests.web.conftest import Visit

ORDER = {"prompt": "A cat", "modelName": "mochi", "frames": 121}  # five seconds and a bit
PASSING = {"status": "FAILED", "error": "worker exited with code 137"}


def at_once(actions: Sequence[Callable[[], Any]]) -> list[Any]:
    """Results of all actions started together."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], Any]) -> Any:
        barrier.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(run, actions))


@pytest.fixture
def limited(api: FastAPI, studio: Studio) -> Callable[..., None]:
    """Sets the limits of the running system."""

    def limit(**settings: Any) -> None:
        api.state.studio = replace(studio, settings=replace(studio.settings, **settings))

    return limit


@pytest.mark.parametrize(
    ("tries", "settings", "accepted", "refusal"),
    [
        (30, {"monthly_limit_seconds": 51, "max_concurrent_jobs": 100}, 10, "quota_exceeded"),
        (20, {"monthly_limit_seconds": 6000, "max_concurrent_jobs": 3}, 3, "too_many_jobs"),
    ],
    ids=["ten of thirty by the allowance", "three of twenty by the jobs at once"],
)
def test_requests_at_the_same_moment_get_exactly_what_the_limits_admit(
    visit: Visit,
    anna: TestClient,
    limited: Callable[..., None],
    tries: int,
    settings: dict[str, Any],
    accepted: int,
    refusal: str,
) -> None:
    """Not one more, however they race."""
    limited(**settings)
    clients = [visit("anna") for _ in range(tries)]
    answers = at_once([lambda client=client: client.post("/api/runpod", json=ORDER) for client in clients])
    codes = [answer.status_code for answer in answers]
    assert codes.count(201) == accepted
    assert {answer.json()["code"] for answer in answers if answer.status_code != 201} == {refusal}


def send_due(studio: Studio) -> None:
    for work in claim_work(studio, limit=5):
        attempts.send(studio, work)


def test_sixteen_readers_and_four_processes_at_once_resubmit_a_failure_once(
    studio: Studio, visit: Visit, anna: TestClient, runpod: FakeRunPod, database_url: str
) -> None:
    """Reading starts nothing, and what is due is claimed by one."""
    job_id = anna.post("/api/runpod", json=ORDER).json()["jobId"]
    runpod.answers[job_id] = {"id": job_id, **PASSING}
    assert anna.get(f"/api/runpod/{job_id}").json()["status"] == "queued"
    Life(studio.database).make_due(database_url)
    clients = [visit("anna") for _ in range(16)]
    readers = [lambda client=client: client.get("/api/videos") for client in clients]
    processes = [lambda name=f"process-{n}": send_due(replace(studio, worker=name)) for n in range(4)]
    at_once([*readers, *processes])
    assert len(runpod.submitted) == 2


def test_a_runpod_that_answers_500_three_times_gets_the_job_when_it_is_back(
    studio: Studio, anna: TestClient, runpod: FakeRunPod, arrange: Arranger, database_url: str
) -> None:
    """The clip stays queued meanwhile, and is sent once."""
    runpod.trouble = SubmitRefused("RunPod takes no jobs just now (500).")
    answer = anna.post("/api/runpod", json=ORDER)
    assert (answer.status_code, answer.json()["status"]) == (201, "queued")
    for trouble in (*[SubmitRefused("RunPod takes no jobs just now (500).")] * 2, None):
        Life(studio.database).make_due(database_url)
        runpod.trouble = trouble
        send_due(studio)
    (video,) = anna.get("/api/videos").json()
    assert (video["status"], video["retryCount"]) == ("queued", 0)
    assert [job["job_id"] for job in runpod.submitted] == [video["jobId"]]


def test_deleting_a_running_clip_cancels_its_job_and_tells_other_clients(
    studio: Studio, anna: TestClient, runpod: FakeRunPod, arrange: Arranger, database_url: str
) -> None:
    """RunPod stops spending, the seconds come back, and whoever asks for changes hears of it."""
    video = arrange.sent("anna")
    since = unix_ms(video.updated_at)
    assert anna.request("DELETE", "/api/videos", json={"ids": [video.id]}).json() == {"deleted": [video.id]}
    Life(studio.database).make_due(database_url)
    (work,) = claim_work(studio, limit=5)
    attempts.stop(studio, work)
    assert runpod.cancelled == [video.job_id]
    (change,) = anna.get(f"/api/videos?updatedSince={since}").json()
    assert change["deletedAt"]
    assert anna.get("/api/quota").json()["monthlyQuota"]["currentUsage"] == 0
