"""Invites: codes that admins hand out, and the people who register with one."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from services.accounts import Role, User, check_role
from services.errors import Conflict, InvalidInput
from services.gateways.database import Database
from services.names import own_name, shown_name
from services.passwords import check_strength, hash_password, readable_code
from services.texts import one_line
from services.throttle import address_key, begin_try, end_try

State = Literal["open", "used up", "expired", "revoked"]
MOST_USES, MOST_DAYS, MOST_LABEL = 1000, 365, 100


class Invite(BaseModel):
    """What admins see of a code: never the code itself, which nobody can find out any more."""

    model_config = ConfigDict(frozen=True)

    id: int
    label: str
    role: Role
    max_uses: int
    used: int
    expires_at: datetime
    revoked_at: datetime | None
    created_by: str | None
    created_at: datetime

    def state(self, now: datetime | None = None) -> State:
        """Whether somebody may still register with it, as far as it depends on the invite itself."""
        if self.revoked_at:
            return "revoked"
        if self.used >= self.max_uses:
            return "used up"
        return "expired" if self.expires_at <= (now or datetime.now(UTC)) else "open"


def create_invite(
    database: Database, *, role: Role, uses: int, days: float, by: str | None, label: str = ""
) -> tuple[Invite, str]:
    """The invite and its code, which is told here and never again; good while `by` is an admin.

    `by` None is the command line. Raises InvalidInput or NotAllowed.
    """
    check_role(role)
    if not (1 <= uses <= MOST_USES and 0 < days <= MOST_DAYS):
        raise InvalidInput(f"An invite is for 1 to {MOST_USES} people and at most {MOST_DAYS} days.")
    code = "-".join(readable_code(4) for _ in range(4)).upper()
    wish: dict[str, Any] = {"label": _checked_label(label), "role": role, "uses": uses, "days": float(days)}
    rows = database.call("create_invite", actor=by, code_hash=_hashed(code), **wish)
    return Invite.model_validate(rows[0]), code


def list_invites(
    database: Database, *, by: str | None, before: int | None = None, limit: int = 100
) -> list[Invite]:
    """Up to `limit` (at most 1000) invites, the newest first, those before `before`. Raises NotAllowed."""
    rows = database.call("list_invites", actor=by, before=before, limit=limit)
    return [Invite.model_validate(row) for row in rows]


def revoke_invite(database: Database, invite_id: int, *, by: str | None) -> Invite:
    """Nobody registers with it from now on. Raises NotAllowed or NotFound."""
    return Invite.model_validate(database.call("revoke_invite", actor=by, invite_id=invite_id)[0])


def register(
    database: Database,
    code: str,
    name: str,
    password: str,
    *,
    display_name: str,
    address: str | None,
) -> User:
    """The new user, in the role of the invite, of which one use is counted.

    Raises InvalidInput (name, display name, password), NotAllowed (`invite_refused`) with one sentence whatever is wrong
    with the code, Conflict (the name is taken), or LimitReached after too many wrong codes from that address.
    """
    known, shown = own_name(name), shown_name(display_name if display_name.strip() else name)
    check_strength(password, (known, shown))
    here = address_key(address)
    begin_try(database, here)
    hashed = hash_password(password, names=(known, shown))
    new = {"code_hash": _hashed(code), "id": known, "display_name": shown, "password_hash": hashed}
    try:
        user = User.model_validate(database.call("register", **new)[0])
    except Conflict:  # the code was right
        end_try(database, take_back=[here])
        raise
    end_try(database, take_back=[here])
    return user


def _checked_label(label: str) -> str:
    known = one_line(label, MOST_LABEL) if label.strip() else ""
    if known is None:
        takes = f"takes at most {MOST_LABEL} printable characters"
        raise InvalidInput(
            f"The note for whom an invite is {takes}.", details=[{"field": "label", "message": takes}]
        )
    return known


def _hashed(code: str) -> str:
    # 80 random bits need neither salt nor slowness. Codes are typed with or without their dashes, in either case.
    plain = re.sub(r"[\s\-–]", "", code).lower()
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
