"""Accounts: users, roles and passwords."""

import time
from contextlib import suppress
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.errors import Conflict, InvalidInput, LimitReached, Unavailable
from services.gateways.database import Database, Row
from services.names import checked_name, known_name, own_name, possible_name, shown_name
from services.passwords import hash_password, matches, renewed_hash
from services.throttle import begin_try, end_try, name_key

Role = Literal["restricted", "user", "admin"]
ROLES: tuple[Role, ...] = ("restricted", "user", "admin")
# As long as any check takes, also of a hash of bcrypt: a wrong name and a wrong password answer after the same time.
_REFUSAL_SECONDS = 0.25


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
    last_seen_at: datetime | None = None

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
    known = possible_name(name)
    rows = database.call("find_user", id=known) if known else []
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
) -> User:
    """Adds a user; without a password nobody can sign in as them by password.

    Raises InvalidInput (name, display name, role, password) or Conflict (the name is taken).
    """
    return _add(database, own_name(name), role=role, password=password, shown_as=display_name or name)


def _add(database: Database, known: str, *, role: Role, password: str | None, shown_as: str) -> User:
    shown = shown_name(shown_as)
    check_role(role)
    hashed = None if password is None else hash_password(password, names=(known, shown))
    rows = database.call("add_user", id=known, display_name=shown, password_hash=hashed, role=role)
    return User.model_validate(rows[0])


def ensure_user(database: Database, name: str, *, role: Role, display_name: str | None = None) -> User:
    """The user of that name, made without a password if there is none, also of a name kept for the demo or TEST_MODE."""
    found = find_user(database, name)
    if found is None:
        try:
            known, shown_as = checked_name(name), display_name or name
            return _add(database, known, role=role, password=None, shown_as=shown_as)
        except Conflict:  # another process was faster
            return ensure_user(database, name, role=role)
    return found


def ensure_first_admin(database: Database, name: str, password: str) -> bool:
    """Adds that admin if there is none who can sign in; tells whether it did.

    Raises InvalidInput as add_user, or Conflict when the name is that of somebody else.
    """
    if has_admin(database):
        return False
    try:
        add_user(database, name, role="admin", password=password)
    except Conflict as error:
        if has_admin(database):  # another process was faster
            return False
        raise Conflict(
            f"There is a user {known_name(name)} already, and they are no admin who can sign in."
            " Set ADMIN_USERNAME to another name, or make them one with `python -m services.cli users`.",
            code=error.code,
        ) from error
    return True


def has_admin(database: Database) -> bool:
    """Whether there is an admin who can sign in, among however many users."""
    return bool(database.call("list_admins"))


def set_role(database: Database, name: str, role: Role, *, by: str | None = None) -> User:
    """Changes the role, at once for every session. `by` is the admin who asks; None is the command line.

    Raises InvalidInput, NotAllowed, NotFound, or Conflict (`last_admin`) when nobody could take it back.
    """
    check_role(role)
    return _only(database.call("set_role", actor=by, id=known_name(name), role=role))


def disable_user(database: Database, name: str, *, by: str | None = None) -> User:
    """Ends every session and lets nobody in as them again; their jobs go on, their clips stay. Raises as set_role."""
    return _only(database.call("disable_user", actor=by, id=known_name(name)))


def enable_user(database: Database, name: str, *, by: str | None = None) -> User:
    """Lets them sign in again, with the password they had. Raises NotAllowed or NotFound."""
    return _only(database.call("enable_user", actor=by, id=known_name(name)))


def change_own_password(database: Database, name: str, *, current: str, new: str) -> User:
    """Changes the password of whoever knows the current one, and ends every session, theirs too.

    Raises InvalidInput (`wrong_password`, or a new one that is refused), or LimitReached after too many wrong ones:
    they count as failed sign-ins of that name.
    """
    tries = name_key(name)
    begin_try(database, tries)
    user = check_password(database, name, current)
    if user is None:
        wrong = {"field": "current", "message": "is wrong"}
        raise InvalidInput(
            "The current password is wrong. Type it again.", code="wrong_password", details=[wrong]
        )
    end_try(database, forget=[tries])
    if new == current:
        raise InvalidInput("The new password is the current one. Think of another.")
    return _replace_password(database, user.id, new, shown_as=user.display_name, by=user.id)


def set_password(database: Database, name: str, password: str, *, by: str | None = None) -> User:
    """Changes the password and ends every session. Raises InvalidInput, NotAllowed or NotFound."""
    user = find_user(database, own_name(name))
    return _replace_password(
        database, known_name(name), password, shown_as=user.display_name if user else "", by=by
    )


def _replace_password(
    database: Database, known: str, password: str, *, shown_as: str, by: str | None
) -> User:
    hashed = hash_password(password, names=(known, shown_as))
    return _only(database.call("set_password", actor=by, id=known, password_hash=hashed))


def sign_out_everywhere(database: Database, name: str, *, by: str | None = None) -> User:
    """Ends every session of that user. Raises NotAllowed or NotFound."""
    return _only(database.call("sign_out_everywhere", actor=by, id=known_name(name)))


def check_password(database: Database, name: str, password: str) -> User | None:
    """The user, if there is one and they are confirmed; see confirmed."""
    asked = time.monotonic()
    return confirmed(find_user(database, name), password, since=asked)


def confirmed(user: User | None, password: str, *, since: float) -> User | None:
    """The user, if the password is theirs and they are not disabled; else None. Raises LimitReached (`busy`).

    Nobody takes as long as somebody with a wrong password, so that answers do not tell which names exist: counted from
    `since`, in seconds of time.monotonic, when it began to be found out whether there is such a user.
    """
    is_theirs = matches(password, user.password_hash if user else None)
    if user and user.password_hash and is_theirs and user.disabled_at is None:
        return user
    time.sleep(max(0.0, since + _REFUSAL_SECONDS - time.monotonic()))
    return None


def renew_hash(database: Database, user: User, password: str) -> None:
    """Keeps their password, which has just been checked, hashed as it is done today; another time if not now."""
    with suppress(LimitReached, Unavailable):
        if user.password_hash and (new := renewed_hash(password, user.password_hash)):
            database.call("renew_password_hash", id=user.id, known=user.password_hash, password_hash=new)


def check_role(role: str) -> None:
    """Raises InvalidInput unless there is such a role."""
    if role not in ROLES:
        raise InvalidInput(f"A role is one of {', '.join(ROLES)}.")


def _only(rows: list[Row]) -> User:
    return User.model_validate(rows[0])
