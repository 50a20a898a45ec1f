"""What the team shares, on the Gallery page: whose clips are shown to whom, and what may be done with them."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from services.accounts import Role
from services.ratings import rate_video
from services.sharing import share_video
from services.videos import delete_videos, find_video
from services.wiring import Studio
from tests.pages.test_gallery_page import facts, gallery_data, keys, press, prompts, said, stored, timeline
from tests.sql.lifecycle import Life

TEAM, ALL = "Shared with the team", "Everyone's"


@pytest.fixture
def berta(studio: Studio) -> Life:
    """Berta's clips: one she shares, and a private one."""
    life = Life(studio.database, "berta")
    stored(life, "job-1", prompt="a shared sea")
    stored(life, "job-2", prompt="a secret sea")
    share_video(studio.database, 1, by="berta", shared=True)
    return life


@pytest.fixture
def visit(studio: Studio, berta: Life, signed_in: Callable[..., AppTest]) -> Callable[..., AppTest]:
    """Opens the page as a new user of that role, with that in its address."""

    def open_gallery(role: Role = "user", name: str = "anna", **address: str) -> AppTest:
        app = signed_in(name, role)
        app.switch_page("gallery.py")
        for part, value in address.items():
            app.query_params[part] = value
        return looked_at(app)

    return open_gallery


def looked_at(app: AppTest) -> AppTest:
    app.run()
    assert not app.exception
    return app


def scopes(app: AppTest) -> list[str]:
    return app.segmented_control("whose").options


def notes(app: AppTest) -> list[str]:
    return [card["facts"][0] for card in gallery_data(app)["cards"]]


@pytest.mark.parametrize("role", ["user", "restricted"])
def test_the_team_sees_what_is_shared_and_by_whom(visit: Callable[..., AppTest], role: Role) -> None:
    """Nothing private, nothing to select, no way to everybody's clips; whoever only looks at clips looks at these."""
    app = visit(role, whose=TEAM)
    assert (prompts(app), notes(app)) == (["a shared sea"], ["By berta"])
    assert scopes(app) == ["Mine", TEAM]
    assert [toggle.label for toggle in app.toggle] == []
    assert gallery_data(app)["cards"][0]["file_url"] == "/api/videos/1/file"


def test_everybodys_clips_are_there_for_admins(visit: Callable[..., AppTest]) -> None:
    """All of them, or one person's."""
    app = visit("admin", whose=ALL)
    assert prompts(app) == ["a secret sea", "a shared sea"]
    app.selectbox("person").select("anna")
    assert "No clips" in said(looked_at(app))


def test_deleted_clips_are_found_by_their_owner_and_admins_alone(
    studio: Studio, visit: Callable[..., AppTest]
) -> None:
    """Shared before or not: admins see everybody's or one person's, the team is told where its own are."""
    delete_videos(studio.database, by="berta", ids=[1, 2])
    assert prompts(visit("admin", "ada", whose=ALL, state="Deleted")) == ["a secret sea", "a shared sea"]
    ones = visit("admin", "adam", whose=ALL, person="berta", state="Deleted", q="secret")
    assert prompts(ones) == ["a secret sea"]
    assert "No deleted clips" in said(visit("admin", "alma", state="Deleted"))
    for name, address in {"anna": {"whose": ALL, "person": "berta"}, "anton": {"whose": TEAM}}.items():
        app = visit("user", name, state="Deleted", **address)
        assert "No deleted clips" in said(app)
        assert " sea" not in said(app)
    assert "Your own deleted clips are under Mine" in said(app)


def test_an_address_does_not_open_everybodys_clips(visit: Callable[..., AppTest]) -> None:
    """Who is no admin lands at their own."""
    app = visit(whose=ALL, person="berta")
    assert "No clips yet" in said(app)
    assert "secret" not in said(app)


def test_a_clip_one_may_look_at_tells_all_and_offers_no_change(visit: Callable[..., AppTest]) -> None:
    """Settings and timeline are there, and can be copied; nothing can be changed, judged or shared."""
    app = visit(whose=TEAM, clip="1")
    assert facts(app)["Model"] == "Mochi 1"
    assert timeline(app)[-1].endswith("Shared with the team.")
    assert "By berta" in said(app)
    assert "copy-settings" in keys(app)
    assert not keys(app) & {"delete-clip", "cancel-clip", "retry-clip", "star-clip", "restore-clip"}
    assert (len(app.feedback), len(app.toggle)) == (0, 0)


def test_what_is_shared_no_more_is_gone_from_open_pages(
    visit: Callable[..., AppTest], studio: Studio
) -> None:
    """The grid loses the card, the open details refuse with a sentence."""
    app = visit(whose=TEAM, clip="1")
    share_video(studio.database, 1, by="berta", shared=False)
    studio.feed.changed(["berta", "*shared"])

    looked_at(app)

    assert [error.value for error in app.error] == [r"There is no such clip among yours\."]
    assert "Nobody else shares a clip yet" in said(app)


def test_an_owner_shares_and_takes_back(studio: Studio, visit: Callable[..., AppTest]) -> None:
    """The switch says what it does, and shows how it stands."""
    app = visit()
    life = Life(studio.database, "anna")
    stored(life, "job-3", prompt="my sea")
    studio.feed.changed(["anna"])
    app.query_params["clip"] = "3"
    looked_at(app)
    assert "Only you and admins can see this clip" in said(app)

    app.toggle("share-3-False").set_value(True)
    looked_at(app)
    assert find_video(studio.database, 3, by="berta").prompt == "my sea"
    assert "Everybody with an account can watch" in said(app)
    assert notes(app) == ["Shared"]

    app.toggle("share-3-True").set_value(False)
    looked_at(app)
    assert not find_video(studio.database, 3, by="anna").shared


def test_star_and_rating_are_kept(studio: Studio, visit: Callable[..., AppTest]) -> None:
    """Each is set and taken away with one press, by an admin as well."""
    app = visit("admin", whose=ALL, clip="2")
    press(app, "star-clip")
    app.feedback("rating-2-None").set_value(3)
    looked_at(app)
    video = find_video(studio.database, 2, by="berta")
    assert (video.starred, video.rating) == (True, 4)

    press(app, "star-clip")
    app.feedback("rating-2-4").set_value(None)
    looked_at(app)
    video = find_video(studio.database, 2, by="berta")
    assert (video.starred, video.rating) == (False, None)


def test_a_judgement_from_elsewhere_is_shown(studio: Studio, visit: Callable[..., AppTest]) -> None:
    """What a script has set meanwhile is no wish to change it back."""
    app = visit("admin", clip="2")
    rate_video(studio.database, 2, by="berta", rating=2, starred=True)
    share_video(studio.database, 2, by="berta", shared=True)
    studio.feed.changed(["berta"])

    looked_at(looked_at(app))

    video = find_video(studio.database, 2, by="berta")
    assert (video.rating, video.starred, video.shared) == (2, True, True)
    assert app.feedback("rating-2-2").value == 1
