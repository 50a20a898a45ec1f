"""Route of the statistics, for admins."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator

from services.statistics import Statistics, read_statistics
from services.web.answers import JsonAnswer
from services.web.caller import AdminRoute, OurStudio
from services.web.presentation import iso_time
from services.web.threads import in_thread

USUAL_PERIOD = timedelta(days=30)
YEARS = range(2000, 2101)
router = APIRouter(route_class=AdminRoute)


def _in_utc(time: datetime) -> datetime:
    if time.year not in YEARS:
        raise ValueError("lies outside the years 2000 to 2100")
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


Moment = Annotated[datetime, AfterValidator(_in_utc)]


@router.get("/stats", summary="The numbers of the statistics page", responses={200: {"model": Statistics}})
async def tell_statistics(
    studio: OurStudio,
    start: Annotated[Moment | None, Query(alias="from", description="included; 30 days before `to`")] = None,
    end: Annotated[Moment | None, Query(alias="to", description="not included; now")] = None,
) -> JsonAnswer:
    """Of everybody's jobs; for admins. Times without a zone are UTC."""
    end = end or datetime.now(UTC)
    numbers = await in_thread(read_statistics, studio.database, start=start or end - USUAL_PERIOD, end=end)
    return JsonAnswer(json.dumps(numbers.model_dump(), default=iso_time).encode())
