"""Follow-up drafts at both providers: in the thread, in the mail's language, never sent, taken back in time."""

from contextlib import closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import pytest

from sandbox.microsoft.mime import write
from sandbox.people import Correspondent, Habit
from store.tiny import TinyLedger
from tests.heardback.conftest import GMAIL, OUTLOOK, Desk

GERMAN = "Guten Tag Herr Stone,\n\nanbei erhalten Sie wie besprochen unser Angebot. Bitte geben Sie uns Bescheid.\n"


class AtGmail:
    name, address, allow = "gmail", GMAIL, ("--allow", "send", "--allow", "drafts")

    def __init__(self, desk: Desk) -> None:
        self.account: Any = desk.world.google.account(GMAIL)

    def drafts(self) -> list[EmailMessage]:
        box = self.account.mailbox
        held = [each for each in self.account.messages if each.id in box.drafts.values()]
        return [message_from_bytes(each.raw, policy=policy.default) for each in held]

    def is_in_thread(self) -> bool:
        box = self.account.mailbox
        sent = [each for each in self.account.messages if "SENT" in each.labels]
        held = [each for each in self.account.messages if each.id in box.drafts.values()]
        return bool(held[0].thread_id == sent[0].thread_id)

    def discard(self) -> None:
        box = self.account.mailbox
        for each in [each for each in self.account.messages if each.id in box.drafts.values()]:
            box.remove(each)

    def touch(self) -> None:
        box = self.account.mailbox
        (draft,) = box.drafts
        (held,) = [each for each in self.account.messages if each.id == box.drafts[draft]]
        box.replace_draft(draft, held.raw.replace(b"Re: ", b"Re: again "), thread=held.thread_id)


class AtOutlook:
    name, address, allow = "outlook", OUTLOOK, ("--allow", "send", "--allow", "drafts")

    def __init__(self, desk: Desk) -> None:
        self.account: Any = desk.world.microsoft.account(OUTLOOK)

    def _held(self) -> list[Any]:
        box = self.account.mailbox
        return list(box.items(box.folder("drafts").folder_id))

    def drafts(self) -> list[EmailMessage]:
        return [message_from_bytes(write(each, with_bcc=True), policy=policy.default) for each in self._held()]

    def is_in_thread(self) -> bool:
        box = self.account.mailbox
        sent = box.items(box.folder("sentitems").folder_id)
        return bool(self._held()[0].conversation == sent[0].conversation)

    def discard(self) -> None:
        box = self.account.mailbox
        box.move(self._held()[0], box.folder("deleteditems").folder_id)

    def touch(self) -> None:
        self.account.mailbox.change(self._held()[0], "subject")


@pytest.fixture(params=[AtGmail, AtOutlook], ids=["gmail", "outlook"])
def home(request: pytest.FixtureRequest, desk: Desk) -> Any:
    desk.connect(request.param.name, *request.param.allow)
    return request.param(desk)


def send(
    desk: Desk, home: Any, to: str = "silas@silent.example", text: str = "Hello?\n", more: str = "", kind: str = "plain"
) -> str:
    file = desk.folder / "mail.eml"
    head = f"From: {home.address}\nTo: {to}\n{more}Subject: Offer\nContent-Type: text/{kind}; charset=utf-8\n\n"
    file.write_bytes(f"{head}{text}".encode())
    return str(desk.type("send", "--file", str(file), "--json").json["item"])


def test_a_draft_waits_in_the_thread_of_the_mail_and_nothing_is_sent(desk: Desk, home: Any) -> None:
    item = send(desk, home)
    done = desk.type("draft", item, "--json")
    assert (done.code, done.json["to"]) == (0, ["silas@silent.example"])
    (draft,) = home.drafts()
    assert (draft["To"].addresses[0].addr_spec, draft["Subject"]) == ("silas@silent.example", "Re: Offer")
    assert home.is_in_thread()
    assert "come back to my message" in draft.get_body(("plain", "html")).get_content()
    assert desk.type("sent", "--json").json[0]["item"] == item
    assert len(desk.type("sent", "--json").json) == 1


def test_a_draft_names_the_whole_thread(desk: Desk, home: Any) -> None:
    item = send(desk, home, more="In-Reply-To: <two@far.example>\nReferences: <one@far.example> <two@far.example>\n")
    sent = desk.type("show", item, "--json").json["message_id"]
    desk.type("draft", item)
    (draft,) = home.drafts()
    assert draft["In-Reply-To"].split() == [f"<{sent}>"]
    assert draft["References"].split() == ["<one@far.example>", "<two@far.example>", f"<{sent}>"]


def test_a_draft_is_in_the_language_of_the_mail(desk: Desk, home: Any) -> None:
    desk.type("draft", send(desk, home, text=GERMAN))
    (draft,) = home.drafts()
    assert "Mit freundlichen Grüßen" in draft.get_body(("plain", "html")).get_content()


ENGLISH = "Hi Hans,\n\nthanks, could you tell me by Friday whether this works for you?\n\nBest,\nAna\n"
_MARKED = "".join(f"> {line}\n" for line in (GERMAN * 3).splitlines())
_HTML = GERMAN.replace("\n", "<br>") * 3


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        (f"{ENGLISH}\nOn Mon, 4 May 2026 at 10:00, Hans <h@far.example> wrote:\n{_MARKED}", "plain", "come back to my"),
        (
            f"{ENGLISH}\nVon: Hans\nGesendet: Montag\nAn: Ana\nBetreff: Angebot\n\n{GERMAN * 3}",
            "plain",
            "come back to my",
        ),
        (f"<p>{ENGLISH}</p><blockquote>{_HTML}</blockquote>", "html", "come back to my"),
        (f"Ok!\n\nAm Montag schrieb Hans:\n{_MARKED}", "plain", "Mit freundlichen"),
    ],
    ids=["quoted in marks", "quoted as Outlook does", "quoted in a page", "quoted below two letters"],
)
def test_a_draft_is_in_the_language_the_person_wrote_and_not_in_that_they_quote(
    desk: Desk, text: str, kind: str, words: str
) -> None:
    desk.connect(AtGmail.name, *AtGmail.allow)
    home: Any = AtGmail(desk)
    desk.type("draft", send(desk, home, text=text, kind=kind))
    (draft,) = home.drafts()
    assert words in draft.get_body(("plain", "html")).get_content()


def test_a_persons_own_words_are_used_as_they_are(desk: Desk, home: Any) -> None:
    words = desk.folder / "words.txt"
    words.write_text("Na, schon gelesen?\n")
    desk.type("draft", send(desk, home), "--text", str(words))
    (draft,) = home.drafts()
    assert "Na, schon gelesen?" in draft.get_body(("plain", "html")).get_content()


def test_no_second_draft_is_left_in_a_conversation(desk: Desk, home: Any) -> None:
    item = send(desk, home)
    desk.type("draft", item)
    again = desk.type("draft", item)
    assert (again.code, len(home.drafts())) == (1, 1)
    assert "a draft was left about it already" in again.err


@pytest.mark.parametrize("fate", ["thrown away", "sent"])
@pytest.mark.parametrize("seen", ["at the next reading", "at the next draft"])
def test_after_a_draft_is_gone_another_may_be_left(desk: Desk, home: Any, fate: str, seen: str) -> None:
    item = send(desk, home)
    desk.type("draft", item)
    if fate == "sent":
        assert desk.type("send", "--draft", "Re: Offer").code == 0
    else:
        home.discard()
    if seen == "at the next reading":
        desk.type("run", "--once")
        with closing(TinyLedger(desk.folder / "ledger.db")) as ledger:
            assert ledger.deliveries.follow_up(item) is None
    done = desk.type("draft", item)
    assert (done.code, len(home.drafts())) == (0, 1), done.err


def test_a_draft_is_taken_back_if_an_answer_comes_first(desk: Desk, home: Any) -> None:
    item = send(desk, home, to="paul@harbour.example")
    desk.type("draft", item)
    assert len(home.drafts()) == 1
    desk.wait(days=2)
    run = desk.type("run", "--once")
    assert desk.type("show", item, "--json").json["verdict"] == "answered"
    assert home.drafts() == []
    assert "taken back, as an answer came first: 1." in run.err


def answer_from(desk: Desk, home: AtGmail, item: str, sender: str) -> None:
    """An answer to a mail comes some time later, and is read."""
    desk.wait(minutes=5)
    assert desk.type("run", "--once").code == 0
    named = desk.type("show", item, "--json").json["message_id"]
    at = format_datetime(desk.world.clock.now())
    head = f"From: {sender}\r\nTo: {GMAIL}\r\nSubject: Re: Offer\r\nDate: {at}\r\nMessage-ID: <answer@acme.example>\r\n"
    more = f"In-Reply-To: <{named}>\r\nReferences: <{named}>\r\nContent-Type: text/plain\r\n\r\nHere it is.\r\n"
    home.account.mailbox.add(f"{head}{more}".encode(), labels=("INBOX", "UNREAD"))
    desk.wait(minutes=5)
    assert desk.type("run", "--once").code == 0


@pytest.mark.parametrize(("quorum", "left"), [("any", 0), ("all", 1)])
def test_an_answer_from_an_unknown_address_takes_a_draft_back_where_anybodys_is_enough(
    desk: Desk, quorum: str, left: int
) -> None:
    desk.config.write_text(f'reminders.quorum = "{quorum}"\n{desk.config.read_text()}')
    desk.connect(AtGmail.name, *AtGmail.allow)
    home = AtGmail(desk)
    desk.world.cast.join(Correspondent(name="bob", address="bob@acme.example", habit=Habit.SILENT))
    item = send(desk, home, to="silas@silent.example, bob@acme.example")
    desk.type("draft", item)
    assert len(home.drafts()) == 1
    answer_from(desk, home, item, "Carol <carol@acme.example>")
    assert len(home.drafts()) == left


def test_a_draft_that_was_wanted_though_an_answer_was_enough_stays(desk: Desk, home: Any) -> None:
    item = send(desk, home, to="paul@harbour.example, silas@silent.example")
    desk.wait(days=2)
    desk.type("run", "--once")
    assert desk.type("draft", item).code == 0
    desk.wait(days=2)
    desk.type("run", "--once")
    assert len(home.drafts()) == 1


def test_a_sign_of_reading_is_no_answer_to_a_draft(desk: Desk, home: Any) -> None:
    item = send(desk, home, to="rita@outside.example", more="Disposition-Notification-To: me\n")
    desk.type("draft", item)
    desk.wait(days=1)
    desk.type("run", "--once")
    assert len(home.drafts()) == 1


def test_a_draft_the_person_touched_stays_theirs(desk: Desk, home: Any) -> None:
    item = send(desk, home, to="paul@harbour.example")
    desk.type("draft", item)
    home.touch()
    desk.wait(days=2)
    desk.type("run", "--once")
    assert len(home.drafts()) == 1


def people(draft: EmailMessage) -> dict[str, list[str]]:
    """Whom it is to, by field."""
    found = {name: [each.addr_spec for each in draft[name].addresses] for name in ("To", "Cc", "Bcc") if draft[name]}
    return {name: each for name, each in found.items() if each}


def test_a_draft_shows_nobody_who_got_a_blind_copy(desk: Desk, home: Any) -> None:
    item = send(desk, home, more="Cc: tom@birch.example\nBcc: stan@quiet.example, nora@quiet.example\n")
    done = desk.type("draft", item)
    (draft,) = home.drafts()
    assert people(draft) == {"To": ["silas@silent.example"], "Cc": ["tom@birch.example"]}
    assert "Not to stan@quiet.example, nora@quiet.example, who got a blind copy." in " ".join(done.out.split())


def test_who_alone_is_silent_is_written_to_alone_wherever_they_stood(desk: Desk, home: Any) -> None:
    item = send(desk, home, to="paul@harbour.example", more="Bcc: silas@silent.example\n")
    desk.wait(days=2)
    desk.type("run", "--once")
    assert desk.type("draft", item).code == 0
    (draft,) = home.drafts()
    assert people(draft) == {"To": ["silas@silent.example"]}


def test_no_draft_shows_several_who_got_a_blind_copy_to_each_other(desk: Desk, home: Any) -> None:
    item = send(desk, home, to="paul@harbour.example", more="Bcc: desk@press.example, silas@silent.example\n")
    desk.wait(days=2)
    desk.type("run", "--once")
    done = desk.type("draft", item)
    assert (done.code, home.drafts()) == (1, [])
    assert "do not know of each other, and a draft would show them" in " ".join(done.err.split())


def test_nobody_who_answered_gets_a_draft(desk: Desk, home: Any) -> None:
    item = send(desk, home, to="paul@harbour.example")
    desk.wait(days=2)
    desk.type("run", "--once")
    done = desk.type("draft", item)
    assert (done.code, "nobody is left to write to again" in done.err) == (1, True)


@pytest.mark.parametrize("at", [AtGmail, AtOutlook])
def test_without_the_permission_it_says_how_to_give_it(desk: Desk, at: Any) -> None:
    desk.connect(at.name, "--allow", "send")
    item = send(desk, at(desk))
    done = desk.type("draft", item)
    assert (done.code, "--allow drafts" in done.err) == (1, True)
