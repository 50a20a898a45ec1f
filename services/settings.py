"""The environment: the one place that reads it. Everything else is given values."""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.names import KEPT_NAMES, possible_name


class SettingsError(Exception):
    """A setting is unknown or malformed; the text is one line that names it and what it takes."""


@dataclass(frozen=True)
class Settings:
    """Every setting, parsed. Field names are the setting names in lower case without the `OPENV_` prefix."""

    data_dir: Path = Path(".openv")
    database_url: str | None = None
    supabase_url: str | None = None
    supabase_key: str | None = None
    supabase_bucket: str = "videos"
    runpod_api_key: str | None = None
    runpod_endpoint_id: str | None = None
    runpod_api_url: str = "https://api.runpod.ai/v2"
    runpod_webhook_token: str | None = None
    public_url: str | None = None
    media_allowed_hosts: frozenset[str] = frozenset()
    monthly_limit_seconds: float = 600
    limit_start_date: date | None = None
    limit_end_date: date | None = None
    max_concurrent_jobs: int = 3
    max_retries: int = 2
    reconcile_seconds: float = 20
    refresh_seconds: tuple[float, float] = (2, 20)
    session_key: str | None = None
    session_days: float = 7
    admin_username: str | None = None
    admin_password: str | None = None
    api_requests_per_minute: int = 6000
    test_mode: bool = False

    @property
    def is_demo(self) -> bool:
        """Jobs go to the embedded demo endpoint."""
        return self.runpod_api_key is None

    @property
    def is_embedded(self) -> bool:
        """Rows are kept in the embedded database."""
        return self.database_url is None and self.supabase_url is None


def _text(value: str) -> str:
    if not value.strip() or any(ord(character) < 32 for character in value):
        raise ValueError
    return value.strip()


def _matching(pattern: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError
        return value

    return parse


def _own_name(value: str) -> str:
    if possible_name(value) != value or value in KEPT_NAMES:
        raise ValueError
    return value


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise ValueError
    return value.rstrip("/")


def _postgres_address(value: str) -> str:
    if urlsplit(value).scheme not in {"postgres", "postgresql"}:
        raise ValueError
    return value


def _number(least: float, most: float) -> Callable[[str], float]:
    def parse(value: str) -> float:
        number = float(value)
        if not least <= number <= most:
            raise ValueError
        return number

    return parse


def _whole_number(least: int, most: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        return int(_number(least, most)(str(int(value))))

    return parse


def _intervals(value: str) -> tuple[float, float]:
    active, idle = (_number(0.5, 3600)(part) for part in value.split(","))
    return active, idle


def _hosts(value: str) -> frozenset[str]:
    hosts = frozenset(part.strip().lower() for part in value.split(",") if part.strip())
    if not all(re.fullmatch(r"(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d+)?", host) for host in hosts):
        raise ValueError
    return hosts


def _yes_or_no(value: str) -> bool:
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}[
        value.strip().lower()
    ]


@dataclass(frozen=True)
class _Rule:
    takes: str
    parse: Callable[[str], Any]


_RULES = {
    "OPENV_DATA_DIR": _Rule("a folder", lambda value: Path(_text(value)).expanduser()),
    "DATABASE_URL": _Rule("postgresql://user:password@host:port/name", _postgres_address),
    "SUPABASE_URL": _Rule("the https address of the project", _web_address),
    "SUPABASE_KEY": _Rule("the secret key of the project", _text),
    "SUPABASE_BUCKET": _Rule("a bucket name of a-z, 0-9, _ . -", _matching(r"[a-z0-9_.-]{1,100}")),
    "RUNPOD_API_KEY": _Rule("a RunPod API key", _text),
    "RUNPOD_ENDPOINT_ID": _Rule(
        "an endpoint id of letters, digits and -", _matching(r"[A-Za-z0-9_-]{1,100}")
    ),
    "RUNPOD_API_URL": _Rule("an http or https address", _web_address),
    "RUNPOD_WEBHOOK_TOKEN": _Rule("16 or more letters, digits, _ or -", _matching(r"[A-Za-z0-9_-]{16,200}")),
    "PUBLIC_URL": _Rule("an http or https address", _web_address),
    "MEDIA_ALLOWED_HOSTS": _Rule("host names with or without :port, separated by commas", _hosts),
    "MONTHLY_LIMIT_SECONDS": _Rule("a number of seconds, 0 or more", _number(0, 1e9)),
    "LIMIT_START_DATE": _Rule("a date like 2026-01-31", date.fromisoformat),
    "LIMIT_END_DATE": _Rule("a date like 2026-01-31", date.fromisoformat),
    "MAX_CONCURRENT_JOBS": _Rule("a whole number of 1 or more", _whole_number(1, 100_000)),
    "MAX_RETRIES": _Rule("a whole number from 0 to 20", _whole_number(0, 20)),
    "RECONCILE_SECONDS": _Rule("a number of seconds from 0.1 to 3600", _number(0.1, 3600)),
    "REFRESH_SECONDS": _Rule("two numbers of seconds, active,idle, such as 2,20", _intervals),
    "SESSION_KEY": _Rule("32 or more characters", _matching(r".{32,500}")),
    "SESSION_DAYS": _Rule("a number of days above 0, at most 365", _number(0.0001, 365)),
    "ADMIN_USERNAME": _Rule(
        f"a name of a-z, 0-9, . _ @ -, but not {', '.join(sorted(KEPT_NAMES))}", _own_name
    ),
    "ADMIN_PASSWORD": _Rule("a password of 10 to 128 characters", _matching(r".{10,128}")),
    "API_REQUESTS_PER_MINUTE": _Rule("a whole number of 1 or more", _whole_number(1, 10_000_000)),
    "TEST_MODE": _Rule("true or false", _yes_or_no),
}

SETTINGS: tuple[str, ...] = tuple(_RULES)


def read_settings(environment: Mapping[str, str], secrets: Mapping[str, Any] | None = None) -> Settings:
    """The settings, the environment winning over secrets.

    An empty value counts as not set. Raises SettingsError with one line that names the setting and what it takes;
    the value itself is never in it.
    """
    given = {name: str(value) for name, value in (secrets or {}).items() if not isinstance(value, Mapping)}
    given |= {
        name: value for name, value in environment.items() if name in _RULES or name.startswith("OPENV_")
    }
    for name in given:
        if name not in _RULES:
            raise SettingsError(f"{name} is not a setting. Remove it, or correct its name.")
    settings = Settings(**{_field(name): _parse(name, value) for name, value in given.items() if value != ""})
    _check_together(settings)
    return settings


def _field(name: str) -> str:
    return name.removeprefix("OPENV_").lower()


def _parse(name: str, value: str) -> Any:
    rule = _RULES[name]
    try:
        return rule.parse(value)
    except (ValueError, KeyError, OverflowError):
        raise SettingsError(f"{name} takes {rule.takes}.") from None


def _check_together(settings: Settings) -> None:
    start, end = settings.limit_start_date, settings.limit_end_date
    checks = (
        (
            bool(settings.supabase_url) != bool(settings.supabase_key),
            "SUPABASE_URL and SUPABASE_KEY go together.",
        ),
        ((start is None) != (end is None), "LIMIT_START_DATE and LIMIT_END_DATE go together."),
        (bool(start and end and start > end), "LIMIT_END_DATE must not lie before LIMIT_START_DATE."),
        (
            bool(settings.admin_username) != bool(settings.admin_password),
            "ADMIN_USERNAME and ADMIN_PASSWORD go together.",
        ),
        (
            settings.test_mode and bool(settings.supabase_url or settings.runpod_api_key),
            "TEST_MODE takes false when SUPABASE_URL or RUNPOD_API_KEY is set: it lets everybody in.",
        ),
    )
    for wrong, sentence in checks:
        if wrong:
            raise SettingsError(sentence)


def read_environment() -> Settings:
    """The settings of this process, from the environment and `.streamlit/secrets.toml`. Raises SettingsError."""
    return read_settings(os.environ, _secrets_file(Path(".streamlit/secrets.toml")))


def _secrets_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from None
