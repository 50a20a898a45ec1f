"""The whole server as its users start it: a process of its own, on a free port and a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import requests

from services.sessions import COOKIE, Sessions

ROOT = Path(__file__).parents[2]
_START_SECONDS = 60


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One data folder and the process serving it, which may be killed and started again."""

    data: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    accepted: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        # What only tests know is no setting, and would stop the start.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("OPENV_")}
        return {**inherited, "OPENV_DATA_DIR": str(self.data), **self.settings}

    def start(self) -> None:
        """Starts it and returns once it answers."""
        with (self.data.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)],
                cwd=ROOT,
                env=self.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.wait_until_healthy()

    def wait_until_healthy(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            assert self.process
            assert self.process.poll() is None, self.log()
            try:
                if requests.get(f"{self.url}/api/health", timeout=5).ok:
                    return
            except requests.RequestException:
                time.sleep(0.05)
        raise AssertionError("The server did not start.\n" + self.log())

    def kill(self) -> None:
        """Ends it as a power cut would, without a chance to tidy up."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Asks it to end; its exit code."""
        assert self.process
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(30)

    def log(self) -> str:
        return (self.data.parent / "server.log").read_text(errors="replace")[-6000:]

    def signed_in(self, name: str = "demo") -> requests.Session:
        """A browser-like session of that user, by a cookie as the sign-in makes it; the terms are accepted."""
        session = requests.Session()
        session.cookies.set(COOKIE, Sessions((self.data / "session_key").read_text(), 7).issue(name))
        session.headers["Origin"] = self.url
        if name not in self.accepted and session.post(f"{self.url}/api/terms/accept", timeout=30).ok:
            self.accepted.add(name)
        return session

    def processes(self) -> list[psutil.Process]:
        """All processes that have to do with this data folder."""
        found = []
        for process in psutil.process_iter():
            try:
                told = [*process.cmdline(), *process.environ().values(), process.cwd()]
            except psutil.Error:
                continue
            if any(str(self.data) in word for word in told):
                found.append(process)
        return found
