"""How many requests one caller may make."""

import threading
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import LimitReached
from services.request_rates import RequestRates


@dataclass
class Clock:
    """A clock that goes on when it is told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def spent(rates: RequestRates, times: int, *, key: str = "anna", per_minute: int = 60) -> int:
    """How many of so many requests at once are let through."""
    passed = 0
    for _ in range(times):
        try:
            rates.spend(key, per_minute=per_minute)
        except LimitReached:
            continue
        passed += 1
    return passed


def test_a_sixth_of_a_minutes_requests_may_come_at_once() -> None:
    """Ten of sixty; then one for each second that passes."""
    clock = Clock()
    rates = RequestRates(clock=clock)
    assert spent(rates, 30) == 10
    clock.now += 3
    assert spent(rates, 30) == 3


def test_a_quiet_caller_gets_the_whole_burst_back_and_no_more() -> None:
    """An hour of silence does not add up."""
    clock = Clock()
    rates = RequestRates(clock=clock)
    spent(rates, 10)
    clock.now += 3600
    assert spent(rates, 100) == 10


def test_the_refusal_says_when_there_is_room_again() -> None:
    """Whoever waits as long as told gets through."""
    clock = Clock()
    rates = RequestRates(clock=clock)
    spent(rates, 10)
    with pytest.raises(LimitReached) as refusal:
        rates.spend("anna", per_minute=60)
    assert (refusal.value.status, refusal.value.code) == (429, "too_many_requests")
    clock.now += refusal.value.retry_after or 0
    assert spent(rates, 1) == 1


def test_one_caller_leaves_the_other_alone() -> None:
    """Each has a bucket of their own."""
    rates = RequestRates(clock=Clock())
    spent(rates, 30)
    assert spent(rates, 30, key="ben") == 10


def test_requests_at_the_same_moment_do_not_pass_for_one() -> None:
    """Forty threads with one request each share the ten there are."""
    rates, start, passed = RequestRates(clock=Clock()), threading.Barrier(40), []

    def ask() -> None:
        start.wait()
        passed.append(spent(rates, 1))

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == 10


def test_a_flood_of_callers_does_not_fill_the_memory() -> None:
    """What is remembered has an end; those who asked last stay remembered."""
    rates = RequestRates(clock=Clock())
    for number in range(10_050):
        rates.spend(number, per_minute=60)
    assert len(rates._full_at) == 10_000
    assert 10_049 in rates._full_at


@given(st.integers(1, 10_000), st.lists(st.floats(0, 30), min_size=1, max_size=80))
def test_no_minute_takes_more_than_the_limit_and_the_burst(per_minute: int, waits: list[float]) -> None:
    """However requests fall, their number stays below what flows in plus one burst; the first always passes."""
    clock = Clock()
    rates = RequestRates(clock=clock)
    passed = 0
    for wait in [0.0, *waits]:
        clock.now += wait
        passed += spent(rates, 3, per_minute=per_minute)
    allowed = (clock.now - 1000) * per_minute / 60 + max(1, per_minute / 6)
    assert 1 <= passed <= allowed + 0.001
