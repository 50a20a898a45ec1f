"""Each module against its place in the layout, and each rule against a planted breach."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture import FUNCTION_LINES, breaches

ROOT = Path(__file__).resolve().parent.parent


def modules() -> list[str]:
    found = [path for folder in ("services", "pages", "scripts") for path in ROOT.glob(f"{folder}/**/*.py")]
    return sorted(path.relative_to(ROOT).as_posix() for path in [ROOT / "app.py", *found])


@pytest.mark.parametrize("path", modules())
def test_a_module_keeps_to_its_place(path: str) -> None:
    """No module imports, reads, draws or grows beyond what its place in the layout allows."""
    assert breaches(path, (ROOT / path).read_text(encoding="utf-8")) == []


LONG = "\n".join(["def work():", *("    go()" for _ in range(FUNCTION_LINES))])


BREACHES = (
    ("services/videos.py", "import streamlit as st", "imports streamlit"),
    ("services/videos.py", "def read():\n    from fastapi import Request", "imports fastapi"),
    ("services/videos.py", "import importlib\nimportlib.import_module('psycopg')", "imports psycopg"),
    ("services/videos.py", "import requests.adapters", "imports requests"),
    (
        "services/videos.py",
        "from services.web.answers import answer",
        "knows services.web.answers.answer",
    ),
    ("services/videos.py", "from services import demo", "knows services.demo"),
    ("services/videos.py", "from .web import answers", "knows services.web.answers"),
    ("services/wiring.py", "import supabase", "imports supabase"),
    ("services/cli.py", "import psycopg", "imports psycopg"),
    (
        "services/gateways/postgres.py",
        "from services.quota import quota_of",
        "knows services.quota.quota_of",
    ),
    ("services/gateways/postgres.py", "from fastapi import HTTPException", "imports fastapi"),
    ("services/web/api.py", "import psycopg", "imports psycopg"),
    ("services/web/api.py", "import streamlit", "imports streamlit"),
    ("services/demo/worker.py", "from services.errors import AppError", "knows services.errors.AppError"),
    ("services/demo/scenes/sea.py", "import streamlit", "imports streamlit"),
    ("pages/gallery.py", "import psycopg", "imports psycopg"),
    ("pages/gallery.py", "from services.gateways.database import Database", "knows services.gateways"),
    ("pages/gallery.py", "from pages.generate import draw", "knows pages.generate.draw"),
    ("pages/parts/card.py", "from pages import gallery", "knows pages.gallery"),
    ("app.py", "from pages import shell", "knows pages.shell"),
    ("app.py", "import streamlit as st\nst.button('Go')", "draws with st.button"),
    ("app.py", "from streamlit import button", "draws with streamlit.button"),
    ("services/videos.py", "import os\nKEY = os.environ['KEY']", "reads os.environ"),
    ("services/videos.py", "from os import getenv", "reads os.getenv"),
    ("pages/gallery.py", "import streamlit as st\nKEY = st.secrets['KEY']", "reads st.secrets"),
    (
        "pages/gallery.py",
        "import streamlit as st\n@st.dialog('X')\ndef f(): ...",
        "runs by itself with st.dialog",
    ),
    ("pages/parts/card.py", "import streamlit as st\nst.fragment(f)", "runs by itself with st.fragment"),
    ("pages/gallery.py", "ROWS = 'select id from videos'", "line 1 holds SQL"),
    ("services/videos.py", "ROWS = '''\n UPDATE videos SET status = 1'''", "line 1 holds SQL"),
    ("pages/gallery.py", "a = 1\n" * 101, "has 101 lines, 100 at most"),
    ("services/videos.py", "a = 1\n" * 251, "has 251 lines, 250 at most"),
    ("services/videos.py", LONG, "work has 26 lines, 25 at most"),
    ("services/videos.py", "a = 1", "has no docstring that says what it is"),
    ("services/video_utils.py", "a = 1", "has a name that says nothing"),
    ("pages/gallery.py", "class Card: ...", "has class Card"),
)


@pytest.mark.parametrize(("path", "source", "said"), BREACHES, ids=[said for *_, said in BREACHES])
def test_a_breach_is_found(path: str, source: str, said: str) -> None:
    """Each rule sees the breach it is there for."""
    assert any(said in breach for breach in breaches(path, source)), breaches(path, source)


def test_what_is_allowed_is_no_breach() -> None:
    """The rules leave ordinary modules alone."""
    page = '"""The gallery."""\nimport streamlit as st\nfrom services import videos\nst.caption("Select one from below")\n'
    rule = '"""Videos."""\nfrom pydantic import BaseModel\nfrom services.gateways.database import Database\n'
    assert breaches("pages/gallery.py", page) + breaches("services/videos.py", rule) == []


FOUND = 3
IMPORTS_APP = f"import app, sys; sys.exit({FOUND} if 'streamlit_authenticator' in sys.modules else 0)"
PLANTED = "import streamlit_authenticator; " + IMPORTS_APP


@pytest.mark.parametrize(("code", "left"), [(IMPORTS_APP, 0), (PLANTED, FOUND)], ids=["as is", "planted"])
def test_importing_the_app_leaves_the_authenticator_out(code: str, left: int, tmp_path: Path) -> None:
    """The sign-in component is registered inside a script run alone: outside, its cookie would silently never be set."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "OPENV_DATA_DIR": str(tmp_path / "data")}
    finished = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert finished.returncode == left, finished.stderr
