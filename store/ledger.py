"""The ledger's contract and its records. It names no database, no file and no single process."""

from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from evidence.model import Evidence, SentItem
from store.deliveries import Delivery, DeliveryLedger
from store.tracking import TrackingLedger


class AccountState(StrEnum):
    """Whether an account is read."""

    CONNECTED = "connected"
    #: the grant is gone; a person must reconnect; history is kept
    PARKED = "parked"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One connected mailbox. The grant itself lies in the vault, never here."""

    #: `gmail:me@example.com`
    id: str
    #: `gmail` or `outlook`
    provider: str
    address: str
    aliases: tuple[str, ...] = ()
    state: AccountState = AccountState.CONNECTED
    #: what the person agreed to, in our words: `read`, `send`, `arm`
    features: tuple[str, ...] = ()
    #: what it can do, as shown: name to value
    capabilities: dict[str, str | bool | list[str]]
    connected_at: datetime
    #: when the present grant was given, and when it is expected to end (None: not known to end)
    granted_at: datetime
    grant_ends_at: datetime | None = None
    last_read_at: datetime | None = None
    #: when its aliases were asked for last, after the sign-in
    addresses_at: datetime | None = None
    #: last trouble, as shown; empty when all is well
    problem: str = ""
    #: readings that failed one after another
    failures: int = 0
    #: after several failures nothing is asked of the provider before then
    rests_until: datetime | None = None
    #: quota units a minute the provider was seen to grant; 0: not seen
    allowance: int = 0


class ReminderState(StrEnum):
    """Where a reminder stands."""

    PLANNED = "planned"
    #: taken by one worker; `claimed_by` and `claimed_at` say which and when
    CLAIMED = "claimed"
    #: due, but the mailbox could not be re-checked
    HELD = "held"
    FIRED = "fired"
    CANCELLED = "cancelled"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A due follow-up about a sent item. One a sent item and round; `id` is `<item>-<round>`."""

    id: str
    item: str
    account: str
    #: 1 for the first follow-up, 2 for the next
    round: int
    due_at: datetime
    state: ReminderState = ReminderState.PLANNED
    #: the sentence shown with it
    reason: str = ""
    #: a person chose this time (snooze), planning leaves it alone
    pinned: bool = False
    claimed_by: str = ""
    claimed_at: datetime | None = None
    fired_at: datetime | None = None
    #: Message-IDs of the mails to oneself that delivered it, normalised: an answer to one of them is about it
    told_as: tuple[str, ...] = ()
    #: the same of mails about several: an answer to one of them does not say which it is about
    told_among: tuple[str, ...] = ()
    #: of a notice that mail was given back: the addresses it told of so far
    told_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One line of a reminder's story: planned, moved, held, cancelled, fired, snoozed, done; and why.

    Of an item's, too: asked (the verb the person gave it), rejected (a verb that is none), answered (they were told).
    """

    at: datetime
    #: empty: it is about the item as such
    reminder: str
    item: str
    what: str
    why: str


#: from the story of an item to its next line, and to the reminders that change by it, each with a line of its own
MakesNext = Callable[[tuple[Decision, ...]], tuple[Decision, tuple[tuple[Reminder, Decision], ...]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The completeness account of one mailbox: listed = read + the skips and removals, each with its reason."""

    listed: int = 0
    read: int = 0
    #: reason to count
    skipped: dict[str, int]
    removed: int = 0
    requests: int = 0
    units: int = 0
    throttled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What the calls of one account cost in one minute."""

    account: str
    #: its beginning
    minute: datetime
    requests: int = 0
    #: quota units of the provider
    units: int = 0
    throttled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Mail about to leave, written down before it does, so that a crash never leads to a second one."""

    tag: str
    account: str
    subject: str
    begun_at: datetime
    #: item id once the sent copy is known
    item: str = ""


def no_worker(_: str) -> bool:
    """Nothing is known about any worker."""
    return False


class Ledger(Protocol):
    """Everything Heardback remembers. Each method is one atomic, durable step; other processes may work beside.

    Datetimes are aware and UTC; a naive one raises ValueError. Taking the same thing twice changes nothing.
    """

    def accounts(self) -> tuple[Account, ...]:
        """All accounts ever connected, by id."""

    def account(self, account: str) -> Account | None:
        """One account by id."""

    def put_account(self, account: Account) -> None:
        """Add or replace an account; its items and cursor stay."""

    def change_account(self, account: str, change: Callable[[Account], Account]) -> Account | None:
        """Replace an account by what `change` makes of it as it is now: nothing another process does is undone by it.

        :return: what it was changed to; None if there is no such account
        """

    def erase_account(self, account: str) -> None:
        """Forget an account with its items, evidence, reminders, cursor and tally."""

    def cursor(self, account: str) -> str | None:
        """Where reading this mailbox stopped."""

    def take(
        self,
        account: str,
        *,
        items: Iterable[SentItem] = (),
        evidence: Iterable[Evidence] = (),
        cursor: str | None = None,
        tally: Tally | None = None,
        at: datetime | None = None,
        connected_at: datetime | None = None,
    ) -> None:
        """Store one page of work in one commit and then move the cursor, all or nothing.

        Items and evidence are known by their ids: an item again is replaced, and is back if it had left, but keeps the
        answer whether it asks a question; evidence again is replaced only to gain a match or a doubt. The tally is
        added up.

        :param cursor: None leaves it where it was
        :param at: when the calls of the tally were made; what they cost is kept for a day by the minute
        :param connected_at: of the account it was read for; None: whichever there is, if any
        :raises AccountErased: there is none connected then any more
        """

    def reset_cursor(self, account: str) -> None:
        """Let the next reading start from the beginning."""

    def tally(self, account: str) -> Tally:
        """The completeness account so far."""

    def spent(self, account: str, *, since: datetime) -> tuple[Spent, ...]:
        """What calls cost, minute by minute from the one of `since` on, oldest first; a day is remembered."""

    def item(self, item: str) -> SentItem | None:
        """One sent item by its id."""

    def items(
        self,
        *,
        account: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        are_here: bool = False,
    ) -> tuple[SentItem, ...]:
        """Sent items, newest first, sent at or after `since` and not after `until`.

        :param are_here: leave out what `is_removed`
        """

    def items_named(self, message_ids: Iterable[str]) -> tuple[SentItem, ...]:
        """Sent items known by any of these Message-IDs, in any account."""

    def items_in_thread(self, account: str, thread_id: str) -> tuple[SentItem, ...]:
        """Sent items of one provider thread, oldest first."""

    def items_keyed(self, correlation_key: str) -> tuple[SentItem, ...]:
        """Sent items with this Exchange search key."""

    def items_to(self, address: str, *, since: datetime) -> tuple[SentItem, ...]:
        """Sent items with this recipient, sent at or after `since`."""

    def remove_item(self, account: str, provider_id: str) -> tuple[str, ...]:
        """The sent copy left the mailbox: keep its history, but plan nothing more about it.

        Of an item sent in copies only that copy is gone, and the item with the last of them.

        :return: the id of its item, if it was one
        """

    def is_removed(self, item: str) -> bool:
        """Whether `remove_item` was called for it."""

    def evidence(self, item: str) -> tuple[Evidence, ...]:
        """All evidence matched to an item, oldest first, doubted ones included."""

    def evidence_of(self, recipient: str) -> tuple[Evidence, ...]:
        """All evidence matched to this recipient of any item, oldest first, doubted ones included.

        :param recipient: normalised address
        """

    def answers(
        self,
        account: str,
        *,
        threads: Iterable[str],
        message_ids: Iterable[str],
        since: datetime | None = None,
        apart_from: str = "",
        known: MutableMapping[int, Evidence] | None = None,
    ) -> tuple[Evidence, ...]:
        """People's answers, to whatever item they are matched, without those doubted; oldest first, undated ones last.

        :param threads: of the account's mailbox, in which they may stand
        :param message_ids: normalised, to any of which they may refer
        :param since: aware; those dated before are left out
        :param apart_from: an item: those matched to it are left out
        :param known: those read before, for whoever asks often; those read now are added
        """

    def unmatched(self, account: str | None = None) -> tuple[Evidence, ...]:
        """Evidence that speaks about no known item, oldest first."""

    def hinted(self, item: str) -> tuple[Evidence, ...]:
        """Unmatched evidence whose subject alone leads to an item, oldest first."""

    def has_read(self, account: str, provider_id: str) -> bool:
        """Whether evidence from this received message was taken already."""

    def reminder(self, reminder: str) -> Reminder | None:
        """One reminder by id."""

    def reminders(
        self, *, item: str | None = None, states: Iterable[ReminderState] | None = None
    ) -> tuple[Reminder, ...]:
        """Reminders by due time."""

    def due(self, now: datetime) -> tuple[Reminder, ...]:
        """Planned or held reminders whose time has come, and claimed ones, by due time."""

    def put_reminder(
        self, reminder: Reminder, decision: Decision | None = None, *, deliveries: tuple[Delivery, ...] = ()
    ) -> None:
        """Add or replace a reminder together with the line of its story, and where it is still to be shown."""

    def change_reminder(self, reminder: str, change: Callable[[Reminder], Reminder]) -> Reminder | None:
        """Replace a reminder by what `change` makes of it as it is now, with no line of its story.

        :return: what it was changed to; None if there is no such reminder
        """

    def claim(
        self,
        reminder: str,
        *,
        by: str,
        now: datetime,
        stale_before: datetime,
        is_gone: Callable[[str], bool] = no_worker,
    ) -> bool:
        """Take a due reminder for one worker; False if another holds it.

        A claim from before `stale_before` was left by a worker that died and may be taken over; at once, if it is
        certain that the worker it names is gone.
        """

    def note(self, decision: Decision) -> None:
        """Add a line to an item's story that is about no single reminder; one known already is not doubled."""

    def note_next(self, item: str, make: MakesNext) -> None:
        """Add the line that is made of an item's story as it is at that moment, and change what it changes, at once."""

    def decisions(self, item: str) -> tuple[Decision, ...]:
        """The story of an item's reminders, oldest first."""

    def begin_sending(self, outgoing: Outgoing) -> None:
        """Write down that mail with this tag is about to leave."""

    def outgoing(self) -> tuple[Outgoing, ...]:
        """Mail begun and not yet known to have left."""

    def end_sending(self, tag: str, *, item: SentItem | None) -> None:
        """The mail left and is this item; or None: it is known not to have left. Of a tag not begun nothing is kept."""

    @property
    def deliveries(self) -> DeliveryLedger:
        """The part of it that is about where reminders show up."""

    @property
    def tracking(self) -> TrackingLedger:
        """The part of it that is about tracked mail."""

    def export(self) -> dict[str, dict[str, dict[str, object]]]:
        """Everything, in the layout of a stock TinyDB JSON file: table, document id, document."""

    def pulse(self) -> int:
        """A number that is another one than before if others have written meanwhile; asking costs next to nothing."""

    def close(self) -> None:
        """Release the file."""


class StoreError(Exception):
    """Root of this room's errors. The message says what happened, to which file, and what to do next."""


class AccountErased(StoreError):
    """The account something was to be stored about was erased meanwhile; nothing was stored."""


class NewerSchema(StoreError):
    """The file was written by a newer version."""


class CorruptStore(StoreError):
    """The file is not a ledger or is damaged."""


class StoreBusy(StoreError):
    """Another process holds the file longer than we wait."""


class StoreUnwritable(StoreError):
    """Full disk, read-only folder or missing permission; the last good state is kept."""
