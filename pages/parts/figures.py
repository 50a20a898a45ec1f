"""How numbers are written: shares, money, spans of time. What is not known is a dash, never 0."""

from services.narration import duration

UNKNOWN = "–"


def count(number: int, noun: str) -> str:
    """Such as "1 job" or "1,204 jobs"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def percent(share: float | None, *, digits: int = 1) -> str:
    """Such as "94.2 %"; "100 %" and "0 %" only where nothing is missing."""
    if share is None:
        return UNKNOWN
    rounded, least = round(share * 100, digits), 10**-digits
    if rounded in (0, 100) and share not in (0, 1):
        return f"< {least:g} %" if share < 0.5 else f"> {100 - least:g} %"
    return f"{rounded:g} %"


def money(usd: float | None) -> str:
    """Such as "$1,240", "$12.30" or "$0.0042": as many digits as tell small sums apart."""
    if usd is None:
        return UNKNOWN
    if round(usd, 2) >= 1000:
        return f"${usd:,.0f}"
    if usd >= 0.1 or usd == 0:
        return f"${usd:.2f}"
    return f"${usd:.2g}" if usd >= 0.0001 else "< $0.0001"


def span(milliseconds: float | None) -> str:
    """Such as "850 ms", "12.3 s" or "3 min 5 s"."""
    if milliseconds is None:
        return UNKNOWN
    length = abs(milliseconds)
    sign = "−" if milliseconds < 0 else ""
    if length < 1000:
        return f"{sign}{length:.0f} ms"
    return f"{sign}{length / 1000:.1f} s" if length < 59_950 else sign + duration(round(length / 1000))


def rate(per_hour: float | None) -> str:
    """Such as "120", "3.2" or "0.04"."""
    if per_hour is None:
        return UNKNOWN
    return f"{per_hour:,.0f}" if per_hour >= 100 else f"{per_hour:.2g}"
