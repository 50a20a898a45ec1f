"""The statistics over HTTP."""

import re

import pytest

from tests.web.arrange import Arranger
from tests.web.client import TestClient


def test_admins_get_the_numbers(boss: TestClient, anna: TestClient, arrange: Arranger) -> None:
    """The last 30 days of everybody's jobs, named in camel case, with times like everywhere."""
    arrange.completed("anna")
    arrange.failed("anna")
    answer = boss.get("/api/stats")
    numbers = answer.json()
    assert (answer.status_code, numbers["jobs"]["completed"], numbers["jobs"]["failed"]) == (200, 1, 1)
    assert re.fullmatch(r"[\d-]+T[\d:]+\.\d{3}Z", numbers["start"])


def test_others_do_not(anna: TestClient) -> None:
    """403 for everybody who is no admin."""
    answer = anna.get("/api/stats")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_the_period_can_be_chosen(boss: TestClient, anna: TestClient, arrange: Arranger) -> None:
    """Days and moments are both understood; without a zone they are UTC."""
    arrange.completed("anna")
    numbers = boss.get("/api/stats", params={"from": "2020-01-01", "to": "2020-02-01T02:00:00+02:00"}).json()
    assert numbers["jobs"]["completed"] == 0
    assert (numbers["start"], numbers["end"]) == ("2020-01-01T00:00:00.000Z", "2020-02-01T00:00:00.000Z")


@pytest.mark.parametrize(
    ("period", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "from"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "to"),
        ({"from": "2026-01-02", "to": "2026-01-01"}, "to"),
        ({"from": "2026-01-01", "to": "2026-01-01"}, "to"),
    ],
)
def test_a_malformed_period_is_refused(boss: TestClient, period: dict[str, str], field: str) -> None:
    """422 names the end of the period that is wrong."""
    answer = boss.get("/api/stats", params=period)
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (422, field)
