"""kill -9 at random moments of writing and of reading a mailbox: is anything lost, doubled or unreadable?

python -m benchmarks.kills
"""

import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

from benchmarks.figure import Figure, at_most, table
from benchmarks.mailboxes import GMAIL, Bench, account_of, connected, provider_of
from benchmarks.served import LAVISH, Served, served
from benchmarks.store import ACCOUNT, item
from store.ledger import StoreError
from store.tiny import TinyLedger

KILLS = 120
#: sent mail in the mailbox, and as many answers
_MAIL = 60
#: seconds a writer lives at most
_WRITER_LIFE = 0.15


def figures() -> Iterator[Figure]:
    """Every figure of this area."""
    chance = random.Random(1)  # noqa: S311 - a run must be able to be repeated
    with tempfile.TemporaryDirectory() as folder:
        yield from _writing(Path(folder), chance)
        yield from _reading(Path(folder), chance)


def _writing(folder: Path, chance: random.Random) -> Iterator[Figure]:
    """A child stores items and says so through a pipe; whatever it said must be there once."""
    path, unreadable = folder / "written.db", 0
    told: list[int] = []
    for _ in range(KILLS):
        reading, writing = os.pipe()
        begin = len(told)
        _lived(lambda begin=begin, writing=writing: _write(path, begin, writing), chance.uniform(0, _WRITER_LIFE))  # type: ignore[misc]  # a lambda's defaults have no types
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            told += [begin + number for number in range(len(pipe.read()))]
        unreadable += not _opens(path)
    with closing(TinyLedger(path)) as ledger:
        there = Counter(each.id for each in ledger.items())
    lost = sum(item(number).id not in there for number in told)
    yield from _verdict(f"{KILLS} kills while writing ({len(told):,} acknowledged): lost", lost, there, unreadable)


def _write(path: Path, number: int, pipe: int) -> None:
    with closing(TinyLedger(path)) as ledger:
        while True:
            ledger.take(ACCOUNT, items=[item(number)], cursor=str(number))
            os.write(pipe, b".")
            number += 1


def _reading(folder: Path, chance: random.Random) -> Iterator[Figure]:
    """A child reads a mailbox, is killed, and others go on until one ends; then everything must be there once.

    So again with a new ledger, until enough were killed. A life lasts at most as long as a whole reading.
    """
    with served(folder) as sandbox:
        sandbox.do(f"send {_MAIL}")
        sandbox.do(f"receive {_MAIL}")
        with connected(sandbox.settings, folder, GMAIL, sandbox.clock, quota=LAVISH):
            longest = _seconds(lambda: _read(sandbox, folder, folder / "unhurried.db"))
            kills = rounds = lost = unreadable = 0
            there: Counter[str] = Counter()
            while kills < KILLS:
                path = folder / f"read-{rounds}.db"
                while not _lived(lambda path=path: _read(sandbox, folder, path), chance.uniform(0, longest)):  # type: ignore[misc]  # as above
                    kills += 1
                    unreadable += not _opens(path)
                found = _found(path)
                lost += 2 * _MAIL - len(found)
                there += Counter({f"{rounds} {each}": times for each, times in found.items()})
                rounds += 1
    yield from _verdict(
        f"{kills} kills while reading a mailbox, {rounds} times to its end: lost", lost, there, unreadable
    )


def _found(path: Path) -> Counter[str]:
    """Every item and every source of evidence in a ledger."""
    with closing(TinyLedger(path)) as ledger:
        items = ledger.items()
        evidence = Counter(fact.source for each in items for fact in ledger.evidence(each.id))
    return Counter(each.id for each in items) + evidence


def _read(sandbox: Served, folder: Path, path: Path) -> None:
    account = account_of(f"gmail:{GMAIL}", sandbox.clock.now())
    provider = provider_of(sandbox.settings, folder, GMAIL, sandbox.clock)
    with closing(provider.mailbox(account.id, LAVISH)) as mailbox, closing(TinyLedger(path)) as ledger:
        if not ledger.account(account.id):
            ledger.put_account(account)
        Bench(mailbox=mailbox, ledger=ledger, account=account, clock=sandbox.clock).sync()


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _verdict(what: str, lost: int, there: Counter[str], unreadable: int) -> Iterator[Figure]:
    yield at_most(what, lost, 0)
    yield at_most("doubled", sum(times > 1 for times in there.values()), 0)
    yield at_most("file unreadable", unreadable, 0)


def _lived(life: Callable[[], object], seconds: float) -> bool:
    """Let a child live so long, then kill it; True if it was done before."""
    child = os.fork()
    if not child:
        with suppress(BaseException):
            life()
            os._exit(0)
        os._exit(1)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1] == 0


def _opens(path: Path) -> bool:
    if not path.exists():
        return True
    try:
        with closing(TinyLedger(path)) as ledger:
            ledger.accounts()
    except StoreError:
        return False
    return True


if __name__ == "__main__":
    print(table(figures()))
