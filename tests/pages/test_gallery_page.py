"""The Gallery page: what it shows of whose clips, and what its buttons do."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.clip_filters import STEP
from services.videos import find_video, list_videos
from services.wiring import Studio
from tests.sql.lifecycle import Life

Open = Callable[..., AppTest]
FILE = {
    "file_key": "clips/1/1.mp4",
    "poster_key": "clips/1/1.webp",
    "file_bytes": 1_500_000,
    "duration_seconds": 2,
}


@pytest.fixture
def gallery(studio: Studio, signed_in: Callable[..., AppTest]) -> Open:
    """Opens the page as anna, with that in its address."""
    app = signed_in()

    def open_gallery(**address: str) -> AppTest:
        studio.feed.changed(["anna"])
        app.switch_page("gallery.py")
        for name, value in address.items():
            app.query_params[name] = value
        return without_failure(app.run())

    return open_gallery


@pytest.fixture
def life(studio: Studio) -> Life:
    """Anna's clips; the fixture `gallery` comes first, because it makes her account."""
    return Life(studio.database)


def without_failure(app: AppTest) -> AppTest:
    assert not app.exception
    return app


def press(app: AppTest, key: str) -> AppTest:
    return without_failure(app.button(key).click().run())


def gallery_data(app: AppTest, key: str = "gallery") -> dict[str, Any]:
    """What the browser is given to draw."""
    (component,) = [part for part in app.get("bidi_component") if part.key == key]
    return json.loads(component.proto.json)


def prompts(app: AppTest) -> list[str]:
    return [card["title"] for card in gallery_data(app)["cards"]]


def said(app: AppTest) -> str:
    """All words on the page and in its dialog."""
    kinds = ("markdown", "caption", "text", "error", "info")
    return "\n".join(part.value for kind in kinds for part in app.get(kind))


def facts(app: AppTest) -> dict[str, str]:
    """The table of settings and outcome, as it is read."""
    cells = app.table[0].value.astype(str).replace({"\\\\": "", "\N{NO-BREAK SPACE}": " "}, regex=True)
    return {name.removeprefix(":gray[").removesuffix("]"): value for name, value in cells.values}


def timeline(app: AppTest) -> list[str]:
    return [" ".join(row).replace("\\", "") for row in app.table[1].value.astype(str).values]


def keys(app: AppTest) -> set[str]:
    return {button.key for button in app.button}


def stored(life: Life, job_id: str, **order: Any) -> int:
    """A clip that is ready to play."""
    video = life.sent(job_id, **order)
    life.news(
        "completed", job_id, result_url="https://worker.example/clip.mp4", execution_ms=4200, worker_id="w7"
    )
    life.database.call("record_stored", video_id=video["id"], number=1, file=FILE)
    return int(video["id"])


def one_of_each(life: Life) -> None:
    """A clip that is ready, one that failed, one that waits."""
    stored(life, "job-1", prompt="a ready sea")
    life.sent("job-2", prompt="a failed sea")
    life.news("failed", "job-2", error="CUDA out of memory", error_kind="worker_error", retryable=False)
    life.submit(prompt="a waiting forest")


def test_who_has_no_clips_is_led_to_create(gallery: Open) -> None:
    """An empty gallery says what it is for, and its button opens Create."""
    app = gallery()
    assert "No clips yet" in said(app)

    press(app, "go-create")

    assert [title.value for title in app.title] == ["Create"]


def test_the_newest_clip_comes_first_with_its_state(gallery: Open, life: Life) -> None:
    """Each card tells how its clip stands, and has a file only once there is one."""
    one_of_each(life)

    cards = gallery_data(gallery())["cards"]

    assert [card["title"] for card in cards] == ["a waiting forest", "a failed sea", "a ready sea"]
    assert [card["status"] for card in cards] == ["queued", "failed", "completed"]
    assert [card.get("file_url") for card in cards] == [None, None, "/api/videos/1/file"]
    assert cards[1]["note"] == "CUDA out of memory."


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ({"state": "Ready"}, ["a ready sea"]),
        ({"state": "Failed"}, ["a failed sea"]),
        ({"state": "In work"}, ["a waiting forest"]),
        ({"q": "SEA"}, ["a failed sea", "a ready sea"]),
        ({"q": "sea", "state": "Ready", "model": "Mochi 1"}, ["a ready sea"]),
    ],
)
def test_filters_stand_in_the_address(
    gallery: Open, life: Life, address: dict[str, str], shown: list[str]
) -> None:
    """A link carries state, model and words, and shows what they leave."""
    one_of_each(life)

    assert prompts(gallery(**address)) == shown


def test_filters_that_match_nothing_can_be_cleared(gallery: Open, life: Life) -> None:
    """One press shows all clips again and empties every filter."""
    one_of_each(life)
    app = gallery(q="no such words", state="Ready", model="Wan 2.6")
    assert "No clips match" in said(app)

    press(app, "clear-filters")

    assert len(prompts(app)) == 3
    assert (app.text_input("q").value, app.selectbox("model").value) == ("", None)


@pytest.mark.parametrize(
    "address",
    [
        {"state": "xyz", "model": "<script>alert(1)</script>", "clip": "abc"},
        {"q": "x\x00'; drop table videos; --", "clip": "-1"},
        {"q": "long " * 2000, "clip": "9" * 5000},
        {"state": "", "model": "", "q": "%", "clip": "²"},
    ],
)
def test_a_hostile_address_only_finds_nothing(gallery: Open, life: Life, address: dict[str, str]) -> None:
    """Whatever stands in the address, the page is drawn and all is well without it."""
    one_of_each(life)

    app = gallery(**address)

    assert [title.value for title in app.title] == ["Gallery"]
    assert not app.error


def test_a_link_to_a_clip_tells_everything_about_it(gallery: Open, life: Life) -> None:
    """Prompt, every setting, times, cost and where it was made; seed 0 is a seed."""
    clip = stored(
        life, "job-77", prompt="a sea\nof glass", negative_prompt="no <b>boats</b>", seed=0, cfg=0, steps=12
    )

    app = gallery(clip=str(clip))

    told = facts(app)
    assert [text.value for text in app.text] == ["a sea\nof glass"]
    assert (told["Seed"], told["Guidance"], told["Steps"]) == ("0", "0", "12")
    assert (told["Without"], told["Size"]) == ("no <b>boats</b>", "848 × 480 pixels")
    assert (told["Cost"], told["Worker"], told["RunPod job"]) == ("$0.005, estimated", "w7", "job-77")
    assert (told["Rendered in"], told["File"], told["Attempts"]) == ("4.2 s", "1.50 MB", "1")
    assert "Saved and ready to play." in timeline(app)[-1]


def test_the_error_of_a_failed_clip_is_told_in_full(gallery: Open, life: Life) -> None:
    """However long it is; what its worker wrote is shown letter by letter."""
    trouble = "Traceback: **boom** <script>\n" + "at line 1; " * 300 + "the end"
    life.sent()
    life.news("failed", error=trouble, error_kind="worker_error", retryable=False)

    app = gallery(clip="1")

    assert app.error[0].value.replace("\\", "") == trouble.replace("\n", " ") + "."


def test_somebody_elses_clip_is_refused_with_a_sentence(gallery: Open, studio: Studio) -> None:
    """It is told nothing of, not even that it exists."""
    stored(Life(studio.database, "berta"), "job-1", prompt="a secret sea")

    for clip in ("1", "12345"):
        app = gallery(clip=clip)
        assert [error.value for error in app.error] == [r"There is no such clip among yours\."]
        assert "secret" not in said(app)


def test_all_settings_of_a_clip_are_copied_to_create(gallery: Open, life: Life) -> None:
    """Nothing is generated yet; seed 0 and guidance 0 arrive as they are."""
    order = {"prompt": "a sea", "negative_prompt": "boats", "width": 480, "height": 848, "frames": 61}
    stored(life, "job-1", **order, seed=0, steps=12, cfg=0)

    app = press(gallery(clip="1"), "copy-settings")

    assert [title.value for title in app.title] == ["Create"]
    state = {
        name: app.session_state[f"create-{name}"] for name in ("prompt", "negative", "seed", "random-seed")
    }
    assert state == {"prompt": "a sea", "negative": "boats", "seed": 0, "random-seed": False}
    numbers = [app.session_state[f"create-{name}-mochi"] for name in ("size", "frames", "steps", "cfg")]
    assert numbers == [(480, 848), 61, 12, 0]


def test_deleting_asks_first(gallery: Open, life: Life, studio: Studio) -> None:
    """Keep changes nothing and leads back to the details; Delete deletes and closes them."""
    stored(life, "job-1")
    app = press(gallery(clip="1"), "delete-clip")
    assert "Delete this clip?" in said(app)

    press(app, "keep")
    assert "copy-settings" in keys(app)
    press(press(app, "delete-clip"), "really-delete")

    assert list_videos(studio.database, "anna") == []
    assert "clip" not in app.query_params
    assert "1 clip deleted." in said(app)


def test_a_question_stays_until_it_is_answered(gallery: Open, life: Life) -> None:
    """News of other clips redraw the page underneath and leave it standing."""
    stored(life, "job-1")
    app = press(gallery(clip="1"), "delete-clip")

    app.run()

    assert "really-delete" in keys(app)


def test_a_deletion_can_be_undone(gallery: Open, life: Life, studio: Studio) -> None:
    """Undo brings all of the clips back."""
    stored(life, "job-1")
    app = press(press(gallery(clip="1"), "delete-clip"), "really-delete")

    press(app, "undo-delete")

    assert len(prompts(app)) == 1
    assert find_video(studio.database, 1, by="anna").deleted_at is None


def test_a_clip_restored_under_its_details_needs_no_undo(gallery: Open, life: Life, studio: Studio) -> None:
    """The bar that offers it goes; and in a tab where it still stands, nothing is left to do."""
    stored(life, "job-1")
    app = press(press(gallery(clip="1"), "delete-clip"), "really-delete")
    life.database.call("restore_video", video_id=1, actor="anna")
    without_failure(press(app, "undo-delete"))
    assert ("undo-delete" in keys(app), list(app.error)) == (False, [])

    app = press(press(gallery(clip="1"), "delete-clip"), "really-delete")
    app.query_params["clip"] = "1"
    press(app.run(), "restore-clip")
    assert "undo-delete" not in keys(app)


def test_a_link_to_a_deleted_clip_offers_to_restore_it(gallery: Open, life: Life, studio: Studio) -> None:
    """Its owner gets it back with one press."""
    stored(life, "job-1")
    life.database.call("delete_videos", actor="anna", ids=[1], job_ids=[], keep_seconds=1000)
    app = gallery(clip="1")
    assert "This clip has been deleted" in said(app)

    press(app, "restore-clip")

    assert find_video(studio.database, 1, by="anna").deleted_at is None


def test_deleted_clips_are_found_again(gallery: Open, life: Life, studio: Studio) -> None:
    """Under Deleted, by their words as well; each says when it went, shows no file, and leads to Restore."""
    one_of_each(life)
    stored(life, "job-4", prompt="a kept sea")
    life.database.call("delete_videos", actor="anna", ids=[1, 2, 3], job_ids=[], keep_seconds=1000)
    app = gallery(state="Deleted")
    assert prompts(app) == ["a waiting forest", "a failed sea", "a ready sea"]
    assert not app.toggle
    app.text_input("q").set_value("READY").run()
    (card,) = gallery_data(app)["cards"]
    assert card["note"] == "Deleted just now. Restore it under Details."
    assert {"file_url", "poster_url"}.isdisjoint(card)

    press(gallery(clip=card["id"]), "restore-clip")

    assert find_video(studio.database, 1, by="anna").deleted_at is None
    assert "No clips match" in said(app)


def test_the_question_says_where_deleted_clips_are_found(gallery: Open, life: Life) -> None:
    """Undo is gone after a while; the way back is not."""
    stored(life, "job-1")

    app = press(gallery(clip="1"), "delete-clip")

    assert "30 days, under Deleted in the gallery" in said(app)


def test_an_empty_list_of_deleted_clips_says_what_it_is_for(gallery: Open, life: Life) -> None:
    """It leads nowhere; where words leave nothing of it, the filters can be cleared."""
    stored(life, "job-1")
    app = gallery(state="Deleted")
    assert "No deleted clips" in said(app)
    assert "waits here for 30 days" in said(app)
    assert "go-create" not in keys(app)

    app.text_input("q").set_value("sea").run()

    assert "clear-filters" in keys(app)


def test_older_deleted_clips_are_shown_when_asked_for(gallery: Open, life: Life) -> None:
    """A page of them first, as of others."""
    ids = [life.submit(limits={"max_jobs": 100})["id"] for _ in range(STEP + 1)]
    life.database.call("delete_videos", actor="anna", ids=ids, job_ids=[], keep_seconds=1000)
    app = gallery(state="Deleted")
    assert len(prompts(app)) == STEP

    press(app, "older")

    assert len(prompts(app)) == STEP + 1


def test_a_waiting_job_is_cancelled_from_its_details(gallery: Open, life: Life, studio: Studio) -> None:
    """What is waiting can be cancelled, and what has failed can be tried again."""
    life.submit()

    app = press(gallery(clip="1"), "cancel-clip")
    assert find_video(studio.database, 1, by="anna").error_kind == "cancelled"
    press(app, "retry-clip")

    assert find_video(studio.database, 1, by="anna").status == "queued"
    assert "cancel-clip" in keys(app)


def select(app: AppTest, ids: list[int]) -> AppTest:
    """As if those had been checked in the browser."""
    app.toggle("selecting").set_value(True).run()
    app.session_state["gallery"] = {"selected": {"round": 0, "ids": [str(video_id) for video_id in ids]}}
    return without_failure(app.run())


def failed(life: Life, job_id: str) -> int:
    video = life.sent(job_id, prompt=job_id, max_retries=0)
    life.news("failed", job_id, error="No", error_kind="worker_error", retryable=False)
    return int(video["id"])


def test_the_failed_ones_of_a_selection_are_tried_again_as_far_as_the_limits_admit(
    gallery: Open, life: Life, studio: Studio
) -> None:
    """Three may run at once: three of four are queued, the oldest first, and the rest is told with the reason."""
    clips = [failed(life, f"job-{number}") for number in range(4)]
    ready = stored(life, "job-5")
    app = select(gallery(), [*clips, ready])
    assert "**5** selected, 4 of them can be tried again" in said(app)

    press(app, "retry-selected")

    states = [find_video(studio.database, clip, by="anna").status for clip in (*clips, ready)]
    assert states == ["queued", "queued", "queued", "failed", "completed"]
    told = said(app).replace("\\", "")
    assert "3 clips queued again." in told
    assert "1 not: You have 3 of 3 jobs running. Wait for one to finish, or cancel one." in told
    press(app, "dismiss-retried")
    assert "queued again" not in said(app)


def test_a_selection_without_failed_clips_cannot_be_tried_again(gallery: Open, life: Life) -> None:
    """There is nothing to try."""
    clip = stored(life, "job-1")

    app = select(gallery(), [clip])

    assert app.button("retry-selected").disabled
    assert not app.button("delete-selected").disabled
