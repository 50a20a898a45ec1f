"""The gallery alone, with the clips of a folder: streamlit run gallery_app.py -- FOLDER."""

import sys
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

FOLDER = Path(sys.argv[1])


def clip(request: Request) -> FileResponse:
    return FileResponse(FOLDER / request.path_params["name"])


app = st.App(Path(__file__).with_name("gallery_script.py"), routes=[Route("/clips/{name}", clip)])
