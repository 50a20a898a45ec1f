"""The documents against the code: a setting, a command or a route that is not written down fails here."""

import argparse
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli import build_parser
from services.settings import SETTINGS, read_settings
from services.web.api import build_api

ROOT = Path(__file__).resolve().parent.parent
GUIDES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
EXAMPLE = ROOT / ".streamlit/secrets.toml.example"


def guides() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in GUIDES)


def example_settings() -> dict[str, str]:
    """The example with the comment signs before its settings taken away."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    return tomllib.loads("\n".join(re.sub(r"^# (?=[A-Z_]+ = )", "", line) for line in lines))


def commands(parser: argparse.ArgumentParser, said: str = "") -> Iterator[str]:
    """Every command with its subcommand: `users add`."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below and said:
        yield said
    for action in below:
        for name, inner in action.choices.items():
            yield from commands(inner, f"{said} {name}".strip())


def routes() -> Iterator[str]:
    """Every route as it is written in the documents: `GET /api/videos/{}/file`."""
    api = build_api()
    plain = {route.path: route.methods for route in api.router.routes if hasattr(route, "methods")}
    described = {
        path: {method.upper() for method in methods} for path, methods in api.openapi()["paths"].items()
    }
    for path, methods in (plain | described).items():
        if "oauth2" not in path:
            yield from (f"{method} /api{unnamed(path)}" for method in sorted(set(methods) - {"HEAD"}))


def unnamed(text: str) -> str:
    return re.sub(r"\{\w+(:\w+)?\}", "{}", text)


def headings(path: Path) -> set[str]:
    """The anchors of a document's headings, made as GitHub makes them."""
    titles = re.findall(r"^#+ +(.+?) *#*$", without_code(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def without_code(path: Path) -> str:
    return re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def broken_links(path: Path) -> Iterator[str]:
    for link in re.findall(r"\]\(<?([^)\s>]+)", re.sub(r"`[^`\n]*`", "", without_code(path))):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", link):
            continue
        file = (path.parent / target) if target else path
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in headings(file)):
            yield link


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_documented(name: str) -> None:
    """Whoever looks for a setting finds it in the guides and in the example of the secrets file."""
    assert f"`{name}`" in guides()
    assert name in example_settings()


def test_the_example_has_no_other_settings() -> None:
    """What the example offers is understood, in that order."""
    assert tuple(example_settings()) == SETTINGS


def test_the_values_of_the_example_are_accepted() -> None:
    """Taking the comment signs away gives settings that the server starts with; TEST_MODE goes with no real service."""
    examples = example_settings()
    alone = {"TEST_MODE": examples.pop("TEST_MODE")}
    assert read_settings({}, examples).max_concurrent_jobs > 0
    assert read_settings({}, alone).test_mode


def test_the_example_sets_nothing_as_it_is() -> None:
    """Copying the example changes nothing until somebody edits it."""
    assert tomllib.loads(EXAMPLE.read_text(encoding="utf-8")) == {}


@pytest.mark.parametrize("command", sorted(commands(build_parser())))
def test_a_command_is_documented(command: str) -> None:
    """Each administration command is in the guides as it is typed."""
    assert f"services.cli {command}" in guides() or f"`{command}" in guides()


@pytest.mark.parametrize("route", sorted(routes()))
def test_a_route_is_documented(route: str) -> None:
    """Each route of the API is in its reference with method and path."""
    assert route in unnamed((ROOT / "docs/api.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    """Links between documents, and to their headings, resolve."""
    assert list(broken_links(path)) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    """The check of the links sees missing files and missing headings, and leaves the web and code alone."""
    guide = tmp_path / "guide.md"
    guide.write_text(
        "# First steps\n[a](gone.md) [b](#first-steps) [c](#last) [d](https://x.test) `[e](no.md)`\n```\n[f](no.md)\n```\n"
    )
    assert list(broken_links(guide)) == ["gone.md", "#last"]


def test_an_undocumented_command_or_route_would_be_seen() -> None:
    """The lists that the documents are held against are not empty and go down to subcommands and parameters."""
    assert {"users add", "migrate"} <= set(commands(build_parser()))
    assert {"GET /api/videos", "POST /api/runpod/webhook", "GET /api/videos/{}/file"} <= set(routes())


def test_the_tests_that_security_rests_on_exist() -> None:
    """Whatever the security document says is shown by a test is a test that is still there."""
    named = re.findall(
        r"`(tests/[\w/]+\.py)::(\w+)`", (ROOT / "docs/security.md").read_text(encoding="utf-8")
    )
    missing = [f"{path}::{name}" for path, name in named if f"def {name}(" not in _source(path)]
    assert missing == []
    assert len(named) > 20


def _source(path: str) -> str:
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else ""
