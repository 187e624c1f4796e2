"""The ledger's part about tracked mail, over the same file."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from evidence.model import Evidence, SentItem
from evidence.normal import utc
from store.database import Database
from store.ledger import StoreError
from store.records import Record, from_document, to_document
from store.storage import Placed
from store.table import put
from store.tracking import Choice, Erased, Forgotten, Held, RelayState, Stance, Tracked

if TYPE_CHECKING:
    # whoever only lists needs none of these
    from store.forgetting import Forgetting
    from store.forgotten import ForgottenPeople
    from store.intake import Intake
    from store.pruning import Pruning, Step

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class _Rehearsed(Exception):
    """Undoes what was only counted."""


class TinyTracking:
    """The `TrackingLedger` in one file."""

    def __init__(self, database: Database) -> None:
        """Work on an open file."""
        self._database = database
        self._tracked = database.table("tracked")
        self._choices = database.table("choices")
        self._relay = database.table("relay")
        self._items = database.table("items")

    @cached_property
    def _people(self) -> "ForgottenPeople":
        from store.forgotten import ForgottenPeople

        return ForgottenPeople(self._database)

    @cached_property
    def _intake(self) -> "Intake":
        from store.intake import Intake

        return Intake(self._database, self._people)

    @cached_property
    def _forgetting(self) -> "Forgetting":
        from store.forgetting import Forgetting

        return Forgetting(self._database, self._people)

    @cached_property
    def _pruning(self) -> "Pruning":
        from store.pruning import Pruning

        return Pruning(self._database, self._forgetting)

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

    def drop(self, ids: Iterable[str]) -> None:
        """The mail with these tokens is known not to have left: they name nothing."""
        with self._database.transaction():
            self._tracked.remove(doc_ids=[found.doc_id for each in ids for found in self._tracked.find("id", each)])

    def item_of(self, tag: str) -> SentItem | None:
        """The sent item that bears our mark."""
        found = self._items.find("tag", tag)
        return from_document(SentItem, found[0]) if found else None

    # Choices

    def choose(self, choices: Iterable[Choice]) -> None:
        """Keep choices of readers; one known already is not doubled."""
        with self._database.transaction():
            for each in choices:
                if self._people.admits_choice(each) and each not in self.choices(each.address):
                    self._choices.insert(to_document(each))

    def choices(self, address: str | None = None) -> tuple[Choice, ...]:
        """Choices, oldest first."""
        found = self._choices.all() if address is None else self._choices.find("address", address)
        return tuple(sorted((from_document(Choice, each) for each in found), key=lambda choice: choice.at))

    def stance(self, address: str) -> Stance:
        """What holds for an address now: its latest choice; of who was forgotten and chose nothing since, opt-out."""
        choices = self.choices(address)
        if choices:
            return choices[-1].stance
        return Stance.OPT_OUT if self._people.of(address) else Stance.NONE

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
                self._intake.evidence(account, hit)
            self.choose(chosen)
            self.put_relay(state)

    # Forgetting

    def held(self, address: str) -> Held:
        """All that names one person; the whole ledger is looked through for it."""
        with self._database.snapshot():
            found = self._forgetting.naming(address)
        items = _records(SentItem, "items", found)
        evidence = _records(Evidence, "evidence", found)
        return Held(
            items=tuple(sorted(items, key=lambda item: item.sent_at, reverse=True)),
            evidence=tuple(sorted(evidence, key=lambda each: each.at or _LONG_AGO)),
            tracked=tuple(_records(Tracked, "tracked", found)),
            choices=self.choices(address),
        )

    def forget(self, address: str, *, at: datetime, reader: str = "", rehearse: bool = False) -> Erased:
        """Erase one person, and keep a mark by which they are not taken in again."""
        erased = self._commit(lambda: self._forgetting.forget(address, at=utc(at), reader=reader), rehearse=rehearse)
        if not rehearse:
            # it is done; where there is no room to write the file anew, or no moment alone, `store.proof` will tell
            with suppress(StoreError):
                self._database.storage.file.write_anew()
        return erased

    def admitted(self, item: SentItem) -> SentItem | None:
        """An item without those who were forgotten after it was sent; None if it was to them alone."""
        return self._people.let_in(item)

    def forgotten(self) -> tuple[Forgotten, ...]:
        """Everybody who was forgotten, oldest first."""
        return self._people.all()

    def erased_at_relay(self, mark: str, tokens: Iterable[str]) -> None:
        """The relay was seen to have nothing left of these tokens of a forgotten person."""
        with self._database.transaction():
            self._people.erased_at_relay(mark, tokens)

    def prune(
        self, *, items_before: datetime, evidence_before: datetime, hits_before: datetime, rehearse: bool = False
    ) -> Erased:
        """Erase what is old."""
        from store.pruning import plus

        steps = self._pruning.steps(items_before=items_before, evidence_before=evidence_before, hits_before=hits_before)
        erased = Erased()
        for step in steps:
            erased = plus(erased, self._commit(step, rehearse=rehearse))
        if not rehearse and erased != Erased(waiting=erased.waiting):
            self._database.storage.file.tidy()
        return erased

    def _commit(self, step: "Step", *, rehearse: bool) -> Erased:
        """Do a step in one commit; of a rehearsal nothing stays but the count."""
        erased = Erased()
        with suppress(_Rehearsed), self._database.transaction():
            erased = step()
            if rehearse:
                raise _Rehearsed
        return erased


def _records(kind: type[Record], table: str, found: list[tuple[str, Placed]]) -> Iterator[Record]:
    return (from_document(kind, placed.document) for name, placed in found if name == table)
