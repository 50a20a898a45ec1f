"""Sign-in sessions: what the browser's cookie says and whether it still counts.

The cookie is streamlit-authenticator's: a JWT (HS256) of `username` and `exp_date`, the end as Unix seconds. `exp_date` is
no registered claim, so nothing but this module enforces it. Ours say in `issued` as well when they were made; of one that
does not, that is its end less the days a session lasts.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from services.accounts import User
from services.gateways.database import Database

COOKIE = "openv_session"
_CLOCKS_APART = timedelta(seconds=10)  # the database's clock says from when on a session counts


@dataclass(frozen=True)
class Sessions:
    """Reads cookies signed with `key` that live for `days`."""

    key: str
    days: float

    def who(self, database: Database, token: str | None, *, now: datetime | None = None) -> User | None:
        """The user behind the cookie, or None when it is missing, forged, expired, revoked, or theirs is disabled."""
        claims = self._claims(token, now or datetime.now(UTC))
        if claims is None:
            return None
        name, issued_at = claims
        rows = database.call("find_session_user", id=name, session_hash=_hashed(token))
        user = User.model_validate(rows[0]) if rows else None
        return user if user and user.disabled_at is None and issued_at >= user.sessions_valid_after else None

    def end(self, database: Database, token: str) -> None:
        """Signs that one session out, wherever it is open. Raises Unavailable."""
        now = datetime.now(UTC)
        if self._claims(token, now) is None:
            return  # it stands for nobody as it is, and anybody may have made it up
        end = now + timedelta(days=self.days)  # its own end, or later
        database.call("end_session", session_hash=_hashed(token), ends_at=end)

    def issue(self, name: str, *, now: datetime | None = None) -> str:
        """A cookie value for that user, as streamlit-authenticator writes it."""
        issued = now or datetime.now(UTC)
        end = issued + timedelta(days=self.days)
        claims = {"username": name, "exp_date": end.timestamp(), "issued": issued.timestamp()}
        return jwt.encode(claims, self.key, algorithm="HS256")

    def _claims(self, token: str | None, now: datetime) -> tuple[str, datetime] | None:
        try:
            content = jwt.decode(token or "", self.key, algorithms=["HS256"])
            name, end = content["username"], _moment(content["exp_date"])
            issued_at = _moment(content.get("issued", end.timestamp() - 86400 * self.days))
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError, OSError):
            return None
        # Its end lies no further ahead than a session lasts, or somebody else's clock or setting made it.
        return (
            (name, issued_at)
            if isinstance(name, str) and now < end <= now + timedelta(days=self.days) + _CLOCKS_APART
            else None
        )


def _moment(seconds: Any) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)


def _hashed(token: str | None) -> str:
    # What is signed, without the signature: that can be spelled in several ways that all decode to the same.
    return hashlib.sha256((token or "").rpartition(".")[0].encode()).hexdigest()
