"""What tests of the command line share."""

import io
import os
from pathlib import Path

import pytest

from services.cli import main
from tests.services.terminal import Run, Said, clean_environment


@pytest.fixture
def run(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Carries out a command on the test's database, `typed` at its input."""
    for name in set(os.environ) - set(clean_environment()):
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("OPENV_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)

    def carry_out(*arguments: str, typed: str = "") -> Said:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(arguments)
        told = capsys.readouterr()
        return Said(code, told.out, told.err)

    return carry_out
