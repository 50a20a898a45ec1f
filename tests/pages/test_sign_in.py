"""Signing in and out, as the pages do it."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from services import wiring
from services.accounts import ensure_user, set_password, sign_out_everywhere
from services.names import DEMO_USER, KEPT_NAMES
from services.passwords import hash_password
from services.sessions import COOKIE
from services.wiring import Studio
from tests.pages.conftest import PASSWORD

LONG = "Двадцать три зелёных лодки " * 4 + "уплыли за горизонт."
WRONG = r"The name or the password is wrong\. Check both and try again\."


def fill_in(browser: AppTest, name: str, password: str) -> AppTest:
    browser.run()
    browser.text_input("sign-in-name").set_value(name)
    browser.text_input("sign-in-password").set_value(password)
    return browser.button("sign-in-submit").click().run()


def titles(browser: AppTest) -> list[str]:
    assert not browser.exception
    return [title.value for title in browser.title]


def test_the_right_password_opens_the_first_page(browser: AppTest, anna: str) -> None:
    """Name and password lead straight to Create, without a second click."""
    fill_in(browser, anna, PASSWORD)

    assert titles(browser) == ["Create"]


def test_streamlit_authenticator_knows_who_is_signed_in(browser: AppTest, anna: str) -> None:
    """The session is streamlit-authenticator's: its own state says who it is, with which name and role."""
    fill_in(browser, anna, PASSWORD)

    state = browser.session_state
    told = [state[key] for key in ("authentication_status", "username", "name", "roles")]
    assert told == [True, "anna", "anna", ["user"]]


def test_a_wrong_password_and_a_wrong_name_get_the_same_sentence(browser: AppTest, anna: str) -> None:
    """Nobody learns from the sign-in page which names exist."""
    sentences = []
    for name, password in ((anna, "not the password"), ("nobody", PASSWORD), ("", "")):
        fill_in(browser, name, password)
        sentences += [error.value for error in browser.error]

    assert sentences == [WRONG] * 3
    assert titles(browser) == []


def test_a_refusal_stands_above_the_fields_once(browser: AppTest, anna: str) -> None:
    """Below the button it would be out of sight; and it goes with the next run."""
    fill_in(browser, anna, "not the password")

    kinds = [element.type for element in browser.main]
    assert kinds.index("error") < kinds.index("text_input")
    assert list(browser.run().error) == []


def test_who_keeps_failing_has_to_wait_even_with_the_right_password(browser: AppTest, anna: str) -> None:
    """After five failures the sixth try is not looked at before a pause is over."""
    for _ in range(5):
        fill_in(browser, anna, "not the password")

    fill_in(browser, anna, PASSWORD)

    assert "too many failed tries" in browser.error[0].value
    assert titles(browser) == []


def test_a_long_password_of_another_script_signs_in(studio: Studio, browser: AppTest, anna: str) -> None:
    """127 characters of another script are no trouble."""
    set_password(studio.database, anna, LONG)

    fill_in(browser, anna, LONG)

    assert titles(browser) == ["Create"]


def test_one_click_signs_in_to_the_demo(demo: Studio, browser: AppTest) -> None:
    """A demo is tried without a name and a password."""
    browser.run().button("demo-user").click().run()

    assert titles(browser) == ["Create"]
    assert browser.session_state["username"] == DEMO_USER


def test_a_late_click_of_the_sign_in_page_puts_nobody_in_another_ones_place(
    demo: Studio, browser: AppTest, anna: str
) -> None:
    """Whoever is signed in stays it, whatever a page drawn before still sends."""
    browser.run().button("demo-admin").click()
    late = browser._tree.get_widget_states()
    browser.button("demo-admin").set_value(False)
    fill_in(browser, anna, PASSWORD)

    browser._run(late)

    assert browser.session_state["username"] == anna


def test_there_is_no_demo_user_outside_a_demo(studio: Studio, browser: AppTest) -> None:
    """Where jobs cost money one signs in with a password, or registers with an invite."""
    browser.run()

    assert [button.key for button in browser.button] == ["sign-in-submit", "register"]


def test_a_demo_click_forged_outside_a_demo_is_refused(
    demo: Studio, studio: Studio, browser: AppTest
) -> None:
    """The page of a demo still open when the demo has ended signs nobody in."""
    browser.run()
    wiring.install(studio)
    browser.button("demo-user").click().run()

    assert titles(browser) == []


def test_a_session_of_the_demo_ends_with_the_demo(demo: Studio, studio: Studio, browser: AppTest) -> None:
    """A cookie handed out by a demo does not open the same data once it runs on RunPod."""
    browser.session_state["openv_token"] = demo.sessions.issue(DEMO_USER)
    assert titles(browser.run()) == ["Create"]
    wiring.install(studio)

    assert titles(browser.run()) == []


def test_signing_out_leaves_the_sign_in_page_and_nothing_of_the_session(
    signed_in: Callable[..., AppTest],
) -> None:
    """Whoever comes next to this browser finds neither the page nor what was typed into it."""
    browser = signed_in()
    browser.text_area("create-prompt").set_value("my secret idea")

    browser.button("sign-out").click().run()

    assert titles(browser) == []
    assert browser.text_input("sign-in-name").value == ""
    assert "create-prompt" not in browser.session_state


def test_the_same_session_can_sign_in_again(browser: AppTest, anna: str) -> None:
    """Signing out is no dead end."""
    fill_in(browser, anna, PASSWORD).button("sign-out").click().run()

    fill_in(browser, anna, PASSWORD)

    assert titles(browser) == ["Create"]


def test_a_session_ended_from_elsewhere_ends_with_the_next_run(
    studio: Studio, signed_in: Callable[..., AppTest]
) -> None:
    """Signing a user out everywhere reaches pages that are open, and says so."""
    browser = signed_in("anna")
    sign_out_everywhere(studio.database, "anna")

    browser.run()

    assert titles(browser) == []
    assert browser.info[0].value == "Your session has ended. Sign in again to go on."


def test_a_forged_session_opens_nothing(browser: AppTest, anna: str) -> None:
    """A cookie that this server has not signed is worth nothing."""
    browser.session_state["openv_token"] = "eyJhbGciOiJub25lIn0.eyJ1c2VybmFtZSI6ImFubmEifQ."

    assert titles(browser.run()) == []


def test_a_cookie_is_handed_to_the_browser_until_it_confirms(browser: AppTest, anna: str) -> None:
    """The component that writes the cookie stays in the page, so that a quick rerun does not lose the session."""
    fill_in(browser, anna, PASSWORD)
    browser.run()

    written = [component.proto.json_args for component in browser.get("component_instance")]
    assert any(f'"cookie": "{COOKIE}"' in arguments for arguments in written)


@pytest.mark.parametrize("name", sorted(KEPT_NAMES))
def test_an_account_that_a_demo_left_lets_nobody_in_with_a_password(
    studio: Studio, browser: AppTest, name: str
) -> None:
    """Nor one of TEST_MODE, not even for a first look: anybody may have been them, and had a password set in their time."""
    ensure_user(studio.database, name, role="user")
    studio.database.call("set_password", actor=None, id=name, password_hash=hash_password(PASSWORD))

    assert titles(fill_in(browser, name, PASSWORD)) == []


def test_who_is_signed_out_while_being_let_in_is_out_when_next_looked_for(studio: Studio, anna: str) -> None:
    """The answer that let them in draws their page once; the session itself is from before all were ended."""

    def script() -> None:
        import streamlit as st

        from pages.parts.entry import let_in
        from pages.parts.session import signed_in_user
        from services import wiring
        from services.accounts import User, find_user, sign_out_everywhere

        def identify() -> User:
            user = find_user(wiring.current().database, "anna")
            assert user
            sign_out_everywhere(wiring.current().database, "anna")
            return user

        let_in(wiring.current(), identify)
        for _ in range(2):
            user = signed_in_user(wiring.current())
            st.write(user.id if user else "nobody")

    page = AppTest.from_function(script).run()
    assert not page.exception
    assert [text.value for text in page.markdown] == ["anna", "nobody"]


def test_who_signs_out_with_the_same_click_is_out(studio: Studio, anna: str) -> None:
    """As a forged message can ask: the last word counts."""

    def script() -> None:
        import streamlit as st

        from pages.parts.entry import let_in
        from pages.parts.session import end_session, signed_in_user
        from services import wiring
        from services.accounts import User, find_user

        def identify() -> User:
            user = find_user(wiring.current().database, "anna")
            assert user
            return user

        let_in(wiring.current(), identify)
        end_session()
        st.write(str(signed_in_user(wiring.current())))

    page = AppTest.from_function(script).run()
    assert not page.exception
    assert [text.value for text in page.markdown] == ["None"]
