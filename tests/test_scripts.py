"""The commands, run in a copy of the project with a stand-in for Python that notes how it was called."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import Copy, copy_commands

ROOT = Path(__file__).resolve().parent.parent
SHELL = [*(f"scripts/{name}" for name in ("install", "run", "test", "check", "chromium", "bench")), ".ci/run"]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return copy_commands(tmp_path)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it did not happen within 30 s"
        time.sleep(0.02)


@pytest.mark.parametrize("name", SHELL)
def test_a_command_can_be_started(name: str) -> None:
    """Each command is executable and is correct shell."""
    assert os.access(ROOT / name, os.X_OK)
    assert subprocess.run(["bash", "-n", ROOT / name]).returncode == 0


def test_the_first_start_installs_and_passes_arguments_on(copy: Copy) -> None:
    """From any folder, in a path with spaces, one command installs and starts the server with its arguments."""
    finished = copy.run("scripts/run", "--server.port", "9000")
    assert finished.returncode == 0
    assert finished.stderr.splitlines() == ["Installing packages … (first start only)"]
    assert copy.calls("-m streamlit") == ["-m streamlit run app.py --server.port 9000"]


def test_the_second_start_installs_nothing(copy: Copy) -> None:
    """Once installed, starting needs neither pip nor a network, and says nothing."""
    copy.run("scripts/run")
    copy.calls("")
    finished = copy.run("scripts/run", OFFLINE="yes")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert copy.calls("-m") == ["-m streamlit run app.py"]


@pytest.mark.parametrize("name", ["requirements.txt", "constraints.txt"])
def test_changed_requirements_are_installed(copy: Copy, name: str) -> None:
    """A changed list is installed into the environment that is there."""
    copy.run("scripts/install", "requirements.txt")
    copy.calls("")
    (copy.folder / name).write_text("# changed\n")
    copy.run("scripts/install", "requirements.txt")
    noted = copy.calls("-m")
    assert any(call.endswith("-r requirements.txt") for call in noted)
    assert "-m venv .venv" not in noted


def test_the_packages_for_tests_include_those_to_run(copy: Copy) -> None:
    """After the packages for tests are in, a start installs nothing."""
    copy.run("scripts/install", "requirements-dev.txt")
    copy.calls("")
    copy.run("scripts/install", "requirements.txt")
    assert copy.calls("-m pip") == []


def test_the_packages_for_tests_are_added(copy: Copy) -> None:
    """After a start the packages for tests are still to come."""
    copy.run("scripts/install", "requirements.txt")
    copy.calls("")
    copy.run("scripts/install", "requirements-dev.txt")
    assert any(call.endswith("-r requirements-dev.txt") for call in copy.calls("-m pip install"))


def test_a_failed_install_is_tried_again(copy: Copy) -> None:
    """Without a network the first start says what to do, and the next one installs."""
    failed = copy.run("scripts/run", OFFLINE="yes")
    assert failed.returncode == 1
    assert "Is there an internet connection?" in failed.stderr
    copy.calls("")
    assert copy.run("scripts/run").returncode == 0
    assert copy.calls("-m pip install")


def kill_while_installing(copy: Copy) -> None:
    begun = Path(copy.environment["CALLS"] + ".installing")
    begun.unlink(missing_ok=True)
    killed = copy.start("scripts/install", "requirements.txt", GATE="/nowhere")
    until(begun.exists)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    copy.calls("")


def test_a_killed_install_starts_over(copy: Copy) -> None:
    """What was half installed when the power went does not pass for installed: the environment is made anew."""
    kill_while_installing(copy)
    assert copy.run("scripts/install", "requirements.txt").returncode == 0
    assert "-m venv .venv" in copy.calls("-m venv")


def test_a_killed_update_starts_over(copy: Copy) -> None:
    """Not even going back to the list that was installed before makes a half done update pass."""
    requirements = copy.folder / "requirements.txt"
    before = requirements.read_text()
    copy.run("scripts/install", "requirements.txt")
    requirements.write_text("# changed\n")
    kill_while_installing(copy)
    requirements.write_text(before)
    copy.run("scripts/install", "requirements.txt")
    assert "-m venv .venv" in copy.calls("-m venv")


def test_a_failed_update_leaves_what_worked(copy: Copy) -> None:
    """An update without a network does not throw the installed packages away."""
    copy.run("scripts/install", "requirements.txt")
    (copy.folder / "requirements.txt").write_text("# changed\n")
    assert copy.run("scripts/install", "requirements.txt", OFFLINE="yes").returncode == 1
    copy.calls("")
    assert copy.run("scripts/install", "requirements.txt").returncode == 0
    assert copy.calls("-m venv") == []


def test_two_first_starts_install_once(copy: Copy, tmp_path: Path) -> None:
    """Two starts at the same time do not get into each other's way: the second waits, says so, and goes on."""
    gate = tmp_path / "gate"
    first = copy.start("scripts/install", "requirements.txt", GATE=str(gate))
    until(Path(copy.environment["CALLS"] + ".installing").exists)
    second = copy.start("scripts/install", "requirements.txt", GATE=str(gate))
    assert second.stderr
    assert "waiting for it" in second.stderr.readline()
    gate.touch()
    first.communicate(timeout=60)
    second.communicate(timeout=60)
    assert (first.returncode, second.returncode) == (0, 0)
    assert len([call for call in copy.calls("-m pip install") if "-r " in call]) == 1


@pytest.mark.parametrize(
    ("trouble", "advice"),
    [("TOO_OLD", "OpenV Studio needs Python 3.11 to 3.14"), ("NO_VENV", "sudo apt-get install python3.")],
)
def test_a_python_that_will_not_do(copy: Copy, trouble: str, advice: str) -> None:
    """A Python that is too old, or comes without venv, is named in one line that says what to install."""
    finished = copy.run(
        "scripts/run", **{trouble: "yes"}, PYTHON=f"{copy.environment['PATH'].split(':')[0]}/python3"
    )
    assert finished.returncode == 1
    assert advice in finished.stderr.splitlines()[-1]
    assert not (copy.folder / ".venv/bin").exists()
