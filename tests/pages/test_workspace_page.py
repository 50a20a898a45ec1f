"""The Workspace page, and what the team's budget means on Create."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from streamlit.testing.v1 import AppTest

from services.accounts import set_role
from services.quota import limit_period, set_limits
from services.wiring import Studio
from services.workspace import change_budget, find_workspace
from tests.history import History

OpenPages = Callable[..., AppTest]


@pytest.fixture
def history(database_url: str) -> Iterator[History]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield History(connection)


def draw(studio: Studio, soft: float | None = None, hard: float | None = None) -> None:
    change_budget(studio.database, soft_usd=soft, hard_usd=hard, by=None)


def open_workspace(signed_in: OpenPages) -> AppTest:
    return signed_in("ada", role="admin").switch_page("workspace.py").run()


def shown(browser: AppTest) -> dict[str, str]:
    assert not browser.exception
    return {metric.label: metric.value.replace("\\", "") for metric in browser.metric}


def texts(browser: AppTest) -> str:
    assert not browser.exception
    return " ".join(text.value for text in browser.markdown).replace("\\", "")


def test_spent_expected_and_left_are_shown(studio: Studio, signed_in: OpenPages, history: History) -> None:
    """With both lines drawn; jobs of unknown cost are told beside the sums."""
    history.job(cost_usd=3, finished_at=datetime.now(UTC))
    history.job(finished_at=datetime.now(UTC))
    history.clip("queued", expected_usd=0.5)
    draw(studio, soft=4, hard=10)
    browser = open_workspace(signed_in)
    assert shown(browser) == {
        "Spent": "$3.00", "Expected": "$0.50", "Until the warning": "$0.50", "Until the stop": "$6.50",
    }  # fmt: skip
    assert any("1 job of unknown cost" in caption.value for caption in browser.caption)


def test_an_admin_draws_the_lines(studio: Studio, signed_in: OpenPages) -> None:
    """Empty fields take a line away, and the numbers above follow at once."""
    browser = open_workspace(signed_in)
    assert shown(browser)["Until the stop"] == "–"
    browser.number_input("budget-soft").set_value(5)
    browser.number_input("budget-hard").set_value(8)
    browser.button("save-budget").click().run()
    assert shown(browser)["Until the stop"] == "$8.00"
    assert find_workspace(studio.database).budget_soft_usd == 5

    browser.number_input("budget-soft-now-5").set_value(None)
    browser.button("save-budget").click().run()
    assert find_workspace(studio.database).budget_soft_usd is None


def test_lines_the_wrong_way_round_are_refused_with_a_sentence(studio: Studio, signed_in: OpenPages) -> None:
    """Nothing changes."""
    browser = open_workspace(signed_in)
    browser.number_input("budget-soft").set_value(9)
    browser.number_input("budget-hard").set_value(8)
    browser.button("save-budget").click().run()
    assert browser.error[0].value.replace("\\", "") == (
        "The amount to warn at must not lie above the one to stop at. Lower the first or raise the second."
    )
    assert find_workspace(studio.database).budget_hard_usd is None


def test_a_budget_below_nothing_is_refused_in_words(studio: Studio, signed_in: OpenPages) -> None:
    """The sentence says what is taken, and no question is put before it."""
    browser = open_workspace(signed_in)
    browser.number_input("budget-hard").set_value(-5)
    browser.button("save-budget").click().run()
    assert browser.error[0].value.replace("\\", "") == "A budget takes 0 to 1,000,000,000 dollars."
    assert find_workspace(studio.database).budget_hard_usd is None


def test_stopping_everybody_at_once_asks_first(
    studio: Studio, signed_in: OpenPages, history: History
) -> None:
    """Keep as it is changes nothing; the answer yes does."""
    history.job(cost_usd=4, finished_at=datetime.now(UTC), user_id="ben")
    browser = open_workspace(signed_in)
    browser.number_input("budget-hard").set_value(3)
    browser.button("save-budget").click().run()
    assert "$4.00 is spent or expected already. With a stop at $3.00 nobody can generate" in texts(browser)
    browser.button("answer-no").click().run()
    assert find_workspace(studio.database).budget_hard_usd is None
    browser.button("save-budget").click().run()
    browser.button("answer-yes").click().run()
    assert find_workspace(studio.database).budget_hard_usd == 3
    assert any("budget is used up" in box.value for box in browser.error)


def test_nobody_but_admins_sees_it(studio: Studio, signed_in: OpenPages) -> None:
    """Neither by its address nor after losing the role."""
    browser = signed_in("anna").switch_page("workspace.py").run()
    assert "for admins" in browser.error[0].value
    boss = open_workspace(signed_in)
    set_role(studio.database, "ada", "user")
    assert "for admins" in boss.run().error[0].value


@pytest.mark.parametrize(("spent", "told"), [(4, "has reached the warning"), (10, "budget is used up")])
def test_a_line_that_is_reached_is_told(
    studio: Studio, signed_in: OpenPages, history: History, spent: float, told: str
) -> None:
    """On the Workspace page, with what it means."""
    history.job(cost_usd=spent, finished_at=datetime.now(UTC), user_id="ben")
    draw(studio, soft=4, hard=10)
    browser = open_workspace(signed_in)
    assert any(told in box.value for box in (*browser.warning, *browser.error))


def test_create_says_what_a_clip_costs_and_what_the_team_has_left(
    studio: Studio, signed_in: OpenPages
) -> None:
    """Seconds, dollars and jobs at once, before Generate is pressed."""
    draw(studio, hard=10)
    browser = signed_in()
    assert "and about **$0.081** of the team's **$10.00**. 3 of 3 jobs free." in texts(browser)
    browser.selectbox("create-model").select("vidu-q3-t2v").run()
    assert "and an unknown cost of the team's **$10.00**" in texts(browser)


def test_without_a_line_only_the_cost_is_told(signed_in: OpenPages) -> None:
    """Nothing is said of a budget that nobody has set."""
    assert "for about **$0.081**. 3 of 3 jobs free." in texts(signed_in())


def test_past_the_soft_line_everybody_is_told_and_may_go_on(
    studio: Studio, signed_in: OpenPages, history: History
) -> None:
    """A warning, no refusal."""
    history.job(cost_usd=4, finished_at=datetime.now(UTC), user_id="ben")
    draw(studio, soft=3)
    browser = signed_in()
    assert "stands at $4.00, past the $3.00" in browser.warning[0].value.replace("\\", "")
    browser.text_area("create-prompt").set_value("A fox")
    assert not browser.button("generate").click().run().error


@pytest.mark.parametrize(
    ("role", "way_out"), [("user", "Ask an admin to raise it."), ("admin", "Raise it on the Workspace page.")]
)
def test_a_budget_that_is_used_up_is_told_in_one_message(
    studio: Studio, signed_in: OpenPages, history: History, role: str, way_out: str
) -> None:
    """Nothing else is said of money or length then, and there is no button to be refused by."""
    history.job(cost_usd=4, finished_at=datetime.now(UTC), user_id="ben")
    draw(studio, soft=3, hard=4)
    browser = signed_in(role=role)
    _, end = limit_period(studio.settings, datetime.now(UTC))
    assert [box.value for box in browser.error] == [
        f"The team's budget is used up until {end:%-d %B}. {way_out}"
    ]
    assert (len(browser.warning), browser.button("generate").disabled) == (0, True)
    assert "of the team's" not in texts(browser)
    assert "fits" not in texts(browser)


def test_nobody_is_told_to_go_on_where_nothing_fits(
    studio: Studio, signed_in: OpenPages, history: History
) -> None:
    """A rest of the budget that pays for no clip is no reason to try."""
    history.job(cost_usd=4, finished_at=datetime.now(UTC), user_id="ben")
    draw(studio, soft=3, hard=4.001)
    browser = signed_in()
    assert "Not even the shortest clip of this model fits any more." in texts(browser)
    assert len(browser.warning) == 0


def test_a_clip_beyond_the_hard_line_names_the_longest_that_fits(
    studio: Studio, signed_in: OpenPages
) -> None:
    """Before Generate is pressed, and the refusal after it."""
    draw(studio, hard=0.05)
    browser = signed_in()
    assert "It does not fit. The longest that does is 1.5 s, 37 frames." in texts(browser)
    browser.text_area("create-prompt").set_value("A fox")
    browser.button("generate").click().run()
    assert "budget of $0.05 for this period does not cover" in browser.error[0].value.replace("\\", "")


def test_a_shorter_clip_is_told_the_longest_that_fits(studio: Studio, signed_in: OpenPages) -> None:
    """Where the model could do more than what is left."""
    draw(studio, hard=0.1)
    assert "The longest that fits is 3 s, 73 frames." in texts(signed_in())


def test_no_job_free_is_told_before_one_asks(studio: Studio, signed_in: OpenPages) -> None:
    """Limits of one's own count here as well."""
    browser = signed_in()
    set_limits(studio.database, "anna", limit_seconds=None, max_jobs=1, by=None)
    browser.text_area("create-prompt").set_value("A fox")
    browser.button("generate").click().run()
    assert "0 of 1 jobs free." in texts(browser)
    assert "1 of 1 jobs are running. Wait for one to finish, or cancel one." in texts(browser)
