"""The team's hard line over HTTP."""

from services.wiring import Studio
from services.workspace import change_budget
from tests.web.client import TestClient

WAN = {"prompt": "A cat", "modelName": "wan-2-6-t2v", "frames": 360}


def test_a_clip_beyond_the_budget(anna: TestClient, studio: Studio) -> None:
    """403 says what is left and how many frames that pays for: 15 s cost 1.50 dollars, 1.10 pay for 10 s."""
    change_budget(studio.database, soft_usd=None, hard_usd=1.1, by=None)
    answer = anna.post("/api/runpod", json=WAN)
    body = answer.json()
    assert (answer.status_code, body["code"], body["suggestedFrames"]) == (403, "budget_exceeded", 240)
    assert (body["remainingUsd"], body["expectedUsd"]) == (1.1, 1.5)
    assert anna.post("/api/runpod", json={**WAN, "frames": 240}).status_code == 201


def test_the_budget_is_the_whole_teams(anna: TestClient, bob: TestClient, studio: Studio) -> None:
    """What one has taken the other cannot have; not even the shortest clip fits then."""
    change_budget(studio.database, soft_usd=None, hard_usd=1.5, by=None)
    assert anna.post("/api/runpod", json=WAN).status_code == 201
    assert bob.post("/api/runpod", json=WAN).json()["suggestedFrames"] is None
