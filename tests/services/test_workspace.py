"""What admins decide for the team and for each person, with the trail it leaves."""

import math
from typing import Any

import psycopg
import pytest

from services.accounts import add_user
from services.budget import Budget
from services.errors import InvalidInput, NotAllowed, NotFound
from services.gateways.database import Database
from services.quota import find_quota, set_limits
from services.workspace import change_budget, find_workspace
from tests.sql.lifecycle import LIMITS


@pytest.fixture
def people(database: Database) -> Database:
    """A database with a user and an admin."""
    add_user(database, "anna", role="user", password=None)
    add_user(database, "boss", role="admin", password=None)
    return database


def trail(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "select actor, action, subject, detail from audit_events order by id"
        ).fetchall()


def test_the_lines_are_drawn_and_taken_away(people: Database, database_url: str) -> None:
    """Each change is in the audit trail with who made it."""
    change_budget(people, soft_usd=10, hard_usd=12.5, by="boss")
    assert find_workspace(people).model_dump() == {
        "budget_soft_usd": 10, "budget_hard_usd": 12.5, "slack_url": None,
    }  # fmt: skip
    assert change_budget(people, soft_usd=None, hard_usd=None, by=None).budget_hard_usd is None
    assert [line[:2] for line in trail(database_url)] == [
        ("boss", "change_workspace"),
        (None, "change_workspace"),
    ]


@pytest.mark.parametrize(
    ("soft", "hard"), [(-1, None), (None, -0.01), (math.nan, None), (None, math.inf), (5, 4), (None, 1e12)]
)
def test_lines_that_make_no_sense_are_refused(
    people: Database, soft: float | None, hard: float | None
) -> None:
    """Nothing changes."""
    with pytest.raises(InvalidInput):
        change_budget(people, soft_usd=soft, hard_usd=hard, by="boss")
    assert find_workspace(people).budget_hard_usd is None


def test_limits_of_ones_own_win_over_the_settings(people: Database, database_url: str) -> None:
    """None is the setting again; 0 is a limit."""
    user = set_limits(people, " Anna ", limit_seconds=0, max_jobs=7, by="boss")
    assert (user.limit_seconds, user.max_jobs) == (0, 7)
    quota = find_quota(people, "anna", limits=LIMITS)
    assert (quota.limit_seconds, quota.max_jobs) == (0, 7)
    set_limits(people, "anna", limit_seconds=None, max_jobs=None, by=None)
    quota = find_quota(people, "anna", limits=LIMITS)
    assert (quota.limit_seconds, quota.max_jobs) == (600, 3)
    assert trail(database_url)[0] == ("boss", "set_limits", "anna", {"limit_seconds": 0, "max_jobs": 7})


@pytest.mark.parametrize(
    "limits", [(-1, None), (math.nan, None), (math.inf, None), (None, -1), (None, 10**6)]
)
def test_limits_that_make_no_sense_are_refused(people: Database, limits: tuple[Any, Any]) -> None:
    """Before the database hears of them."""
    with pytest.raises(InvalidInput, match="A limit takes 0 to"):
        set_limits(people, "anna", limit_seconds=limits[0], max_jobs=limits[1], by="boss")


def test_only_admins_decide(people: Database, database_url: str) -> None:
    """Whoever else tries leaves no trace, and changes nothing."""
    with pytest.raises(NotAllowed):
        set_limits(people, "anna", limit_seconds=1e9, max_jobs=None, by="anna")
    with pytest.raises(NotAllowed):
        change_budget(people, soft_usd=None, hard_usd=1e6, by="anna")
    assert trail(database_url) == []


def test_a_user_that_is_not_there_has_no_limits(people: Database, database_url: str) -> None:
    """404, and nothing in the trail."""
    with pytest.raises(NotFound):
        set_limits(people, "nobody", limit_seconds=1, max_jobs=1, by="boss")
    assert trail(database_url) == []


@pytest.mark.parametrize(
    ("taken", "past_soft", "used_up"),
    [(4.99, False, False), (5, True, False), (9.99, True, False), (10, True, True)],
)
def test_a_line_is_reached_when_spending_and_expectation_reach_it(
    taken: float, past_soft: bool, used_up: bool
) -> None:
    """Both count alike."""
    rest = {"unknown_cost_jobs": 0, "active_jobs": 0, "unpriced_jobs": 0}
    budget = Budget(soft_usd=5, hard_usd=10, spent_usd=1, expected_usd=taken - 1, **rest)
    assert (budget.is_past_soft, budget.is_used_up) == (past_soft, used_up)
