"""The main job, over the wire: every verdict that needs no image, on Gmail and on Outlook, through the command line."""

import sys
from io import BytesIO, TextIOWrapper
from typing import Any

import pytest

from tests.heardback.conftest import Desk

#: correspondent, days until it is settled, the verdict, and a word its reason must hold
VERDICTS = [
    ("thea@birch.example", 1, "read", "displayed"),
    ("tom@birch.example", 1, "read", "displayed"),
    ("erik@nordwind.example", 1, "read", "displayed"),
    ("oskar@altstadt.example", 1, "read", "displayed"),
    ("otto@altbau.example", 1, "read", "displayed"),
    ("olga@gateway.example", 1, "read", "displayed"),
    ("rosa@universidad.example", 2, "read", "displayed"),
    ("evan@evergreen.example", 1, "read", "displayed"),
    ("wanda@campus.example", 1, "read", "displayed"),
    ("lena@later.example", 5, "answered", "answer"),
    ("paul@harbour.example", 2, "answered", "answer"),
    ("greta@webmail.example", 2, "answered", "answer"),
    ("anton@atelier.example", 2, "answered", "answer"),
    ("circle@lists.example", 2, "answered", "answer"),
    ("tina@phone.example", 2, "answered", "answer"),
    ("cleo@calendar.example", 2, "probably read", "invitation"),
    ("dora@discreet.example", 1, "declined", "refused"),
    ("stan@quiet.example", 2, "declined", ""),
    ("nora@nordwind.example", 6, "deleted unread", "deleted"),
    ("alice@offices.example", 1, "away", ""),
    ("henri@maison.example", 1, "away", ""),
    ("ines@taller.example", 1, "away", ""),
    ("george@closed.example", 1, "not delivered", ""),
    ("quinn@oldhost.example", 1, "not delivered", ""),
    ("mara@brimming.example", 1, "not delivered", ""),
    ("delia@faraway.example", 1, "delayed", ""),
    ("delia@faraway.example", 7, "not delivered", ""),
    ("silas@silent.example", 3, "unread", "receipt"),
    ("gina@webmail.example", 3, "unread", "receipt"),
]

#: machines, rogues and look-alikes: whatever they send, nobody has read anything
NEVER_READ = [
    "rex@quota.example",
    "desk@press.example",
    "claims@insurer.example",
    "edi@trade.example",
    "chad@gated.example",
    "mallory@rogue.example",
    "eve@rogue.example",
    "rita@relay.example",
    "dirk@slowpost.example",
]


def send(desk: Desk, monkeypatch: pytest.MonkeyPatch, to: str, *words: str, subject: str = "A question") -> Any:
    message = f"To: {to}\r\nSubject: {subject}\r\n\r\nHello, is it done?\r\n"
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(message.encode())))
    done = desk.type("send", "-t", "--json", *words)
    assert done.code == 0, done.err
    return done.json["item"]


def recipients(desk: Desk, item: str) -> dict[str, tuple[str, str]]:
    shown = desk.type("show", item, "--json").json
    return {each["address"]: (each["verdict"], each["why"]) for each in shown["recipients"]}


@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_each_verdict_that_needs_no_image_is_reached(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    assert desk.connect(provider, "--allow", "send").code == 0
    items = [send(desk, monkeypatch, to, subject=f"Mail {n}") for n, (to, *_) in enumerate(VERDICTS)]
    unasked = send(desk, monkeypatch, "silas@silent.example", "--no-receipt", subject="No receipt")
    found: dict[int, tuple[str, str]] = {}
    for day in range(1, 8):
        desk.wait(days=1)
        assert desk.type("run", "--once").code == 0
        for number, (to, days, *_) in enumerate(VERDICTS):
            if days == day:
                found[number] = recipients(desk, items[number])[to]
    reached = {(to, days): found[n][0] for n, (to, days, *_) in enumerate(VERDICTS)}
    assert reached == {(to, days): verdict for to, days, verdict, _ in VERDICTS}
    assert [found[n] for n, row in enumerate(VERDICTS) if row[3] not in found[n][1]] == []
    assert recipients(desk, unasked)["silas@silent.example"][0] == "unknowable"


@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_no_machine_forged_or_rejected_receipt_yields_a_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    assert desk.connect(provider, "--allow", "send").code == 0
    items = {to: send(desk, monkeypatch, to, subject=f"To {to}") for to in NEVER_READ}
    for _ in range(7):
        desk.wait(days=1)
        assert desk.type("run", "--once").code == 0
    verdicts = {to: recipients(desk, item)[to][0] for to, item in items.items()}
    assert {to: verdict for to, verdict in verdicts.items() if verdict in {"read", "answered", "probably read"}} == {}
