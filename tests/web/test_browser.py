"""The page in a real browser, headless: a person's path over it, live news, keys, and a check of its accessibility."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from heardback.worker_lock import sole_worker
from sandbox.world import World
from tests.heardback.conftest import GMAIL, Desk
from tests.relay.test_browser import CHROMIUM, DESKTOP, FLAGS, PHONE
from tests.web.conftest import Person
from tests.web.test_pages import ANA, receipt

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here: run scripts/test-packages"),
]
VIEWS = [
    "/",
    "/mail",
    "/mail/hebrewhe",
    "/people",
    "/numbers",
    "/numbers?by=weekday",
    "/mailboxes",
    "/connect",
    "/settings",
    "/help",
    "/nowhere",
]
#: keeps every headline that is shown from now on
_WATCH = """
  window.headlines = [];
  document.addEventListener("DOMContentLoaded", () => {
    const look = () => window.headlines.push(document.querySelector("h1").textContent.trim());
    look();
    new MutationObserver(look).observe(document.querySelector("main"), { childList: true });
  });
"""
#: how long news may take on a machine that is busy
SOON = 20_000


@contextmanager
def browser(*, phone: bool = False, dark: bool = False, script: bool = True) -> Iterator[BrowserContext]:
    """A fresh browser that reaches nobody but this machine, and trusts the sandbox's certificates."""
    flags = [each.replace("EXCLUDE 127.0.0.1", "EXCLUDE 127.0.0.1, EXCLUDE localhost") for each in FLAGS]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), headless=True, args=flags)
        yield running.new_context(
            viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]  # a dict literal would say it again
            color_scheme="dark" if dark else "light",
            ignore_https_errors=True,
            java_script_enabled=script,
        )
        running.close()


@contextmanager
def opened(person: Person, **choices: bool) -> Iterator[Page]:
    """The page, opened by its link; whatever the browser complains of fails the test."""
    with browser(**choices) as context:
        page, troubles = context.new_page(), list[str]()
        # a page that was not found, or a form that was refused, is an answer
        known = re.compile("status of 40[04]")
        page.on("console", lambda said: None if known.search(said.text) else troubles.append(said.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(person.door.link)
        yield page
        assert troubles == []


def look_away(page: Page, state: str = "hidden") -> None:
    """Have the page think that it is behind another tab."""
    page.evaluate(f"Object.defineProperty(document, 'visibilityState', {{value: '{state}', configurable: true}})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def look_at(page: Page) -> None:
    """Come back to it."""
    look_away(page, "visible")


def keep(page: Page, name: str) -> None:
    """Take a picture for people to look at, where they ask for it."""
    if folder := os.environ.get("PAGE_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("dark", [False, True])
def test_every_page_is_accessible_and_fits_the_window(person: Person, *, phone: bool, dark: bool) -> None:
    person.ledger.take(ANA, evidence=[receipt("hebrewhe")])
    person.send("/people", {"address": "rita@example.org", "command": "optout", "act": "add"})
    look = f"{'phone' if phone else 'desktop'}-{'dark' if dark else 'light'}"
    with opened(person, phone=phone, dark=dark) as page:
        for path in VIEWS:
            page.goto(person.home + path)
            keep(page, f"{path.strip('/').replace('/', '-').partition('?')[0] or 'now'}-{look}")
            assert (path, Axe().run(page).response["violations"]) == (path, [])
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        page.goto(person.home)
        page.keyboard.press("j")
        page.keyboard.press("s")
        keep(page, f"snooze-{look}")
        assert Axe().run(page).response["violations"] == []
        _ask_for_nonsense(page, person)
        keep(page, f"refused-{look}")
        assert Axe().run(page).response["violations"] == []
        with sole_worker(person.folder / "data"):
            page.goto(person.home)
            page.get_by_role("button", name="Read now").click()
            expect(page.get_by_text("Reading your mailboxes…")).to_be_visible()
            keep(page, f"reading-{look}")
            assert Axe().run(page).response["violations"] == []
        expect(page.locator(".reading")).to_contain_text("Not read: ana@example.com", timeout=SOON)
        keep(page, f"troubled-{look}")
        assert Axe().run(page).response["violations"] == []
        assert page.context.cookies()[0]["httpOnly"]
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def _ask_for_nonsense(page: Page, person: Person) -> None:
    page.goto(f"{person.home}/mail/hebrewhe")
    page.get_by_text("Other reminders for this mail").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("someday")
    page.get_by_label("If").select_option(label="no answer came, read or not")
    page.get_by_role("button", name="Keep it").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text('"someday" is not understood as a time')


@pytest.mark.parametrize("script", [False, True])
def test_a_mail_is_given_reminders_of_its_own_by_keys_and_labels(person: Person, *, script: bool) -> None:
    with opened(person, script=script) as page:
        _ask_for_nonsense(page, person)
        expect(page.get_by_label("When")).to_be_focused()
        expect(page.get_by_label("When")).to_have_value("someday")
        expect(page.get_by_label("If")).to_have_value("no-reply")
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("fri 14:30")
        page.keyboard.press("Enter")
        expect(page.locator(".notice")).to_contain_text("comes Fri 15 May, 14:30")
        page.get_by_role("button", name="No reminders about this mail").click()
        expect(page.locator(".notice")).to_contain_text("No reminder is to come")


def test_keys_lead_through_the_mails_and_do_what_they_say(person: Person) -> None:
    with opened(person) as page:
        first, second = (page.locator("[data-row]").nth(n).locator("[data-open]") for n in (0, 1))
        page.keyboard.press("j")
        expect(first).to_be_focused()
        page.keyboard.press("j")
        expect(second).to_be_focused()
        page.keyboard.press("k")
        page.keyboard.press("s")
        expect(page.locator("details[data-snooze][open] button").first).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("details[data-snooze][open]")).to_have_count(0)
        page.keyboard.press("d")
        expect(page.get_by_role("status").first).to_contain_text("is settled; no more will come about it.")
        page.keyboard.press("?")
        expect(page.get_by_role("heading", name="Keys and words")).to_be_visible()
        page.keyboard.press("/")
        page.wait_for_url("**/mail")
        page.keyboard.press("/")
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("kdjs?")
        expect(page.get_by_role("searchbox")).to_have_value("kdjs?")


def test_all_of_it_works_without_a_script(person: Person) -> None:
    with opened(person, script=False) as page:
        row = page.locator("[data-row]").first
        row.locator("summary").click()
        row.get_by_role("button", name="3 days").click()
        expect(page.get_by_role("status").first).to_contain_text("comes again")
        page.locator("[data-row]").first.get_by_role("button", name="Done").click()
        page.get_by_role("button", name="Remind me tomorrow after all").click()
        expect(page.get_by_role("status").first).to_contain_text("comes again")


def test_the_mark_of_what_was_done_leaves_the_address_so_that_it_is_said_once(person: Person) -> None:
    with opened(person) as page:
        page.locator("[data-row]").first.get_by_role("button", name="Done").click()
        expect(page.get_by_role("status").first).to_contain_text("is settled")
        assert page.url == f"{person.home}/"
        page.reload()
        expect(page.locator(".notice")).to_have_count(0)


def test_what_is_being_typed_is_left_alone_and_kept_when_news_is_shown(person: Person) -> None:
    with opened(person) as page:
        page.goto(f"{person.home}/people")
        page.get_by_label("Address").fill("half@")
        person.send("/people", {"address": "rita@example.org", "command": "optout", "act": "add"})
        page.wait_for_timeout(3_000)
        expect(page.get_by_text("rita@example.org")).to_have_count(0)
        page.get_by_label("Address").blur()
        expect(page.get_by_text("rita@example.org").first).to_be_visible(timeout=SOON)
        expect(page.get_by_label("Address")).to_have_value("half@")


def test_a_page_asks_for_nothing_until_it_is_told(person: Person) -> None:
    with opened(person) as page:
        page.wait_for_timeout(500)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url.removeprefix(person.home)))
        page.wait_for_timeout(3_000)
        assert asked == []
        person.send("/reminders/hebrewhe-1/done")
        expect(page.get_by_role("heading", name="2 mails need you now.")).to_be_visible(timeout=SOON)
        assert asked == ["/"]


def test_a_tab_that_nobody_looks_at_is_quiet_and_catches_up(person: Person) -> None:
    with opened(person) as page:
        look_away(page)
        person.send("/reminders/hebrewhe-1/done")
        page.wait_for_timeout(3_000)
        expect(page.get_by_role("heading", name="3 mails need you now.")).to_be_visible()
        look_at(page)
        expect(page.get_by_role("heading", name="2 mails need you now.")).to_be_visible(timeout=SOON)


def test_more_windows_than_a_browser_has_connections_all_stay_fresh(person: Person) -> None:
    with browser() as context:
        context.new_page().goto(person.door.link)
        for _ in range(7):
            context.new_page().goto(person.home)
        person.send("/reminders/hebrewhe-1/done")
        for page in context.pages:
            expect(page.get_by_role("heading", name="2 mails need you now.")).to_be_visible(timeout=SOON)


def test_a_page_that_lost_its_program_says_so(person: Person) -> None:
    with browser() as context:
        page = context.new_page()
        page.goto(person.door.link)
        person.running.__exit__(None, None, None)
        expect(page.locator("#life")).to_contain_text("does not answer any more", timeout=SOON)


def test_a_page_whose_program_was_started_anew_says_so(person: Person) -> None:
    with browser() as context:
        page = context.new_page()
        page.goto(person.door.link)
        look_away(page)
        context.clear_cookies()
        look_at(page)
        expect(page.locator("#life")).to_contain_text("was started anew", timeout=SOON)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A command line in front of a fresh sandbox."""
    with World(tmp_path) as world:
        yield Desk(world, tmp_path)


def test_a_person_connects_watches_a_receipt_come_in_and_settles_what_is_due(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Person(tmp_path, {}, own_clock=False)
    with person.running, opened(person) as page:
        _connect(page)
        _send(desk, monkeypatch, "thea@birch.example", "Your quote 4711")
        _send(desk, monkeypatch, "silas@silent.example", "Contract for signature")
        page.goto(f"{person.home}/mail")
        expect(page.get_by_role("heading", name="Unread 2")).to_be_visible()
        page.get_by_role("link", name="Your quote 4711").click()
        expect(page.get_by_text("Nothing has come back yet.")).to_be_visible()
        keep(page, "story-before")
        desk.wait(hours=6)
        assert desk.type("run", "--once").code == 0
        expect(page.get_by_role("heading", name="Receipt: displayed grade strong")).to_be_visible(timeout=SOON)
        keep(page, "story-after")
        _overrule(page, desk)
        desk.wait(days=4)
        _read(page, person)
        _settle(page, person)
        _opt_out(page, person)


def _connect(page: Page) -> None:
    page.get_by_role("link", name="Connect a mailbox").click()
    page.get_by_role("button", name="Sign in with Google").click()
    keep(page, "sign-in")
    with page.expect_popup() as tab:
        page.get_by_role("link", name="Go to Google").click()
    consent = tab.value
    consent.get_by_role("combobox").select_option(GMAIL)
    consent.get_by_role("button", name="Continue").click()
    expect(consent.get_by_role("heading", name="Thank you")).to_be_visible(timeout=SOON)
    consent.close()
    page.bring_to_front()
    expect(page.get_by_role("heading", name="Connected")).to_be_visible(timeout=SOON)
    keep(page, "connected")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name=GMAIL)).to_be_visible()


def _send(desk: Desk, monkeypatch: pytest.MonkeyPatch, to: str, subject: str) -> None:
    text = f"To: {to}\r\nSubject: {subject}\r\n\r\nPlease find it below.\r\n"
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(text.encode())))
    assert desk.type("send", "-t").code == 0


def _overrule(page: Page, desk: Desk) -> None:
    page.get_by_role("button", name="This was me: Receipt: displayed").click()
    expect(page.locator(".notice")).to_contain_text("Kept.")
    expect(page.locator(".readers .verdict")).to_have_text("unread")
    desk.wait(minutes=1)
    page.get_by_role("button", name="It counts after all: Receipt: displayed").click()
    expect(page.locator(".readers .verdict")).to_have_text("read")


def _read(page: Page, person: Person) -> None:
    """Have the page read by itself: no worker runs; what it counts stays the same all the while."""
    page.goto(person.home)
    expect(page.get_by_text("Told at the next reading")).to_be_visible()
    page.add_init_script(_WATCH)
    page.keyboard.press("r")
    expect(page.locator(".reading")).to_contain_text("1 reminder came due", timeout=SOON)
    expect(page.get_by_text("Told at the next reading")).to_have_count(0)
    assert set(page.evaluate("window.headlines")) == {"1 mail needs you now."}
    keep(page, "read")


def _settle(page: Page, person: Person) -> None:
    page.goto(person.home)
    expect(page.get_by_role("heading", name="1 mail needs you now.")).to_be_visible()
    keep(page, "due")
    page.keyboard.press("j")
    page.keyboard.press("s")
    keep(page, "snoozing")
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("“Contract for signature” comes again")
    expect(page.get_by_role("heading", name="Nothing needs you now.")).to_be_visible()
    page.get_by_role("link", name="Contract for signature").click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("d")
    expect(page.locator(".notice")).to_contain_text("“Contract for signature” is settled")
    page.goto(person.home)
    expect(page.get_by_text("no reminder is waiting")).to_be_visible()
    keep(page, "settled")


def _opt_out(page: Page, person: Person) -> None:
    page.get_by_role("link", name="People").click()
    page.get_by_label("Address").fill("Silas@silent.example")
    page.get_by_label("How they said so").fill("said so on the phone")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator(".notice")).to_contain_text("silas@silent.example will not be tracked.")
    assert person.ledger.tracking.stance("silas@silent.example") == "opt-out"
    keep(page, "opted-out")
