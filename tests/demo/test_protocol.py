"""RunPod's protocol as the demo endpoint speaks it."""

import socket
import threading

import pytest
import requests

from tests.demo.conftest import TINY, Start, until


def test_a_job_goes_from_the_queue_to_a_clip_that_can_be_fetched(start: Start) -> None:
    """An accepted job is queued, gets its times and worker, and ends with the URL of an MP4."""
    caller = start()

    accepted = caller.post("mochi/run", json={"input": TINY}).json()
    ended = caller.ended(accepted["id"])
    clip = requests.get(ended["output"]["result"], timeout=10)

    assert accepted["status"] == "IN_QUEUE"
    assert ended["status"] == "COMPLETED"
    assert ended["id"] == accepted["id"]
    assert {"delayTime", "executionTime", "workerId"} <= ended.keys()
    assert clip.headers["Content-Type"] == "video/mp4"
    assert clip.content[4:8] == b"ftyp"


@pytest.mark.parametrize("key", [None, "Bearer wrong", "demo-key", "Bearer ключ"])
def test_nobody_gets_in_without_the_key(start: Start, key: str | None) -> None:
    """A missing or wrong key is answered 401 with no text, on every route."""
    url = start().endpoint.url
    headers = {"Authorization": key.encode()} if key else {}

    answers = [
        requests.post(f"{url}/mochi/run", json={"input": TINY}, headers=headers, timeout=10),
        requests.get(f"{url}/mochi/status/x", headers=headers, timeout=10),
        requests.post(f"{url}/mochi/cancel/x", headers=headers, timeout=10),
        requests.get(f"{url}/mochi/health", headers=headers, timeout=10),
    ]

    assert [(answer.status_code, answer.text) for answer in answers] == [(401, "")] * 4


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"null", b"[]", b"{}", b'{"input": null}', b'{"input": 3}', b"[" * 99999]
)
def test_a_body_without_input_is_refused(start: Start, body: bytes) -> None:
    """What cannot be a job is answered 400 and leaves nothing behind."""
    caller = start()

    answer = caller.post("mochi/run", data=body)

    assert answer.status_code == 400
    assert caller.endpoint.submissions == []


def test_an_unknown_job_is_not_found(start: Start) -> None:
    """Unknown jobs, and those of another endpoint, are answered 404 by status and cancel."""
    caller = start()
    job_id = caller.run()

    answers = [
        caller.get("mochi/status/unknown"),
        caller.post("mochi/cancel/unknown"),
        caller.get(f"other/status/{job_id}"),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_a_cancelled_job_stays_cancelled(start: Start) -> None:
    """A job is cancelled in the queue and while it runs, and nothing happens to it afterwards."""
    caller = start(workers=1)
    running = caller.run(demo={"outcome": "stuck"})
    caller.in_state(running, "IN_PROGRESS")
    waiting = caller.run()

    answers = [caller.post(f"mochi/cancel/{job_id}").json()["status"] for job_id in (waiting, running)]
    after = caller.run()

    assert answers == ["CANCELLED", "CANCELLED"]
    assert caller.ended(after)["status"] == "COMPLETED"
    assert [caller.status(job_id)["status"] for job_id in (waiting, running)] == answers


def test_cancelling_what_is_over_changes_nothing(start: Start) -> None:
    """A completed job keeps its result when it is cancelled."""
    caller = start()
    job_id = caller.run()
    before = caller.ended(job_id)

    answer = caller.post(f"mochi/cancel/{job_id}").json()

    assert answer == before


def test_a_job_that_takes_too_long_times_out(start: Start) -> None:
    """`policy.executionTimeout` ends a run as TIMED_OUT."""
    caller = start()

    job_id = caller.run(policy={"executionTimeout": 100}, demo={"outcome": "stuck"})

    assert caller.ended(job_id)["status"] == "TIMED_OUT"


def test_a_job_whose_life_is_over_is_gone_even_while_it_runs(start: Start) -> None:
    """After `policy.ttl` the job answers 404 and its worker takes the next one."""
    caller = start(workers=1, purge_every_seconds=0.05)

    job_id = caller.run(policy={"ttl": 300}, demo={"outcome": "stuck"})
    until(lambda: caller.get(f"mochi/status/{job_id}").status_code == 404)

    assert caller.ended(caller.run())["status"] == "COMPLETED"


def test_results_and_clips_are_forgotten_in_time(start: Start) -> None:
    """After its result's life a job answers 404; after the clip's life the file is gone as well."""
    caller = start(result_life_seconds=0.3, file_life_seconds=0.6, purge_every_seconds=0.05)
    job_id = caller.run()
    url = caller.ended(job_id)["output"]["result"]

    until(lambda: caller.get(f"mochi/status/{job_id}").status_code == 404)
    still_there = requests.get(url, timeout=10).status_code
    until(lambda: requests.get(url, timeout=10).status_code == 404)
    files = caller.endpoint.folder / "files"

    assert still_there == 200
    until(lambda: list(files.iterdir()) == [])


def test_two_jobs_run_at_a_time_and_the_third_waits(start: Start) -> None:
    """There are two workers, and /health says what they and the jobs are doing."""
    caller = start(workers=2)
    jobs = [caller.run(demo={"outcome": "stuck"}) for _ in range(3)]

    for job_id in jobs[:2]:
        caller.in_state(job_id, "IN_PROGRESS")
    health = caller.get("mochi/health").json()

    assert health["jobs"] == {"completed": 0, "failed": 0, "inProgress": 2, "inQueue": 1, "retried": 0}
    assert set(health["workers"]) == {"idle", "initializing", "ready", "running", "throttled", "unhealthy"}


def test_a_clip_is_had_in_parts(start: Start) -> None:
    """Range requests are answered 206: browsers seek with them."""
    caller = start()
    url = caller.ended(caller.run())["output"]["result"]

    part = requests.get(url, headers={"Range": "bytes=4-7"}, timeout=10)

    assert (part.status_code, part.content) == (206, b"ftyp")


def test_no_other_file_can_be_had(start: Start) -> None:
    """The files route gives clips by their unguessable name and nothing else of the folder."""
    caller = start()
    caller.ended(caller.run())

    answers = [
        caller.get(f"files/{name}") for name in ("..%2Fjobs.sqlite", "jobs.sqlite", "-", "%2e%2e/port")
    ]

    assert {answer.status_code for answer in answers} == {404}


def test_many_callers_at_once_lose_nothing(start: Start) -> None:
    """Jobs sent by eight callers at once are all accepted, with different ids, and all end."""
    caller = start()
    taken: list[str] = []
    callers = [
        threading.Thread(target=lambda: taken.extend(caller.run() for _ in range(5))) for _ in range(8)
    ]

    for thread in callers:
        thread.start()
    for thread in callers:
        thread.join()

    assert len(set(taken)) == 40
    assert {caller.ended(job_id)["status"] for job_id in taken} == {"COMPLETED"}


def test_small_answers_are_not_held_back(start: Start) -> None:
    """Accepted connections do not wait to fill a packet: the listening socket passes TCP_NODELAY on."""
    from services.demo.endpoint import _bound

    with _bound(0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
