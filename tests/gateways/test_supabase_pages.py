"""Pages and API on a Supabase project: how often the storage is asked, and what lost and late answers leave behind."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from services import clips
from services.errors import Unavailable
from services.gateways.supabase_client import SupabaseProject
from services.gateways.supabase_files import SupabaseStorage
from services.gateways.supabase_rows import SupabaseDatabase
from services.videos import Video, list_videos
from services.wiring import Studio
from tests.gateways.test_supabase_files import signings
from tests.pages.conftest import _forgotten_caches, signed_in
from tests.pages.test_create import generate, said
from tests.services.test_clips import completed, results, stored_video
from tests.services.test_feed import until
from tests.stored import stored_bytes
from tests.supabase.gateway import SupabaseStandIn
from tests.web.arrange import Arranger
from tests.web.client import TestClient
from tests.web.conftest import anna, api, arrange, bob, join, visit

__all__ = ["_forgotten_caches", "anna", "api", "arrange", "bob", "join", "results", "signed_in", "visit"]
ORDER = {"prompt": "A fox", "modelName": "mochi", "frames": 19}


@pytest.fixture
def database(project: SupabaseProject) -> SupabaseDatabase:
    """Rows in the stand-in, whatever the other tests stand on."""
    return SupabaseDatabase(project)


@pytest.fixture
def storage(project: SupabaseProject) -> SupabaseStorage:
    """Files there as well."""
    return SupabaseStorage(project, "videos")


@pytest.fixture
def gallery(studio: Studio, anna: TestClient) -> Callable[[], AppTest]:
    """Opens the gallery as anna."""
    app = AppTest.from_file(Path(__file__).parents[2] / "pages" / "shell.py", default_timeout=60)
    app.session_state["openv_token"] = studio.sessions.issue("anna")

    def open_gallery() -> AppTest:
        app.run().switch_page("gallery.py").run()
        assert not app.exception
        return app

    return open_gallery


def where(client: TestClient, video: Video) -> list[str]:
    """Where that client is sent for the picture and the clip."""
    answers = [client.get(f"/api/videos/{video.id}/{kind}") for kind in ("poster", "file")]
    assert [answer.status_code for answer in answers] == [307, 307]
    return [answer.headers["location"] for answer in answers]


def test_a_page_of_clips_asks_the_storage_once(
    gallery: Callable[[], AppTest], supabase: SupabaseStandIn, anna: TestClient, arrange: Arranger
) -> None:
    """24 clips with their pictures: one request, whoever plays which of them how often."""
    videos = [arrange.stored("anna", f"A fox, take {number}") for number in range(24)]
    gallery()
    first = [where(anna, video) for video in videos]
    assert signings(supabase) == 1
    gallery()
    assert [where(anna, video) for video in videos] == first
    assert signings(supabase) == 1


def test_signed_addresses_reach_nobody_else(
    gallery: Callable[[], AppTest], anna: TestClient, bob: TestClient, arrange: Arranger
) -> None:
    """What was signed for one user's page is not handed to another, nor to a page itself."""
    video = arrange.stored("anna")
    page = gallery()
    refused = [bob.get(f"/api/videos/{video.id}/{kind}") for kind in ("poster", "file")]
    assert [answer.status_code for answer in refused] == [404, 404]
    (grid,) = page.get("bidi_component")
    assert f"/api/videos/{video.id}/file" in grid.proto.json
    assert "token=" not in grid.proto.json


@pytest.mark.parametrize("kind", ["lost", "half", "cut", "drop", "504"])
def test_generate_makes_one_clip_when_the_answer_is_lost(
    studio: Studio, supabase: SupabaseStandIn, signed_in: Callable[..., AppTest], kind: str
) -> None:
    """One press, one clip, and it stands in the list as if nothing had happened."""
    browser = signed_in()
    supabase.faults.add(kind, where="/rpc/submit_video")
    generate(browser, "A fox in the snow")
    assert said(browser) == ""
    assert ":small[A fox in the snow]" in [text.value for text in browser.markdown]
    assert len(list_videos(studio.database, "anna")) == 1


def test_generate_pressed_again_after_an_outage_is_the_same_wish(
    studio: Studio, supabase: SupabaseStandIn, signed_in: Callable[..., AppTest]
) -> None:
    """Done twice and answered never: the page says so and shows the clip, and a second press makes no second one."""
    browser = signed_in()
    supabase.faults.add("lost", times=2, where="/rpc/submit_video")
    generate(browser, "A fox in the snow")
    assert "Press it again" in said(browser)
    assert ":small[A fox in the snow]" in [text.value for text in browser.markdown]
    assert said(browser.button("generate").click().run()) == ""
    assert len(list_videos(studio.database, "anna")) == 1


def test_a_script_gets_one_clip_when_the_answer_is_lost(
    studio: Studio, supabase: SupabaseStandIn, anna: TestClient
) -> None:
    """Even one that names no Idempotency-Key."""
    supabase.faults.add("lost", where="/rpc/submit_video")
    assert anna.post("/api/runpod", json=ORDER).status_code == 201
    assert len(list_videos(studio.database, "anna")) == 1


def test_thirty_seconds_without_an_answer_lose_and_double_nothing(
    studio: Studio,
    supabase: SupabaseStandIn,
    anna: TestClient,
    gallery: Callable[[], AppTest],
    results: tuple[str, Path],
) -> None:
    """A submission, an upload and a signing hang that long, are done late, and hold nobody else up."""
    work = completed(studio, results[0] + "/clip.mp4")
    for path in ("/rpc/submit_video", "/object/videos", "/object/sign/"):
        supabase.faults.add("pause", where=path)
    with ThreadPoolExecutor(3) as threads:
        begun = time.monotonic()
        submitted = threads.submit(post, anna)
        stored = threads.submit(clips.store, studio, work)
        signed = threads.submit(studio.storage.locate, "clips/9/9.mp4")
        assert until(lambda: len(supabase.faults.met) == 3)
        gallery()
        assert anna.get("/api/health").status_code == 200
        assert not any(waiting.done() for waiting in (submitted, stored, signed))
        assert isinstance(signed.exception(), Unavailable)
        assert submitted.result() == 503
        assert post(anna) == 201  # before the first one is carried out, and under the same key
        stored.result()
    assert time.monotonic() - begun > supabase.faults.pause_seconds
    assert [video.prompt for video in list_videos(studio.database, "anna")].count("A fox") == 1
    assert stored_bytes(studio.storage, stored_video(studio, work).file_key)


def post(client: TestClient) -> int:
    return client.post("/api/runpod", json=ORDER, headers={"Idempotency-Key": "once"}).status_code
