"""Labels, categories, copies to oneself and answers to reminders, on Gmail and on Outlook, over the wire."""

import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from io import BytesIO, TextIOWrapper

import pytest

from store.ledger import Reminder
from store.tiny import TinyLedger
from tests.heardback.conftest import GMAIL, OUTLOOK, Desk

ADDRESS = {"gmail": GMAIL, "outlook": OUTLOOK}


def send(desk: Desk, monkeypatch: pytest.MonkeyPatch, *lines: str) -> str:
    text = "\r\n".join([*lines[:-1], "", lines[-1], ""])
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(text.encode())))
    done = desk.type("send", "-t", "--no-receipt", "--json")
    assert done.code == 0, done.err
    return str(done.json["item"])


def planned(desk: Desk) -> dict[str, str]:
    listed = desk.type("reminders", "--json").json
    return {each["subject"]: each["due_at"][5:16] for each in listed}


def reminder(desk: Desk, item: str) -> Reminder:
    with closing(TinyLedger(desk.folder / "ledger.db")) as ledger:
        found = ledger.reminder(f"{item}-1")
    assert found
    return found


def lines_of(desk: Desk, item: str) -> list[tuple[str, str]]:
    return [(each["what"], each["why"]) for each in desk.type("why", item, "--json").json["decisions"]]


@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_what_a_person_says_in_their_own_mail_program_is_done_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    assert desk.connect(provider, "--allow", "send").code == 0
    me, to = ADDRESS[provider], "To: silas@silent.example"
    plus = me.replace("@", "+{}@")
    items = {
        "Silent": send(desk, monkeypatch, to, "Subject: Silent", "Hello."),
        "Labelled": send(desk, monkeypatch, to, "Subject: Labelled", "Hello."),
        "Copied": send(desk, monkeypatch, to, f"Bcc: {plus.format('2d')}", "Subject: Copied", "Hello."),
        "Off": send(desk, monkeypatch, to, f"Bcc: {plus.format('off')}", "Subject: Off", "Hello."),
        "Wrong": send(desk, monkeypatch, to, f"Bcc: {plus.format('3x')}", "Subject: Wrong", "Hello."),
        "Filed": send(desk, monkeypatch, to, f"Bcc: {plus.format('archive')}", "Subject: Filed", "Hello."),
    }
    desk.wait(minutes=10)
    for _ in range(2):
        assert desk.type("run", "--once").code == 0
    usual = "05-07T09:00"
    assert planned(desk) == {
        "Silent": usual, "Labelled": usual, "Copied": "05-06T09:00", "Wrong": usual, "Filed": usual,
    }  # fmt: skip
    assert [each["address"] for each in desk.type("show", items["Copied"], "--json").json["recipients"]] == [
        "silas@silent.example"
    ]
    whats = [what for what, _ in lines_of(desk, items["Wrong"])]
    assert sorted(whats) == ["explained", "planned", "rejected"]

    desk.label(provider, "Labelled", "Heardback/1bd")
    desk.wait(minutes=10)
    assert desk.type("run", "--once").code == 0
    assert planned(desk)["Labelled"] == "05-05T09:00"

    desk.wait(days=3, hours=2)
    assert desk.type("run", "--once").code == 0
    assert {reminder(desk, items[each]).state for each in ("Silent", "Labelled", "Copied")} == {"fired"}
    for subject, words in (("Silent", "snooze 2d"), ("Labelled", "Done."), ("Copied", "thank you")):
        (named,) = reminder(desk, items[subject]).told_as
        send(desk, monkeypatch, f"To: {me}", f"In-Reply-To: <{named}>", "Subject: Re: Heardback", f"{words}\r\n\r\n> x")
    desk.wait(minutes=10)
    for _ in range(2):
        assert desk.type("run", "--once").code == 0
    snoozed = reminder(desk, items["Silent"])
    assert (snoozed.state, snoozed.pinned, f"{snoozed.due_at:%m-%d}") == ("planned", True, "05-09")
    assert [what for what, _ in lines_of(desk, items["Silent"])].count("snoozed") == 1
    assert desk.type("snooze", f"{items['Silent']}-1", "2d").code == 0
    later = reminder(desk, items["Silent"]).due_at - snoozed.due_at
    assert timedelta() < later < timedelta(hours=1), "by mail and by command alike: a Saturday"
    assert reminder(desk, items["Labelled"]).state == "done"
    said = lines_of(desk, items["Copied"])
    assert ("said", "thank you") in said
    assert [why for what, why in said if what == "explained"] == [
        '"thank you" is no answer to a reminder; write done, or snooze 2d'
    ]


def test_a_reminder_is_done_whichever_mailbox_the_person_answers_it_from(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for provider in ("gmail", "outlook"):
        assert desk.connect(provider, "--allow", "send").code == 0
    heads = (f"From: {GMAIL}", "To: silas@silent.example")
    items = [send(desk, monkeypatch, *heads, f"Subject: {each}", "Hello.") for each in ("Done", "Wrong")]
    desk.wait(days=3, hours=2)
    assert desk.type("run", "--once").code == 0
    for item, words in zip(items, ("done", "thank you"), strict=True):
        (named,) = reminder(desk, item).told_as
        reply = (f"From: {OUTLOOK}", f"To: {GMAIL}", f"In-Reply-To: <{named}>", "Subject: Re: Heardback", words)
        send(desk, monkeypatch, *reply)
    desk.wait(minutes=10)
    assert desk.type("run", "--once").code == 0
    assert (reminder(desk, items[0]).state, reminder(desk, items[1]).state) == ("done", "fired")
    desk.wait(days=8)
    told = desk.type("run", "--once", "--json").json["outcomes"]
    assert [each["reminder"]["id"] for each in told if each["what"] == "fired"] == [f"{items[1]}-2"]
    assert [what for what, _ in lines_of(desk, items[1])].count("explained") == 1


def ours(desk: Desk, subject: str) -> str:
    """Message-ID of the newest mail of ours to oneself at Gmail with these words in its subject."""
    box = desk.world.google.account(GMAIL).mailbox
    mails = [message_from_bytes(each.raw) for each in box.newest_first()]
    found = [each for each in mails if subject in str(each["Subject"]) and each["Auto-Submitted"] == "auto-generated"]
    return str(found[0]["Message-ID"])


def answer(desk: Desk, monkeypatch: pytest.MonkeyPatch, named: str, *lines: str) -> None:
    """The person answers a mail of ours in their mail program, and it is read."""
    send(desk, monkeypatch, f"To: {GMAIL}", f"In-Reply-To: {named}", "Subject: Re: Heardback", *lines)
    for _ in range(2):
        desk.wait(minutes=5)
        assert desk.type("run", "--once").code == 0


def fired(desk: Desk, monkeypatch: pytest.MonkeyPatch, *subjects: str) -> list[str]:
    """Mails of which a reminder came, and is told at all places."""
    assert desk.connect("gmail", "--allow", "send").code == 0
    items = [send(desk, monkeypatch, "To: silas@silent.example", f"Subject: {each}", "Hello.") for each in subjects]
    for days in (0, 3, 1, 1):
        desk.wait(days=days, hours=2)
        assert desk.type("run", "--once").code == 0
    return items


def test_the_mail_that_says_what_was_not_understood_may_be_answered_as_it_invites_to(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (item,) = fired(desk, monkeypatch, "Offer")
    (named,) = reminder(desk, item).told_as
    answer(desk, monkeypatch, f"<{named}>", "thank you")
    assert reminder(desk, item).state == "fired"
    answer(desk, monkeypatch, ours(desk, "not understood"), "thanks again")
    assert [what for what, _ in lines_of(desk, item)].count("explained") == 2
    answer(desk, monkeypatch, ours(desk, "not understood"), "done")
    assert reminder(desk, item).state == "done"


def test_the_mail_about_a_wrong_copy_may_be_answered_before_a_reminder_comes(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.connect("gmail", "--allow", "send").code == 0
    copy = f"Bcc: {GMAIL.replace('@', '+3x@')}"
    item = send(desk, monkeypatch, "To: silas@silent.example", copy, "Subject: Offer", "Hello.")
    desk.wait(minutes=5)
    assert desk.type("run", "--once").code == 0
    answer(desk, monkeypatch, ours(desk, "not understood"), "snooze 2d")
    asked = reminder(desk, item)
    assert (asked.state, asked.pinned, f"{asked.due_at:%m-%d}") == ("planned", True, "05-06")


def test_a_digest_of_one_mail_may_be_answered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.config.write_text(f'reminders.show_in = "digest"\n{desk.config.read_text()}')
    (item,) = fired(desk, monkeypatch, "Offer")
    answer(desk, monkeypatch, ours(desk, "to think of"), "done")
    assert reminder(desk, item).state == "done"


def test_an_answer_to_a_digest_of_several_settles_nothing_and_is_answered_each_day_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.config.write_text(f'reminders.show_in = "digest"\n{desk.config.read_text()}')
    items = fired(desk, monkeypatch, "Offer", "Question")
    digest = ours(desk, "to think of")
    answer(desk, monkeypatch, digest, "done")
    answer(desk, monkeypatch, ours(desk, "not understood"), "done")
    assert {reminder(desk, each).state for each in items} == {"fired"}
    story = [what for each in items for what, _ in lines_of(desk, each)]
    assert (story.count("rejected"), story.count("explained")) == (2, 1)
    desk.wait(days=1)
    answer(desk, monkeypatch, digest, "done")
    assert [what for each in items for what, _ in lines_of(desk, each)].count("explained") == 2


def test_what_a_program_answers_to_our_mail_is_not_heard(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (item,) = fired(desk, monkeypatch, "Offer")
    (named,) = reminder(desk, item).told_as
    heads = (f"To: {GMAIL}", f"In-Reply-To: <{named}>", "Auto-Submitted: auto-replied", "Subject: Away")
    send(desk, monkeypatch, *heads, "done")
    desk.wait(minutes=5)
    assert desk.type("run", "--once").code == 0
    assert reminder(desk, item).state == "fired"
    assert {what for what, _ in lines_of(desk, item)} == {"planned", "fired"}


@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_an_address_added_after_connecting_is_the_persons_own_a_day_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    assert desk.connect(provider, "--allow", "send").code == 0
    if provider == "gmail":
        account = desk.world.google.account(GMAIL)
        account.identity = replace(account.identity, aliases=(*account.identity.aliases, "me@new.example"))
    else:
        work = desk.world.microsoft.account(OUTLOOK)
        work.aliases = (*work.aliases, "me@new.example")
    item = send(desk, monkeypatch, "To: silas@silent.example", "Bcc: me+2d@new.example", "Subject: Copied", "Hello.")
    for hours in (1, 24):
        desk.wait(hours=hours)
        assert desk.type("run", "--once").code == 0
    assert planned(desk) == {"Copied": "05-06T09:00"}
    assert [each["address"] for each in desk.type("show", item, "--json").json["recipients"]] == [
        "silas@silent.example"
    ]
