"""The outbox for Slack: filled with the outcome itself, emptied by one worker at a time, bounded."""

import psycopg
import pytest

from services.gateways.database import Database, Row
from tests.sql.lifecycle import Life

FINAL = {"error": "Out of memory", "error_kind": "worker_error", "retryable": False}


@pytest.fixture
def life(database: Database) -> Life:
    """Anna's videos, in a team with a webhook."""
    life = Life(database)
    database.call("change_workspace", actor=None, changes={"slack_url": "https://hooks.test/secret"})
    return life


def failed(life: Life, job_id: str = "job-1", **order: object) -> Row:
    video = life.sent(job_id, max_retries=0, **order)
    life.news("failed", job_id, **FINAL)
    return video


def waiting(url: str) -> list[tuple[str, int, str | None]]:
    with psycopg.connect(url) as connection:
        return connection.execute("select outcome, tries, note from slack_posts order by id").fetchall()


def test_without_a_webhook_nothing_is_kept(life: Life, database_url: str) -> None:
    """Nobody would ever take it."""
    life.database.call("change_workspace", actor=None, changes={"slack_url": None})
    failed(life)
    assert waiting(database_url) == []


def test_an_outcome_is_claimed_once_and_gone_once_posted(life: Life, database_url: str) -> None:
    """With all that the message says; doubled news make no second one."""
    video = failed(life, prompt="a sea")
    life.news("failed", **FINAL)
    (post,) = life.claim("tell")
    assert life.claim("tell", worker="w2") == []
    facts = post["input"]
    assert (post["video_id"], facts["outcome"], facts["prompt"]) == (video["id"], "failed", "a sea")
    assert (facts["user"], facts["model"], facts["error"], facts["seconds"]) == (
        "anna",
        "mochi",
        "Out of memory",
        2,
    )
    life.database.call("finish_slack_post", id=facts["post"])
    assert waiting(database_url) == []


def test_being_told_to_wait_holds_for_all_messages(life: Life, database_url: str) -> None:
    """Slack counts messages of a webhook, not of a clip."""
    for job_id in ("job-1", "job-2"):
        life.sent(job_id, max_retries=0)
    for job_id in ("job-1", "job-2"):
        life.news("failed", job_id, **FINAL)
    first, _ = life.claim("tell")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update slack_posts set claimed_by = null, next_at = now() where id = 2")
        life.database.call("delay_slack_post", id=first["input"]["post"], note="Slow down.", retry_after=60)
        wait = connection.execute("select min(next_at) > now() + interval '50 seconds' from slack_posts")
        assert wait.fetchone() == (True,)
    assert waiting(database_url)[0] == ("failed", 1, "Slow down.")
    assert life.claim("tell") == []


def test_the_messages_of_a_worker_that_ended_are_another_s(life: Life) -> None:
    """At once, not when the lease is over."""
    failed(life)
    assert len(life.claim("tell", worker="ends")) == 1
    life.database.call("retire_worker", worker="ends")
    assert len(life.claim("tell", worker="goes on")) == 1


def test_a_message_a_day_old_is_given_up_and_the_outbox_has_an_end(life: Life, database_url: str) -> None:
    """A webhook that is gone for good fills nothing."""
    failed(life)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update slack_posts set created_at = now() - interval '25 hours'")
        assert life.claim("tell") == []
        assert waiting(database_url) == []
        connection.execute(
            "insert into slack_posts (video_id, outcome, facts, next_at)"
            " select 1, 'ready', '{}', 'infinity' from generate_series(1, 1000)"
        )
    failed(life, "job-2")
    assert len(waiting(database_url)) == 1000
