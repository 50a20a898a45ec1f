"""The terms of use: which version is in force, and who has accepted what."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from services.errors import Conflict
from services.gateways.database import Database

FILE = Path(__file__).parents[1] / "docs" / "terms.md"
_VERSION = re.compile(r"\A# .+\n\s*Version: ([A-Za-z0-9._-]{1,40})\n")


@dataclass(frozen=True)
class Terms:
    """One version of the terms; `text` is Markdown without its title."""

    version: str
    text: str


class Acceptance(BaseModel):
    """That a user accepted a version, and when they first did."""

    model_config = ConfigDict(frozen=True)

    user_id: str
    version: str
    accepted_at: datetime


def read_terms(path: Path = FILE) -> Terms:
    """The terms in that file. Raises ValueError where it does not begin with a title and a line `Version: …`."""
    content = path.read_text(encoding="utf-8")
    begins = _VERSION.match(content)
    if begins is None:
        raise ValueError(f"{path.name} has to begin with a title and a line such as Version: 2026-11-22.")
    return Terms(begins[1], content[begins.end() :].strip())


CURRENT = read_terms()


def accept_terms(database: Database, user_id: str, *, version: str | None = None) -> Acceptance:
    """Notes that the user accepts the terms in force; accepted before, the first time stays.

    `version`: the one they have read. Raises Conflict (`terms_changed`) when another is in force by now, NotFound.
    """
    if version not in (None, CURRENT.version):
        raise Conflict(
            f"The terms of use have changed. Read and accept version {CURRENT.version}.", code="terms_changed"
        )
    (row,) = database.call("accept_terms", user_id=user_id, version=CURRENT.version)
    return Acceptance.model_validate(row)


def list_acceptances(database: Database, user_id: str) -> list[Acceptance]:
    """Every version that the user has accepted, the latest first."""
    rows = database.call("list_acceptances", user_id=user_id)
    return [Acceptance.model_validate(row) for row in rows]


def find_acceptance(database: Database, user_id: str) -> Acceptance | None:
    """The user's acceptance of the terms in force, or None."""
    accepted = list_acceptances(database, user_id)
    return next((one for one in accepted if one.version == CURRENT.version), None)
