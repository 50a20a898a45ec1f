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

from services.accounts import add_user
from services.errors import LimitReached, NotSignedIn
from services.gateways.postgres import PostgresDatabase
from services.passwords import PASSES
from services.sessions import COOKIE
from services.sign_in import sign_in
from tests.system.server import Server
from tests.system.visitor import Visitor

PEOPLE, LIMIT_SECONDS = 50, 2.0
GUESSES, THREADS = int(os.environ.get("STUDIO_TEST_GUESSES", "10000")), 8
PASSWORD = "seven quiet rivers"
SIGN_IN = ("Name", "Password", "Sign in")


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
    visitors = [await Visitor.enter(server.port) for _ in range(PEOPLE)]
    session = server.signed_in("person0").cookies[COOKIE]
    worker = await Visitor.enter(server.port, f"{COOKIE}={session}")
    others: list[float] = []
    before, withheld = work_of(server), withheld_seconds()
    working = asyncio.create_task(keep_working(worker, others))
    waits = await asyncio.gather(*(timed_sign_in(one, n) for n, one in enumerate(visitors)))
    working.cancel()
    return waits, others, work_of(server) - before, withheld_seconds() - withheld


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
