"""`supabase db push` on a project and `migrate` on any Postgres bring about the same schema."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from services.gateways.migrations import migrate, migrations
from tests.conftest import on_server
from tests.sql.catalogue import open_doors, read_catalogue

# A project's own role is no superuser; its bucket table belongs to the Storage server.
_PROJECT = """
create role {owner} login createrole password 'pushing';
create database {owner} owner {owner};
"""
_INSIDE = """
create schema storage;
create table storage.buckets (id text primary key, name text not null, owner uuid, public boolean default false,
  created_at timestamptz default now(), updated_at timestamptz default now(), file_size_limit bigint,
  allowed_mime_types text[]);
grant usage on schema storage to {owner};
grant select, insert, update on storage.buckets to {owner};
grant usage on schema public to anon, authenticated, service_role;
"""
# Until 30 October 2026 a project granted everything new to its three roles; older ones may still.
_GENEROUS = """
alter default privileges for role {owner} in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges for role {owner} in schema public grant all on functions to anon, authenticated, service_role;
alter default privileges for role {owner} in schema public grant all on sequences to anon, authenticated, service_role;
"""
_TOKEN = re.compile(r"--[^\n]*|\$\$.*?\$\$|'[^']*'|;|.", re.DOTALL)


@pytest.fixture(params=["generous", "strict"])
def project_url(request: pytest.FixtureRequest, server_url: str) -> Iterator[str]:
    """An empty database as a Supabase project of either age has it, entered as its own role."""
    owner = f"pushing_{request.param}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        for statement in _PROJECT.format(owner=owner).strip().split("\n"):
            connection.execute(statement.encode())
        with psycopg.connect(on_server(server_url, owner), autocommit=True) as inside:
            inside.execute(_INSIDE.format(owner=owner).encode())
            if request.param == "generous":
                inside.execute(_GENEROUS.format(owner=owner).encode())
        yield make_conninfo(server_url, dbname=owner, user=owner, password="pushing")
        connection.execute(f"drop database {owner} with (force)".encode())
        connection.execute(f"drop role {owner}".encode())


def statements(file: Path) -> list[str]:
    """The statements of a migration one by one, as the CLI sends them."""
    parts = [""]
    for token in _TOKEN.findall(file.read_text(encoding="utf-8")):
        if token == ";":
            parts.append("")
        elif not token.startswith("--"):
            parts[-1] += token
    return [part.strip() for part in parts if part.strip()]


def push(url: str) -> None:
    """Each file in a transaction of its own, statement by statement, and noted (supabase/cli, pkg/migration)."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create schema supabase_migrations")
        connection.execute(
            "create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text)"
        )
        for migration in migrations():
            sent = statements(migration.path)
            with connection.transaction():
                for statement in sent:
                    connection.execute(statement.encode(), prepare=True)
                connection.execute(
                    "insert into supabase_migrations.schema_migrations values (%s, %s, %s)",
                    (migration.version, sent, migration.name),
                )


def test_pushing_to_a_project_gives_the_same_schema_as_migrating(project_url: str, database_url: str) -> None:
    """Tables, functions, policies, triggers and grants, on projects old and new; nothing is open to outsiders."""
    push(project_url)
    pushed, migrated = read_catalogue(project_url), read_catalogue(database_url)
    assert open_doors(pushed) == []
    for kind, rows in migrated.items():
        assert pushed[kind] == rows, kind
    with psycopg.connect(project_url) as connection:
        bucket = connection.execute("select id, public from storage.buckets").fetchall()
    assert bucket == [("videos", False)]


def test_migrating_after_a_push_finds_nothing_to_do(project_url: str) -> None:
    """Both keep the same books."""
    push(project_url)
    assert migrate(project_url) == []


@pytest.mark.parametrize("migration", migrations(), ids=lambda migration: migration.name)
def test_every_migration_opens_with_its_reason_and_ends_by_telling_postgrest(migration) -> None:
    """PostgREST sees new functions at once, and the reader why there are any."""
    text = migration.path.read_text(encoding="utf-8")
    assert text.startswith("-- ")
    assert text.rstrip().endswith("notify pgrst, 'reload schema';")
    assert re.fullmatch(r"20\d{12}", migration.version)
