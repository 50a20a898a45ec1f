"""The terms of use over HTTP."""

from typing import Any

import pytest

from services.accounts import add_user
from services.terms import CURRENT
from services.wiring import Studio
from tests.web.arrange import Arranger
from tests.web.client import TestClient
from tests.web.conftest import Visit

JOB = {"prompt": "A cat", "modelName": "mochi", "frames": 7}


@pytest.fixture
def newcomer(studio: Studio, visit: Visit) -> TestClient:
    """A user's client who has accepted nothing yet."""
    add_user(studio.database, "nina", role="user", password=None)
    return visit("nina")


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_nothing_is_generated_before_they_are_accepted(newcomer: TestClient, arrange: Arranger) -> None:
    """403 for a new job and for trying one again; afterwards both go."""
    failed = arrange.failed("nina")
    retry = f"/api/videos/{failed.id}/retry"
    assert refused(newcomer.post("/api/runpod", json=JOB)) == (403, "terms_not_accepted")
    assert refused(newcomer.post(retry)) == (403, "terms_not_accepted")
    newcomer.post("/api/terms/accept")
    assert newcomer.post("/api/runpod", json=JOB).status_code == 201
    assert newcomer.post(retry).status_code == 200


def test_accepting_is_told_and_stays(newcomer: TestClient) -> None:
    """The same answer for asking and accepting; accepting again changes nothing."""
    before = newcomer.get("/api/terms").json()
    accepted = newcomer.post("/api/terms/accept", json={"version": CURRENT.version}).json()
    assert before == {"version": CURRENT.version, "accepted": False, "acceptedAt": None}
    assert (accepted["accepted"], accepted["acceptedAt"][-1]) == (True, "Z")
    assert newcomer.post("/api/terms/accept").json() == newcomer.get("/api/terms").json() == accepted


def test_what_was_not_read_is_not_accepted(newcomer: TestClient) -> None:
    """409 when another version is in force than the one named."""
    answer = newcomer.post("/api/terms/accept", json={"version": "2020-01-01"})
    assert refused(answer) == (409, "terms_changed")
    assert newcomer.get("/api/terms").json()["accepted"] is False


@pytest.mark.parametrize("body", [[], 5, {"version": 5}, {"versoin": "1"}])
def test_a_malformed_acceptance_is_refused(newcomer: TestClient, body: Any) -> None:
    """422, and nothing is accepted."""
    assert newcomer.post("/api/terms/accept", json=body).status_code == 422
    assert newcomer.get("/api/terms").json()["accepted"] is False


def test_strangers_accept_nothing(stranger: TestClient) -> None:
    """Both routes ask who it is."""
    assert stranger.get("/api/terms").status_code == 401
    assert stranger.post("/api/terms/accept").status_code == 401
