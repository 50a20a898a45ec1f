"""Administration from a terminal: `python -m services.cli`."""

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

from services import cli_tokens, cli_users
from services.catalog import Catalog, read_catalog
from services.cli_rows import opened_rows
from services.demo_history import Plan, add_demo_history
from services.doctor import Finding, examine
from services.errors import AppError, InvalidInput, Unavailable
from services.gateways.embedded import EmbeddedPostgres
from services.gateways.migrations import migrate
from services.settings import Settings, SettingsError, read_environment
from services.texts import as_json, escaped
from services.wiring import make_private_folder

logger = logging.getLogger("services.cli")
_GROUPS = (cli_users.add_commands, cli_tokens.add_commands)
_MOST_VIDEOS, _MOST_DAYS = 2_000_000, 3650
_TELL_EVERY = 10_000


class ChecksFailed(AppError):
    """The doctor found something; what it is has been said."""


def build_parser() -> argparse.ArgumentParser:
    """The command line: every command sets `run`, which takes the arguments and gives the lines to print."""
    parser = argparse.ArgumentParser(
        prog="python -m services.cli", description="Administration of OpenV Studio."
    )
    parser.add_argument("--debug", action="store_true", help="show where an unexpected failure came from")
    groups = parser.add_subparsers(dest="group", metavar="COMMAND", required=True)
    for add_commands in _GROUPS:
        add_commands(groups)
    migration = groups.add_parser("migrate", help="bring the database to this version's schema")
    migration.set_defaults(run=_migrate)
    doctor = groups.add_parser("doctor", help="check every setting and dependency")
    doctor.add_argument("--json", action="store_true", help="as JSON")
    doctor.set_defaults(run=_doctor)
    demo = groups.add_parser("demo-data", help="fill the database with a made-up history")
    demo.add_argument("--videos", type=_number(int, _MOST_VIDEOS), required=True, metavar="N")
    demo.add_argument("--days", type=_number(float, _MOST_DAYS), required=True, metavar="D")
    demo.add_argument("--force", action="store_true", help="even beside real videos")
    demo.set_defaults(run=_demo_data)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Carries out one command and gives the exit code: 0, 1 after a failure, 2 for a command it does not know."""
    given = build_parser().parse_args(arguments)
    # A pool that cannot connect says so again and again; its failure is told once, below.
    logging.basicConfig(handlers=[logging.StreamHandler() if given.debug else logging.NullHandler()])
    if given.debug:
        logger.setLevel(logging.DEBUG)
        logging.getLogger("services.doctor").setLevel(logging.DEBUG)
    try:
        for line in given.run(given):
            print(escaped(line), flush=True)
    except (AppError, SettingsError) as error:
        return _fail(_sentence(error))
    except KeyboardInterrupt:
        return _fail("Stopped.", code=130)
    except Exception as error:
        # The last resort: its text may hold an address with its password, so that only --debug shows it.
        logger.debug("The command failed.", exc_info=True)
        return _fail(
            f"The command failed ({type(error).__name__}). "
            "`python -m services.cli doctor` may say why; --debug before the command shows where."
        )
    return 0


def _fail(sentence: str, *, code: int = 1) -> int:
    print(escaped(" ".join(sentence.split())), file=sys.stderr)
    return code


def _sentence(error: AppError | SettingsError) -> str:
    if isinstance(error, Unavailable) and error.code == "database_unavailable":
        return "The database cannot be reached. `python -m services.cli doctor` says why."
    return error.message if isinstance(error, AppError) else str(error)


def _number(kind: Callable[[str], float], most: float) -> Callable[[str], float]:
    def parse(value: str) -> float:
        number = kind(value)
        if not 0 < number <= most:
            raise argparse.ArgumentTypeError(f"takes a number above 0, at most {most}")
        return number

    return parse


def _migrate(_: argparse.Namespace) -> Iterator[str]:
    settings = read_environment()
    with ExitStack() as started:
        applied = migrate(_address(settings, started))
    yield from (f"Applied {name}." for name in applied)
    yield f"{len(applied)} applied." if applied else "Nothing to do: every migration is applied already."


def _address(settings: Settings, started: ExitStack) -> str:
    if settings.database_url:
        return settings.database_url
    if settings.supabase_url:
        raise InvalidInput(
            "Set DATABASE_URL to the project's connection string for this command, or run `supabase db push --remote`."
        )
    embedded = EmbeddedPostgres(make_private_folder(settings.data_dir) / "postgres")
    started.callback(embedded.stop)
    return embedded.start()


def _doctor(arguments: argparse.Namespace) -> Iterator[str]:
    found: list[Finding] = []
    for finding in examine(read_environment):
        found.append(finding)
        if not arguments.json:
            yield f"{'ok' if finding.is_well else 'WRONG':5}  {finding.name:13}  {finding.said}"
    if arguments.json:
        rows = [{"name": finding.name, "ok": finding.is_well, "said": finding.said} for finding in found]
        yield from as_json(rows)
    if wrong := sum(not finding.is_well for finding in found):
        raise ChecksFailed(f"{wrong} of {len(found)} checks found something wrong.")


def _demo_data(arguments: argparse.Namespace) -> Iterator[str]:
    settings = read_environment()
    plan = Plan(arguments.videos, arguments.days, settings.max_retries)
    with opened_rows(settings) as database:
        for written in add_demo_history(database, _catalog(settings), plan, force=arguments.force):
            if written % _TELL_EVERY == 0 or written == plan.videos:
                yield f"{written} of {plan.videos} videos written."


def _catalog(settings: Settings) -> Catalog:
    catalog = read_catalog(default_endpoint=settings.runpod_endpoint_id)
    return catalog.for_demo() if settings.is_demo else catalog


if __name__ == "__main__":
    sys.exit(main())
