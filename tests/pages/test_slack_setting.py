"""Setting the team's webhook: never shown, tried with a test message."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from services.accounts import add_user
from services.wiring import Studio
from services.workspace import find_workspace
from tests.gateways.http_server import always, reply, serving


def draw(name: str) -> None:
    """The part alone, for that user."""
    from pages.parts.slack_setting import draw_slack_setting
    from services import wiring
    from services.accounts import find_user

    studio = wiring.current()
    draw_slack_setting(studio, find_user(studio.database, name))


Open = Callable[[str], AppTest]


@pytest.fixture
def opened(studio: Studio) -> Open:
    """Opens it for a new user of that role."""

    def open_part(role: str) -> AppTest:
        name = add_user(studio.database, role, role=role, password=None).id
        return AppTest.from_function(draw, args=(name,), default_timeout=20).run()

    return open_part


def all_words(app: AppTest) -> str:
    kinds = ("markdown", "caption", "success", "error", "warning")
    return "\n".join(part.value for kind in kinds for part in app.get(kind))


def save(app: AppTest, address: str) -> AppTest:
    app.text_input("slack-url").set_value(address).run()
    app.button("save-slack").click().run()
    assert not app.exception
    return app


def test_a_webhook_is_set_tried_and_removed_without_being_shown(studio: Studio, opened: Open) -> None:
    """Set or not set is all the page tells of it."""
    app = opened("admin")
    assert "Not set" in all_words(app)
    with serving(always(reply(200))) as server:
        save(app, f"{server.url}/very-secret")
        assert ("[Set]" in all_words(app), app.text_input("slack-url").value) == (True, "")
        app.button("test-slack").click().run()
    assert "has been sent" in all_words(app)
    assert [request.path for request in server.requests] == ["/very-secret"]
    assert "very-secret" not in all_words(app)

    app.button("remove-slack").click().run()
    assert ("Not set" in all_words(app), find_workspace(studio.database).slack_url) == (True, None)


@pytest.mark.parametrize(
    "address", ["", "http://hooks.test/x", "ftp://x", "hooks", "https://", "https://a b"]
)
def test_what_is_no_https_address_is_refused(studio: Studio, opened: Open, address: str) -> None:
    """With a sentence that says what to do."""
    app = save(opened("admin"), address)
    assert "begins with https" in all_words(app).replace("\\", "")
    assert find_workspace(studio.database).slack_url is None


def test_a_webhook_that_does_not_take_the_message_is_told(opened: Open) -> None:
    """The admin learns it now, not by messages that never come."""
    app = opened("admin")
    with serving(always(reply(404))) as server:
        save(app, f"{server.url}/very-secret")
        app.button("test-slack").click().run()
    assert "does not accept the message" in all_words(app)


def test_nobody_but_admins_changes_it(studio: Studio, opened: Open) -> None:
    """The database asks for the role itself."""
    app = save(opened("user"), "https://hooks.test/x")
    assert "Only admins may do this" in all_words(app)
    assert find_workspace(studio.database).slack_url is None
