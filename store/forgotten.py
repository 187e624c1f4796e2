"""The people who were forgotten, known by a keyed hash only, and what may not come back about them."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from os import urandom

from evidence.copies import without_recipient
from evidence.model import Evidence, SentItem
from store.database import Database
from store.person import ERASED, Document, addresses, struck
from store.records import from_document, to_document
from store.table import put
from store.tracking import Choice, Forgotten, Salt

_SALT_BYTES = 32
#: characters of a mark; 132 bits, so that no two addresses ever share one
_MARK_LENGTH = 22


class ForgottenPeople:
    """Who was forgotten. The mailbox still holds the mail: whatever is read of it again is held against this list.

    The key of the hash lies beside the hashes, for an export, a backup and a restored ledger must know them as well.
    So whoever has the file can check one address they think of, and can read none out of it.
    """

    def __init__(self, database: Database) -> None:
        """Work on an open file."""
        self._people = database.table("forgotten")
        self._salt = database.table("salt")
        self._items = database.table("items")

    def all(self) -> tuple[Forgotten, ...]:
        """Everybody, oldest first."""
        return tuple(sorted((from_document(Forgotten, each) for each in self._people.all()), key=lambda each: each.at))

    def of(self, address: str | None) -> Forgotten | None:
        """What is known of the forgetting of an address; None if it never was."""
        salt = self._salt.all() if address else []
        found = self._people.find("mark", _mark(salt[0]["value"], str(address))) if salt else []
        return from_document(Forgotten, found[0]) if found else None

    def add(self, address: str, *, at: datetime, reader: str, tokens: Iterable[str]) -> None:
        """Note that an address was forgotten; call it inside the transaction that erases it.

        :param tokens: ids of tokens that the relay has to forget as well
        """
        known = self.of(address)
        person = Forgotten(
            mark=known.mark if known else _mark(self._make_salt(), address),
            at=at,
            reader=reader or (known.reader if known else ""),
            tokens=tuple(dict.fromkeys((*(known.tokens if known else ()), *tokens))),
        )
        self._put(person)

    def erased_at_relay(self, mark: str, tokens: Iterable[str]) -> None:
        """These tokens of a person are known to be forgotten there; call it inside a transaction."""
        done = frozenset(tokens)
        for each in self._people.find("mark", mark):
            person = from_document(Forgotten, each)
            self._put(replace(person, tokens=tuple(one for one in person.tokens if one not in done)))

    def is_nobody(self) -> bool:
        """Nobody was ever forgotten: the usual case, told by one look."""
        return not self._salt.all()

    def let_in(self, item: SentItem) -> SentItem | None:
        """A sent item without the people who were forgotten after it was sent; None if it went to nobody else."""
        left: SentItem | None = item
        if self.is_nobody():
            return left
        for each in item.recipients:
            if left and self._is_before(each.address, item.sent_at):
                left = without_recipient(left, each.address)
        return left

    def admits(self, evidence: Evidence) -> bool:
        """Whether evidence may be kept: it names nobody who was forgotten and not written to since."""
        named = {evidence.sender, evidence.recipient, *evidence.aliases}
        named |= {each.recipient for each in (evidence.match, evidence.hint) if each}
        return all(self._is_known_anew(each, evidence.at) for each in named - {None, ERASED})

    def struck(self, document: Document, moment: datetime | None) -> Document:
        """A document from a moment without the addresses that stand in its texts and were forgotten since."""
        for each in addresses(document):
            person = self.of(each)
            if person and (moment is None or moment <= person.at):
                document = struck(document, each)
        return document

    def admits_choice(self, choice: Choice) -> bool:
        """Whether a choice may be kept: it was not made before its reader was forgotten."""
        return choice.address != ERASED and not self._is_before(choice.address, choice.at)

    def _is_before(self, address: str, moment: datetime) -> bool:
        person = self.of(address)
        return person is not None and moment <= person.at

    def _is_known_anew(self, address: str | None, moment: datetime | None) -> bool:
        """Nobody was forgotten, or was written to since: then what came since is about that."""
        person = self.of(address)
        if person is None:
            return True
        return moment is not None and moment > person.at and bool(self._items.find("recipient", str(address)))

    def _put(self, person: Forgotten) -> None:
        put(self._people, self._people.find("mark", person.mark), to_document(person))

    def _make_salt(self) -> str:
        """Kept for good: without it nobody would be known any more."""
        known = self._salt.all()
        if known:
            return str(known[0]["value"])
        salt = Salt(value=urlsafe_b64encode(urandom(_SALT_BYTES)).decode())
        self._salt.insert(to_document(salt))
        return salt.value


def _mark(salt: str, address: str) -> str:
    digest = hmac.digest(salt.encode(), address.encode("utf-8", "backslashreplace"), "sha256")
    return urlsafe_b64encode(digest).decode()[:_MARK_LENGTH]
