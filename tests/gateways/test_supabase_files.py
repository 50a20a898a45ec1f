"""Files through supabase-py: keeping, signing, reading by Range, removing, and what the plan does not take."""

import threading
from pathlib import Path

import httpx
import psutil
import pytest

from services.errors import NotFound, TooLarge, Unavailable
from services.gateways import supabase_addresses
from services.gateways.supabase_client import SupabaseProject
from services.gateways.supabase_files import SupabaseStorage
from tests.services.test_feed import until
from tests.supabase.gateway import ANON_KEY, SERVICE_KEY, SupabaseStandIn

CLIP = "clips/1/1.mp4"


@pytest.fixture
def supabase(supabase_server: SupabaseStandIn, tmp_path: Path) -> SupabaseStandIn:
    """The stand-in with an empty bucket and no database."""
    supabase_server.serve(None, tmp_path / "bucket")
    return supabase_server


@pytest.fixture
def files(project: SupabaseProject) -> SupabaseStorage:
    """The adapter under test."""
    return SupabaseStorage(project, "videos")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Three thousand bytes."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(range(250)) * 12)
    return path


def test_a_kept_file_is_read_whole_and_in_parts_with_its_type(files: SupabaseStorage, clip: Path) -> None:
    """A player seeks by Range, and the browser may keep what never changes."""
    files.put(CLIP, clip, content_type="video/mp4")
    url = str(files.locate(CLIP))
    whole, part = httpx.get(url), httpx.get(url, headers={"Range": "bytes=1000-1249"})
    assert whole.content == clip.read_bytes()
    assert (whole.headers["content-type"], whole.headers["cache-control"]) == ("video/mp4", "max-age=86400")
    assert (part.status_code, part.content) == (206, bytes(range(250)))


def test_keeping_again_replaces(files: SupabaseStorage, clip: Path) -> None:
    """A file put twice, as after a crash, is no duplicate."""
    files.put(CLIP, clip, content_type="video/mp4")
    clip.write_bytes(b"second")
    files.put(CLIP, clip, content_type="video/mp4")
    assert httpx.get(str(files.locate(CLIP))).content == b"second"


def test_an_address_stays_the_same_until_shortly_before_it_expires(
    project: SupabaseProject, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fifty minutes the same, then a new one, while the old one still has ten minutes to live."""
    files, clock = SupabaseStorage(project, "videos"), [1000.0]
    files.put(CLIP, clip, content_type="video/mp4")
    monkeypatch.setattr(supabase_addresses.time, "monotonic", lambda: clock[0])
    first = files.locate(CLIP)
    clock[0] += 2999
    assert files.locate(CLIP) == first
    clock[0] += 1
    assert files.locate(CLIP) != first
    assert supabase_addresses.SIGNED_SECONDS == 3600


def test_many_who_ask_at_once_get_the_same_address(files: SupabaseStorage, clip: Path) -> None:
    """Two signings make two addresses; only the first is given out."""
    files.put(CLIP, clip, content_type="video/mp4")
    barrier, found = threading.Barrier(8), []

    def ask() -> None:
        barrier.wait()
        found.append(files.locate(CLIP))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def signings(supabase: SupabaseStandIn) -> int:
    """How often the storage was asked to sign."""
    return supabase.paths.count("/storage/v1/object/sign/videos")


def test_a_page_of_clips_is_signed_with_one_request(
    files: SupabaseStorage, supabase: SupabaseStandIn, clip: Path
) -> None:
    """2 100 keys take three requests, and what is there takes none when it is asked for afterwards."""
    files.put(CLIP, clip, content_type="video/mp4")
    files.prepare([CLIP, *(f"clips/{number}/1.mp4" for number in range(2, 2101))])
    assert signings(supabase) == 3
    assert httpx.get(str(files.locate(CLIP))).content == clip.read_bytes()
    files.prepare([CLIP, CLIP])
    assert signings(supabase) == 3


def test_who_asks_while_a_page_is_being_signed_waits_for_that_answer(
    files: SupabaseStorage, supabase: SupabaseStandIn, clip: Path
) -> None:
    """The cards of a page ask for their pictures at once, before the page's own request is answered."""
    files.put(CLIP, clip, content_type="video/mp4")
    supabase.faults.pause_seconds = 0.5
    supabase.faults.add("pause", where="/object/sign/")
    page = threading.Thread(target=files.prepare, args=([CLIP, "clips/2/1.mp4"],))
    page.start()
    assert until(lambda: supabase.faults.met)
    assert httpx.get(str(files.locate(CLIP))).content == clip.read_bytes()
    page.join()
    assert signings(supabase) == 1


def test_trouble_while_a_page_is_being_signed_is_told_to_who_asks_and_then_forgotten(
    files: SupabaseStorage, supabase: SupabaseStandIn, clip: Path
) -> None:
    """The page itself goes on without its pictures; the next who asks gets them."""
    files.put(CLIP, clip, content_type="video/mp4")
    supabase.faults.add("503", times=2, where="/object/sign/")
    files.prepare([CLIP])
    with pytest.raises(Unavailable):
        files.locate(CLIP)
    assert httpx.get(str(files.locate(CLIP))).content == clip.read_bytes()


def test_a_missing_file_is_not_found(files: SupabaseStorage) -> None:
    """The API answers 404 to it, not 503."""
    with pytest.raises(NotFound):
        files.locate("clips/9/9.mp4")


def test_removing_is_confirmed_and_missing_files_count_as_removed(
    files: SupabaseStorage, supabase: SupabaseStandIn, clip: Path
) -> None:
    """600 keys go in two requests; none at all is no request."""
    files.put(CLIP, clip, content_type="video/mp4")
    url = files.locate(CLIP)
    files.remove([])
    files.remove([CLIP, "clips/1/1.webp"])
    assert supabase.paths.count("/storage/v1/object/videos") == 1
    assert httpx.get(str(url)).json()["statusCode"] == "404"
    with pytest.raises(NotFound):
        files.locate(CLIP)
    files.remove([])


def test_many_are_removed_in_portions(
    files: SupabaseStorage, supabase: SupabaseStandIn, clip: Path, tmp_path: Path
) -> None:
    """The server takes 1 000 names at most; the row goes only when all are gone."""
    keys = [f"clips/{number}/1.mp4" for number in range(1100)]
    for key in keys:
        supabase.objects.details[key] = {"content-type": "video/mp4", "cache-control": ""}
        supabase.objects.path(key).touch()
    files.remove(keys)
    assert supabase.objects.details == {}
    assert supabase.paths.count("/storage/v1/object/videos") == 3


def test_a_file_that_the_storage_keeps_is_not_taken_for_removed(
    files: SupabaseStorage, supabase: SupabaseStandIn, clip: Path
) -> None:
    """It is left out of the answer just like a missing one."""
    files.put(CLIP, clip, content_type="video/mp4")
    supabase.objects.undeletable.add(CLIP)
    with pytest.raises(Unavailable, match="kept a file"):
        files.remove([CLIP])
    assert not files.remove(["clips/8/8.mp4"])


def test_a_clip_over_the_buckets_limit_is_not_even_sent(
    files: SupabaseStorage, supabase: SupabaseStandIn, clip: Path
) -> None:
    """The sentence says both sizes and where the clip is."""
    supabase.objects.bucket.file_size_limit = 2000
    with pytest.raises(TooLarge, match=r"stays at the worker's link"):
        files.put(CLIP, clip, content_type="video/mp4")
    assert supabase.paths == []


def test_a_clip_over_the_plans_limit_is_refused_once_and_not_sent_again(
    files: SupabaseStorage, supabase: SupabaseStandIn, clip: Path
) -> None:
    """The plan's limit is known only from its refusal, HTTP 400 with the real code in the body."""
    supabase.objects.most_bytes = 2000
    for _ in range(3):
        with pytest.raises(TooLarge, match="worker's link"):
            files.put(CLIP, clip, content_type="video/mp4")
    assert len(supabase.paths) == 1
    clip.write_bytes(b"small")
    files.put(CLIP, clip, content_type="video/mp4")


@pytest.mark.parametrize(
    "kind", ["402", "429", "500", "502", "503", "504", "drop", "half", "cut", "lost", "page"]
)
def test_a_storage_that_is_down_is_said_to_be_so_and_the_file_can_come_again(
    files: SupabaseStorage, supabase: SupabaseStandIn, clip: Path, kind: str
) -> None:
    """Whatever breaks at keeping, signing or removing is an outage, never a lost or a doubled file."""
    files.put(CLIP, clip, content_type="video/mp4")
    for act in (
        lambda: files.put(CLIP, clip, content_type="video/mp4"),
        lambda: files.locate(CLIP),
        lambda: files.remove([CLIP]),
        files.check,
    ):
        supabase.faults.add(kind)
        with pytest.raises(Unavailable) as told:
            act()
        assert told.value.code == "storage_unavailable"
        assert told.value.message.endswith(".")
    files.put(CLIP, clip, content_type="video/mp4")
    assert httpx.get(str(files.locate(CLIP))).content == clip.read_bytes()


def test_the_check_wants_a_private_bucket(project: SupabaseProject, supabase: SupabaseStandIn) -> None:
    """Missing or public, it says what an admin has to do."""
    SupabaseStorage(project, "videos").check()
    with pytest.raises(Unavailable, match="apply the migrations"):
        SupabaseStorage(project, "elsewhere").check()
    supabase.objects.bucket.public = True
    with pytest.raises(Unavailable, match="is public"):
        SupabaseStorage(project, "videos").check()


def test_a_bucket_that_takes_no_videos_is_named(
    files: SupabaseStorage, supabase: SupabaseStandIn, clip: Path
) -> None:
    """The MIME list is exact; the clip waits until an admin has changed it."""
    supabase.objects.bucket.allowed_mime_types = ["image/webp"]
    with pytest.raises(Unavailable, match="takes no files of this type"):
        files.put(CLIP, clip, content_type="video/mp4")


def test_a_key_without_rights_is_named(supabase: SupabaseStandIn, clip: Path) -> None:
    """The setting, not the key."""
    project = SupabaseProject(supabase.url, ANON_KEY)
    with pytest.raises(Unavailable, match="SUPABASE_KEY"):
        SupabaseStorage(project, "videos").remove([CLIP])
    project.close()


def test_big_files_do_not_pass_through_memory(
    files: SupabaseStorage, supabase: SupabaseStandIn, tmp_path: Path
) -> None:
    """Three files of 100 MB leave the memory where it was, 50 MB more or less; the stand-in's share included."""
    supabase.objects.most_bytes = 1 << 30
    big = tmp_path / "big.mp4"
    with big.open("wb") as sink:
        sink.truncate(100 << 20)
    files.put("clips/0/1.mp4", big, content_type="video/mp4")
    before = psutil.Process().memory_info().rss
    for number in range(1, 3):
        files.put(f"clips/{number}/1.mp4", big, content_type="video/mp4")
        assert psutil.Process().memory_info().rss - before < 50 << 20
        files.remove([f"clips/{number}/1.mp4"])


def test_signed_addresses_never_reach_the_log(
    files: SupabaseStorage, clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither do the key and what httpx tells of its requests."""
    caplog.set_level("INFO")
    files.put(CLIP, clip, content_type="video/mp4")
    files.locate(CLIP)
    assert "token=" not in caplog.text
    assert SERVICE_KEY not in caplog.text
