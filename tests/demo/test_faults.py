"""Misbehaviour on demand."""

import json
import time

import pytest
import requests

from tests.demo.conftest import TINY, Start, until, workers


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("failed_text", {"status": "FAILED", "error": "The model could not be loaded"}),
        ("failed_result", {"status": "COMPLETED", "output": {"result": "FAILED: out of memory"}}),
        ("output_error", {"status": "COMPLETED", "output": {"error": "out of memory"}}),
        ("timed_out", {"status": "TIMED_OUT"}),
    ],
)
def test_jobs_fail_in_every_way_they_do_at_runpod(
    start: Start, outcome: str, expected: dict[str, str]
) -> None:
    """Each outcome has its state, output and error."""
    caller = start()

    ended = caller.ended(caller.run(demo={"outcome": outcome}))

    assert expected.items() <= ended.items()


def test_a_handlers_exception_is_a_json_text(start: Start) -> None:
    """An exception in the handler is reported as RunPod's SDK does, JSON within a text."""
    caller = start()

    error = json.loads(caller.ended(caller.run(demo={"outcome": "failed_json"}))["error"])

    assert error["error_message"] == "The model could not be loaded"
    assert error["error_traceback"].startswith("Traceback")
    assert {"error_type", "hostname", "worker_id", "runpod_version"} <= error.keys()


def test_a_job_can_complete_with_nothing(start: Start) -> None:
    """COMPLETED without any output."""
    caller = start()

    ended = caller.ended(caller.run(demo={"outcome": "empty_output"}))

    assert ended["status"] == "COMPLETED"
    assert "output" not in ended


def test_faults_can_be_set_for_the_next_jobs(start: Start) -> None:
    """`misbehave` without a route spoils so many jobs, and then no more."""
    caller = start()
    caller.endpoint.misbehave(outcome="failed_text", times=2)

    states = [caller.ended(caller.run())["status"] for _ in range(3)]

    assert states == ["FAILED", "FAILED", "COMPLETED"]


def test_a_job_gets_no_misfortune_unless_that_is_allowed(start: Start) -> None:
    """By default the input's own wish is not honoured."""
    caller = start(honour_faults=False)

    assert caller.ended(caller.run(demo={"outcome": "failed_text"}))["status"] == "COMPLETED"


def test_answers_are_refused_so_many_times(start: Start) -> None:
    """A refused /run makes no job; 429 carries Retry-After."""
    caller = start()
    caller.endpoint.misbehave("run", status=500, times=2)
    caller.endpoint.misbehave("run", status=429, retry_after=7)

    answers = [caller.post("mochi/run", json={"input": TINY}) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [500, 500, 429, 200]
    assert answers[2].headers["Retry-After"] == "7"
    assert len(caller.endpoint.submissions) == 1
    assert caller.endpoint.requests["run"] == 4


def test_the_connection_breaks_after_the_job_was_accepted(start: Start) -> None:
    """The caller gets no answer, but the job exists and runs."""
    caller = start()
    caller.endpoint.misbehave("run", reset=True)

    with pytest.raises(requests.ConnectionError):
        caller.post("mochi/run", json={"input": TINY})

    [submission] = caller.endpoint.submissions
    assert caller.ended(submission.job_id)["status"] == "COMPLETED"


def test_an_answer_can_come_too_late(start: Start) -> None:
    """A slow answer makes the caller time out, and the job exists all the same."""
    caller = start()
    caller.endpoint.misbehave("run", delay=30)

    with pytest.raises(requests.ReadTimeout):
        caller.session.post(f"{caller.endpoint.url}/mochi/run", json={"input": TINY}, timeout=0.3)

    assert len(caller.endpoint.submissions) == 1


def test_stopping_is_quick_even_with_an_answer_held_back(start: Start) -> None:
    """Stop takes less than a second whatever is going on."""
    caller = start()
    caller.endpoint.misbehave("status", delay=30)
    job_id = caller.run(demo={"outcome": "stuck"})
    with pytest.raises(requests.ReadTimeout):
        caller.session.get(f"{caller.endpoint.url}/mochi/status/{job_id}", timeout=0.1)
    begun = time.monotonic()

    caller.endpoint.stop()

    assert time.monotonic() - begun < 1.0


@pytest.mark.parametrize(
    ("kind", "start_of_body", "length"),
    [("html", b"<!doctype html>", None), ("empty", b"", 0), ("truncated", b"\0\0\0", None)],
)
def test_results_that_are_no_video(start: Start, kind: str, start_of_body: bytes, length: int | None) -> None:
    """The result's URL answers 200 with something that cannot be played."""
    caller = start()
    whole = requests.get(caller.ended(caller.run())["output"]["result"], timeout=10).content

    answer = requests.get(caller.ended(caller.run(demo={"result": kind}))["output"]["result"], timeout=10)

    assert answer.status_code == 200
    assert answer.content.startswith(start_of_body)
    assert len(answer.content) < len(whole)
    assert length is None or len(answer.content) == length


def test_results_that_lead_nowhere(start: Start) -> None:
    """A missing result answers 404, a redirecting one leads where the test wants."""
    caller = start()
    missing = caller.ended(caller.run(demo={"result": "missing"}))["output"]["result"]
    target = "http://127.0.0.1:9/private"
    moved = caller.ended(caller.run(demo={"result": "redirect", "redirect_to": target}))["output"]["result"]

    answer = requests.get(moved, allow_redirects=False, timeout=10)

    assert requests.get(missing, timeout=10).status_code == 404
    assert (answer.status_code, answer.headers["Location"]) == (302, target)


@pytest.mark.parametrize("kind", ["huge", "endless"])
def test_results_without_an_end(start: Start, kind: str) -> None:
    """The result starts like an MP4 and goes on for ever; only the huge one says so."""
    caller = start()
    url = caller.ended(caller.run(demo={"result": kind}))["output"]["result"]

    with requests.get(url, stream=True, timeout=10) as answer:
        chunks = answer.iter_content(1024 * 1024)
        data = next(chunks) + next(chunks)

    assert data[4:8] == b"ftyp"
    assert int(answer.headers.get("Content-Length", 0)) > 10**10 or kind == "endless"


def test_a_result_that_breaks_off(start: Start) -> None:
    """The connection ends before the announced length was sent."""
    caller = start()
    url = caller.ended(caller.run(demo={"result": "cut"}))["output"]["result"]

    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        _ = requests.get(url, timeout=10).content


def test_a_lost_worker_is_replaced_and_the_job_run_again(start: Start) -> None:
    """When the worker dies the platform runs the job again by itself and says so in `retries`."""
    caller = start(render=True)

    ended = caller.ended(caller.run(demo={"worker_dies": 1}))

    assert (ended["status"], ended["retries"]) == ("COMPLETED", 1)
    assert caller.endpoint.executions(ended["id"]) == 2


def test_a_job_that_always_loses_its_worker_fails(start: Start) -> None:
    """After two more runs the platform gives up."""
    caller = start(render=True)

    ended = caller.ended(caller.run(demo={"worker_dies": 9}), seconds=20)

    assert (ended["status"], ended["retries"]) == ("FAILED", 2)
    assert ended["error"] == "worker exited with exit code -9"
    assert caller.endpoint.executions(ended["id"]) == 3


def test_input_the_renderer_refuses_fails_the_job(start: Start) -> None:
    """The job fails with an exception's JSON text that names the field, and the worker goes on."""
    caller = start(render=True, workers=1)

    refused = caller.ended(caller.run(width=9))

    assert refused["status"] == "FAILED"
    assert "width" in json.loads(refused["error"])["error_message"]
    assert caller.ended(caller.run())["status"] == "COMPLETED"


def test_a_worker_without_work_goes_away(start: Start) -> None:
    """After the idle timeout its process ends; the next job gets a new one."""
    caller = start(render=True, idle_timeout_seconds=0.2, purge_every_seconds=0.05)
    caller.ended(caller.run())

    until(lambda: workers() == [])

    assert caller.ended(caller.run())["status"] == "COMPLETED"


def test_a_worker_killed_from_outside_is_replaced(start: Start) -> None:
    """kill -9 on a worker process costs the job one more run, nothing else."""
    caller = start(render=True)
    job_id = caller.run(demo={"execution_seconds": 1.0})
    caller.in_state(job_id, "IN_PROGRESS")
    [worker] = until(workers)

    worker.kill()

    assert caller.ended(job_id)["retries"] == 1
