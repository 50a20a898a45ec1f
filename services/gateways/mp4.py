"""Writing MP4 files that play in every browser, and from their first bytes on."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from services.gateways.videofiles import THREADS, frame_rate

_FIT_CONTAINER = "mov"  # MP4's own family; others keep H.264, or its times, in a form that MP4 does not take
_FIT_PIXELS = ("yuv420p", "yuvj420p")
_FIT_SOUND = ("aac", "mp3")
_ENCODING = {"preset": "veryfast", "crf": "20"}


class _Lane(Protocol):
    """One stream's way from the source to the output; a packet without content is its end."""

    def take(self, packet: "Packet[Any]") -> "Iterator[Packet[Any]]":
        """What is to be written now that this packet has come. Raises `av.FFmpegError`."""
        ...


def write_mp4(
    source: InputContainer, picture: VideoStream, target: Path, metadata: Mapping[str, str]
) -> None:
    """The picture and sound of `source` at `target`: copied where browsers play them, encoded anew where not.

    Packet by packet, so memory does not grow with the file. Raises `av.FFmpegError` for damaged sources.
    """
    with av.open(str(target.absolute()), "w", format="mp4", options={"movflags": "+faststart"}) as output:
        output.metadata.update({key: _plain(value) for key, value in metadata.items()})
        lanes: dict[int, _Lane] = {picture.index: _picture_lane(source, picture, output)}
        sound = source.streams.best("audio")
        if isinstance(sound, AudioStream) and sound.codec_context is not None:
            lanes[sound.index] = _sound_lane(sound, output)
        for packet in source.demux([source.streams[index] for index in lanes]):
            for written in lanes[packet.stream.index].take(packet):
                output.mux(written)


def _picture_lane(source: InputContainer, picture: VideoStream, output: OutputContainer) -> _Lane:
    fits = picture.codec.canonical_name == "h264" and picture.codec_context.pix_fmt in _FIT_PIXELS
    if fits and source.format.name.startswith(_FIT_CONTAINER):
        return _Copied(picture, output)
    return _EncodedPicture(picture, output)


def _sound_lane(sound: AudioStream, output: OutputContainer) -> _Lane:
    if sound.codec.canonical_name in _FIT_SOUND:
        return _Copied(sound, output)
    return _EncodedSound(sound, output)


class _Copied:
    def __init__(self, stream: Stream, output: OutputContainer) -> None:
        self._output = output.add_stream_from_template(stream)

    def take(self, packet: "Packet[Any]") -> "Iterator[Packet[Any]]":
        """The packet itself."""
        if packet.size:
            packet.stream = self._output
            yield packet


class _EncodedPicture:
    def __init__(self, picture: VideoStream, output: OutputContainer) -> None:
        self._picture = picture
        self._output = output.add_stream("libx264", rate=frame_rate(picture), options=_ENCODING)
        self._output.width, self._output.height = picture.width // 2 * 2, picture.height // 2 * 2
        self._output.pix_fmt = "yuv420p"
        self._output.codec_context.time_base = picture.time_base or Fraction(1, 1000)
        self._output.thread_count = THREADS
        self._last = -1

    def take(self, packet: "Packet[Any]") -> "Iterator[Packet[Any]]":
        """The pictures in it, encoded anew."""
        for frame in self._picture.decode(packet):
            yield from self._output.encode(self._fitted(frame))
        if not packet.size:
            yield from self._output.encode(None)

    def _fitted(self, frame: VideoFrame) -> VideoFrame:
        fitted = frame.reformat(width=self._output.width, height=self._output.height, format="yuv420p")
        since_start = (fitted.pts or 0) - (self._picture.start_time or 0)
        self._last = max(self._last + 1, since_start)  # encoders want times that only grow
        fitted.pts = self._last
        return fitted


class _EncodedSound:
    def __init__(self, sound: AudioStream, output: OutputContainer) -> None:
        self._sound = sound
        layout = "mono" if sound.channels == 1 else "stereo"
        self._output = output.add_stream("aac", rate=48_000, layout=layout)

    def take(self, packet: "Packet[Any]") -> "Iterator[Packet[Any]]":
        """The sound in it, encoded anew."""
        for frame in self._sound.decode(packet):
            frame.pts = None if frame.pts is None else frame.pts - (self._sound.start_time or 0)
            yield from self._output.encode(frame)
        if not packet.size:
            yield from self._output.encode(None)


def _plain(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
