"""A transport for `requests` whose connections can be cut by another thread."""

from typing import Any, cast

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from services.gateways.open_sockets import OpenSockets


class Severable(HTTPAdapter):
    """Keeps every connection it makes among `sockets`; once they are cut, it makes no new ones."""

    def __init__(self, sockets: OpenSockets, **options: Any) -> None:
        self._pools = _pools(sockets)
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """See HTTPAdapter.init_poolmanager."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        """See HTTPAdapter.proxy_manager_for."""
        manager = cast(Any, super().proxy_manager_for(*args, **options))
        manager.pool_classes_by_scheme = self._pools
        return manager


def _pools(sockets: OpenSockets) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def connect(self) -> None:
            """Opens the connection and notes its socket; not once the sockets have been cut."""
            sockets.check()
            super().connect()
            sockets.add(self.sock)

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            """Opens the connection and notes its socket; not once the sockets have been cut."""
            sockets.check()
            super().connect()
            sockets.add(self.sock)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
