"""How long fifty people wait who sign in at the same moment, and what those feel who work meanwhile."""

import asyncio
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from services.accounts import add_user
from services.errors import LimitReached, NotSignedIn
from services.gateways.postgres import PostgresDatabase
from services.passwords import PASSES
from services.sessions import COOKIE
from services.sign_in import sign_in
from tests.system.server import Server

PEOPLE, LIMIT_SECONDS = 50, 2.0
GUESSES, THREADS = int(os.environ.get("STUDIO_TEST_GUESSES", "10000")), 8
PASSWORD = "seven quiet rivers"
SIGN_IN = ("Name", "Password", "Sign in")


OVER = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}


class Visitor:
    """A browser's side of one page: its web socket, and the widgets and components it has been shown."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self.widgets: dict[str, str] = {}
        self.unanswered: dict[str, tuple[str, str]] = {}

    async def rerun(self, texts: dict[str, str] | None = None, pressed: str | None = None) -> set[str]:
        """Asks for a run and waits until it is over; the headings that it drew."""
        message = BackMsg()
        states = message.rerun_script.widget_states.widgets
        for label, text in (texts or {}).items():
            states.add(id=self.widgets[label], string_value=text)
        if pressed:
            states.add(id=self.widgets[pressed], trigger_value=True)
        message.rerun_script.ClearField("query_string")
        await self.socket.send(message.SerializeToString())
        return await self._drawn()

    async def answer_components(self) -> None:
        """Says for each component, one after the other, that it has done its work, as those that keep the cookie do."""
        for component, (part, answer) in list(self.unanswered.items()):
            message = BackMsg()
            message.rerun_script.fragment_id = part
            message.rerun_script.widget_states.widgets.add(id=component, json_value=answer)
            await self.socket.send(message.SerializeToString())
            await self._drawn()

    async def _drawn(self) -> set[str]:
        headings: set[str] = set()
        while True:
            answer = ForwardMsg.FromString(await self.socket.recv())
            kind = answer.WhichOneof("type")
            if kind == "delta":
                headings |= self._note(answer.delta)
            elif kind == "script_finished" and answer.script_finished in OVER:
                return headings

    def _note(self, delta: Delta) -> set[str]:
        kind = delta.new_element.WhichOneof("type")
        drawn = getattr(delta.new_element, kind) if kind else None
        if kind in ("text_input", "button"):
            self.widgets[drawn.label] = drawn.id
        if kind == "component_instance":
            is_reading = '"getAll"' in drawn.json_args
            self.unanswered[drawn.id] = (delta.fragment_id, "{}" if is_reading else "true")
        return {drawn.body} if kind == "heading" else set()


def main() -> None:
    """Prints what was waited and what got through."""
    with tempfile.TemporaryDirectory() as place:
        server = Server(
            Path(place) / "data", {"RUNPOD_API_KEY": "none-that-works", "RUNPOD_ENDPOINT_ID": "none"}
        )
        server.start()
        try:
            rows = PostgresDatabase((server.data / "postgres" / "connection").read_text())
            for number in range(PEOPLE):
                add_user(rows, f"person{number}", role="user", password=PASSWORD)
            own = time.process_time()
            waits, others, work, withheld = asyncio.run(sign_in_together(server))
            own = time.process_time() - own
            print_waits(waits, others)
            print(
                f"CPU for it: the server {work:.1f} s, the visitors on the same processors {own:.1f} s at most; "
                f"{withheld:.1f} s of these processors went to other machines meanwhile."
            )
            flood(rows)
            rows.close()
        finally:
            server.stop()


def work_of(server: Server) -> float:
    """CPU seconds that the server has used, without its database; these do not depend on what else runs here."""
    assert server.process
    times = psutil.Process(server.process.pid).cpu_times()
    return times.user + times.system


def withheld_seconds() -> float:
    """CPU seconds that this virtual machine wanted so far and did not get, 0 where that is not told."""
    return float(getattr(psutil.cpu_times(), "steal", 0.0))


async def sign_in_together(server: Server) -> tuple[list[float], list[float], float, float]:
    """Seconds from Sign in to Create for each, of a run of somebody at work meanwhile, of CPU used and withheld."""
    address = f"ws://127.0.0.1:{server.port}/_stcore/stream"
    visitors = [await entered(address) for _ in range(PEOPLE)]
    cookie = server.signed_in("person0").cookies[COOKIE]
    worker = await entered(address, additional_headers={"Cookie": f"{COOKIE}={cookie}"})
    others: list[float] = []
    before, withheld = work_of(server), withheld_seconds()
    working = asyncio.create_task(keep_working(worker, others))
    waits = await asyncio.gather(*(timed_sign_in(one, n) for n, one in enumerate(visitors)))
    working.cancel()
    return waits, others, work_of(server) - before, withheld_seconds() - withheld


async def entered(address: str, **options: object) -> Visitor:
    """Somebody who has opened the first page."""
    socket = await websockets.connect(address, max_size=None, subprotocols=["streamlit"], **options)  # type: ignore[arg-type]
    visitor = Visitor(socket)
    await visitor.rerun()
    return visitor


async def timed_sign_in(visitor: Visitor, number: int) -> float:
    begun = time.perf_counter()
    name, password, submit = SIGN_IN
    headings = await visitor.rerun({name: f"person{number}", password: PASSWORD}, submit)
    if "Create" not in headings:
        raise RuntimeError(f"person{number} did not get in: {headings}")
    waited = time.perf_counter() - begun
    await visitor.answer_components()
    return waited


async def keep_working(visitor: Visitor, waits: list[float]) -> None:
    """One click after the other, five a second at most."""
    while True:
        begun = time.perf_counter()
        try:
            await visitor.rerun()
        finally:  # also of the last one, which the end of the measurement cuts short
            waits.append(time.perf_counter() - begun)
        await asyncio.sleep(0.2)


def print_waits(waits: list[float], others: list[float]) -> None:
    """A row for each kind of wait, with the conditions."""
    load = " and ".join(f"{figure:.1f}" for figure in os.getloadavg()[:2])
    print(f"{PEOPLE} sign in at once, Argon2id × {PASSES}, {os.cpu_count()} CPUs, load {load}")
    print(f"{'':32} {'median s':>9} {'95 % s':>9} {'worst s':>9} {'limit s':>9}")
    for name, seconds in (("Sign in to Create", waits), ("a click of somebody at work", others)):
        late = statistics.quantiles(seconds, n=20, method="inclusive")[18] if len(seconds) > 1 else seconds[0]
        print(
            f"{name:32} {statistics.median(seconds):9.2f} {late:9.2f} {max(seconds):9.2f} {LIMIT_SECONDS:9.1f}"
        )


def flood(rows: PostgresDatabase) -> None:
    """Guesses from several threads: at one name from everywhere, and at many names from one address."""
    for told, name, address in (
        ("one name, many addresses", lambda _: "person1", lambda n: f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"),
        ("many names, one address", lambda n: f"nobody{n}", lambda _: "192.0.2.9"),
    ):
        begun = time.perf_counter()
        through = guessed(rows, name, address)
        print(
            f"{told}: {through} of {GUESSES} guesses reached the password in {time.perf_counter() - begun:.1f} s"
        )


def guessed(rows: PostgresDatabase, name: Callable[[int], str], address: Callable[[int], str]) -> int:
    """How many were told that the password is wrong, and not to wait."""
    numbers, lock = count(), threading.Lock()

    def guess(_: int) -> bool:
        with lock:
            number = next(numbers)
        try:
            sign_in(rows, name(number), f"guess number {number}", address=address(number))
        except NotSignedIn:
            return True
        except LimitReached:
            return False
        raise RuntimeError("A guess was right.")

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(guess, range(GUESSES)))


if __name__ == "__main__":
    main()
