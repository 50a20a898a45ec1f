"""Telling the team's webhook: posted once, tried again, given up, and never at the expense of jobs."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psycopg
import pytest

from services import notices
from services.errors import InvalidInput
from services.wiring import Studio
from services.work import claim_work
from tests.gateways.http_server import Server, reply, serving
from tests.sql.lifecycle import Life

SECRET = "/services/very-secret"
FINAL = {"error": "Out of memory", "error_kind": "worker_error", "retryable": False}


@dataclass
class Team:
    """A team with a webhook whose next answers are set."""

    studio: Studio
    server: Server
    life: Life

    def fail_a_clip(self, prompt: str) -> None:
        """Leaves one message in the outbox."""
        video = self.life.submit(prompt=prompt, max_retries=0)
        call = self.life.database.call
        (work,) = call("claim_submissions", worker="w", video_id=video["id"], limit=1)
        call("record_rejection", attempt_id=work["attempt_id"], error="Out of memory")

    def tell(self) -> int:
        """Does what is due; how many messages that were."""
        works = [work for work in claim_work(self.studio, limit=10) if work.kind == "tell"]
        for work in works:
            notices.tell(self.studio, work)
        return len(works)

    def texts(self) -> list[str]:
        """What the webhook was sent."""
        return [json.loads(request.body)["text"] for request in self.server.requests]


@pytest.fixture
def team(studio: Studio) -> Iterator[Callable[..., Team]]:
    """Makes the team, with the answers its webhook gives one after the other."""

    @contextmanager
    def make(*answers: bytes) -> Iterator[Team]:
        given = iter(answers)
        settings = replace(studio.settings, public_url="https://studio.test")
        public = replace(studio, settings=settings)
        with serving(lambda request, out: out.write(next(given))) as server:
            changes = {"slack_url": server.url + SECRET}
            studio.database.call("change_workspace", actor=None, changes=changes)
            yield Team(public, server, Life(studio.database))

    return make


def test_a_finished_clip_is_posted_once_with_its_link(team: Callable[..., Team]) -> None:
    """A second look finds nothing left to tell."""
    with team(reply(200)) as made:
        made.fail_a_clip("a <b>sea</b>")
        assert (made.tell(), made.tell()) == (1, 0)
    (text,) = made.texts()
    assert "a &lt;b&gt;sea&lt;/b&gt;" in text
    assert "<https://studio.test/gallery?clip=1|Open>" in text


def test_a_message_not_taken_now_comes_again(team: Callable[..., Team], database_url: str) -> None:
    """After the pause the webhook asked for, and never quicker."""
    with team(reply(429, retry_after="30"), reply(200)) as made:
        made.fail_a_clip("a sea")
        assert (made.tell(), made.tell()) == (1, 0)
        make_due(database_url)
        assert (made.tell(), made.tell()) == (1, 0)
    assert len(made.texts()) == 2


def make_due(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("update slack_posts set next_at = now()")


def test_a_webhook_that_is_gone_is_not_asked_again(
    team: Callable[..., Team], database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says so, without the secret address."""
    caplog.set_level(logging.DEBUG)
    with team(reply(404, b"no_service")) as made:
        made.fail_a_clip("a sea")
        assert made.tell() == 1
        make_due(database_url)
        assert made.tell() == 0
    assert "is given up" in caplog.text
    assert "very-secret" not in caplog.text


def test_a_message_is_dropped_when_the_webhook_was_taken_away(team: Callable[..., Team]) -> None:
    """Nobody wants to hear of it any more."""
    with team() as made:
        made.fail_a_clip("a sea")
        made.studio.database.call("change_workspace", actor=None, changes={"slack_url": None})
        assert (made.tell(), made.tell(), made.texts()) == (1, 0, [])


def test_a_test_message_goes_out_at_once_or_says_what_is_missing(
    team: Callable[..., Team], studio: Studio
) -> None:
    """An admin sees whether the webhook works."""
    with pytest.raises(InvalidInput, match="No webhook is set"):
        notices.send_test_message(studio)
    with team(reply(200)) as made:
        notices.send_test_message(made.studio)
    assert "OpenV Studio can post here" in made.texts()[0]
