"""The administration commands about users. Each gives the lines it has to say."""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from getpass import getpass
from typing import Any

from services.accounts import (
    ROLES,
    User,
    add_user,
    disable_user,
    enable_user,
    find_user,
    list_users,
    set_password,
    set_role,
    sign_out_everywhere,
)
from services.cli_rows import opened_rows
from services.errors import InvalidInput, NotFound
from services.gateways.database import Database
from services.quota import set_limits
from services.texts import as_json

_PAGE = 1000
_DEFAULT = "default"


def add_commands(groups: Any) -> None:
    """Adds `users …` to the command line; `groups` is what argparse's add_subparsers gives."""
    users = groups.add_parser("users", help="who may sign in, and as what")
    commands = users.add_subparsers(dest="command", metavar="COMMAND", required=True)
    add = commands.add_parser("add", help="add a user; the password is asked for twice")
    add.add_argument("name", metavar="NAME", help="1 to 64 of a-z, 0-9, . _ @ -")
    add.add_argument("--role", choices=ROLES, required=True)
    _take_password(add)
    add.set_defaults(run=_add)
    listing = commands.add_parser("list", help="show all users")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(run=_list)
    role = commands.add_parser("set-role", help="change what a user may do, at once")
    role.add_argument("name", metavar="NAME")
    role.add_argument("role", metavar="ROLE", choices=ROLES, help=", ".join(ROLES))
    role.set_defaults(run=_set_role)
    password = commands.add_parser("set-password", help="change a password, which ends every session")
    password.add_argument("name", metavar="NAME")
    _take_password(password)
    password.set_defaults(run=_set_password)
    _add_limits(commands)
    _add_access(commands)


def _add_access(commands: Any) -> None:
    for word, run, told in (
        ("sign-out", _sign_out, "end every session of a user"),
        ("disable", _disable, "let nobody in as this user; jobs under way go on"),
        ("enable", _enable, "let a disabled user sign in again"),
    ):
        access = commands.add_parser(word, help=told)
        access.add_argument("name", metavar="NAME")
        access.set_defaults(run=run)


def _add_limits(commands: Any) -> None:
    own = commands.add_parser("set-limits", help="give a user limits of their own, or the settings' again")
    own.add_argument("name", metavar="NAME")
    own.add_argument("--seconds", type=_limit(float), metavar="N|default", help="of video per period")
    own.add_argument("--jobs", type=_limit(int), metavar="N|default", help="queued and running at once")
    own.set_defaults(run=_set_limits)


def _take_password(parser: Any) -> None:
    parser.add_argument(
        "--password-stdin", action="store_true", help="read the password from the first line of the input"
    )


def _add(arguments: Namespace) -> Iterator[str]:
    password = _read_password(arguments)
    with opened_rows() as database:
        user = add_user(database, arguments.name, role=arguments.role, password=password)
    yield f"Added {user.id} as {user.role}."


def _list(arguments: Namespace) -> Iterator[str]:
    with opened_rows() as database:
        users = list(_all_users(database))
    if arguments.json:
        yield from as_json([_fields(user) for user in users])
        return
    width = max([len(user.id) for user in users], default=0)
    for user in users:
        yield f"{user.id:{width}}  {user.role:10}  {_sign_in(user):11}  {user.display_name}"


def _set_role(arguments: Namespace) -> Iterator[str]:
    with opened_rows() as database:
        user = set_role(database, arguments.name, arguments.role)
    yield f"{user.id} has the role {user.role} now."


def _set_password(arguments: Namespace) -> Iterator[str]:
    with opened_rows() as database:
        if find_user(database, arguments.name) is None:
            raise NotFound("There is no user of that name.")
        user = set_password(database, arguments.name, _read_password(arguments))
    yield f"{user.id} has a new password and is signed out everywhere."


def _limit(kind: Callable[[str], float]) -> Callable[[str], float | str]:
    def parse(value: str) -> float | str:
        return value if value == _DEFAULT else kind(value)

    parse.__name__ = f"limit (a number or {_DEFAULT})"  # argparse says: invalid … value
    return parse


def _set_limits(arguments: Namespace) -> Iterator[str]:
    if arguments.seconds is None and arguments.jobs is None:
        raise InvalidInput(
            "Say what to change: --seconds N, --jobs N, or both. `default` takes a limit away."
        )
    with opened_rows() as database:
        user = find_user(database, arguments.name)
        if user is None:
            raise NotFound("There is no user of that name.")
        seconds = _chosen(arguments.seconds, user.limit_seconds)
        jobs = _chosen(arguments.jobs, user.max_jobs)
        user = set_limits(database, user.id, limit_seconds=seconds, max_jobs=jobs, by=None)
    told = (
        "as the settings say" if limit is None else f"{limit:g}"
        for limit in (user.limit_seconds, user.max_jobs)
    )
    yield "{} has these limits now: seconds {}, jobs {}.".format(user.id, *told)


def _chosen(given: Any, present: Any) -> Any:
    return None if given == _DEFAULT else present if given is None else given


def _sign_out(arguments: Namespace) -> Iterator[str]:
    with opened_rows() as database:
        user = sign_out_everywhere(database, arguments.name)
    yield f"{user.id} is signed out everywhere."


def _disable(arguments: Namespace) -> Iterator[str]:
    with opened_rows() as database:
        user = disable_user(database, arguments.name)
    yield f"{user.id} is disabled and signed out everywhere."


def _enable(arguments: Namespace) -> Iterator[str]:
    with opened_rows() as database:
        user = enable_user(database, arguments.name)
    yield f"{user.id} may sign in again."


def _read_password(arguments: Namespace) -> str:
    if arguments.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InvalidInput("There is no terminal to ask for the password on. Use --password-stdin.")
    password = getpass(f"Password for {arguments.name}: ")
    if password != getpass("The same again: "):
        raise InvalidInput("The two passwords differ. Nothing was changed.")
    return password


def _all_users(database: Database) -> Iterator[User]:
    page = list_users(database, limit=_PAGE)
    while page:
        yield from page
        page = list_users(database, after=page[-1].id, limit=_PAGE)


def _sign_in(user: User) -> str:
    if user.disabled_at:
        return "disabled"
    return "password" if user.password_hash else "no password"


def _fields(user: User) -> dict[str, Any]:
    return {
        "name": user.id,
        "displayName": user.display_name,
        "role": user.role,
        "hasPassword": user.password_hash is not None,
        "disabledAt": user.disabled_at and user.disabled_at.isoformat(),
        "createdAt": user.created_at.isoformat(),
    }
