"""Blocked endpoints: told, asked again, and gone when they answer."""

from typing import Any

import pytest

from services.accounts import ensure_user
from services.endpoints import list_blocked_endpoints, probe
from services.errors import Unavailable
from services.gateways.runpod import EndpointBlocked
from services.wiring import Studio
from services.work import claim_work
from tests.fakes import FakeRunPod
from tests.sql.lifecycle import Life


@pytest.mark.parametrize(
    ("trouble", "left"),
    [
        (None, []),
        (EndpointBlocked("Still no."), ["Still no."]),
        (Unavailable("RunPod cannot be reached right now."), ["Check the key."]),
    ],
)
def test_an_endpoint_is_free_again_when_it_answers(
    studio: Studio, runpod: FakeRunPod, database_url: str, trouble: Exception | None, left: list[str]
) -> None:
    """A refusal keeps it blocked, and so does no answer at all."""
    life = Life(studio.database)
    ensure_user(studio.database, "root", role="admin")
    video = life.submit()
    (work,) = life.claim("submit")
    studio.database.call("record_blocked", attempt_id=work["attempt_id"], reason="Check the key.")
    studio.database.call("cancel_video", video_id=video["id"], actor="anna")
    life.make_due(database_url)

    def health(endpoint: str) -> dict[str, Any]:
        if trouble:
            raise trouble
        return {}

    runpod.health = health  # type: ignore[method-assign]
    (asked,) = claim_work(studio, limit=5)
    probe(studio, asked)
    assert [endpoint.reason for endpoint in list_blocked_endpoints(studio.database)] == left
