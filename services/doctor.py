"""The doctor: each setting and dependency is tried for real, and what is wrong is told with what to do about it."""

import logging
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.accounts import has_admin
from services.doctor_models import check_models, check_runpod
from services.doctor_patient import Patient
from services.doctor_reach import ask_health, explain_database, read_bytes
from services.errors import AppError, Unavailable
from services.gateways.migrations import missing_migrations
from services.gateways.storage import Storage
from services.quota import custom_period
from services.settings import Settings, SettingsError
from services.wiring import make_private_folder

logger = logging.getLogger(__name__)
_EXAMPLE = Path(__file__).parents[1] / ".streamlit" / "secrets.toml.example"
_ENOUGH_BYTES = 1 << 29
_UNTRIED = "It cannot be tried while the database does not answer."
_MOST_SKEW_SECONDS = 5.0
_FEWEST_CHARACTERS = 8


@dataclass(frozen=True)
class Finding:
    """What came of one check; `said` is a sentence, with what to do if it is not well."""

    name: str
    is_well: bool
    said: str


def examine(read: Callable[[], Settings]) -> Iterator[Finding]:
    """One finding after the other, as soon as it is known; `read` gives the settings or raises SettingsError."""
    try:
        settings = read()
    except SettingsError as error:
        yield Finding("settings", False, str(error))
        return
    yield Finding("settings", True, "Every setting is understood.")
    with ExitStack() as started:
        patient = Patient(settings, started)
        for name, check in _CHECKS.items():
            yield _carried_out(name, check, patient)


def _carried_out(name: str, check: Callable[[Patient], str], patient: Patient) -> Finding:
    try:
        return Finding(name, True, check(patient))
    except AppError as error:
        is_second = error.code == "database_unavailable"
        return Finding(name, False, _UNTRIED if is_second else error.message)
    except OSError as error:
        return Finding(name, False, f"{error.strerror or error}: {error.filename or 'unknown file'}.")
    except Exception as error:
        # The last resort: whatever breaks in one check must not hide what the others have to say.
        logger.debug("The check of %s failed.", name, exc_info=True)
        return Finding(name, False, f"The check itself failed ({type(error).__name__}); --debug shows where.")


def _check_folder(patient: Patient) -> str:
    folder = make_private_folder(patient.settings.data_dir).absolute()
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(b"openv")
    free = shutil.disk_usage(folder).free
    if free < _ENOUGH_BYTES:
        raise Unavailable(
            f"{folder} has {free >> 20} MB left. Make room, or set OPENV_DATA_DIR to a larger disk."
        )
    return f"{folder} can be written to and has {free / (1 << 30):.1f} GB left."


def _check_database(patient: Patient) -> str:
    try:
        missing = missing_migrations(url) if (url := patient.settings.database_url) else []
        if not missing:
            patient.database().call("is_admin", user_id="")
    except Unavailable as error:
        raise Unavailable(explain_database(error, patient.settings)) from error
    if missing:
        raise Unavailable(
            f"{len(missing)} migrations are missing, {missing[0]} first. Run `python -m services.cli migrate`."
        )
    return "The database answers, and its functions are there."


def _check_clock(patient: Patient) -> str:
    before = datetime.now(UTC)
    (row,) = patient.database().call("read_clock")
    there = row["at"] if isinstance(row["at"], datetime) else datetime.fromisoformat(row["at"])
    middle = before + (datetime.now(UTC) - before) / 2
    ahead = (middle - there).total_seconds()
    if abs(ahead) > _MOST_SKEW_SECONDS:
        raise Unavailable(
            f"This machine's clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the database's. "
            "Let both follow a time server."
        )
    return f"Here and in the database it is the same time, give or take {max(0.1, abs(ahead)):.1f} s."


def _check_storage(patient: Patient) -> str:
    try_storage(patient.storage())
    return "A file was written, read back and removed."


def try_storage(storage: Storage) -> None:
    """Writes a small file, reads it back and removes it. Raises AppError with what did not work."""
    storage.check()
    key, content = f"doctor/{secrets.token_hex(8)}.mp4", secrets.token_bytes(64)
    with tempfile.NamedTemporaryFile() as probe:
        probe.write(content)
        probe.flush()
        storage.put(key, Path(probe.name), content_type="video/mp4")
    try:
        if read_bytes(storage.locate(key)) != content:
            raise Unavailable("A file came back changed: nothing can be kept there.")
    finally:
        storage.remove([key])


def _check_public_url(patient: Patient) -> str:
    settings = patient.settings
    if settings.public_url is None:
        if settings.is_demo:
            return "PUBLIC_URL is not set, and the demo endpoint does not need it."
        return f"PUBLIC_URL is not set: results come by asking, every {settings.reconcile_seconds:g} s."
    return ask_health(settings.public_url, is_for_runpod=not settings.is_demo)


def _check_secrets(patient: Patient) -> str:
    settings = patient.settings
    given = {
        "RUNPOD_WEBHOOK_TOKEN": settings.runpod_webhook_token,
        "SESSION_KEY": settings.session_key,
        "ADMIN_PASSWORD": settings.admin_password,
    }
    example = _EXAMPLE.read_text(encoding="utf-8") if _EXAMPLE.is_file() else ""
    for name, value in given.items():
        if value and (f'"{value}"' in example or len(set(value)) < _FEWEST_CHARACTERS):
            raise Unavailable(
                f"{name} is easy to guess. Set a random one, such as `openssl rand -hex 32` prints."
            )
    return "What is set is not easy to guess; webhook token and session key are generated where not set."


def _check_period(patient: Patient) -> str:
    custom = custom_period(patient.settings)
    if custom is None:
        return "Limits hold for each calendar month (UTC)."
    now, (start, end) = datetime.now(UTC), custom
    told = f"from {start:%Y-%m-%d} to {end - timedelta(days=1):%Y-%m-%d} (UTC)"
    if end <= now:
        raise Unavailable(
            f"The period {told} is over, and calendar months hold. "
            "Set LIMIT_START_DATE and LIMIT_END_DATE to the next period, or take both away."
        )
    if now < start:
        return f"The period {told} has not begun; until then limits hold for each calendar month (UTC)."
    return f"Limits hold {told}, afterwards for each calendar month."


def _check_admins(patient: Patient) -> str:
    if patient.settings.is_demo or patient.settings.test_mode:
        return "No account is needed in a demo."
    if has_admin(patient.database()):
        return "There is an admin who can sign in."
    raise Unavailable("No admin can sign in. Run `python -m services.cli users add NAME --role admin`.")


_CHECKS: dict[str, Callable[[Patient], str]] = {
    "data folder": _check_folder,
    "database": _check_database,
    "clock": _check_clock,
    "storage": _check_storage,
    "models": check_models,
    "RunPod": check_runpod,
    "public address": _check_public_url,
    "secrets": _check_secrets,
    "period": _check_period,
    "admins": _check_admins,
}
