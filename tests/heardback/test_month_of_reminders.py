"""A month of reminders through the sandbox, on both providers: what comes, and that replaying it tells the same."""

import sys
from collections import defaultdict
from io import BytesIO, TextIOWrapper

import pytest

from tests.heardback.conftest import GMAIL, OUTLOOK, Desk

ADDRESS = {"gmail": GMAIL, "outlook": OUTLOOK}
RULES = """
[[remind]]
subject = "/^invoice/"
condition = "no-reply"
after = "2 business days"
again = "2 business days"
times = 3
grow = 2
[[remind]]
subject = "newsletter"
off = true
[[remind]]
subject = "whatever"
condition = "regardless"
after = "10 days"
again = 0
[[remind]]
subject = "read it"
condition = "read-no-reply"
after = "1 business day"
again = 0
"""
#: subject, to whom, a copy to oneself, and the days in May and June on which reminders come
LETTERS = (
    ("silence", "silas@silent.example", "", ("05-07", "05-14")),
    ("answered soon", "paul@harbour.example", "", ()),
    ("answered late", "lena@later.example", "", ()),
    ("read", "thea@birch.example", "", ()),
    ("refused", "dora@discreet.example", "", ()),
    ("left alone", "stan@quiet.example", "", ()),
    ("given back", "george@closed.example", "", ("05-04",)),
    ("away", "alice@offices.example", "", ("05-19", "05-26")),
    ("invoice, read", "tom@birch.example", "", ("05-06", "05-08", "05-14")),
    ("invoice, answered", "paul@harbour.example", "", ()),
    ("newsletter", "silas@silent.example", "", ()),
    ("whatever", "paul@harbour.example", "", ("05-14",)),
    ("read it", "thea@birch.example", "", ("05-05",)),
    ("copied", "silas@silent.example", "1w", ("05-11", "05-18")),
    ("copied off", "silas@silent.example", "off", ()),
)


def send(desk: Desk, monkeypatch: pytest.MonkeyPatch, provider: str, letter: tuple[str, str, str, object]) -> None:
    subject, to, verb, _ = letter
    copy = f"Bcc: {ADDRESS[provider].replace('@', f'+{verb}@')}\r\n" if verb else ""
    text = f"To: {to}\r\n{copy}Subject: {subject}\r\n\r\nHello.\r\n"
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(text.encode())))
    done = desk.type("send", "-t")
    assert done.code == 0, done.err


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_a_month_brings_the_reminders_expected_and_replays_alike(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    with desk.config.open("a", encoding="utf-8") as file:
        file.write(RULES)
    assert desk.connect(provider, "--allow", "send").code == 0
    for letter in LETTERS:
        send(desk, monkeypatch, provider, letter)
    desk.wait(hours=2)
    subjects = {each["item"]: each["subject"] for each in desk.type("sent", "--json").json}
    came: dict[str, list[str]] = defaultdict(list)
    for _ in range(35):
        report = desk.type("run", "--once", "--json").json
        for each in report["outcomes"]:
            if each["what"] == "fired":
                came[each["reminder"]["item"]].append(each["reminder"]["fired_at"][5:10])
        desk.wait(days=1)
    found = {subjects[item]: tuple(days) for item, days in came.items()}
    assert {subject: found.get(subject, ()) for subject, *_ in LETTERS} == {each[0]: each[3] for each in LETTERS}
    again = desk.type("replay", "--since", "40d", "--json").json
    assert (again["counts"]["new"], again["counts"]["not any more"]) == (0, 0)
