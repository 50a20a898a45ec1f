"""Claims whose answer is lost on its way from Supabase come back at once."""

from dataclasses import replace

import pytest

from services.accounts import ensure_user
from services.errors import Unavailable
from services.gateways.supabase_client import SupabaseProject
from services.gateways.supabase_rows import SupabaseDatabase
from services.web.loop import BackgroundLoop
from services.wiring import Studio
from services.work import claim_submission, claim_work
from tests.fakes import FakeRunPod
from tests.services.test_attempts import submitted
from tests.services.test_feed import until
from tests.supabase.gateway import SupabaseStandIn


@pytest.fixture
def in_supabase(studio: Studio, project: SupabaseProject) -> Studio:
    """The studio with its rows in the stand-in, whatever the other tests stand on."""
    studio = replace(studio, database=SupabaseDatabase(project))
    ensure_user(studio.database, "anna", role="user")
    return studio


@pytest.mark.parametrize("kind", ["lost", "half", "502"])
def test_a_claim_whose_answer_was_lost_is_told_again(
    in_supabase: Studio, supabase: SupabaseStandIn, kind: str
) -> None:
    """The same id, the same work, whether or not the first call got through."""
    submitted(in_supabase)
    supabase.faults.add(kind, where="/rpc/claim_work")
    with pytest.raises(Unavailable):
        claim_work(in_supabase, limit=5, claim="one")
    assert [work.kind for work in claim_work(in_supabase, limit=5, claim="one")] == ["submit"]
    assert claim_work(in_supabase, limit=5, claim="two") == []


@pytest.mark.parametrize("kind", ["lost", "half"])
def test_the_submission_right_after_taking_it_survives_a_lost_answer(
    in_supabase: Studio, supabase: SupabaseStandIn, kind: str
) -> None:
    """It does not wait for the end of its lease."""
    video = submitted(in_supabase)
    supabase.faults.add(kind, where="/rpc/claim_submission")
    assert [work.video_id for work in claim_submission(in_supabase, video.id)] == [video.id]


def test_the_loop_sends_a_job_whose_claim_it_never_heard_of(
    in_supabase: Studio, supabase: SupabaseStandIn, runpod: FakeRunPod
) -> None:
    """Within seconds, once."""
    submitted(in_supabase)
    supabase.faults.add("lost", times=2, where="/rpc/claim_work")
    loop = BackgroundLoop(in_supabase)
    loop.start()
    try:
        assert until(lambda: len(runpod.submitted) == 1)
    finally:
        loop.stop()
    assert len(runpod.submitted) == 1
