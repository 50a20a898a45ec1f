"""Deleting, cancelling, trying again, restoring, and the allowance."""

from typing import Any

import pytest

from services.wiring import Studio
from tests.fakes import FakeRunPod
from tests.web.arrange import Arranger
from tests.web.client import TestClient


def delete(client: TestClient, **body: Any) -> Any:
    return client.request("DELETE", "/api/videos", json=body)


def test_deleting_by_id_and_by_job(anna: TestClient, studio: Studio, arrange: Arranger) -> None:
    """Our ids and RunPod's job ids both name what to delete, one video once, and the loop is woken."""
    first, second, kept = arrange.completed("anna"), arrange.sent("anna"), arrange.queued("anna")
    studio.work_arrived.clear()
    answer = delete(anna, ids=[first.id], jobIds=[first.job_id, second.job_id])
    assert (answer.status_code, answer.json()) == (200, {"deleted": [first.id, second.id]})
    assert [video["id"] for video in anna.get("/api/videos").json()] == [kept.id]
    assert studio.work_arrived.is_set()


def test_others_videos_are_not_deleted(bob: TestClient, anna: TestClient, arrange: Arranger) -> None:
    """Another's video is simply not in the list of deleted ids, like an unknown one."""
    video = arrange.completed("anna")
    assert delete(bob, ids=[video.id, 999], jobIds=[video.job_id, "none"]).json() == {"deleted": []}
    assert arrange.now(video).deleted_at is None


def test_an_admin_deletes_anybodys(boss: TestClient, anna: TestClient, arrange: Arranger) -> None:
    """Admins may delete everybody's videos."""
    video = arrange.completed("anna")
    assert delete(boss, ids=[video.id]).json() == {"deleted": [video.id]}


def test_deleting_twice_deletes_once(anna: TestClient, arrange: Arranger) -> None:
    """What is deleted already is not deleted now."""
    video = arrange.completed("anna")
    assert [delete(anna, ids=[video.id]).json()["deleted"] for _ in range(2)] == [[video.id], []]


@pytest.mark.parametrize(
    "body",
    [
        {"ids": [2**63, -(2**70), 0, -1]},
        {"jobIds": ["\x00", "", "a" * 10_000, "' or true"]},
        {"ids": []},
        {"jobIds": [], "ids": None},
    ],
)
def test_impossible_ids_are_unknown_ones(anna: TestClient, arrange: Arranger, body: dict[str, Any]) -> None:
    """Ids that no video can have delete nothing and break nothing."""
    video = arrange.completed("anna")
    assert delete(anna, **body).json() == {"deleted": []}
    assert arrange.now(video).deleted_at is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ids": None},
        {"ids": 5},
        {"ids": ["5"]},
        {"ids": [True]},
        {"ids": [1.0]},
        {"ids": [None]},
        {"jobIds": "job"},
        {"jobIds": [5]},
        {"jobids": ["job"]},
        {"ids": list(range(1001))},
    ],
)
def test_a_malformed_deletion_is_refused(anna: TestClient, body: dict[str, Any]) -> None:
    """What names no videos is 422."""
    answer = delete(anna, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")


def test_cancelling_a_running_job(anna: TestClient, arrange: Arranger, runpod: FakeRunPod) -> None:
    """RunPod is told at once, and the answer shows the end."""
    video = arrange.sent("anna")
    answer = anna.post(f"/api/videos/{video.id}/cancel")
    shown = answer.json()
    assert (answer.status_code, shown["status"], shown["errorKind"]) == (200, "failed", "cancelled")
    assert runpod.cancelled == [video.job_id]


def test_cancelling_before_runpod_has_it(anna: TestClient, arrange: Arranger) -> None:
    """A job that was never sent ends at once."""
    answer = anna.post(f"/api/videos/{arrange.queued('anna').id}/cancel")
    assert (answer.json()["status"], answer.json()["errorKind"]) == ("failed", "cancelled")


def test_a_finished_job_cannot_be_cancelled(anna: TestClient, arrange: Arranger) -> None:
    """409 where there is nothing to cancel."""
    answer = anna.post(f"/api/videos/{arrange.completed('anna').id}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_active")


def test_trying_again(anna: TestClient, arrange: Arranger, runpod: FakeRunPod) -> None:
    """A failed video is submitted again and has a new job."""
    video = arrange.failed("anna")
    shown = anna.post(f"/api/videos/{video.id}/retry").json()
    assert (shown["status"], shown["error"], shown["jobId"]) == (
        "queued",
        None,
        runpod.submitted[0]["job_id"],
    )


def test_only_failures_are_tried_again(anna: TestClient, arrange: Arranger) -> None:
    """409 for a video that has not failed."""
    answer = anna.post(f"/api/videos/{arrange.completed('anna').id}/retry")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_failed")


def test_restoring(anna: TestClient, arrange: Arranger) -> None:
    """A deleted video comes back; one that is there is 409."""
    video = arrange.completed("anna")
    delete(anna, ids=[video.id])
    answers = [anna.post(f"/api/videos/{video.id}/restore") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert (answers[0].json()["deletedAt"], answers[1].json()["code"]) == (None, "not_deleted")


@pytest.mark.parametrize("action", ["cancel", "retry", "restore"])
def test_others_videos_cannot_be_changed(
    bob: TestClient, anna: TestClient, arrange: Arranger, action: str
) -> None:
    """Another's video and one that is not there get the same 404."""
    video = arrange.sent("anna")
    answers = [bob.post(f"/api/videos/{number}/{action}") for number in (video.id, 10**9)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()
    assert arrange.now(video).updated_at == video.updated_at


IMPOSSIBLE = ("0", "-1", "x", "9223372036854775808", "1" * 5000, "1.5", "%00", "1%2f2", "१")


@pytest.mark.parametrize("rest", ["POST cancel", "POST retry", "POST restore", "GET file", "GET poster"])
def test_an_impossible_id_breaks_nothing(anna: TestClient, rest: str) -> None:
    """Whatever stands for an id: 404 or 422, never a fault of ours."""
    method, action = rest.split()
    codes = {
        number: anna.request(method, f"/api/videos/{number}/{action}").status_code for number in IMPOSSIBLE
    }
    assert set(codes.values()) <= {404, 422}, codes


def test_the_allowance(anna: TestClient, arrange: Arranger) -> None:
    """What is used, what is left, and the jobs running now; a failure gives its seconds back."""
    arrange.sent("anna", frames=31)
    arrange.failed("anna", frames=31)
    assert anna.get("/api/quota").json() == {
        "monthlyQuota": {"limitSeconds": 600, "currentUsage": 1.292, "remainingSeconds": 598.708},
        "activeJobs": 1,
        "maxJobs": 3,
    }
