"""A reading asked for on the page: by the worker that runs, or as `run --once` does it, in a thread of its own."""

import io
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from heardback.commands.run import require_mailbox, worker_of
from heardback.errors import Failed, explain
from heardback.hits import hits_of
from heardback.house import House
from heardback.output import Output
from heardback.text import sentence
from heardback.web.arrivals import known, news
from heardback.worker_lock import AnotherWorker, bell_in, sole_worker
from scheduler.sync import Progress
from store.ledger import AccountState

#: seconds between two looks whether the worker has done what was asked of it
_LOOK = 0.3
#: seconds after which a worker that was asked is not waited for any more; a first reading may take it an hour
_PATIENCE = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How far a reading is."""

    #: what is just being read, as far as is known
    progress: str = ""
    #: None while it goes on
    ended_at: datetime | None = None
    #: what it brought, as the sentence goes on; empty if no mailbox could be read
    came: str = ""
    #: addresses that were not read; what is wrong with them is told of the account
    unread: tuple[str, ...] = ()
    #: what else went wrong, a sentence each
    troubles: tuple[str, ...] = ()


class ReadNow:
    """One reading at a time; what became of the last one is kept."""

    def __init__(self, house: Callable[..., House]) -> None:
        self._house = house
        self._lock = threading.Lock()
        self.reading: Reading | None = None
        #: goes up with everything that happens
        self.turn = 0

    @property
    def goes_on(self) -> bool:
        """It has not ended yet."""
        return self.reading is not None and self.reading.ended_at is None

    def begin(self) -> None:
        """Start one; nothing if one goes on."""
        with self._lock:
            if not self.goes_on:
                self._tell(Reading())
                threading.Thread(target=self._run, name="reading", daemon=True).start()

    def _tell(self, reading: Reading) -> None:
        self.reading = reading
        self.turn += 1

    def _run(self) -> None:
        try:
            with self._house() as house:
                ended = self._read(house)
        except Exception as error:  # noqa: BLE001 - whatever it was, the page has to say so, or would wait for ever
            explained = explain(error)
            ended = Reading(
                ended_at=datetime.now(UTC),
                troubles=(f"{sentence(explained.line)} {explained.next_step}".strip(),),
            )
        self._tell(ended)

    def _read(self, house: House) -> Reading:
        """Have everything read, and say what that brought."""
        require_mailbox(house)
        before, begun_at = known(house.ledger), house.now
        told = self._have_read(house)
        accounts = [each for each in house.ledger.accounts() if each.state is not AccountState.DISCONNECTED]
        unread = [each.address for each in accounts if each.last_read_at is None or each.last_read_at < begun_at]
        kept = {each.id for each in accounts if each.problem}
        return Reading(
            ended_at=house.clock.now(),
            came="" if len(unread) == len(accounts) else news(before, known(house.ledger)),
            unread=tuple(unread),
            troubles=tuple(f"{name} was not read: {sentence(why)}" for name, why in told.items() if name not in kept),
        )

    def _have_read(self, house: House) -> Mapping[str, str]:
        """Wake the worker that runs and wait for it, or do its work once; say what is in trouble: name to why."""
        bell = bell_in(house.settings.folder)
        bell.ring()
        until = time.monotonic() + _PATIENCE
        while bell.rings:
            if time.monotonic() > until:
                raise Failed("The worker that runs does not answer. Stop it and start it again: heardback run.")
            try:
                with sole_worker(house.settings.folder):
                    troubles = self._read_here(house)
                    bell.silence()
                    return troubles
            except AnotherWorker:  # it hears the bell, or ends
                time.sleep(_LOOK)
        away = house.ledger.tracking.relay().problem
        return {"The relay": away} if away else {}

    def _read_here(self, house: House) -> Mapping[str, str]:
        silent = Output(quiet=True, out=io.StringIO(), err=io.StringIO())
        with hits_of(house, silent) as take_hits:
            worker = worker_of(house, lambda _: None, lambda _: None, take_hits)
            return worker.run_once(progress=self._show).troubles

    def _show(self, each: Progress) -> None:
        of = f" of {each.total:,}" if each.total else ""
        self._tell(Reading(progress=f"{each.account.partition(':')[2]}, messages: {each.done:,}{of}"))
