"""What the whole team shares: its budget per period, and where it wants to hear of jobs."""

import math
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.errors import InvalidInput
from services.gateways.database import Database

_MOST_USD = 1e9


class Workspace(BaseModel):
    """The team's own choices. None: no such line, and nobody is told. `slack_url` is a secret, never shown or logged."""

    model_config = ConfigDict(frozen=True)

    budget_soft_usd: float | None
    budget_hard_usd: float | None
    slack_url: str | None = Field(repr=False)


def find_workspace(database: Database) -> Workspace:
    """The choices in force. Raises Unavailable."""
    (row,) = database.call("find_workspace")
    return Workspace.model_validate(row)


def change_budget(
    database: Database, *, soft_usd: float | None, hard_usd: float | None, by: str | None
) -> Workspace:
    """Draws both lines, in dollars per period; None takes one away.

    `by` None is the command line. Raises InvalidInput, or NotAllowed for everybody but admins.
    """
    check_budget(soft_usd=soft_usd, hard_usd=hard_usd)
    return _change(database, {"budget_soft_usd": soft_usd, "budget_hard_usd": hard_usd}, by=by)


def check_budget(*, soft_usd: float | None, hard_usd: float | None) -> None:
    """Whether these can be the lines, in dollars per period. Raises InvalidInput where not."""
    for field, amount in (("budget_soft_usd", soft_usd), ("budget_hard_usd", hard_usd)):
        _check_amount(field, amount)
    if soft_usd is not None and hard_usd is not None and soft_usd > hard_usd:
        raise InvalidInput(
            "The amount to warn at must not lie above the one to stop at. Lower the first or raise the second.",
            details=[{"field": "budget_soft_usd", "message": "must not lie above budget_hard_usd"}],
        )


def change_slack_url(database: Database, url: str | None, *, by: str | None) -> Workspace:
    """Tells that webhook of jobs from now on, None nobody; `services.notices` checks addresses before.

    `by` None is the command line. Raises NotAllowed for everybody but admins.
    """
    return _change(database, {"slack_url": url}, by=by)


def _check_amount(field: str, amount: float | None) -> None:
    if amount is not None and not (math.isfinite(amount) and 0 <= amount <= _MOST_USD):
        message = f"takes 0 to {_MOST_USD:,.0f} dollars"
        raise InvalidInput(f"A budget {message}.", details=[{"field": field, "message": message}])


def _change(database: Database, changes: dict[str, Any], *, by: str | None) -> Workspace:
    (row,) = database.call("change_workspace", actor=by, changes=changes)
    return Workspace.model_validate(row)
