"""The page in a real browser, headless: a person's path over it, live news, keys, and a check of its accessibility."""

import http.client
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from heardback.worker_lock import sole_worker
from sandbox.world import World
from tests.heardback.conftest import GMAIL, Desk
from tests.heardback.screens import NOW, fill
from tests.relay.test_browser import CHROMIUM, DESKTOP, FLAGS, PHONE
from tests.web.conftest import FLAGS as PLAIN
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
        _agree_without_proof(page, person)
        keep(page, f"unproven-{look}")
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


def _agree_without_proof(page: Page, person: Person) -> None:
    page.goto(f"{person.home}/people")
    page.get_by_label("Address").fill("thea@birch.example")
    page.get_by_label("They agree to be tracked").check()
    page.get_by_role("button", name="Keep it").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Say how they agreed; it is kept as proof.")
    expect(page.get_by_label("How they said so")).to_be_focused()
    expect(page.get_by_label("Address")).to_have_value("thea@birch.example")


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


@pytest.mark.parametrize("script", [False, True])
def test_a_time_that_is_none_is_told_in_the_menu_it_was_typed_into(person: Person, *, script: bool) -> None:
    with opened(person, script=script) as page:
        page.locator("[data-row] summary").first.click()
        page.get_by_label("Or", exact=True).first.fill("soon")
        page.get_by_label("Or", exact=True).first.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text('"soon" is not understood as a time')
        expect(page.get_by_label("Or", exact=True).first).to_be_focused()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("mon 9")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").first).to_contain_text("comes")
        assert page.url.partition("?")[0] == f"{person.home}/"


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
        page.wait_for_load_state()
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
        expect(page.get_by_role("status").first).to_contain_text("comes")
        page.locator("[data-row]").first.get_by_role("button", name="Done").click()
        page.get_by_role("button", name="Remind me tomorrow after all").click()
        expect(page.get_by_role("status").first).to_contain_text("comes")


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


@contextmanager
def news(page: Page, person: Person) -> Iterator[None]:
    """Something is written by somebody else, and the open page shows it."""
    before = page.evaluate("document.body.dataset.mark")
    yield
    person.send("/people", {"address": "rita@example.org", "command": "optout", "act": "add"})
    page.wait_for_function("before => document.body.dataset.mark !== before", arg=before, timeout=SOON)


def test_news_leave_every_field_as_the_person_left_it(person: Person) -> None:
    with opened(person) as page:
        page.goto(f"{person.home}/connect")
        with news(page, person):
            page.locator("input[value=send]").first.uncheck()
            page.locator("input[value=mark]").first.check()
            page.locator("input[value=mark]").first.focus()
        expect(page.locator("input[value=send]").first).not_to_be_checked()
        expect(page.locator("input[value=mark]").first).to_be_checked()
        expect(page.locator("input[value=mark]").first).to_be_focused()
        page.goto(f"{person.home}/mail/manymany")
        with news(page, person):
            page.get_by_text("Other reminders for this mail").click()
            page.get_by_label("How long to the next one").fill("2d")
            page.get_by_label("Whose sign ends").select_option("named")
            page.get_by_role("checkbox", name="p07@offices.example").check()
            person.send("/mail/manymany", {"off": "yes"})
        expect(page.get_by_role("button", name="Turn reminders on again")).to_be_visible(timeout=SOON)
        expect(page.get_by_label("How long to the next one")).to_have_value("2d")
        expect(page.get_by_label("Whose sign ends")).to_have_value("named")
        expect(page.get_by_role("checkbox", name="p07@offices.example")).to_be_checked()
        expect(page.get_by_role("checkbox", name="p07@offices.example")).to_be_focused()


@pytest.mark.parametrize(
    ("path", "control"), [("/", "Done: "), ("/mail/hebrewhe", "This was me: "), ("/people", "Take back: ana@")]
)
def test_news_leave_the_focus_where_it_is(person: Person, path: str, control: str) -> None:
    person.ledger.take(ANA, evidence=[receipt("hebrewhe")])
    person.send("/people", {"address": "ana@example.org", "command": "optout", "act": "add"})
    with opened(person) as page:
        page.goto(person.home + path)
        button = page.get_by_role("button", name=control).last
        with news(page, person):
            button.focus()
            person.ledger.take(ANA, evidence=[receipt("hebrewhe", source="another", at=NOW - timedelta(days=1))])
        expect(button).to_be_focused()


def test_a_control_that_is_gone_gives_its_focus_to_no_other(person: Person) -> None:
    with opened(person) as page:
        page.keyboard.press("j")
        with news(page, person):
            page.locator("#row-hebrewhe-1 [data-open]").focus()
            person.send("/reminders/hebrewhe-1/done")
        expect(page.locator("#row-hebrewhe-1")).to_have_count(0, timeout=SOON)
        expect(page.locator("main")).to_be_focused()


def test_what_was_done_is_told_with_its_way_back_until_that_is_taken(person: Person) -> None:
    with opened(person) as page:
        page.locator("#row-hebrewhe-1").get_by_role("button", name="Done").click()
        back = page.get_by_role("button", name="Remind me tomorrow after all")
        with news(page, person):
            back.focus()
        expect(page.locator(".notice")).to_contain_text("is settled")
        expect(back).to_be_focused()
        with news(page, person):
            person.send("/reminders/hebrewhe-1/snooze", {"for": "1d"})
        expect(page.locator(".notice")).to_have_count(0, timeout=SOON)


@pytest.mark.parametrize("is_typing", [False, True])
def test_a_mail_that_was_erased_is_shown_no_longer(person: Person, *, is_typing: bool) -> None:
    with opened(person) as page:
        page.goto(f"{person.home}/mail/hebrewhe")
        if is_typing:
            page.get_by_text("Other reminders for this mail").click()
            page.get_by_label("When").focus()
        person.ledger.erase_account(ANA)
        expect(page.get_by_role("heading", name="Nothing here")).to_be_visible(timeout=SOON)
        expect(page.get_by_text("shai@example.net")).to_have_count(0)
        keep(page, "erased")
        assert Axe().run(page).response["violations"] == []


def test_that_the_page_cannot_be_brought_up_to_date_is_said_with_since_when(person: Person) -> None:
    file = person.folder / "data" / "ledger.db"
    with browser() as context:
        page = context.new_page()
        page.goto(person.door.link)
        file.rename(file.with_name("elsewhere"))
        file.write_bytes(b"x" * 8192)
        life = page.locator("#life")
        expect(life).to_contain_text("could not be brought up to date; what you see", timeout=SOON)
        expect(life).to_contain_text("is as of Fri 2026-05-08 14:00. ")
        expect(life).to_contain_text("it is not a Heardback ledger.")
        expect(life).to_be_in_viewport()
        keep(page, "failing")
        assert Axe().run(page).response["violations"] == []
        file.with_name("elsewhere").rename(file)
        expect(life).not_to_contain_text("could not be brought", timeout=SOON)


@contextmanager
def served(handler: type[BaseHTTPRequestHandler], listening: ThreadingHTTPServer | None = None) -> Iterator[str]:
    """Another web server on this machine: its address."""
    server = listening or ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.RequestHandlerClass = handler
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


class Silent(BaseHTTPRequestHandler):
    """Logs nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Nobody reads it."""


def test_links_on_another_site_open_the_page(person: Person) -> None:
    class Site(Silent):
        def do_GET(self) -> None:
            links = (person.door.link, f"{person.home}/mail/hebrewhe")
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write("".join(f"<p><a href='{each}'>link</a></p>" for each in links).encode())

    with served(Site) as site, browser() as context:
        page = context.new_page()
        page.goto(site)
        page.get_by_role("link").first.click()
        expect(page.get_by_role("heading", name="3 mails need you now.")).to_be_visible()
        page.wait_for_url(f"{person.home}/")
        page.goto(site)
        page.get_by_role("link").last.click()
        keep(page, "from-another-site")
        assert Axe().run(page).response["violations"] == []
        page.get_by_role("link", name="Go on").click()
        expect(page.get_by_role("heading", name="What happened")).to_be_visible()


@pytest.mark.parametrize("keeps_host", [False, True])
def test_the_page_works_through_a_proxy(tmp_path: Path, *, keeps_host: bool) -> None:
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    person = Person(tmp_path, PLAIN, public=f"http://localhost:{listening.server_port}")

    class Proxy(Silent):
        def do_GET(self) -> None:
            own = f"127.0.0.1:{person.door.port}"
            with closing(http.client.HTTPConnection(own, timeout=20)) as connection:
                self._hand_on(connection, own)

        def _hand_on(self, connection: http.client.HTTPConnection, own: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {**self.headers, "Host": self.headers["Host"] if keeps_host else own}
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "date"):
                    self.send_header(name, value)
            self.end_headers()
            with suppress(OSError, ValueError):  # one of the two hangs up, in the midst of a stream too
                while part := answer.read1():
                    self.wfile.write(part)

        do_POST = do_GET  # noqa: N815 - the base class names it so

    fill(person.ledger)
    with closing(person.ledger), person.running, served(Proxy, listening), opened(person) as page:
        page.locator("#row-hebrewhe-1").get_by_role("button", name="Done").click()
        expect(page.locator(".notice")).to_contain_text("is settled")
        page.wait_for_url(f"{person.door.public}/")
        person.send("/reminders/hebrewhe-1/snooze", {"for": "1d"})
        expect(page.locator(".notice")).to_have_count(0, timeout=SOON)


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
    expect(page.locator(".notice")).to_contain_text("“Contract for signature” comes")
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
