from datetime import timedelta
from email import message_from_bytes
from email.header import Header

import pytest

from connectors.errors import DraftNotFound, MalformedMail, SendRefused, SendUnknown, Unreachable
from connectors.gmail import GmailMailbox
from connectors.google import GoogleProvider
from connectors.provider import Feature, SignIn
from sandbox.faults import Fault
from sandbox.google import GmailAccount
from sandbox.post import TRANSIT, Letter
from sandbox.visitor import Visitor
from sandbox.world import World

WU = "wu@workspace.example"
READER = "reader@outside.example"


def mail(subject: str = "offer", *, sender: str = WU, to: str = READER, extra: str = "", body: str = "hello") -> bytes:
    return f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\n{extra}\r\n{body}\r\n".encode()


@pytest.fixture
def arrived(world: World) -> list[Letter]:
    """Letters that reached the reader."""
    letters: list[Letter] = []
    world.post.register(READER, lambda letter, _: letters.append(letter))
    return letters


def fault(world: World, trouble: Fault) -> None:
    world.google.server.faults.add(trouble)


@pytest.mark.parametrize(
    ("sender", "asked"),
    [
        ("kim@workspace.example", "kim@workspace.example"),
        ("Kim Li <KIM@Workspace.example>", "kim@workspace.example"),
        ("sales@workspace.example", "sales@workspace.example"),
        ("somebody@else.example", "kim@workspace.example"),
    ],
)
def test_the_receipt_is_asked_for_to_the_address_gmail_sends_from(
    world: World, provider: GoogleProvider, arrived: list[Letter], sender: str, asked: str
) -> None:
    kim = world.google.add_account("kim@workspace.example", aliases=("sales@workspace.example",))
    sign_in = SignIn(show=Visitor(world.ca_file, account=kim.address), tell=print, time_limit=20)
    mailbox = provider.mailbox(provider.connect(frozenset(Feature), sign_in).account)
    mailbox.send(mail(sender=sender), tag="t", receipt=True)
    mailbox.close()
    world.clock.advance(TRANSIT)
    (letter,) = arrived
    assert (message_from_bytes(letter.mime)["Disposition-Notification-To"], letter.sender) == (asked, asked)


def test_a_large_mail_is_uploaded(world: World, gmail: GmailMailbox, arrived: list[Letter]) -> None:
    body = "0123456789abcdef" * 60 + "\r\n"
    item = gmail.send(mail(body=body * 4500), tag="t", receipt=True).item
    world.clock.advance(TRANSIT)
    assert (item.tag, item.asks_receipt) == ("t", True)
    assert len(arrived[0].mime) > 4_000_000


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (b"From: wu@workspace.example\r\nSubject: to nobody\r\n\r\n", "Recipient address required"),
        (mail(body="x" * 36_700_160), "larger than the 35 MB"),
    ],
)
def test_a_mail_gmail_refuses_says_why(gmail: GmailMailbox, message: bytes, words: str) -> None:
    with pytest.raises(SendRefused, match=words):
        gmail.send(message, tag="t", receipt=False)


def test_a_mail_that_is_none_is_not_even_offered(gmail: GmailMailbox) -> None:
    with pytest.raises(MalformedMail):
        gmail.send(b"no headers at all", tag="t", receipt=False)
    assert gmail.spend.requests == 0


def test_a_busy_moment_delays_a_mail_and_sends_it_once(
    world: World, gmail: GmailMailbox, arrived: list[Letter]
) -> None:
    fault(world, Fault(trouble="answer", pattern="/send", status=429, times=3, headers=(("Retry-After", "3"),)))
    gmail.send(mail(), tag="t", receipt=True)
    world.clock.advance(TRANSIT)
    assert len(arrived) == 1


def test_a_mail_beyond_the_days_limit_is_not_sent_and_names_the_wait(
    world: World, wu: GmailAccount, gmail: GmailMailbox, arrived: list[Letter]
) -> None:
    wu.meter.mails_a_day = 0
    begin = world.clock.now()
    with pytest.raises(Unreachable, match="it asks to wait 86400 s"):
        gmail.send(mail(), tag="t", receipt=True)
    assert (world.clock.now(), arrived) == (begin, [])


def test_a_mail_that_may_have_left_is_looked_for_before_it_is_sent_again(
    world: World, wu: GmailAccount, gmail: GmailMailbox, arrived: list[Letter]
) -> None:
    fault(world, Fault(trouble="lose", pattern="/send"))
    item = gmail.send(mail(), tag="t", receipt=True).item
    assert wu.calls["messages.send"] == 1
    world.clock.advance(TRANSIT)
    assert (item.tag, len(arrived)) == ("t", 1)


@pytest.mark.parametrize("trouble", ["lose", "cut"])
def test_a_mail_that_may_have_left_is_found_however_late_gmails_search_is(
    world: World, provider: GoogleProvider, wu: GmailAccount, gmail: GmailMailbox, arrived: list[Letter], trouble: str
) -> None:
    wu.search_lag = timedelta(days=1)
    for number in range(40):
        wu.mailbox.add(mail(f"earlier mail {number}"), ("SENT",))
    fault(world, Fault(trouble=trouble, pattern="/send"))  # type: ignore[arg-type]  # parametrised
    item = gmail.send(mail(), tag="t", receipt=True).item
    later = provider.mailbox(gmail.account)
    found = (later.find_sent("t", since=world.clock.now()), later.send(mail(), tag="t", receipt=True).item)
    later.close()
    assert (found, wu.calls["messages.send"]) == ((item, item), 1)
    world.clock.advance(TRANSIT)
    assert len(arrived) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_error_is_a_doubt_and_not_a_no(
    world: World, wu: GmailAccount, gmail: GmailMailbox, arrived: list[Letter], status: int
) -> None:
    fault(world, Fault(trouble="answer", pattern="/send", status=status, times=1))
    gmail.send(mail(), tag="t", receipt=True)
    world.clock.advance(TRANSIT)
    assert (wu.calls["messages.send"], len(arrived)) == (1, 1)


def test_a_doubt_that_stays_is_said_and_the_same_tag_is_safe_afterwards(
    world: World, gmail: GmailMailbox, arrived: list[Letter]
) -> None:
    fault(world, Fault(trouble="drop", pattern="/send", times=2))
    with pytest.raises(SendUnknown, match="same tag looks first"):
        gmail.send(mail(), tag="t", receipt=True)
    gmail.send(mail(), tag="t", receipt=True)
    gmail.send(mail(), tag="t", receipt=True)
    world.clock.advance(TRANSIT)
    assert len(arrived) == 1


def test_a_copy_that_cannot_be_read_back_is_found_by_the_next_call(
    world: World, gmail: GmailMailbox, arrived: list[Letter]
) -> None:
    fault(world, Fault(trouble="answer", pattern="GET .*format=metadata", status=500, times=6))
    with pytest.raises(SendUnknown, match="the mail left"):
        gmail.send(mail(), tag="t", receipt=True)
    assert gmail.send(mail(), tag="t", receipt=True).item.tag == "t"
    world.clock.advance(TRANSIT)
    assert len(arrived) == 1


def test_looking_for_a_mark_reads_each_sent_mail_once(world: World, wu: GmailAccount, gmail: GmailMailbox) -> None:
    for number in range(30):
        wu.mailbox.add(mail(f"mail {number}"), ("SENT",))
    assert gmail.find_sent("unknown", since=world.clock.now()) is None
    before = gmail.spend.units
    assert gmail.find_sent("unknown", since=world.clock.now()) is None
    assert gmail.spend.units - before == 10


def test_a_copy_is_found_however_much_was_sent_since_and_what_was_sent_before_is_not_read(
    world: World, provider: GoogleProvider, wu: GmailAccount, gmail: GmailMailbox
) -> None:
    for number in range(60):
        wu.mailbox.add(mail(f"earlier mail {number}"), ("SENT",))
    world.clock.advance(timedelta(days=3))
    begun = world.clock.now()
    item = gmail.send(mail(), tag="t", receipt=True).item
    for number in range(520):
        wu.mailbox.add(mail(f"later mail {number}"), ("SENT",))
    world.clock.advance(timedelta(days=9))
    later = provider.mailbox(gmail.account)
    assert later.find_sent("t", since=begun) == item
    read = wu.calls["messages.get"]
    assert later.find_sent("another", since=begun) is None
    later.close()
    assert wu.calls["messages.get"] - read <= 520


def test_a_copy_in_the_trash_still_counts_as_left(
    world: World, wu: GmailAccount, gmail: GmailMailbox, arrived: list[Letter]
) -> None:
    item = gmail.send(mail(), tag="t", receipt=True).item
    message = wu.mailbox.find(item.provider_id)
    assert message
    wu.mailbox.relabel(message, add=("TRASH",))
    again = gmail.send(mail(), tag="t", receipt=True).item
    world.clock.advance(TRANSIT)
    assert (again, len(arrived)) == (item, 1)


def test_a_draft_is_sent_by_its_id_and_stays_in_its_thread(
    world: World, wu: GmailAccount, gmail: GmailMailbox, arrived: list[Letter]
) -> None:
    first = gmail.send(mail("question"), tag="first", receipt=False).item
    answer = mail("Re: question", extra=f"In-Reply-To: <{first.message_ids[0]}>\r\n")
    draft = wu.mailbox.add_draft(answer, thread=first.thread_id)
    item = gmail.send_draft(draft, tag="t", receipt=True).item
    world.clock.advance(TRANSIT)
    assert (item.thread_id, item.asks_receipt, item.tag, wu.drafts) == (first.thread_id, True, "t", {})
    assert message_from_bytes(arrived[-1].mime)["Disposition-Notification-To"] == WU


@pytest.mark.parametrize("name", ["half written", "  half written ", 'with "quotes" & more', "Grüße 🎈", "..."])
def test_a_draft_is_found_by_its_exact_subject(wu: GmailAccount, gmail: GmailMailbox, name: str) -> None:
    subject = name.strip()
    written = subject if subject.isascii() else Header(subject, "utf-8").encode()
    wu.mailbox.add_draft(mail(written))
    wu.mailbox.add_draft(mail("half written, and more"))
    assert gmail.send_draft(name, tag="t", receipt=False).item.subject == subject


def test_a_draft_nobody_or_two_answer_to_is_not_sent(wu: GmailAccount, gmail: GmailMailbox) -> None:
    for _ in range(2):
        wu.mailbox.add_draft(mail("twice"))
    with pytest.raises(DraftNotFound, match='2 drafts are called "twice"'):
        gmail.send_draft("twice", tag="t", receipt=True)
    for name in ("never written", "r-123456789"):
        with pytest.raises(DraftNotFound, match="no draft is called"):
            gmail.send_draft(name, tag="t", receipt=True)
    assert len(wu.drafts) == 2


@pytest.mark.parametrize("trouble", ["lose", "drop", "cut"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_lost_answer_never_sends_a_draft_twice(
    world: World, wu: GmailAccount, gmail: GmailMailbox, arrived: list[Letter], trouble: str, times: int
) -> None:
    wu.mailbox.add_draft(mail("once"))
    fault(world, Fault(trouble=trouble, pattern="drafts/send", times=times))  # type: ignore[arg-type]  # parametrised
    try:
        gmail.send_draft("once", tag="t", receipt=True)
    except SendUnknown:
        gmail.send_draft("once", tag="t", receipt=True)
    assert gmail.send_draft("once", tag="t", receipt=True).item.tag == "t"
    world.clock.advance(TRANSIT)
    assert len(arrived) == 1


def test_a_draft_to_nobody_is_refused_and_stays(wu: GmailAccount, gmail: GmailMailbox) -> None:
    wu.mailbox.add_draft(b"Subject: to nobody\r\n\r\nhello\r\n")
    with pytest.raises(SendRefused, match="Recipient address required"):
        gmail.send_draft("to nobody", tag="t", receipt=True)
    assert len(wu.drafts) == 1


def test_a_draft_that_vanishes_meanwhile_is_not_sent(world: World, wu: GmailAccount, gmail: GmailMailbox) -> None:
    draft = wu.mailbox.add_draft(mail())
    fault(world, Fault(trouble="answer", pattern="PUT .*drafts", status=404, body="{}"))
    with pytest.raises(DraftNotFound, match="meanwhile"):
        gmail.send_draft(draft, tag="t", receipt=True)


def test_an_access_token_that_runs_out_while_sending_sends_once(
    world: World, gmail: GmailMailbox, arrived: list[Letter]
) -> None:
    world.clock.advance(timedelta(hours=2))
    fault(world, Fault(trouble="expire-token", pattern="/send"))
    gmail.send(mail(), tag="t", receipt=True)
    world.clock.advance(TRANSIT)
    assert len(arrived) == 1


def test_no_draft_is_armed(gmail: GmailMailbox) -> None:
    assert gmail.arm_drafts(marked_only=False) == ()
    assert any("cannot be turned on in Gmail drafts" in limit for limit in gmail.capabilities().limits)
