"""The worker: reads each account on its own beat and looks for due reminders; one account's trouble stays its own."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from apscheduler.schedulers.background import BackgroundScheduler

from connectors.mailbox import Now
from scheduler.account_reader import AccountReader
from scheduler.bell import Bell
from scheduler.breaker import is_resting
from scheduler.daemon_threads import DaemonThreads
from scheduler.desks import Desks
from scheduler.hits import Pulled
from scheduler.outbox import Erase
from scheduler.pulling import Puller, TakeHits
from scheduler.rules import Policies
from scheduler.surfaces import SurfacesOf, no_surfaces
from scheduler.sweep import OpenMailbox, Outcome, Sweeper
from scheduler.sync import Progress, SyncReport
from scheduler.troubles import Troubles
from store.deliveries import DeliveryState
from store.ledger import Account, AccountState, Ledger, StoreError, no_worker

log = logging.getLogger(__name__)

#: seconds a stop waits for what is just being done; what is cut off there is taken up again at the next start
_LAST_WORDS = 1.0
#: seconds waited in one go: Windows tells who waits of Ctrl-C only when a wait is over
_BREATH = 0.5
#: jobs of the worker that are none of an account's
_SWEEP, _PULL, _PRUNE, _HEED = "sweep", "pull", "prune", "heed"
#: seconds between two looks whether the person wants everything read now
_HEED_EVERY = 2.0
#: ends of a delivery that a person should know of
_UNWELCOME = frozenset({DeliveryState.GIVEN_UP, DeliveryState.UNKNOWN})
#: how the relay is named among the accounts in trouble
_RELAY = "The relay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one pass over all accounts and due reminders did."""

    #: one for each account that was read to the end
    accounts: tuple[SyncReport, ...]
    #: one for each reminder that was due
    outcomes: tuple[Outcome, ...]
    #: account id to what is wrong with it
    troubles: dict[str, str]
    #: hits taken in from the relay
    hits: int = 0

    @property
    def reminders(self) -> tuple[str, ...]:
        """A line for each reminder that was due."""
        return tuple(f"Reminder {each.reminder.id} {each.what}: {each.why}." for each in self.outcomes)


class Worker:
    """Reads mailboxes and fires reminders until it is stopped."""

    def __init__(
        self,
        ledger: Ledger,
        open_mailbox: OpenMailbox,
        policy: Policies,
        *,
        now: Now,
        window: timedelta,
        sync_every: float = 60,
        sweep_every: float = 30,
        tell: Callable[[str], None] = log.info,
        remind: Callable[[str], None] | None = None,
        alarm: Callable[[str], None] | None = None,
        arm_all: bool = False,
        worker_id: str = "",
        is_gone: Callable[[str], bool] = no_worker,
        take_hits: TakeHits | None = None,
        pull_every: float = 60,
        erase: Erase = lambda _: None,
        let_go: Callable[[], object] | None = None,
        surfaces: SurfacesOf = no_surfaces,
        mails: bool = True,
        mails_bounces: bool = True,
        bell: Bell | None = None,
    ) -> None:
        """Put a worker together; nothing runs yet.

        :param open_mailbox: opens an account's mailbox; the worker closes it
        :param window: how far back sent mail is followed
        :param sync_every: real seconds between two readings of an account
        :param sweep_every: real seconds between two looks for due reminders and for accounts newly connected
        :param tell: takes a line for each thing the person cares about; no address is in it
        :param remind: takes the line of each reminder that fires instead of `tell`; no address is in it either
        :param alarm: takes what only the person can mend instead of `tell`: once while it runs, without an address
        :param arm_all: ask for receipts in all drafts of accounts that may, not only in marked ones
        :param worker_id: names this process among all that work on the ledger, restarts included
        :param is_gone: whether the worker of this name has certainly ended; what it claimed is taken over at once
        :param take_hits: None where there is no relay
        :param pull_every: real seconds between two looks for hits
        :param erase: has the relay erase what it holds of mail that has not left
        :param let_go: erases what is older than it is to be kept; called once a day
        :param surfaces: further places where reminders show up
        :param mails: reminders are mailed to oneself, where the account may send
        :param mails_bounces: mail that was given back is told so at once, also where `mails` is off
        :param bell: how the person asks for a reading before its time
        """
        self._ledger = ledger
        self._now = now
        self._sync_every = sync_every
        self._sweep_every = sweep_every
        self._tell = tell
        self._alarm = alarm or tell
        #: accounts whose sign-in has ended, as the person was told
        self._parked: frozenset[str] = frozenset()
        self._progress: Callable[[Progress], None] = lambda _: None
        self._desks = Desks(open_mailbox)
        self._troubles = Troubles(ledger, now=now, tell=tell)
        self._has_swept = False
        self._stop = threading.Event()
        self._puller = take_hits and Puller(ledger, take_hits, policy, now=now, window=window, tell=tell)
        self._pull_every = pull_every
        self._let_go = let_go
        self._bell = bell
        self._reader = AccountReader(
            ledger=ledger,
            desks=self._desks,
            policy=policy,
            troubles=self._troubles,
            now=now,
            window=window,
            tell=tell,
            progress=lambda each: self._progress(each),
            is_stopping=lambda: self._stop.is_set(),
            erase=erase,
            arm_all=arm_all,
        )
        self._sweeper = Sweeper(
            ledger=ledger,
            mailboxes=self._desks.mailbox,
            now=now,
            policy=policy,
            window=window,
            worker_id=worker_id or uuid4().hex,
            tell=remind or tell,
            is_gone=is_gone,
            take_hits=self._puller.pull if self._puller else lambda: None,
            erase=erase,
            surfaces=surfaces,
            mails=mails,
            mails_bounces=mails_bounces,
        )

    def run_once(self, *, progress: Callable[[Progress], None] = lambda _: None) -> Report:
        """Read every connected account to the end and deal with every due reminder.

        :param progress: called after each page that was read
        """
        self._progress = progress
        reports = [self._reader.read(each.id, asked=True) for each in self._connected()]
        pulled = self._puller.pull() if self._puller else Pulled()
        outcomes = self._sweep()
        self._prune()
        self._desks.close(patience=0)
        troubles = {each.id: each.problem for each in self._ledger.accounts() if each.problem}
        if pulled.problem:
            troubles[_RELAY] = pulled.problem
        return Report(
            accounts=tuple(each for each in reports if each),
            outcomes=outcomes,
            troubles={**self._troubles.unkept, **troubles},
            hits=pulled.hits,
        )

    def run(self, stop: threading.Event, *, progress: Callable[[Progress], None] = lambda _: None) -> None:
        """Work until `stop` is set, then end within two seconds.

        :param progress: called after each page that was read, by the thread that reads it
        """
        self._progress = progress
        # it would log the ids of jobs, and in them addresses
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._stop = stop
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": DaemonThreads()},
            # late is better than never: a wake-up after a night of sleep does each job once
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        scheduler.add_job(lambda: self._beat(scheduler), "interval", seconds=self._sweep_every, id=_SWEEP)
        if self._puller:
            scheduler.add_job(
                self._puller.pull, "interval", seconds=self._pull_every, id=_PULL, next_run_time=datetime.now(UTC)
            )
        scheduler.add_job(self._prune, "interval", days=1, id=_PRUNE, next_run_time=datetime.now(UTC))
        if self._bell:
            scheduler.add_job(self._heed, "interval", seconds=_HEED_EVERY, args=[self._bell], id=_HEED)
        self._attend(scheduler)
        scheduler.start()
        try:
            while not stop.wait(_BREATH):
                pass
        finally:
            stop.set()
            scheduler.shutdown(wait=False)
            self._desks.close(patience=_LAST_WORDS)

    def _beat(self, scheduler: BackgroundScheduler) -> None:
        try:
            self._attend(scheduler)
            self._sweep()
        except StoreError as err:
            self._tell(f"The ledger could not be used, trying again: {err}")

    def _heed(self, bell: Bell) -> None:
        """Read everything now if the person wants it; what is being read already has its turn last."""
        if not bell.rings:
            return
        try:
            for each in sorted(self._connected(), key=lambda account: self._desks.of(account.id).lock.locked()):
                self._reader.read(each.id, asked=True)
            if self._puller:
                self._puller.pull()
        except StoreError as err:
            self._tell(f"The ledger could not be used: {err}")
        if not self._stop.is_set():
            bell.silence()

    def _attend(self, scheduler: BackgroundScheduler) -> None:
        """Have one job for each account that is connected now, and none for others."""
        self._tell_parked()
        connected = {each.id for each in self._connected()}
        present = {job.id for job in scheduler.get_jobs()} - {_SWEEP, _PULL, _PRUNE, _HEED}
        for account in sorted(present - connected):
            scheduler.remove_job(account)
        for account in sorted(connected - present):
            scheduler.add_job(
                self._reader.read,
                "interval",
                seconds=self._sync_every,
                args=[account],
                id=account,
                next_run_time=datetime.now(UTC),
            )

    def _tell_parked(self) -> None:
        """Say of each account whose sign-in has ended what to do, once."""
        parked = {each.id: each for each in self._ledger.accounts() if each.state is AccountState.PARKED}
        for account in sorted(parked.keys() - self._parked):
            provider = parked[account].provider
            self._alarm(
                f"A mailbox at {provider} cannot be read any more: its sign-in has ended, its reminders are held back. "
                f'"heardback connect {provider}" signs in again.'
            )
        self._parked = frozenset(parked)

    def _connected(self) -> tuple[Account, ...]:
        return tuple(each for each in self._ledger.accounts() if each.state is AccountState.CONNECTED)

    def _sweep(self) -> tuple[Outcome, ...]:
        """Deal with what is due; an account that is just being read has its turn at the next sweep."""
        outcomes: list[Outcome] = []
        due = [each.account for each in self._sweeper.due()]
        # since the last start the settings may have lost places: what waits there is looked at before its time
        until = self._now() if self._has_swept else None
        due += [each.account for each in self._ledger.deliveries.open(until=until)]
        self._has_swept = True
        for account in dict.fromkeys(due):
            desk = self._desks.of(account)
            if self._stop.is_set() or not desk.lock.acquire(blocking=False):
                continue
            desk.is_planned = False
            try:
                outcomes += self._sweeper.sweep_account(account)
                self._carry(account)
            except Exception as err:  # noqa: BLE001 - nor its reminders
                self._troubles.note(self._ledger.account(account), err)
            finally:
                self._reader.book(account)
                desk.lock.release()
        return tuple(outcomes)

    def _carry(self, account_id: str) -> None:
        """Show what fired wherever else it is wanted; of an account that cannot be reached it waits."""
        account = self._ledger.account(account_id)
        if account is None or account.state is not AccountState.CONNECTED or is_resting(account, self._now()):
            return
        for each in self._sweeper.carry(account):
            if each.state in _UNWELCOME:
                perhaps = "perhaps " if each.state is DeliveryState.UNKNOWN else ""
                self._tell(f"A reminder was {perhaps}not shown ({each.surface}: {each.state}): {each.why}.")

    def _prune(self) -> None:
        """Let go of what is old; where the ledger cannot be written, that waits for the next day."""
        try:
            if self._let_go:
                self._let_go()
        except StoreError as err:
            self._tell(f"What is older than it is to be kept could not be erased: {err}")
