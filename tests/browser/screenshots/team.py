"""The team in the pictures: people with roles and limits, invites, API tokens, a budget, and four weeks of jobs."""

import math
import secrets

from services.accounts import add_user, disable_user, enable_user, ensure_user, set_role, sign_out_everywhere
from services.budget import find_budget
from services.catalog import read_catalog
from services.demo_history import Plan, add_demo_history
from services.gateways.database import Database
from services.invites import create_invite, register, revoke_invite
from services.quota import limits, set_limits
from services.settings import Settings
from services.tokens import create_token, user_of_token
from services.workspace import change_budget
from tests.browser.screenshots.clips import COLLEAGUE, OWNER

NEWCOMER = "noor"
_PLAN = {"videos": 700, "days": 28.0}
_TOKENS = (
    ("Nightly renders", ("read", "generate"), True),
    ("Wall display in the office", ("read",), True),
    ("Prometheus", ("admin",), False),
)


def gather_team(database: Database) -> None:
    """Everybody who is in the pictures, before any clip is made; the newcomer has not accepted the terms."""
    add_user(database, OWNER, role="admin", password=secrets.token_hex(16), display_name="Mara Lindqvist")
    ensure_user(database, COLLEAGUE, role="user", display_name="Jonas Okafor")
    ensure_user(database, NEWCOMER, role="user", display_name="Noor Haddad")
    for name in (OWNER, COLLEAGUE):
        set_limits(database, name, limit_seconds=None, max_jobs=20, by=None)
    for name, shown in (("priya", "Priya Raman"), ("tomas", "Tomás Vega"), ("lena", "Lena Fischer")):
        ensure_user(database, name, role="user", display_name=shown)


def write_past(database: Database, settings: Settings) -> None:
    """What the team has left behind: jobs of four weeks, and all that admins did."""
    for _ in add_demo_history(database, read_catalog().for_demo(), Plan(**_PLAN), force=True):
        pass  # batch by batch
    _invite(database)
    _administer(database)
    _hand_out_tokens(database)
    _draw_lines(database, settings)
    for name in (COLLEAGUE, "priya", "demo-ada", "demo-chloe", "demo-grace"):
        database.call("see_user", id=name)


def _invite(database: Database) -> None:
    _, code = create_invite(database, role="user", uses=2, days=14, by=OWNER, label="Freelancers, November")
    for name, shown in (("sofia", "Sofia Marino"), ("kenji", "Kenji Mori")):
        register(database, code, name, secrets.token_hex(16), display_name=shown, address=None)
    create_invite(database, role="user", uses=1, days=1e-6, by=OWNER, label="Trial week")
    withdrawn, _ = create_invite(
        database, role="admin", uses=1, days=2, by=OWNER, label="Sent to the wrong list"
    )
    revoke_invite(database, withdrawn.id, by=OWNER)
    _, code = create_invite(database, role="restricted", uses=10, days=7, by=OWNER, label="Clients, to look")
    register(database, code, "client-east", secrets.token_hex(16), display_name="East Studio", address=None)
    create_invite(database, role="user", uses=5, days=30, by=OWNER, label="Design team")


def _administer(database: Database) -> None:
    set_role(database, "priya", "admin", by=OWNER)
    set_limits(database, OWNER, limit_seconds=None, max_jobs=None, by=OWNER)
    set_limits(database, COLLEAGUE, limit_seconds=1200, max_jobs=6, by=OWNER)
    set_limits(database, "demo-ben", limit_seconds=300, max_jobs=1, by="priya")
    set_role(database, "demo-hiro", "restricted", by="priya")
    disable_user(database, "lena", by=OWNER)
    enable_user(database, "lena", by=OWNER)
    sign_out_everywhere(database, "tomas", by="priya")
    disable_user(database, "tomas", by="priya")


def _hand_out_tokens(database: Database) -> None:
    for label, scopes, used in _TOKENS:
        token = create_token(database, OWNER, by=OWNER, label=label, scopes=scopes)
        if used:
            user_of_token(database, token.text)


def _draw_lines(database: Database, settings: Settings) -> None:
    taken = find_budget(database, limits=limits(settings)).taken_usd
    hard = math.ceil(taken * 1.5 / 10) * 10
    change_budget(database, soft_usd=math.ceil(hard * 0.8), hard_usd=hard, by=OWNER)
