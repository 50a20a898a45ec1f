"""Refusals and the reference: one shape, nothing of the inside, nothing from the internet."""

import logging
import re
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI

from services.gateways.database import Row
from services.web.api import build_api
from services.wiring import Studio
from tests.web.client import TestClient


@pytest.mark.parametrize(
    ("method", "address", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/api/", 404, "not_found"),
        ("GET", "/api/videos/", 404, "not_found"),
        ("POST", "/api/runpod/webhook/", 404, "not_found"),
        ("PATCH", "/api/videos", 405, "method_not_allowed"),
        ("PUT", "/api/runpod", 405, "method_not_allowed"),
        ("DELETE", "/api/health", 405, "method_not_allowed"),
        ("TRACE", "/api/runpod/webhook", 405, "method_not_allowed"),
    ],
)
def test_unknown_routes_are_json_too(
    stranger: TestClient, method: str, address: str, status: int, code: str
) -> None:
    """A wrong address or method gets the same shape as any other refusal."""
    answer = stranger.request(method, address)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["error"].endswith(".")


def test_a_wrong_method_names_the_right_ones(stranger: TestClient) -> None:
    """405 says which methods there are."""
    assert "POST" in stranger.put("/api/runpod").headers["allow"]


def test_a_large_body_is_refused(anna: TestClient) -> None:
    """Every route stops reading at 1 MiB."""
    answer = anna.post("/api/runpod", json={"prompt": "x" * (1 << 20), "modelName": "mochi"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_every_wrong_field_is_named(anna: TestClient) -> None:
    """All that is malformed is said at once, in plain words."""
    answer = anna.post("/api/runpod", json={"prompt": 5, "frames": "x"})
    assert answer.json() == {
        "error": "The request is malformed: prompt takes text; modelName is missing; frames takes a whole number.",
        "code": "invalid_input",
        "details": [
            {"field": "prompt", "message": "takes text"},
            {"field": "modelName", "message": "is missing"},
            {"field": "frames", "message": "takes a whole number"},
        ],
    }


class BrokenDatabase:
    """Has a bug."""

    def call(self, function: str, **parameters: Any) -> list[Row]:
        raise ZeroDivisionError("secret-inside")

    def close(self) -> None:
        """Nothing to close."""


def test_a_bug_tells_nothing_of_the_inside(
    anna: TestClient, api: FastAPI, studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    """500 in the same shape; the traceback is in the log, without what stood in the address."""
    api.state.studio = replace(studio, database=BrokenDatabase())
    answer = anna.get("/api/videos?q=private")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret-inside" not in answer.text
    assert "ZeroDivisionError: secret-inside" in caplog.text
    assert "private" not in "".join(
        record.getMessage() for record in caplog.records if record.name != "httpx"
    )


def test_the_reference_needs_no_internet(stranger: TestClient) -> None:
    """The page names no other host, and what it names is there."""
    page = stranger.get("/api/docs").text
    assert re.findall(r"https?://[^\s\"']+", page) == []
    for place in re.findall(r"(?:src|href)=\"([^\"]+)\"", page):
        assert stranger.get(place).status_code == 200, place
    assert "/api/openapi.json" in page


def test_the_description_covers_every_route(stranger: TestClient) -> None:
    """The machine-readable description has the routes with their answers."""
    described = stranger.get("/api/openapi.json").json()
    assert set(described["paths"]["/videos"]) == {"get", "delete"}
    assert "jobId" in described["components"]["schemas"]["VideoAnswer"]["properties"]


def test_the_access_log_hides_queries(caplog: pytest.LogCaptureFixture) -> None:
    """Where somebody turns uvicorn's access log on, the webhook's token is not in it."""
    build_api()
    caplog.set_level(logging.INFO, logger="uvicorn.access")
    line = ("203.0.113.9:5", "POST", "/api/runpod/webhook?token=secret", "1.1", 200)
    logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', *line)
    assert caplog.messages == ['203.0.113.9:5 - "POST /api/runpod/webhook HTTP/1.1" 200']
