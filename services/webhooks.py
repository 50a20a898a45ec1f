"""Webhook addresses: the video and the attempt that RunPod's call is about, signed."""

import hashlib
import hmac
from urllib.parse import urlencode

PATH = "/api/runpod/webhook"


def webhook_url(public_url: str | None, token: str, video_id: int, number: int) -> str | None:
    """Where RunPod shall report on that attempt of that video; None where it has no way to reach this server.

    The address itself names the attempt, so that news of a job whose id we failed to note still finds its video.
    """
    if public_url is None:
        return None
    named = {"video": video_id, "attempt": number, "sign": _sign(token, str(video_id), str(number))}
    return f"{public_url}{PATH}?{urlencode({'token': token, **named})}"


def is_token(given: str | None, token: str) -> bool:
    """Whether it is the webhook's token; takes as long for a near miss as for any other."""
    return hmac.compare_digest((given or "").encode(), token.encode())


def signed_attempt(
    token: str, *, video: str | None, attempt: str | None, sign: str | None
) -> tuple[int, int] | None:
    """The video's id and the attempt's number, or None where the signature is missing or does not fit them."""
    if video is None or attempt is None or sign is None:
        return None
    if not hmac.compare_digest(sign.encode(), _sign(token, video, attempt).encode()):
        return None
    return int(video), int(attempt)


def _sign(token: str, video: str, attempt: str) -> str:
    return hmac.new(token.encode(), f"attempt {video}.{attempt}".encode(), hashlib.sha256).hexdigest()
