"""Clips that go to Supabase Storage: what happens while it is down, and to those it never takes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services import clips, wiring
from services.gateways.supabase_client import SupabaseProject
from services.gateways.supabase_files import SupabaseStorage
from services.wiring import Studio
from services.work import claim_work
from tests.services.test_clips import completed, left_over, results, stored_video
from tests.sql.lifecycle import Life
from tests.stored import stored_bytes
from tests.supabase.gateway import SupabaseStandIn

__all__ = ["results"]


@pytest.fixture
def in_supabase(studio: Studio, project: SupabaseProject) -> Iterator[Studio]:
    """The studio with its files in the stand-in's bucket."""
    moved = replace(studio, storage=SupabaseStorage(project, "videos"))
    wiring.install(moved)
    yield moved
    wiring.install(None)


@pytest.mark.parametrize("kind", ["503", "drop", "lost", "half", "page"])
def test_a_clip_waits_for_its_storage_and_is_fetched_once(
    in_supabase: Studio, supabase: SupabaseStandIn, results: tuple[str, Path], database_url: str, kind: str
) -> None:
    """Kept here while the storage is down, stored when it is back, though the worker's file is gone by then."""
    url, folder = results
    work = completed(in_supabase, url + "/clip.mp4")
    supabase.faults.add(kind, times=9, where="/storage/")
    clips.store(in_supabase, work)
    assert left_over(in_supabase) == [f"{work.video_id}-1.mp4"]
    assert "cannot be reached" in (stored_video(in_supabase, work).store_note or "")
    (folder / "clip.mp4").unlink()
    supabase.faults.clear()
    Life(in_supabase.database).make_due(database_url)
    (later,) = claim_work(in_supabase, limit=5)
    clips.store(in_supabase, later)
    video = stored_video(in_supabase, work)
    assert (video.store_note, left_over(in_supabase)) == (None, [])
    assert stored_bytes(in_supabase.storage, video.file_key)


def test_a_clip_over_the_plan_keeps_the_workers_link_and_says_so(
    in_supabase: Studio, supabase: SupabaseStandIn, results: tuple[str, Path]
) -> None:
    """It stays completed and playable; nobody tries again, nothing is left lying here."""
    supabase.objects.most_bytes = 1000
    work = completed(in_supabase, results[0] + "/clip.mp4")
    clips.store(in_supabase, work)
    video = stored_video(in_supabase, work)
    assert (video.status, video.result_url) == ("completed", results[0] + "/clip.mp4")
    assert "stays at the worker's link" in (video.store_note or "")
    assert (claim_work(in_supabase, limit=5), left_over(in_supabase)) == ([], [])
