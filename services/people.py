"""People as admins see them: who they are, what they use of their allowance, and when they were last here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.accounts import Role
from services.gateways.database import Database


class Person(BaseModel):
    """A user with what they use. `own_…`: their own limit, None where the setting holds; the others are in force."""

    model_config = ConfigDict(frozen=True)

    id: str
    display_name: str
    role: Role
    has_password: bool
    disabled_at: datetime | None
    last_seen_at: datetime | None
    created_at: datetime
    own_limit_seconds: float | None
    own_max_jobs: int | None
    limit_seconds: float
    used_seconds: float
    max_jobs: int
    active_jobs: int


def list_people(
    database: Database,
    *,
    by: str | None,
    limits: Mapping[str, Any],
    search: str | None = None,
    after: str | None = None,
    limit: int = 1000,
) -> list[Person]:
    """Up to `limit` (at most 1000) people by name, those after `after`; `search` is a part of either name.

    `limits` as services.quota.limits gives them. Raises NotAllowed unless `by` is an admin.
    """
    wanted = "".join(letter for letter in search or "" if letter.isprintable()).strip() or None
    rows = database.call(
        "list_people", actor=by, search=wanted, after=after, limit=limit, limits=dict(limits)
    )
    return [Person.model_validate(row) for row in rows]
