"""The whole server killed at random moments: nothing lost, nothing doubled, nothing left over."""

import random
import sqlite3
import time

import av
import psycopg
import pytest
import requests

from tests.system.server import Server

KILLS = 20
_SETTINGS = {"MAX_CONCURRENT_JOBS": "100", "RECONCILE_SECONDS": "1"}


def accepted(server: Server, number: int) -> int | None:
    """The id of a newly accepted video, or None if the server died before it said so."""
    body = {
        "prompt": f"wave {number}",
        "modelName": "mochi",
        "frames": 7,
        "input": {"num_frames": 7, "steps": 10},
    }
    key = {"Idempotency-Key": f"wave-{number}"}
    try:
        answer = server.signed_in().post(f"{server.url}/api/runpod", json=body, headers=key, timeout=30)
    except requests.RequestException:
        return None
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def finished(server: Server, ids: list[int], seconds: float) -> list[dict[str, object]]:
    """The videos, once all of them are stored or failed."""
    end = time.monotonic() + seconds
    while True:
        videos = server.signed_in().get(f"{server.url}/api/videos", timeout=30).json()
        done = [video for video in videos if video["status"] == "failed" or is_stored(video)]
        if {video["id"] for video in done} >= set(ids) and len(done) == len(videos):
            return videos
        assert time.monotonic() < end, [(video["id"], video["status"], video["error"]) for video in videos]
        time.sleep(0.3)


def is_stored(video: dict[str, object]) -> bool:
    return str(video["url"]).startswith("/api/")


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.timeout(900)
def test_twenty_kills_between_generate_and_playable_lose_and_double_nothing(server: Server) -> None:
    """Every accepted job ends playable, each was submitted once, and no row, file or process stays behind."""
    server.settings = _SETTINGS
    moments = random.Random(20261122)
    ids = []
    for number in range(KILLS):
        server.start()
        ids.append(accepted(server, number))
        time.sleep(moments.uniform(0, 4))
        server.kill()
    server.start()
    videos = finished(server, [video_id for video_id in ids if video_id], 480)
    assert [video["status"] for video in videos] == ["completed"] * len(videos)
    assert len(videos) == KILLS
    for video in videos:
        clip = server.signed_in().get(f"{server.url}{video['url']}", timeout=30)
        (server.data / "clip").write_bytes(clip.content)
        with av.open(str(server.data / "clip")) as container:
            assert len(list(container.decode(video=0))) == 7
    check_nothing_left_over(server, len(videos))


def check_nothing_left_over(server: Server, videos: int) -> None:
    url = (server.data / "postgres" / "connection").read_text()
    assert rows(url, "select count(*) from attempts where state <> 'completed' or next_at is not null") == [
        (0,)
    ]
    assert rows(url, "select count(*) from attempts") == [(videos,)]
    with sqlite3.connect(server.data / "demo" / "jobs.sqlite") as jobs:
        assert jobs.execute("select count(*) from jobs").fetchone() == (videos,)
    assert list((server.data / "work").iterdir()) == []
    assert not list((server.data / "files").rglob(".incoming*"))
    server.stop()
    assert server.processes() == []
