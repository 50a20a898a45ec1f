"""The access log of the server, without queries: the webhook's address carries its token there."""

import logging


class HideQueries(logging.Filter):
    """Cuts addresses in uvicorn's access log at the question mark."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every line pass, shortened."""
        if isinstance(record.args, tuple):
            record.args = tuple(
                value.partition("?")[0] if isinstance(value, str) else value for value in record.args
            )
        return True


def hide_queries() -> None:
    """Makes uvicorn's access log, where somebody turns it on, safe to keep."""
    log = logging.getLogger("uvicorn.access")
    if not any(isinstance(found, HideQueries) for found in log.filters):
        log.addFilter(HideQueries())
