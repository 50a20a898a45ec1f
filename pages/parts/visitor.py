"""Whom a run knows without asking the database once more. What runs later, be it a part of the same page, does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from services.accounts import User

_visitor: ContextVar[User | None] = ContextVar("visitor", default=None)
_entering: ContextVar[User | None] = ContextVar("entering", default=None)


@contextmanager
def visit(user: User) -> Iterator[None]:
    """For what is drawn inside, the user is known: they have been checked in this run."""
    before = _visitor.set(user)
    try:
        yield
    finally:
        _visitor.reset(before)


def visitor() -> User | None:
    """Whose visit this is."""
    return _visitor.get()


def enter(user: User | None) -> None:
    """Keeps whom the database has just let in for the run that draws their page; None: nobody any more."""
    _entering.set(user)


def take_entering() -> User | None:
    """Whom the database has just let in, once: they are found out anew from then on."""
    user = _entering.get()
    _entering.set(None)
    return user
