"""What the gallery of the harness shows: clips that are really encoded, and cards."""

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

CLIPS = 3
SECONDS, FPS = 20, 10
WIDTH, HEIGHT = 160, 90


def write_clips(folder: Path) -> None:
    """`0.mp4`, `0.webp` and so on."""
    for number in range(CLIPS):
        write_clip(folder / f"{number}.mp4", shade=number * 60)
        Image.new("RGB", (WIDTH, HEIGHT), (number * 60, 90, 160)).save(folder / f"{number}.webp")


def write_clip(path: Path, shade: int) -> None:
    """An H.264 clip long enough to outlast a test."""
    with av.open(path, "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(SECONDS * FPS):
            picture = np.full((HEIGHT, WIDTH, 3), (shade + index) % 256, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def card(card_id: str, number: int = 0, **differing: Any) -> dict[str, Any]:
    """A finished clip, apart from what differs."""
    finished = {
        "id": card_id,
        "title": f"Prompt of {card_id}",
        "status": "completed",
        "note": "",
        "progress": None,
        "poster_url": f"/clips/{number}.webp",
        "file_url": f"/clips/{number}.mp4",
        "facts": ["160 × 90", "20 s"],
        "aspect": WIDTH / HEIGHT,
        "when": "just now",
    }
    return {**finished, **differing}


def pending(card_id: str, **differing: Any) -> dict[str, Any]:
    return card(card_id, **{"status": "queued", "poster_url": None, "file_url": None, **differing})


def write_scene(folder: Path, cards: list[dict[str, Any]], **settings: bool) -> None:
    """What the harness draws from its next tick on."""
    scene = {"selecting": False, "cleared": False, **settings, "cards": cards}
    draft = folder / "scene.json.draft"
    draft.write_text(json.dumps(scene))
    draft.replace(folder / "scene.json")


def named(page: Page, card_id: str) -> Locator:
    return page.locator(".card").filter(has_text=f"Prompt of {card_id}")


def play(page: Page, card_id: str) -> Locator:
    """Clicks the poster and waits until pictures move."""
    named(page, card_id).locator(".play").click()
    video = named(page, card_id).locator("video")
    expect(video).to_be_visible()
    page.wait_for_function("video => video.currentTime > 0.2", arg=video.element_handle())
    return video


def await_ticks(page: Page, count: int) -> None:
    """Waits until the script has drawn the gallery that many more times."""
    ticks = "Number(document.body.innerText.match(/Tick: (\\d+)/)[1])"
    page.wait_for_function(f"last => {ticks} >= last", arg=page.evaluate(ticks) + count)
