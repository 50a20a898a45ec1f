"""Webhook bodies that nobody foresaw."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.wiring import Studio
from tests.conftest import SETUP
from tests.web.arrange import Arranger
from tests.web.client import TestClient
from tests.web.test_webhook import TOKEN

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("FAILED: x")
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
STATUSES = ["IN_QUEUE", "IN_PROGRESS", "RUNNING", "COMPLETED", "DONE", "FAILED", "CANCELLED", "TIMED_OUT"]
FIELDS = ["output", "error", "delayTime", "executionTime", "workerId", "retries", "input", "webhook"]
PLACES = ["result", "video_url", "error", "cost", "progress", "images", "message"]
OUTPUTS = JSON | st.dictionaries(st.sampled_from(PLACES), JSON, max_size=4)
DETAILS = st.dictionaries(st.sampled_from(FIELDS), OUTPUTS, max_size=5)
FUZZ = settings(
    max_examples=150
    if SETUP == "embedded"
    else 50,  # each is several requests; the reading is the same everywhere
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
ADDRESS = f"/api/runpod/webhook?token={TOKEN}"


@pytest.mark.usefixtures("anna")
@FUZZ
@given(body=st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_refused_and_changes_nothing(
    stranger: TestClient, arrange: Arranger, studio: Studio, body: bytes
) -> None:
    """Whatever is no report of a known job is 400 or 404, and no video moves."""
    before = studio.database.call("list_latest_changes", user_ids=["anna"])
    assert stranger.post(ADDRESS, content=body).status_code in (400, 404)
    assert studio.database.call("list_latest_changes", user_ids=["anna"]) == before


@pytest.mark.usefixtures("anna")
@FUZZ
@given(status=st.sampled_from(STATUSES), details=DETAILS)
def test_any_details_of_a_report_are_taken(
    stranger: TestClient, arrange: Arranger, status: str, details: dict[str, Any]
) -> None:
    """A report of a known job is 200 whatever its details are, and leaves the video in one of the four states."""
    video = arrange.sent("anna")
    body = json.dumps({**details, "id": video.job_id, "status": status}).encode()
    assert stranger.post(ADDRESS, content=body).status_code == 200
    assert arrange.now(video).status in ("queued", "processing", "completed", "failed")


@pytest.mark.usefixtures("anna")
@FUZZ
@given(
    job=st.text(max_size=300) | JSON, status=st.text(max_size=20) | st.sampled_from(STATUSES), output=OUTPUTS
)
def test_any_job_id_is_answered(
    stranger: TestClient, arrange: Arranger, job: Any, status: str, output: Any
) -> None:
    """Ids and statuses of every kind are 400 or 404."""
    body = json.dumps({"id": job, "status": status, "output": output}).encode()
    assert stranger.post(ADDRESS, content=body).status_code in (400, 404)
