"""API tokens: what programs ask with in a person's name. Shown once, kept as hashes alone."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.accounts import User
from services.errors import InvalidInput
from services.gateways.database import Database
from services.texts import one_line

Scope = Literal["read", "generate", "admin"]
SCOPES: tuple[Scope, ...] = ("read", "generate", "admin")
MOST_LABEL = 60
# A beginning of its own lets scanners find tokens that somebody has published by mistake.
_SHAPE = re.compile(r"openv_[0-9a-f]{64}")
_VISIBLE = len("openv_") + 6


class Token(BaseModel):
    """A token without its secret; `beginning` is what its owner recognises it by."""

    model_config = ConfigDict(frozen=True)

    id: int
    user_id: str
    label: str
    beginning: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class NewToken:
    """A token just made. `text` is what programs send; nobody can find it out again."""

    token: Token
    text: str = field(repr=False)


@dataclass(frozen=True)
class Bearer:
    """Who a token speaks for, and for what."""

    user: User
    scopes: frozenset[str]


def scopes_of(user: User) -> tuple[Scope, ...]:
    """What a token of that user may be made for."""
    allowed = {"read": True, "generate": user.may_generate, "admin": user.is_admin}
    return tuple(scope for scope in SCOPES if allowed[scope])


def create_token(
    database: Database, owner: str, *, by: str | None, label: str, scopes: Sequence[Scope] | None = None
) -> NewToken:
    """A new token of that user, for those scopes or all that their role allows; `by` None is the command line.

    Raises InvalidInput (label, scopes), NotAllowed (scopes beyond the role), NotFound (no such user, or they are
    disabled), Conflict (50 already).
    """
    text = f"openv_{secrets.token_hex(32)}"
    rows = database.call(
        "create_token",
        actor=by,
        user_id=owner.strip().lower(),
        label=_checked_label(label),
        beginning=text[:_VISIBLE],
        secret_hash=_hash(text),
        scopes=None if scopes is None else _checked_scopes(scopes),
    )
    return NewToken(Token.model_validate(rows[0]), text)


def list_tokens(
    database: Database,
    *,
    by: str | None,
    owner: str | None,
    revoked: bool = False,
    after: int | None = None,
    limit: int = 1000,
) -> list[Token]:
    """Up to `limit` (at most 1000) tokens of `owner`, None for everybody's, the oldest first, those after that id.

    Raises NotAllowed when others' are asked for by anybody but an admin or the command line (`by` None).
    """
    rows = database.call("list_tokens", actor=by, user_id=owner, revoked=revoked, after=after, limit=limit)
    return [Token.model_validate(row) for row in rows]


def revoke_token(database: Database, token_id: int, *, by: str | None) -> Token:
    """Ends it for good, at once. Raises NotFound, for others' tokens too unless an admin asks."""
    return Token.model_validate(database.call("revoke_token", actor=by, token_id=token_id)[0])


def user_of_token(database: Database, text: str) -> Bearer | None:
    """Who it speaks for now, or None when it is malformed, unknown or revoked, or its user disabled.

    One call; scopes that the user's role no longer allows are left out.
    """
    rows = database.call("find_token_user", secret_hash=_hash(text)) if _SHAPE.fullmatch(text) else []
    if not rows:
        return None
    return Bearer(User.model_validate(rows[0]["token_user"]), frozenset(rows[0]["scopes"]))


def _hash(text: str) -> str:
    # Nothing to guess in 256 random bits: a slow hash would only cost every request its time.
    return hashlib.sha256(text.encode()).hexdigest()


def _checked_label(label: str) -> str:
    known = one_line(label, MOST_LABEL)
    if known is None:
        takes = f"takes 1 to {MOST_LABEL} characters"
        raise InvalidInput(
            f"Say what the token is for, in 1 to {MOST_LABEL} characters.",
            details=[{"field": "label", "message": takes}],
        )
    return known


def _checked_scopes(scopes: Sequence[Scope]) -> list[Scope]:
    if not scopes or not set(scopes) <= set(SCOPES):
        takes = f"takes one or more of {', '.join(SCOPES)}"
        sentence = (
            f"A token's scopes: {takes}." if scopes else "Choose what the token may do, at least one thing."
        )
        raise InvalidInput(sentence, details=[{"field": "scopes", "message": takes}])
    return [scope for scope in SCOPES if scope in scopes]
