"""Settings: parsed once, refused with one line that names the setting."""

import dataclasses
from datetime import UTC, datetime

import pytest

from services.listening import check_address
from services.names import KEPT_NAMES
from services.quota import limit_period
from services.settings import SETTINGS, Settings, SettingsError, read_settings


def test_nothing_set_gives_the_documented_defaults() -> None:
    """Without any setting the system is a demo on embedded parts."""
    settings = read_settings({})
    assert settings.is_demo
    assert settings.is_embedded
    assert (settings.monthly_limit_seconds, settings.max_concurrent_jobs, settings.max_retries) == (600, 3, 2)
    assert (settings.reconcile_seconds, settings.refresh_seconds, settings.session_days) == (20, (2, 20), 7)


def test_the_environment_wins_over_secrets() -> None:
    """The same name in both places takes the environment's value."""
    assert read_settings({"MAX_RETRIES": "1"}, {"MAX_RETRIES": 5, "MAX_CONCURRENT_JOBS": 9}).max_retries == 1


def test_an_empty_value_counts_as_not_set() -> None:
    """A variable that is set to nothing keeps the default."""
    assert read_settings({"MAX_RETRIES": ""}).max_retries == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x"),
        ("SUPABASE_URL", "nonsense"),
        ("SUPABASE_BUCKET", "No Spaces"),
        ("RUNPOD_API_URL", "ftp://x"),
        ("RUNPOD_WEBHOOK_TOKEN", "short"),
        ("PUBLIC_URL", "studio.example"),
        ("MEDIA_ALLOWED_HOSTS", "http://x/y"),
        ("MONTHLY_LIMIT_SECONDS", "nan"),
        ("MONTHLY_LIMIT_SECONDS", "-1"),
        ("LIMIT_START_DATE", "2026-13-01"),
        ("MAX_CONCURRENT_JOBS", "0"),
        ("MAX_CONCURRENT_JOBS", "2.5"),
        ("MAX_RETRIES", "many"),
        ("RECONCILE_SECONDS", "inf"),
        ("REFRESH_SECONDS", "7;8"),
        ("SESSION_KEY", "short"),
        ("SESSION_DAYS", "-3"),
        ("ADMIN_PASSWORD", "short"),
        ("API_REQUESTS_PER_MINUTE", "0"),
        ("API_REQUESTS_PER_MINUTE", "1e3"),
        ("TEST_MODE", "maybe"),
    ],
)
def test_a_malformed_value_is_refused_by_name_and_never_shown(name: str, value: str) -> None:
    """The one line names the setting and what it takes, not the value, which may be a secret."""
    with pytest.raises(SettingsError, match=f"^{name} takes ") as refusal:
        read_settings({name: value})
    assert "\n" not in str(refusal.value)
    assert value not in str(refusal.value).removeprefix(name)


@pytest.mark.parametrize("name", sorted(KEPT_NAMES))
def test_the_first_admin_takes_no_name_of_the_demo_or_of_test_mode(name: str) -> None:
    """The start would succeed, and that admin never get in."""
    told = r"^ADMIN_USERNAME takes .* but not demo, demo-admin, test-user\.$"
    with pytest.raises(SettingsError, match=told):
        read_settings({"ADMIN_USERNAME": name, "ADMIN_PASSWORD": "correct horse battery"})


@pytest.mark.parametrize("given", [({"OPENV_DATADIR": "x"}, {}), ({}, {"MAX_RETRYS": 1})])
def test_an_unknown_setting_is_refused(given: tuple[dict[str, str], dict[str, object]]) -> None:
    """A misspelt name stops the start rather than being passed over."""
    with pytest.raises(SettingsError, match="is not a setting"):
        read_settings(*given)


@pytest.mark.parametrize(
    "environment",
    [
        {"SUPABASE_URL": "https://x.supabase.co"},
        {"LIMIT_START_DATE": "2026-01-01"},
        {"LIMIT_START_DATE": "2026-02-01", "LIMIT_END_DATE": "2026-01-01"},
        {"ADMIN_USERNAME": "anna"},
        {"TEST_MODE": "true", "RUNPOD_API_KEY": "k"},
        {"TEST_MODE": "true", "SUPABASE_URL": "https://x.supabase.co", "SUPABASE_KEY": "k"},
    ],
)
def test_settings_that_do_not_go_together_are_refused(environment: dict[str, str]) -> None:
    """Halves of a pair, and test mode beside real services, stop the start."""
    with pytest.raises(SettingsError):
        read_settings(environment)


@pytest.mark.parametrize("address", [None, "0.0.0.0", "192.168.1.5", "::", "studio.example"])
def test_test_mode_refuses_an_address_others_can_reach(address: str | None) -> None:
    """A mode without sign-in stays on this machine."""
    with pytest.raises(SettingsError, match="TEST_MODE"):
        check_address(read_settings({"TEST_MODE": "true"}), address)


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1"])
def test_test_mode_starts_on_the_loopback(address: str) -> None:
    """The loopback is allowed by number and by name."""
    assert check_address(read_settings({"TEST_MODE": "true"}), address) is None


def test_the_period_is_the_calendar_month_by_default() -> None:
    """December ends with the year."""
    start, end = limit_period(read_settings({}), datetime(2026, 12, 31, 23, 59, tzinfo=UTC))
    assert (start, end) == (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def test_every_setting_has_its_field() -> None:
    """The table of rules and the parsed settings name the same things."""
    names = {name.removeprefix("OPENV_").lower() for name in SETTINGS}
    assert {field.name for field in dataclasses.fields(Settings)} == names
