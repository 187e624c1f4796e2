"""What a running relay makes of each loader the sandbox knows, request by request."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest

from evidence.hits import RULE_OF
from evidence.model import Grade, HitKind
from relay.tokens import reader_id
from sandbox.clock import Clock
from sandbox.loaders import LOADERS, MACHINES, PEOPLE, Reader
from sandbox.loaders.people import OWN_HOME, OWN_NETWORK
from sandbox.post import Letter, PostOffice
from tests.relay.conftest import SECRET, Desk

SENDER = "me@me.example"

#: rules by which a person's own looks, and those of proxies on their behalf, are recorded
SEEN = {
    "outlook": {"outlook-desktop"},
    "thunderbird": {"mail-program"},
    "apple-direct": {"browser"},
    "android": {"browser"},
    "webmail": {"browser"},
    "rereads": {"mail-program"},
    "clicks": {"click"},
    "web-view": {"view-visible", "view-10s", "view-end"},
    "webmail-views": {"browser", "view-visible", "view-10s", "view-1min", "view-end"},
    "gmail": {"gmail-proxy"},
    "yahoo": {"yahoo-proxy"},
    "owa": {"microsoft-network"},
    "plain-text": set(),
    "hey": set(),
    "own-desk": {"own-network"},
    "own-home": {"near-owner"},
    "own-gmail-early": {"gmail-proxy"},
    "own-gmail-late": {"gmail-proxy"},
    "forwarded": {"outlook-desktop"},
    "forwarded-gmail": {"gmail-proxy"},
    "answers": {"gmail-proxy"},
    "opts-out": {"opt-out"},
    "looks-at-opt-out": {"mail-program"},
}
SEEN |= {
    f"{name}-clicks-{when}": {*SEEN[name], "click"}
    for name in ("outlook", "thunderbird", "apple-direct", "android", "webmail", "gmail")
    for when in ("later", "at-once")
}
#: machines dressed as browsers in networks nobody lists: the relay alone takes them for people, and only the time of
#: sending and what else they asked for gives them away
DISGUISED = {each.name for each in MACHINES if each.name.startswith("unlisted")} | {"proton"}


def tracked(desk: Desk, address: str) -> tuple[bytes, set[str]]:
    """A mail with an image, three links, a web view and an opt-out link; and the ids of its tokens."""
    tokens = [
        desk.token(kind, readers=(reader_id(SECRET, address),))
        for kind in (HitKind.PIXEL, HitKind.VIEW, HitKind.OPT_OUT, HitKind.LINK, HitKind.LINK, HitKind.LINK)
    ]
    image, view, opt_out, *links = (desk.seal(each) for each in tokens)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = SENDER, address, "Hello", "<1@me.example>"
    mail.set_content("Hello")
    mail.add_alternative(
        f'<img src="{desk.url}/p/{image}.gif" alt=""><a href="{desk.url}/v/{view}#key">in the browser</a> Hello '
        + "".join(f'<a href="{desk.url}/l/{each}">there</a> ' for each in links)
        + f'<a href="https://elsewhere.example/l/x">elsewhere</a> <a href="mailto:{SENDER}">me</a> '
        f'<a href="{desk.url}/o/{opt_out}">stop</a>',
        "html",
    )
    return mail.as_bytes(), {each.id for each in tokens}


@pytest.fixture
def recorded(desks: Callable[..., Desk]) -> dict[str, set[str]]:
    """Each loader's name, and the rules that were recorded when it had dealt with a mail."""
    clock = Clock()
    post = PostOffice(clock)
    desk = desks(own_networks=(OWN_NETWORK,), now=clock.now)
    desk.trusted = ("127.0.0.1",)
    desk.start()
    tokens: dict[str, set[str]] = {}
    for loader in LOADERS:
        address = f"{loader.name}@example.org"
        Reader(post, loader, address)
        mime, tokens[loader.name] = tracked(desk, address)
        post.send(Letter(mime=mime, sender=SENDER, recipients=(address,), sent_at=clock.now()))
    desk.own("/hits", X_Forwarded_For=OWN_HOME)
    clock.advance(timedelta(days=3))
    hits = desk.hits()
    return {name: {rule for token, rule in hits if token in ids} for name, ids in tokens.items()}


def test_a_running_relay_takes_each_loader_for_what_it_is(recorded: dict[str, set[str]]) -> None:
    assert {name: recorded[name] for name in SEEN} == SEEN
    assert {each.name for each in PEOPLE} == set(SEEN)


def test_no_machine_that_shows_itself_is_worth_anything_or_opts_anybody_out(recorded: dict[str, set[str]]) -> None:
    worth = {
        each.name for each in MACHINES if any(RULE_OF[rule].grade is not Grade.NONE for rule in recorded[each.name])
    }
    assert worth == DISGUISED
    assert {each.name for each in MACHINES if not recorded[each.name]} == {"opts-out-by-get"}
    assert [each.name for each in MACHINES if "opt-out" in recorded[each.name]] == []
