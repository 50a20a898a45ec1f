"""What admins do on the page People, and on nobody else's behalf."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from services.accounts import add_user, check_password, find_user, set_role
from services.audit import list_audit_events
from services.wiring import Studio

OpenPages = Callable[..., AppTest]


@pytest.fixture
def people(studio: Studio, signed_in: OpenPages) -> AppTest:
    """The page as the admin root, with anna's card open; rose is an admin who can sign in."""
    add_user(studio.database, "rose", role="admin", password="correct horse battery")
    add_user(studio.database, "anna", role="user", password="correct horse battery")
    app = signed_in("root", role="admin")
    app.query_params["person"] = "anna"
    return app.switch_page("people.py").run()


def press(app: AppTest, *keys: str) -> AppTest:
    """One button after the other; nothing goes wrong on the way."""
    for key in keys:
        app.button(key).click().run()
        assert not app.exception
    return app


def test_everybody_is_listed_with_what_they_use(people: AppTest) -> None:
    """Name, role, use of the allowance, jobs: one row for each."""
    table = people.dataframe[0].value
    assert table["Name"].tolist() == ["anna", "root", "rose"]
    assert table["Used"].tolist() == ["0 s of 600 s"] * 3
    assert table["Jobs"].tolist() == ["0 of 3"] * 3


def test_a_search_narrows_the_list(people: AppTest) -> None:
    """A part of a name is enough, and nobody found is said."""
    people.text_input("search-people").set_value("RO").run()
    assert people.dataframe[0].value["Name"].tolist() == ["root", "rose"]
    people.text_input("search-people").set_value("zebra").run()
    assert "Nobody has such a name" in people.info[0].value


@pytest.mark.parametrize("field", ["person", "behind", "search-people"])
def test_an_address_with_what_no_name_can_hold_is_read_as_without(people: AppTest, field: str) -> None:
    """A NUL, as somebody may type it there, is no error."""
    people.query_params[field] = "\0"
    assert not people.run().exception
    assert people.dataframe[0].value["Name"].tolist() == ["anna", "root", "rose"]


def test_a_role_is_changed(people: AppTest, studio: Studio) -> None:
    """At once where nobody becomes an admin."""
    people.selectbox("role-of-anna").set_value("restricted")
    press(people, "change-role")
    assert find_user(studio.database, "anna").role == "restricted"
    assert people.dataframe[0].value["Role"].tolist()[0] == "Looks at clips"


def test_making_somebody_an_admin_asks_first(people: AppTest, studio: Studio) -> None:
    """Keep as it is changes nothing; the answer yes does."""
    people.selectbox("role-of-anna").set_value("admin")
    press(people, "change-role", "answer-no")
    assert find_user(studio.database, "anna").role == "user"
    people.selectbox("role-of-anna").set_value("admin")
    press(people, "change-role", "answer-yes")
    assert find_user(studio.database, "anna").is_admin


def test_what_came_of_an_action_is_told_once(people: AppTest) -> None:
    """In the run that draws the page anew, and not again after it."""
    press(people, "ask-sign-out", "answer-yes")
    assert [toast.value.replace("\\", "") for toast in people.toast] == ["anna is signed out everywhere."]
    assert len(people.run().toast) == 0


def test_own_limits_are_set_and_taken_away(people: AppTest, studio: Studio) -> None:
    """An empty field takes what holds for all."""
    people.number_input("seconds-of-anna").set_value(30.0)
    people.number_input("jobs-of-anna").set_value(1)
    press(people, "save-limits")
    assert people.dataframe[0].value["Used"].tolist()[0] == "0 s of 30 s"
    people.number_input("seconds-of-anna-now-30").set_value(None)
    people.number_input("jobs-of-anna-now-1").set_value(None)
    press(people, "save-limits")
    user = find_user(studio.database, "anna")
    assert (user.limit_seconds, user.max_jobs) == (None, None)


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("seconds-of-anna", "0 to 1,000,000,000 seconds of video"),
        ("jobs-of-anna", "0 to 100,000 jobs at once"),
    ],
)
def test_a_limit_below_nothing_is_refused_in_words(
    people: AppTest, studio: Studio, field: str, told: str
) -> None:
    """Nothing changes."""
    people.number_input(field).set_value(-5)
    press(people, "save-limits")
    assert told in people.error[0].value.replace("\\", "")
    user = find_user(studio.database, "anna")
    assert (user.limit_seconds, user.max_jobs) == (None, None)


def test_an_account_is_disabled_and_enabled(people: AppTest, studio: Studio) -> None:
    """After a question that says what it means; enabling needs none."""
    press(people, "ask-disable")
    assert "Jobs already running go on" in people.markdown[-1].value
    press(people, "answer-yes")
    assert check_password(studio.database, "anna", "correct horse battery") is None
    press(people, "enable")
    assert check_password(studio.database, "anna", "correct horse battery") is not None


def test_a_reset_password_is_shown_once_and_works(people: AppTest, studio: Studio) -> None:
    """After Done nobody can look it up."""
    press(people, "ask-reset", "answer-yes")
    password = people.code[0].value
    assert check_password(studio.database, "anna", password) is not None
    press(people, "put-away")
    assert len(people.code) == 0


def test_signing_somebody_out_ends_their_sessions(people: AppTest, studio: Studio, browser: AppTest) -> None:
    """In every browser, with the next thing they do."""
    browser.session_state["openv_token"] = studio.sessions.issue("anna")
    assert [title.value for title in browser.run().title] == ["Create"]
    press(people, "ask-sign-out", "answer-yes")
    assert [title.value for title in browser.run().title] == []


def test_the_last_admin_who_can_sign_in_cannot_be_disabled(people: AppTest, studio: Studio) -> None:
    """The question stays open and says what to do first."""
    people.selectbox("person").set_value("rose").run()
    press(people, "ask-disable", "answer-yes")
    assert "Make somebody else an admin first" in people.error[0].value
    assert find_user(studio.database, "rose").disabled_at is None


def test_an_admin_who_is_none_any_more_changes_nothing(people: AppTest, studio: Studio) -> None:
    """The open page refuses the click and closes."""
    set_role(studio.database, "root", "user")
    people.selectbox("role-of-anna").set_value("restricted")
    people.button("change-role").click().run()
    assert "This page is for admins" in people.error[0].value
    assert find_user(studio.database, "anna").role == "user"


def test_every_action_names_the_admin_in_the_trail(people: AppTest, studio: Studio) -> None:
    """The page hands on who is signed in, not who it was opened for."""
    press(people, "ask-sign-out", "answer-yes", "ask-disable", "answer-yes", "enable")
    events = list_audit_events(studio.database, by="root", person="anna")
    assert [(event.actor, event.action) for event in events] == [
        ("root", "enable_user"),
        ("root", "disable_user"),
        ("root", "sign_out_everywhere"),
    ]


def test_the_trail_tells_in_plain_words(people: AppTest, studio: Studio) -> None:
    """Who did what to whom, the newest first; filtered by a person."""
    set_role(studio.database, "anna", "restricted", by="root")
    app = people.switch_page("audit.py").run()
    row = app.dataframe[0].value.iloc[0]
    assert (row["Who"], row["What"]) == ("root", "changed the role of anna from user to restricted")
    app.selectbox("audited-person").set_value("rose").run()
    assert "Nothing has been done here yet." in app.info[0].value


def test_the_trail_is_turned_page_by_page(people: AppTest, studio: Studio) -> None:
    """Older leads on, and there is a way back."""
    for number in range(60):
        studio.database.call(
            "note_admin_action", actor="root", action="test_action", subject=str(number), detail={}
        )
    app = people.switch_page("audit.py").run()
    assert app.dataframe[0].value["What"].tolist()[-1] == "test action: 10"
    press(app, "turn-on")
    assert app.dataframe[0].value["What"].tolist() == [f"test action: {n}" for n in range(9, -1, -1)]
    press(app, "turn-back")
    assert app.dataframe[0].value["What"].tolist()[0] == "test action: 59"


@pytest.mark.parametrize("page", ["people", "invites", "audit"])
@pytest.mark.parametrize("role", ["user", "restricted"])
def test_nobody_else_sees_these_pages(signed_in: OpenPages, page: str, role: str) -> None:
    """Even with the address."""
    app = signed_in("anna", role=role).switch_page(f"{page}.py").run()
    assert (len(app.title), len(app.dataframe)) == (0, 0)
    assert "This page is for admins" in app.error[0].value
