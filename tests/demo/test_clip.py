"""What the rendered clip is, bit by bit."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from services.demo.encoder import write_clip, write_sample
from services.demo.render import Request, open_shot
from services.demo.scenes.catalogue import SCENES

SMALL: dict[str, Any] = {"width": 160, "height": 96, "num_frames": 7, "steps": 20, "cfg": 6, "seed": 1}


def rendered(path: Path, prompt: str = "a calm ocean at sunset", **changes: Any) -> Path:
    request = Request.read({"positive_prompt": prompt, **SMALL, **changes})
    write_clip(path, open_shot(request), size=(request.width, request.height), fps=request.fps)
    return path


def pictures(path: Path) -> Iterator[np.ndarray[Any, Any]]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


@pytest.mark.parametrize(
    ("size", "frames", "fps"),
    [((848, 480), 7, 24), ((480, 848), 7, 24), ((640, 640), 8, 30), ((161, 97), 1, 12)],
)
def test_the_clip_is_what_was_asked_for(tmp_path: Path, size: tuple[int, int], frames: int, fps: int) -> None:
    """H.264 High in yuv420p, of the size (made even), number of frames and rate of the request."""
    path = rendered(tmp_path / "clip.mp4", width=size[0], height=size[1], num_frames=frames, fps=fps)

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        seen = sum(1 for _ in container.decode(video=0))
        codec = stream.codec_context
        assert (codec.name, codec.profile, codec.pix_fmt) == ("h264", "High", "yuv420p")
        assert (codec.width, codec.height) == (size[0] // 2 * 2, size[1] // 2 * 2)
        assert (seen, stream.frames, stream.average_rate) == (frames, frames, fps)
        assert stream.duration * stream.time_base == Fraction(frames, fps)


def test_players_can_begin_before_the_file_is_complete(tmp_path: Path) -> None:
    """The index (moov) lies before the data (mdat)."""
    data = rendered(tmp_path / "clip.mp4").read_bytes()

    assert 0 < data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("prompt", ["a calm ocean", "poppies in a meadow", "neon city in the rain"])
def test_the_same_request_gives_the_same_bytes(tmp_path: Path, prompt: str) -> None:
    """Rendering twice gives the same file, bit for bit."""
    first = rendered(tmp_path / "first.mp4", prompt).read_bytes()
    second = rendered(tmp_path / "second.mp4", prompt).read_bytes()

    assert first == second


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"prompt": "a calm ocean at dawn"},
        {"negative_prompt": "birds"},
        {"steps": 50},
        {"cfg": 12},
    ],
)
def test_every_setting_shows(tmp_path: Path, change: dict[str, Any]) -> None:
    """Another seed, prompt, negative prompt, number of steps or guidance gives another clip."""
    base = rendered(tmp_path / "base.mp4").read_bytes()

    assert rendered(tmp_path / "other.mp4", **change).read_bytes() != base


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_every_scene_moves_and_is_lit(tmp_path: Path, scene: str) -> None:
    """Each scene has light, colour and motion, and no picture jumps."""
    names = {
        "alps": "mountains",
        "ink": "abstract ink",
        "lava": "volcano",
        "reef": "coral reef",
        "valley": "hills",
    }
    shown = [
        picture.astype(float)
        for picture in pictures(rendered(tmp_path / "clip.mp4", names.get(scene, scene)))
    ]

    changes = [float(np.abs(after - before).mean()) for before, after in pairwise(shown)]

    assert 10 < shown[0].mean() < 225
    assert shown[0].std() > 12
    assert 0.1 < max(changes) < 20


@pytest.mark.parametrize("size", [(16, 16), (1920, 64), (64, 480)])
@pytest.mark.parametrize("prompt", ["ocean", "city rain", "valley snow", "alps", "planet earth"])
def test_unusual_sizes_are_drawn_as_well(tmp_path: Path, prompt: str, size: tuple[int, int]) -> None:
    """Very small, very wide and very tall clips have the size asked for."""
    path = rendered(tmp_path / "clip.mp4", prompt, width=size[0], height=size[1], num_frames=1)

    assert next(pictures(path)).shape == (size[1], size[0], 3)


def test_a_clip_says_that_it_is_a_demo(tmp_path: Path) -> None:
    """The corner is marked, and so is the file."""
    path = rendered(tmp_path / "clip.mp4", "night", width=848, height=480, num_frames=1)

    with av.open(str(path)) as container:
        title = container.metadata["title"]
    corner = next(pictures(path))[-30:, -110:].astype(int)
    assert title == "Demo render"
    assert corner.max() - np.median(corner) > 40


@pytest.mark.parametrize(
    "wrong",
    [
        {"positive_prompt": ""},
        {"positive_prompt": None},
        {"positive_prompt": 7},
        {"width": 9},
        {"height": 99999},
        {"num_frames": 0},
        {"num_frames": "many"},
        {"fps": 0},
        {"seed": -1},
        {"cfg": float("nan")},
        {"steps": True},
    ],
)
def test_input_that_cannot_be_rendered_is_refused(wrong: dict[str, Any]) -> None:
    """Nonsense raises ValueError that names the field."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Request.read({"positive_prompt": "ocean", **wrong})


def test_what_is_left_out_has_defaults() -> None:
    """A prompt alone is enough, and null is as good as left out."""
    request = Request.read({"positive_prompt": "ocean", "steps": None, "cfg": None})

    assert (request.width, request.height, request.frames, request.fps) == (848, 480, 61, 24)


def test_the_sample_is_a_clip_too(tmp_path: Path) -> None:
    """The clip used where nothing is rendered can be decoded."""
    write_sample(tmp_path / "sample.mp4")

    assert len(list(pictures(tmp_path / "sample.mp4"))) == 12
