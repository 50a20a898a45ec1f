"""Parts of a page that somebody has left: nobody who comes after them in the same tab can run them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.accounts import add_user, find_user
from services.gateways.database import Database
from services.gateways.postgres import PostgresDatabase
from services.tokens import list_tokens
from tests.system.server import Server
from tests.system.visitor import Visitor

PASSWORD = "seven quiet rivers"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("left") / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def rows(server: Server) -> Iterator[Database]:
    """An admin, and people without that power."""
    database = PostgresDatabase(Path(server.data, "postgres", "connection").read_text())
    for name, role in (("dora", "admin"), ("bea", "user"), ("carl", "user"), ("emil", "user")):
        add_user(database, name, role=role, password=PASSWORD)  # type: ignore[arg-type]
    yield database
    database.close()


@asynccontextmanager
async def opened(server: Server) -> AsyncIterator[Visitor]:
    """A tab that nobody has signed in on."""
    tab = await Visitor.enter(server.port)
    async with tab.socket:
        yield tab


async def sign_in(visitor: Visitor, name: str, *, page: str) -> None:
    await visitor.rerun({"Name": name, "Password": PASSWORD}, "Sign in", page=page)
    await visitor.answer_components()


def test_a_question_that_an_admin_left_open_is_not_answered_by_the_next_person(
    server: Server, rows: Database
) -> None:
    """Not even by a forged message, and on a page that shows them nothing."""

    async def forge() -> None:
        async with opened(server) as tab:
            await sign_in(tab, "dora", page="people")
            await tab.rerun(page="people", query="person=carl")
            await tab.rerun(pressed="Reset password", page="people", query="person=carl")
            part = tab.parts["Make a new password"]
            await tab.rerun(pressed="Sign out", page="people")
            await sign_in(tab, "bea", page="people")
            assert part
            await tab.rerun(pressed="Make a new password", page="people", part=part)

    before = find_user(rows, "carl")
    asyncio.run(forge())
    assert find_user(rows, "carl") == before


def test_a_token_that_was_being_shown_is_not_shown_to_the_next_person(server: Server, rows: Database) -> None:
    """Its maker left while the note was open; it is nowhere in what the next one is sent."""

    async def forge() -> list[bytes]:
        async with opened(server) as tab:
            await sign_in(tab, "emil", page="account")
            await tab.rerun({"What it is for": "Renders"}, "Make token", page="account")
            part = tab.parts["I have copied it"]
            await tab.rerun(pressed="Sign out", page="account")
            await sign_in(tab, "bea", page="people")
            assert part
            tab.received.clear()
            await tab.rerun(page="people", part=part)
            return list(tab.received)

    sent = asyncio.run(forge())
    (token,) = list_tokens(rows, by="emil", owner="emil")
    assert sent
    assert not [message for message in sent if token.beginning.encode() in message]
