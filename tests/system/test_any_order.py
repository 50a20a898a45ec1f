"""Any order of submissions, news, crashes, cancels and restarts, played on the real database beside a plain model."""

import dataclasses
import os
from collections import Counter
from typing import Any, ClassVar

import psycopg
import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services import attempts, endpoints, videos
from services.accounts import ensure_user
from services.errors import AppError, Conflict, Unavailable
from services.news import parse_news
from services.orders import Request
from services.quota import find_quota, limits
from services.terms import accept_terms
from services.wiring import Pace, Studio
from services.work import Work, claim_work
from tests.world import Crash, World

EXAMPLES = int(os.environ.get("STUDIO_TEST_EXAMPLES", "200"))
SEED = int(os.environ.get("STUDIO_TEST_SEED", "0"))
"""Another plays other examples, so that several processes share a long run; 0 plays the same ones every time."""
FATES = ("taken", "taken", "taken", "refused", "blocked", "rejected", "lost on the way", "answer lost",
         "crash before", "crash after")  # fmt: skip
ENDS: tuple[dict[str, Any], ...] = (
    {"status": "COMPLETED"},
    {"status": "COMPLETED", "output": {"result": "FAILED: out of memory"}},
    {"status": "COMPLETED", "output": None},
    {"status": "FAILED", "error": "worker exited with code 137"},
    {"status": "FAILED", "error": "invalid width"},
    {"status": "TIMED_OUT"},
    {"status": "CANCELLED"},
)
PICK = st.integers(0, 7)


class Lives(RuleBasedStateMachine):
    """One user, a few videos, one RunPod; every rule is something that happens in a day of the real system."""

    studio: Studio
    connection: psycopg.Connection[Any]
    ended: ClassVar[Counter[str]] = Counter()
    """How many videos of all examples ended in each way."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.accepted: list[int] = []
        self.kept: dict[int, int] = {}
        self.life = 0

    @initialize()
    def begin(self) -> None:
        for table in ("videos", "attempts", "workers", "endpoints", "endpoint_pauses"):
            self.sql(f"delete from {table}")
        self.process = dataclasses.replace(self.studio, runpod=self.world, pace=Pace(), worker="life 0")

    def sql(self, statement: str) -> None:
        self.connection.execute(statement)

    @rule()
    def submit(self) -> None:
        request = Request("a sea", "mochi", frames=7, seed=0)
        try:
            video = videos.submit_video(
                self.studio.database,
                self.studio.catalog,
                request,
                by="anna",
                limits=self.limits(),
                max_retries=1,
            )
        except Conflict:
            return
        self.accepted.append(video.id)

    def limits(self) -> dict[str, Any]:
        return {**limits(self.studio.settings), "max_jobs": 4}

    @rule(fate=st.sampled_from(FATES), down=st.booleans())
    def work(self, fate: str, down: bool) -> None:
        self.world.fate, self.world.is_down = fate, down and fate == "refused"
        self.carry_out_all()

    def carry_out_all(self) -> int:
        try:
            works = claim_work(self.process, limit=10)
            for work in works:
                self.carry_out(work)
        except Crash:
            self.life += 1
            self.process = dataclasses.replace(self.process, worker=f"life {self.life}")
            return 1
        return len(works)

    def carry_out(self, work: Work) -> None:
        steps = {"submit": attempts.send, "poll": attempts.ask, "cancel": attempts.stop, "probe": endpoints.probe,
                 "store": self.store}  # fmt: skip
        try:
            steps[work.kind](self.process, work)
        except Unavailable:
            return

    def store(self, _studio: Studio, work: Work) -> None:
        file = {"file_key": f"{work.video_id}/{work.number}", "file_bytes": 1, "duration_seconds": 7 / 24}
        self.studio.database.call("record_stored", video_id=work.video_id, number=work.number, file=file)

    @precondition(lambda self: self.world.jobs)
    @rule(pick=PICK, end=st.sampled_from(ENDS), begins=st.booleans())
    def job_goes_on(self, pick: int, end: dict[str, Any], begins: bool) -> None:
        job = self.picked_job(pick)
        job.becomes("IN_PROGRESS", delayTime=5)
        if not begins:
            job.becomes(**end)

    def picked_job(self, pick: int) -> Any:
        return list(self.world.jobs.values())[pick % len(self.world.jobs)]

    @precondition(lambda self: self.world.jobs)
    @rule(pick=PICK, which=PICK, signed=st.booleans())
    def webhook(self, pick: int, which: int, signed: bool) -> None:
        job = self.picked_job(pick)
        news = parse_news(job.said[which % len(job.said)])
        named = {"video_id": job.video_id, "number": job.number} if signed else {}
        attempts.record_news(self.process, news, **named)

    @precondition(lambda self: self.world.jobs)
    @rule(pick=PICK)
    def job_is_forgotten(self, pick: int) -> None:
        self.picked_job(pick).is_forgotten = True

    @precondition(lambda self: self.accepted)
    @rule(pick=PICK, action=st.sampled_from(("cancel", "retry", "delete", "restore")))
    def person(self, pick: int, action: str) -> None:
        video_id = self.accepted[pick % len(self.accepted)]
        database, by = self.studio.database, "anna"
        actions = {
            "cancel": lambda: videos.cancel_video(database, video_id, by=by),
            "retry": lambda: videos.retry_video(database, video_id, by=by, limits=self.limits()),
            "delete": lambda: videos.delete_videos(database, by=by, ids=[video_id]),
            "restore": lambda: videos.restore_video(database, video_id, by=by),
        }
        try:
            actions[action]()
        except AppError as refusal:
            assert refusal.status == 409

    @rule()
    def time_passes(self) -> None:
        self.sql("update attempts set next_at = clock_timestamp() where next_at is not null")
        self.sql("update workers set seen_at = seen_at - interval '1 hour'")
        self.sql("update endpoints set blocked_until = clock_timestamp()")
        self.sql("update endpoint_pauses set until = clock_timestamp()")

    def teardown(self) -> None:
        if hasattr(self, "process"):
            self.let_everything_end()
            self.check_rows()
            self.check_runpod()

    def let_everything_end(self) -> None:
        self.world.fate, self.world.is_down = "taken", False
        for _ in range(60):
            for job in self.world.jobs.values():
                job.becomes("COMPLETED")
            self.time_passes()
            if not self.carry_out_all() and not self.waiting():
                return
        raise AssertionError(f"something never ends: {self.waiting()}")

    def waiting(self) -> list[Any]:
        return self.connection.execute("select id, state from attempts where next_at is not null").fetchall()

    def check_rows(self) -> None:
        found = [videos.find_video(self.studio.database, video_id, by="anna") for video_id in self.accepted]
        for video in found:
            assert video.status in ("completed", "failed")
            self.ended[video.status] += 1
            given_up = video.error_kind == "cancelled" and video.attempt_state == "superseded"
            assert given_up or video.attempt_state == video.status
            assert (video.stored_at is not None) == (video.status == "completed")
            if video.stored_at:
                assert video.file_key == f"{video.id}/{video.attempt}"
                assert self.world.jobs[video.job_id or ""].status == "COMPLETED"
        used = find_quota(self.studio.database, "anna", limits=self.limits())
        delivered = sum(video.seconds for video in found if video.status == "completed")
        assert abs(used.used_seconds - delivered) < 1e-3
        assert used.active_jobs == 0

    def check_runpod(self) -> None:
        jobs = Counter((job.video_id, job.number) for job in self.world.jobs.values())
        assert not jobs or max(jobs.values()) == 1


@pytest.mark.timeout(3600 + EXAMPLES)
def test_every_accepted_job_ends_right_whatever_the_order(studio: Studio, database_url: str) -> None:
    """One right final state each, quota equal to what was delivered, one submission per attempt."""
    accept_terms(studio.database, ensure_user(studio.database, "anna", role="user").id)
    with psycopg.connect(database_url, autocommit=True) as connection:
        machine = type("Machine", (Lives,), {"studio": studio, "connection": connection})
        if SEED:
            machine = seed(SEED)(machine)
        chosen = settings(
            max_examples=EXAMPLES,
            stateful_step_count=20,
            deadline=None,
            derandomize=not SEED,
            database=None,
            suppress_health_check=[HealthCheck.too_slow],
        )
        run_state_machine_as_test(machine, settings=chosen)
    assert min(Lives.ended["completed"], Lives.ended["failed"]) > 0
