"""A flood of hostile webhook calls over the wire: refused, every one, with nothing changed and nothing kept."""

import asyncio
import logging
import os
import re
from collections import Counter
from collections.abc import Iterator

import psutil
import psycopg
import pytest
import requests
from psycopg import sql

from services.gateways.database import Database
from tests.sql.lifecycle import Life
from tests.system.hostile import HANGS_UP, Call, Hostility
from tests.system.server import Server

logger = logging.getLogger(__name__)
CALLS = int(os.environ.get("STUDIO_TEST_WEBHOOKS", "1500"))
WARM_UP = 500
TOKEN = "a-token_for-tests"
AT_ONCE = 8
MOST_GROWTH = 48 << 20
JOBS = ("job-1", "job-2", "job-3")


@pytest.fixture
def attacked(database_url: str, database: Database, server: Server) -> Server:
    """A server with a queued, a running and a failed job, which asks nobody how they are."""
    life = Life(database)
    for job in JOBS:
        life.sent(job)
    life.news("processing", "job-2", progress=0.5)
    life.news("failed", "job-3", error="out of memory")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("update attempts set next_at = now() + interval '1 day' where next_at is not null")
    server.settings = {
        "DATABASE_URL": database_url,
        "RUNPOD_API_KEY": "a-key-for-tests",
        "RUNPOD_API_URL": "http://127.0.0.1:9",
        "RUNPOD_WEBHOOK_TOKEN": TOKEN,
    }
    server.start()
    return server


@pytest.mark.timeout(300 + CALLS / 20)
def test_hostile_webhooks_are_refused_and_change_nothing(attacked: Server, database_url: str) -> None:
    """Each is 400, 401, 404 or 413 as it deserves, never a 500; all tables stay as they are and memory stays flat."""
    assert attacked.process
    process = psutil.Process(attacked.process.pid)
    before = checksums(database_url)
    wrong = play(attacked, Hostility(TOKEN, JOBS, seed=1), WARM_UP)
    resident = process.memory_info().rss
    wrong += play(attacked, Hostility(TOKEN, JOBS, seed=2), CALLS)
    growth = process.memory_info().rss - resident
    assert wrong == Counter()
    assert checksums(database_url) == before
    assert growth < MOST_GROWTH
    answered = answers_told(attacked)
    assert set(answered) == {"400", "401", "404", "413"}
    logger.info(
        "%s calls; answers %s; %.1f MB, grown by %.2f MB", CALLS, answered, resident / 2**20, growth / 2**20
    )


def checksums(url: str) -> dict[str, str | None]:
    """One for each table; `workers` beats like a heart."""
    with psycopg.connect(url) as connection:
        names = connection.execute(
            "select tablename from pg_tables where schemaname = 'public' and tablename <> 'workers'"
        )
        digest = sql.SQL("select md5(string_agg(t::text, '' order by t::text)) from {} t")
        return {
            name: connection.execute(digest.format(sql.Identifier(name))).fetchall()[0][0]
            for (name,) in names.fetchall()
        }


def answers_told(server: Server) -> dict[str, int]:
    """How often the server answered a POST with which status, as it counts itself."""
    text = requests.get(f"{server.url}/api/metrics", timeout=30).text
    counted = re.findall(
        r'^openv_http_requests_total\{method="POST",.*status="(\d+)"\} (\S+)', text, re.MULTILINE
    )
    return {status: int(float(count)) for status, count in counted}


def play(server: Server, hostility: Hostility, count: int) -> Counter[tuple[str, int | None]]:
    """Sends so many calls on several connections; those not answered as they must be, by kind and answer."""
    wrong: Counter[tuple[str, int | None]] = Counter()
    calls = hostility.calls(count)

    async def run() -> None:
        async with asyncio.timeout(120 + count / 20):
            await asyncio.gather(*(send_in_turn(server.port, calls, wrong) for _ in range(AT_ONCE)))

    asyncio.run(run())
    return wrong


async def send_in_turn(port: int, calls: Iterator[Call], wrong: Counter[tuple[str, int | None]]) -> None:
    """One connection's calls; those that spoil a connection have one of their own."""
    kept = await asyncio.open_connection("127.0.0.1", port)
    for call in calls:
        reader, writer = kept if call.lasts else await asyncio.open_connection("127.0.0.1", port)
        status, lasts = await answer(reader, writer, call)
        if status not in call.answers:
            wrong[call.kind, status] += 1
        if not lasts:
            writer.close()
            kept = await asyncio.open_connection("127.0.0.1", port) if call.lasts else kept
    kept[1].close()


async def answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, call: Call
) -> tuple[int | None, bool]:
    """The status of the answer, and whether the connection can be used again."""
    writer.write(call.content)
    if call.answers == (HANGS_UP,):
        writer.close()
        return HANGS_UP, False
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
    except (asyncio.IncompleteReadError, ConnectionError):
        return HANGS_UP, False
    length = re.search(rb"\r\ncontent-length: (\d+)", head)
    if length:
        await reader.readexactly(int(length[1]))
    return int(head.split()[1]), call.lasts and b"\r\nconnection: close" not in head
