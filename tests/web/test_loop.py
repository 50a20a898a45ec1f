"""The background loop: what may not hold up what, and how it ends."""

import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from services.web.loop import BackgroundLoop
from services.wiring import Studio
from services.work import claim_work, give_back
from tests.fakes import FakeRunPod
from tests.web.arrange import Arranger


@pytest.fixture
def slow_results() -> Iterator[tuple[str, threading.Event]]:
    """The address of a server that takes requests and answers none until the event is set."""
    over = threading.Event()

    class Silent(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            over.wait(60)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Silent)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", over
    over.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def loop(studio: Studio) -> BackgroundLoop:
    """The loop of that studio, not started."""
    return BackgroundLoop(studio)


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it comes true within some seconds."""
    end = time.monotonic() + 20
    while not holds() and time.monotonic() < end:
        threading.Event().wait(0.05)
    return holds()


def test_results_that_take_long_to_fetch_hold_up_no_new_job(
    loop: BackgroundLoop,
    arrange: Arranger,
    runpod: FakeRunPod,
    join: Callable[..., object],
    slow_results: tuple[str, threading.Event],
) -> None:
    """Twenty results lie on a server that does not answer, and submission after submission goes out all the same."""
    url, over = slow_results
    join("anna")
    for number in range(20):
        arrange.told(arrange.sent("anna"), status="COMPLETED", output={"result": f"{url}/{number}.mp4"})
    loop.start()
    try:
        for number in range(1, 6):
            arrange.queued("anna")
            assert soon(lambda wanted=number: len(runpod.submitted) == wanted)
    finally:
        over.set()
        loop.stop()


def test_a_slack_that_does_not_answer_holds_up_no_job_and_no_stop(
    loop: BackgroundLoop,
    studio: Studio,
    arrange: Arranger,
    runpod: FakeRunPod,
    join: Callable[..., object],
    slow_results: tuple[str, threading.Event],
) -> None:
    """Messages wait in a line of their own, and the one under way is left for the next process."""
    url, _ = slow_results
    join("anna")
    studio.database.call("change_workspace", actor=None, changes={"slack_url": f"{url}/secret"})
    for _ in range(3):
        arrange.failed("anna")
    loop.start()
    try:
        for number in range(1, 4):
            arrange.queued("anna")
            assert soon(lambda wanted=number: len(runpod.submitted) == wanted)
    finally:
        loop.stop()
    waiting = [work.kind for work in claim_work(replace(studio, worker="next"), limit=5)]
    assert waiting.count("tell") >= 2


def test_submissions_not_begun_when_the_server_ends_can_be_sent_by_the_next_at_once(
    studio: Studio, arrange: Arranger, join: Callable[..., object]
) -> None:
    """RunPod has certainly not heard of them, so nothing has to be waited for."""
    join("anna")
    video = arrange.queued("anna")
    give_back(studio, claim_work(studio, limit=5))
    assert arrange.now(video).attempt_state == "waiting"


def test_a_loop_that_was_never_started_can_be_stopped(loop: BackgroundLoop, studio: Studio) -> None:
    """A start that fails half-way must still let go of the database."""
    loop.stop()
    assert studio.stopping.is_set()
