"""Looks for secrets in every version of every file that the repository's history holds; 1 if there is one."""

import re
import subprocess
import sys
from collections.abc import Iterator

KINDS = {
    "Supabase secret key": rb"sb_secret_[A-Za-z0-9_-]{20,}",
    "signed token (JWT)": rb"eyJ[A-Za-z0-9_-]{12,}\.eyJ[A-Za-z0-9_-]{12,}\.[A-Za-z0-9_-]{30,}",
    "RunPod key": rb"rpa_[A-Za-z0-9]{30,}",
    "API token of our own": rb"openv_[A-Za-z0-9_-]{40,}",
    "Slack webhook": rb"hooks\.slack\.com/services/T\w{8,}/B\w{8,}/\w{20,}",
    "AWS key": rb"AKIA[0-9A-Z]{16}",
    "GitHub token": rb"gh[pousr]_[A-Za-z0-9]{36,}",
    "private key": rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{40,}",
}
_PATTERNS = {kind: re.compile(pattern) for kind, pattern in KINDS.items()}


def versions() -> Iterator[tuple[str, bytes]]:
    """Path and content of every file version that the present commit descends from."""
    listed = _git("rev-list", "--objects", "HEAD").decode(errors="replace").splitlines()
    paths = dict(line.split(" ", 1) for line in listed if " " in line)
    content, at = _git("cat-file", "--batch", stdin="\n".join(paths).encode()), 0
    while at < len(content):
        end = content.index(b"\n", at)
        name, kind, size = content[at:end].decode().split()
        at = end + 1 + int(size) + 1
        if kind == "blob":
            yield paths[name], content[end + 1 : at - 1]


def _git(*arguments: str, stdin: bytes = b"") -> bytes:
    command = ["git", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout  # noqa: S603 (fixed command)


def main() -> int:
    """Names the files and the kind of secret, never the secret."""
    if subprocess.run(("git", "rev-parse", "HEAD"), check=False, capture_output=True).returncode:  # noqa: S607
        sys.stderr.write("There is no git history here, so no secrets were looked for in it.\n")
        return 0
    seen = list(versions())
    found = {
        (path, kind) for path, text in seen for kind, pattern in _PATTERNS.items() if pattern.search(text)
    }
    for path, kind in sorted(found):
        sys.stderr.write(f"{path} holds, or once held, what looks like a secret: {kind}\n")
    if not found:
        sys.stdout.write(f"No secret in {len(seen)} file versions of the history.\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
