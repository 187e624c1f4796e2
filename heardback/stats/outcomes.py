"""What became of each mail at each of its recipients: the rows all numbers are made of."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from evidence import normal
from evidence.hit_verdict import Tracking, is_tellable
from evidence.model import Action, Disposition, Evidence, Kind, RecipientVerdict, SentItem, Verdict
from evidence.ruling import counting
from evidence.verdict import fold, shows_reading
from scheduler.habits import Habits
from scheduler.own import without_own
from scheduler.standing import heard, standing
from scheduler.tracked import tracking_of
from store.ledger import Ledger

#: what a receipt says that came back
_TOLD = frozenset({Disposition.DISPLAYED, Disposition.DELETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one mail at one recipient."""

    item: str
    account: str
    #: normalised
    address: str
    #: as it was sent
    subject: str
    #: aware, UTC
    sent_at: datetime
    verdict: Verdict
    #: had it been read, something would probably have told
    is_trackable: bool
    asks_receipt: bool
    #: a receipt says displayed or deleted
    returned_receipt: bool
    #: first sign of reading, an answer included
    read_at: datetime | None
    #: first answer by a person
    answered_at: datetime | None
    #: the reader's mail program, as it names itself lately; empty if it never did
    program: str

    @property
    def is_delivered(self) -> bool:
        """As far as is known."""
        return self.verdict is not Verdict.NOT_DELIVERED

    @property
    def domain(self) -> str:
        """After the `@`."""
        return normal.domain(self.address)


def outcomes(ledger: Ledger, items: Iterable[SentItem], *, now: datetime) -> Iterator[Outcome]:
    """The outcomes of sent items, those at the person's own addresses left out.

    :param now: aware
    """
    habits = Habits(ledger, now=now)
    programs = _Programs(ledger)
    for item in items:
        verdict = standing(ledger, item, now=now, habits=habits)
        asked, evidence = without_own(item, habits.own), heard(ledger, item, habits.answers)
        facts = sorted(counting(evidence), key=lambda each: each.at or item.sent_at)
        silent, tracking = habits.silent(item), tracking_of(ledger, asked, evidence, habits)
        for one in verdict.recipients:
            mine = [each for each in facts if each.match and each.match.recipient == one.recipient.address]
            yield Outcome(
                item=item.id,
                account=item.account,
                address=one.recipient.address,
                subject=item.subject,
                sent_at=item.sent_at,
                verdict=one.verdict,
                is_trackable=_is_trackable(one, item, silent, tracking),
                asks_receipt=item.asks_receipt,
                returned_receipt=any(_is_receipt(each) for each in mine),
                read_at=_read_at(asked, one, mine, now, tracking),
                answered_at=next((each.at for each in mine if each.kind is Kind.REPLY), None),
                program=programs.of(one.recipient.address),
            )


def _is_trackable(one: RecipientVerdict, item: SentItem, silent: dict[str, str], tracking: Tracking) -> bool:
    """Whether silence would have been `unread`: the same for who read it and who did not, or rates would lie."""
    if one.verdict in {Verdict.UNREAD, Verdict.UNKNOWABLE}:
        return one.verdict is Verdict.UNREAD
    address = one.recipient.address
    by_image = is_tellable(address, tracking) and address not in tracking.blind
    return by_image or (item.asks_receipt and address not in silent)


def _is_receipt(evidence: Evidence, told: frozenset[Disposition] = _TOLD) -> bool:
    """The reader's program answered; a server that rejects in the form of a receipt did not."""
    return evidence.kind is Kind.RECEIPT and evidence.disposition in told and evidence.action is not Action.FAILED


def _read_at(
    item: SentItem, one: RecipientVerdict, mine: list[Evidence], now: datetime, tracking: Tracking
) -> datetime | None:
    """When it was first known to be read: by the first piece of evidence with which the verdict says so."""
    if not shows_reading(one.verdict):
        return None
    for end, each in enumerate(mine, 1):
        known = fold(item, mine[:end], now=now, tracking=tracking).recipients
        if any(shows_reading(told.verdict) for told in known if told.recipient == one.recipient):
            return each.at
    return one.since


class _Programs:
    """The mail program of each reader, looked up once an address."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[str, str] = {}

    def of(self, address: str) -> str:
        """What the latest of the reader's messages was made with."""
        if address not in self._known:
            named = (each for each in counting(self._ledger.evidence_of(address))[::-1] if _is_by_reader(each))
            self._known[address] = next((each.program for each in named if each.program), "")
        return self._known[address]


def _is_by_reader(evidence: Evidence) -> bool:
    """Made by the reader's own program, and not by a server."""
    answered = _TOLD | {Disposition.DENIED}
    return evidence.kind in {Kind.REPLY, Kind.INVITATION} or _is_receipt(evidence, answered)
