"""The doctor: silent about what works, and plain about what does not and what to do."""

import socket
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from services.accounts import add_user
from services.doctor import Finding, examine
from services.gateways.database import Database
from services.settings import Settings, SettingsError
from tests.conftest import on_server
from tests.gateways.http_server import Server, always, reply, serving
from tests.supabase.gateway import SERVICE_KEY, SupabaseStandIn

HEALTH = b'{"status": "ok", "workers": {"idle": 1, "running": 2, "unhealthy": 0}}'


def findings(settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding for finding in examine(lambda: settings)}


def wrong(settings: Settings) -> dict[str, str]:
    return {name: found.said for name, found in findings(settings).items() if not found.is_well}


@pytest.fixture
def web() -> Iterator[Server]:
    """A server that answers every health question well, the studio's and RunPod's."""
    with serving(always(reply(200, HEALTH))) as server:
        yield server


@pytest.fixture
def demo(database_url: str, tmp_path: Path) -> dict[str, Any]:
    return {"database_url": database_url, "data_dir": tmp_path / "data"}


@pytest.fixture
def real(demo: dict[str, Any], web: Server) -> dict[str, Any]:
    """Settings with a RunPod that is served on this machine."""
    return {**demo, "runpod_api_key": "key", "runpod_endpoint_id": "own", "runpod_api_url": web.url}


def test_all_is_well_in_a_demo(demo: dict[str, Any]) -> None:
    """A new installation without any account has nothing to mend, and no trace of the checks is left."""
    assert wrong(Settings(**demo)) == {}
    assert list((demo["data_dir"] / "files").iterdir()) == []


def test_all_is_well_on_the_embedded_database(tmp_path: Path) -> None:
    """Without any setting as well; the database that was started for it is stopped again."""
    assert wrong(Settings(data_dir=tmp_path)) == {}


def test_all_is_well_with_a_key_an_endpoint_and_an_admin(real: dict[str, Any], database: Database) -> None:
    """The endpoint's workers are told as RunPod counts them."""
    add_user(database, "anna", role="admin", password="correct horse")
    found = findings(Settings(**real))
    assert all(finding.is_well for finding in found.values())
    assert "own answers (1 idle, 2 running)" in found["RunPod"].said


def test_all_is_well_in_a_supabase_project(supabase: SupabaseStandIn, tmp_path: Path) -> None:
    """Rows through PostgREST and a file through the private bucket, tried for real."""
    settings = Settings(data_dir=tmp_path / "data", supabase_url=supabase.url, supabase_key=SERVICE_KEY)
    assert wrong(settings) == {}


def test_a_wrong_supabase_key_is_told(supabase: SupabaseStandIn, tmp_path: Path) -> None:
    """Rows and files are both refused, and the key is not repeated."""
    settings = Settings(data_dir=tmp_path / "data", supabase_url=supabase.url, supabase_key="sb_secret_wrong")
    told = wrong(settings)
    assert "SUPABASE_KEY" in told["storage"]
    assert "database" in told
    assert "sb_secret_wrong" not in str(told)


def test_a_malformed_setting_is_the_only_finding() -> None:
    """Nothing else can be tried without settings."""

    def read() -> Settings:
        raise SettingsError("MAX_RETRIES takes a whole number from 0 to 20.")

    assert list(examine(read)) == [
        Finding("settings", False, "MAX_RETRIES takes a whole number from 0 to 20.")
    ]


def test_an_unreachable_database_is_told_without_its_password(demo: dict[str, Any]) -> None:
    """The reason is told, the address with its password is not, and the other checks go on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"postgresql://anna:hidden-word@127.0.0.1:{probe.getsockname()[1]}/x"
        told = wrong(Settings(**{**demo, "database_url": url}))
    assert "Nothing listens" in told["database"]
    assert told["clock"] == "It cannot be tried while the database does not answer."
    assert set(told) == {"database", "clock"}
    assert "hidden-word" not in str(told)


def test_an_unknown_database_is_told(demo: dict[str, Any]) -> None:
    """A mistyped name is not a server that is down."""
    told = wrong(Settings(**{**demo, "database_url": on_server(demo["database_url"], "nowhere")}))
    assert "no such database" in told["database"]


def test_missing_migrations_are_told_with_the_command(demo: dict[str, Any]) -> None:
    """The doctor changes nothing: it says how many are missing and what applies them."""
    with psycopg.connect(demo["database_url"], autocommit=True) as connection:
        connection.execute("drop schema supabase_migrations cascade")
    told = wrong(Settings(**demo))
    assert "migrations are missing, prepare_roles first" in told["database"]
    assert "services.cli migrate" in told["database"]


def test_a_clock_that_is_off_is_told(demo: dict[str, Any]) -> None:
    """Sessions and timelines rely on both clocks."""
    with psycopg.connect(demo["database_url"], autocommit=True) as connection:
        connection.execute(
            "create or replace function read_clock() returns table (at timestamptz)"
            " language sql as $$ select clock_timestamp() + interval '1 minute' $$"
        )
    assert "60 s behind the database's" in wrong(Settings(**demo))["clock"]


def test_a_data_folder_that_is_none_is_told(demo: dict[str, Any], tmp_path: Path) -> None:
    """A file in its place, say."""
    (tmp_path / "file").write_text("")
    told = wrong(Settings(**{**demo, "data_dir": tmp_path / "file"}))
    assert str(tmp_path / "file") in told["data folder"]
    assert "storage" in told


def test_a_storage_that_takes_nothing_is_told(demo: dict[str, Any]) -> None:
    """The folder for files cannot be used."""
    demo["data_dir"].mkdir()
    (demo["data_dir"] / "files").write_text("")
    assert set(wrong(Settings(**demo))) == {"storage"}


def test_a_key_that_runpod_refuses_is_told_but_not_shown(real: dict[str, Any]) -> None:
    """The endpoint's name and the setting to mend are in the sentence."""
    with serving(always(reply(401, b"{}"))) as refusing:
        told = wrong(Settings(**{**real, "runpod_api_url": refusing.url, "runpod_api_key": "secret-key"}))
    assert told["RunPod"] == "own: RunPod does not accept the API key. Check RUNPOD_API_KEY."
    assert "secret-key" not in str(told)


def test_a_model_without_an_endpoint_is_told(real: dict[str, Any]) -> None:
    """It could be chosen, and every job of it would be refused."""
    assert "RUNPOD_ENDPOINT_ID" in wrong(Settings(**{**real, "runpod_endpoint_id": None}))["RunPod"]


def test_nobody_who_can_administer_is_told(real: dict[str, Any]) -> None:
    """With a real RunPod there are no demo users, so that somebody needs a password."""
    assert "users add" in wrong(Settings(**real))["admins"]


def test_the_studio_is_found_at_its_public_address(demo: dict[str, Any], web: Server) -> None:
    """Asked for as RunPod would, as far as this machine can tell."""
    found = findings(Settings(**demo, public_url=web.url))["public address"]
    assert found.is_well
    assert web.requests[-1].path == "/api/health"


def test_somebody_else_at_the_public_address_is_told(demo: dict[str, Any]) -> None:
    """The page of a proxy is not the studio."""
    with serving(always(reply(502, b"<html>Bad gateway</html>"))) as proxy:
        assert "Something else answers" in wrong(Settings(**demo, public_url=proxy.url))["public address"]


def test_nobody_at_the_public_address_is_told(demo: dict[str, Any]) -> None:
    """Nor is a closed port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        assert "Nothing answers" in wrong(Settings(**demo, public_url=url))["public address"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "192.168.1.7", "studio", "[::1]"])
def test_an_address_that_runpod_cannot_reach_is_told(real: dict[str, Any], host: str) -> None:
    """A webhook from the internet never arrives at an address of the inside."""
    told = wrong(Settings(**real, public_url=f"http://{host}:8501"))["public address"]
    assert "cannot reach" in told


@pytest.mark.parametrize("token", ["a" * 16, "at-least-16-letters-or-digits", "abcabcabcabcabcabc"])
def test_a_token_that_is_easy_to_guess_is_told_but_not_shown(demo: dict[str, Any], token: str) -> None:
    """Few different characters, or the example that everybody can read."""
    told = wrong(Settings(**demo, runpod_webhook_token=token))["secrets"]
    assert "RUNPOD_WEBHOOK_TOKEN" in told
    assert token not in told


def test_a_period_that_is_over_is_wrong(demo: dict[str, Any]) -> None:
    """It is told with what holds meanwhile, and the settings to change."""
    told = wrong(Settings(**demo, limit_start_date=date(2020, 1, 1), limit_end_date=date(2020, 3, 31)))
    assert set(told) == {"period"}
    for said in ("2020-01-01 to 2020-03-31 (UTC) is over", "calendar months hold", "LIMIT_END_DATE"):
        assert said in told["period"]


def test_a_period_may_begin_later(demo: dict[str, Any]) -> None:
    """What holds until then is told."""
    found = findings(Settings(**demo, limit_start_date=date(2990, 1, 1), limit_end_date=date(2990, 3, 31)))
    assert found["period"].is_well
    assert "2990-01-01 to 2990-03-31 (UTC) has not begun" in found["period"].said


def test_a_period_that_holds_is_well(demo: dict[str, Any]) -> None:
    """It is told with its last day, as it is set."""
    found = findings(Settings(**demo, limit_start_date=date(2020, 1, 1), limit_end_date=date(2990, 3, 31)))
    assert found["period"].is_well
    assert "from 2020-01-01 to 2990-03-31" in found["period"].said
