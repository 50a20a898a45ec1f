"""Joining, leaving and what admins click in a real browser: invites, roles, and sign-outs that reach every tab."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from services.accounts import ensure_user, find_user, set_role, sign_out_everywhere
from services.catalog import read_catalog
from services.demo_history import Plan, add_demo_history
from services.gateways.postgres import PostgresDatabase
from services.sessions import COOKIE
from tests.browser.harness.watching import play
from tests.system.server import Server

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("people")]
PATIENCE_MS = 90_000


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all of these; nobody counts on what another has left."""
    server = Server(tmp_path_factory.mktemp("people") / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def rows(studio: Server) -> Iterator[PostgresDatabase]:
    """The server's own database."""
    database = PostgresDatabase((studio.data / "postgres" / "connection").read_text())
    yield database
    database.close()


@pytest.fixture(autouse=True)
def _patience(context: BrowserContext) -> Iterator[None]:
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield
    expect.set_options(timeout=15_000)


def enter(context: BrowserContext, studio: Server, name: str) -> None:
    """This browser is signed in as that user."""
    token = studio.signed_in(name).cookies[COOKIE]
    context.add_cookies([{"name": COOKIE, "value": token, "url": studio.url}])


def test_an_invited_newcomer_makes_a_first_clip(
    studio: Server, browser: Browser, context: BrowserContext, page: Page
) -> None:
    """An admin makes an invite, its link opens the form filled in, and from there terms and prompt lead to a clip."""
    enter(context, studio, "demo-admin")
    page.goto(f"{studio.url}/invites")
    page.get_by_role("button", name="Make invite").click()
    link = re.search(r"http://\S+", page.get_by_role("dialog").get_by_test_id("stCode").inner_text())
    assert link

    newcomer = browser.new_context(viewport={"width": 1280, "height": 900})
    newcomer.set_default_timeout(PATIENCE_MS)
    join = newcomer.new_page()
    join.goto(link[0])
    join.get_by_role("textbox", name="User name").fill("newton")
    join.get_by_role("textbox", name="Your name").fill("Isaac Newton")
    join.get_by_label("Password", exact=True).fill("seven quiet rivers")
    join.get_by_label("The same password again").fill("seven quiet rivers")
    join.get_by_role("button", name="Register").click()
    join.get_by_role("textbox", name="Prompt", exact=True).fill("An apple falling in slow motion")
    expect(join.get_by_text("Isaac Newton")).to_be_visible()
    join.get_by_role("button", name="I accept").click()
    join.get_by_role("button", name="Generate").click()
    play(join.locator(".gallery .card").filter(has_text="An apple"))
    newcomer.close()


def test_a_role_taken_away_holds_from_the_next_click(
    studio: Server, context: BrowserContext, page: Page, rows: PostgresDatabase
) -> None:
    """The page that was open refuses, and the navigation is that of the new role."""
    ensure_user(rows, "rose", role="admin")
    enter(context, studio, "rose")
    page.goto(f"{studio.url}/people")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    set_role(rows, "rose", "restricted")

    page.get_by_role("textbox", name="Search").fill("demo")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This page is for admins.")).to_be_visible()
    expect(page.get_by_role("link", name="People")).to_have_count(0)


def test_what_came_of_an_action_is_read(
    studio: Server, context: BrowserContext, page: Page, rows: PostgresDatabase
) -> None:
    """After a form, after a question in a dialog, and after a button alone."""
    ensure_user(rows, "nora", role="user")
    enter(context, studio, "demo-admin")
    page.goto(f"{studio.url}/people?person=nora")
    page.get_by_role("button", name="Save limits").click()
    expect(page.get_by_test_id("stToast").filter(has_text="nora has new limits.")).to_be_visible()
    page.get_by_role("button", name="Disable").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(page.get_by_test_id("stToast").filter(has_text="nora is disabled.")).to_be_visible()
    page.get_by_role("button", name="Enable").click()
    expect(page.get_by_test_id("stToast").filter(has_text="nora may sign in again.")).to_be_visible()


def test_a_limit_below_nothing_is_answered(
    studio: Server, context: BrowserContext, page: Page, rows: PostgresDatabase
) -> None:
    """The browser does not keep the number back in silence."""
    ensure_user(rows, "mira", role="user")
    enter(context, studio, "demo-admin")
    page.goto(f"{studio.url}/people?person=mira")
    page.get_by_role("spinbutton", name="Jobs at once").fill("-5")
    page.get_by_role("button", name="Save limits").click()
    expect(page.get_by_text("A limit takes 0 to 100,000 jobs at once.")).to_be_visible()


def test_a_budget_is_taken_away_again(studio: Server, context: BrowserContext, page: Page) -> None:
    """An emptied field stays empty when it is saved."""
    enter(context, studio, "demo-admin")
    page.goto(f"{studio.url}/workspace")
    amount = page.get_by_role("spinbutton", name="Warn at ($)")
    for typed, left in (("700", "$"), ("", "–")):
        amount.fill(typed)
        page.get_by_role("button", name="Save").first.click()
        expect(page.get_by_test_id("stToast").filter(has_text="Saved.")).to_be_visible()
        expect(page.get_by_test_id("stMetric").filter(has_text="Until the warning")).to_contain_text(left)
        page.reload()


def test_one_click_saves_what_has_just_been_typed(
    studio: Server, context: BrowserContext, page: Page
) -> None:
    """The webhook's address need not be confirmed in any other way first."""
    enter(context, studio, "demo-admin")
    page.goto(f"{studio.url}/workspace")
    page.get_by_label("Webhook address").press_sequentially("https://hooks.test/one-click")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("Saved. Send a test message")).to_be_visible()


def test_signing_out_in_one_tab_ends_the_other(
    studio: Server, context: BrowserContext, page: Page, rows: PostgresDatabase
) -> None:
    """The other tab notices by itself; and the cookie, had it been copied, is worth nothing."""
    ensure_user(rows, "anna", role="user")
    enter(context, studio, "anna")
    (cookie,) = [one for one in context.cookies() if one["name"] == COOKIE]
    other = context.new_page()
    for tab in (page, other):
        tab.goto(f"{studio.url}/gallery")
        tab.get_by_role("heading", name="Gallery").wait_for()

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(other.get_by_text("Your session has ended.")).to_be_visible()
    answer = context.request.get(
        f"{studio.url}/api/videos", headers={"Cookie": f"{COOKIE}={cookie['value']}"}
    )
    assert answer.status == 401


def press_if_there(page: Page, key: str) -> None:
    """The button of that key is pressed, unless the page has noticed by itself and taken it away."""
    page.evaluate(f"() => document.querySelector('.st-key-{key} button')?.click()")


def test_a_question_left_open_does_nothing_once_the_session_has_ended(
    studio: Server, context: BrowserContext, page: Page, rows: PostgresDatabase
) -> None:
    """A dialog asks by itself, without the page around it: it asks anew who is there."""
    ensure_user(rows, "olga", role="admin")
    ensure_user(rows, "peter", role="user")
    enter(context, studio, "olga")
    page.goto(f"{studio.url}/people?person=peter")
    page.get_by_role("button", name="Disable", exact=True).click()
    page.get_by_text("Disable this account?").wait_for()
    sign_out_everywhere(rows, "olga")

    press_if_there(page, "answer-yes")
    expect(page.get_by_text("Your session has ended.")).to_be_visible()
    peter = find_user(rows, "peter")
    assert peter
    assert peter.disabled_at is None


def test_a_part_of_a_page_that_runs_again_by_itself_asks_anew(
    studio: Server, context: BrowserContext, page: Page, rows: PostgresDatabase
) -> None:
    """However often it has run before the session ended."""
    for _ in add_demo_history(rows, read_catalog().for_demo(), Plan(20, 3), force=True):
        pass
    ensure_user(rows, "maria", role="admin")
    enter(context, studio, "maria")
    page.goto(f"{studio.url}/statistics")
    for tab in ("Compare", "Failures"):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    sign_out_everywhere(rows, "maria")

    page.evaluate("() => document.querySelectorAll('[role=tab]')[2]?.click()")
    expect(page.get_by_text("Your session has ended.")).to_be_visible()


def test_a_link_comes_back_to_its_page_after_sign_in(studio: Server, page: Page) -> None:
    """With everything that stands in the address."""
    page.goto(f"{studio.url}/gallery?q=lighthouse")
    page.get_by_role("button", name="Try it as a demo user").click()
    expect(page.get_by_role("heading", name="Gallery")).to_be_visible()
    expect(page.get_by_role("textbox", name="Search")).to_have_value("lighthouse")
    assert page.url.endswith("/gallery?q=lighthouse")
