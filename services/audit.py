"""The audit trail: what admins did, told in plain words."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from services.gateways.database import Database

COMMAND_LINE = "the command line"


class AuditEvent(BaseModel):
    """One action. `actor` None is the command line; `subject` is whom or what it was done to."""

    model_config = ConfigDict(frozen=True)

    id: int
    at: datetime
    actor: str | None
    action: str
    subject: str | None
    detail: dict[str, Any]


def list_audit_events(
    database: Database,
    *,
    by: str | None,
    person: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[AuditEvent]:
    """Up to `limit` (at most 1000) actions, the newest first, those before `before`.

    `person`: by them or done to them. Raises NotAllowed unless `by` is an admin.
    """
    rows = database.call("list_audit_events", actor=by, person=person, before=before, limit=limit)
    return [AuditEvent.model_validate(row) for row in rows]


def describe(event: AuditEvent) -> str:
    """What was done to whom, such as "changed the role of anna from user to admin"."""
    tell = _WORDS.get(event.action)
    if tell and event.actor == event.subject and event.action in _OWN:
        return _OWN[event.action]
    if tell:
        return tell(event.subject or "nobody", event.detail)
    told = event.action.replace("_", " ")
    named = f"{told}: {event.subject}" if event.subject else told
    return f"{named} ({_listed(event.detail)})" if event.detail else named


def _listed(detail: dict[str, Any]) -> str:
    return ", ".join(
        f"{_NAMES.get(name, name.replace('_', ' '))} {_said(value)}" for name, value in detail.items()
    )


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


def _told_role(subject: str, detail: dict[str, Any]) -> str:
    return f"changed the role of {subject} from {detail.get('before')} to {detail.get('role')}"


def _told_invite(subject: str, detail: dict[str, Any]) -> str:
    uses, label = detail.get("uses"), detail.get("label")
    people = "1 person" if uses == 1 else f"{uses} people"
    return f"made {subject} for {people} as {detail.get('role')}" + (f", “{label}”" if label else "")


def _told_registration(_: str, detail: dict[str, Any]) -> str:
    inviter = detail.get("invited_by") or COMMAND_LINE
    return f"registered as {detail.get('role')} with invite {detail.get('invite')} of {inviter}"


def _told_limits(subject: str, detail: dict[str, Any]) -> str:
    usual = {name: "as for all" if value is None else value for name, value in detail.items()}
    return f"set the limits of {subject}: {_listed(usual)}"


def _told_workspace(_: str, detail: dict[str, Any]) -> str:
    return f"changed the team's settings: {_listed(detail)}"


def _told_clip(verb: str) -> Callable[[str, dict[str, Any]], str]:
    return lambda subject, detail: f"{verb} clip {subject} of {detail.get('owner')}"


def _told_rating(subject: str, detail: dict[str, Any]) -> str:
    rating = detail.get("rating")
    opinion = f"{rating} of 5 stars" if rating else "no stars"
    marked = ", marked" if detail.get("starred") else ""
    return f"rated clip {subject} of {detail.get('owner')}: {opinion}{marked}"


_NAMES = {
    "limit_seconds": "seconds of video",
    "max_jobs": "jobs at once",
    "budget_soft_usd": "dollars to warn at",
    "budget_hard_usd": "dollars to stop at",
    "slack_url": "Slack address",
}
_WORDS: dict[str, Callable[[str, dict[str, Any]], str]] = {
    "set_role": _told_role,
    "set_limits": _told_limits,
    "disable_user": lambda subject, _: f"disabled {subject}",
    "enable_user": lambda subject, _: f"let {subject} in again",
    "set_password": lambda subject, _: f"set a new password for {subject}",
    "sign_out_everywhere": lambda subject, _: f"signed {subject} out everywhere",
    "create_invite": _told_invite,
    "revoke_invite": lambda subject, _: f"revoked {subject}",
    "register": _told_registration,
    "change_workspace": _told_workspace,
    "cancel_video": _told_clip("cancelled"),
    "retry_video": lambda subject, detail: f"tried clip {subject} of {detail.get('owner')} again",
    "delete_video": _told_clip("deleted"),
    "restore_video": _told_clip("restored"),
    "share_video": _told_clip("shared"),
    "unshare_video": _told_clip("stopped sharing"),
    "rate_video": _told_rating,
    "create_token": lambda subject, detail: f"made the API token “{detail.get('label')}” for {subject}",
    "revoke_token": lambda subject, detail: f"revoked the API token “{detail.get('label')}” of {subject}",
}
_OWN = {
    "set_password": "changed their own password",
    "sign_out_everywhere": "signed out everywhere themselves",
}
