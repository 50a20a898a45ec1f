"""Rows through supabase-py: what comes back, what is refused, and what happens when something in between breaks."""

import logging
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import httpx
import psycopg
import pytest
from postgrest.exceptions import APIError

from services.accounts import add_user, find_user
from services.errors import Conflict, LimitReached, NotFound, Unavailable
from services.gateways.supabase_client import SupabaseProject
from services.gateways.supabase_rows import SupabaseDatabase
from services.settings import Settings
from services.wiring import build
from tests.services.test_feed import until
from tests.sql.lifecycle import Life
from tests.supabase.gateway import ANON_KEY, SERVICE_KEY, SupabaseStandIn

ADDED = {"display_name": "Anna", "password_hash": None, "role": "user"}


@pytest.fixture
def rows(project: SupabaseProject) -> SupabaseDatabase:
    """The adapter under test."""
    return SupabaseDatabase(project)


@pytest.fixture
def impatient(supabase: SupabaseStandIn) -> Iterator[SupabaseDatabase]:
    """The adapter with a patience of half a second."""
    project = SupabaseProject(supabase.url, SERVICE_KEY, quick=httpx.Timeout(0.5))
    yield SupabaseDatabase(project)
    project.close()


def test_rows_scalars_and_nothing_come_back_as_from_psycopg(rows: SupabaseDatabase) -> None:
    """A set is rows, a scalar a row named after its function, void and no row are nothing."""
    assert rows.call("find_user", id="anna") == []
    assert rows.call("add_user", id="anna", **ADDED)[0]["display_name"] == "Anna"
    assert rows.call("is_admin", user_id="anna") == [{"is_admin": False}]
    assert rows.call("lock_user", user_id="anna") == []
    assert find_user(rows, "anna").created_at.tzinfo is not None


def test_numbers_and_times_go_in_as_they_are(rows: SupabaseDatabase) -> None:
    """Decimal, datetime and nested JSON arrive as the types that the functions ask for."""
    user = add_user(rows, "anna", role="user", password=None)
    period = {"p_from": user.created_at, "p_to": user.created_at}
    names = {name.removeprefix("p_"): value for name, value in period.items()}
    assert rows.call("used_seconds", user_id="anna", **names) == [{"used_seconds": 0}]
    limits = {"limit_seconds": 1.5, "period_start": "2020-01-01", "period_end": "2100-01-01", "max_jobs": 3}
    with pytest.raises(LimitReached) as told:
        rows.call("check_may_submit", user_id="anna", seconds=Decimal("1.75"), limits=limits)
    assert (told.value.status, told.value.extra) == (403, {"remainingSeconds": 1.5})


def test_a_refusal_arrives_as_its_error_with_its_sentence(rows: SupabaseDatabase) -> None:
    """The same table as for psycopg: PT409 and PT404 with the function's own words."""
    rows.call("add_user", id="anna", **ADDED)
    with pytest.raises(Conflict, match="already a user") as told:
        rows.call("add_user", id="anna", **ADDED)
    assert (told.value.code, told.value.status) == ("user_exists", 409)
    with pytest.raises(NotFound, match="no user of that name"):
        rows.call("set_role", actor=None, id="bob", role="admin")


def test_a_bug_comes_through_as_the_drivers_own_error(rows: SupabaseDatabase) -> None:
    """A broken constraint is nobody's outage."""
    with pytest.raises(APIError) as told:
        rows.call("add_user", id="anna", **{**ADDED, "role": "king"})
    assert told.value.code == "23514"


def test_a_long_list_is_paged_and_nothing_is_cut_off_unnoticed(
    rows: SupabaseDatabase, database_url: str
) -> None:
    """1 500 users: PostgREST gives 1 000 rows at most, and the next page has the rest."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into users (id, display_name, role)"
            " select 'u' || lpad(n::text, 4, '0'), 'U', 'user' from generate_series(1, 1500) n"
        )
    first = rows.call("list_users", after=None, limit=5000)
    second = rows.call("list_users", after=first[-1]["id"], limit=5000)
    assert (len(first), len(second)) == (1000, 500)
    assert len({row["id"] for row in first + second}) == 1500


def test_a_project_without_the_migrations_says_what_to_do(rows: SupabaseDatabase) -> None:
    """An unknown function is an outage with the command that ends it."""
    with pytest.raises(Unavailable, match="supabase db push") as told:
        rows.call("find_nothing", id="anna")
    assert told.value.code == "migrations_missing"


@pytest.mark.parametrize("key", [ANON_KEY, "sb_secret_wrong", "eyJhbGciOiJIUzI1NiJ9.e30.x"])
def test_a_wrong_key_is_named_and_not_shown(
    supabase: SupabaseStandIn, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Refused by the gateway or by the grants: the setting is named, the key is nowhere."""
    caplog.set_level(logging.DEBUG)
    project = SupabaseProject(supabase.url, key)
    with pytest.raises(Unavailable, match="SUPABASE_KEY") as told:
        SupabaseDatabase(project).call("find_user", id="anna")
    project.close()
    assert key not in str(told.value) + caplog.text


def test_a_statement_that_takes_too_long_is_told_as_such(
    rows: SupabaseDatabase, supabase: SupabaseStandIn, database_url: str
) -> None:
    """Not "cannot be reached": who asks may ask for less."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("create function find_slow() returns void language sql as 'select pg_sleep(60)'")
        connection.execute("grant execute on function find_slow() to service_role")
    assert supabase.rest
    supabase.rest.statement_timeout = "50ms"
    with pytest.raises(Unavailable, match="too long"):
        rows.call("find_slow")


BROKEN = ["500", "502", "503", "504", "drop", "lost", "half", "cut", "page"]


@pytest.mark.parametrize("kind", BROKEN)
def test_reading_survives_what_passes(rows: SupabaseDatabase, supabase: SupabaseStandIn, kind: str) -> None:
    """Two bad answers in a row are not noticed by who reads."""
    rows.call("add_user", id="anna", **ADDED)
    supabase.faults.add(kind, times=2, where="/rpc/find_user")
    assert rows.call("find_user", id="anna")[0]["id"] == "anna"


def test_every_outage_is_said_and_writing_again_doubles_nothing(
    rows: SupabaseDatabase, supabase: SupabaseStandIn
) -> None:
    """Whatever breaks, a write is tried once and says so; the same request again gives the same one video."""
    life = Life(rows)
    for kind in BROKEN:
        supabase.faults.add(kind, where="/rpc/submit_video")
        with pytest.raises(Unavailable, match="cannot be reached") as told:
            life.submit(request_key="once")
        assert told.value.code == "database_unavailable", kind
    life.submit(request_key="once")
    assert (
        len(
            rows.call(
                "list_videos", user_id="anna", before=None, limit=9, status=None, model=None, search=None
            )
        )
        == 1
    )


@pytest.mark.parametrize(
    ("kind", "code", "seconds"),
    [("402", "over_quota", 5), ("429", "database_busy", 7), ("540", "project_paused", 5)],
)
def test_what_does_not_pass_is_said_at_once(
    rows: SupabaseDatabase, supabase: SupabaseStandIn, kind: str, code: str, seconds: float
) -> None:
    """Over quota, too many requests, paused: told after one try, with how long to wait."""
    supabase.faults.add(kind)
    with pytest.raises(Unavailable) as told:
        rows.call("find_user", id="anna")
    assert (told.value.code, told.value.retry_after) == (code, seconds)
    assert rows.call("find_user", id="anna") == []


def test_a_database_that_pauses_is_given_up_in_time_and_recovers(
    impatient: SupabaseDatabase, supabase: SupabaseStandIn
) -> None:
    """A timeout is not tried again: who reads would wait three times as long."""
    supabase.faults.pause_seconds = 2
    supabase.faults.add("pause")
    with pytest.raises(Unavailable, match="cannot be reached"):
        impatient.call("find_user", id="anna")
    assert impatient.call("find_user", id="anna") == []


def test_nobody_there_is_an_outage(rows: SupabaseDatabase) -> None:
    """A closed port, as when the project is gone."""
    project = SupabaseProject("http://127.0.0.1:1", SERVICE_KEY)
    with pytest.raises(Unavailable, match="cannot be reached"):
        SupabaseDatabase(project).call("add_user", id="anna", **ADDED)
    project.close()


def test_an_address_where_no_supabase_answers_names_the_setting(supabase: SupabaseStandIn) -> None:
    """A web page with 404 is not "no such row"."""
    project = SupabaseProject(f"{supabase.url}/elsewhere", SERVICE_KEY)
    with pytest.raises(Unavailable, match="SUPABASE_URL"):
        SupabaseDatabase(project).call("find_user", id="anna")
    project.close()


def test_many_threads_share_one_client(rows: SupabaseDatabase, supabase: SupabaseStandIn) -> None:
    """Forty threads at once: no hang, no error, and connections are kept, not closed and opened all the time."""
    rows.call("add_user", id="anna", **ADDED)
    answers: list[int] = []

    def ask() -> None:
        answers.extend(len(rows.call("find_user", id="anna")) for _ in range(15))

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == [1] * 600
    assert len(supabase.connections) <= 50


def test_the_service_key_is_never_swapped(project: SupabaseProject) -> None:
    """Nothing of ours touches `client.auth`, which would change the key of every thread."""
    sources = Path(__file__).parents[2].joinpath("services").rglob("*.py")
    assert not [path for path in sources if ".auth." in path.read_text() or ".auth(" in path.read_text()]
    assert project.client.options.headers["Authorization"] == f"Bearer {SERVICE_KEY}"


def test_with_a_project_and_no_other_database_rows_and_files_are_in_it(
    supabase: SupabaseStandIn, tmp_path: Path
) -> None:
    """SUPABASE_URL and SUPABASE_KEY alone; the feed polls, and nothing stays behind after the end."""
    settings = Settings(
        data_dir=tmp_path / "data", supabase_url=supabase.url, supabase_key=SERVICE_KEY, runpod_api_key="key"
    )
    studio = build(settings)
    add_user(studio.database, "anna", role="user", password=None)
    before = studio.feed.version("anna")
    assert until(lambda: studio.feed.version("anna") > before)
    studio.storage.check()
    studio.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "openv-feed"]
    with pytest.raises(Unavailable):
        studio.database.call("find_user", id="anna")
