"""How much of a request is taken: a body larger than that is refused before it is read to its end."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY_BYTES = 1 << 20


class BodyLimit:
    """Raises 413 in whoever reads more than is taken, announced or streamed.

    Only reading raises, so that a route may refuse for other reasons first: a webhook for its token.
    """

    def __init__(self, app: ASGIApp, most_bytes: int = MOST_BODY_BYTES) -> None:
        self.app = app
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on with a counting `receive`."""
        received = announced = 0
        if scope["type"] == "http":
            length = dict(scope["headers"]).get(b"content-length", b"")
            announced = int(length) if length.isdigit() else 0

        async def receive_counting() -> Message:
            nonlocal received
            message: Message = {"type": "http.request"} if announced > self._most_bytes else await receive()
            received += len(message.get("body", b""))
            if max(announced, received) > self._most_bytes:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_counting, send)
