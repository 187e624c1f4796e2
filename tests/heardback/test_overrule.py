"""Setting evidence aside, and what is known of addresses, from the command line."""

import sys
from io import BytesIO, TextIOWrapper
from typing import Any

import pytest

from tests.heardback.conftest import Desk

THEA = "thea@birch.example"


def sent_and_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Ids of a mail that came back read, and of the evidence for that."""
    assert desk.connect("gmail", "--allow", "send").code == 0
    message = f"To: {THEA}\r\nSubject: Offer\r\n\r\nHello\r\n"
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(message.encode())))
    item = desk.type("send", "-t", "--json").json["item"]
    desk.wait(days=1)
    assert desk.type("run", "--once").code == 0
    (evidence,) = shown(desk, item)["evidence"]
    return item, evidence["id"]


def shown(desk: Desk, item: str) -> Any:
    return desk.type("show", item, "--json").json


def verdict(desk: Desk, item: str) -> str:
    (one,) = shown(desk, item)["recipients"]
    return str(one["verdict"])


def planned(desk: Desk, item: str) -> list[str]:
    found = desk.type("reminders", "--all", "--json").json
    return [each["state"] for each in found if each["item"] == item]


def test_evidence_set_aside_does_not_count_until_the_decision_is_taken_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    item, evidence = sent_and_read(desk, monkeypatch)
    assert verdict(desk, item) == "read"
    done = desk.type("overrule", item, evidence[:8], "--because", "this was me")
    assert (done.code, verdict(desk, item), planned(desk, item)) == (0, "unread", ["planned"])
    told = desk.type("show", item).out
    assert evidence[:8] in told
    assert "this was me" in told
    desk.wait(minutes=1)
    assert desk.type("overrule", item, evidence, "--undo").code == 0
    assert (verdict(desk, item), planned(desk, item)) == ("read", ["cancelled"])


def test_a_decision_survives_reading_again_export_and_import(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    item, evidence = sent_and_read(desk, monkeypatch)
    assert desk.type("overrule", item, evidence, "--because", "not about this").code == 0
    assert desk.type("run", "--once").code == 0
    file = str(desk.folder.parent / "out.json")
    assert desk.type("export", file).code == 0
    desk.folder = desk.folder.with_name("other")
    assert desk.type("import", file).code == 0
    assert verdict(desk, item) == "unread"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("ffffffff", "--because", "this was me"), 'There is no evidence "ffffffff"'),
        (("", "--because", "this was me"), "There is no evidence"),
    ],
)
def test_evidence_that_is_not_there_is_said(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    item, _ = sent_and_read(desk, monkeypatch)
    done = desk.type("overrule", item, *words)
    assert (done.code, says in done.err) == (2, True)


def test_contacts_say_how_an_address_behaves_and_what_to_ask_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    item, _ = sent_and_read(desk, monkeypatch)
    (known,) = desk.type("contacts", "--to", THEA, "--json").json
    assert (known["address"], known["asked"], known["receipts"]) == (THEA, 1, 1)
    assert known["advice"] == "ask for a receipt: one came before"
    assert shown(desk, item)["contacts"] == [known]
    assert "this address returned a receipt for 1 of 1 request" in desk.type("contacts").out
    assert "this address returned a receipt for 1 of 1 request" in " ".join(desk.type("show", item).out.split())
