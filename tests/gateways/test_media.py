"""Video files: real ones of many kinds, and files that only look like some."""

import json
import random
import subprocess
import sys
from pathlib import Path

import av
import pytest
from PIL import Image

from services.errors import Unavailable
from services.gateways.media import Clip, NotAVideo, finish, make_poster, probe
from tests.gateways.films import make_film, make_sound

KINDS = {
    "film.mp4": {},
    "begun.mp4": {"movflags": "faststart"},
    "pieces.mp4": {"movflags": "frag_keyframe+empty_moov"},
    "film.mov": {"sound": "aac"},
    "film.mkv": {},
    "film.ts": {},
    "rich.mp4": {"pixels": "yuv444p"},
    "deep.mp4": {"pixels": "yuv420p10le"},
    "old.mp4": {"codec": "mpeg4", "sound": "mp3"},
    "film.avi": {"codec": "mpeg4"},
    "vp8.webm": {"codec": "libvpx", "sound": "libopus"},
    "vp9.webm": {"codec": "libvpx-vp9", "sound": "libopus"},
    "film.gif": {"codec": "gif", "pixels": "rgb8"},
    "odd.gif": {"codec": "gif", "pixels": "rgb8", "width": 65, "height": 49},
}
PEAK = """
import pathlib, resource, sys
from services.errors import Unavailable
from services.gateways.media import finish, probe
film = pathlib.Path(sys.argv[1])
probe(film)
finish(film, film.with_suffix(".mp4"), {})
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One film of each kind."""
    folder = tmp_path_factory.mktemp("films")
    return {name: make_film(folder / name, **how) for name, how in KINDS.items()}


def streams_of(path: Path) -> list[tuple[str, str | None]]:
    with av.open(str(path)) as container:
        return [
            (s.codec.canonical_name, getattr(s.codec_context, "pix_fmt", None)) for s in container.streams
        ]


def pictures_of(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize("name", KINDS)
def test_probe_measures_every_kind(films, name):
    """Size, pace, number of pictures and running time are known, whatever the container tells."""
    clip = probe(films[name])
    assert (clip.width, clip.height) == ((65, 49) if name == "odd.gif" else (64, 48))
    assert (clip.frames, clip.fps) == (24, pytest.approx(24, abs=0.1))
    assert clip.duration_seconds == pytest.approx(1, abs=0.05)


def test_probe_names_the_codec(films):
    """The codec's own name, not that of the library that reads it."""
    names = ("film.mp4", "vp9.webm", "film.gif", "old.mp4")
    assert [probe(films[name]).codec for name in names] == ["h264", "vp9", "gif", "mpeg4"]
    assert probe(films["film.mp4"]) == Clip(64, 48, 24.0, 24, 1.0, "h264")


@pytest.mark.parametrize("name", ["begun.mp4", "film.mp4", "film.mkv", "vp9.webm", "film.gif", "film.avi"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.8])
def test_probe_sees_that_a_file_is_cut_off(films, tmp_path, name, share):
    """A download that broke off unnoticed is not kept as a video."""
    data = films[name].read_bytes()
    short = tmp_path / name
    short.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(NotAVideo):
        probe(short)


def test_probe_notices_a_single_missing_byte(films, tmp_path):
    """The end of the last picture counts."""
    short = tmp_path / "short.mp4"
    short.write_bytes(films["begun.mp4"].read_bytes()[:-1])
    with pytest.raises(NotAVideo):
        probe(short)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\0" * 5000, b"<html><body>Not found</body></html>", b'{"error": "expired"}', b"FAILED: out of memory",
        b"\0\0\0\x20ftypisom" + b"\0" * 500, b"GIF89a", b"\x1aE\xdf\xa3" * 50, b"RIFF\xff\xff\xff\xffAVI LIST",
    ],
)  # fmt: skip
def test_what_is_no_video_is_refused_by_all(data, tmp_path):
    """Error pages, texts and headers without a film behind them end in one sentence and leave nothing."""
    path, target = tmp_path / "result.mp4", tmp_path / "target"
    path.write_bytes(data)
    for handle in (lambda: probe(path), lambda: make_poster(path, target), lambda: finish(path, target, {})):
        with pytest.raises(NotAVideo):
            handle()
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["still.png", "still.jpg", "still.gif", "still.webp"])
def test_a_still_is_no_video(name, tmp_path):
    """One picture does not move."""
    Image.new("RGB", (64, 48), "red").save(tmp_path / name)
    with pytest.raises(NotAVideo):
        probe(tmp_path / name)


def test_sound_alone_is_no_video(tmp_path):
    """A file may play and show nothing."""
    with pytest.raises(NotAVideo):
        probe(make_sound(tmp_path / "sound.mp4"))


@pytest.mark.parametrize(
    "playlist", ["#EXTM3U\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n", "ffconcat version 1.0\nfile '{}'\n"]
)
def test_a_result_cannot_name_other_files(films, playlist):
    """Playlists would have us open what is on this machine, and are not opened."""
    path = films["film.ts"].with_name("playlist.mp4")
    path.write_text(playlist.format("film.ts"))
    with pytest.raises(NotAVideo):
        probe(path)


def test_a_picture_of_monstrous_size_is_refused(tmp_path):
    """A few bytes can claim more pixels than memory holds."""
    with av.open(str(tmp_path / "huge.gif"), "w") as output:
        stream = output.add_stream("gif", rate=1)
        stream.width, stream.height, stream.pix_fmt = 8000, 6000, "gray"
        output.mux(stream.encode(av.VideoFrame(8000, 6000, "gray")))
        output.mux(stream.encode(None))
    with pytest.raises(NotAVideo):
        probe(tmp_path / "huge.gif")


def test_a_missing_file_is_a_mistake_not_a_bad_video(tmp_path):
    """The one who asks is told."""
    with pytest.raises(FileNotFoundError):
        probe(tmp_path / "nowhere.mp4")


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_finished_to_what_browsers_play(films, tmp_path, name):
    """H.264 in 4:2:0 with AAC or MP3 beside it, the index before the pictures, nothing lost."""
    target = tmp_path / "film.mp4"
    finish(films[name], target, {})
    clip, streams, data = probe(target), streams_of(target), target.read_bytes()
    assert streams[0] == ("h264", "yuv420p")
    assert [codec in ("aac", "mp3") for codec, _ in streams[1:]] == [True] * ("sound" in KINDS[name])
    assert (clip.frames, clip.duration_seconds) == (24, pytest.approx(1, abs=0.05))
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("name", ["film.mp4", "begun.mp4", "pieces.mp4", "film.mov"])
def test_pictures_that_browsers_play_are_not_touched(films, tmp_path, name):
    """Nothing is encoded twice without need: the pictures are the worker's, byte for byte."""
    finish(films[name], tmp_path / "film.mp4", {})
    assert pictures_of(tmp_path / "film.mp4") == pictures_of(films[name])


def test_the_settings_travel_in_the_file(films, tmp_path):
    """Who finds the file later can read from it how it was made."""
    settings = json.dumps({"prompt": "café 🎬", "seed": 0})
    finish(films["film.mp4"], tmp_path / "film.mp4", {"title": "a\0cat\ud800", "comment": settings})
    with av.open(str(tmp_path / "film.mp4")) as container:
        assert container.metadata["title"] == "acat?"
        assert json.loads(container.metadata["comment"]) == {"prompt": "café 🎬", "seed": 0}


def test_a_full_disk_is_not_the_videos_fault(films, tmp_path):
    """A video that cannot be written may be written later."""
    (tmp_path / "film.mp4.part").symlink_to("/dev/full")
    with pytest.raises(Unavailable):
        finish(films["film.mp4"], tmp_path / "film.mp4", {})


def test_larger_files_take_no_more_memory(tmp_path):
    """A film of forty megabytes passes through in packets."""
    make_film(tmp_path / "large.mov", "rawvideo", pixels="yuyv422", frames=90, width=512, height=480)
    make_film(tmp_path / "small.mov", "rawvideo", pixels="yuyv422", frames=3, width=512, height=480)
    peaks = [
        int(subprocess.check_output([sys.executable, "-c", PEAK, tmp_path / name]))
        for name in ("small.mov", "large.mov")
    ]
    assert (tmp_path / "large.mov").stat().st_size > 40_000_000
    assert peaks[1] - peaks[0] < 25_000


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_a_poster(films, tmp_path, name):
    """A picture from about the middle, small as the film is."""
    make_poster(films[name], tmp_path / "poster.webp")
    with Image.open(tmp_path / "poster.webp") as poster:
        assert (poster.format, poster.size) == ("WEBP", (65, 49) if name == "odd.gif" else (64, 48))
        assert 60 < poster.convert("L").getpixel((3, 3)) < 210
    assert [file.name for file in tmp_path.iterdir()] == ["poster.webp"]


@pytest.mark.parametrize(("size", "expected"), [((1280, 720), (480, 270)), ((480, 848), (362, 640))])
def test_posters_are_small(tmp_path, size, expected):
    """A page of posters loads at once, also when films stand upright."""
    film = make_film(tmp_path / "film.mp4", width=size[0], height=size[1], frames=12)
    make_poster(film, tmp_path / "poster.webp")
    with Image.open(tmp_path / "poster.webp") as poster:
        assert poster.size == expected
    assert (tmp_path / "poster.webp").stat().st_size < 20_000


@pytest.mark.parametrize(
    "name", ["begun.mp4", "pieces.mp4", "film.mkv", "vp9.webm", "film.avi", "film.ts", "odd.gif"]
)
def test_damaged_files_never_do_worse_than_be_refused(films, tmp_path, name, capfd):
    """Whatever byte is wrong, the answer is a film or `NotAVideo`, and FFmpeg keeps its comments to itself."""
    dice, data = random.Random(name), films[name].read_bytes()
    path, target = tmp_path / "damaged", tmp_path / "target"
    for _ in range(25):
        damaged = bytearray(data)
        for _ in range(dice.choice([1, 5, 40])):
            damaged[dice.randrange(dice.choice([len(data), min(len(data), 800)]))] = dice.randrange(256)
        path.write_bytes(damaged)
        for handle in (
            lambda: probe(path),
            lambda: make_poster(path, target),
            lambda: finish(path, target, {}),
        ):
            try:
                handle()
            except NotAVideo as refusal:
                assert refusal.message.endswith(".")
    assert capfd.readouterr() == ("", "")
