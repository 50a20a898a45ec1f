"""What is run before a change goes in: lint, types, tests and benchmarks, a browser for them, and the pipeline."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import Copy, copy_commands, write_program

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return copy_commands(tmp_path)


def a_chromium(copy: Copy) -> str:
    return str(write_program(copy.folder / "chromium", "#!/bin/sh\necho Chromium 1\n"))


def test_all_tests_run_on_two_cores_and_on_every_set_up(copy: Copy) -> None:
    """Without arguments everything is checked, all tests run, and those of rows and files on the other set-ups too."""
    finished = copy.run("scripts/test", CHROMIUM=a_chromium(copy))
    noted = copy.calls("-m")
    assert finished.returncode == 0
    assert [call for call in noted if "pip" not in call and "venv" not in call] == [
        "-m ruff check .",
        "-m ruff format --check .",
        "-m mypy",
        "-m pytest -n 2 --dist loadgroup tests",
        *["-m pytest -n 2 --dist loadgroup tests/services tests/web"] * 2,
    ]
    told = [line.split(":")[0] for line in finished.stdout.splitlines() if line.startswith("## ")]
    assert told == ["## embedded", "## pgbouncer", "## supabase"]


def test_arguments_go_to_pytest_as_they_are(copy: Copy) -> None:
    """A narrow run is what was typed and nothing else."""
    copy.run("scripts/test", "tests/web", "-k", "delete", CHROMIUM=a_chromium(copy))
    assert copy.calls("-m pytest") == ["-m pytest tests/web -k delete"]


@pytest.mark.parametrize("part", ["ruff check", "ruff format", "mypy", "pytest"])
def test_any_failing_part_fails_the_whole(copy: Copy, part: str) -> None:
    """Lint, format, types and tests: each of them alone makes the command fail."""
    assert copy.run("scripts/test", CHROMIUM=a_chromium(copy), FAILS=part).returncode == 1


def test_a_named_chromium_has_to_start(copy: Copy) -> None:
    """A wrong CHROMIUM is said to be wrong instead of being replaced in silence."""
    finished = copy.run("scripts/chromium", CHROMIUM="/no/chromium")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "CHROMIUM=/no/chromium does not start" in finished.stderr


def test_a_chromium_on_the_path_is_found(copy: Copy) -> None:
    """A Chromium that starts is taken before anything is downloaded."""
    found = a_chromium(copy)
    finished = copy.run("scripts/chromium", PATH=f"{copy.folder}:{copy.environment['PATH']}")
    assert finished.stdout.strip() == found
    assert copy.calls("-m playwright") == []


def test_a_chromium_that_does_not_start_is_passed_over(copy: Copy) -> None:
    """With a broken browser first on the path the search goes on."""
    broken = write_program(copy.folder / "chromium", "#!/bin/sh\nexit 127\n")
    whole = write_program(copy.folder / "chromium-browser", "#!/bin/sh\nexit 0\n")
    finished = copy.run("scripts/chromium", PATH=f"{copy.folder}:{copy.environment['PATH']}")
    assert broken.exists()
    assert finished.stdout.strip() == str(whole)


def test_a_benchmark_is_chosen_by_name(copy: Copy) -> None:
    """One benchmark runs alone with its arguments; an unknown name lists those there are."""
    (copy.folder / "benchmarks").mkdir()
    for name in ("feed", "start"):
        (copy.folder / f"benchmarks/{name}.py").write_text("def main() -> None: ...\n")
    copy.run("scripts/bench", "feed", "--rows", "10")
    assert copy.calls("-m benchmarks") == ["-m benchmarks.feed --rows 10"]
    assert "There are: feed start" in copy.run("scripts/bench", "fed").stderr


def test_all_benchmarks_run_and_a_failing_one_shows(copy: Copy) -> None:
    """A benchmark that breaks does not hide the others, and fails the command."""
    (copy.folder / "benchmarks").mkdir()
    for name in ("feed", "start"):
        (copy.folder / f"benchmarks/{name}.py").write_text("def main() -> None: ...\n")
    finished = copy.run("scripts/bench", FAILS="benchmarks.feed")
    assert finished.returncode == 1
    assert copy.calls("-m benchmarks") == ["-m benchmarks.feed", "-m benchmarks.start"]


@pytest.mark.parametrize("path", sorted(ROOT.glob("benchmarks/*.py")), ids=lambda path: path.stem)
def test_a_benchmark_calls_its_main(path: Path) -> None:
    """A file with a main() measures something when it is run as a module."""
    text = path.read_text(encoding="utf-8")
    assert ("\ndef main(" in text) == ('if __name__ == "__main__":' in text)


def test_the_conditions_of_a_measurement_are_told() -> None:
    """Without date, machine, versions and revision a number means nothing."""
    told = subprocess.run(
        [sys.executable, "scripts/conditions.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = [line.split("  ")[0] for line in told.stdout.splitlines()]
    assert {"date", "revision", "processor", "memory", "load average", "python", "streamlit"} <= set(names)


def test_the_pipeline_answers_what_the_tests_answer(copy: Copy) -> None:
    """The result of the tests is the result of the pipeline, which waits for nobody at a keyboard."""
    write_program(copy.folder / "scripts/test", '#!/bin/sh\necho "CI=$CI $(wc -c)"\nexit 7\n')
    finished = copy.run(".ci/run")
    assert (finished.returncode, finished.stdout) == (7, "CI=true 0\n")


def test_the_pipeline_installs_what_is_missing(copy: Copy, tmp_path: Path) -> None:
    """On a bare machine the packages are installed from fresh lists before the tests start."""
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("bash", "dirname", "readlink"):
        (bare / name).symlink_to(shutil.which(name) or name)
    write_program(bare / "id", "#!/bin/sh\necho 0\n".replace("/bin/sh", str(bare / "bash")))
    write_program(bare / "apt-get", f'#!{bare / "bash"}\necho "$*" >>"{tmp_path}/apt"\n')
    write_program(copy.folder / "scripts/test", f"#!{bare / 'bash'}\nexit 0\n")
    finished = subprocess.run([bare / "bash", copy.folder / ".ci/run"], env={"PATH": str(bare)})
    updated, installed = (tmp_path / "apt").read_text().splitlines()
    assert finished.returncode == 0
    assert updated.startswith("update")
    assert {"chromium", "python3-venv"} <= set(installed.split())
