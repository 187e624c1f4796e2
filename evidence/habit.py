"""How an address behaved so far, and what is worth asking it for next. Derived from evidence, never kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from evidence.hit_context import PREFETCH, seen, weighed
from evidence.model import Action, Disposition, Evidence, Grade, HitKind, Kind, SentItem
from evidence.ruling import counting

#: receipt requests that went unheeded before an address counts as one that returns none
ENOUGH = 3
#: a request younger than this may still be heeded
PATIENCE = timedelta(days=7)
#: how far back an address is remembered: programs and posts change
MEMORY = timedelta(days=365)

_RETURNED = frozenset({Disposition.DISPLAYED, Disposition.DELETED})


class Refusal(StrEnum):
    """What a reader chose against."""

    TRACKING = "tracking"
    #: one of several who got the same mail chose against tracking, it cannot be told who
    PERHAPS = "perhaps tracking"
    MAIL = "mail"


#: advice that heeds it
_HEEDING = {
    Refusal.TRACKING: "do not ask for a receipt: this one opted out of being tracked",
    Refusal.PERHAPS: "do not ask for a receipt: one of several who got the same mail opted out of being tracked, "
    "perhaps this one",
    Refusal.MAIL: "do not write again: this one asked for no more mail",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Habit:
    """What an address did about the mail sent to it within `MEMORY`. Counts are of sent items, not of messages."""

    #: normalised
    address: str
    sent: int
    #: asked for a receipt and heeded, refused, or `PATIENCE` old
    asked: int
    #: asked for a receipt lately, which may still come
    waiting: int
    #: returned a receipt that says displayed or deleted
    receipts: int
    #: refused a receipt
    refused: int
    #: a person answered
    answered: int
    #: only an automatic answer came
    automatic: int
    #: could not be delivered
    bounced: int
    #: had an image in it that was fetched, or is `PATIENCE` old
    imaged: int = 0
    #: had an image in it that something fetched which may have been a reader
    loaded: int = 0
    #: had an image in it that only a machine fetched, ahead of time
    prefetched: int = 0
    #: what its reader chose, or may have, which goes before all that worked so far; None: nothing, or nobody looked
    refusal: Refusal | None = None

    @property
    def is_silent(self) -> bool:
        """Known to return no receipts: it answers mail, but heeded none of `ENOUGH` requests or more.

        Its silence says nothing about reading. Somebody who never reacted in any way is not meant: that is what unread
        mail looks like.
        """
        return self.asked >= ENOUGH and not self.receipts and bool(self.answered or self.refused)

    @property
    def hides_images(self) -> bool:
        """Known to show nothing by images: of `ENOUGH` or more none was fetched by a reader, and there is a reason."""
        return self.imaged >= ENOUGH and not self.loaded and bool(self.prefetched or self.answered)

    @property
    def is_dead(self) -> bool:
        """Nothing ever came from it but reports that mail could not be delivered."""
        return bool(self.bounced) and self.bounced == self.sent

    @property
    def sentence(self) -> str:
        """What is known of it, as a sentence without a full stop."""
        if self.is_dead:
            return f"none of {_mails(self.sent)} to this address could be delivered"
        answered = f"answered {self.answered} of {_mails(self.sent)} and " if self.answered else ""
        if self.receipts:
            return f"this address {answered}returned a receipt for {self.receipts} of {_requests(self.asked)}"
        if self.refused:
            return f"this address {answered}refused a receipt {_times(self.refused)} and never returned one"
        if self.asked:
            return f"this address {answered}has never returned a receipt in {_requests(self.asked)}"
        if not (self.answered or self.imaged):
            return "nothing is known yet of how this address reacts"
        asked = "was asked for a receipt too lately to tell" if self.waiting else "was never asked for a receipt"
        return f"this address {answered}{asked}"

    @property
    def image_sentence(self) -> str:
        """What is known of how it loads images, likewise; empty if it was sent none that are old enough."""
        if not self.imaged:
            return ""
        if self.loaded:
            return f"images were fetched in {self.loaded} of {_mails(self.imaged)}"
        if self.prefetched:
            return f"this address only ever loads images ahead of time, by a machine, in {_mails(self.imaged)}"
        return f"this address fetched no image in {_mails(self.imaged)}"

    @property
    def story(self) -> str:
        """All of it in one line, the advice at its end."""
        return "; ".join(each for each in (self.sentence, self.image_sentence, self.advice) if each)

    @property
    def advice(self) -> str:
        """What to ask for next time, as a sentence without a full stop."""
        if self.refusal:
            return _HEEDING[self.refusal]
        if self.is_dead:
            return "find another address"
        if self.receipts:
            return "ask for a receipt: one came before"
        if self.loaded and self.asked >= ENOUGH and not self.refused:
            return "put an image in: it fetches images, but returns no receipts"
        if self.answered and (self.is_silent or self.refused):
            return "ask a question: this one answers, but returns no receipts"
        if self.is_silent or self.refused:
            return "do not ask for a receipt: it will not come"
        if self.asked >= ENOUGH:
            return "try another way to reach this one: neither receipts nor answers come back"
        return "ask for a receipt and see"


def habit(
    address: str,
    items: Iterable[SentItem],
    evidence: Iterable[Evidence],
    *,
    now: datetime,
    imaged: frozenset[str] = frozenset(),
) -> Habit:
    """The habit of an address, from the mail sent to it and what came back; in any order.

    :param address: normalised
    :param items: sent items with this recipient; older ones than `MEMORY` are left out
    :param evidence: evidence matched to this recipient, decisions about it included
    :param now: aware
    :param imaged: ids of items with an image that this recipient alone was sent
    """
    recent = {each.id: each for each in items if now - MEMORY <= each.sent_at <= now}
    requests = {each.id: each.sent_at <= now - PATIENCE for each in recent.values() if each.asks_receipt}
    facts = [each for each in counting(evidence) if each.match and each.match.recipient == address]
    facts = [each for each in facts if each.match and each.match.item in recent]
    answered = _about(facts, Kind.REPLY)
    receipts = {_item(each) for each in facts if each.disposition in _RETURNED and each.action is None}
    refused = {_item(each) for each in facts if each.disposition is Disposition.DENIED}
    asked = {each for each, is_old in requests.items() if is_old} | receipts | refused
    loaded, prefetched = _images(facts, recent)
    old = {each.id for each in recent.values() if each.id in imaged and each.sent_at <= now - PATIENCE}
    return Habit(
        address=address,
        sent=len(recent),
        asked=len(asked),
        waiting=len(requests.keys() - asked),
        receipts=len(receipts),
        refused=len(refused),
        answered=len(answered),
        automatic=len(_about(facts, Kind.AUTO_REPLY) - answered),
        bounced=len({_item(each) for each in facts if each.action is Action.FAILED}),
        imaged=len(old | loaded | prefetched),
        loaded=len(loaded),
        prefetched=len(prefetched - loaded),
    )


def _images(facts: Iterable[Evidence], items: Mapping[str, SentItem]) -> tuple[set[str], set[str]]:
    """Items whose image something fetched that may have been a reader, and those a machine fetched ahead of time."""
    hits: dict[str, list[Evidence]] = {}
    for each in facts:
        if each.door is HitKind.PIXEL:
            hits.setdefault(_item(each), []).append(each)
    counted = {item: weighed(seen(some, (), sent_at=items[item].sent_at)).values() for item, some in hits.items()}
    loaded = {item for item, some in counted.items() if any(each.grade is not Grade.NONE for each in some)}
    prefetched = {item for item, some in counted.items() if any(each.rule == PREFETCH for each in some)}
    return loaded, prefetched


def _about(facts: Iterable[Evidence], kind: Kind) -> set[str]:
    return {_item(each) for each in facts if each.kind is kind}


def _item(evidence: Evidence) -> str:
    return evidence.match.item if evidence.match else ""


def _mails(count: int) -> str:
    return "1 mail" if count == 1 else f"{count} mails"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _requests(count: int) -> str:
    return "1 request" if count == 1 else f"{count} requests"
