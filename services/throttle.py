"""Throttling: a growing pause for whoever keeps failing, such as somebody who guesses passwords.

The counting is done by begin_try of the schema, for all processes together.
"""

import contextlib
import hashlib
import ipaddress
import math
from collections.abc import Sequence
from typing import Any

from services.errors import LimitReached
from services.gateways.database import Database

_FREE_BY_NAME, _FREE_BY_ADDRESS = 5, 100  # behind one address there may be a whole office, at nine o'clock

Key = dict[str, Any]


def name_key(name: str) -> Key:
    """What a try for that name counts under, wherever it comes from."""
    return _key("name " + name.strip().lower(), _FREE_BY_NAME)


def address_key(address: str | None) -> Key:
    """What a try from that address counts under, for whatever name; unknown ones count together.

    Whoever has an IPv6 address has the whole /64 around it, but not where it is an IPv4 address spelt as one.
    """
    place = address or "unknown"
    with contextlib.suppress(ValueError):
        known = ipaddress.ip_address(place)
        if isinstance(known, ipaddress.IPv6Address):
            place = str(known.ipv4_mapped or ipaddress.ip_network((known, 64), strict=False))
    return _key(f"address {place}", _FREE_BY_ADDRESS)


def begin_try(database: Database, *keys: Key) -> None:
    """Counts a try, as a failure until end_try says otherwise, so that many at the same moment do not pass for one.

    Raises LimitReached (`too_many_tries`) while a pause of one of the keys lasts: after its free failures 2 s, and twice
    as long after each further one, up to 5 minutes. An hour after the last all is forgotten. Raises Unavailable.
    """
    refuse_during(float(database.call("begin_try", keys=list(keys))[0]["pause"]))


def refuse_during(pause: float) -> None:
    """Raises LimitReached (`too_many_tries`) unless the pause, in seconds, is over."""
    if pause > 0:
        raise LimitReached(_wait_sentence(pause), code="too_many_tries", retry_after=pause)


def end_try(database: Database, *, forget: Sequence[Key] = (), take_back: Sequence[Key] = ()) -> None:
    """The try has not failed: `forget` drops all failures of a key, `take_back` this one alone. Raises Unavailable."""
    database.call("end_try", forget=names_of(forget), take_back=names_of(take_back))


def names_of(keys: Sequence[Key]) -> list[str]:
    """What the rows of those keys are called."""
    return [key["key"] for key in keys]


def _key(told: str, free: int) -> Key:
    return {"key": hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest(), "free": free}


def _wait_sentence(pause: float) -> str:
    seconds = math.ceil(pause)
    wait = f"{seconds} seconds" if seconds > 1 else "a second"
    return f"There were too many failed tries. Wait {wait}, then try again."
