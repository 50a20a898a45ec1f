"""The database port on a direct Postgres connection (psycopg)."""

import json
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from services.errors import AppError
from services.gateways.database import Row, not_migrated, outage, refusal, refuse_unkeepable, unreachable

_POOLER_PORT = 6543  # Supabase's transaction pooler
_MOST_CONNECTIONS = 20
# A network that drops packets without a word must not hold a thread for the system's own two hours.
_DEADLINES: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
_DENIED = "42501"  # here a missing grant, no refused key


class PostgresDatabase:
    """Rows by psycopg, from a pool of connections.

    Port 6543 or `?pgbouncer=true` turns prepared statements off (a transaction pooler hands each transaction to
    another session); `?connection_limit=N` bounds the pool. Both are Prisma's spellings and are not passed on.
    """

    def __init__(
        self, url: str, *, wait_seconds: float = 5, revive: Callable[[], object] | None = None
    ) -> None:
        """`revive` brings back a server of our own that has died; it is called whenever listening begins."""
        self._revive = revive
        self.dsn, limit, self._pooled = read_address(url)
        self._pool: ConnectionPool[psycopg.Connection[DictRow]] = ConnectionPool(
            self.dsn,
            min_size=1,
            max_size=limit,
            timeout=wait_seconds,
            max_idle=60,
            kwargs={
                "autocommit": True,
                "row_factory": dict_row,
                "prepare_threshold": None if self._pooled else 2,
                "application_name": "openv-studio",
                **_DEADLINES,
            },
            check=_notice_hang_up,
            open=True,
        )

    def call(self, function: str, **parameters: Any) -> list[Row]:
        """See Database.call."""
        refuse_unkeepable(parameters)
        values = {name: _parameter(value) for name, value in parameters.items()}
        with translated_errors(function), self._pool.connection() as connection:
            rows = connection.execute(_statement(function, tuple(parameters)), values).fetchall()
        return [] if rows == [{function: ""}] else rows  # how a function that returns void answers

    @contextmanager
    def listening(self, channel: str) -> Iterator[Callable[[float], list[str]]]:
        """Yields a function that waits so many seconds and gives the payloads heard on that channel meanwhile.

        Not for a transaction pooler, which has no session to listen in. Raises Unavailable when the connection breaks.
        """
        if self._revive:
            self._revive()
        with translated_errors(), psycopg.connect(self.dsn, autocommit=True, **_DEADLINES) as connection:
            connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
            yield lambda seconds: [
                note.payload for note in connection.notifies(timeout=seconds, stop_after=1)
            ]

    @property
    def can_listen(self) -> bool:
        """Whether a connection is a session of its own."""
        return not self._pooled

    def close(self) -> None:
        """See Database.close."""
        self._pool.close()


def read_address(url: str) -> tuple[str, int, bool]:
    """The connection string for libpq, the most connections, and whether a transaction pooler stands between."""
    if "://" not in url:  # libpq's other spelling: key=value
        return url, _MOST_CONNECTIONS, False
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    pooled = options.pop("pgbouncer", "").lower() == "true" or parts.port == _POOLER_PORT
    limit = int(options.pop("connection_limit", _MOST_CONNECTIONS))
    return urlunsplit(parts._replace(query=urlencode(options))), max(1, limit), pooled


@contextmanager
def translated_errors(function: str | None = None) -> Iterator[None]:
    """Turns refusals of our functions and lost connections into AppErrors; everything else comes through."""
    try:
        yield
    except (PoolTimeout, PoolClosed) as error:
        raise unreachable() from error
    except psycopg.Error as error:
        told = _told(error, function)
        if told:
            raise told from error
        raise


def _told(error: psycopg.Error, function: str | None) -> AppError | None:
    detail, code = error.diag, error.sqlstate or ""
    sentence, hint = detail.message_primary or "", detail.message_hint or ""
    extra = json.loads(hint) if hint.startswith("{") else None
    told = refusal(code, sentence, detail.message_detail, extra) or (
        None if code == _DENIED else outage(code)
    )
    if told is None and isinstance(error, psycopg.OperationalError):
        return unreachable()
    if isinstance(error, psycopg.errors.UndefinedFunction) and f" public.{function}(" in sentence:
        return not_migrated()
    return told


def _notice_hang_up(connection: psycopg.Connection[DictRow]) -> None:
    """Raises OperationalError when the server has hung up.

    An idle connection has nothing to read unless the server said farewell, so that a live one costs no round trip.
    """
    looking = select.poll()
    looking.register(connection.fileno(), select.POLLIN)
    if looking.poll(0):
        ConnectionPool.check_connection(connection)


@lru_cache(maxsize=256)
def _statement(function: str, parameters: tuple[str, ...]) -> bytes:
    named = [
        sql.SQL("{} => {}").format(sql.Identifier(f"p_{name}"), sql.Placeholder(name)) for name in parameters
    ]
    call = sql.SQL("select * from {}({})").format(
        sql.Identifier("public", function), sql.SQL(", ").join(named)
    )
    return call.as_bytes(None)  # composed once, not for every call


def _parameter(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, list | dict) else value
