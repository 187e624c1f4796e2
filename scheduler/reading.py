"""From arrivals to evidence: which received mail may speak about a sent item, and what it says. Writes nothing."""

from collections import Counter
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from datetime import timedelta

from connectors.errors import MessageGone
from connectors.mailbox import Arrival, Mailbox, Now
from evidence.correlate import CLOCK_ERROR, clues
from evidence.model import Evidence, Kind
from evidence.read import UnreadableMessage, read_message
from scheduler.known import Known
from scheduler.own import is_own
from store.ledger import Ledger

#: mail from people written to within this time is looked at more closely
_REACH = timedelta(days=60)

#: how long after a request a message that names nothing is tried as its receipt
_RECEIPT_REACH = timedelta(days=30)

OWN = "from yourself"
GONE = "gone before it could be read"
UNREADABLE = "no readable message"
READ_BEFORE = "read before"
BESIDE_THE_POINT = "speaks about no sent item"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Arrivals, told apart by whether they may speak about a sent item."""

    speaking: tuple[Arrival, ...]
    #: about nothing known so far; a sent item met later may change that
    waiting: tuple[Arrival, ...]
    #: reason to count
    skipped: Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was read from some arrivals."""

    #: not matched yet
    evidence: tuple[Evidence, ...]
    #: messages read whole
    read: int
    #: reason to count
    skipped: Counter[str]


class Reader:
    """Reads one mailbox's received mail for one person."""

    def __init__(self, ledger: Ledger, mailbox: Mailbox, account: str, *, own: frozenset[str], now: Now) -> None:
        self._ledger = ledger
        self._mailbox = mailbox
        self._account = account
        self._own = own
        self._now = now

    def sort(self, arrivals: Iterable[Arrival], known: Known, *, likely: Container[str] | None = None) -> Sorted:
        """Tell apart which arrivals may speak about a sent item, asking the mailbox about them where that is needed.

        :param likely: provider ids; of those that nothing speaks for yet only these are asked about (None: all are)
        """
        skipped: Counter[str] = Counter()
        speaking, silent = _parted(self._fresh(arrivals, skipped), lambda each: may_speak(each, known))
        asked, rest = _parted(silent, lambda each: self._is_promising(each, known))
        guessed, waiting = _parted(rest, lambda each: each.references is None and _is_in(likely, each.provider_id))
        asked += guessed
        told = self._mailbox.describe(tuple(asked)) if asked else ()
        skipped[GONE] += len(asked) - len(told)
        found, still_waiting = _parted(self._fresh(told, skipped), lambda each: may_speak(each, known))
        return Sorted(
            speaking=(*speaking, *found),
            waiting=(*waiting, *still_waiting),
            skipped=+skipped,
        )

    def hear(self, arrivals: Iterable[Arrival], known: Known) -> Heard:
        """Fetch messages whole and read what they say."""
        evidence: list[Evidence] = []
        skipped: Counter[str] = Counter()
        read = 0
        for arrival in arrivals:
            try:
                evidence += self._read(arrival, known)
                read += 1
            except MessageGone:
                skipped[GONE] += 1
            except UnreadableMessage:
                skipped[UNREADABLE] += 1
        return Heard(evidence=tuple(evidence), read=read, skipped=skipped)

    def _read(self, arrival: Arrival, known: Known) -> tuple[Evidence, ...]:
        raw = self._mailbox.fetch(arrival.provider_id)
        evidence = self._said(raw, arrival, known)
        if not any(_is_misdated(each, arrival, known) for each in evidence):
            return evidence
        return self._said(raw, self._timed(arrival), known, believes_date=False)

    def _said(self, raw: bytes, arrival: Arrival, known: Known, *, believes_date: bool = True) -> tuple[Evidence, ...]:
        return read_message(
            raw,
            source=arrival.provider_id,
            thread_id=arrival.thread_id,
            in_thread=bool(known.in_thread(arrival.thread_id)),
            arrived_at=arrival.received_at or self._now(),
            believes_date=believes_date,
            own=self._own,
        )

    def _timed(self, arrival: Arrival) -> Arrival:
        """The same with the time it arrived at, which listings need not tell, if it is still there."""
        if arrival.received_at:
            return arrival
        return next(iter(self._mailbox.describe((arrival,))), arrival)

    def _fresh(self, arrivals: Iterable[Arrival], skipped: Counter[str]) -> list[Arrival]:
        """Neither one's own nor read before; what is, is counted."""
        fresh = []
        for arrival in arrivals:
            if is_own(arrival.sender, self._own):
                skipped[OWN] += 1
            elif self._ledger.has_read(self._account, arrival.provider_id):
                skipped[READ_BEFORE] += 1
            else:
                fresh.append(arrival)
        return fresh

    def _is_promising(self, arrival: Arrival, known: Known) -> bool:
        """Not told whether it is a report, or comes from somebody written to."""
        if arrival.is_report is None:
            return True
        return arrival.references is None and bool(known.to(arrival.sender, since=self._now() - _REACH))


def may_speak(arrival: Arrival, known: Known) -> bool:
    """Whether what is told of a message shows that it may speak about a sent item."""
    return bool(
        arrival.is_report
        or known.in_thread(arrival.thread_id)
        or known.named(arrival.references or ())
        or _may_be_receipt(arrival, known)
    )


def _is_misdated(evidence: Evidence, arrival: Arrival, known: Known) -> bool:
    """Whether its Date cannot be: nobody speaks of a mail by its id before it was sent.

    Where what it names is not known yet, a Date long before the arrival is not believed either: a report may be listed
    before the mail it is about.
    """
    sought = clues(evidence)
    if evidence.at is None or not (sought.message_ids or sought.correlation_key):
        return False
    named = (*known.named(sought.message_ids), *known.keyed(sought.correlation_key))
    if named:
        return any(evidence.at < each.sent_at for each in named)
    is_report = evidence.kind in {Kind.RECEIPT, Kind.DELIVERY}
    return is_report and arrival.received_at is not None and evidence.at < arrival.received_at - CLOCK_ERROR


def _may_be_receipt(arrival: Arrival, known: Known) -> bool:
    """It answers nothing and comes from somebody lately asked for a receipt.

    Some programs write receipts as free text or wrapped in TNEF, and Exchange files those it does not know as ordinary
    mail. Such a message names nothing, and only reading it can tell.
    """
    if arrival.references != () or arrival.received_at is None:
        return False
    asked = known.to(arrival.sender, since=arrival.received_at - _RECEIPT_REACH)
    return any(each.asks_receipt for each in asked)


def _is_in(likely: Container[str] | None, provider_id: str) -> bool:
    return likely is None or provider_id in likely


def _parted(arrivals: Iterable[Arrival], holds: Callable[[Arrival], bool]) -> tuple[list[Arrival], list[Arrival]]:
    """Those for which it holds, and the others."""
    parts: tuple[list[Arrival], list[Arrival]] = ([], [])
    for arrival in arrivals:
        parts[not holds(arrival)].append(arrival)
    return parts
