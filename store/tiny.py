"""The ledger over TinyDB: the steps that belong together, each one commit."""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinydb import where

from evidence import normal
from evidence.copies import with_copy_removed
from evidence.model import Evidence, SentItem
from store.changes import OPEN, added_up, is_free
from store.deliveries import Delivery
from store.file import PATIENCE
from store.index import LAST
from store.ledger import (
    Account,
    AccountErased,
    Decision,
    MakesNext,
    Outgoing,
    Reminder,
    ReminderState,
    Spent,
    Tally,
    no_worker,
)
from store.ledger_file import LedgerFile
from store.records import Record, from_document, moment_text, to_document
from store.table import put
from store.tables import joined
from store.tiny_deliveries import TinyDeliveries
from store.tiny_tracking import TinyTracking

if TYPE_CHECKING:
    from store.intake import Intake

#: how long what calls cost is kept by the minute
_DAY = timedelta(days=1)


class TinyLedger(LedgerFile):
    """The `Ledger` in one file. Threads may share it, and other processes may work on the same file."""

    def __init__(self, path: Path | str, *, patience: float = PATIENCE) -> None:
        """Open the ledger. See `LedgerFile`."""
        super().__init__(path, patience=patience)
        self._accounts = self._database.table("accounts")
        self._cursors = self._database.table("cursors")
        self._tallies = self._database.table("tallies")
        self._spending = self._database.table("spending")
        self._items = self._database.table("items")
        self._evidence = self._database.table("evidence")
        self._reminders = self._database.table("reminders")
        self._decisions = self._database.table("decisions")
        self._outgoing = self._database.table("outgoing")
        #: the part of it that is about where reminders show up
        self.deliveries = TinyDeliveries(self._database)
        #: the part of it that is about tracked mail
        self.tracking = TinyTracking(self._database)

    @cached_property
    def _intake(self) -> "Intake":
        """Whoever only lists takes nothing in."""
        from store.forgotten import ForgottenPeople
        from store.intake import Intake

        return Intake(self._database, ForgottenPeople(self._database))

    # Accounts

    def accounts(self) -> tuple[Account, ...]:
        """All accounts ever connected, by id."""
        return tuple(sorted(_records(Account, self._accounts.all()), key=lambda account: account.id))

    def account(self, account: str) -> Account | None:
        """One account by id."""
        return _first(Account, self._accounts.find("id", account))

    def put_account(self, account: Account) -> None:
        """Add or replace an account; its items and cursor stay."""
        with self._database.transaction():
            put(self._accounts, self._accounts.find("id", account.id), to_document(account))

    def change_account(self, account: str, change: Callable[[Account], Account]) -> Account | None:
        """Replace an account by what `change` makes of it as it is now."""
        with self._database.transaction():
            known = self.account(account)
            if known is None:
                return None
            changed = change(known)
            if changed != known:
                self.put_account(changed)
            return changed

    def erase_account(self, account: str) -> None:
        """Forget an account with its items, evidence, reminders, cursor and tally, in the file's free space too."""
        with self._database.transaction():
            gone = {item["id"] for item in self._items.find("provider", account)}
            self._accounts.remove(where("id") == account)
            for table in (
                self._cursors,
                self._tallies,
                self._spending,
                self._items,
                self._reminders,
                self._outgoing,
                self._database.table("deliveries"),
                self._database.table("tracked"),
                self._database.table("follow_ups"),
            ):
                table.remove(where("account") == account)
            about = where("match").test(lambda match: match is not None and match["item"] in gone)
            self._evidence.remove((where("account") == account) | about)
            self._decisions.remove(where("item").test(gone.__contains__))
        self._database.storage.file.write_anew()

    # Reading a mailbox

    def cursor(self, account: str) -> str | None:
        """Where reading this mailbox stopped."""
        found = self._cursors.find("id", account)
        return found[0]["cursor"] if found else None

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

        Items and evidence are known by their ids: an item again is replaced, and is back if it had left; evidence
        again is replaced only to gain a match or a doubt. The tally is added up.

        :param cursor: None leaves it where it was
        :param at: when the calls of the tally were made; what they cost is kept for a day by the minute
        :param connected_at: of the account it was read for; None: whichever there is, if any
        :raises AccountErased: there is none connected then any more
        """
        sent, facts = tuple(items), tuple(evidence)  # before the transaction: making them may take its time
        with self._database.transaction():
            if connected_at is not None:
                self._require(account, connected_at)
            for item in sent:
                self._intake.item(item)
            for fact in facts:
                self._intake.evidence(account, fact)
            if tally is not None:
                self._add_up(account, tally)
                if at is not None:
                    self._book(account, tally, at)
            if cursor is not None:
                put(self._cursors, self._cursors.find("id", account), {"account": account, "cursor": cursor})

    def _require(self, account: str, connected_at: datetime) -> None:
        known = self.account(account)
        if known is None or known.connected_at != connected_at:
            raise AccountErased(f"{account} was erased meanwhile; what was just read of it is not kept")

    def _add_up(self, account: str, tally: Tally) -> None:
        total = to_document(added_up(self.tally(account), tally))
        put(self._tallies, self._tallies.find("id", account), {"account": account, **total})

    def _book(self, account: str, tally: Tally, at: datetime) -> None:
        """Add what calls cost to their minute, and let go of minutes a day old."""
        minute = _minute(at)
        known = self._spending.find("minute", account, first=moment_text(minute), last=moment_text(minute))
        before = _first(Spent, known) or Spent(account=account, minute=minute)
        after = replace(
            before,
            requests=before.requests + tally.requests,
            units=before.units + tally.units,
            throttled=before.throttled + tally.throttled,
        )
        if after != before:
            put(self._spending, known, to_document(after))
        old = self._spending.find("minute", account, last=moment_text(minute - _DAY))
        if old:
            self._spending.remove(doc_ids=[each.doc_id for each in old])

    def reset_cursor(self, account: str) -> None:
        """Let the next reading start from the beginning."""
        self._cursors.remove(where("account") == account)

    def tally(self, account: str) -> Tally:
        """The completeness account so far."""
        return _first(Tally, self._tallies.find("id", account)) or Tally(skipped={})

    def spent(self, account: str, *, since: datetime) -> tuple[Spent, ...]:
        """What calls cost, minute by minute from the one of `since` on, oldest first; a day is remembered."""
        return _records(Spent, self._spending.find("minute", account, first=moment_text(_minute(since))))

    # Sent items

    def item(self, item: str) -> SentItem | None:
        """One sent item by its id."""
        return _first(SentItem, self._items.find("id", item))

    def items(
        self,
        *,
        account: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        are_here: bool = False,
    ) -> tuple[SentItem, ...]:
        """Sent items, newest first, sent at or after `since` and not after `until`."""
        first, last = moment_text(since) if since else "", moment_text(until) if until else LAST
        found = self._items.find("sent", "", first=first, last=last, newest=True)
        wanted = (each for each in found if account in (None, each["account"]))
        return _records(SentItem, (each for each in wanted if not (are_here and each.get("removed"))))

    def items_named(self, message_ids: Iterable[str]) -> tuple[SentItem, ...]:
        """Sent items known by any of these Message-IDs, in any account."""
        found = {each["id"]: each for name in message_ids for each in self._items.find("message_id", name)}
        return _records(SentItem, found.values())

    def items_in_thread(self, account: str, thread_id: str) -> tuple[SentItem, ...]:
        """Sent items of one provider thread, oldest first."""
        return _records(SentItem, self._items.find("thread", joined(account, thread_id)))

    def items_keyed(self, correlation_key: str) -> tuple[SentItem, ...]:
        """Sent items with this Exchange search key."""
        return _records(SentItem, self._items.find("correlation_key", correlation_key))

    def items_to(self, address: str, *, since: datetime) -> tuple[SentItem, ...]:
        """Sent items with this recipient, newest first, sent at or after `since`."""
        return _records(SentItem, self._items.find("recipient", address, first=moment_text(since), newest=True))

    def remove_item(self, account: str, provider_id: str) -> tuple[str, ...]:
        """The sent copy left the mailbox: keep its history, but plan nothing more about it."""
        found = self._items.find("provider", account, first=provider_id, last=provider_id)
        for each in found:  # most of what leaves a mailbox was no sent item: those cost no commit
            self._items.update(_after_leaving(from_document(SentItem, each), provider_id), doc_ids=[each.doc_id])
        return tuple(each["id"] for each in found)

    def is_removed(self, item: str) -> bool:
        """Whether `remove_item` was called for it."""
        return any(each.get("removed", False) for each in self._items.find("id", item))

    # Evidence

    def evidence(self, item: str) -> tuple[Evidence, ...]:
        """All evidence matched to an item, oldest first, doubted ones included."""
        return _records(Evidence, self._evidence.find("item", item))

    def evidence_of(self, recipient: str) -> tuple[Evidence, ...]:
        """All evidence matched to this recipient of any item, oldest first, doubted ones included."""
        return _records(Evidence, self._evidence.find("recipient", recipient))

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
        """People's answers in one of these threads of the account, or that refer to one of these ids; oldest first."""
        keys = (*(joined(account, each) for each in threads), *map(normal.squeezed, message_ids))
        first = moment_text(since) if since else ""
        read, storage = {} if known is None else known, self._database.storage
        rows = storage.rows("evidence", "answer", *keys, first=first, apart_from=("item", apart_from))
        if new := [row for row in rows if row not in read]:
            read.update((row, from_document(Evidence, document)) for row, document in storage.at(new).items())
        return tuple(read[row] for row in rows if row in read)

    def unmatched(self, account: str | None = None) -> tuple[Evidence, ...]:
        """Evidence that speaks about no known item, oldest first."""
        found = self._evidence.find("item", "")
        return _records(Evidence, (each for each in found if account in (None, each["account"])))

    def hinted(self, item: str) -> tuple[Evidence, ...]:
        """Unmatched evidence whose subject alone leads to an item, oldest first."""
        return _records(Evidence, self._evidence.find("hint", item))

    def has_read(self, account: str, provider_id: str) -> bool:
        """Whether evidence from this received message was taken already."""
        return bool(self._evidence.find("source", account, first=provider_id, last=provider_id))

    # Reminders

    def reminder(self, reminder: str) -> Reminder | None:
        """One reminder by id."""
        return _first(Reminder, self._reminders.find("id", reminder))

    def reminders(
        self, *, item: str | None = None, states: Iterable[ReminderState] | None = None
    ) -> tuple[Reminder, ...]:
        """Reminders by due time."""
        wanted = frozenset(ReminderState if states is None else states)
        if item is not None:
            return tuple(
                each for each in _records(Reminder, self._reminders.find("item", item)) if each.state in wanted
            )
        return self._in_states(dict.fromkeys(wanted, LAST))

    def due(self, now: datetime) -> tuple[Reminder, ...]:
        """Planned or held reminders whose time has come, and claimed ones, by due time."""
        return self._in_states({**dict.fromkeys(OPEN, moment_text(now)), ReminderState.CLAIMED: LAST})

    def _in_states(self, latest: Mapping[ReminderState, str]) -> tuple[Reminder, ...]:
        """Reminders in these states, each due no later than its state's limit."""
        with self._database.snapshot():
            found = [each for state, last in latest.items() for each in self._reminders.find("state", state, last=last)]
        return tuple(sorted(_records(Reminder, found), key=lambda each: (each.due_at, each.id)))

    def put_reminder(
        self, reminder: Reminder, decision: Decision | None = None, *, deliveries: tuple[Delivery, ...] = ()
    ) -> None:
        """Add or replace a reminder together with the line of its story, and where it is still to be shown."""
        with self._database.transaction():
            put(self._reminders, self._reminders.find("id", reminder.id), to_document(reminder))
            if decision is not None:
                self.note(decision)
            self.deliveries.put(deliveries)

    def change_reminder(self, reminder: str, change: Callable[[Reminder], Reminder]) -> Reminder | None:
        """Replace a reminder by what `change` makes of it as it is now, with no line of its story."""
        with self._database.transaction():
            known = self.reminder(reminder)
            changed = change(known) if known else None
            if changed and changed != known:
                self.put_reminder(changed)
            return changed

    def note(self, decision: Decision) -> None:
        """Add a line to an item's story; one known already is not doubled."""
        with self._database.transaction():
            if decision not in self.decisions(decision.item):
                self._decisions.insert(to_document(decision))

    def note_next(self, item: str, make: MakesNext) -> None:
        """Add the line made of an item's story, with the reminders it changes, in one commit."""
        with self._database.transaction():
            line, changes = make(self.decisions(item))
            self.note(line)
            for reminder, decision in changes:
                self.put_reminder(reminder, decision)

    def claim(
        self,
        reminder: str,
        *,
        by: str,
        now: datetime,
        stale_before: datetime,
        is_gone: Callable[[str], bool] = no_worker,
    ) -> bool:
        """Take a due reminder for one worker; False if another holds it."""
        with self._database.transaction():
            known = self.reminder(reminder)
            if known is None or not is_free(known, now=now, stale_before=stale_before, is_gone=is_gone):
                return False
            self.put_reminder(replace(known, state=ReminderState.CLAIMED, claimed_by=by, claimed_at=now))
            return True

    def decisions(self, item: str) -> tuple[Decision, ...]:
        """The story of an item's reminders, oldest first."""
        return _records(Decision, self._decisions.find("item", item))

    # Sending

    def begin_sending(self, outgoing: Outgoing) -> None:
        """Write down that mail with this tag is about to leave."""
        with self._database.transaction():
            if not self._outgoing.find("tag", outgoing.tag):
                self._outgoing.insert(to_document(outgoing))

    def outgoing(self) -> tuple[Outgoing, ...]:
        """Mail begun and not yet known to have left, oldest first."""
        return _records(Outgoing, self._outgoing.find("pending", ""))

    def end_sending(self, tag: str, *, item: SentItem | None) -> None:
        """The mail left and is this item; or None: it is known not to have left."""
        with self._database.transaction():
            begun = [each.doc_id for each in self._outgoing.find("tag", tag)]
            if item is None:
                self._outgoing.remove(doc_ids=begun)
            if item is None or not begun:
                return
            self._intake.item(item)
            self._outgoing.update({"item": item.id}, doc_ids=begun)


def _records(kind: type[Record], documents: Iterable[Mapping[str, Any]]) -> tuple[Record, ...]:
    return tuple(from_document(kind, document) for document in documents)


def _first(kind: type[Record], documents: list[Any]) -> Record | None:
    return from_document(kind, documents[0]) if documents else None


def _after_leaving(item: SentItem, provider_id: str) -> dict[str, Any]:
    """What changes about an item when one of its messages leaves the mailbox."""
    left = with_copy_removed(item, provider_id)
    return {"copies": to_document(left)["copies"], "removed": all(each.removed for each in left.copies)}


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
