"""The Create page: what is chosen is what is submitted, and refusals are sentences."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services import wiring
from services.accounts import set_role
from services.catalog import Catalog
from services.orders import Request
from services.videos import Video, list_videos, submit_video
from services.wiring import Studio

LIMITS = {"limit_seconds": 600, "period_start": "2000-01-01", "period_end": "2100-01-01", "max_jobs": 50}
MOCHI = {"size": "create-size-mochi", "frames": "create-frames-mochi", "steps": "create-steps-mochi"}


def videos_of(studio: Studio, user: str = "anna") -> list[Video]:
    return list_videos(studio.database, user)


def generate(browser: AppTest, prompt: str) -> AppTest:
    browser.text_area("create-prompt").set_value(prompt)
    return browser.button("generate").click().run()


def more_settings(browser: AppTest) -> AppTest:
    browser.session_state["create-more"] = True
    return browser.run()


def said(browser: AppTest) -> str:
    assert not browser.exception
    return " ".join(error.value.replace("\\", "") for error in (*browser.error, *browser.warning))


def test_a_sentence_and_a_click_make_a_clip(studio: Studio, signed_in: Callable[..., AppTest]) -> None:
    """Nothing but a prompt is needed; everything else has the model's defaults."""
    generate(signed_in(), "A fox in the snow")

    (video,) = videos_of(studio)
    assert (video.prompt, video.model, video.width, video.height) == ("A fox in the snow", "mochi", 848, 480)
    assert (video.frames, video.steps, video.cfg) == (61, 40, 6)


def test_all_that_was_chosen_is_submitted(studio: Studio, signed_in: Callable[..., AppTest]) -> None:
    """No control is for show: each reaches the job, a seed of 0 included."""
    browser = more_settings(signed_in())
    browser.get("pills")[0].set_value((640, 640))
    browser.select_slider(MOCHI["frames"]).set_value(31)
    browser.slider(MOCHI["steps"]).set_value(20)
    browser.slider("create-cfg-mochi").set_value(4.5)
    browser.text_input("create-negative").set_value("blurry")
    browser.toggle("create-random-seed").set_value(False).run()
    browser.number_input("create-seed").set_value(0)

    generate(browser, "A fox")

    (video,) = videos_of(studio)
    assert (video.width, video.height, video.frames, video.steps) == (640, 640, 31, 20)
    assert (video.cfg, video.negative_prompt, video.seed) == (4.5, "blurry", 0)


def test_settings_out_of_sight_count_as_well(studio: Studio, signed_in: Callable[..., AppTest]) -> None:
    """More settings may be closed again: what was chosen there is what is made."""
    browser = more_settings(signed_in())
    browser.slider("create-cfg-mochi").set_value(4.5)
    browser.text_input("create-negative").set_value("blurry")
    browser.toggle("create-random-seed").set_value(False).run()
    browser.number_input("create-seed").set_value(7).run()
    browser.session_state["create-more"] = False
    browser.run()
    assert "create-negative" not in [field.key for field in browser.text_input]

    generate(browser, "A fox")
    (video,) = videos_of(studio)
    assert (video.cfg, video.negative_prompt, video.seed) == (4.5, "blurry", 7)
    assert more_settings(browser).number_input("create-seed").value == 7


def test_a_fixed_seed_is_told_while_its_field_is_out_of_sight(signed_in: Callable[..., AppTest]) -> None:
    """Or the same clip is asked for and paid for again; with a random one there is nothing to tell."""

    def told() -> list[str]:
        return [
            caption.value.split(" is fixed")[0] for caption in browser.caption if "is fixed" in caption.value
        ]

    browser = more_settings(signed_in())
    browser.toggle("create-random-seed").set_value(False).run()
    browser.number_input("create-seed").set_value(7).run()
    assert told() == []
    browser.session_state["create-more"] = False
    browser.run()
    assert told() == ["Seed 7"]
    more_settings(browser).toggle("create-random-seed").set_value(True).run()
    browser.session_state["create-more"] = False
    browser.run()
    assert told() == []


def test_each_model_has_its_own_controls(studio: Studio, signed_in: Callable[..., AppTest]) -> None:
    """Fields a model does not take are not asked for, and its own sizes and lengths are offered."""
    browser = more_settings(signed_in())
    assert "create-negative" in [field.key for field in browser.text_input]
    browser.selectbox("create-model").select("vidu-q3-t2v").run()

    assert [slider.key for slider in browser.slider] == []
    assert "create-negative" not in [field.key for field in browser.text_input]
    generate(browser, "A fox")
    assert (videos_of(studio)[0].model, videos_of(studio)[0].frames) == ("vidu-q3-t2v", 120)


def test_the_queue_hears_of_it_at_once(studio: Studio, signed_in: Callable[..., AppTest]) -> None:
    """The background loop is woken, and the job stands beside the form in the same moment."""
    browser = generate(signed_in(), "A fox in the snow")

    assert studio.work_arrived.is_set()
    assert ":small[A fox in the snow]" in [text.value for text in browser.markdown]
    assert browser.progress[0].text == r"Handing the job to RunPod\."


def test_a_double_click_makes_one_clip(studio: Studio, signed_in: Callable[..., AppTest]) -> None:
    """The same wish within a moment is one wish; another prompt is another."""
    browser = generate(signed_in(), "A fox")
    generate(browser, "A fox")
    generate(browser, "A hare")

    assert [video.prompt for video in videos_of(studio)] == ["A hare", "A fox"]


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("", "The prompt must not be empty."),
        (" \n ", "The prompt must not be empty."),
        ("x" * 2001, "The prompt takes at most 2000 characters; this has 2001."),
        ("a\x07b", "The prompt must not contain control characters."),
    ],
)
def test_a_prompt_that_cannot_be_taken_is_refused_with_a_sentence(
    studio: Studio, signed_in: Callable[..., AppTest], prompt: str, sentence: str
) -> None:
    """Nothing is queued, and what was typed stays in its field."""
    browser = generate(signed_in(), prompt)

    assert said(browser) == sentence
    assert videos_of(studio) == []
    assert browser.text_area("create-prompt").value == prompt


def test_the_allowance_is_shown_before_it_is_spent(signed_in: Callable[..., AppTest]) -> None:
    """One reads what this clip takes and what is left, and after generating the rest."""
    browser = signed_in()
    assert "Takes **2.5 s** of the **600 s** you have left until" in browser.markdown[-2].value

    generate(browser, "A fox")

    assert any("of the **597.5 s** you have left" in text.value for text in browser.markdown)


def test_a_clip_beyond_the_allowance_names_the_longest_that_fits(
    studio: Studio, signed_in: Callable[..., AppTest]
) -> None:
    """The page says so before Generate is pressed, and the refusal after it."""
    wiring.install(replace(studio, settings=replace(studio.settings, monthly_limit_seconds=2)))
    browser = signed_in()
    hints = [text.value for text in browser.markdown if "It does not fit" in text.value]
    assert "The longest that does is 1.8 s, 43 frames." in hints[0]

    generate(browser, "A fox")

    assert "longer than what is left of your allowance" in said(browser)
    assert videos_of(studio) == []


def test_too_many_jobs_at_once_are_refused(studio: Studio, signed_in: Callable[..., AppTest]) -> None:
    """The fourth job is told to wait, and which step helps."""
    browser = signed_in()
    for number in range(4):
        generate(browser, f"A fox, take {number}")

    assert said(browser) == "You have 3 of 3 jobs running. Wait for one to finish, or cancel one."
    assert not any("Wait for one to finish" in text.value for text in browser.markdown)
    assert len(videos_of(studio)) == 3


def test_restricted_users_look_but_do_not_generate(studio: Studio, signed_in: Callable[..., AppTest]) -> None:
    """The button is off with a reason, and a press that gets through anyway is refused by the service."""
    browser = signed_in("anna")
    set_role(studio.database, "anna", "restricted")
    generate(browser, "A fox")

    assert browser.button("generate").disabled
    assert videos_of(studio) == []
    assert "not generate" in " ".join(caption.value for caption in browser.caption)


def test_a_model_without_an_endpoint_says_what_to_set(
    studio: Studio, signed_in: Callable[..., AppTest]
) -> None:
    """A setting that is missing is named to whoever meets it."""
    bare = Catalog(tuple(model.model_copy(update={"endpoint": None}) for model in studio.catalog.models))
    wiring.install(replace(studio, catalog=bare))

    assert "Ask an admin to set RUNPOD_ENDPOINT_ID." in said(generate(signed_in(), "A fox"))


def test_a_job_is_cancelled_where_it_is_shown(studio: Studio, signed_in: Callable[..., AppTest]) -> None:
    """One click beside the job ends it; it leaves the list, and a note says what of it comes back."""
    browser = generate(signed_in(), "A fox")
    (video,) = videos_of(studio)

    browser.button(f"cancel-{video.id}").click().run()

    assert videos_of(studio)[0].error_kind == "cancelled"
    assert not browser.exception
    assert [bar.value for bar in browser.progress] == []
    assert r"Cancelled\. Its seconds are yours again\." in [toast.value for toast in browser.toast]


def test_prompts_are_shown_as_text(studio: Studio, signed_in: Callable[..., AppTest]) -> None:
    """A prompt cannot put a picture, a link or a formula into the page."""
    browser = generate(signed_in(), "![x](https://example.com/a.png) $a$ <b> :smile:")

    shown = next(text.value for text in browser.markdown if "example" in text.value)
    assert r"\!\[x\]\(https\:\/\/example\.com\/a\.png\) \$a\$ \<b\> \:smile\:" in shown


def made_by_script(studio: Studio, **wanted: Any) -> Video:
    request = Request(**{"prompt": "A hare", "model_name": "mochi", **wanted})
    return submit_video(studio.database, studio.catalog, request, by="anna", limits=LIMITS, max_retries=0)


def open_like(browser: AppTest, video: Video) -> AppTest:
    browser.session_state["openv_settings_to_take_over"] = video
    return browser.run()


@pytest.mark.parametrize(
    "wanted",
    [
        {"seed": 0, "negative_prompt": ""},
        {"seed": 2_147_483_647, "negative_prompt": "fog, rain", "frames": 127, "steps": 65, "cfg": 20},
        {"seed": 7, "frames": 7, "steps": 10, "cfg": 0, "width": 480, "height": 848},
        {"seed": 7, "width": 720, "height": 400},
        {"seed": 1, "model_name": "wan-2-6-t2v", "frames": 360, "width": 1080, "height": 1920},
    ],
)
def test_the_settings_of_a_clip_come_back_whole(
    studio: Studio, signed_in: Callable[..., AppTest], wanted: dict[str, Any]
) -> None:
    """Create filled in from a clip and sent again makes the very same job, unusual sizes and zeros included."""
    browser = signed_in()
    before = made_by_script(studio, **wanted)

    open_like(browser, before).button("generate").click().run()

    assert not browser.exception
    again = videos_of(studio)[0]
    kept = {"prompt", "negative_prompt", "model", "width", "height", "frames", "fps", "seed", "steps", "cfg"}
    assert again.id != before.id
    assert again.model_dump(include=kept) == before.model_dump(include=kept)


def test_what_was_there_before_does_not_mix_with_what_is_taken_over(
    studio: Studio, signed_in: Callable[..., AppTest]
) -> None:
    """An empty negative prompt replaces one that was typed for another clip."""
    browser = more_settings(signed_in())
    browser.text_input("create-negative").set_value("blurry").run()

    open_like(browser, made_by_script(studio, negative_prompt="", seed=0))

    assert browser.text_input("create-negative").value == ""
    assert browser.number_input("create-seed").value == 0


def test_a_clip_of_a_model_that_is_gone_keeps_its_prompt(
    studio: Studio, signed_in: Callable[..., AppTest]
) -> None:
    """Its settings go to the nearest that the first model takes."""
    browser = signed_in()
    gone = made_by_script(studio).model_copy(update={"model": "gone", "frames": 1000, "steps": None})

    open_like(browser, gone)

    assert not browser.exception
    assert browser.selectbox("create-model").value == "mochi"
    assert browser.select_slider(MOCHI["frames"]).value == 127


def test_a_draft_survives_a_look_at_another_page(signed_in: Callable[..., AppTest]) -> None:
    """What was typed and chosen is still there after a visit to the gallery."""
    browser = signed_in()
    browser.text_area("create-prompt").set_value("A fox in").run()
    browser.select_slider(MOCHI["frames"]).set_value(31).run()

    browser.switch_page("gallery.py").run().switch_page("create.py").run()

    assert browser.text_area("create-prompt").value == "A fox in"
    assert browser.select_slider(MOCHI["frames"]).value == 31
