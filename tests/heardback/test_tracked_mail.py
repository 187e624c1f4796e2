"""Tracked mail from the command line to the recipient's mailbox, on both providers, with a running relay."""

import re
import sys
import urllib.request
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import SMTP, default
from functools import partial
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, Literal

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from werkzeug.wrappers import Request

from evidence.model import HitKind
from relay.app import Plan, application
from relay.keys import make, shared
from relay.readers import GIF
from relay.server import Background, bound
from relay.tokens import Token
from sandbox.faults import Fault
from sandbox.post import Letter
from store.tiny import TinyLedger
from store.tracking import Choice, Stance, Tracked
from tests.heardback.conftest import GMAIL, OUTLOOK, Desk, Done

ANN, BEN, CLEO = "ann@first.example", "ben@second.example", "cleo@third.example"
ACCOUNT = {"gmail": GMAIL, "outlook": OUTLOOK}
PICTURE = b"\x89PNG\r\n\x1a\nnot really"
PAGE = """\
<html><body><p>Dear Ann, the offer for June is below, and here is <a href="https://example.com/offer?x=1">all of it</a>.
</p><img src="cid:logo"><p><a href="https://example.com/login?token=abc">your account</a></p></body></html>
"""


def _keep(letters: list[Letter], letter: Letter, _: str) -> None:
    letters.append(letter)


class Post:
    """A desk with a relay beside it, and the mailboxes of three readers."""

    def __init__(self, desk: Desk, monkeypatch: pytest.MonkeyPatch, relay: Background) -> None:
        self.desk, self._monkeypatch, self.relay = desk, monkeypatch, relay
        self.letters: dict[str, list[Letter]] = {name: [] for name in (ANN, BEN, CLEO)}
        for name, letters in self.letters.items():
            desk.world.post.register(name, partial(_keep, letters))
        self.keys = shared(desk.folder / "relay" / "key")

    def set(self, lines: str) -> None:
        """Write into the settings file."""
        with self.desk.config.open("a", encoding="utf-8") as file:
            file.write(f"\n{lines}\n")

    def send(self, message: bytes, *words: str) -> Done:
        """Type `send` with a message on standard input, and let it arrive."""
        self._monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(message)))
        done = self.desk.type("send", "-i", "-t", "--json", *words)
        self.desk.wait(minutes=1)
        return done

    def received(self, reader: str) -> Message:
        """The last mail that reached a reader."""
        return message_from_bytes(self.letters[reader][-1].mime, policy=default)

    def page(self, reader: str) -> str:
        """The page in it."""
        message = self.received(reader)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("html",))
        assert body is not None
        return str(body.get_content())

    def tokens(self, page: str) -> dict[HitKind, Token]:
        """What stands in the relay's addresses on a page, by door."""
        found = re.findall(re.escape(self.relay.url) + r"/[plvo]/([\w-]+)", page)
        opened = [self.keys.tokens.open(each) for each in found]
        return {each.kind: each for each in opened if each}

    def ledger(self) -> TinyLedger:
        """What is remembered."""
        return TinyLedger(self.desk.folder / "ledger.db")

    def copies(self) -> list[Path]:
        """Every web view that the relay holds."""
        return list((self.desk.folder / "relay" / "held").rglob("copies/*"))

    def tracked(self) -> list[Tracked]:
        """Every token that is remembered."""
        ledger = self.ledger()
        try:
            return [each for name in self.letters for each in ledger.tracking.sent_to(name)]
        finally:
            ledger.close()


@pytest.fixture
def post(desk: Desk, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Post]:
    """A mailbox connected, and a relay that runs."""
    folder = desk.folder / "relay"
    make(folder / "key")
    plan = Plan(folder=folder / "held", shared=shared(folder / "key"), now=desk.world.clock.now)
    with Background(application(plan), bound("127.0.0.1", 0)) as relay:
        post = Post(desk, monkeypatch, relay)
        post.set(f'relay.url = "{relay.url}"')
        provider = (
            request.node.callspec.params.get("provider", "gmail") if hasattr(request.node, "callspec") else "gmail"
        )
        assert desk.connect(provider, "--allow", "send").code == 0
        yield post


def mail(*to: str, page: str = PAGE, sender: str = GMAIL) -> bytes:
    """A mail with text, a page and a picture inside."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, ", ".join(to), "The offer for June"
    message.set_content("Dear Ann, the offer for June is below.\n")
    message.add_alternative(page, subtype="html")
    payload: Any = message.get_payload()
    payload[1].add_related(PICTURE, "image", "png", cid="<logo>")
    return message.as_bytes()


def written(post: Post, message: bytes) -> Path:
    """The mail as a file."""
    file = post.desk.folder / "mail.eml"
    file.write_bytes(message)
    return file


def plain(*to: str) -> bytes:
    return f"From: {GMAIL}\r\nTo: {', '.join(to)}\r\nSubject: Hello\r\n\r\nIs the offer for June done?\r\n".encode()


@pytest.mark.parametrize("provider", ACCOUNT)
def test_a_tracked_mail_arrives_with_image_link_web_view_and_the_line_that_says_so(post: Post, provider: str) -> None:
    done = post.send(mail(ANN, sender=ACCOUNT[provider]), "--pixel", "--links", "--web-view")
    assert done.code == 0, done.err
    assert done.json["tracking"] == {"pixel": True, "links": 1, "web_view": True, "untracked_because": None}
    page = post.page(ANN)
    tokens = post.tokens(page)
    assert set(tokens) == set(HitKind)
    assert tokens[HitKind.LINK].target == "https://example.com/offer?x=1"
    assert 'href="https://example.com/login?token=abc"' in page
    assert ("The sender of this mail can learn" in page, "Stop this" in page, "<script" in page) == (True, True, False)
    message = post.received(ANN)
    assert isinstance(message, EmailMessage)
    text = message.get_body(("plain",))
    assert text is not None
    assert f"Stop this: {post.relay.url}/o/" in text.get_content()
    assert [each.get_content() for each in message.walk() if each.get_content_type() == "image/png"] == [PICTURE]


@pytest.mark.slow
def test_what_each_token_names_is_remembered_and_expires(post: Post) -> None:
    done = post.send(mail(ANN), "--pixel", "--links", "--web-view")
    tokens = post.tokens(post.page(ANN))
    tracked = {each.kind: each for each in post.tracked()}
    assert {kind: each.id for kind, each in tracked.items()} == {kind: each.id for kind, each in tokens.items()}
    ledger = post.ledger()
    item = ledger.tracking.item_of(tracked[HitKind.PIXEL].tag)
    ledger.close()
    assert item
    assert item.id == done.json["item"]
    pixel = tracked[HitKind.PIXEL]
    assert (pixel.recipients, pixel.wording.partition("-")[0]) == ((ANN,), "en")
    assert (pixel.expires_at - pixel.made_at).days == 180


@pytest.mark.slow
def test_the_copy_for_the_web_view_opens_with_the_key_in_the_link_and_loads_nothing(post: Post) -> None:
    post.send(
        mail(ANN, page=PAGE + '<img src="https://far.example/x.png"><script>evil()</script>'), "--web-view", "--pixel"
    )
    view = re.search(re.escape(post.relay.url) + r"/v/([\w-]+)#([\w-]+)", post.page(ANN))
    assert view
    with urllib.request.urlopen(f"{post.relay.url}/v/{view[1]}/copy") as answer:
        sealed = answer.read()
    key = urlsafe_b64decode(view[2] + "=" * (-len(view[2]) % 4))
    copy = AESGCM(key).decrypt(sealed[:12], sealed[12:], None).decode()
    assert ("the offer for June" in copy, "data:image/png;base64," in copy, "Stop this" in copy) == (True, True, True)
    assert [word for word in ("<script", "evil", "far.example", "/p/", "cid:") if word in copy] == []


@pytest.mark.slow
def test_the_image_of_a_mail_that_arrived_is_served(post: Post) -> None:
    post.send(mail(ANN), "--pixel")
    image = re.search(r'<img src="([^"]+\.gif)" width="1" height="1" alt=""', post.page(ANN))
    assert image
    with urllib.request.urlopen(image[1]) as answer:
        assert answer.read() == GIF


@pytest.mark.slow
def test_without_a_flag_rule_or_setting_nothing_is_tracked(post: Post) -> None:
    post.send(mail(ANN))
    assert (post.page(ANN).split(), post.tracked()) == (PAGE.split(), [])


def test_one_message_to_several_says_that_a_hit_will_name_nobody(post: Post) -> None:
    post.desk.type("accounts")
    post._monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(mail(ANN, BEN, CLEO))))
    done = post.desk.type("send", "-i", "-t", "--pixel")
    said = " ".join(done.out.split())
    assert "A hit will say someone of 3, never a name; --individually sends each their own." in said
    assert {each.recipients for each in post.tracked()} == {(ANN, BEN, CLEO)}
    item = post.desk.type("sent", "--json").json[0]["item"]
    shown = " ".join(post.desk.type("show", item).out.split())
    assert "by an image; one message went to 3, so what comes says someone, never a name" in shown


@pytest.mark.slow
@pytest.mark.parametrize("provider", ACCOUNT)
def test_individually_each_reader_gets_a_mail_and_a_token_of_their_own_and_it_is_one_item(
    post: Post, provider: str
) -> None:
    done = post.send(mail(ANN, BEN, CLEO, sender=ACCOUNT[provider]), "--pixel", "--individually")
    assert done.code == 0, done.err
    assert [post.received(each)["To"] for each in (ANN, BEN, CLEO)] == [ANN, BEN, CLEO]
    named = {each.recipients for each in post.tracked()}
    assert named == {(ANN,), (BEN,), (CLEO,)}
    ids = {post.tokens(post.page(each))[HitKind.PIXEL].id for each in (ANN, BEN, CLEO)}
    assert len(ids) == 3
    assert post.desk.type("run", "--once").code == 0
    listed = post.desk.type("sent", "--json").json
    assert [each["item"] for each in listed] == [done.json["item"]]
    assert [each["address"] for each in listed[0]["recipients"]] == [ANN, BEN, CLEO]
    shown = post.desk.type("show", done.json["item"]).out
    assert "sent as 3 messages, each to one person; tracked until" in " ".join(shown.split())
    document = post.desk.type("show", done.json["item"], "--json").json
    assert [each["recipients"] for each in document["tracking"]] == [[ANN], [BEN], [CLEO]]


@pytest.mark.slow
@pytest.mark.parametrize("provider", ACCOUNT)
def test_copies_are_one_item_again_when_the_ledger_was_lost(post: Post, provider: str) -> None:
    done = post.send(mail(ANN, BEN, CLEO, sender=ACCOUNT[provider]), "--individually")
    for file in post.desk.folder.glob("ledger.db*"):
        file.unlink()
    assert post.desk.connect(provider, "--allow", "send").code == 0
    assert post.desk.type("run", "--once").code == 0
    listed = post.desk.type("sent", "--json").json
    assert [(each["item"], len(each["recipients"])) for each in listed] == [(done.json["item"], 3)]


@pytest.mark.slow
@pytest.mark.parametrize("provider", ACCOUNT)
def test_what_comes_back_about_one_copy_is_about_its_recipient(post: Post, provider: str) -> None:
    people = ("thea@birch.example", "george@closed.example", "silas@silent.example")
    done = post.send(mail(*people, sender=ACCOUNT[provider]), "--individually")
    assert done.code == 0, done.err
    post.desk.wait(days=1)
    assert post.desk.type("run", "--once").code == 0
    shown = post.desk.type("show", done.json["item"], "--json").json
    assert {each["address"]: each["verdict"] for each in shown["recipients"]} == {
        "thea@birch.example": "read",
        "george@closed.example": "not delivered",
        "silas@silent.example": "unread",
    }


def test_individually_a_mail_that_cannot_be_tracked_is_told_for_each_and_not_sent(post: Post) -> None:
    done = post.send(plain(ANN, BEN), "--pixel", "--individually")
    assert (done.code, [each["sent"] for each in done.json["copies"]]) == (1, [False, False])
    assert "plain text" in done.json["copies"][0]["problem"]
    assert post.letters[ANN] == []
    again = post.send(plain(ANN, BEN), "--pixel", "--individually", "--html")
    assert (again.code, len(post.letters[ANN]), len(post.letters[BEN])) == (0, 1, 1)


def opt_out(post: Post, address: str) -> None:
    ledger = post.ledger()
    choice = Choice(address=address, stance=Stance.OPT_OUT, at=post.desk.world.clock.now(), how="said so")
    ledger.tracking.choose([choice])
    ledger.close()


def test_who_opted_out_gets_everybody_an_untracked_mail_and_it_says_so(post: Post) -> None:
    opt_out(post, BEN)
    done = post.send(mail(ANN, BEN), "--pixel")
    assert done.json["tracking"]["untracked_because"].startswith(f"{BEN} opted out on")
    assert (post.tokens(post.page(ANN)), post.tracked()) == ({}, [])


def press_button(post: Post, address: str) -> None:
    """The button in the last mail to them, which the worker then hears of."""
    (button,) = re.findall(re.escape(post.relay.url) + r"/o/[\w-]+", post.page(address))[:1]
    urllib.request.urlopen(button, data=b"", timeout=5).close()
    assert post.desk.type("run", "--once").code == 0


def test_a_button_pressed_by_one_of_several_is_told_of_nobody_by_name(post: Post) -> None:
    alone = post.send(mail(ANN), "--pixel").json["item"]
    both = post.send(mail(ANN, BEN), "--pixel").json["item"]
    press_button(post, BEN)
    alone, both = (" ".join(post.desk.type("show", each).out.split()) for each in (alone, both))
    advice = (
        "do not ask for a receipt: one of several who got the same mail opted out of being tracked, perhaps this one"
    )
    assert [advice in each for each in (alone, both)] == [True, True]
    assert "; silent, for one of the recipients opted out" in both
    assert f"; silent where it went to {ANN}, for one of several who got another mail opted out" in alone
    later = post.send(mail(ANN), "--pixel").json["tracking"]["untracked_because"]
    assert later.startswith(f"{ANN} may have opted out on ")
    assert "one of the 2 who got the same mail pressed the button in it, it cannot be told who" in later
    (known,) = (each for each in post.desk.type("contacts", "--json").json if each["address"] == ANN)
    assert known["tracking"].startswith("not tracked: may have opted out on ")
    assert known["advice"] == advice


def test_a_wish_of_a_reader_does_not_silence_other_mail_of_which_one_gets_a_copy(post: Post) -> None:
    verb = GMAIL.replace("@", "+3d@")
    sent = post.send(mail(ANN, verb), "--pixel").json
    assert sent["tracking"]["pixel"] is True
    press_button(post, ANN)
    ledger = post.ledger()
    assert {each.address for each in ledger.tracking.choices()} == {ANN}
    ledger.close()
    shown = " ".join(post.desk.type("show", sent["item"]).out.split())
    assert f"silent where it went to {ANN}, who opted out" in shown
    post.send(mail(BEN, verb), "--pixel")
    post.desk.wait(hours=2)
    (image,) = re.findall(re.escape(post.relay.url) + r"/p/[\w-]+\.gif", post.page(BEN))
    urllib.request.urlopen(image, timeout=5).close()
    assert "Tracked mail: images, links or pages of it were asked for 1 time." in post.desk.type("run", "--once").out


def test_mail_to_oneself_alone_is_not_tracked_and_no_story_of_it_is_promised(post: Post) -> None:
    assert post.send(mail(GMAIL), "--pixel").json["tracking"]["untracked_because"].startswith("it goes to you alone")
    said = post.desk.type("send", "--file", str(written(post, mail(GMAIL))), "--pixel").out
    assert ("Mail to yourself alone is not followed." in said, "heardback show" in said) == (True, False)


def test_a_copy_to_oneself_is_told_to_make_hits_say_less(post: Post) -> None:
    file = written(post, mail(ANN, GMAIL.replace("@", "+3d@")))
    said = " ".join(post.desk.type("send", "--file", str(file), "--pixel").out.split())
    assert "You get it too, so a hit cannot tell their look from yours; --individually sends each their own." in said


def test_links_that_are_asked_for_and_cannot_be_had_are_an_error(post: Post) -> None:
    done = post.send(mail(ANN, page="<p>No link.</p>"), "--links")
    assert (done.code, "no link that may be led" in done.json["error"], post.letters[ANN]) == (1, True, [])


def test_what_was_made_for_one_reader_is_not_tracked_again_for_another(post: Post) -> None:
    post.send(mail(ANN), "--pixel", "--links")
    earlier = post.page(ANN)
    done = post.send(mail(BEN, page=earlier), "--pixel")
    assert (done.code, "a tracked mail to somebody else" in done.json["error"], post.letters[BEN]) == (1, True, [])
    assert post.send(mail(ANN, page=earlier), "--pixel").code == 0
    post.desk.wait(days=181)  # its tokens tell nothing any more
    assert post.send(mail(BEN, page=earlier), "--pixel").code == 0


@pytest.mark.slow
def test_individually_only_the_copy_of_who_opted_out_is_untracked(post: Post) -> None:
    opt_out(post, BEN)
    done = post.send(mail(ANN, BEN), "--pixel", "--individually")
    tracking = {each["to"]: each["tracking"] for each in done.json["copies"]}
    assert (tracking[ANN]["pixel"], tracking[BEN]["pixel"]) == (True, False)
    assert (set(post.tokens(post.page(ANN))), post.tokens(post.page(BEN))) == ({HitKind.PIXEL, HitKind.OPT_OUT}, {})


@pytest.mark.slow
def test_rules_of_the_settings_file_decide_and_flags_win(post: Post) -> None:
    post.set("tracking.pixel = true\n[[track]]\nto = '@second.example'\ntrack = false")
    assert post.send(mail(ANN, BEN)).json["tracking"]["pixel"] is False
    assert post.send(mail(ANN, BEN), "--pixel").json["tracking"]["pixel"] is True
    assert post.send(mail(ANN), "--no-pixel").json["tracking"]["pixel"] is False
    assert post.send(mail(ANN)).json["tracking"]["pixel"] is True
    consent = ("--set", "tracking.needs_consent=true")
    assert post.send(mail(ANN), *consent).json["tracking"]["untracked_because"].startswith(f"no consent of {ANN}")
    ledger = post.ledger()
    now = post.desk.world.clock.now()
    ledger.tracking.choose([Choice(address=ANN, stance=Stance.CONSENT, at=now, how="said so")])
    ledger.close()
    assert post.send(mail(ANN, GMAIL), *consent).json["tracking"]["pixel"] is True  # oneself needs not be asked
    post.set("[[track]]\npixle = true")
    done = post.send(mail(ANN))
    assert (done.code, "Did you mean pixel?" in " ".join(done.err.split())) == (2, True)


def test_plain_text_gets_a_page_only_if_asked(post: Post) -> None:
    refused = post.send(plain(ANN), "--pixel")
    assert (refused.code, "it is plain text, which carries no image" in refused.json["error"]) == (1, True)
    assert post.letters[ANN] == []
    done = post.send(plain(ANN), "--pixel", "--html")
    assert done.code == 0, done.err
    assert set(post.tokens(post.page(ANN))) == {HitKind.PIXEL, HitKind.OPT_OUT}
    message = post.received(ANN)
    assert isinstance(message, EmailMessage)
    text = message.get_body(("plain",))
    assert text is not None
    assert text.get_content().startswith("Is the offer for June done?")


@pytest.mark.slow
def test_where_a_setting_wants_an_image_plain_text_is_sent_as_it_is_and_that_is_said(post: Post) -> None:
    post.set("tracking.pixel = true")
    done = post.send(plain(ANN))
    assert done.json["tracking"]["untracked_because"] == "it is plain text, which carries no image"
    assert post.received(ANN).get_content_type() == "text/plain"


SIGNED = (
    f"From: {GMAIL}\r\nTo: {ANN}\r\nSubject: signed\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/signed; micalg=sha-256; protocol="application/pgp-signature"; boundary=b\r\n\r\n'
    "--b\r\nContent-Type: text/html\r\n\r\n<p>Hello</p>\r\n"
    "--b\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--b--\r\n"
).encode()


@pytest.mark.slow
def test_signed_mail_is_refused_for_tracking_and_otherwise_sent_as_it_is(post: Post) -> None:
    done = post.send(SIGNED, "--pixel")
    assert (done.code, "signed or encrypted" in done.json["error"], post.letters[ANN]) == (1, True, [])
    assert post.send(SIGNED).code == 0
    assert b"<p>Hello</p>" in post.letters[ANN][-1].mime


def test_a_draft_cannot_be_tracked_and_says_what_can(desk: Desk) -> None:
    done = desk.type("send", "--draft", "Offer", "--pixel")
    assert (done.code, "use --file" in " ".join(done.err.split())) == (2, True)


@pytest.mark.slow
def test_without_a_relay_a_flag_is_refused_and_a_setting_is_passed_over(post: Post) -> None:
    post.set("tracking.pixel = true")
    done = post.send(mail(ANN), "--pixel", "--set", "relay.url=")
    assert (done.code, "relay.url" in done.json["error"]) == (1, True)
    done = post.send(mail(ANN), "--set", "relay.url=")
    assert (done.code, "relay.url" in done.json["tracking"]["untracked_because"]) == (0, True)


@pytest.mark.slow
def test_the_disclosure_is_worded_by_settings_and_its_version_kept(post: Post) -> None:
    words = ("--set", "tracking.disclosure=We can see that you read this.", "--set", "tracking.opt_out_words=No thanks")
    post.send(mail(ANN), "--pixel", *words)
    page = post.page(ANN)
    assert ("We can see that you read this." in page, "No thanks" in page) == (True, True)
    post.send(mail(ANN), "--pixel")
    assert len({each.wording for each in post.tracked()}) == 2


@pytest.mark.parametrize("days", ["0", "3651", "99999999"])
def test_a_life_of_tokens_that_cannot_be_is_told_and_nothing_leaves(post: Post, days: str) -> None:
    done = post.send(mail(ANN), "--pixel", "--set", f"tracking.expires_days={days}")
    assert (done.code, "from 1 to 3650" in " ".join(done.err.split()), post.letters[ANN]) == (2, True, [])


def test_the_longest_life_of_tokens_is_had(post: Post) -> None:
    assert post.send(mail(ANN), "--pixel", "--set", "tracking.expires_days=3650").code == 0
    assert {(each.expires_at - each.made_at).days for each in post.tracked()} == {3650}


@pytest.mark.parametrize("setting", ["tracking.disclosure", "tracking.opt_out_words"])
@pytest.mark.parametrize("words", [" ", "\u200b"])
def test_a_disclosure_that_nobody_can_see_is_told_and_nothing_leaves(post: Post, setting: str, words: str) -> None:
    done = post.send(mail(ANN), "--pixel", "--set", f"{setting}={words}")
    assert (done.code, post.letters[ANN], post.tracked()) == (2, [], [])
    assert f"{setting} (from flag) is {words!r}, which no reader can see" in " ".join(done.err.split())


def leave_in_doubt(post: Post, trouble: Literal["lose", "drop"]) -> None:
    """Gmail takes the next mail, or does not, says nothing, and shows nothing of it."""
    server = post.desk.world.google.server
    server.faults.add(Fault(trouble=trouble, pattern="POST .*/send"))
    looks = [Fault(trouble="answer", pattern="GET .*/messages", status=503, times=100)]

    def hide(request: Request) -> None:
        if request.path.endswith("/send") and looks:
            server.faults.add(looks.pop())

    server.watch(hide)


def test_a_copy_that_did_leave_keeps_its_tokens_whatever_a_later_try_meets(post: Post) -> None:
    leave_in_doubt(post, "lose")
    words = (mail(ANN, BEN), "--pixel", "--web-view", "--individually")
    assert [each["sent"] for each in post.send(*words).json["copies"]] == [False, False]
    post.desk.world.google.server.faults.clear()
    anns = post.tokens(post.page(ANN))
    post.desk.wait(minutes=10)
    away = post.send(*words, "--set", "relay.url=http://127.0.0.1:9").json["copies"]
    assert [(each["sent"], each["sent_before"]) for each in away] == [(True, True), (False, False)]
    assert post.send(*words).code == 0
    assert (len(post.letters[ANN]), len(post.letters[BEN])) == (1, 1)
    assert {each.id for each in anns.values()} <= {each.id for each in post.tracked()}


@pytest.mark.slow
def test_mail_that_is_refused_leaves_no_token_behind(post: Post) -> None:
    post.desk.world.google.server.faults.add(Fault(trouble="answer", pattern="/send", status=400, body="{}"))
    done = post.send(mail(ANN), "--pixel", "--web-view")
    assert (done.code, post.tracked(), post.letters[ANN]) == (1, [], [])
    assert post.copies() == []


@pytest.mark.parametrize("words", [(), ("--individually",)])
@pytest.mark.parametrize("provider", ACCOUNT)
def test_mail_that_was_never_handed_over_leaves_no_token_behind(
    post: Post, provider: str, words: tuple[str, ...]
) -> None:
    world = post.desk.world
    sandbox = world.google if provider == "gmail" else world.microsoft
    sandbox.revoke_grants(ACCOUNT[provider], reason="revoked")
    done = post.send(mail(ANN, BEN, sender=ACCOUNT[provider]), "--pixel", "--web-view", *words)
    assert (done.code, post.tracked(), post.copies()) == (1, [], [])
    assert f"heardback connect {provider}" in " ".join((done.out + done.err).split())


def test_mail_that_is_given_up_leaves_no_token_behind(post: Post) -> None:
    leave_in_doubt(post, "drop")
    assert post.send(mail(ANN), "--pixel", "--web-view").code == 1
    assert (len(post.tracked()), len(post.copies())) == (3, 1)
    post.desk.world.google.server.faults.clear()
    post.desk.wait(days=2)
    assert post.desk.type("run", "--once").code == 0
    assert (post.tracked(), post.copies(), post.letters[ANN]) == ([], [], [])
