"""Accounts: users, roles and passwords."""

import base64
import hashlib
import re
from datetime import datetime
from typing import Any, Literal

import bcrypt
from pydantic import BaseModel, ConfigDict

from services.errors import Conflict, InvalidInput, NotFound
from services.gateways.database import Database
from services.throttle import Throttle

Role = Literal["restricted", "user", "admin"]
ROLES: tuple[Role, ...] = ("restricted", "user", "admin")
TEST_USER = "test-user"
DEMO_USER, DEMO_ADMIN = "demo", "demo-admin"
_COST = 12  # bcrypt rounds: about 0.25 s, which a guesser pays as well
_NOBODYS_HASH = "$2b$12$" + "." * 22 + "u" * 31  # as slow to check as a real one, and no password fits it


class User(BaseModel):
    """A person. A session issued before `sessions_valid_after` is signed out."""

    model_config = ConfigDict(frozen=True)

    id: str
    display_name: str
    password_hash: str | None
    role: Role
    limit_seconds: float | None
    max_jobs: int | None
    disabled_at: datetime | None
    sessions_valid_after: datetime
    created_at: datetime

    @property
    def is_admin(self) -> bool:
        """Sees everybody's jobs and the statistics."""
        return self.role == "admin"

    @property
    def may_generate(self) -> bool:
        """Whether they may ask for clips."""
        return self.role != "restricted"


def find_user(database: Database, name: str) -> User | None:
    """The user of that name, disabled or not, or None."""
    rows = database.call("find_user", id=name.strip().lower())
    return User.model_validate(rows[0]) if rows else None


def list_users(database: Database, *, after: str | None = None, limit: int = 1000) -> list[User]:
    """Up to `limit` (at most 1000) users by name, those after `after`."""
    return [User.model_validate(row) for row in database.call("list_users", after=after, limit=limit)]


def add_user(
    database: Database,
    name: str,
    *,
    role: Role,
    password: str | None,
    display_name: str | None = None,
    cost: int = _COST,
) -> User:
    """Adds a user; without a password nobody can sign in as them by password.

    Raises InvalidInput (name, role, password) or Conflict (the name is taken).
    """
    known = _checked_name(name)
    _check_role(role)
    hashed = None if password is None else hash_password(password, cost=cost)
    rows = database.call(
        "add_user", id=known, display_name=display_name or name.strip(), password_hash=hashed, role=role
    )
    return User.model_validate(rows[0])


def ensure_user(database: Database, name: str, *, role: Role, display_name: str | None = None) -> User:
    """The user of that name, made without a password if there is none."""
    found = find_user(database, name)
    if found is None:
        try:
            return add_user(database, name, role=role, password=None, display_name=display_name)
        except Conflict:  # another process was faster
            return ensure_user(database, name, role=role)
    return found


def ensure_first_admin(database: Database, name: str, password: str) -> bool:
    """Adds that admin if nobody is one; tells whether it did. Raises as add_user."""
    if any(user.is_admin and user.password_hash for user in list_users(database)):
        return False
    add_user(database, name, role="admin", password=password)
    return True


def set_role(database: Database, name: str, role: Role) -> User:
    """Changes the role, at once for every session. Raises InvalidInput or NotFound."""
    _check_role(role)
    return _change(database, name, {"role": role})


def set_password(database: Database, name: str, password: str, *, cost: int = _COST) -> User:
    """Changes the password and ends every session. Raises InvalidInput or NotFound."""
    return _change(database, name, {"password_hash": hash_password(password, cost=cost)})


def change_own_password(
    database: Database, throttle: Throttle, name: str, *, current: str, new: str, cost: int = _COST
) -> User:
    """Changes the password of whoever knows the current one, and ends every session, theirs too.

    Raises InvalidInput (`wrong_password`, or a new one that is refused), or LimitReached after too many wrong ones:
    they count as failed sign-ins of that name.
    """
    tries = ("name", name)
    throttle.allow(tries)
    if check_password(database, name, current) is None:
        wrong = {"field": "current", "message": "is wrong"}
        raise InvalidInput(
            "The current password is wrong. Type it again.", code="wrong_password", details=[wrong]
        )
    throttle.forget(tries)
    return set_password(database, name, new, cost=cost)


def sign_out_everywhere(database: Database, name: str) -> User:
    """Ends every session of that user. Raises NotFound."""
    return _change(database, name, {"sign_out": True})


def hash_password(password: str, *, cost: int = _COST) -> str:
    """The bcrypt hash of a password of 10 to 128 characters. Raises InvalidInput."""
    if not 10 <= len(password) <= 128:
        raise InvalidInput(
            "A password takes 10 to 128 characters.",
            details=[{"field": "password", "message": "takes 10 to 128 characters"}],
        )
    return bcrypt.hashpw(_bcrypt_input(password), bcrypt.gensalt(cost)).decode()


def check_password(database: Database, name: str, password: str) -> User | None:
    """The user, if the password is theirs and they are not disabled; else None.

    A wrong name takes as long as a wrong password, so that answers do not tell which names exist.
    """
    user = find_user(database, name)
    stored = user.password_hash if user and user.password_hash else _NOBODYS_HASH
    matches = bcrypt.checkpw(_bcrypt_input(password), stored.encode())
    return user if user and user.password_hash and matches and user.disabled_at is None else None


def _bcrypt_input(password: str) -> bytes:
    # bcrypt reads 72 bytes at most, and long passwords in other scripts have more.
    return base64.b64encode(hashlib.sha256(password.encode()).digest())


def _checked_name(name: str) -> str:
    known = name.strip().lower()
    if not re.fullmatch(r"[a-z0-9][a-z0-9._@-]{0,63}", known):
        raise InvalidInput(
            "A user name takes 1 to 64 of a-z, 0-9, . _ @ - and begins with a letter or digit.",
            details=[{"field": "name", "message": "takes 1 to 64 of a-z, 0-9, . _ @ -"}],
        )
    return known


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise InvalidInput(f"A role is one of {', '.join(ROLES)}.")


def _change(database: Database, name: str, changes: dict[str, Any]) -> User:
    rows = database.call("change_user", id=name.strip().lower(), changes=changes)
    if not rows:
        raise NotFound("There is no user of that name.")
    return User.model_validate(rows[0])
