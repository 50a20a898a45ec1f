"""Brings a Postgres to the schema in `supabase/migrations/`, in Supabase's own bookkeeping."""

from dataclasses import dataclass
from pathlib import Path

import psycopg

from services.gateways.postgres import read_address, translated_errors

FOLDER = Path(__file__).parents[2] / "supabase" / "migrations"

# Supabase's CLI keeps the same table (supabase/cli, pkg/migration/history.go) and skips the versions it finds there.
_BOOKKEEPING = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;
"""


@dataclass(frozen=True)
class Migration:
    """One file: `version` is the time in its name, `name` the rest."""

    version: str
    name: str
    path: Path


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """All migrations, oldest first."""
    files = sorted(folder.glob("[0-9]*_*.sql"))
    return [_named(path) for path in files]


def _named(path: Path) -> Migration:
    version, name = path.stem.split("_", 1)
    return Migration(version, name, path)


def migrate(url: str, folder: Path = FOLDER) -> list[str]:
    """Applies what is missing, all or nothing, and returns the names applied.

    Several processes may call it at once: they take turns. Raises Unavailable when the database cannot be reached.
    """
    with translated_errors(), _connect(url) as connection:
        connection.execute("select pg_advisory_xact_lock(hashtextextended('openv migrate', 0))")
        connection.execute(_BOOKKEEPING)
        done = {
            row[0] for row in connection.execute("select version from supabase_migrations.schema_migrations")
        }
        missing = [migration for migration in migrations(folder) if migration.version not in done]
        for migration in missing:
            _apply(connection, migration)
        return [migration.name for migration in missing]


def missing_migrations(url: str, folder: Path = FOLDER) -> list[str]:
    """The names not applied yet. Raises Unavailable when the database cannot be reached."""
    with translated_errors(), _connect(url) as connection:
        if not connection.execute("select to_regclass('supabase_migrations.schema_migrations')").fetchone()[
            0
        ]:  # type: ignore[index]
            return [migration.name for migration in migrations(folder)]
        done = {
            row[0] for row in connection.execute("select version from supabase_migrations.schema_migrations")
        }
        return [migration.name for migration in migrations(folder) if migration.version not in done]


def _connect(url: str) -> psycopg.Connection:
    dsn, _, _ = read_address(url)
    # A statement prepared through a pooler stays behind in a session that somebody else gets next.
    return psycopg.connect(dsn, connect_timeout=10, prepare_threshold=None)


def _apply(connection: psycopg.Connection, migration: Migration) -> None:
    text = migration.path.read_text(encoding="utf-8")
    connection.execute(text.encode())
    connection.execute(
        "insert into supabase_migrations.schema_migrations (version, name, statements) values (%s, %s, %s)",
        (migration.version, migration.name, [text]),
    )
