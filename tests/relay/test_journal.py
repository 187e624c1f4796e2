"""The hits on disk: numbers, torn lines, room, age, a disk that is slow, full or failing."""

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from relay import disk
from relay.journal import Journal
from tests.relay.conftest import NOON, Desk


def hit(number: int, at: datetime = NOON) -> dict[str, str]:
    """One of many."""
    return {"token": f"token-{number:06}", "rule": "browser", "at": at.strftime("%Y-%m-%dT%H:%M:%SZ")}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Journal]]:
    """Opens the journal of one folder; opening it again closes it first, as a restart does."""
    last: list[Journal] = []

    def open_again(**choices: Any) -> Journal:
        for each in last:
            each.close()
        last[:] = [Journal(tmp_path / "hits", **{"most_bytes": 10_000, **choices})]
        return last[0]

    yield open_again
    last[0].close()


def held(journal: Journal, after: int = 0) -> list[int]:
    """The numbers that can still be read."""
    return [number for number, _ in journal.page(after, 100_000).hits]


def test_numbers_go_on_where_they_stopped(opened: Callable[..., Journal]) -> None:
    first = opened()
    first.write([hit(1), hit(2)])
    second = opened()
    second.write([hit(3)])
    assert (held(second), held(second, 2), second.last) == ([1, 2, 3], [3], 3)


@pytest.mark.parametrize("kept", range(1, 60, 7))
def test_a_line_that_a_crash_cut_short_is_taken_away_and_its_number_given_again(
    opened: Callable[..., Journal], tmp_path: Path, kept: int
) -> None:
    journal = opened()
    journal.write([hit(1)])
    (file,) = tmp_path.glob("hits/hits-*")
    whole = file.read_bytes()
    file.write_bytes(whole + whole.replace(b'"n":1', b'"n":2')[: min(kept, len(whole) - 1)])
    again = opened()
    again.write([hit(2)])
    assert ([number for number, _ in again.page(0, 9).hits], file.read_bytes().count(b"\n")) == ([1, 2], 2)


def test_a_line_that_a_bad_disk_garbled_is_passed_over(opened: Callable[..., Journal], tmp_path: Path) -> None:
    journal = opened()
    journal.write([hit(1), hit(2), hit(3)])
    (file,) = tmp_path.glob("hits/hits-*")
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + b"\x00\xff garbled\n" + lines[2])
    assert held(journal) == [1, 3]


def test_the_oldest_go_when_there_is_no_more_room_and_the_reader_learns_it(
    opened: Callable[..., Journal], tmp_path: Path
) -> None:
    journal = opened(most_bytes=3_000)
    for number in range(1, 301):
        journal.write([hit(number)])
    size = sum(file.stat().st_size for file in tmp_path.glob("hits/*"))
    numbers = held(journal)
    assert size <= 3_000
    assert numbers == list(range(numbers[0], 301))
    assert len(numbers) > 20
    assert (journal.page(0, 1).missed, journal.page(numbers[0] - 1, 1).missed) == (True, False)


def test_few_hits_are_kept_no_more_than_a_day_too_long_and_numbers_go_on(opened: Callable[..., Journal]) -> None:
    journal, keep = opened(), timedelta(days=30)
    for day in range(100):
        now = NOON + timedelta(days=day)
        journal.write([hit(2 * day, now), hit(2 * day + 1, now + timedelta(hours=9))])
        if day % 7 == 0:
            journal = opened()  # as somebody does whose machine is off at night
        journal.prune(now + timedelta(hours=10), keep)
    ages = [now + timedelta(hours=10) - datetime.fromisoformat(each["at"]) for _, each in journal.page(0, 1_000).hits]
    assert (len(ages) >= 2 * keep.days, max(ages) <= keep + timedelta(days=1)) == (True, True)
    journal.prune(NOON + timedelta(days=200), keep)
    journal.prune(NOON + timedelta(days=200), keep)
    journal.write([hit(200)])
    assert (held(opened()), journal.last) == ([201], 201)


@pytest.mark.parametrize("damage", ['"at":"2026-05-\u00000412:00"', '"at":7', '"no":"time"'])
def test_a_damaged_line_keeps_nothing_from_going(opened: Callable[..., Journal], tmp_path: Path, damage: str) -> None:
    journal = opened()
    journal.write([hit(1), hit(2)])
    (file,) = tmp_path.glob("hits/hits-*")
    file.write_text(file.read_text().replace(f'"at":"{NOON:%Y-%m-%dT%H:%M:%SZ}"', damage, 1))
    journal = opened()
    for days in (40, 41):
        journal.prune(NOON + timedelta(days=days), timedelta(days=30))
    assert (held(journal), journal.last) == ([], 2)


def test_what_was_forgotten_does_not_keep_a_file(opened: Callable[..., Journal]) -> None:
    journal = opened()
    journal.write([hit(1)])
    journal.forget(frozenset({"token-000001"}))
    journal.prune(NOON, timedelta(days=30))
    journal.write([hit(2)])
    assert held(journal) == [2]


def test_a_number_is_never_given_twice_although_its_hit_was_forgotten(opened: Callable[..., Journal]) -> None:
    journal = opened()
    journal.write([hit(1), hit(2)])
    assert journal.forget(frozenset({"token-000002"})) == 1
    again = opened()
    again.write([hit(3)])
    assert held(again) == [1, 3]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_write_that_fails_leaves_nothing_and_may_be_tried_again(opened: Callable[..., Journal], code: int) -> None:
    fails = [True]

    def put(descriptor: int, content: bytes, at: int) -> int:
        if fails[0]:
            disk.put(descriptor, content[:5], at)
            raise OSError(code, os.strerror(code))
        return disk.put(descriptor, content, at)

    journal = opened(put=put)
    with pytest.raises(OSError, match=os.strerror(code)):
        journal.write([hit(1)])
    left = held(journal)
    fails[0] = False
    journal.write([hit(1)])
    assert (left, held(journal)) == ([], [1])


def test_its_files_are_for_the_owner_only(opened: Callable[..., Journal], tmp_path: Path) -> None:
    journal = opened()
    journal.write([hit(1)])
    modes = {file.stat().st_mode & 0o777 for file in (tmp_path / "hits").iterdir()}
    assert (modes, (tmp_path / "hits").stat().st_mode & 0o777) == ({0o600}, 0o700)


def test_a_full_disk_breaks_no_answer_and_the_hits_follow_when_there_is_room(desk: Desk) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    tokens = [desk.token() for _ in range(5)]
    desk.disk.act = full
    answers = {desk.image(token).status for token in tokens}
    unread = desk.hits()
    desk.disk.act = lambda: None
    desk.stop()
    desk.start()
    assert (answers, unread, [token for token, _ in desk.hits()]) == ({200}, [], [token.id for token in tokens])


def test_a_disk_that_takes_too_long_is_not_waited_for_and_the_hit_follows(desks: Callable[..., Desk]) -> None:
    desk = desks(patience=0.01)
    desk.start()
    let_go = threading.Event()
    desk.disk.act = lambda: _ignore(let_go.wait(20))
    token = desk.token()
    answer = desk.image(token)
    let_go.set()
    assert (answer.status, desk.hits()) == (200, [(token.id, "browser")])


def _ignore(_: object) -> None:
    return None


def test_nothing_is_said_to_be_forgotten_that_still_waits_for_the_disk(desk: Desk) -> None:
    def refuse() -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    token = desk.token()
    desk.disk.act = refuse
    desk.image(token)
    refused = desk.own("/forget", "POST", {"tokens": [token.id]}).status
    desk.disk.act = lambda: None
    answers = [desk.own("/forget", "POST", {"tokens": [token.id]}).json["hits"] for _ in range(2)]
    assert (refused, answers, desk.hits()) == (503, [1, 0], [])


def test_what_a_slow_disk_has_not_taken_yet_is_forgotten_too(desks: Callable[..., Desk]) -> None:
    desk = desks(patience=0.01)
    desk.start()
    desk.disk.act = lambda: time.sleep(0.1)
    tokens = [desk.token() for _ in range(3)]
    for each in tokens:
        desk.image(each)
    answer = desk.own("/forget", "POST", {"tokens": [each.id for each in tokens]}).json
    assert (answer["hits"], desk.hits()) == (3, [])


def test_many_at_once_share_their_trips_to_the_disk(desks: Callable[..., Desk]) -> None:
    desk = desks(patience=0.01)
    desk.start()
    started, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        started.set()
        let_go.wait(20)

    desk.image(desk.token())
    desk.disk.act = hold
    readers = [threading.Thread(target=desk.image, args=(desk.token(),)) for _ in range(20)]
    readers[0].start()
    started.wait(20)
    for reader in readers[1:]:
        reader.start()
    for reader in readers:
        reader.join()  # each was answered although the disk still holds the first
    desk.disk.act = lambda: None
    asked = desk.disk.asked
    let_go.set()
    desk.stop()
    trips = desk.disk.asked - asked
    desk.start()
    assert (len(desk.hits()), trips <= 2) == (21, True)


def test_a_tidying_that_fails_is_tried_again(desks: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.app._TIDY_EVERY", 0.05)
    refused = threading.Event()

    def refuse(*_: object) -> None:
        refused.set()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    desk = desks(keep=timedelta(days=30))
    desk.start()
    desk.image(desk.token())
    with monkeypatch.context() as patch:
        patch.setattr("relay.journal.sync_folder", refuse)
        desk.now += timedelta(days=40)
        assert refused.wait(20)
    end = time.monotonic() + 20
    while desk.hits() and time.monotonic() < end:
        time.sleep(0.05)
    assert (desk.hits(), desk.ask("/healthz").status) == ([], 200)


def test_a_journal_that_could_not_be_opened_again_is_opened_for_the_next_hit(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.image(desk.token())
    with monkeypatch.context() as patch:
        patch.setattr("relay.journal.opened", _refuse)
        refused = desk.own("/forget", "POST", {"tokens": [desk.token().id]}).status
    later = desk.token()
    assert (refused, desk.image(later).status, len(desk.hits()), desk.hits()[-1][0]) == (503, 200, 2, later.id)


def test_an_error_nobody_thought_of_is_told_and_stops_nothing(desk: Desk) -> None:
    def fail() -> None:
        raise RuntimeError("nobody thought of this")

    token = desk.token()
    desk.disk.act = fail
    answers = [desk.image(token).status, desk.ask("/healthz").status]
    desk.disk.act = lambda: None
    desk.stop()
    desk.start()
    assert (answers, [each for each, _ in desk.hits()]) == ([200, 503], [token.id])


def test_a_disk_too_full_for_a_new_file_is_survived(
    opened: Callable[..., Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = opened(most_bytes=400)
    journal.write([hit(1), hit(2)])
    with monkeypatch.context() as patch:
        patch.setattr("relay.journal.sync_folder", _refuse)
        with pytest.raises(OSError, match="No space"):
            journal.write([hit(3)])
    journal.write([hit(3)])
    assert held(journal) == [1, 2, 3]


def test_forgetting_that_fails_half_way_loses_no_later_hit(
    opened: Callable[..., Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = opened()
    journal.write([hit(1), hit(2)])
    with monkeypatch.context() as patch:
        patch.setattr("relay.disk.sync_folder", _refuse)
        with pytest.raises(OSError, match="No space"):
            journal.forget(frozenset({"token-000001"}))
    journal.write([hit(3)])
    assert held(journal)[-2:] == [2, 3]


def _refuse(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
