"""Who may look at a clip and who may change it: every role, every state, every function."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from services.accounts import ensure_user
from services.errors import AppError, InvalidInput, NotAllowed
from services.gateways.database import Database, Row
from tests.sql.lifecycle import LIMITS, Life

ACTORS = ("owner", "admin", "other", "restricted", "disabled", "nobody")
STATES = ("private", "shared", "deleted-shared")
LOOKERS = {
    "private": {"owner", "admin"},
    "shared": {"owner", "admin", "other", "restricted"},
    "deleted-shared": {"owner", "admin"},
}
CHANGES: dict[str, dict[str, Any]] = {
    "share_video": {"shared": False},
    "rate_video": {"rating": 4, "starred": True},
    "cancel_video": {},
    "retry_video": {"limits": LIMITS},
    "restore_video": {},
}
PAGE = {"before": None, "limit": 10, "status": None, "model": None, "search": None}


@pytest.fixture
def life(database: Database, database_url: str) -> Life:
    """The owner's clips, and everybody else."""
    for name in ("other", "disabled"):
        ensure_user(database, name, role="user")
    ensure_user(database, "admin", role="admin")
    ensure_user(database, "restricted", role="restricted")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update users set disabled_at = now() where id = 'disabled'")
    return Life(database, "owner")


def clip(life: Life, state: str, job_id: str = "job-1", *, failed: bool = False) -> Row:
    """One of the owner's clips in that state."""
    video = life.sent(job_id, limits=LIMITS | {"max_jobs": 100})
    if failed:
        life.news("failed", job_id, error_kind="worker_error", retryable=False)
    if state != "private":
        life.database.call("share_video", video_id=video["id"], actor="owner", shared=True)
    if state == "deleted-shared":
        life.database.call("delete_videos", actor="owner", ids=[video["id"]], job_ids=[], keep_seconds=1000)
    return life.video(video["id"])


def tried(life: Life, function: str, video_id: int, actor: str, **parameters: Any) -> str:
    """How it ended: "done", or the refusal's token."""
    try:
        life.database.call(function, video_id=video_id, actor=actor, **parameters)
    except AppError as error:
        return error.code
    return "done"


def allowed(ask: Callable[[str], list[Row]]) -> set[str]:
    """Those who get an answer with something in it."""
    return {actor for actor in ACTORS if ask(actor)}


@pytest.mark.parametrize("state", STATES)
def test_a_clip_is_seen_by_those_it_is_for(life: Life, state: str) -> None:
    """By itself, by its job, and with its timeline: one's own, everything for admins, what is shared for the team."""
    video, call = clip(life, state), life.database.call
    assert allowed(lambda actor: call("find_video", video_id=video["id"], actor=actor)) == LOOKERS[state]
    assert allowed(lambda actor: call("find_video_by_job", job_id="job-1", actor=actor)) == LOOKERS[state]
    assert allowed(lambda actor: call("list_events", video_id=video["id"], actor=actor)) == LOOKERS[state]


@pytest.mark.parametrize("state", STATES)
def test_lists_hold_what_they_say(life: Life, state: str) -> None:
    """One's own, and what others share; nothing deleted but among one's changes, and to the disabled nothing of others."""
    clip(life, state)
    call, own = life.database.call, {"owner"}
    mine = allowed(lambda actor: call("list_videos", user_id=actor, **PAGE))
    changes = allowed(lambda actor: call("list_changes", user_id=actor, since="2020-01-01", limit=10))
    shared = allowed(lambda actor: call("list_shared_videos", actor=actor, **PAGE))
    assert (mine, changes) == (set() if state == "deleted-shared" else own, own)
    assert shared == LOOKERS[state] - own if state == "shared" else shared == set()


def test_everybodys_clips_are_listed_for_admins_alone(life: Life) -> None:
    """Private ones too, of one owner where one is named; whoever else asks is refused."""
    private, _, _ = (clip(life, state, f"job-{state}") for state in STATES)
    call = life.database.call
    found = {
        owner: len(call("list_all_videos", actor="admin", owner=owner, **PAGE))
        for owner in (None, "owner", "other")
    }
    assert (found, private["shared"]) == ({None: 2, "owner": 2, "other": 0}, False)
    for actor in set(ACTORS) - {"admin"}:
        with pytest.raises(NotAllowed):
            call("list_all_videos", actor=actor, owner="owner", **PAGE)


def deleted_of(life: Life, actor: str, owner: str | None) -> list[int]:
    """The ids of what can be restored, as that actor is told."""
    rows = life.database.call("list_deleted_videos", actor=actor, owner=owner, **PAGE)
    return [row["id"] for row in rows]


def test_deleted_clips_are_listed_for_their_owner_and_admins_alone(life: Life) -> None:
    """Shared before or not, the newest first and nothing else; whoever asks for another's is refused."""
    clip(life, "private", "job-1")
    ids = [clip(life, "deleted-shared", f"job-{number}")["id"] for number in (2, 3)]
    assert {actor: deleted_of(life, actor, actor) for actor in ACTORS} == {
        actor: ids[::-1] if actor == "owner" else [] for actor in ACTORS
    }
    assert [deleted_of(life, "admin", owner) for owner in ("owner", None, "other")] == [
        ids[::-1],
        ids[::-1],
        [],
    ]
    for actor in set(ACTORS) - {"admin"}:
        for owner in {"owner", "other", None} - {actor}:
            with pytest.raises(NotAllowed):
                deleted_of(life, actor, owner)


def test_a_disabled_owner_is_told_of_no_deleted_clips(life: Life, database_url: str) -> None:
    """Admins still are."""
    video_id = clip(life, "deleted-shared")["id"]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update users set disabled_at = now() where id = 'owner'")
    assert deleted_of(life, "owner", "owner") == []
    assert deleted_of(life, "admin", "owner") == deleted_of(life, "admin", None) == [video_id]


def test_what_is_listed_as_deleted_is_what_can_be_restored(life: Life, database_url: str) -> None:
    """Not what was deleted too long ago, nor what is being removed: restoring that is refused."""
    states = {
        "restorable": "deleted_at = now()",
        "too old": "purge_next_at = now() - interval '1 second'",
        "being removed": "purge_started_at = now()",  # and put off until later
    }
    clips = {name: clip(life, "deleted-shared", name)["id"] for name in states}
    with psycopg.connect(database_url, autocommit=True) as connection:
        for name, change in states.items():
            connection.execute(f"update videos set {change} where id = {clips[name]}".encode())
    assert deleted_of(life, "owner", "owner") == deleted_of(life, "admin", None) == [clips["restorable"]]
    told = {name: tried(life, "restore_video", video_id, "owner") for name, video_id in clips.items()}
    assert told == {"restorable": "done", "too old": "too_late", "being removed": "too_late"}
    assert deleted_of(life, "owner", "owner") == []


def test_deleted_clips_are_filtered_and_paged_as_others_are(life: Life) -> None:
    """By state, model and words, before an id, up to a limit; the same for an owner and for an admin who looks at all."""
    ids = [clip(life, "deleted-shared", f"job-{number}", failed=number == 2)["id"] for number in range(3)]
    for actor, owner in (("owner", "owner"), ("admin", None)):

        def found(actor: str = actor, owner: str | None = owner, **wanted: Any) -> list[int]:
            page = PAGE | wanted
            rows = life.database.call("list_deleted_videos", actor=actor, owner=owner, **page)
            return [row["id"] for row in rows]

        assert (found(limit=2), found(before=ids[1])) == (ids[:0:-1], ids[:1])
        assert found(status="failed", model="mochi", search="SEA") == ids[2:]
        assert found(model="other") == found(search="forest") == []


@pytest.mark.parametrize("state", STATES)
def test_a_clip_is_changed_by_its_owner_and_admins_alone(life: Life, state: str) -> None:
    """To everybody else it is not there, shared or not, and nothing happens to it."""
    for function, parameters in CHANGES.items():
        video = clip(life, state, f"job-{function}", failed=function == "retry_video")
        told = {actor: tried(life, function, video["id"], actor, **parameters) for actor in ACTORS[2:]}
        assert set(told.values()) == {"not_found"}, (function, told)
        assert life.video(video["id"])["updated_at"] == video["updated_at"]
        assert "not_found" not in {
            tried(life, function, video["id"], actor, **parameters) for actor in ("owner", "admin")
        }


@pytest.mark.parametrize("state", ["private", "shared"])
def test_a_clip_is_deleted_by_its_owner_and_admins_alone(life: Life, state: str) -> None:
    """Others' ids are left out of the answer, also where they may look at the clip."""
    gone = {}
    for actor in ACTORS:
        ids = [clip(life, state, f"job-{actor}")["id"]]
        gone[actor] = bool(
            life.database.call("delete_videos", actor=actor, ids=ids, job_ids=[], keep_seconds=9)
        )
    assert {actor for actor, deleted in gone.items() if deleted} == {"owner", "admin"}


def test_an_unknown_clip_is_refused_as_anothers(life: Life) -> None:
    """Nobody learns which ids exist."""
    assert tried(life, "share_video", 10**9, "owner", shared=True) == "not_found"
    assert tried(life, "rate_video", 10**9, "owner", rating=1, starred=None) == "not_found"


def test_sharing_is_a_change_and_stands_in_the_timeline(life: Life) -> None:
    """Each time it is, and not where it was so already; a restored clip is shared as before."""
    video = clip(life, "shared")
    for shared in (True, False, False, True):
        life.database.call("share_video", video_id=video["id"], actor="owner", shared=shared)
    assert life.events(video["id"])[-3:] == ["shared", "unshared", "shared"]
    assert life.video(video["id"])["updated_at"] > video["updated_at"]
    life.database.call("delete_videos", actor="owner", ids=[video["id"]], job_ids=[], keep_seconds=9)
    life.database.call("restore_video", video_id=video["id"], actor="owner")
    assert life.database.call("find_video", video_id=video["id"], actor="other")


def test_what_was_shared_already_is_no_change(life: Life) -> None:
    """Nothing is told to anybody."""
    video = clip(life, "shared")
    (again,) = life.database.call("share_video", video_id=video["id"], actor="owner", shared=True)
    assert again["updated_at"] == video["updated_at"]


def test_rating_and_star_change_each_for_itself(life: Life) -> None:
    """0 takes the rating away, null leaves what is there."""
    video, seen = clip(life, "private"), []
    for rating, starred in ((5, True), (1, None), (None, False), (None, None), (0, None)):
        (row,) = life.database.call(
            "rate_video", video_id=video["id"], actor="owner", rating=rating, starred=starred
        )
        seen.append((row["rating"], row["starred"]))
    assert seen == [(5, True), (1, True), (1, False), (1, False), (None, False)]


def test_who_is_disabled_changes_not_even_their_own(life: Life, database_url: str) -> None:
    """A page of theirs may still be open somewhere: the functions refuse by themselves."""
    video = clip(life, "shared", failed=True)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update users set disabled_at = now() where id = 'owner'")
    before = life.video(video["id"])
    for function, parameters in CHANGES.items():
        assert tried(life, function, video["id"], "owner", **parameters) == "not_found"
    gone = life.database.call(
        "delete_videos", actor="owner", ids=[video["id"]], job_ids=[], keep_seconds=1000
    )
    assert (gone, life.video(video["id"])) == ([], before)


def test_a_rating_out_of_bounds_is_refused(life: Life) -> None:
    """With a sentence, and nothing is changed."""
    video = clip(life, "private")
    for rating in (-1, 6, 2**31 - 1):
        with pytest.raises(InvalidInput, match="1 to 5 stars"):
            life.database.call("rate_video", video_id=video["id"], actor="owner", rating=rating, starred=True)
    assert not life.video(video["id"])["starred"]


def audited(url: str) -> list[tuple[str, str, str, str]]:
    """Actor, action, clip and owner of each line of the audit trail, the oldest first."""
    with psycopg.connect(url) as connection:
        lines = "select actor, action, subject, detail->>'owner' from audit_events order by id"
        return connection.execute(lines).fetchall()


def change_in_every_way(life: Life, video_id: int, actor: str) -> None:
    """Cancelled, pressed once more, tried again, deleted, deleted once more and restored."""
    call = life.database.call
    assert tried(life, "cancel_video", video_id, actor) == "done"
    assert tried(life, "cancel_video", video_id, actor) == "done"
    life.news("failed", life.video(video_id)["job_id"], error_kind="cancelled")
    assert tried(life, "retry_video", video_id, actor, limits=LIMITS) == "done"
    for _ in range(2):
        call("delete_videos", actor=actor, ids=[video_id], job_ids=[], keep_seconds=1000)
    assert tried(life, "restore_video", video_id, actor) == "done"


def test_ending_and_bringing_back_anothers_clip_is_audited(life: Life, database_url: str) -> None:
    """Each once, whoever presses twice; what the owner does, and what is refused, leaves nothing."""
    mine, theirs = clip(life, "private", "job-1")["id"], clip(life, "private", "job-2")["id"]
    change_in_every_way(life, mine, "owner")
    assert tried(life, "cancel_video", theirs, "other") == "not_found"
    assert tried(life, "retry_video", theirs, "admin", limits=LIMITS) == "not_failed"
    assert audited(database_url) == []

    change_in_every_way(life, theirs, "admin")
    actions = ("cancel_video", "retry_video", "delete_video", "restore_video")
    assert audited(database_url) == [("admin", action, str(theirs), "owner") for action in actions]


def test_sharing_and_judging_anothers_clip_is_audited(life: Life, database_url: str) -> None:
    """A line each; doing it to one's own leaves none."""
    video = clip(life, "shared")
    life.database.call("share_video", video_id=video["id"], actor="admin", shared=False)
    life.database.call("share_video", video_id=video["id"], actor="admin", shared=True)
    life.database.call("rate_video", video_id=video["id"], actor="admin", rating=2, starred=None)
    life.database.call("rate_video", video_id=video["id"], actor="owner", rating=3, starred=None)
    actions = ("unshare_video", "share_video", "rate_video")
    assert audited(database_url) == [("admin", action, str(video["id"]), "owner") for action in actions]
