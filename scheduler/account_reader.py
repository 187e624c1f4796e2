"""The reading of one account by the worker: its mail, then what the mail asks for; its trouble stays its own."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from connectors.errors import ConnectorError
from connectors.mailbox import Mailbox, Now, Price
from scheduler.addresses import with_addresses
from scheduler.breaker import is_resting
from scheduler.desks import Desks
from scheduler.follow_up import take_back_drafts
from scheduler.outbox import Erase, settle_outbox
from scheduler.planning import was_missed
from scheduler.questions import read_questions
from scheduler.replies import plan_anew
from scheduler.rules import Policies
from scheduler.spending import book
from scheduler.sync import Progress, SyncReport, sync_account
from scheduler.troubles import Troubles
from scheduler.withdrawing import withdraw
from store.ledger import Account, AccountState, Ledger, ReminderState, StoreError


class Stopping(Exception):
    """The worker was asked to stop in the middle of a listing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountReader:
    """Reads one account at a time, each at its own desk."""

    ledger: Ledger
    desks: Desks
    policy: Policies
    troubles: Troubles
    now: Now
    #: how far back sent mail is followed
    window: timedelta
    #: takes a line for each thing the person cares about; no address is in it
    tell: Callable[[str], None]
    #: called after each page that was read
    progress: Callable[[Progress], None]
    #: whether to stop after the page that is being read
    is_stopping: Callable[[], bool]
    #: has the relay erase what it holds of mail that has not left
    erase: Erase
    #: ask for receipts in all drafts of accounts that may, not only in marked ones
    arm_all: bool

    def read(self, account_id: str, *, asked: bool = False) -> SyncReport | None:
        """Read one account; its trouble is kept with it and goes no further.

        :param asked: a person wants it now, whether it rests or not
        """
        account = self.ledger.account(account_id)
        if account is None or account.state is not AccountState.CONNECTED:
            return None
        if is_resting(account, self.now()) and not asked:
            return None
        report = None
        with self.desks.of(account_id).lock:
            try:
                report = self._sync(account)
            except Stopping:
                pass
            except Exception as err:  # noqa: BLE001 - one account's failure never stops another's reading
                self.troubles.note(account, err)
            self.book(account_id)
        return report

    def book(self, account: str) -> None:
        """Remember what the calls cost. The caller holds the desk's lock."""
        mailbox = self.desks.of(account).mailbox
        # where the ledger cannot be written that is told elsewhere, and only these figures wait
        with suppress(StoreError):
            if mailbox:
                book(self.ledger, mailbox, at=self.now())

    def _sync(self, account: Account) -> SyncReport:
        mailbox, desk = self.desks.mailbox(account), self.desks.of(account.id)
        if not desk.is_settled:
            settle_outbox(self.ledger, mailbox, account, now=self.now, erase=self.erase)
            desk.is_settled = True
        before, account = account, with_addresses(self.ledger, mailbox, account, now=self.now())
        # an address that is the person's own by now may hold verbs, and reads nothing
        was_planned, desk.is_planned = desk.is_planned and before.aliases == account.aliases, False
        price = self._priced(account, mailbox)
        report = sync_account(
            self.ledger,
            mailbox,
            account,
            now=self.now,
            window=self.window,
            progress=lambda each: self._step(replace(each, minutes_left=_minutes_left(each, price))),
        )
        is_read = self._read_questions(account, mailbox, report.touched if was_planned else None)
        plan_anew(
            self.ledger, mailbox, account, self.policy, now=self.now, window=self.window, touched=report.touched,
            whole=not was_planned,
        )  # fmt: skip
        desk.is_planned = is_read
        if account.last_read_at is None:
            self._tell_missed(account)
        self._take_back(account, mailbox)
        withdraw(self.ledger, mailbox, account, self.policy, now=self.now())
        if "arm" in account.features and account.capabilities.get("arms_drafts"):
            self._arm(account, mailbox)
        return report

    def _priced(self, account: Account, mailbox: Mailbox) -> Price | None:
        """What a first reading will cost, so that it can be said how long it still takes."""
        return None if self.ledger.cursor(account.id) else mailbox.price(since=self.now() - self.window)

    def _step(self, progress: Progress) -> None:
        self.progress(progress)
        if self.is_stopping():
            raise Stopping

    def _read_questions(self, account: Account, mailbox: Mailbox, only: tuple[str, ...] | None) -> bool:
        """Read whole what a rule turns on; False if some of it could not be read, and is to be looked at again."""
        try:
            read_questions(self.ledger, mailbox, account, self.policy, now=self.now, window=self.window, only=only)
        except ConnectorError as err:
            self.troubles.note(account, err)
            return False
        return True

    def _tell_missed(self, account: Account) -> None:
        """Say after a first reading how much mail gets no reminder, as it is too old for one."""
        cancelled = self.ledger.reminders(states=[ReminderState.CANCELLED])
        missed = sum(each.account == account.id and was_missed(each) for each in cancelled)
        if missed:
            self.tell(
                f"Mails whose reminder was due before this mailbox was connected: {missed}. None comes about them, "
                'unless you ask: "heardback remind ITEM --after 1d".'
            )

    def _take_back(self, account: Account, mailbox: Mailbox) -> None:
        """Take back follow-up drafts that an answer has overtaken; trouble with that leaves the reading as it is."""
        try:
            taken = take_back_drafts(self.ledger, mailbox, account, self.policy, now=self.now())
        except ConnectorError as err:
            self.troubles.note(account, err)
            return
        if taken:
            self.tell(f"Follow-up drafts taken back, as an answer came first: {len(taken)}.")

    def _arm(self, account: Account, mailbox: Mailbox) -> None:
        """Let marked drafts ask for a receipt; trouble with that leaves the reading as it is."""
        try:
            drafts = mailbox.arm_drafts(marked_only=not self.arm_all)
        except ConnectorError as err:
            self.troubles.note(account, err)
            return
        armed = sum(each.outcome == "armed" for each in drafts)
        if armed:
            self.tell(f"Drafts at {account.provider} that ask for a read receipt from now on: {armed}.")


def _minutes_left(progress: Progress, price: Price | None) -> float | None:
    if price is None or not progress.total:
        return None
    return price.minutes * max(0, progress.total - progress.done) / progress.total
