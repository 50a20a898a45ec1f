"""The way in: what is asked of /api is answered before Streamlit's own layers, everything else by them."""

import re

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_UNUSED = ("/_stcore/upload_file", "/_stcore/metrics")  # Streamlit's own, open to strangers
# The API takes no such path, and no route has to think of what a file system makes of one.
_CLIMBING = re.compile(r"(^|/)\.\.?(/|$)|[\\\x00-\x1f\x7f]")


class ApiFirst:
    """Hands the requests below /api to `api`, with the same paths as a mount would, and the others on.

    `base` is where the server stands below its host's root, `/studio`, if it was told: the API answers there as well.
    """

    def __init__(self, app: ASGIApp, api: ASGIApp, base: str = "") -> None:
        self.app = app
        self._api = api
        self._base = base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on; the server's own start and end are the pages'."""
        path = "" if scope["type"] == "lifespan" else own_path(scope, self._base)
        if path.startswith(_UNUSED):
            await Response(status_code=404)(scope, receive, send)
            return
        if not path.startswith("/api/"):
            await self.app(scope, receive, send)
            return
        start = scope["path"].removesuffix(path) + "/api"
        if _CLIMBING.search(path):
            scope = {
                **scope,
                "path": f"{start}/",
            }  # where there is nothing, which the API says in its own way
        await self._api({**scope, "root_path": start}, receive, send)


def own_path(scope: Scope, base: str = "") -> str:
    """The path without what leads to this application."""
    path: str = scope["path"]
    for start in (scope.get("root_path", ""), base):
        if start and path.startswith(f"{start}/"):
            path = path[len(start) :]
    return path
