"""Notices: telling the team's Slack-compatible webhook what became of a clip."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from services.errors import InvalidInput, Unavailable
from services.gateways.slack import MessageRefused, post_message
from services.narration import duration
from services.workspace import change_slack_url, find_workspace

if TYPE_CHECKING:
    from services.wiring import Studio
    from services.work import Work

logger = logging.getLogger(__name__)
_LONGEST_URL = 1000
_TITLES = {"ready": "Clip ready", "failed": "Clip failed"}


def tell(studio: "Studio", work: "Work") -> None:
    """Posts one message of the outbox; what is not taken now comes again, for a day at most. Raises Unavailable."""
    facts = work.input or {}
    url = find_workspace(studio.database).slack_url
    if url is None:
        studio.database.call("finish_slack_post", id=facts["post"])
        return
    try:
        _post(studio, url, compose(facts, link=_link(studio, work.video_id)))
    except MessageRefused as error:
        logger.warning("A message about video %s is given up: %s", work.video_id, error.message)
    except Unavailable as error:
        studio.database.call(
            "delay_slack_post", id=facts["post"], note=error.message, retry_after=error.retry_after
        )
        return
    studio.database.call("finish_slack_post", id=facts["post"])


def set_slack_url(studio: "Studio", url: str | None, *, by: str | None) -> None:
    """Tells the webhook at that address from now on; None: nobody is told. `by` None is the command line.

    Raises InvalidInput for what is no https address, NotAllowed for everybody but admins.
    """
    if url is not None and not _is_webhook(studio, url):
        raise InvalidInput(
            "A webhook's address begins with https:// and names a host. Copy it from Slack once more.",
            details=[{"field": "slack_url", "message": "takes an https address"}],
        )
    change_slack_url(studio.database, url, by=by)


def send_test_message(studio: "Studio") -> None:
    """Posts a message at once, to see that the webhook works.

    Raises InvalidInput where none is set, MessageRefused or Unavailable with what is wrong.
    """
    url = find_workspace(studio.database).slack_url
    if url is None:
        raise InvalidInput("No webhook is set. Save its address first.")
    text = "OpenV Studio can post here. Finished and failed clips will be told of in this channel."
    _post(studio, url, {"text": text})


def compose(facts: Mapping[str, Any], *, link: str | None) -> dict[str, Any]:
    """The message about a clip's end, in Slack's mrkdwn; nothing in it mentions or links what we did not mean to.

    `facts`: outcome, prompt, user, model, seconds, error.
    """
    prompt = escape(" ".join(str(facts["prompt"]).split()))
    lines = [f"*{_TITLES[facts['outcome']]}*", f"“{prompt}”"]
    made = [escape(str(facts["user"])), escape(str(facts["model"])), duration(float(facts["seconds"]))]
    if facts["outcome"] == "failed" and facts.get("error"):
        lines.append(escape(" ".join(str(facts["error"]).split())))
    lines.append(" · ".join([*made, *([f"<{link}|Open>"] if link else [])]))
    return {"text": "\n".join(lines), "unfurl_links": False, "link_names": False}


def escape(text: str) -> str:
    """The text as Slack shows it letter by letter: `<!channel>`, `<@U1>` and `@here` are words, and no link is made.

    https://api.slack.com/reference/surfaces/formatting#escaping; an invisible joiner keeps words and marks apart.
    """
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for mark in "@*_~`":
        text = text.replace(mark, f"{mark}\N{WORD JOINER}")
    return text.replace("://", ":\N{WORD JOINER}//")


def _is_webhook(studio: "Studio", url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    allowed = bool({host, f"{host}:{port}"} & studio.allowed_hosts)
    has_scheme = parts.scheme == "https" or (parts.scheme == "http" and allowed)
    return has_scheme and bool(host) and len(url) <= _LONGEST_URL and url.isprintable() and " " not in url


def _post(studio: "Studio", url: str, message: dict[str, Any]) -> None:
    post_message(url, message, allowed_hosts=studio.allowed_hosts, sockets=studio.sockets)


def _link(studio: "Studio", video_id: int | None) -> str | None:
    public = studio.settings.public_url
    return f"{public}/gallery?clip={video_id}" if public and video_id else None
