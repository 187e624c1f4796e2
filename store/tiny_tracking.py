"""The ledger's part about tracked mail, over the same file."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tinydb import where

from evidence.model import Evidence, SentItem
from store.changes import rematched
from store.database import Database
from store.records import from_document, to_document
from store.table import put
from store.tracking import Choice, Erased, RelayState, Stance, Tracked


class TinyTracking:
    """The `TrackingLedger` in one file."""

    def __init__(self, database: Database) -> None:
        """Work on an open file."""
        self._database = database
        self._tracked = database.table("tracked")
        self._choices = database.table("choices")
        self._relay = database.table("relay")
        self._items = database.table("items")
        self._evidence = database.table("evidence")

    # Tokens

    def put(self, tracked: Iterable[Tracked]) -> None:
        """Remember what tokens name, before the mail they stand in leaves."""
        with self._database.transaction():
            for each in tracked:
                put(self._tracked, self._tracked.find("id", each.id), to_document(each))

    def named(self, ids: Iterable[str]) -> tuple[Tracked, ...]:
        """What these token ids name; unknown ones are left out."""
        found = (each for name in dict.fromkeys(ids) for each in self._tracked.find("id", name))
        return tuple(from_document(Tracked, each) for each in found)

    def in_mail(self, tag: str) -> tuple[Tracked, ...]:
        """All tokens in the mail with this mark."""
        return tuple(from_document(Tracked, each) for each in self._tracked.find("tag", tag))

    def sent_to(self, address: str) -> tuple[Tracked, ...]:
        """All tokens in mail to this address, newest first."""
        return tuple(from_document(Tracked, each) for each in self._tracked.find("recipient", address, newest=True))

    def drop(self, tag: str) -> None:
        """The mail with this mark is known not to have left: its tokens name nothing."""
        self._tracked.remove(where("tag") == tag)

    def item_of(self, tag: str) -> SentItem | None:
        """The sent item that bears our mark."""
        found = self._items.find("tag", tag)
        return from_document(SentItem, found[0]) if found else None

    # Choices

    def choose(self, choices: Iterable[Choice]) -> None:
        """Keep choices of readers; one known already is not doubled."""
        with self._database.transaction():
            for each in choices:
                if each not in self.choices(each.address):
                    self._choices.insert(to_document(each))

    def choices(self, address: str | None = None) -> tuple[Choice, ...]:
        """Choices, oldest first."""
        found = self._choices.all() if address is None else self._choices.find("address", address)
        return tuple(sorted((from_document(Choice, each) for each in found), key=lambda choice: choice.at))

    def stance(self, address: str) -> Stance:
        """What holds for an address now: its latest choice."""
        choices = self.choices(address)
        return choices[-1].stance if choices else Stance.NONE

    # The relay

    def relay(self) -> RelayState:
        """How far the relay was read."""
        known = self._relay.all()
        return from_document(RelayState, known[0]) if known else RelayState()

    def put_relay(self, state: RelayState) -> None:
        """Replace what is known of the relay."""
        with self._database.transaction():
            put(self._relay, self._relay.all(), to_document(state))

    def take_hits(
        self, evidence: Iterable[tuple[str, Evidence]], *, choices: Iterable[Choice], state: RelayState
    ) -> None:
        """Store one page of hits and the choices in it, and then move the cursor, all or nothing."""
        hits, chosen = tuple(evidence), tuple(choices)
        with self._database.transaction():
            for account, hit in hits:
                known: list[Any] = self._evidence.find("id", account, first=hit.id, last=hit.id)
                kept = rematched(from_document(Evidence, known[0]), hit) if known else hit
                put(self._evidence, known, {"id": hit.id, "account": account, **to_document(kept)})
            self.choose(chosen)
            self.put_relay(state)

    # Forgetting

    def forget(self, address: str) -> Erased:
        """Erase what is known of one person."""
        raise NotImplementedError

    def prune(self, *, items_before: datetime, evidence_before: datetime, hits_before: datetime) -> Erased:
        """Erase what is old."""
        raise NotImplementedError
