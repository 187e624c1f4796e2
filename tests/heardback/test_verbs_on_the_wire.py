"""Labels, categories, copies to oneself and answers to reminders, on Gmail and on Outlook, over the wire."""

import sys
from contextlib import closing
from datetime import timedelta
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
