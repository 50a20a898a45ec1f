"""A Slack-compatible incoming webhook: one message posted, and what each way of not taking it means.

The address is the secret: it never appears in an error or a log.
"""

import http.client
import json
import time
from typing import Any

from services.errors import AppError, Unavailable
from services.gateways.addresses import Resolve, ResultRefused, find_addresses
from services.gateways.open_sockets import OpenSockets
from services.gateways.outgoing import Bounds, exchange
from services.gateways.pauses import retry_after

_DEADLINE_SECONDS = 15.0
_HEADERS = {"Content-Type": "application/json; charset=utf-8", "Accept": "*/*"}


class MessageRefused(AppError):
    """The webhook will not take this message, however often it is sent."""

    status, code = 422, "message_refused"


def post_message(
    url: str,
    message: dict[str, Any],
    *,
    allowed_hosts: frozenset[str],
    resolve: Resolve = find_addresses,
    sockets: OpenSockets | None = None,
) -> None:
    """The webhook has taken the message.

    Only public https addresses are spoken to, unless `allowed_hosts` names the host; redirects are not followed.
    Raises `MessageRefused` (wrong address, or not accepted there) or `Unavailable` (try again, after `retry_after`
    seconds if set: https://api.slack.com/docs/rate-limits). Without an answer it may have been taken.
    """
    end = time.monotonic() + _DEADLINE_SECONDS
    bounds = Bounds(end, allowed_hosts, "Slack", resolve, sockets=sockets or OpenSockets())
    body = json.dumps(message).encode()
    try:
        with exchange("POST", url, bounds, headers=_HEADERS, body=body) as response:
            _check(response)
    except ResultRefused as error:
        raise MessageRefused(
            "The webhook's address is not one that may be spoken to. Set a public https address."
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable("The webhook's server cannot be reached, or broke off.") from error


def _check(response: http.client.HTTPResponse) -> None:
    code = response.status
    if 200 <= code < 300:
        return
    if code in (408, 425, 429) or code >= 500:
        raise Unavailable(
            f"The webhook takes no messages just now ({code}).",
            retry_after=retry_after(response.headers.get("Retry-After")),
        )
    raise MessageRefused(f"The webhook does not accept the message ({code}). Check its address.")
