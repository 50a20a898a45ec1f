"""Endpoints that refuse us: which, since when and why, and finding out that they answer again."""

import logging
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from services.errors import Unavailable
from services.gateways.database import Database
from services.gateways.runpod import EndpointBlocked

if TYPE_CHECKING:
    from services.wiring import Studio
    from services.work import Work

logger = logging.getLogger(__name__)
TOPIC = "*endpoints"
"""What the feed calls a change to these; no user's name begins like that."""


class BlockedEndpoint(BaseModel):
    """An endpoint that takes no jobs until somebody mends something; `reason` says what, in a sentence."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    blocked_since: datetime
    reason: str


def list_blocked_endpoints(database: Database) -> list[BlockedEndpoint]:
    """Those that refuse us now, the longest blocked first. Raises Unavailable."""
    return [BlockedEndpoint.model_validate(row) for row in database.call("list_blocked_endpoints")]


def probe(studio: "Studio", work: "Work") -> None:
    """Asks a blocked endpoint that no job waits for whether it answers again. Raises Unavailable."""
    try:
        studio.runpod.health(work.endpoint)
    except EndpointBlocked as error:
        studio.database.call("record_still_blocked", endpoint=work.endpoint, reason=error.message)
    except Unavailable:
        logger.info("Endpoint %s cannot be asked whether it takes jobs again.", work.endpoint)
    else:
        studio.database.call("record_unblocked", endpoint=work.endpoint)
