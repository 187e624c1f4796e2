"""What is asked often costs the same in a large ledger as in a small one, counted in SQLite's own steps."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from evidence.model import Confidence, Evidence, Grade, Kind, Match, SentItem
from store.ledger import Decision, Reminder
from store.tiny import TinyLedger

ME = "gmail:me@example.com"
MakeItem = Callable[..., SentItem]
Ask = Callable[[TinyLedger, SentItem], object]

#: what is asked about the newest item
ASKED: dict[str, Ask] = {
    "cursor": lambda ledger, item: ledger.cursor(ME),
    "item": lambda ledger, item: ledger.item(item.id),
    "named": lambda ledger, item: ledger.items_named(item.message_ids),
    "thread": lambda ledger, item: ledger.items_in_thread(ME, item.thread_id),
    "keyed": lambda ledger, item: ledger.items_keyed(str(item.correlation_key)),
    "recipient": lambda ledger, item: ledger.items_to(item.recipients[0].address, since=item.sent_at),
    "window": lambda ledger, item: ledger.items(since=item.sent_at),
    "evidence": lambda ledger, item: ledger.evidence(item.id),
    "answers": lambda ledger, item: ledger.answers(ME, threads=[item.thread_id], message_ids=item.message_ids),
    "unmatched": lambda ledger, item: ledger.unmatched(),
    "hinted": lambda ledger, item: ledger.hinted(item.id),
    "has read": lambda ledger, item: ledger.has_read(ME, item.provider_id),
    "reminder": lambda ledger, item: ledger.reminder(item.id),
    "reminders": lambda ledger, item: ledger.reminders(item=item.id),
    "nothing due": lambda ledger, item: ledger.due(item.sent_at),
    "decisions": lambda ledger, item: ledger.decisions(item.id),
    "claim": lambda ledger, item: ledger.claim(item.id, by="w", now=item.sent_at, stale_before=item.sent_at),
    "take": lambda ledger, item: ledger.take(ME, items=[item], cursor="next"),
    "remove": lambda ledger, item: ledger.remove_item(ME, item.provider_id),
}


def fill(ledger: TinyLedger, make_item: MakeItem, size: int) -> SentItem:
    """That many items, each with evidence, a reminder to come and its story; gives the newest."""
    items = [make_item(number, correlation_key=f"key-{number}") for number in range(size)]
    newest = items[-1]
    ledger.take(ME, items=items, evidence=map(answer, items), cursor="c")
    for item in items:
        later = Reminder(id=item.id, item=item.id, account=ME, round=1, due_at=newest.sent_at.replace(year=2027))
        told = Decision(at=item.sent_at, reminder=item.id, item=item.id, what="planned", why="unread")
        ledger.put_reminder(later, told)
    return newest


def answer(item: SentItem) -> Evidence:
    match = Match(item=item.id, recipient=None, confidence=Confidence.CERTAIN, reason="it names the message")
    return Evidence(
        kind=Kind.REPLY, grade=Grade.PROOF, rule="reply", why="", source=item.provider_id, at=item.sent_at, match=match,
        thread_id=item.thread_id, references=item.message_ids[:1],
    )  # fmt: skip


def steps(ledger: TinyLedger, ask: Callable[[], object]) -> int:
    """How many steps SQLite's machine takes for it."""
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1

    connection = ledger._database.storage.file._connection  # the only place where SQLite counts
    connection.set_progress_handler(step, 1)
    ask()
    connection.set_progress_handler(None, 1)
    return taken


@pytest.fixture(scope="module")
def small_and_large(
    tmp_path_factory: pytest.TempPathFactory, make_item: MakeItem
) -> Iterator[tuple[tuple[TinyLedger, SentItem], ...]]:
    folder = tmp_path_factory.mktemp("sizes")
    with closing(TinyLedger(folder / "small.db")) as small, closing(TinyLedger(folder / "large.db")) as large:
        yield (small, fill(small, make_item, 10)), (large, fill(large, make_item, 1000))


@pytest.mark.parametrize("asked", ASKED)
def test_it_costs_the_same_in_a_large_ledger(
    small_and_large: tuple[tuple[TinyLedger, SentItem], ...], asked: str
) -> None:
    small, large = (steps(ledger, partial(ASKED[asked], ledger, newest)) for ledger, newest in small_and_large)
    assert 0 < large <= small


def test_opening_a_ledger_imports_nothing_outside_the_standard_library_but_tinydb(path: Path) -> None:
    script = (
        "import sys; before = set(sys.modules); from store.tiny import TinyLedger; TinyLedger(sys.argv[1]).close()\n"
        "tops = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(tops - set(sys.stdlib_module_names)))"
    )
    printed = subprocess.run([sys.executable, "-c", script, str(path)], check=True, capture_output=True, text=True)
    assert printed.stdout.split() == ["evidence", "store", "tinydb"]
