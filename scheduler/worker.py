"""The worker: reads each account on its own beat and looks for due reminders; one account's trouble stays its own."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from apscheduler.schedulers.background import BackgroundScheduler

from connectors.errors import ConnectorError
from connectors.mailbox import Mailbox, Now, Price
from scheduler.bell import Bell
from scheduler.breaker import is_resting
from scheduler.daemon_threads import DaemonThreads
from scheduler.follow_up import take_back_drafts
from scheduler.health import note_trouble
from scheduler.hits import Pulled
from scheduler.outbox import Erase, settle_outbox
from scheduler.planning import was_missed
from scheduler.pulling import Puller, TakeHits
from scheduler.questions import read_questions
from scheduler.replies import plan_anew
from scheduler.rules import Policies
from scheduler.spending import book, in_words
from scheduler.surfaces import SurfacesOf, no_surfaces
from scheduler.sweep import OpenMailbox, Outcome, Sweeper
from scheduler.sync import Progress, SyncReport, sync_account
from scheduler.withdrawing import withdraw
from store.deliveries import DeliveryState
from store.ledger import Account, AccountState, Ledger, ReminderState, StoreError, no_worker

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


class Stopping(Exception):
    """The worker was asked to stop in the middle of a listing."""


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


@dataclass(slots=True)
class _Desk:
    """One account's mailbox while the worker has it open; whoever works on it holds the lock."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    mailbox: Mailbox | None = None
    #: the grant it was opened with
    granted_at: datetime | None = None
    #: mail begun by a worker before this one was looked up
    is_settled: bool = False
    #: the reminders fit all that was read; not so at the start, nor after trouble in the middle of something
    is_planned: bool = False


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
        :param bell: how the person asks for a reading before its time
        """
        self._ledger = ledger
        self._open_mailbox = open_mailbox
        self._policy = policy
        self._now = now
        self._window = window
        self._sync_every = sync_every
        self._sweep_every = sweep_every
        self._tell = tell
        self._alarm = alarm or tell
        #: accounts whose sign-in has ended, as the person was told
        self._parked: frozenset[str] = frozenset()
        self._arm_all = arm_all
        self._progress: Callable[[Progress], None] = lambda _: None
        self._desks: dict[str, _Desk] = {}
        #: account id to trouble that could not even be written down
        self._unkept: dict[str, str] = {}
        self._stop = threading.Event()
        self._puller = take_hits and Puller(ledger, take_hits, policy, now=now, window=window, tell=tell)
        self._pull_every = pull_every
        self._erase = erase
        self._let_go = let_go
        self._bell = bell
        self._sweeper = Sweeper(
            ledger=ledger,
            mailboxes=self._mailbox,
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
        )

    def run_once(self, *, progress: Callable[[Progress], None] = lambda _: None) -> Report:
        """Read every connected account to the end and deal with every due reminder.

        :param progress: called after each page that was read
        """
        self._progress = progress
        reports = [self._read(each.id, asked=True) for each in self._connected()]
        pulled = self._puller.pull() if self._puller else Pulled()
        outcomes = self._sweep()
        self._prune()
        self._close(patience=0)
        troubles = {each.id: each.problem for each in self._ledger.accounts() if each.problem}
        if pulled.problem:
            troubles[_RELAY] = pulled.problem
        return Report(
            accounts=tuple(each for each in reports if each),
            outcomes=outcomes,
            troubles=self._unkept | troubles,
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
            self._close(patience=_LAST_WORDS)

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
            for each in sorted(self._connected(), key=lambda account: self._desk(account.id).lock.locked()):
                self._read(each.id, asked=True)
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
                self._read,
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

    def _read(self, account_id: str, *, asked: bool = False) -> SyncReport | None:
        """Read one account; its trouble is kept with it and goes no further.

        :param asked: a person wants it now, whether it rests or not
        """
        account = self._ledger.account(account_id)
        if account is None or account.state is not AccountState.CONNECTED:
            return None
        if is_resting(account, self._now()) and not asked:
            return None
        report = None
        with self._desk(account_id).lock:
            try:
                report = self._sync(account)
            except Stopping:
                pass
            except Exception as err:  # noqa: BLE001 - one account's failure never stops another's reading
                self._trouble(account, err)
            self._book(account_id)
        return report

    def _sync(self, account: Account) -> SyncReport:
        mailbox, desk = self._mailbox(account), self._desk(account.id)
        if not desk.is_settled:
            settle_outbox(self._ledger, mailbox, account, now=self._now, erase=self._erase)
            desk.is_settled = True
        was_planned, desk.is_planned = desk.is_planned, False
        price = self._priced(account, mailbox)
        report = sync_account(
            self._ledger,
            mailbox,
            account,
            now=self._now,
            window=self._window,
            progress=lambda each: self._step(replace(each, minutes_left=_minutes_left(each, price))),
        )
        is_read = self._read_questions(account, mailbox, report.touched if was_planned else None)
        plan_anew(
            self._ledger, mailbox, account, self._policy, now=self._now, window=self._window, touched=report.touched,
            whole=not was_planned,
        )  # fmt: skip
        desk.is_planned = is_read
        if account.last_read_at is None:
            self._tell_missed(account)
        self._take_back(account, mailbox)
        withdraw(self._ledger, mailbox, account, self._policy, now=self._now())
        if "arm" in account.features and account.capabilities.get("arms_drafts"):
            self._arm(account, mailbox)
        return report

    def _tell_missed(self, account: Account) -> None:
        """Say after a first reading how much mail gets no reminder, as it is too old for one."""
        cancelled = self._ledger.reminders(states=[ReminderState.CANCELLED])
        missed = sum(each.account == account.id and was_missed(each) for each in cancelled)
        if missed:
            self._tell(
                f"Mails whose reminder was due before this mailbox was connected: {missed}. None comes about them, "
                'unless you ask: "heardback remind ITEM --after 1d".'
            )

    def _read_questions(self, account: Account, mailbox: Mailbox, only: tuple[str, ...] | None) -> bool:
        """Read whole what a rule turns on; False if some of it could not be read, and is to be looked at again."""
        try:
            read_questions(self._ledger, mailbox, account, self._policy, now=self._now, window=self._window, only=only)
        except ConnectorError as err:
            self._trouble(account, err)
            return False
        return True

    def _take_back(self, account: Account, mailbox: Mailbox) -> None:
        """Take back follow-up drafts that an answer has overtaken; trouble with that leaves the reading as it is."""
        try:
            taken = take_back_drafts(self._ledger, mailbox, account, now=self._now())
        except ConnectorError as err:
            self._trouble(account, err)
            return
        if taken:
            self._tell(f"Follow-up drafts taken back, as an answer came first: {len(taken)}.")

    def _arm(self, account: Account, mailbox: Mailbox) -> None:
        """Let marked drafts ask for a receipt; trouble with that leaves the reading as it is."""
        try:
            drafts = mailbox.arm_drafts(marked_only=not self._arm_all)
        except ConnectorError as err:
            self._trouble(account, err)
            return
        armed = sum(each.outcome == "armed" for each in drafts)
        if armed:
            self._tell(f"Drafts at {account.provider} that ask for a read receipt from now on: {armed}.")

    def _priced(self, account: Account, mailbox: Mailbox) -> Price | None:
        """Say what a first reading will cost before it costs it."""
        if self._ledger.cursor(account.id):
            return None
        price = mailbox.price(since=self._now() - self._window)
        self._tell(f"First reading of a mailbox at {account.provider}: {in_words(price)}.")
        return price

    def _step(self, progress: Progress) -> None:
        self._progress(progress)
        if self._stop.is_set():
            raise Stopping

    def _sweep(self) -> tuple[Outcome, ...]:
        """Deal with what is due; an account that is just being read has its turn at the next sweep."""
        outcomes: list[Outcome] = []
        due = [each.account for each in self._sweeper.due()]
        due += [each.account for each in self._ledger.deliveries.open(until=self._now())]
        for account in dict.fromkeys(due):
            desk = self._desk(account)
            if self._stop.is_set() or not desk.lock.acquire(blocking=False):
                continue
            desk.is_planned = False
            try:
                outcomes += self._sweeper.sweep_account(account)
                self._carry(account)
            except Exception as err:  # noqa: BLE001 - nor its reminders
                self._trouble(self._ledger.account(account), err)
            finally:
                self._book(account)
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

    def _book(self, account: str) -> None:
        """Remember what the calls cost. The caller holds the desk's lock."""
        mailbox = self._desk(account).mailbox
        # where the ledger cannot be written that is told elsewhere, and only these figures wait
        with suppress(StoreError):
            if mailbox:
                book(self._ledger, mailbox, at=self._now())

    def _trouble(self, account: Account | None, err: Exception) -> None:
        log.debug("an account could not be read", exc_info=err)
        try:
            at = self._now()
            if account and note_trouble(self._ledger, account.id, err, at=at, granted_at=account.granted_at):
                self._tell(f'A mailbox at {account.provider} could not be read; "heardback status" says why.')
        except StoreError as full:
            self._unkept[account.id if account else ""] = str(full)
            self._tell(f"The ledger could not be used, trying again: {full}")

    def _desk(self, account: str) -> _Desk:
        return self._desks.setdefault(account, _Desk())

    def _mailbox(self, account: Account) -> Mailbox:
        """The account's mailbox, opened anew after the person has signed in again. The caller holds the desk's lock."""
        desk = self._desk(account.id)
        if desk.mailbox and desk.granted_at != account.granted_at:
            desk.mailbox.close()
            desk.mailbox = None
        if desk.mailbox is None:
            desk.mailbox, desk.granted_at = self._open_mailbox(account), account.granted_at
        return desk.mailbox

    def _close(self, *, patience: float) -> None:
        """Close the mailboxes that nobody works on any more.

        :param patience: real seconds to wait for those still at work
        """
        end = time.monotonic() + patience
        for desk in self._desks.values():
            if desk.lock.acquire(timeout=max(0.0, end - time.monotonic())):
                if desk.mailbox:
                    desk.mailbox.close()
                    desk.mailbox = None
                desk.lock.release()


def _minutes_left(progress: Progress, price: Price | None) -> float | None:
    if price is None or not progress.total:
        return None
    return price.minutes * max(0, progress.total - progress.done) / progress.total
