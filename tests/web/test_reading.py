"""Having the mailboxes read from the page: by itself, by the worker beside it, never twice and never in its way."""

import http.client
import re
import signal
import sys
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from heardback.worker_lock import bell_in, sole_worker
from sandbox.world import World
from store.ledger import AccountState, StoreBusy
from tests.heardback.conftest import Desk
from tests.scheduler.test_worker import until
from tests.web.conftest import Person, words
from tests.web.test_command import started

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
        assert "gmail:ana@example.com was not read: " in said
        assert "outlook:ben@example.org was not read: " in said
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
            person.ledger.change_account(each.id, lambda account: replace(account, problem=""))
        bell_in(folder).silence()
        until(lambda: readings() == 0)
        assert "Read today, 14:00." in words(person.see("/"))
        person.now += timedelta(hours=1)
        assert "Read today" not in words(person.see("/"))


def test_what_a_worker_was_asked_for_and_did_not_do_the_page_does_itself(person: Person) -> None:
    with sole_worker(person.folder / "data"):
        press(person)
        until(lambda: bell_in(person.folder / "data").rings)
    until(lambda: readings() == 0)
    assert "gmail:ana@example.com was not read: " in words(person.see("/"))
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
            until(lambda: inside or "Read today" in words(person.see("/")))
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
