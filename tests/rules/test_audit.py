"""How entries of the audit trail read."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.audit import AuditEvent, describe

TOLD: list[tuple[str, str | None, dict[str, Any], str]] = [
    (
        "set_limits",
        "anna",
        {"max_jobs": 2, "limit_seconds": None},
        "set the limits of anna: jobs at once 2, seconds of video as for all",
    ),
    (
        "change_workspace",
        None,
        {"budget_hard_usd": 210.0, "budget_soft_usd": None},
        "changed the team's settings: dollars to stop at 210, dollars to warn at none",
    ),
    ("change_workspace", None, {"slack_url": "…"}, "changed the team's settings: Slack address …"),
    ("cancel_video", "12", {"owner": "anna"}, "cancelled clip 12 of anna"),
    ("retry_video", "12", {"owner": "anna"}, "tried clip 12 of anna again"),
    ("delete_video", "12", {"owner": "anna"}, "deleted clip 12 of anna"),
    ("restore_video", "12", {"owner": "anna"}, "restored clip 12 of anna"),
    ("share_video", "12", {"owner": "anna"}, "shared clip 12 of anna"),
    ("unshare_video", "12", {"owner": "anna"}, "stopped sharing clip 12 of anna"),
    (
        "rate_video",
        "12",
        {"owner": "anna", "rating": 4, "starred": True},
        "rated clip 12 of anna: 4 of 5 stars, marked",
    ),
    (
        "rate_video",
        "12",
        {"owner": "anna", "rating": None, "starred": False},
        "rated clip 12 of anna: no stars",
    ),
    ("create_token", "anna", {"label": "renders"}, "made the API token “renders” for anna"),
    ("revoke_token", "anna", {"label": "renders"}, "revoked the API token “renders” of anna"),
    ("paint_wall", "anna", {"new_colour": "red"}, "paint wall: anna (new colour red)"),
]


@pytest.mark.parametrize(("action", "subject", "detail", "told"), TOLD)
def test_an_entry_reads_in_plain_words(
    action: str, subject: str | None, detail: dict[str, Any], told: str
) -> None:
    """No name of a column or function is among them; an action that has no words yet still says what was done."""
    event = AuditEvent(
        id=1,
        at=datetime(2026, 11, 22, tzinfo=UTC),
        actor="root",
        action=action,
        subject=subject,
        detail=detail,
    )
    assert describe(event) == told
