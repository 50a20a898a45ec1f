"""The checks for secrets in the history and for packages with known holes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
SECRETS = {
    "supabase": "sb_secret_" + "a1B2" * 8,
    "runpod": "rpa_" + "Z9" * 20,
    "own": "openv_" + "x-Y_" * 11,
    "key": "-----BEGIN PRIVATE " + "KEY-----\n" + "MIIE" * 16,
}


def run(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPTS / script)]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env={**os.environ, **environment}
    )


def commit(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)
    who = ("-c", "user.name=Anna", "-c", "user.email=anna@studio.test")
    for arguments in (("init", "-q"), ("add", "-A"), (*who, "commit", "-q", "-m", "Change")):
        subprocess.run(["git", *arguments], cwd=folder, check=True)


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_that_was_removed_again_is_still_found(tmp_path: Path, kind: str) -> None:
    """What was committed once stays in the history; the file is named and the secret is not said again."""
    commit(tmp_path, settings=f"KEY = '{SECRETS[kind]}'")
    commit(tmp_path, settings="KEY = ''")
    finished = run("secret_history.py", tmp_path)
    assert finished.returncode == 1
    assert finished.stderr.startswith("settings holds, or once held")
    assert SECRETS[kind] not in finished.stdout + finished.stderr


def test_a_clean_history_passes(tmp_path: Path) -> None:
    """Where there is nothing to find the check says how much it looked through."""
    commit(tmp_path, one="Nothing secret", two="sb_secret_…, openv_… and rpa_… are how keys begin")
    finished = run("secret_history.py", tmp_path)
    assert (finished.returncode, finished.stdout) == (0, "No secret in 2 file versions of the history.\n")


def answer_of_audit(folder: Path, printed: str) -> subprocess.CompletedProcess[str]:
    """What the check makes of a pip-audit that prints that."""
    (folder / "pip_audit.py").write_text(f"import sys; sys.stdout.write({printed!r}); sys.exit(1)")
    return run("audit.py", folder, PYTHONPATH=str(folder))


def test_a_package_with_a_known_hole_fails_the_check(tmp_path: Path) -> None:
    """The package, its version and the hole are named."""
    hole = {"name": "jwt", "version": "1.0", "vulns": [{"id": "PYSEC-1"}]}
    finished = answer_of_audit(tmp_path, json.dumps({"dependencies": [hole]}))
    assert finished.returncode == 1
    assert "jwt 1.0 has known vulnerabilities: PYSEC-1" in finished.stderr


@pytest.mark.parametrize("printed", ["", '{"dependencies": [{"name": "jwt", "skip_reason": "not found"}]}'])
def test_packages_that_cannot_be_looked_up_are_told(tmp_path: Path, printed: str) -> None:
    """Without the vulnerability service nothing fails, and nobody takes that for a clean bill."""
    finished = answer_of_audit(tmp_path, printed)
    assert finished.returncode == 0
    assert "no package was looked up" in finished.stderr or "looked up 0 of 1" in finished.stdout
