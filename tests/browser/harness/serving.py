"""Runs a Streamlit app of its own process for as long as a test needs it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[3]
PATIENCE_S = 40


@contextmanager
def served(app: Path, *arguments: str) -> Iterator[str]:
    """The address of the app, once it answers; what it printed is shown if it never does."""
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(app),
        "--server.port",
        str(port),
        "--",
        *arguments,
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield _answering(process, f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _answering(process: subprocess.Popen[str], address: str) -> str:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{address}/_stcore/health").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)  # between two looks
        else:
            return address
    process.kill()
    raise AssertionError(f"The app did not start: {process.communicate()[0]}")
