"""The embedded database's files: made once, checked at every start, and the command that serves them."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from services.errors import Unavailable
from services.gateways.embedded_programs import ENVIRONMENT, MAJOR, Programs

USER = "postgres"
# Our own rules of text: the same on every system, and C.UTF-8 is not known to macOS.
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "autovacuum": "on",
    "jit": "off",
    "scram_iterations": "4096",  # of passwords that an operator makes; for ours see _initdb_command
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    # What people typed stays out of the log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    # Containers have 64 MB of shared memory: no parallel queries, and no processes for what is not used.
    "max_parallel_workers_per_gather": "0",
    "io_method": "sync",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
}
FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def prepare_cluster(folder: Path, programs: Programs, password: str, *, lock: int, fast: bool) -> None:
    """Make the database's files if there are none, else see that they are ours to serve.

    `lock` is handed to `initdb`, so that nobody else begins while it is at work. Raises `Unavailable` when
    the files are broken or of another PostgreSQL.
    """
    data = folder / "data"
    if not data.exists():
        _create_cluster(folder, programs, password, lock=lock, fast=fast)
        return
    _check_version(data)
    _take_possession(data, programs)


def server_command(data: Path, programs: Programs, port: int, *, fast: bool) -> list[str]:
    """The command line of the server; it has to be run inside `data`."""
    settings = (
        SETTINGS | (FAST_SETTINGS if fast else {}) | {"port": str(port), "cluster_name": cluster_name(data)}
    )
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [programs.path("postgres"), "-D", programs.data_argument(data), *options]


def cluster_name(data: Path) -> str:
    """A name for the folder that shows in the command lines of its server."""
    return f"openv-{hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]}"


def failures(log: str) -> list[str]:
    """What went wrong, line by line, without the time and process in front; else the last line."""
    lines = log.strip().splitlines() or ["the log is empty"]
    return re.findall(r"(?:error|fatal|panic): .*", log, re.IGNORECASE) or lines[-1:]


def _create_cluster(folder: Path, programs: Programs, password: str, *, lock: int, fast: bool) -> None:
    """Elsewhere first and then renamed: what an interruption leaves behind is never taken for a database."""
    unfinished = folder / "data.unfinished"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    programs.own(unfinished)
    _run_initdb(unfinished, programs, password, lock=lock, fast=fast)
    unfinished.rename(folder / "data")
    _sync_folder(folder)


def _run_initdb(data: Path, programs: Programs, password: str, *, lock: int, fast: bool) -> None:
    with tempfile.TemporaryFile(dir=data.parent) as secret:
        secret.write(password.encode())
        secret.seek(0)
        if programs.account:
            os.fchown(secret.fileno(), programs.account["user"], programs.account["group"])
        result = subprocess.run(  # noqa: S603 - a program of the package
            _initdb_command(data, programs, f"/dev/fd/{secret.fileno()}", fast=fast),
            check=False,
            cwd=data,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[lock, secret.fileno()],
            start_new_session=True,
            **programs.account,
        )
    if result.returncode:
        raise Unavailable(
            f"The embedded database could not be made in {data.parent}: "
            f"{failures(result.stdout.decode(errors='replace'))[0]}. "
            "Make room there, or set OPENV_DATA_DIR to another folder."
        )


def _initdb_command(data: Path, programs: Programs, password_file: str, *, fast: bool) -> list[str]:
    return [
        programs.path("initdb"),
        f"--pgdata={programs.data_argument(data)}",
        f"--username={USER}",
        "--auth=scram-sha-256",
        # Repetition slows down guesses at weak passwords. Ours is 192 random bits, and each connection would pay for it.
        "--set=scram_iterations=1",
        f"--pwfile={password_file}",
        *LOCALE,
        *(["--no-sync"] if fast else []),
    ]


def _check_version(data: Path) -> None:
    written = data / "PG_VERSION"
    if not written.is_file():
        raise Unavailable(
            f"{data} is not a whole database, its file PG_VERSION is missing: put the folder back from a "
            "backup, or move it away to begin with an empty database."
        )
    version = written.read_text().strip()
    if version != str(MAJOR):
        raise Unavailable(
            f"{data} was written by PostgreSQL {version}, and this program brings PostgreSQL {MAJOR}: export "
            "it with the version that wrote it and import it here, or set OPENV_DATA_DIR to a new folder."
        )


def _take_possession(data: Path, programs: Programs) -> None:
    """A folder put back from a backup may belong to root or be open to others, which PostgreSQL refuses."""
    if programs.account and data.stat().st_uid != programs.account["user"]:
        for path in (data, *data.rglob("*")):
            programs.own(path)
    if data.stat().st_mode & 0o027:
        data.chmod(0o700)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
