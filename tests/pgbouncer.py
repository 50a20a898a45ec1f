"""A real PgBouncer (Debian's package) in transaction mode, on a port of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

_SETTINGS = """
[databases]
* = host={host} port={port} user={user} password='{password}'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 500
server_idle_timeout = 5
"""


class PgBouncer:
    """In front of a server; four sessions a database, so that clients have to share them."""

    def __init__(self, server_url: str) -> None:
        self._server = conninfo_to_dict(server_url)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._folder = Path(tempfile.mkdtemp(prefix="openv-pgbouncer-"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it takes connections. Raises FileNotFoundError where it is not installed."""
        program = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None:
            raise FileNotFoundError("pgbouncer is not installed: apt-get install pgbouncer")
        settings = self._folder / "pgbouncer.ini"
        settings.write_text(_SETTINGS.format(own_port=self.port, **self._server))
        user = "nobody" if os.getuid() == 0 else None  # it refuses to be root
        if user:
            for path in (self._folder, settings):
                shutil.chown(path, user)
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen([program, str(settings)], stderr=log, stdout=log, user=user)
        self._await_connections()

    def _await_connections(self) -> None:
        end = time.monotonic() + 10
        while not self._takes_connections():
            assert time.monotonic() < end, (self._folder / "log").read_text()
            time.sleep(0.02)

    def _takes_connections(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def pause(self) -> None:
        """Ends it; it can be started again on the same port."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        self.pause()
        shutil.rmtree(self._folder)

    def address_of(self, url: str) -> str:
        """That database's address through the pooler, as the settings take it."""
        return f"postgresql://any@127.0.0.1:{self.port}/{conninfo_to_dict(url)['dbname']}?pgbouncer=true"
