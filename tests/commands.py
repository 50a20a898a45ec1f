"""A copy of the commands with a stand-in for Python, which notes how it was called and does as little as will do."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAND_IN = f"""#!/usr/bin/env bash
# Venv and pip as far as the commands notice them; pip waits for the file GATE if that is set.
echo "$*" >>"$CALLS"
case "$*" in
  -V) echo Python 3.11.9 ;;
  *"(3, 14)"*) [ -z "${{TOO_OLD-}}" ] ;;
  *ensurepip*) [ -z "${{NO_VENV-}}" ] ;;
  "-c "*) exec {sys.executable!r} "$@" ;;
  "-m venv "*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  "-m pip install"*)
    : >"$CALLS.installing"
    while [ -n "${{GATE-}}" ] && [ ! -e "$GATE" ]; do sleep 0.02; done
    [ -z "${{OFFLINE-}}" ] ;;
  "-m ${{FAILS-nothing}}"*) exit 1 ;;
esac
"""


@dataclass
class Copy:
    """A copy of the commands in a folder of its own."""

    folder: Path
    environment: dict[str, str]

    def start(self, command: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.folder / command, *arguments],
            cwd="/",
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, command: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        process = self.start(command, *arguments, **environment)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def calls(self, beginning: str) -> list[str]:
        """What Python was asked to do since the last look."""
        noted = Path(self.environment["CALLS"])
        lines = noted.read_text().splitlines() if noted.exists() else []
        noted.unlink(missing_ok=True)
        return [line for line in lines if line.startswith(beginning)]


def copy_commands(tmp_path: Path) -> Copy:
    """A copy in a path with spaces, where no command can change the machine it runs on."""
    folder = tmp_path / "a copy with spaces"
    programs = tmp_path / "programs"
    programs.mkdir()
    for part in ("scripts", ".ci"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("requirements.txt", "requirements-dev.txt", "constraints.txt"):
        (folder / name).write_text(f"# {name}\n")
    write_program(programs / "python3", STAND_IN)
    write_program(programs / "apt-get", "#!/bin/sh\nexit 100\n")
    path = f"{programs}:{os.defpath}:/usr/bin:/bin"
    return Copy(folder, {"PATH": path, "CALLS": str(tmp_path / "calls"), "HOME": str(tmp_path)})


def write_program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path
