"""What answers to other mail of a thread say of an item; each answer is read once, however many items ask."""

from collections.abc import Iterable
from datetime import UTC, datetime

from evidence import normal
from evidence.copies import apart, threads
from evidence.correlate import CLOCK_ERROR, clues
from evidence.model import Evidence, Kind, SentItem
from evidence.ruling import counting, set_aside
from evidence.thread import also_answering
from store.ledger import Ledger

#: who was heard of, and whether they asked for no more mail
_Told = tuple[str | None, bool]
_UNDATED = datetime.min.replace(tzinfo=UTC)


class Answers:
    """People's answers as they were read for one question; looked up of each item, decoded once."""

    def __init__(self, ledger: Ledger) -> None:
        """Ask this ledger."""
        self._ledger = ledger
        self._read: dict[int, Evidence] = {}
        # by where Python keeps them, as they are not read twice: their own id is dear to make
        self._senders: dict[int, frozenset[str]] = {}
        self._items: dict[str, SentItem | None] = {}
        self._aside: dict[str, frozenset[str]] = {}

    def to_others(self, item: SentItem, about: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        """Those matched to other items that answer this one too and tell what `about` does not; oldest first.

        :param about: all that is matched to the item
        """
        found = self._ledger.answers(
            item.account,
            threads=threads(item),
            message_ids=item.message_ids,
            since=item.sent_at - CLOCK_ERROR,
            apart_from=item.id,
            known=self._read,
        )
        return tuple(self._telling(item, about, found)) if found else ()

    def _telling(self, item: SentItem, about: tuple[Evidence, ...], found: Iterable[Evidence]) -> Iterable[Evidence]:
        aside, messages = frozenset(set_aside(about)), apart(item)
        people = {each.address: normal.mailbox(each.address) for each in item.recipients}
        first: dict[_Told, datetime] = {}
        for one in counting(about):
            _remember(first, one)
        for each in found:
            senders = self._senders_of(each)
            if all(mailbox not in senders or _is_told(first, who, each) for who, mailbox in people.items()):
                continue
            answer = also_answering(messages, each, self._item)
            whose = answer.match.recipient if answer and answer.match else None
            if answer and not _is_told(first, whose, answer) and not self._is_aside(each):
                yield answer
                if each.id not in aside:
                    _remember(first, answer)

    def _senders_of(self, answer: Evidence) -> frozenset[str]:
        """Everybody it may be the answer of."""
        if id(answer) not in self._senders:
            known = answer.match.recipient if answer.match else None
            self._senders[id(answer)] = frozenset(map(normal.mailbox, filter(None, (*clues(answer).recipients, known))))
        return self._senders[id(answer)]

    def _item(self, item: str) -> SentItem | None:
        if item not in self._items:
            self._items[item] = self._ledger.item(item)
        return self._items[item]

    def _is_aside(self, answer: Evidence) -> bool:
        """Whether the person set it aside for the mail it is matched to."""
        item = answer.match.item if answer.match else ""
        if item not in self._aside:
            self._aside[item] = frozenset(set_aside(self._ledger.evidence(item)))
        return answer.id in self._aside[item]


def _remember(first: dict[_Told, datetime], answer: Evidence) -> None:
    if answer.kind is Kind.REPLY and answer.match:
        told = (answer.match.recipient, answer.declines)
        first[told] = min(first.get(told) or answer.at or _UNDATED, answer.at or _UNDATED)


def _is_told(first: dict[_Told, datetime], who: str | None, answer: Evidence) -> bool:
    """Whether another answer says the same of the same recipient, and no later."""
    at = first.get((who, answer.declines))
    return at is not None and (answer.at is None or at <= answer.at)
