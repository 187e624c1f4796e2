"""A rule about questions reads the whole of what the person wrote, once, and only where it matters."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from werkzeug.wrappers import Request

from sandbox.faults import Fault
from sandbox.microsoft import mime as exchange_mime
from store.tiny import TinyLedger
from tests.heardback.conftest import GMAIL, OUTLOOK, Desk

LONG = "We have looked at all of it, and it is as we said the other day. " * 8
RULE = '\n[[remind]]\nasks_question = true\nafter = "1 business day"\nagain = 0\n'
SILAS = "silas@silent.example"


class Home:
    """A mailbox, its owner's own mail program, and the count of messages that were read whole."""

    def __init__(self, desk: Desk, provider: str) -> None:
        self.desk = desk
        self.provider = provider
        self.address = GMAIL if provider == "gmail" else OUTLOOK
        self.read: list[str] = []
        world = desk.world
        (world.google if provider == "gmail" else world.microsoft).server.watch(self._see)
        assert desk.connect(provider, "--allow", "send").code == 0

    def _see(self, request: Request) -> None:
        if request.args.get("format") == "raw" or request.path.endswith("/$value"):
            self.read.append(request.full_path)

    def write(self, subject: str, text: str, *, kind: str = "text/plain", extra: str = "", to: str = SILAS) -> None:
        head = f"From: {self.address}\r\nTo: {to}\r\nSubject: {subject}\r\n{extra}Content-Type: {kind}\r\n\r\n"
        mime = (head + text).encode()
        if self.provider == "gmail":
            self.desk.world.google.account(self.address).send(mime)
        else:
            account: Any = self.desk.world.microsoft.account(self.address)
            with account.turn():
                draft = account.mailbox.add("drafts", exchange_mime.read(mime), is_draft=True, is_read=True)
                self.desk.world.microsoft._transport.send(account, draft)
        self.desk.wait(minutes=1)

    def rule(self, rule: str = RULE) -> None:
        with self.desk.config.open("a", encoding="utf-8") as file:
            file.write(rule)

    def forget_cursors(self) -> None:
        """The provider lists everything again."""
        if self.provider == "gmail":
            self.desk.world.google.account(self.address).mailbox.history.expire()
        else:
            self.desk.world.microsoft.expire_cursors(self.address)

    def due(self) -> dict[str, str]:
        """Subject to the day of its reminder, after one more reading."""
        assert self.desk.type("run", "--once").code == 0
        return {each["subject"]: each["due_at"][5:10] for each in self.desk.type("reminders", "--json").json}


@pytest.fixture(params=["gmail", "outlook"])
def home(request: pytest.FixtureRequest, desk: Desk) -> Home:
    return Home(desk, str(request.param))


def test_a_question_is_found_wherever_the_person_asked_it(home: Home) -> None:
    home.rule()
    home.write("Last", f"{LONG}\r\n\r\nCan you come?\r\n")
    home.write("Markup", f"<p>{LONG}</p><p>Can you <i>come</i>?</p>", kind="text/html")
    home.write("None", LONG)
    home.write("Quoted", f"{LONG}\r\n\r\nOn Mon, 4 May 2026 Silas wrote:\r\n> Can you come?\r\n")
    home.write("Signed", f"{LONG}\r\n-- \r\nQuestions? Call me\r\n")
    home.write("Link", f"{LONG} https://shop.example/offer?id=3 {LONG}")
    home.write("First", f"Can you come? {LONG}")
    home.write("Now?", LONG)
    home.write("Short", "Thank you.\r\n")
    one, three = "05-05", "05-07"
    assert home.due() == {
        **dict.fromkeys(("Last", "Markup", "First", "Now?"), one),
        **dict.fromkeys(("None", "Quoted", "Signed", "Link", "Short"), three),
    }
    assert len(home.read) == 6, "what the first words or the subject tell is not read"


def test_each_mail_is_read_once_and_nothing_of_it_is_kept_but_the_answer(home: Home) -> None:
    home.rule()
    home.write("Last", f"{LONG}\r\n\r\nCan the zebra come?\r\n")
    home.due()
    home.forget_cursors()
    home.due()
    assert len(home.read) == 1
    with closing(TinyLedger(home.desk.folder / "ledger.db")) as ledger:
        assert [each.asks_question for each in ledger.items()] == [True]
        assert "zebra" not in json.dumps(ledger.export())


@pytest.mark.parametrize("rule", ["", RULE.replace("asks_question", 'to = "@other.example"\nasks_question')])
def test_nothing_is_read_where_no_rule_turns_on_it(home: Home, rule: str) -> None:
    home.rule(rule)
    home.write("Last", f"{LONG}\r\n\r\nCan you come?\r\n")
    assert (home.due(), home.read) == ({"Last": "05-07"}, [])


def test_a_rule_that_is_added_later_is_heeded_for_mail_that_is_still_waited_for(home: Home) -> None:
    home.write("Last", f"{LONG}\r\n\r\nCan you come?\r\n")
    assert home.due() == {"Last": "05-07"}
    home.rule()
    assert (home.due(), len(home.read)) == ({"Last": "05-05"}, 1)


@pytest.mark.parametrize("guess", [False, True])
def test_what_an_older_version_guessed_from_the_first_words_is_looked_for_anew(home: Home, guess: bool) -> None:
    home.rule()
    home.write("Last", f"{LONG}\r\n\r\nCan you come?\r\n")
    home.write("None", LONG)
    assert home.due() == {"Last": "05-05", "None": "05-07"}
    with closing(sqlite3.connect(home.desk.folder / "ledger.db", isolation_level=None)) as file:
        old = "json_set(doc, '$.asks_question', json(?))"
        file.execute(f"UPDATE documents SET doc = {old} WHERE tab = 'items'", (json.dumps(guess),))
        file.execute("PRAGMA user_version = 4")
    assert home.due() == {"Last": "05-05", "None": "05-07"}


def test_mail_sent_through_heardback_is_not_fetched(home: Home) -> None:
    home.rule()
    for subject, end in (("Last", "Can you come?"), ("None", "")):
        file = home.desk.folder / "mail.eml"
        file.write_text(f"From: {home.address}\nTo: {SILAS}\nSubject: {subject}\n\n{LONG}\n\n{end}\n", "utf-8")
        assert home.desk.type("send", "--file", str(file)).code == 0
    home.desk.wait(minutes=1)
    assert (home.due(), home.read) == ({"Last": "05-05", "None": "05-07"}, [])


def test_where_the_text_cannot_be_read_the_rest_goes_on_and_it_is_tried_again(home: Home) -> None:
    home.rule()
    home.write("Last", f"{LONG}\r\n\r\nCan you come?\r\n")
    server = (home.desk.world.google if home.provider == "gmail" else home.desk.world.microsoft).server
    server.faults.add(Fault(trouble="answer", status=503, times=30, pattern="format=raw|value"))
    assert home.desk.type("run", "--once").code == 1
    listed = home.desk.type("reminders", "--json").json
    assert [each["due_at"][5:10] for each in listed] == ["05-07"]
    server.faults.clear()
    assert home.due() == {"Last": "05-05"}
