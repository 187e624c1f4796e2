"""The stream that tells open pages they are old: over real requests, and its one look for all of them."""

import asyncio
import http.client
import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from heardback.commands.reminders import find_reminder
from heardback.web.news import MOST, News, Streaming
from relay.protocol import MOST_OF_ONE
from store.ledger import StoreBusy
from store.restore import restore_backup
from tests.scheduler.test_worker import until
from tests.web.conftest import Person


class Stream:
    """A page's stream, as a browser reads it."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.answer = answer

    def mark(self) -> str:
        """The next mark; empty if the stream has ended."""
        lines = iter(self.answer.readline, b"")
        return next((line.decode().removeprefix("data: ").strip() for line in lines if line.startswith(b"data: ")), "")


@contextmanager
def listening(person: Person) -> Iterator[Stream]:
    connection = http.client.HTTPConnection("127.0.0.1", person.door.port, timeout=20)
    try:
        connection.request("GET", "/news", headers={"Cookie": person.cookie})
        yield Stream(connection.getresponse())
    finally:
        connection.close()


def mark_of(person: Person) -> str:
    found = re.search(r'data-mark="([^"]+)"', person.see("/").text)
    assert found
    return found[1]


def test_a_page_is_told_its_mark_and_each_one_that_comes_after(person: Person) -> None:
    with listening(person) as stream:
        assert stream.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.answer.headers["cache-control"] == "no-store"
        shown = stream.mark()
        assert shown == mark_of(person)
        person.send("/reminders/hebrewhe-1/done")
        done = stream.mark()
        assert shown != done == mark_of(person)
        person.now += timedelta(minutes=6)
        assert stream.mark() == mark_of(person) != done


def test_what_happens_after_a_backup_was_restored_is_news_too(person: Person) -> None:
    backup = person.folder / "backup.db"
    person.ledger.backup(backup)
    with listening(person) as stream:
        marks = [stream.mark()]
        restore_backup(person.folder / "data" / "ledger.db", backup, prepare=lambda _: None)
        marks.append(stream.mark())
        assert marks[-1] == mark_of(person)
        person.send("/reminders/hebrewhe-1/done")
        marks.append(stream.mark())
        assert marks[-1] == mark_of(person)
    assert len(set(marks)) == 3


def test_that_the_ledger_fails_is_news_and_that_it_is_well_again(person: Person) -> None:
    file = person.folder / "data" / "ledger.db"
    with listening(person) as stream:
        well = stream.mark()
        file.rename(file.with_name("elsewhere"))
        assert stream.mark() == "failed"
        file.with_name("elsewhere").rename(file)
        assert stream.mark() == well


def test_streams_are_bounded_and_one_too_many_is_told_the_mark_and_to_come_again(person: Person) -> None:
    with ExitStack() as open_ones:
        streams = [open_ones.enter_context(listening(person)) for _ in range(MOST)]
        marks = {each.mark() for each in streams}
        with listening(person) as another:
            assert b"retry: 2000" in another.answer.peek()
            assert ({another.mark()}, another.mark()) == (marks, "")
    until(lambda: _stays_open(person))


def _stays_open(person: Person) -> bool:
    with listening(person) as stream:
        stream.mark()
        person.now += timedelta(minutes=6)
        return bool(stream.mark())


def test_open_streams_do_not_hold_up_the_end(person: Person) -> None:
    with listening(person) as stream:
        stream.mark()
        began = time.monotonic()
        person.running.__exit__(None, None, None)
        assert time.monotonic() - began < 2
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            stream.answer.read()


def test_to_listen_is_not_to_dawdle(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Streaming, "patience", 0.1)
    with listening(person) as stream, socket.create_connection(("127.0.0.1", person.door.port), timeout=20) as idle:
        stream.mark()
        assert idle.recv(1) == b""
        time.sleep(0.5)
        person.send("/reminders/hebrewhe-1/done")
        assert stream.mark()


def test_one_look_serves_all_streams_and_nobody_looks_while_nobody_listens() -> None:
    looks: list[float] = []

    def look() -> str:
        looks.append(time.monotonic())
        if len(looks) == 30:
            raise StoreBusy("it is written just now")
        return "after" if len(looks) > 40 else "before"

    async def play() -> tuple[list[str], list[str]]:
        news = News(look, every=0.01)
        watching = asyncio.create_task(news.watch())
        streams = [news.marks() for _ in range(MOST)]
        first = [await anext(each) for each in streams]
        then = await asyncio.gather(*(anext(each) for each in streams))
        for each in streams:
            await each.aclose()
        await asyncio.sleep(0.1)
        rested = len(looks)
        await asyncio.sleep(0.1)
        assert len(looks) == rested
        watching.cancel()
        return first, then

    assert asyncio.run(play()) == (["before"] * MOST, ["after"] * MOST)
    between = [later - sooner for sooner, later in pairwise(looks[MOST:])]
    assert min(between) > 0.008, "however many listen, one looks"


def test_what_was_asked_for_is_answered_however_long_that_takes(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Streaming, "patience", 0.1)

    def find_slowly(*asked: Any) -> Any:
        time.sleep(0.6)
        return find_reminder(*asked)

    monkeypatch.setattr("heardback.web.deeds.find_reminder", find_slowly)
    assert person.send("/reminders/hebrewhe-1/done").status == 303


def test_who_only_holds_connections_makes_room_for_who_asks(person: Person) -> None:
    with ExitStack() as held, listening(person) as stream:
        stream.mark()
        for _ in range(MOST_OF_ONE + 50):
            held.enter_context(socket.create_connection(("127.0.0.1", person.door.port), timeout=20))
        assert person.see("/help").status == 200
        person.send("/reminders/hebrewhe-1/done")
        assert stream.mark(), "a stream is no idle connection"
