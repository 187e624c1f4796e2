"""The pages in a real browser, headless: what a reader sees, and what the script does and does not do."""

import os
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from playwright.sync_api import BrowserContext, Page, Request, sync_playwright

from evidence.model import HitKind
from tests.relay.conftest import Desk

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here: run scripts/test-packages"),
]

#: the browser talks to the relay and to nobody else
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]
KEY = b"k" * 32
PHONE = {"width": 360, "height": 640}
DESKTOP = {"width": 1100, "height": 800}
MAIL = """\
<html><head><style>p { color: rgb(0, 80, 0) }</style></head><body>
<h1>Offer for June</h1><p id="text">Dear Ana, the numbers are below.</p>
<table border="1"><tr><th>Item</th><th>Price</th></tr><tr><td>Boxes</td><td>4,711.00</td></tr></table>
<p><a id="link" href="https://example.com/offer">The offer</a>
<a id="evil" href="javascript:parent.pwned=1">here</a></p>
<img alt="dot" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==">
%s
<p>Yours, Ben</p></body></html>
"""
EVIL = """\
<script>parent.pwned = 1; document.title = 'pwned'</script><img src=x onerror="parent.pwned=1">
<svg onload="parent.pwned=1"></svg><iframe srcdoc="<script>top.pwned=1</script>"></iframe>
<meta http-equiv="refresh" content="0;url=https://evil.example/"><base href="https://evil.example/">
<form action="https://evil.example/"><button id="send">x</button></form><img src="https://evil.example/spy.gif">
<style>@import url(https://evil.example/x.css); body { background: url(https://evil.example/y.png) }</style>
"""


@contextmanager
def browser(tmp_path: Path, *, phone: bool = False, dark: bool = False) -> Iterator[BrowserContext]:
    """A fresh browser with a profile of its own."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            str(tmp_path / "profile"),
            executable_path=str(CHROMIUM),
            headless=True,
            args=FLAGS,
            viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]  # a dict literal would say it again
            color_scheme="dark" if dark else "light",
        )
        yield context
        context.close()


def put_up(desk: Desk, mail: str) -> str:
    """Upload an encrypted copy; the address of its web view."""
    text = desk.seal(desk.token(HitKind.VIEW))
    nonce = b"n" * 12
    assert desk.own(f"/v/{text}", "PUT", nonce + AESGCM(KEY).encrypt(nonce, mail.encode(), None)).status == 204
    return f"{desk.url}/v/{text}#{urlsafe_b64encode(KEY).rstrip(b'=').decode()}"


def keep(page: Page, name: str) -> None:
    """Take a picture for people to look at, where they ask for it."""
    if folder := os.environ.get("RELAY_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def rules(desk: Desk) -> list[str]:
    """What was recorded."""
    return [rule for _, rule in desk.hits()]


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("dark", [False, True])
def test_the_web_view_opens_the_mail_and_fits_the_window(
    desk: Desk, tmp_path: Path, *, phone: bool, dark: bool
) -> None:
    with browser(tmp_path, phone=phone, dark=dark) as context:
        page = context.new_page()
        asked: list[str] = []
        troubles: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.goto(put_up(desk, MAIL % ""))
        frame = page.frame_locator("#mail")
        assert frame.locator("#text").inner_text() == "Dear Ana, the numbers are below."
        assert frame.locator("#text").evaluate("each => getComputedStyle(each).color") == "rgb(0, 80, 0)"
        page.wait_for_timeout(1_500)
        keep(page, f"view-{'phone' if phone else 'desktop'}-{'dark' if dark else 'light'}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        room = page.locator("#mail").bounding_box()
        assert room
        assert room["height"] == frame.locator("html").evaluate("each => each.offsetHeight") + 2
        assert page.locator("#state").is_hidden()
        assert context.cookies() == []
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
        assert {url.split("/")[2] for url in asked if url.startswith("http")} == {desk.url.removeprefix("http://")}
        assert troubles == []
    assert rules(desk) == ["program"]  # a headless browser names itself and counts for nothing


def test_the_script_reports_visible_then_ten_seconds_and_the_end_only_when_it_is_reached(
    desk: Desk, tmp_path: Path
) -> None:
    with browser(tmp_path) as context:
        page = context.new_page()
        context.set_extra_http_headers({"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
        page.clock.install()
        page.goto(put_up(desk, MAIL % ("<p>line</p>" * 200)))
        page.frame_locator("#mail").locator("#text").wait_for()
        page.locator("#told").wait_for()
        with page.expect_response("**/v/*"):
            page.clock.run_for(1_100)
        first = rules(desk)
        with page.expect_response("**/v/*"):
            page.clock.run_for(10_000)
        second = rules(desk)
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        with page.expect_response("**/v/*"):
            page.clock.run_for(1_100)
        third = rules(desk)
        with page.expect_response("**/v/*"):
            page.clock.run_for(60_000)
    assert (first, second, third) == (
        ["view-visible"],
        ["view-visible", "view-10s"],
        ["view-visible", "view-10s", "view-end"],
    )
    assert rules(desk) == ["view-visible", "view-10s", "view-end", "view-1min"]


def test_nothing_in_a_mail_runs_or_loads_or_leaves(desk: Desk, tmp_path: Path) -> None:
    with browser(tmp_path) as context:
        page = context.new_page()
        begun: list[Request] = []
        context.on("request", lambda request: begun.append(request))
        address = put_up(desk, MAIL % EVIL)
        page.goto(address)
        frame = page.frame_locator("#mail")
        frame.locator("#text").wait_for()
        page.locator("#told").wait_for()
        frame.locator("#evil").dispatch_event("click")
        frame.locator("#send").dispatch_event("click")
        page.wait_for_timeout(500)
        assert page.evaluate("[window.pwned, document.title, location.href]") == [None, "Your mail", address]
        assert frame.locator("#link").get_attribute("rel") == "noopener noreferrer"
        assert frame.locator("#evil").get_attribute("href") is None
        # The browser speaks of what the policy stopped, too: it is said to have failed for that reason.
        assert {each.failure for each in begun if "evil.example" in each.url} <= {"csp"}


@pytest.mark.parametrize("fragment", ["", "#", "#AAAA", "#%%%"])
def test_without_the_right_key_the_web_view_says_so_and_reports_nothing(
    desk: Desk, tmp_path: Path, fragment: str
) -> None:
    address = put_up(desk, MAIL % "").partition("#")[0] + fragment
    with browser(tmp_path, phone=True) as context:
        page = context.new_page()
        page.goto(address)
        page.get_by_text("This copy cannot be opened").wait_for()
        page.wait_for_timeout(1_300)
        keep(page, "view-no-key")
    assert rules(desk) == []


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("dark", [False, True])
def test_one_press_in_the_browser_opts_out(desk: Desk, tmp_path: Path, *, phone: bool, dark: bool) -> None:
    name = f"{'phone' if phone else 'desktop'}-{'dark' if dark else 'light'}"
    with browser(tmp_path, phone=phone, dark=dark) as context:
        page = context.new_page()
        page.goto(f"{desk.url}/o/{desk.seal(desk.token(HitKind.OPT_OUT))}")
        keep(page, f"opt-out-{name}")
        before = rules(desk)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Stopped").wait_for()
        keep(page, f"opted-out-{name}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("document.documentElement.lang") == "en"
    desk.image(desk.token())
    assert (before, rules(desk)) == ([], ["opt-out"])


def test_another_site_cannot_show_the_pages_in_a_frame(desk: Desk, tmp_path: Path) -> None:
    with browser(tmp_path) as context:
        page = context.new_page()
        page.set_content(f'<iframe src="{desk.url}/o/x"></iframe>')
        page.wait_for_timeout(500)
        assert [frame.url for frame in page.frames if frame.url.startswith(desk.url)] == []
