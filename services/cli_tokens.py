"""The administration commands about API tokens. Each gives the lines it has to say."""

import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator
from typing import Any

from services.accounts import find_user
from services.cli_rows import opened_rows
from services.errors import NotFound
from services.gateways.database import Database
from services.texts import as_json
from services.tokens import SCOPES, Scope, Token, create_token, list_tokens, revoke_token

_PAGE = 1000


def add_commands(groups: Any) -> None:
    """Adds `tokens …` to the command line; `groups` is what argparse's add_subparsers gives."""
    tokens = groups.add_parser("tokens", help="what programs ask the HTTP API with")
    commands = tokens.add_subparsers(dest="command", metavar="COMMAND", required=True)
    create = commands.add_parser("create", help="make a token for a user; it is printed once")
    create.add_argument("name", metavar="NAME", help="whose token it is")
    create.add_argument("--label", default="Command line", help="what it is for, up to 60 characters")
    create.add_argument(
        "--scopes",
        type=_scopes,
        metavar="SCOPE,…",
        help=f"some of {','.join(SCOPES)}; without it all that the user's role allows",
    )
    create.set_defaults(run=_create)
    listing = commands.add_parser("list", help="show the tokens of a user, or all")
    listing.add_argument("name", metavar="NAME", nargs="?")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(run=_list)
    revoke = commands.add_parser("revoke", help="end a token for good, at once")
    revoke.add_argument("id", metavar="ID", type=_id, help="its number in `tokens list`")
    revoke.set_defaults(run=_revoke)


def _scopes(value: str) -> list[Scope]:
    given = {part.strip() for part in value.split(",")}
    if not given <= set(SCOPES):
        raise ArgumentTypeError(f"takes some of {','.join(SCOPES)}")
    return [scope for scope in SCOPES if scope in given]


def _id(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise ArgumentTypeError("takes the number of a token")
    return int(value)


def _create(arguments: Namespace) -> Iterator[str]:
    with opened_rows() as database:
        made = create_token(database, arguments.name, by=None, label=arguments.label, scopes=arguments.scopes)
    yield made.text
    token = made.token
    # Beside the output, so that a script gets the token alone.
    sys.stderr.write(
        f"Token {token.id} of {token.user_id} for {', '.join(token.scopes)}."
        " Copy it now: it is not shown again.\n"
    )


def _list(arguments: Namespace) -> Iterator[str]:
    with opened_rows() as database:
        tokens = list(_all_tokens(database, arguments.name))
    if arguments.json:
        yield from as_json([_fields(token) for token in tokens])
        return
    width = max([len(token.user_id) for token in tokens], default=0)
    for token in tokens:
        scopes = ",".join(token.scopes)
        yield (
            f"{token.id:5}  {token.user_id:{width}}  {token.beginning}…  {scopes:19}"
            f"  {_use(token):21}  {token.label}"
        )


def _revoke(arguments: Namespace) -> Iterator[str]:
    with opened_rows() as database:
        token = revoke_token(database, arguments.id, by=None)
    yield f"Token {token.id} of {token.user_id} ({token.label}) is revoked."


def _all_tokens(database: Database, name: str | None) -> Iterator[Token]:
    owner = None if name is None else name.strip().lower()
    if owner is not None and find_user(database, owner) is None:
        raise NotFound("There is no user of that name.")
    page = list_tokens(database, by=None, owner=owner, revoked=True, limit=_PAGE)
    while page:
        yield from page
        page = list_tokens(database, by=None, owner=owner, revoked=True, after=page[-1].id, limit=_PAGE)


def _use(token: Token) -> str:
    if token.revoked_at:
        return "revoked"
    return f"used {token.last_used_at:%Y-%m-%d %H:%M}" if token.last_used_at else "never used"


def _fields(token: Token) -> dict[str, Any]:
    times = {"createdAt": token.created_at, "lastUsedAt": token.last_used_at, "revokedAt": token.revoked_at}
    return {
        "id": token.id,
        "name": token.user_id,
        "label": token.label,
        "beginning": token.beginning,
        "scopes": list(token.scopes),
        **{name: time and time.isoformat() for name, time in times.items()},
    }
