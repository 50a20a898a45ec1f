"""Routes of the terms of use: which version is in force, and accepting it."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, StrictStr
from typing_extensions import TypedDict

from services.terms import CURRENT, Acceptance, accept_terms, find_acceptance
from services.web.answers import JsonAnswer
from services.web.caller import Caller, OurStudio, SignedInRoute
from services.web.presentation import iso_time
from services.web.threads import in_thread

router = APIRouter(route_class=SignedInRoute)


class TermsAnswer(TypedDict):
    version: str
    accepted: bool
    acceptedAt: str | None


class Accepting(BaseModel):
    """The version that was read; left out: the one in force."""

    model_config = ConfigDict(extra="forbid")

    version: StrictStr | None = None


@router.get("/terms", summary="The terms of use in force", responses={200: {"model": TermsAnswer}})
async def tell_terms(caller: Caller, studio: OurStudio) -> JsonAnswer:
    """Their version, and whether and when you accepted it."""
    return JsonAnswer(_present(await in_thread(find_acceptance, studio.database, caller.id)))


@router.post("/terms/accept", summary="Accept the terms of use", responses={200: {"model": TermsAnswer}})
async def accept(caller: Caller, studio: OurStudio, read: Accepting | None = None) -> JsonAnswer:
    """Accepting again changes nothing. 409 `terms_changed` when another version is in force than the one named."""
    version = read.version if read else None
    return JsonAnswer(_present(await in_thread(accept_terms, studio.database, caller.id, version=version)))


def _present(acceptance: Acceptance | None) -> TermsAnswer:
    return {
        "version": CURRENT.version,
        "accepted": acceptance is not None,
        "acceptedAt": iso_time(acceptance.accepted_at) if acceptance else None,
    }
