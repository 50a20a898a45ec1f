"""Health and metrics."""

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from services.errors import Unavailable
from services.gateways.postgres import PostgresDatabase
from services.gateways.storage import FolderStorage
from services.web.health import VERSION
from services.wiring import Studio
from tests.fakes import FakeRunPod
from tests.web.arrange import Arranger
from tests.web.client import TestClient
from tests.web.conftest import Visit


def test_all_is_well(stranger: TestClient) -> None:
    """Each dependency is ok, and the version is told, to everybody."""
    answer = stranger.get("/api/health")
    parts = dict.fromkeys(("status", "database", "storage", "runpod"), "ok")
    assert (answer.status_code, answer.json()) == (200, {**parts, "version": VERSION})


def test_head_tells_it_too(stranger: TestClient) -> None:
    """A monitor may ask with HEAD."""
    assert stranger.head("/api/health").status_code == 200


@pytest.fixture
def down(api: FastAPI, studio: Studio, request: pytest.FixtureRequest) -> Iterator[None]:
    """A database that nobody answers for; the parameter is how many seconds it is given."""
    database = PostgresDatabase("postgresql://127.0.0.1:1/none", wait_seconds=getattr(request, "param", 0.2))
    api.state.studio = replace(studio, database=database)
    yield
    database.close()


@pytest.mark.usefixtures("down")
@pytest.mark.parametrize("down", [10], indirect=True)
def test_without_a_database_it_is_503_at_once(stranger: TestClient) -> None:
    """The answer does not wait for the ten seconds that the database is given to answer."""
    begun = time.monotonic()
    answer = stranger.get("/api/health")
    assert time.monotonic() - begun < 5
    assert (answer.status_code, answer.json()["status"]) == (503, "degraded")
    assert answer.json()["database"] != "ok"
    assert answer.json()["storage"] == "ok"


@pytest.mark.usefixtures("down")
def test_without_a_database_other_answers_are_503(studio: Studio, visit: Visit) -> None:
    """The refusal is a sentence, and says when to try again."""
    answer = visit("anna").get("/api/videos")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert int(answer.headers["retry-after"]) > 0


def test_a_full_disk_degrades(stranger: TestClient, api: FastAPI, studio: Studio, tmp_path: Path) -> None:
    """Trouble with the files is told in a sentence; the rest works on."""
    api.state.studio = replace(studio, storage=FolderStorage(tmp_path / "gone"))
    (tmp_path / "gone").rmdir()
    answer = stranger.get("/api/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["storage"].endswith(".")


class RefusingRunPod(FakeRunPod):
    """Refuses the key."""

    def health(self, endpoint: str) -> dict[str, Any]:
        raise Unavailable("RunPod does not accept the API key. Check RUNPOD_API_KEY.")


def test_runpods_refusal_degrades(stranger: TestClient, api: FastAPI, studio: Studio) -> None:
    """What RunPod says is told."""
    api.state.studio = replace(studio, runpod=RefusingRunPod())
    answer = stranger.get("/api/health")
    told = "RunPod does not accept the API key. Check RUNPOD_API_KEY."
    assert (answer.status_code, answer.json()["runpod"]) == (200, told)


@pytest.fixture
def hanging(api: FastAPI, studio: Studio) -> Iterator[list[str]]:
    """A RunPod that hangs until the test ends; lists who asked."""
    ended, asked = threading.Event(), []

    class HangingRunPod(FakeRunPod):
        def health(self, endpoint: str) -> dict[str, Any]:
            asked.append(endpoint)
            ended.wait(30)
            return {}

    api.state.studio = replace(studio, runpod=HangingRunPod())
    yield asked
    ended.set()


def test_a_hanging_dependency_is_asked_once(stranger: TestClient, hanging: list[str]) -> None:
    """Health stays quick, and repeated questions pile up nothing."""
    begun = time.monotonic()
    answers = [stranger.get("/api/health").json()["runpod"] for _ in range(2)]
    assert time.monotonic() - begun < 10
    assert set(answers) == {"It has not answered in time."}
    assert len(hanging) == 1


class BrokenRunPod(FakeRunPod):
    """Has a bug."""

    def health(self, endpoint: str) -> dict[str, Any]:
        raise KeyError("workers")


def test_a_broken_check_tells_nothing_of_the_inside(
    stranger: TestClient, api: FastAPI, studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug in one check is logged and shows as that check's failure."""
    api.state.studio = replace(studio, runpod=BrokenRunPod())
    assert stranger.get("/api/health").json()["runpod"] == "The check itself failed; the log says why."
    assert "KeyError" in caplog.text


def test_without_any_endpoint_runpod_is_not_well(stranger: TestClient, api: FastAPI, studio: Studio) -> None:
    """The sentence says which setting is missing."""
    models = tuple(model.model_copy(update={"endpoint": None}) for model in studio.catalog.models)
    api.state.studio = replace(studio, catalog=replace(studio.catalog, models=models))
    assert "RUNPOD_ENDPOINT_ID" in stranger.get("/api/health").json()["runpod"]


def metric(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, f"{name} is not in\n{text}"
    return float(found[1])


@pytest.fixture
def local(visit: Visit) -> TestClient:
    """A program on this machine."""
    return visit(client="127.0.0.1")


def test_metrics_count_requests_by_route(local: TestClient, anna: TestClient) -> None:
    """Requests are counted by route and status, never by address."""
    for _ in range(2):
        anna.get("/api/videos/1/file")
    text = local.get("/api/metrics").text
    route = 'openv_http_requests_total{method="GET",route="/videos/{video_id}/file",status="404"}'
    assert metric(text, route) == 2


def test_metrics_do_not_grow_with_strangers_addresses(local: TestClient, stranger: TestClient) -> None:
    """Unknown addresses and methods share one line."""
    for number in range(3):
        stranger.request(f"ODD{number}", f"/api/nothing/{number}")
    text = local.get("/api/metrics").text
    assert metric(text, 'openv_http_requests_total{method="other",route="unknown",status="404"}') == 3


def test_metrics_count_webhooks(local: TestClient, anna: TestClient, arrange: Arranger) -> None:
    """What came of webhook calls is counted."""
    video = arrange.sent("anna")
    local.post("/api/runpod/webhook?token=no")
    for token in ("test-webhook-token", "test-webhook-token"):
        local.post(f"/api/runpod/webhook?token={token}", json={"id": video.job_id, "status": "IN_PROGRESS"})
    text = local.get("/api/metrics").text
    results = [
        metric(text, f'openv_webhooks_total{{result="{result}"}}') for result in ("bad_token", "processing")
    ]
    assert results == [1, 2]


def test_metrics_count_videos_by_state(local: TestClient, anna: TestClient, arrange: Arranger) -> None:
    """Every state has a number, deleted videos are left out."""
    arrange.queued("anna")
    gone = arrange.failed("anna")
    anna.request("DELETE", "/api/videos", json={"ids": [gone.id]})
    text = local.get("/api/metrics").text
    counted = {state: metric(text, f'openv_videos{{status="{state}"}}') for state in ("queued", "failed")}
    assert counted == {"queued": 1, "failed": 0}


@pytest.mark.usefixtures("down")
def test_metrics_without_a_database(local: TestClient) -> None:
    """The numbers that are known are told; the others are not made up."""
    answer = local.get("/api/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'openv_videos{status="queued"} NaN' in answer.text


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.8.8", "::1"])
def test_metrics_for_this_machine(visit: Visit, client: str) -> None:
    """A program on this machine needs no account."""
    assert visit(client=client).get("/api/metrics").status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_proxy_is_not_this_machine(local: TestClient, header: str) -> None:
    """A request passed on by a proxy of this machine comes from elsewhere."""
    assert local.get("/api/metrics", headers={header: "203.0.113.9"}).status_code == 401


def test_metrics_are_for_admins(anna: TestClient, boss: TestClient) -> None:
    """From elsewhere an admin may read them, others may not."""
    assert (anna.get("/api/metrics").status_code, boss.get("/api/metrics").status_code) == (403, 200)
