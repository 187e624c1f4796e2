"""A tracked mail as its reader meets it, in a real browser: the line in the mail, the web view, the way to stop it."""

import sys
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from sandbox.post import Letter
from tests.heardback.conftest import Desk
from tests.relay.test_browser import CHROMIUM, browser, keep

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium here: run scripts/test-packages"),
]

READER = "reader@meadow.example"
#: a sender who is not to be trusted, as forwarded or made by a template
EVIL = "</title><script>top.pwned=1</script><img src=x onerror=top.pwned=1>"
PAGE = f"""<html lang="de"><head><title>{EVIL}</title></head><body style="font-family: Arial, sans-serif">
<h2>Angebot für den Juni</h2><p>Liebe Frau Lind, die Zahlen stehen unten.</p>
<table border="1" cellpadding="6"><tr><th>Posten</th><th>Preis</th></tr>
<tr><td>Kisten</td><td>4.711,00</td></tr></table>
<p><a href="https://shop.example/juni">Zum Angebot</a></p><p onclick="top.pwned=1">Mit freundlichen Grüßen, Ana</p>
{EVIL}<a href="javascript:top.pwned=1">hier</a></body></html>"""


@pytest.fixture
def page_of_mail(tracking: Desk, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page of a tracked mail, as it was delivered."""
    came: list[Letter] = []
    tracking.world.post.register(READER, lambda letter, _: came.append(letter))
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f'"{EVIL.replace(chr(34), "")}" <ana@ana-mail.example>'
    mail["To"], mail["Subject"] = READER, f"Angebot {EVIL}"
    mail.set_content("Liebe Frau Lind, die Zahlen stehen unten.")
    mail.add_alternative(PAGE, "html")
    assert tracking.connect("gmail", "--allow", "send").code == 0
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(mail.as_bytes())))
    done = tracking.type("send", "-t", "--json", "--pixel", "--links", "--web-view", "--no-receipt")
    assert done.code == 0, done.err
    tracking.wait(minutes=5)
    (letter,) = came
    part = message_from_bytes(letter.mime, policy=default).get_body(("html",))
    assert part
    return str(part.get_content())


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("dark", [False, True])
def test_the_line_in_the_mail_can_be_read_and_leads_to_stopping_it(
    page_of_mail: str, tmp_path: Path, *, phone: bool, dark: bool
) -> None:
    name = f"{'phone' if phone else 'desktop'}-{'dark' if dark else 'light'}"
    shown = tmp_path / "mail.html"
    scheme = '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
    policy = "<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\">"  # mail programs run no script
    shown.write_text(f"<!doctype html><meta charset=utf-8>{scheme}{policy}{page_of_mail}", "utf-8")
    with browser(tmp_path, phone=phone, dark=dark) as context:
        page = context.new_page()
        page.goto(shown.as_uri())
        keep(page, f"mail-{name}")
        line = page.get_by_text("Absender")
        assert line.is_visible()
        assert float(line.evaluate("each => parseFloat(getComputedStyle(each).fontSize)")) >= 11
        with page.expect_navigation():
            page.get_by_role("link", name="Das abstellen").click()
        page.get_by_role("button", name="Stop it now").wait_for()


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("dark", [False, True])
def test_the_web_view_shows_the_mail_and_nothing_in_it_runs(
    page_of_mail: str, tmp_path: Path, *, phone: bool, dark: bool
) -> None:
    start = page_of_mail.rindex('"', 0, page_of_mail.index("/v/")) + 1
    link = page_of_mail[start : page_of_mail.index('"', start)]
    with browser(tmp_path, phone=phone, dark=dark) as context:
        page = context.new_page()
        page.goto(link)
        frame = page.frame_locator("#mail")
        frame.get_by_text("Liebe Frau Lind").wait_for()
        page.locator("#told").wait_for()
        keep(page, f"copy-{'phone' if phone else 'desktop'}-{'dark' if dark else 'light'}")
        assert page.evaluate("[window.pwned, document.title]") == [None, "Your mail"]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert frame.get_by_role("link", name="Das abstellen").get_attribute("href")
