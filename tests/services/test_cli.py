"""Administration from a terminal: what each command does, says, and never says."""

import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from services.accounts import add_user, check_password, ensure_user, find_user
from services.audit import list_audit_events
from services.gateways.database import Database
from services.videos import list_videos
from tests.conftest import on_server
from tests.services.terminal import Run, clean_environment
from tests.sql.lifecycle import Life

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery"


def test_a_user_is_added_with_a_password_from_the_input(run: Run, database: Database) -> None:
    """Scripts pipe the password in; it is nowhere in what is said."""
    said = run("users", "add", "Anna", "--role", "admin", "--password-stdin", typed=PASSWORD + "\n")
    assert (said.code, said.out, said.err) == (0, "Added anna as admin.\n", "")
    user = check_password(database, "anna", PASSWORD)
    assert user is not None
    assert user.role == "admin"


@pytest.mark.parametrize("typed", ["short\n", "", "\n"])
def test_a_password_that_is_too_short_adds_nobody(run: Run, database: Database, typed: str) -> None:
    """One line on the error output and exit code 1."""
    said = run("users", "add", "anna", "--role", "user", "--password-stdin", typed=typed)
    assert (said.code, said.out) == (1, "")
    assert said.err == "A password takes 10 to 128 characters.\n"
    assert find_user(database, "anna") is None


def test_without_a_terminal_the_password_is_not_waited_for(run: Run) -> None:
    """A script that forgot the option learns of it."""
    said = run("users", "add", "anna", "--role", "user")
    assert said.code == 1
    assert "--password-stdin" in said.err


@pytest.mark.parametrize(
    "command", [("add", "demo-admin", "--role", "admin"), ("set-password", "demo-admin")]
)
def test_a_name_of_the_demo_gets_no_password(run: Run, database: Database, command: tuple[str, ...]) -> None:
    """One line says so, and that account stays as the demo left it."""
    left = ensure_user(database, "demo-admin", role="admin")
    said = run("users", *command, "--password-stdin", typed=PASSWORD)
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)
    assert "kept for the demo and TEST_MODE" in said.err
    assert find_user(database, "demo-admin") == left


def test_a_taken_name_is_refused(run: Run, database: Database) -> None:
    """And the user who has it stays as they are."""
    add_user(database, "anna", role="user", password=PASSWORD)
    said = run("users", "add", "anna", "--role", "admin", "--password-stdin", typed="another password")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "already a user" in said.err
    assert check_password(database, "anna", PASSWORD) is not None


def test_limits_of_ones_own_are_set_and_taken_away(run: Run, database: Database) -> None:
    """What is not named stays as it is; `default` gives the setting back."""
    add_user(database, "anna", role="user", password=None)
    said = run("users", "set-limits", "Anna", "--seconds", "90.5", "--jobs", "7")
    assert (said.code, said.out) == (0, "anna has these limits now: seconds 90.5, jobs 7.\n")
    said = run("users", "set-limits", "anna", "--seconds", "default")
    assert (said.code, said.out) == (0, "anna has these limits now: seconds as the settings say, jobs 7.\n")
    user = find_user(database, "anna")
    assert user is not None
    assert (user.limit_seconds, user.max_jobs) == (None, 7)


@pytest.mark.parametrize("limits", [[], ["--seconds", "-1"], ["--seconds", "nan"], ["--jobs", "1000000"]])
def test_limits_that_make_no_sense_change_nothing(run: Run, database: Database, limits: list[str]) -> None:
    """One line on the error output and exit code 1."""
    add_user(database, "anna", role="user", password=None)
    said = run("users", "set-limits", "anna", *limits)
    assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)


def test_limits_of_nobody_are_refused(run: Run) -> None:
    """A misspelt name is told."""
    said = run("users", "set-limits", "nobody", "--jobs", "1")
    assert (said.code, said.err) == (1, "There is no user of that name.\n")


def test_users_are_listed_for_people_and_for_programs(run: Run, database: Database) -> None:
    """With what they may do and whether they can sign in; the hash of a password is in neither."""
    add_user(database, "anna", role="admin", password=PASSWORD)
    add_user(database, "ben", role="restricted", password=None, display_name="Ben")
    plain, listed = run("users", "list").out, json.loads(run("users", "list", "--json").out)
    assert [line.split()[:3] for line in plain.splitlines()] == [
        ["anna", "admin", "password"],
        ["ben", "restricted", "no"],
    ]
    assert [(user["name"], user["role"], user["hasPassword"]) for user in listed] == [
        ("anna", "admin", True),
        ("ben", "restricted", False),
    ]
    assert "$2b$" not in plain + json.dumps(listed)


def test_a_name_in_the_rows_gives_a_terminal_nothing_to_obey(run: Run, database: Database) -> None:
    """Rows of earlier versions may hold anything; it neither moves the cursor nor passes for another row."""
    name = "\x1b[2J\nroot  admin\x9b"
    database.call("add_user", id="anna", display_name=name, password_hash=None, role="user")
    plain, listed = run("users", "list").out, run("users", "list", "--json").out
    assert plain.count("\n") == 1
    assert all(line.isprintable() for line in (plain + listed).splitlines())
    assert json.loads(listed)[0]["displayName"] == name


def test_more_users_than_a_page_are_all_listed(run: Run, database_url: str) -> None:
    """The database gives a thousand at a time."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "insert into users (id, display_name, role)"
            " select 'user' || n, 'User', 'user' from generate_series(1, 2001) n"
        )
    assert len(run("users", "list").out.splitlines()) == 2001


def test_a_role_is_changed(run: Run, database: Database) -> None:
    """At once."""
    add_user(database, "anna", role="user", password=None)
    assert run("users", "set-role", "ANNA", "restricted").out == "anna has the role restricted now.\n"
    assert find_user(database, "anna").role == "restricted"


def test_a_password_is_changed_and_sessions_end(run: Run, database: Database) -> None:
    """Whoever knew the old one is out."""
    before = add_user(database, "anna", role="user", password="an earlier password")
    assert run("users", "set-password", "anna", "--password-stdin", typed=PASSWORD).code == 0
    assert check_password(database, "anna", PASSWORD) is not None
    assert find_user(database, "anna").sessions_valid_after > before.sessions_valid_after


def test_a_user_is_signed_out(run: Run, database: Database) -> None:
    """Every session that began before ends; the password stays."""
    before = add_user(database, "anna", role="user", password=PASSWORD)
    assert run("users", "sign-out", "anna").out == "anna is signed out everywhere.\n"
    after = find_user(database, "anna")
    assert after.sessions_valid_after > before.sessions_valid_after
    assert after.password_hash == before.password_hash


def test_a_user_is_disabled_and_enabled_again(run: Run, database: Database) -> None:
    """Nobody gets in meanwhile; afterwards the old password is right again."""
    add_user(database, "anna", role="user", password=PASSWORD)
    assert run("users", "disable", "Anna").out == "anna is disabled and signed out everywhere.\n"
    assert check_password(database, "anna", PASSWORD) is None
    assert run("users", "enable", "anna").out == "anna may sign in again.\n"
    assert check_password(database, "anna", PASSWORD) is not None


def test_the_last_admin_is_kept_and_the_command_line_is_audited(run: Run, database: Database) -> None:
    """Whoever types the command is told what to do first; what was done is in the trail without an actor."""
    add_user(database, "root", role="admin", password=PASSWORD)
    add_user(database, "anna", role="user", password=None)
    said = run("users", "disable", "root")
    assert (said.code, said.err) == (
        1,
        "root is the last admin who can sign in. Make somebody else an admin first.\n",
    )
    run("users", "sign-out", "anna")
    (event,) = list_audit_events(database, by=None)
    assert (event.actor, event.action, event.subject) == (None, "sign_out_everywhere", "anna")


@pytest.mark.parametrize(
    "command",
    ["set-role bob user", "set-password bob --password-stdin", "sign-out bob", "disable bob", "enable bob"],
)
def test_an_unknown_user_is_told(run: Run, command: str) -> None:
    """One line, exit code 1."""
    said = run("users", *command.split(), typed=PASSWORD)
    assert (said.code, said.out) == (1, "")
    assert "no user of that name" in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(
    "command",
    [
        "",
        "users",
        "fly",
        "users add anna",
        "users add anna --role god",
        "users set-role anna god",
        "users add anna --role user --password secret",
        "tokens create",
        "tokens create anna --scopes read,root",
        "tokens revoke openv_abc",
        "demo-data --videos 0 --days 3",
        "demo-data --videos many --days 3",
        "demo-data --videos 10 --days nan",
        "demo-data --videos 10",
    ],
)
def test_a_command_that_makes_no_sense_gives_the_usage(run: Run, command: str) -> None:
    """Exit code 2, as programs do; in particular a password cannot be an argument."""
    with pytest.raises(SystemExit) as stopped:
        run(*command.split())
    assert stopped.value.code == 2


def test_migrate_tells_what_it_applied_and_then_has_nothing_to_do(
    run: Run, server_url: str, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a new database all of them; a second time none."""
    name = "empty_" + database_url.rpartition("/")[2].partition("?")[0]
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
        monkeypatch.setenv("DATABASE_URL", on_server(server_url, name))
        first, second = run("migrate"), run("migrate")
        connection.execute(f"drop database {name} with (force)")
    assert "Applied create_videos.\n" in first.out
    assert second.out == "Nothing to do: every migration is applied already.\n"


def test_migrate_makes_the_embedded_database(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without any setting, and stops it again."""
    monkeypatch.delenv("DATABASE_URL")
    said = run("migrate")
    assert (said.code, said.err) == (0, "")
    assert "Applied create_users.\n" in said.out
    assert not (tmp_path / "data/postgres/data/postmaster.pid").exists()


def test_migrate_asks_for_the_address_of_a_supabase_project(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service key is not enough to change tables."""
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("SUPABASE_KEY", "sb_secret_x")
    said = run("migrate")
    assert said.code == 1
    assert "DATABASE_URL" in said.err


def test_the_doctor_gives_a_line_for_each_check(run: Run) -> None:
    """All is well on a migrated database."""
    said = run("doctor")
    assert (said.code, said.err) == (0, "")
    assert all(line.startswith("ok ") for line in said.out.splitlines())
    assert all(row["ok"] for row in json.loads(run("doctor", "--json").out))


def test_the_doctor_fails_when_anything_is_wrong(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 1 for scripts, and the finding is in the list."""
    monkeypatch.setenv("RUNPOD_WEBHOOK_TOKEN", "a" * 20)
    said = run("doctor", "--json")
    assert (said.code, said.err) == (1, "1 of 11 checks found something wrong.\n")
    assert [row["name"] for row in json.loads(said.out) if not row["ok"]] == ["secrets"]


def test_demo_data_is_written_and_refused_beside_real_videos(run: Run, database: Database) -> None:
    """A database in use is not filled by mistake; --force says that it is none."""
    assert run("demo-data", "--videos", "40", "--days", "2").out == "40 of 40 videos written.\n"
    Life(database).submit()
    refused = run("demo-data", "--videos", "40", "--days", "2")
    assert (refused.code, refused.out) == (1, "")
    assert "--force" in refused.err
    assert run("demo-data", "--videos", "40", "--days", "2", "--force").code == 0
    assert len(list_videos(database, "anna")) == 1


def test_a_malformed_setting_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the setting and what it takes."""
    monkeypatch.setenv("MAX_RETRIES", "often")
    said = run("users", "list")
    assert (said.code, said.err) == (1, "MAX_RETRIES takes a whole number from 0 to 20.\n")


def test_an_unexpected_failure_is_one_line_without_particulars(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A driver's own words may hold the password of the address."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://anna:hidden-word@127.0.0.1/x?unknown_option=1")
    said = run("migrate")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "hidden-word" not in said.err
    assert "doctor" in said.err


def test_an_unreachable_database_is_one_line(database_url: str, tmp_path: Path) -> None:
    """As a program of its own: nothing of the connection pool's own complaints, and no password."""
    finished = subprocess.run(
        [sys.executable, "-m", "services.cli", "users", "list"],
        cwd=ROOT,
        env={
            **clean_environment(),
            "DATABASE_URL": "postgresql://u:hidden-word@127.0.0.1:1/x",
            "OPENV_DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
    )
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr == "The database cannot be reached. `python -m services.cli doctor` says why.\n"


@pytest.mark.parametrize(("again", "code"), [(PASSWORD, 0), ("something else", 1)])
def test_the_password_is_asked_for_twice_and_not_shown(
    database: Database, database_url: str, tmp_path: Path, again: str, code: int
) -> None:
    """On a terminal; two that differ add nobody."""
    environment = {**clean_environment(), "DATABASE_URL": database_url, "OPENV_DATA_DIR": str(tmp_path)}
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        command = [sys.executable, "-m", "services.cli", "users", "add", "anna", "--role", "user"]
        os.execve(sys.executable, command, environment)
    shown = type_at(terminal, {"Password for anna:": PASSWORD, "The same again:": again})
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == code
    assert (check_password(database, "anna", PASSWORD) is not None) == (code == 0)
    assert PASSWORD not in shown
    assert again not in shown


def type_at(terminal: int, answers: dict[str, str]) -> str:
    """Types each answer once its question is on the screen; gives all that was shown."""
    shown, waiting, end = "", dict(answers), time.monotonic() + 60
    while time.monotonic() < end:
        try:
            shown += os.read(terminal, 4096).decode()
        except OSError:  # how a terminal ends whose program has
            break
        for question in [question for question in waiting if question in shown]:
            os.write(terminal, (waiting.pop(question) + "\n").encode())
    os.close(terminal)
    return shown
