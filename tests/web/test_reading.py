"""Having the mailboxes read from the page: by itself, by the worker beside it, never twice and never in its way."""

import http.client
import re
import signal
import sys
import threading
from contextlib import closing, nullcontext
from dataclasses import replace
from datetime import timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from evidence.model import Grade, Kind
from heardback.worker_lock import bell_in, sole_worker
from sandbox.world import World
from store.ledger import AccountState, StoreBusy
from tests.heardback.conftest import Desk
from tests.heardback.screens import ITEMS
from tests.scheduler.test_worker import until
from tests.web.conftest import Person, words
from tests.web.test_command import started
from tests.web.test_pages import ANA, receipt

GOES_ON = "Reading your mailboxes"


def readings() -> int:
    return sum(each.name == "reading" for each in threading.enumerate())


def press(person: Person, back: str = "/") -> None:
    answer = person.send("/read", {"back": back})
    assert (answer.status, answer.headers["location"]) == (303, back)


def test_without_a_worker_the_page_reads_by_itself_and_tells_what_went_wrong(person: Person) -> None:
    assert "Read now" in words(person.see("/"))
    press(person, "/mailboxes")
    until(lambda: GOES_ON not in words(person.see("/")))
    for path in ("/", "/mailboxes"):
        said = words(person.see(path))
        assert "Not read: ana@example.com, ben@example.org ; why, and what to do, stands below." in said
        assert "Read just now" not in said, "nothing was read"
        assert "no sign-in is saved; sign in again. Its reminders are held back until you do. Sign in again" in said
        assert 'href="/connect?provider=gmail&amp;address=ana%40example.com"' in person.see(path).text
        assert "No Microsoft client is set" in said
        assert "Once that is set, start Heardback anew." in said
    assert not bell_in(person.folder / "data").rings


def test_a_worker_beside_is_asked_once_however_often_the_button_is_pressed(person: Person) -> None:
    folder = person.folder / "data"
    with sole_worker(folder):
        press(person)
        press(person)
        until(lambda: bell_in(folder).rings)
        press(person)
        assert readings() == 1
        assert GOES_ON in words(person.see("/"))
        assert "Read now" not in words(person.see("/mailboxes"))
        for each in person.ledger.accounts():
            person.ledger.change_account(each.id, lambda account: replace(account, problem="", last_read_at=person.now))
        bell_in(folder).silence()
        until(lambda: readings() == 0)
        assert "Read just now, 14:00: nothing new." in words(person.see("/"))
        person.now += timedelta(minutes=5)
        assert "Read today, 14:00: nothing new." in words(person.see("/"))
        person.now += timedelta(hours=1)
        assert "Read today" not in words(person.see("/"))


def test_what_a_worker_was_asked_for_and_did_not_do_the_page_does_itself(person: Person) -> None:
    with sole_worker(person.folder / "data"):
        press(person)
        until(lambda: bell_in(person.folder / "data").rings)
    until(lambda: readings() == 0)
    assert "Not read: ana@example.com, ben@example.org ;" in words(person.see("/"))
    assert not bell_in(person.folder / "data").rings


def test_a_worker_that_does_not_hear_is_not_waited_for_for_ever(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heardback.web.reading._PATIENCE", 0.0)
    with sole_worker(person.folder / "data"):
        press(person)
        until(lambda: readings() == 0)
    said = words(person.see("/"))
    assert "The worker that runs does not answer." in said
    assert "Read now" in said


def test_trouble_of_the_ledger_is_told_with_what_to_do(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise StoreBusy("ledger.db: another process is holding it")

    with monkeypatch.context() as trouble:
        trouble.setattr("heardback.web.reading.worker_of", busy)
        press(person)
        until(lambda: readings() == 0)
    said = words(person.see("/"))
    assert "another process is holding it. Wait a moment and try again; another Heardback is at work." in said


def test_nothing_is_read_where_nothing_is_connected(person: Person) -> None:
    for each in person.ledger.accounts():
        person.ledger.change_account(each.id, lambda account: replace(account, state=AccountState.DISCONNECTED))
    press(person)
    until(lambda: readings() == 0)
    assert "No mailbox is connected" in words(person.see("/"))


def test_what_came_while_the_mailboxes_were_read_is_told_by_its_kind(person: Person) -> None:
    folder = person.folder / "data"
    with sole_worker(folder):
        press(person)
        until(lambda: bell_in(folder).rings)
        told = (receipt("hebrewhe"), receipt("hebrewhe", source="2"), receipt("hebrewhe", source="3", doubt="forged"))
        answer = receipt("arabicar", source="4", kind=Kind.REPLY, grade=Grade.PROOF, disposition=None)
        person.ledger.take(ANA, items=[replace(ITEMS[0], id="newestof", provider_id="n")], evidence=[*told, answer])
        for each in person.ledger.accounts():
            person.ledger.change_account(each.id, lambda account: replace(account, last_read_at=person.now))
        bell_in(folder).silence()
        until(lambda: readings() == 0)
    came = "1 answer, 2 receipts and 1 piece of evidence that does not count came back; 1 mail you sent is new here."
    assert f"Read just now, 14:00: {came}" in words(person.see("/"))


def test_what_needs_the_person_stays_counted_while_it_is_looked_at(person: Person) -> None:
    with sole_worker(person.folder / "data"):
        press(person)
        for each in person.ledger.due(person.now):
            assert person.ledger.claim(each.id, by="worker", now=person.now, stale_before=person.now)
        said = words(person.see("/"))
        assert said.startswith("3 mails need you now.")
        assert "Being looked at just now: 3 business days after sending" in said


@pytest.mark.parametrize("is_running", [False, True])
def test_a_mailbox_that_cannot_be_reached_says_what_happens_next(person: Person, *, is_running: bool) -> None:
    ben = "outlook:ben@example.org"
    person.set("microsoft.client_id", "client")
    rests = person.now + timedelta(minutes=4)
    with sole_worker(person.folder / "data") if is_running else nullcontext():
        for path in ("/", "/mailboxes"):
            said = words(person.see(path))
            assert "was not read for 1 day: the server did not answer within 60 seconds. " in said.lower()
            again = (
                "It is read by itself every 60 seconds." if is_running else "“Read now” tries again; “heardback run”"
            )
            assert again in said
        person.ledger.change_account(ben, lambda account: replace(account, failures=4, rests_until=rests))
        said = words(person.see("/mailboxes"))
        left_alone = "After 4 failures it is left alone until Fri 2026-05-08 14:04, and then read by itself;"
        assert (left_alone in said) == is_running


def test_a_client_that_is_not_set_is_named_beside_what_went_wrong_before(person: Person) -> None:
    said = words(person.see("/"))
    assert "within 60 seconds. No Microsoft client is set: register one" in said
    assert "setting microsoft.client_id. Once that is set, start Heardback anew." in said


def test_a_form_that_is_not_ours_has_nothing_read(person: Person) -> None:
    assert person.send("/read", mark="x").status == 403
    assert "Read now" in words(person.see("/"))


@pytest.mark.slow
@pytest.mark.parametrize("inside", [False, True])
def test_a_worker_that_rests_for_a_day_reads_at_once_when_the_page_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, inside: bool
) -> None:
    with World(tmp_path) as world:
        desk = Desk(world, tmp_path)
        assert desk.connect("gmail", "--allow", "send").code == 0
        letter = BytesIO(b"To: thea@birch.example\r\nSubject: Your quote\r\n\r\nWords.\r\n")
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(letter))
        assert desk.type("send", "-t").code == 0
        process, link = started(tmp_path, "run", "--set", "run.read_every=86400", "--set", "web.inside=true")
        stuck = threading.Timer(120, process.kill)
        stuck.start()
        person = Person(tmp_path, {}, own_clock=False)
        with person.running, closing(person.ledger):
            (account,) = person.ledger.accounts()
            until(lambda: person.ledger.account(account.id).last_read_at)  # type: ignore[union-attr]  # it is there
            desk.wait(hours=6)
            press_inside(link) if inside else press(person)
            until(lambda: person.ledger.evidence(person.ledger.items()[0].id))
            until(lambda: inside or "1 receipt came back" in words(person.see("/")))
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
        stuck.cancel()
        assert (process.returncode, "Traceback" in said) == (0, False)


def press_inside(link: str) -> None:
    """Press the button on the page of another process."""
    home, _, path = link.rpartition("/")
    line = http.client.HTTPConnection(urlsplit(home).netloc, timeout=20)
    with closing(line):
        line.request("GET", f"/{path}")
        cookie = {"Cookie": _read_whole(line)[0]["set-cookie"].partition(";")[0]}
        line.request("GET", "/", headers=cookie)
        mark = re.search(r'name="form" value="([^"]+)"', _read_whole(line)[1])
        assert mark
        line.request("POST", "/read", urlencode({"form": mark[1]}), cookie)
        assert _read_whole(line)[0]["location"] == "/"


def _read_whole(line: http.client.HTTPConnection) -> tuple[http.client.HTTPMessage, str]:
    answer = line.getresponse()
    return answer.headers, answer.read().decode()
