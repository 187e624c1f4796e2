"""The sweep over due reminders: claim, look again, plan again, deliver, mark as fired. In this order.

A claim is durable before anything leaves, and the mail to oneself bears a mark of this firing: the reminder, its due
time, and how often it came before. So whoever takes over from a worker that died looks for that mail before sending it,
and each firing comes at most once, on one machine or two. A reminder whose time passed while nobody ran comes at the
first sweep.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2s

from connectors import compose
from connectors.errors import ConnectorError, GrantGone, ScopeMissing, SendRefused
from connectors.mailbox import Mailbox, Now
from evidence.model import SentItem
from scheduler.breaker import is_resting
from scheduler.correction import perhaps_meant
from scheduler.habits import RELAY_PATIENCE, Habits
from scheduler.health import note_trouble
from scheduler.notice import Notice
from scheduler.outbox import Erase, send_mail, settle_outbox
from scheduler.planning import Planned, told, told_by_now
from scheduler.reminders import comes_at, item_policy, plan_item, replan
from scheduler.replies import heed
from scheduler.rules import Policies
from scheduler.standing import standing
from scheduler.surfaces import Courier, SurfacesOf, deliveries_of, firing_of, no_surfaces
from scheduler.sync import sync_account
from scheduler.thread import read_thread
from scheduler.tracked import is_tracked
from scheduler.withdrawing import is_called_for, withdraw
from store.deliveries import Delivery, DeliveryState
from store.ledger import Account, AccountState, Ledger, Reminder, ReminderState, no_worker

#: a claim older than this was left by a worker that died, whoever it was
CLAIM_LIFE = timedelta(minutes=15)

#: opens the mailbox of an account
OpenMailbox = Callable[[Account], Mailbox]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one due reminder."""

    #: as it stands now
    reminder: Reminder
    #: `fired`, `held`, `cancelled`, `moved`, `left alone`
    what: str
    #: a sentence a person can read
    why: str


def sweep(
    ledger: Ledger,
    mailboxes: OpenMailbox,
    *,
    now: Now,
    policy: Policies,
    window: timedelta,
    worker_id: str,
    tell: Callable[[str], None],
    is_gone: Callable[[str], bool] = no_worker,
    take_hits: Callable[[], object] = lambda: None,
) -> tuple[Outcome, ...]:
    """Deal with every reminder that is due, account by account.

    :param worker_id: names this process among all that work on the ledger, restarts included
    :param tell: takes one line for each reminder that fires; no address is in it
    :param is_gone: whether the worker of this name has certainly ended; what it claimed is taken over at once
    :param take_hits: takes in what the relay of tracked mail holds; how that went is in the ledger
    """
    sweeper = Sweeper(
        ledger=ledger, mailboxes=mailboxes, now=now, policy=policy, window=window, worker_id=worker_id, tell=tell,
        is_gone=is_gone, take_hits=take_hits,
    )  # fmt: skip
    accounts = dict.fromkeys(each.account for each in sweeper.due())
    return tuple(outcome for account in accounts for outcome in sweeper.sweep_account(account))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeper:
    """Deals with the due reminders of one account at a time; its fields are the arguments of `sweep`."""

    ledger: Ledger
    mailboxes: OpenMailbox
    now: Now
    policy: Policies
    window: timedelta
    worker_id: str
    tell: Callable[[str], None]
    is_gone: Callable[[str], bool] = no_worker
    #: takes in what the relay of tracked mail holds; how that went is in the ledger
    take_hits: Callable[[], object] = lambda: None
    #: has the relay erase what it holds of mail that has not left
    erase: Erase = lambda _: None
    #: further places where reminders show up
    surfaces: SurfacesOf = no_surfaces
    #: reminders are mailed to oneself, where the account may send
    mails: bool = True
    #: mail that was given back is told by a mail to oneself at once, also where `mails` is off
    mails_bounces: bool = True

    def due(self) -> tuple[Reminder, ...]:
        """Reminders that are due and may come now; others wait for the hours, and nothing is asked for them."""
        return tuple(each for each in self.ledger.due(self.now()) if self._may_come(each))

    def sweep_account(self, account: str) -> tuple[Outcome, ...]:
        """Deal with what is due about one account's mail."""
        claimed = [each for each in self.due() if each.account == account and self._claim(each)]
        if not claimed:
            return ()
        owner = self.ledger.account(account)
        if owner is None or owner.state is AccountState.DISCONNECTED:
            return tuple(self._conclude(each, owner, None) for each in claimed)
        if is_resting(owner, self.now()):
            return tuple(
                self._hold(each, f"the mailbox is left alone for a while: {owner.problem}") for each in claimed
            )
        try:
            mailbox = self._look_again(owner, claimed)
        except ConnectorError as err:
            note_trouble(self.ledger, account, err, at=self.now(), granted_at=owner.granted_at)
            return tuple(self._hold(each, f"the mailbox could not be read again: {err}") for each in claimed)
        return tuple(self._conclude(each, owner, mailbox) for each in claimed)

    def carry(self, account: Account) -> tuple[Delivery, ...]:
        """Show fired reminders of one account wherever else they are wanted."""
        courier = Courier(
            ledger=self.ledger,
            surfaces=self.surfaces,
            notice=self._reworded,
            now=self.now,
            worker_id=self.worker_id,
            is_gone=self.is_gone,
        )
        mailbox = self.mailboxes(account)
        carried = courier.carry(account, mailbox)
        if any(each.state is DeliveryState.SHOWN for each in carried):
            # what is shown now may take the place of what stood there
            withdraw(self.ledger, mailbox, account, self.policy, now=self.now())
        return carried

    def _may_come(self, reminder: Reminder) -> bool:
        """Whether the person may be disturbed now, or chose this very time: what was missed waits for their hours."""
        now = self.now()
        return comes_at(self.ledger, reminder, self.policy, now=now) <= now

    def _claim(self, reminder: Reminder) -> bool:
        now = self.now()
        return self.ledger.claim(
            reminder.id, by=self.worker_id, now=now, stale_before=now - CLAIM_LIFE, is_gone=self.is_gone
        )

    def _look_again(self, account: Account, claimed: list[Reminder]) -> Mailbox:
        """Read what came in since the last sync, and the threads of the items in question whole."""
        if account.state is AccountState.PARKED:
            raise GrantGone(account.problem or "the sign-in is gone")
        mailbox = self.mailboxes(account)
        settle_outbox(self.ledger, mailbox, account, now=self.now, erase=self.erase)
        report = sync_account(self.ledger, mailbox, account, now=self.now, window=self.window)
        items = [item for each in claimed if (item := self.ledger.item(each.item))]
        for item in items:
            read_thread(self.ledger, mailbox, account, item, now=self.now)
        if any(is_tracked(self.ledger, each) for each in items):
            self.take_hits()
        heed(self.ledger, account, self.policy, now=self.now, window=self.window, touched=report.touched)
        replan(self.ledger, self.now(), self.policy, window=self.window, only=report.touched)
        return mailbox

    def _conclude(self, reminder: Reminder, account: Account | None, mailbox: Mailbox | None) -> Outcome:
        """Plan the reminder again from what is known now, and fire it if the plan has not changed."""
        item = self.ledger.item(reminder.item)
        if item is None:
            return self._put(
                told(_free(reminder, ReminderState.CANCELLED), "cancelled", "its item is gone", self.now())
            )
        changes = plan_item(self.ledger, item, account, self.policy, now=self.now(), released=reminder)
        change = next((each for each in changes if each[0].id == reminder.id), None)
        if change and (change[0].state is ReminderState.CANCELLED or change[0].due_at > self.now()):
            return self._put((_free(change[0], change[0].state), change[1]))
        if account is None or mailbox is None:
            return self._hold(reminder, "its account is not connected any more")
        if self._may_miss_hits(item):
            return self._hold(reminder, "the relay could not be read again")
        return self._fire(reminder, item, account, mailbox)

    def _may_miss_hits(self, item: SentItem) -> bool:
        """Whether a tracked mail may have been read meanwhile; of a relay gone for longer the verdict itself tells."""
        away = self.ledger.tracking.relay().away_since
        return away is not None and self.now() - away < RELAY_PATIENCE and is_tracked(self.ledger, item)

    def _fire(self, reminder: Reminder, item: SentItem, account: Account, mailbox: Mailbox) -> Outcome:
        note = self._notice(reminder, item, Habits(self.ledger, now=self.now()))
        if not self._is_mine(reminder):
            return _left(reminder)
        try:
            how, told_as = self._deliver(note, account, mailbox)
        except ConnectorError as err:
            note_trouble(self.ledger, account.id, err, at=self.now(), granted_at=account.granted_at)
            return self._hold(reminder, f"the reminder could not be sent: {err}")
        told_as = tuple(dict.fromkeys((*reminder.told_as, *told_as)))
        fired = replace(_free(reminder, ReminderState.FIRED), fired_at=self.now(), told_as=told_as)
        fired = replace(fired, told_of=told_by_now(reminder, note.verdict))
        firing = firing_of(self.ledger, reminder)
        places = deliveries_of(note, self.surfaces(account, mailbox), self.now(), firing=firing)
        outcome = self._put(told(fired, "fired", f"{reminder.reason}: {how}", self.now()), places)
        if outcome.what != "fired":
            return outcome
        # told after it is written down: a line that is lost is better than one that comes twice
        self.tell(note.line)
        replan(self.ledger, self.now(), self.policy, window=self.window, only=[item.id])
        return outcome

    def _notice(self, reminder: Reminder, item: SentItem, habits: Habits) -> Notice:
        verdict = standing(self.ledger, item, now=self.now(), habits=habits)
        policy, meant = item_policy(self.ledger, item, self.policy, own=habits.own), perhaps_meant(verdict, habits)
        return Notice(reminder=reminder, verdict=verdict, policy=policy, corrections=meant)

    def _reworded(self, reminder: Reminder) -> Notice | None:
        """A fired reminder as it stands now; None if an answer or the like has come since."""
        item, now = self.ledger.item(reminder.item), self.now()
        habits = Habits(self.ledger, now=now)
        if item is None or not is_called_for(self.ledger, reminder, item, self.policy, now=now, habits=habits):
            return None
        return self._notice(reminder, item, habits)

    def _deliver(self, note: Notice, account: Account, mailbox: Mailbox) -> tuple[str, tuple[str, ...]]:
        """Send the mail to oneself, if the account may; say how it was delivered, and by which Message-IDs."""
        if not self.mails and not (self.mails_bounces and note.is_bounce):
            return "not told by mail, as you want it", ()
        if "send" not in account.features:
            return "told on the terminal only, as this account may not send", ()
        mail = compose.simple_mail(
            sender=account.address,
            to=account.address,
            subject=note.subject,
            text=note.body,
            now=self.now(),
            about=next(iter(note.verdict.item.message_ids), ""),
        )
        # whatever was claimed or held before may have been sent by then
        look_since = None if note.reminder.state is ReminderState.PLANNED else note.reminder.due_at
        try:
            item = send_mail(
                self.ledger,
                mailbox,
                account,
                mail,
                receipt=False,
                now=self.now,
                tag=tag_of(note, firing_of(self.ledger, note.reminder)),
                look_since=look_since,
                thread=note.verdict.item.thread_id,
            )
        except (ScopeMissing, SendRefused) as err:
            return f"told on the terminal only, as the mail was not taken: {err}", ()
        return "sent to yourself by mail", item.message_ids

    def _is_mine(self, reminder: Reminder) -> bool:
        now = self.ledger.reminder(reminder.id)
        return now is not None and now.state is ReminderState.CLAIMED and now.claimed_by == self.worker_id

    def _hold(self, reminder: Reminder, why: str) -> Outcome:
        """Leave it for the next sweep."""
        return self._put(told(_free(reminder, ReminderState.HELD), "held", why, self.now()))

    def _put(self, planned: Planned, deliveries: tuple[Delivery, ...] = ()) -> Outcome:
        """Write it down; the story of one that is held again for the same reason gets no new line."""
        reminder, decision = planned
        if not self._is_mine(reminder):
            return _left(reminder)
        known = self.ledger.decisions(decision.item)
        last = next((each for each in reversed(known) if each.reminder == reminder.id), None)
        is_repeat = decision.what == "held" and last is not None and (last.what, last.why) == ("held", decision.why)
        self.ledger.put_reminder(reminder, None if is_repeat else decision, deliveries=deliveries)
        return Outcome(reminder=reminder, what=decision.what, why=decision.why)


def _left(reminder: Reminder) -> Outcome:
    return Outcome(
        reminder=reminder, what="left alone", why="you settled or moved it meanwhile, or another worker has it"
    )


def tag_of(note: Notice, firing: int) -> str:
    """The mark of the mail that delivers a reminder: the same for one firing (`firing_of`), whoever sends it.

    That of mail given back stands for whom it tells of, too: what left before a further bounce came did not tell it.
    """
    again = f".{firing}" if firing > 1 else ""
    mark = f"reminder-{note.reminder.id}-{_stamp(note.reminder.due_at)}{again}"
    if not note.is_bounce:
        return mark
    people = "\x1f".join(sorted(each.recipient.address for each in note.concerned))
    return f"{mark}-{blake2s(people.encode('utf-8', 'replace'), digest_size=4).hexdigest()}"


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _free(reminder: Reminder, state: ReminderState) -> Reminder:
    return replace(reminder, state=state, claimed_by="", claimed_at=None)
