"""RunPod's reports: what they say, and what they only seem to say."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import InvalidInput
from services.news import News, parse_news
from services.results import Result

fixed = settings(derandomize=True, deadline=None, max_examples=100)
URL = "https://files.example/film.mp4"


def report(status: str, **fields) -> dict:
    return {"id": "job-1", "status": status, **fields}


def failed(error, status: str = "FAILED", **fields) -> News:
    return parse_news(report(status, error=error, **fields))


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("IN_QUEUE", "queued"),
        ("QUEUED", "queued"),
        ("IN_PROGRESS", "processing"),
        ("RUNNING", "processing"),
        ("PROCESSING", "processing"),
        ("COMPLETED", "completed"),
        ("DONE", "completed"),
        ("FAILED", "failed"),
        ("CANCELLED", "failed"),
        ("TIMED_OUT", "failed"),
    ],
)
def test_every_status_has_a_state(status, state):
    """RunPod's words become the four that people see."""
    assert parse_news(report(status, output={"result": URL})).state == state


@pytest.mark.parametrize(
    "body",
    [
        None, [], "COMPLETED", 7, {}, {"status": "COMPLETED"}, {"id": "", "status": "FAILED"},
        {"id": 5, "status": "FAILED"}, {"id": "a\x00", "status": "FAILED"}, {"id": "\ud800", "status": "FAILED"},
        {"id": "x" * 201, "status": "FAILED"}, {"id": "a"}, {"id": "a", "status": None}, {"id": "a", "status": 3},
        {"id": "a", "status": "completed!"}, {"id": "a", "status": ["FAILED"]},
    ],
)  # fmt: skip
def test_what_is_no_report_is_refused(body):
    """No object, no job, no known status: 400, and nothing is read from it."""
    with pytest.raises(InvalidInput) as refusal:
        parse_news(body)
    assert refusal.value.status == 400


def test_a_completed_job_brings_its_video_and_its_figures():
    """Result, times, worker and the worker's own price come out of one report."""
    body = report(
        "COMPLETED",
        output={"video_url": URL, "cost": 0.5},
        delayTime=1200,
        executionTime=33_000.4,
        workerId="w-1",
    )
    assert parse_news(body) == News(
        "job-1",
        "completed",
        delay_ms=1200,
        execution_ms=33_000,
        worker_id="w-1",
        result=Result(url=URL),
        cost_usd=0.5,
    )


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ({"result": "FAILED: out of memory"}, "FAILED: out of memory"),
        ("FAILED: no steps", "FAILED: no steps"),
        (["FAILED"], "FAILED"),
        ({"error": "bad seed"}, "bad seed"),
        ({"error": {"message": "bad seed"}, "video_url": URL}, "bad seed"),
        ({"error": True}, "The worker failed without saying why."),
        ([{"error": "bad seed"}], "bad seed"),
        ({"status": "error", "message": "bad seed"}, "bad seed"),
        ({"clip": " FAILED: late"}, "FAILED: late"),
        ({"result": "done"}, "The worker finished but returned no video."),
        ({}, "The worker finished but returned no video."),
        (None, "The worker finished but returned no video."),
    ],
)
def test_completed_is_not_success(output, said):
    """A worker that finished may have failed: its error, a text that starts with FAILED, or no video say so."""
    news = parse_news(report("COMPLETED", output=output), result_path="output.clip")
    assert (news.state, news.error, news.error_kind, news.result) == (
        "failed",
        said.strip(),
        "worker_error",
        None,
    )


@pytest.mark.parametrize("error", [None, "", {}, [], False])
def test_an_empty_error_beside_a_video_is_none(error):
    """Workers that always send the field do not fail by it."""
    assert parse_news(report("COMPLETED", output={"error": error, "video_url": URL})).state == "completed"


@pytest.mark.parametrize(
    ("status", "error", "kind", "said"),
    [
        ("CANCELLED", None, "cancelled", "The job was cancelled at RunPod."),
        ("TIMED_OUT", None, "timed_out", "The job ran out of the time it was given."),
        ("FAILED", "job timed out after 1 retries", "timed_out", "job timed out after 1 retries"),
        ("FAILED", "boom", "worker_error", "boom"),
    ],
)
def test_kinds_of_failure_are_told_apart(status, error, kind, said):
    """Cancelled, out of time and broken are three different things."""
    news = failed(error, status)
    assert (news.error_kind, news.error) == (kind, said)


@pytest.mark.parametrize(
    ("fields", "retryable"),
    [
        ({"delayTime": 9}, True),
        ({"delayTime": 9, "executionTime": 5}, False),
        ({"delayTime": 9, "workerId": "w"}, False),
        ({}, False),
    ],
)
def test_a_job_that_no_worker_took_is_worth_another_try(fields, retryable):
    """Waiting in vain is the platform's trouble, running too long the job's."""
    assert failed(None, "TIMED_OUT", **fields).retryable is retryable


@pytest.mark.parametrize("value", [None, True, "5", -1, float("nan"), float("inf"), 10**12, 10**400, [], {}])
def test_times_that_cannot_be_are_left_out(value):
    """A wrong number is no number, and no reason to lose the news."""
    news = parse_news(report("IN_PROGRESS", delayTime=value, executionTime=value, workerId=value))
    assert (news.state, news.delay_ms, news.execution_ms) == ("processing", None, None)


@pytest.mark.parametrize(
    ("output", "percent"),
    [
        (40, 40), (0.4, 40), (1.0, 100), (1, 1), ({"progress": 12.6}, 13), ({"percent": 0.5}, 50), ("45%", 45),
        ("step 12/30", 40), ({"message": "Sampling: 50.2 %"}, 50), ("3/0", None), ("loading", None), (101, None),
        (-1, None), (True, None), (float("nan"), None), (10**400, None), (None, None), ([1], None), (URL, None),
    ],
)  # fmt: skip
def test_progress_is_read_as_percent(output, percent):
    """Workers report progress in their own words; what is no progress is none."""
    assert parse_news(report("IN_PROGRESS", output=output)).progress == percent


def test_only_final_news_carry_a_result_or_an_error():
    """A progress report with an output is not a result."""
    news = parse_news(report("IN_PROGRESS", output={"video_url": URL}, error="early"))
    assert (news.result, news.error, news.error_kind) == (None, None, None)


keys = st.sampled_from(["error", "message", "result", "status", "cost", "progress", "data", "images"])
words = st.text(max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys | words, inner, max_size=3),
    max_leaves=8,
)
statuses = st.sampled_from(["IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT", "IN_QUEUE"])


@fixed
@given(json_values)
def test_anything_is_a_report_or_refused(body):
    """No body whatever makes the reader stumble."""
    try:
        parse_news(body)
    except InvalidInput as refusal:
        assert refusal.status == 400


@fixed
@given(
    statuses,
    st.dictionaries(
        st.sampled_from(["output", "error", "delayTime", "executionTime", "workerId"]), json_values
    ),
)
def test_any_fields_of_a_report_are_survived(status, fields):
    """Every report with a job and a status is news that a database can hold."""
    news = parse_news(report(status, **fields), result_path="output.result")
    assert (news.error is None) == (news.state != "failed")
    assert (news.result is None) == (news.state != "completed")
    assert news.error is None or (news.error.isprintable() and 0 < len(news.error) <= 500)
    json.dumps(
        [news.worker_id, news.delay_ms, news.execution_ms, news.progress, news.cost_usd], allow_nan=False
    )
