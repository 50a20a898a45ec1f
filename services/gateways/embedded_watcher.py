"""The process between us and the embedded server: it stops the server as soon as its owner is gone.

Run as a script, with the standard library alone. Its input is a pipe whose other end only the owner holds:
the end of that pipe means that the owner stopped or died, in whatever way. The server is its own child, so
the id it signals cannot have passed to another process. It inherits the folder's lock, which is therefore
held for as long as the server runs.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

FAST_SHUTDOWN_SECONDS = 20
LAST_WORDS_SECONDS = 1
LOG_LIMIT_BYTES = 1_000_000
LINE_LIMIT_BYTES = 10_000


def main() -> None:
    """Run the server that the first argument describes (command, cwd, env, account, log) until it ends."""
    order = json.loads(sys.argv[1])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stay)
    server = _run_server(order)
    log = threading.Thread(target=_keep_log, args=(server.stdout, order["log"]), daemon=True)
    log.start()
    threading.Thread(target=_stop_after_owner, args=(server,), daemon=True).start()
    server.wait()
    # The pipe ends with the last process of the server: after that the next start finds nobody in its way.
    log.join(LAST_WORDS_SECONDS)


def _stay(_number: int, _frame: object) -> None:
    """Outlive signals meant for the owner; unlike SIG_IGN a handler is not inherited by the server."""


def _run_server(order: dict[str, Any]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - the command of our parent
        order["command"],
        cwd=order["cwd"],
        env=order["env"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **order["account"],
    )


def _stop_after_owner(server: subprocess.Popen[bytes]) -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    server.send_signal(signal.SIGINT)
    time.sleep(FAST_SHUTDOWN_SECONDS)
    server.send_signal(signal.SIGQUIT)


def _keep_log(lines: IO[bytes], path: str) -> None:
    for line in iter(lambda: lines.readline(LINE_LIMIT_BYTES), b""):
        # A full disk costs lines of the log, it must not block the server on its output.
        with contextlib.suppress(OSError):
            if os.fstat(sys.stderr.fileno()).st_size > LOG_LIMIT_BYTES:
                _turn_over(path)
            os.write(sys.stderr.fileno(), line)


def _turn_over(path: str) -> None:
    Path(path).rename(f"{path}.1")
    fresh = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(fresh, sys.stderr.fileno())
    os.close(fresh)


if __name__ == "__main__":
    main()
