"""The team's budget: what a period's jobs have cost and are expected to, against a soft and a hard line in dollars."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.gateways.database import Database


class Budget(BaseModel):
    """All in USD. `soft_usd`: from there on everybody is told; `hard_usd`: nothing may pass it; None: no such line.

    `spent_usd`: known costs of the jobs that ended in the period. `expected_usd`: of those under way. In neither:
    `unknown_cost_jobs` that ended and `unpriced_jobs` of the `active_jobs`, for nobody knows what they cost.
    """

    model_config = ConfigDict(frozen=True)

    soft_usd: float | None
    hard_usd: float | None
    spent_usd: float
    expected_usd: float
    unknown_cost_jobs: int
    active_jobs: int
    unpriced_jobs: int

    @property
    def taken_usd(self) -> float:
        """Spent and expected."""
        return self.spent_usd + self.expected_usd

    @property
    def is_past_soft(self) -> bool:
        """Whether the soft line is reached."""
        return self.soft_usd is not None and self.taken_usd >= self.soft_usd

    @property
    def is_used_up(self) -> bool:
        """Whether nothing is left before the hard line."""
        return self.hard_usd is not None and self.taken_usd >= self.hard_usd


def find_budget(database: Database, *, limits: Mapping[str, Any]) -> Budget:
    """How the period stands; `limits` as services.quota gives them. Raises Unavailable."""
    (row,) = database.call("find_budget", limits=dict(limits))
    return Budget.model_validate(row)
