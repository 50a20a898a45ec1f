"""The clips in the pictures: what they show, whose they are, and what was thought of them."""

import time

from services.attempts import news_fields
from services.gateways.database import Database
from services.news import parse_news
from services.ratings import rate_video
from services.sharing import share_video
from services.videos import find_video
from tests.system.server import Server

OWNER, COLLEAGUE = "mara", "jonas"
WIDE, TALL, SQUARE = (848, 480), (480, 848), (640, 640)
CLIPS = (  # the last is the newest and comes first
    ("A valley at sunrise, mist between the hills, wild horses far away", WIDE, 7),
    ("Ink in clear water, slow swirls of blue and gold", SQUARE, 21),
    ("A campfire at night, embers rising into the dark", WIDE, 5),
    ("A lavender field in summer, butterflies above the flowers", WIDE, 11),
    ("An old redwood forest in the morning, rays of light between the trees", TALL, 3),
    ("Dunes of the Sahara at dusk, wind over the sand", WIDE, 12),
    ("Lava on its way down a volcano at night", WIDE, 4),
    ("A coral reef with fish, sunlight from above", WIDE, 9),
    ("A planet in front of a glowing nebula, slow flight past it", SQUARE, 0),
    ("Peaks of the Himalaya in the golden evening, aerial view", WIDE, 8),
    ("A neon-lit city street at night, light rain, reflections", WIDE, 2),
    ("Northern lights above a frozen lake", WIDE, 6),
    ("A calm sea at sunset, slow waves towards the shore", WIDE, 1),
)
SHARED_BY_COLLEAGUE = (
    ("Snow falling on a quiet pine forest, morning light", WIDE, 3),
    ("A stormy sea at dawn, spray above the waves", WIDE, 16),
    ("Golden desert dunes under a clear sky", WIDE, 10),
    ("A meadow of poppies in the wind", WIDE, 14),
)
_SHARED, _STARRED = (12, 10, 9, 7, 4, 2), (12, 11, 7)
_RATINGS = {12: 5, 11: 4, 10: 5, 9: 4, 7: 5}
_MAKING_SECONDS, _SUBMITTED_SECONDS = 30 * 60, 60


def make_clips(server: Server, database: Database) -> None:
    """Has all of them made, waits for the last, and shares and rates some."""
    own = [order(server, *clip) for clip in CLIPS]
    others = [order(server, *clip, by=COLLEAGUE) for clip in SHARED_BY_COLLEAGUE]
    _await(server, OWNER)
    _await(server, COLLEAGUE)
    for place in _SHARED:
        share_video(database, own[place], by=OWNER, shared=True)
    for place, rating in _RATINGS.items():
        rate_video(database, own[place], by=OWNER, rating=rating, starred=place in _STARRED)
    for video in others:
        share_video(database, video, by=COLLEAGUE, shared=True)


def order(
    server: Server, prompt: str, size: tuple[int, int], seed: int, *, by: str = OWNER, frames: int = 49
) -> int:
    """The id of the clip asked for."""
    shape = {"width": size[0], "height": size[1], "seed": seed}
    body = {"prompt": prompt, "modelName": "mochi", "frames": frames, "input": shape}
    answer = server.signed_in(by).post(f"{server.url}/api/runpod", json=body, timeout=30)
    answer.raise_for_status()
    return int(answer.json()["id"])


def let_fail(database: Database, video: int, error: str) -> None:
    """RunPod tells that this clip, which is in work, has failed."""
    end = time.monotonic() + _SUBMITTED_SECONDS
    while (job_id := find_video(database, video, by=OWNER).job_id) is None:
        assert time.monotonic() < end, "The job was not submitted."
        time.sleep(0.1)  # between two looks
    news = news_fields(parse_news({"id": job_id, "status": "FAILED", "error": error}))
    database.call("record_news", video_id=None, number=None, job_id=job_id, news=news, ask_again=20.0)


def forget(server: Server, video: int) -> None:
    """Deletes it, so that the next picture does not show it."""
    server.signed_in(OWNER).delete(f"{server.url}/api/videos", json={"ids": [video]}, timeout=30)


def _await(server: Server, user: str) -> None:
    session, end = server.signed_in(user), time.monotonic() + _MAKING_SECONDS
    while time.monotonic() < end:
        videos = session.get(f"{server.url}/api/videos", timeout=30).json()
        if all(video["posterUrl"] for video in videos):
            return
        time.sleep(1)  # between two looks
    raise TimeoutError(f"The clips were not made.\n{server.log()}")
