"""What failures say, and which are worth another try."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.failures import clean_text, fingerprint, is_retryable, read_message

URL = "https://files.example/film.mp4"
TRACE = 'Traceback (most recent call last):\n  File "/src/handler.py", line 7, in run\n    boom()\n'


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("no such model", "no such model"),
        ({"message": "no such model"}, "no such model"),
        (["first", {"msg": "second"}], "first; second"),
        (
            json.dumps({"error_type": "<class 'ValueError'>", "error_message": "no such model"}),
            "no such model",
        ),
        (json.dumps({"error_message": TRACE + "ValueError: no such model"}), "ValueError: no such model"),
        (
            TRACE + "torch.cuda.OutOfMemoryError: CUDA out of memory",
            "torch.cuda.OutOfMemoryError: CUDA out of memory",
        ),
        (TRACE + "KeyError: 'a'\n\nDuring handling …\n\n" + TRACE + "RuntimeError: b", "RuntimeError: b"),
        ("Handler failed. " + TRACE, "Handler failed."),
        ("\x1b[31mred\x1b[0m\x00 alert\ud800", "red alert"),
        (f"cannot PUT {URL}?X-Amz-Signature=abc", f"cannot PUT {URL}"),
        ("{not json", "{not json"),
        (None, ""),
        (5, ""),
        ({"error_traceback": TRACE}, ""),
    ],
)
def test_errors_become_one_sentence(error, said):
    """Text, objects, lists and JSON in text, without tracebacks, colours, signatures and broken characters."""
    assert clean_text(read_message(error)) == said


def test_nested_errors_are_read_to_a_depth():
    """An error within an error within an error ends somewhere."""
    error = "deep"
    for _ in range(500):
        error = {"message": error}
    assert read_message(error) == ""
    assert read_message("[" * 100_000) == "[" * 100_000


def test_long_errors_are_cut():
    """An error is for reading: 500 characters, and a sign that there was more."""
    error = clean_text("x" * 100_000)
    assert len(error) == 500
    assert error.endswith("…")


@pytest.mark.parametrize(
    "message",
    [
        "worker exited with exit code 1", "Worker died unexpectedly", "lost worker", "job timed out after 1 retries",
        "timed out in queue", "Connection reset by peer", "ConnectionError: HTTPSConnectionPool: Read timed out",
        "CUDA initialization: CUDA unknown error", "CUDA driver version is insufficient", "worker is throttled",
        "no CUDA-capable device is detected", "CUDA error: invalid device ordinal", "Internal Server Error",
        "HTTP 503", "502 Bad Gateway", "status code: 500", "service unavailable", "Too Many Requests",
        "No space left on device",
    ],
)  # fmt: skip
def test_the_platforms_trouble_is_worth_another_try(message):
    """Another worker, or a little later, and the same job may succeed."""
    assert is_retryable("worker_error", message)


@pytest.mark.parametrize(
    "message",
    [
        "CUDA out of memory. Tried to allocate 2 GiB", "OutOfMemoryError: connection pool", "Invalid prompt",
        "validation error: steps must be at most 65", "HTTP 400: bad request", "unsupported resolution",
        "frames out of range", "NSFW content detected", "KeyError: 'prompt'", "ran 512 steps", "neural network missing",
        "error code: 422", "seed should be positive", "boom",
    ],
)  # fmt: skip
def test_what_will_fail_again_is_not_tried_again(message):
    """Bad input, too little memory and bugs cost the same again and bring the same."""
    assert not is_retryable("worker_error", message)


def test_a_cancelled_job_is_never_tried_again():
    """Somebody wanted it to stop, whatever else is said."""
    assert not is_retryable("cancelled", "worker exited")


@pytest.mark.parametrize(
    "message",
    [
        "Worker 3f2a9b1c exited with code 137 at https://a.example/x?y=1 for 'a cat'",
        'worker 99aa88bb exited with code 1 at http://b.example/ for "it\'s a dog"',
    ],
)
def test_errors_of_one_kind_share_a_fingerprint(message):
    """Digits, ids, URLs and quoted values do not make another error."""
    assert fingerprint("worker_error", message) == "worker_error: worker exited with code at for"


def test_fingerprints_tell_kinds_apart():
    """The same words under another kind are another group, and no words are a group too."""
    assert fingerprint("timed_out", "x") != fingerprint("worker_error", "x")
    assert fingerprint(None, None) == "unknown: "


@settings(derandomize=True, deadline=None)
@given(st.text())
def test_any_message_can_be_judged(message):
    """Cleaning, grouping and judging take every text, and cleaning twice changes nothing."""
    cleaned = clean_text(message)
    assert clean_text(cleaned) == cleaned
    assert not any(sign.isdecimal() for sign in fingerprint("worker_error", cleaned))
    assert is_retryable("worker_error", read_message(message)) in (True, False)
