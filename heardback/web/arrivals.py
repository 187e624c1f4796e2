"""What a reading brought: what the ledger holds now and did not hold before."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from evidence.model import Action, Evidence, Kind
from heardback.text import count
from store.ledger import Ledger, ReminderState

#: what people call each sort of evidence, one and several; a person's own decision comes with no reading
_NAMES: Mapping[Kind, tuple[str, str]] = {
    Kind.REPLY: ("answer", "answers"),
    Kind.INVITATION: ("answer to an invitation", "answers to invitations"),
    Kind.RECEIPT: ("receipt", "receipts"),
    Kind.AUTO_REPLY: ("automatic answer", "automatic answers"),
    Kind.DELIVERY: ("delivery report", "delivery reports"),
    Kind.HIT: ("hit from the relay", "hits from the relay"),
}
_BOUNCE = ("bounce", "bounces")
_DOUBTED = ("piece of evidence that does not count", "pieces of evidence that do not count")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the ledger holds at one moment, by id."""

    items: frozenset[str]
    evidence: Mapping[str, Evidence]
    #: reminders that came due
    fired: frozenset[str]


def known(ledger: Ledger) -> Known:
    """What the ledger holds now."""
    items = [each.id for each in ledger.items()]
    evidence = {one.id: one for item in items for one in ledger.evidence(item)}
    fired = ledger.reminders(states=[ReminderState.FIRED])
    return Known(items=frozenset(items), evidence=evidence, fired=frozenset(each.id for each in fired))


def news(before: Known, after: Known) -> str:
    """What is there that was not, as the sentence goes on: `1 answer and 2 receipts came back`; or `nothing new`."""
    came = [
        each for name, each in after.evidence.items() if name not in before.evidence and each.kind is not Kind.RULING
    ]
    sent, fired = len(after.items - before.items), len(after.fired - before.fired)
    told = [
        *([f"{_joined(list(_counted(came)))} came back"] if came else []),
        *([f"{count(sent, 'mail')} you sent {'is' if sent == 1 else 'are'} new here"] if sent else []),
        *([f"{count(fired, 'reminder')} came due"] if fired else []),
    ]
    return "; ".join(told) or "nothing new"


def _counted(came: Iterable[Evidence]) -> Iterator[str]:
    names = Counter(_name(each) for each in came)
    for name in (*_NAMES.values(), _BOUNCE, _DOUBTED):
        if names[name]:
            yield count(names[name], *name)


def _name(each: Evidence) -> tuple[str, str]:
    if each.doubt:
        return _DOUBTED
    return _BOUNCE if each.action is Action.FAILED else _NAMES[each.kind]


def _joined(parts: list[str]) -> str:
    return " and ".join([*([", ".join(parts[:-1])] if parts[:-1] else []), parts[-1]])
