"""The pause of those who keep failing."""

import threading
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.throttle import Throttle


@dataclass
class Clock:
    """A clock that goes on when it is told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(clock=clock)


def fail(throttle: Throttle, clock: Clock, times: int, key: str = "anna") -> list[float]:
    """Fails that often, waiting for each pause to be over; the pauses that were asked for."""
    pauses = []
    for _ in range(times):
        if pause := throttle.begin(key):
            clock.now += pause
            assert throttle.begin(key) == 0
        pauses.append(pause)
    return pauses


def test_the_first_five_failures_cost_no_wait(throttle: Throttle, clock: Clock) -> None:
    """Whoever mistypes a few times may try again at once."""
    assert fail(throttle, clock, 5) == [0, 0, 0, 0, 0]


def test_each_further_failure_doubles_the_wait_up_to_a_limit(throttle: Throttle, clock: Clock) -> None:
    """Guessing becomes slow, but nobody is locked out for good."""
    pauses = fail(throttle, clock, 15)[5:]

    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_success_wipes_the_slate(throttle: Throttle, clock: Clock) -> None:
    """After the right password earlier mistakes no longer count."""
    fail(throttle, clock, 6)
    throttle.forget("anna")

    assert fail(throttle, clock, 5) == [0, 0, 0, 0, 0]


def test_a_try_taken_back_leaves_earlier_failures(throttle: Throttle, clock: Clock) -> None:
    """A guesser cannot reset the count of an address by signing in with an account of their own."""
    fail(throttle, clock, 4)
    throttle.begin("anna")
    throttle.take_back("anna")

    assert [throttle.begin("anna"), throttle.begin("anna")] == [0, 2]


def test_one_key_in_a_pause_holds_up_the_other(throttle: Throttle, clock: Clock) -> None:
    """A name is protected from every address, and an address slows down for every name."""
    fail(throttle, clock, 5, "anna")

    assert throttle.begin("ben", "anna") == 2
    assert throttle.begin("ben") == 0


def test_failures_are_forgotten_after_an_hour(throttle: Throttle, clock: Clock) -> None:
    """Yesterday's mistakes cost nothing today."""
    fail(throttle, clock, 6)
    clock.now += 3600

    assert fail(throttle, clock, 5) == [0, 0, 0, 0, 0]


def test_tries_at_the_same_moment_do_not_pass_for_one(throttle: Throttle) -> None:
    """Forty guesses sent at once are five guesses and thirty-five refusals."""
    start = threading.Barrier(40)
    allowed: list[float] = []

    def guess() -> None:
        start.wait()
        allowed.append(throttle.begin("anna"))

    threads = [threading.Thread(target=guess) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert allowed.count(0) == 5


def test_a_flood_of_names_does_not_fill_the_memory(throttle: Throttle) -> None:
    """What is remembered has an end; those who failed last stay remembered."""
    for number in range(10_050):
        throttle.begin(number)

    assert len(throttle._failures) == 10_000
    assert 10_049 in throttle._failures


@given(st.lists(st.floats(0, 400), max_size=60))
def test_the_wait_is_never_longer_than_the_limit_nor_negative(waits: list[float]) -> None:
    """However tries and pauses fall together, a wait is between 0 and five minutes."""
    clock = Clock()
    throttle = Throttle(clock=clock)
    for wait in waits:
        clock.now += wait
        assert 0 <= throttle.begin("anna") <= 300
