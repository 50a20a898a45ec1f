"""What a failure says: its sentence, whether another try may help, and which failures are the same."""

import json
import re
from typing import Any, Literal

ErrorKind = Literal["cancelled", "timed_out", "worker_error"]
MAX_ERROR_LENGTH = 500

_MESSAGE_KEYS = (
    "error_message",
    "message",
    "error",
    "detail",
    "details",
    "msg",
    "reason",
    "errors",
    "error_type",
)
# Trying again costs money and changes nothing: the same settings meet the same refusal.
_PERMANENT = re.compile(
    r"out of memory|outofmemory|\boom\b|invalid(?! device)|validation|unprocessable|bad request|unsupported"
    r"|not supported|must be|should be|is required|missing required|out of range|unexpected keyword|\bnsfw\b"
    r"|safety|moderation|content policy|\b(http|status|code)\W{0,3}(code\W{0,3})?4(00|01|03|04|13|22)\b",
    re.IGNORECASE,
)
# The platform's or the machine's trouble: another worker, or the same a little later, may do it.
_PASSING = re.compile(
    r"\bworker\b.{0,40}\b(died|exit|exited|lost|crashed|killed|terminated|stopped|disappeared|unhealthy)\b"
    r"|\b(lost|no|dead) worker|\bexit(ed)? (with )?(code|status)|timed out in (the )?queue"
    r"|timed out after \d+ retr|connection|read timed out|network (error|timeout|is unreachable)|preempted"
    r"|throttl|rate.?limit|too many requests|temporar(y|ily)|try again (later|in)|internal (server )?error"
    r"|bad gateway|service unavailable|gateway time.?out|no space left"
    r"|\b(http|status|code|error)\W{0,3}(code\W{0,3})?5\d\d\b|\b5\d\d (server|internal|bad|service|gateway)"
    r"|cuda.{0,30}(init|driver|unavailable|not available|unknown error|busy)|no cuda.capable|invalid device"
    r"|nvml|fallen off the bus|uncorrectable ecc|nvidia driver",
    re.IGNORECASE,
)
_PARTICULARS = [
    re.compile(r"https?://\S+"),
    re.compile(r"\"[^\"]*\"|`[^`]*`|(?<!\w)'[^']*'"),
    re.compile(r"\b(?=[\w-]*\d)[\w-]+"),
    re.compile(r"[^\w\s.:]"),
]
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_URL_QUERY = re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>]*")
_EXCEPTION_LINE = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Timeout)\b", re.MULTILINE)


def read_message(error: Any, depth: int = 0) -> str:
    """The sentence in a worker's error, "" if there is none; tracebacks are cut to their exception.

    Workers send text, objects (`error_message`, `message`, …), lists, and any of these as JSON within a text.
    The answer is not cleaned: show `clean_text` of it.
    """
    if isinstance(error, str):
        inner = _unpacked(error)
        return _without_traceback(error) if inner is None else read_message(inner, depth + 1)
    if isinstance(error, dict) and depth < 5:
        texts = (read_message(error.get(key), depth + 1) for key in _MESSAGE_KEYS)
        return next((text for text in texts if text.strip()), "")
    if isinstance(error, list) and depth < 5:
        return "; ".join(filter(None, (read_message(item, depth + 1) for item in error[:3])))
    return ""


def is_retryable(kind: ErrorKind, message: str, *, never_started: bool = False) -> bool:
    """Whether the same job may succeed when submitted again: the platform failed, not the request.

    Never for cancelled jobs, refused input, or too little memory for these settings. A job that ran out of
    time is worth another try only if no worker ever took it up, or one was lost on the way.
    """
    if kind == "cancelled" or _PERMANENT.search(message):
        return False
    return never_started or bool(_PASSING.search(message))


def fingerprint(error_kind: str | None, message: str | None) -> str:
    """What the errors of one group share: kind and message without URLs, quoted values, ids and digits."""
    text = (message or "")[:2000].lower()
    for particular in _PARTICULARS:
        text = particular.sub(" ", text)
    return f"{error_kind or 'unknown'}: {' '.join(text.split())[:160]}"


def clean_text(text: object, *, limit: int = MAX_ERROR_LENGTH) -> str:
    """One line that any database and page can hold, "" for what is no text.

    Terminal colours, control characters and lone surrogates go, and so do the queries of URLs: signatures and
    tokens live there.
    """
    if not isinstance(text, str):
        return ""
    text = _COLOURS.sub("", text[: limit * 20])
    text = "".join(character for character in " ".join(text.split()) if character.isprintable())
    text = _URL_QUERY.sub(r"\1", " ".join(text.split()))
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _unpacked(text: str) -> Any:
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _without_traceback(text: str) -> str:
    before, mark, trace = text.partition("Traceback (most recent call last)")
    if not mark:
        return text
    trace = trace.replace("\\n", "\n")
    last = [exception.start() for exception in _EXCEPTION_LINE.finditer(trace)][-1:]
    return trace[last[0] :] if last else before
