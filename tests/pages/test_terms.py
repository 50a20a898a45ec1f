"""The terms of use on the pages: asked for once, in the place of Generate, and never in the way afterwards."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from services.terms import CURRENT, find_acceptance
from services.videos import list_videos
from services.wiring import Studio

OpenPages = Callable[..., AppTest]


def buttons(browser: AppTest) -> list[str | None]:
    assert not browser.exception
    return [button.key for button in browser.button]


def texts(browser: AppTest) -> str:
    return " ".join(text.value for text in browser.markdown)


def test_a_newcomer_accepts_before_the_first_clip(studio: Studio, signed_in: OpenPages) -> None:
    """Generate is not there before, so that it cannot fail; what was typed stays; one click brings it."""
    browser = signed_in(accepted=False)
    browser.text_area("create-prompt").set_value("A fox in the snow").run()
    assert "generate" not in buttons(browser)
    assert "Before your first clip" in texts(browser)
    browser.session_state["terms-text"] = True
    assert CURRENT.text in [text.value for text in browser.run().markdown]

    browser.button("accept-terms").click().run()

    assert find_acceptance(studio.database, "anna") is not None
    assert "accept-terms" not in buttons(browser)
    browser.button("generate").click().run()
    assert [video.prompt for video in list_videos(studio.database, "anna")] == ["A fox in the snow"]


def test_a_new_version_is_asked_for_again(studio: Studio, signed_in: OpenPages) -> None:
    """In other words than the first time."""
    browser = signed_in(accepted=False)
    studio.database.call("accept_terms", user_id="anna", version="2020-01-01")
    browser.run()
    assert "The terms of use have changed" in texts(browser)
    assert "generate" not in buttons(browser)


def test_who_may_only_look_is_not_asked(signed_in: OpenPages) -> None:
    """They cannot generate either way."""
    assert "accept-terms" not in buttons(signed_in("rita", "restricted", accepted=False))


def test_the_demo_says_what_its_click_accepts(demo: Studio, browser: AppTest) -> None:
    """And opens the text in the same place."""
    browser.run()
    assert CURRENT.text in [text.value for text in browser.markdown]
    browser.button("demo-user").click().run()
    browser.run()
    assert "accept-terms" not in buttons(browser)
    assert "generate" in buttons(browser)
