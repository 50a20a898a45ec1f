"""The terms of use: their file, and who has accepted them from the start."""

from dataclasses import replace
from pathlib import Path

import pytest

from services import wiring
from services.accounts import add_user, ensure_user
from services.errors import Conflict
from services.names import DEMO_USER, TEST_USER
from services.settings import Settings
from services.sign_in import demo_user
from services.terms import CURRENT, accept_terms, find_acceptance, list_acceptances, read_terms
from services.wiring import Studio


def test_the_shipped_terms_have_a_version_and_a_text() -> None:
    """The version is not part of what people read as the text."""
    assert CURRENT.version
    assert CURRENT.text.startswith("This studio belongs to the team")


@pytest.mark.parametrize("content", ["", "# Terms\n\nText", "Version: 1\n", "# Terms\nVersion: a b\n"])
def test_terms_without_a_version_stop_the_start(tmp_path: Path, content: str) -> None:
    """Nobody could say what was accepted."""
    file = tmp_path / "terms.md"
    file.write_text(content)
    with pytest.raises(ValueError, match=r"terms\.md has to begin"):
        read_terms(file)


def test_a_new_version_has_to_be_accepted_anew(studio: Studio) -> None:
    """What was accepted before stays in the history, and does not count."""
    add_user(studio.database, "anna", role="user", password=None)
    studio.database.call("accept_terms", user_id="anna", version="2020-01-01")
    assert find_acceptance(studio.database, "anna") is None
    accepted = accept_terms(studio.database, "anna")
    assert find_acceptance(studio.database, "anna") == accepted
    assert [one.version for one in list_acceptances(studio.database, "anna")] == [
        CURRENT.version,
        "2020-01-01",
    ]


def test_a_version_that_is_not_in_force_cannot_be_accepted(studio: Studio) -> None:
    """Whoever read an old page reads the new text first."""
    add_user(studio.database, "anna", role="user", password=None)
    with pytest.raises(Conflict, match="have changed"):
        accept_terms(studio.database, "anna", version="2020-01-01")


def test_the_click_into_the_demo_accepts_them(studio: Studio) -> None:
    """The card says so; before the click nothing is accepted."""
    demo = replace(studio, settings=replace(studio.settings, runpod_api_key=None))
    ensure_user(demo.database, DEMO_USER, role="user")
    assert find_acceptance(demo.database, DEMO_USER) is None
    demo_user(demo, DEMO_USER)
    assert find_acceptance(demo.database, DEMO_USER) is not None


def test_the_test_user_has_accepted_them_at_the_start(tmp_path: Path) -> None:
    """TEST_MODE asks for nothing."""
    studio = wiring.build(Settings(data_dir=tmp_path / "data", test_mode=True))
    accepted = find_acceptance(studio.database, TEST_USER)
    studio.close()
    assert accepted is not None
