"""How the demo endpoint tells a webhook."""

import time

from tests.demo.conftest import Receiver, Start, until


def test_the_webhook_is_sent_the_status_the_input_and_its_own_url(start: Start, receiver: Receiver) -> None:
    """The body is that of /status, with the job's input and the webhook's URL."""
    caller = start(progress_webhooks=False)

    job_id = caller.run(webhook=receiver.url, seed=11)
    status = caller.ended(job_id)
    [body] = until(lambda: receiver.bodies)

    assert body == {**status, "input": body["input"], "webhook": receiver.url}
    assert body["input"]["seed"] == 11


def test_progress_is_told_before_the_end(start: Start, receiver: Receiver) -> None:
    """IN_PROGRESS with per cent goes to /status and the webhook, the end comes last."""
    caller = start(progress_webhook_seconds=0.0)

    caller.run(webhook=receiver.url, demo={"execution_seconds": 0.4})
    until(lambda: "COMPLETED" in receiver.states)

    assert receiver.states[0] == "IN_PROGRESS"
    assert receiver.states[-1] == "COMPLETED"
    shown = [body["output"]["progress"] for body in receiver.bodies[:-1]]
    assert shown == sorted(shown)
    assert shown[-1] > 0


def test_a_webhook_that_does_not_answer_200_is_tried_twice_more(start: Start, receiver: Receiver) -> None:
    """Any answer but 200 brings two more tries, the set time apart, and then no more."""
    caller = start(progress_webhooks=False, webhook_retry_seconds=0.1)
    receiver.answers = [500, 201, 404, 404]
    begun = time.monotonic()

    caller.run(webhook=receiver.url)
    until(lambda: len(receiver.bodies) == 3)
    took = time.monotonic() - begun
    caller.ended(caller.run(demo={"execution_seconds": 0.3}))

    assert took >= 0.2
    assert receiver.states == ["COMPLETED"] * 3


def test_the_end_is_told_after_a_restart_if_it_could_not_be_before(start: Start, receiver: Receiver) -> None:
    """A webhook still owed when the endpoint stops is sent when it starts again."""
    first = start(progress_webhooks=False, webhook_retry_seconds=60)
    receiver.answers = [503]
    first.run(webhook=receiver.url)
    until(lambda: receiver.bodies)
    first.endpoint.stop()

    start(progress_webhooks=False)

    until(lambda: len(receiver.states) == 2)
    assert receiver.states == ["COMPLETED", "COMPLETED"]


def test_a_cancelled_job_is_told_as_well(start: Start, receiver: Receiver) -> None:
    """The webhook hears of CANCELLED."""
    caller = start(progress_webhooks=False)
    job_id = caller.run(webhook=receiver.url, demo={"outcome": "stuck"})
    caller.in_state(job_id, "IN_PROGRESS")

    caller.post(f"mochi/cancel/{job_id}")

    until(lambda: receiver.states)
    assert receiver.states == ["CANCELLED"]


def test_a_webhook_nobody_listens_at_harms_nothing(start: Start) -> None:
    """Jobs end as ever when their webhook is unreachable or no URL at all."""
    caller = start(webhook_retry_seconds=0.0)

    jobs = [
        caller.run(webhook=url) for url in ("http://127.0.0.1:9/", "no url", "ftp://x/", "http://[::bad/")
    ]

    assert {caller.ended(job_id)["status"] for job_id in jobs} == {"COMPLETED"}


def test_webhooks_get_lost_doubled_late_and_out_of_order_on_demand(start: Start, receiver: Receiver) -> None:
    """Each manner of webhook does what its name says."""
    caller = start(progress_webhooks=False)
    heard = {}

    for manner, count in {"doubled": 2, "reordered": 2, "late": 1}.items():
        receiver.bodies.clear()
        job_id = caller.run(webhook=receiver.url, demo={"webhook": manner, "webhook_delay": 0.3})
        caller.ended(job_id)
        heard[manner + " at once"] = receiver.states if manner == "late" else []
        until(lambda count=count: len(receiver.bodies) == count)
        heard[manner] = receiver.states

    assert heard["doubled"] == ["COMPLETED", "COMPLETED"]
    assert heard["reordered"] == ["COMPLETED", "IN_PROGRESS"]
    assert heard["late at once"] == []
    assert heard["late"] == ["COMPLETED"]


def test_a_lost_webhook_never_arrives(start: Start, receiver: Receiver) -> None:
    """A lost webhook is not sent, while the next job's is."""
    caller = start(progress_webhooks=False)

    caller.ended(caller.run(webhook=receiver.url, demo={"webhook": "lost"}))
    heard = caller.run(webhook=receiver.url)
    until(lambda: receiver.bodies)

    assert [body["id"] for body in receiver.bodies] == [heard]
