"""Fetching, checking, keeping and removing a finished job's file, from a real server to a real folder."""

import http.server
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from services import attempts, clips
from services.errors import Unavailable
from services.gateways.processes import own_mark
from services.news import parse_news
from services.videos import Video, delete_videos, find_video
from services.wiring import Studio
from services.work import Work, claim_work
from tests.services.test_attempts import submitted
from tests.stored import stored_bytes


def write_clip(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(24))
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(24):
            picture = np.full((48, 64, 3), number * 10, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


@pytest.fixture
def results(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server of results on the loopback: its address and its folder."""
    folder = tmp_path / "results"
    folder.mkdir()
    write_clip(folder / "clip.mp4")
    (folder / "page.mp4").write_text("<html>expired</html>")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(folder))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder
    server.shutdown()
    server.server_close()
    thread.join()


def completed(studio: Studio, url: str) -> Work:
    """The work to store a video whose result is at that address."""
    video = attempts.carry_out_now(studio, submitted(studio, seed=0), by="anna")
    attempts.record_news(
        studio, parse_news({"id": video.job_id, "status": "COMPLETED", "output": {"result": url}})
    )
    (work,) = [work for work in claim_work(studio, limit=5) if work.kind == "store"]
    return work


def stored_video(studio: Studio, work: Work) -> Video:
    assert work.video_id
    return find_video(studio.database, work.video_id, by="anna")


def left_over(studio: Studio) -> list[str]:
    return [path.name for path in studio.work_folder.iterdir()]


def test_a_result_becomes_our_own_file_with_poster_and_duration(
    studio: Studio, results: tuple[str, Path]
) -> None:
    """The kept file plays, says what it was made with, and nothing half-made stays."""
    work = completed(studio, results[0] + "/clip.mp4")
    clips.store(studio, work)
    video = stored_video(studio, work)
    assert (video.duration_seconds, video.file_key) == (1.0, f"clips/{video.id}/1.mp4")
    with av.open(str(studio.storage.locate(video.file_key))) as container:
        assert '"seed": 0' in container.metadata["comment"]
    assert (stored_bytes(studio.storage, video.poster_key) or b"")[8:12] == b"WEBP"
    assert left_over(studio) == []


@pytest.mark.parametrize(("name", "kind"), [("gone.mp4", "expired"), ("page.mp4", "worker_error")])
def test_a_result_that_is_gone_or_no_video_fails_with_a_sentence(
    studio: Studio, results: tuple[str, Path], name: str, kind: str
) -> None:
    """COMPLETED is not success until there is something to play."""
    work = completed(studio, f"{results[0]}/{name}")
    clips.store(studio, work)
    video = stored_video(studio, work)
    assert (video.status, video.error_kind) == ("failed", kind)
    assert video.error
    assert video.error.endswith(".")
    assert left_over(studio) == []


def test_a_result_at_a_forbidden_address_is_not_fetched(studio: Studio) -> None:
    """A worker cannot make us read what only this machine can reach."""
    work = completed(studio, "http://169.254.169.254/latest/meta-data")
    clips.store(studio, work)
    assert stored_video(studio, work).status == "failed"


def test_with_the_storage_down_the_file_is_kept_and_stored_later(
    studio: Studio, results: tuple[str, Path], database_url: str
) -> None:
    """Fetched once; when the storage is back the clip appears."""
    from tests.sql.lifecycle import Life

    url, folder = results
    work = completed(studio, url + "/clip.mp4")
    put, studio.storage.put = studio.storage.put, _down  # type: ignore[method-assign,assignment]
    clips.store(studio, work)
    assert (stored_video(studio, work).status, left_over(studio)) == ("completed", [f"{work.video_id}-1.mp4"])
    assert stored_video(studio, work).store_note == "The storage is down."
    (folder / "clip.mp4").unlink()
    studio.storage.put = put  # type: ignore[method-assign]
    Life(studio.database).make_due(database_url)
    (later,) = claim_work(studio, limit=5)
    clips.store(studio, later)
    assert (stored_video(studio, work).stored_at is not None, left_over(studio)) == (True, [])


def _down(*_: object, **__: object) -> None:
    raise Unavailable("The storage is down.")


def test_purging_removes_files_then_the_row(
    studio: Studio, results: tuple[str, Path], database_url: str
) -> None:
    """Nothing stays in the folder or in the table."""
    import psycopg

    work = completed(studio, results[0] + "/clip.mp4")
    clips.store(studio, work)
    video = stored_video(studio, work)
    delete_videos(studio.database, by="anna", ids=[video.id])
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update videos set created_at = '2020-01-01', purge_next_at = '2020-02-01'")
    (purge,) = claim_work(studio, limit=5)
    clips.purge(studio, purge)
    assert stored_bytes(studio.storage, video.file_key) is None
    assert studio.database.call("find_video", video_id=video.id, actor="anna") == []


def test_what_a_killed_process_left_half_made_is_swept_away(tmp_path: Path) -> None:
    """Drafts of the living and files that are ready stay."""
    names = ["1-1.999999-1.raw", f"2-1.{own_mark()}.draft", "3-1.mp4"]
    for name in names:
        (tmp_path / name).touch()
    clips.sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == names[1:]
