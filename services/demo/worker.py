"""The worker process: an order per line on stdin, progress on stdout; it ends when stdin ends."""

import ctypes
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from services.demo.encoder import Picture, write_clip
from services.demo.render import Request, open_shot

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
_LARGE = 2**29


def main(niceness: int) -> None:
    """Works until stdin ends or nobody listens on stdout any more."""
    os.nice(niceness)
    _keep_memory()
    try:
        _tell(ready=True)
        for line in sys.stdin:
            _tell(**_carry_out(json.loads(line)))
            _give_memory_back()
    except BrokenPipeError:
        os._exit(0)  # the owner is gone; flushing stdout on the way out would fail again


def _keep_memory() -> None:
    """Lets the C library keep what pictures give back, instead of asking the kernel anew for every picture.

    Saves a quarter of the time with glibc; others do not know the call.
    """
    with suppress(AttributeError, OSError):
        tune = ctypes.CDLL(None).mallopt
        tune(_MMAP_THRESHOLD, _LARGE)
        tune(_TRIM_THRESHOLD, _LARGE)


def _give_memory_back() -> None:
    """What the last clip needed goes back to the kernel while there is nothing to do."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)


def _carry_out(order: dict[str, Any]) -> dict[str, Any]:
    try:
        request = Request.read(order["input"])
        shot = open_shot(request)
        pictures = _paced(shot, request.frames, order["seconds"])
        write_clip(Path(order["path"]), pictures, size=(request.width, request.height), fps=request.fps)
    except (ValueError, MemoryError) as error:
        return {"error": str(error) or "out of memory", "kind": type(error).__name__}
    return {"done": True}


def _paced(pictures: Iterable[Picture], count: int, seconds: float) -> Iterator[Picture]:
    """Spreads the work over `seconds`, which also leaves the processor to others in between."""
    begun = time.monotonic()
    for number, picture in enumerate(pictures, start=1):
        yield picture
        _tell(progress=number * 100 // (count + 1))
        time.sleep(max(0.0, begun + seconds * number / count - time.monotonic()))


def _tell(**news: Any) -> None:
    sys.stdout.write(json.dumps(news) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
