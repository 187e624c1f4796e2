"""What is remembered of addresses, worked out from the ledger when asked for and kept no longer than one question."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property

from evidence.copies import marks
from evidence.habit import MEMORY, Habit, Refusal, habit
from evidence.model import Evidence, HitKind, SentItem
from evidence.ruling import counting
from evidence.times import moment
from scheduler.absences import Announcement, announcements
from scheduler.answers import Answers
from scheduler.bursts import Bursts
from scheduler.own import is_own, own_addresses
from store.ledger import Ledger
from store.tracking import RelayState, Stance, opt_outs

#: how long a relay may be away before the silence of an image means nothing any more, and no reminder waits for it
RELAY_PATIENCE = timedelta(hours=1)
_THIS_ONE = "this reader asked not to be tracked"
_ONE_OF_THEM = "one of the recipients asked not to be tracked"
_PERHAPS = "one of several who got another mail asked not to be tracked, perhaps this reader"


class Habits:
    """The habits of addresses at one moment; each is worked out once, by two look-ups, however many items ask."""

    def __init__(self, ledger: Ledger, *, now: datetime) -> None:
        """Ask this ledger.

        :param now: aware
        """
        #: the person's own addresses, which have none
        self.own = own_addresses(ledger)
        #: what was hit at once, of all mail
        self.bursts = Bursts(ledger)
        #: answers to other mail of a thread
        self.answers = Answers(ledger)
        self._ledger = ledger
        self._now = now
        self._known: dict[str, Habit] = {}
        self._heard: dict[str, tuple[Evidence, ...]] = {}
        self._announced: dict[str, tuple[Announcement, ...]] = {}

    def of(self, address: str) -> Habit:
        """The habit of one address.

        :param address: normalised
        """
        if address not in self._known:
            items = self._ledger.items_to(address, since=self._now - MEMORY)
            known = _habit(self._ledger, address, items, self._evidence(address), now=self._now)
            self._known[address] = known
        return self._known[address]

    def announced(self, item: SentItem) -> dict[str, tuple[Announcement, ...]]:
        """What automatic answers by the recipients of an item announced, to whatever mail they answered."""
        people = (each.address for each in item.recipients)
        return {each: said for each in people if (said := self._announcements(each))}

    @cached_property
    def written_to(self) -> frozenset[str]:
        """All addresses that mail went to within `MEMORY`."""
        items = self._ledger.items(since=self._now - MEMORY)
        return frozenset(one.address for each in items for one in each.recipients)

    @cached_property
    def opted_out(self) -> dict[str, frozenset[str]]:
        """Addresses that asked for no tracking (`opt_outs`): they are not followed up either."""
        return opt_outs(self._ledger.tracking.choices())

    @cached_property
    def relay(self) -> RelayState:
        """How far the relay was read."""
        return self._ledger.tracking.relay()

    def unseen(self, item: SentItem) -> str:
        """Why hits on an item may be missing; empty if they were all taken in."""
        relay = self.relay
        if relay.read_at is None:
            return "the relay has never been read"
        if relay.away_since and self._now - relay.away_since >= RELAY_PATIENCE:
            return f"the relay cannot be read since {moment(relay.away_since)}"
        if relay.missed_at and item.sent_at <= relay.missed_at:
            return f"the relay lost hits before they were read, as it said on {moment(relay.missed_at)}"
        return ""

    def silent(self, item: SentItem) -> dict[str, str]:
        """Recipients of an item whose silence says nothing, each with how that is known."""
        if not item.asks_receipt:
            return {}
        # whoever never reacted in any way is not known to be silent: most addresses cost one look-up
        known = (self.of(each.address) for each in item.recipients if self._evidence(each.address))
        return {each.address: each.sentence for each in known if each.is_silent}

    def blind(self, item: SentItem) -> dict[str, str]:
        """Recipients of an item with images whose images tell nothing, each with how that is known."""
        people = [each.address for each in item.recipients]
        if unseen := self.unseen(item):
            return dict.fromkeys(people, unseen)
        out = self._refused(item, people)
        known = (self.of(each) for each in people if each not in out)
        return out | {each.address: each.image_sentence for each in known if each.hides_images}

    def _refused(self, item: SentItem, people: list[str]) -> dict[str, str]:
        """Those of them whose images tell nothing by somebody's wish: a message to several is silent for them all."""
        out = {each: self.opted_out[each] for each in people if each in self.opted_out}
        if out and len(people) > 1 and not item.copies:
            is_here = any(not mails or mails.intersection(marks(item)) for mails in out.values())
            return dict.fromkeys(people, _ONE_OF_THEM if is_here else _PERHAPS)
        return {each: _PERHAPS if mails else _THIS_ONE for each, mails in out.items()}

    def _announcements(self, address: str) -> tuple[Announcement, ...]:
        if address not in self._announced:
            self._announced[address] = announcements(self._evidence(address))
        return self._announced[address]

    def _evidence(self, address: str) -> tuple[Evidence, ...]:
        if address not in self._heard:
            self._heard[address] = self._ledger.evidence_of(address)
        return self._heard[address]


def contacts(ledger: Ledger, *, now: datetime) -> tuple[Habit, ...]:
    """The habits of all addresses written to lately, the person's own left out; most written to first.

    :param now: aware
    """
    own = own_addresses(ledger)
    sent: dict[str, list[SentItem]] = defaultdict(list)
    for item in ledger.items(since=now - MEMORY):
        for each in item.recipients:
            sent[each.address].append(item)
    found = [
        heeding(ledger, _habit(ledger, address, items, ledger.evidence_of(address), now=now))
        for address, items in sent.items()
        if not is_own(address, own)
    ]
    return tuple(sorted(found, key=lambda each: (-each.sent, each.address)))


def heeding(ledger: Ledger, habit: Habit) -> Habit:
    """The same, with what its reader chose: nothing is advised against that."""
    return replace(habit, refusal=_refusal(ledger, habit.address))


def _refusal(ledger: Ledger, address: str) -> Refusal | None:
    if asked_to_stop(ledger, address):
        return Refusal.MAIL
    if ledger.tracking.stance(address) is not Stance.OPT_OUT:
        return None
    return Refusal.PERHAPS if opt_outs(ledger.tracking.choices(address)).get(address) else Refusal.TRACKING


def asked_to_stop(ledger: Ledger, address: str) -> Evidence | None:
    """The latest answer in which this reader asked to be left alone, unless they consented to being tracked later on.

    :param address: normalised
    """
    latest = next((each for each in reversed(counting(ledger.evidence_of(address))) if each.declines), None)
    chosen = ledger.tracking.choices(address) if latest else ()
    if chosen and chosen[-1].stance is Stance.CONSENT and latest and latest.at and chosen[-1].at > latest.at:
        return None
    return latest


def _habit(
    ledger: Ledger, address: str, items: Iterable[SentItem], evidence: tuple[Evidence, ...], *, now: datetime
) -> Habit:
    known = tuple(items)
    tokens = ledger.tracking.sent_to(address) if any(each.tag for each in known) else ()
    # of an image that several were sent it cannot be told who fetched it
    tags = {each.tag for each in tokens if each.kind is HitKind.PIXEL and each.recipients == (address,)}
    imaged = frozenset(each.id for each in known if tags.intersection(marks(each)))
    return habit(address, known, evidence, now=now, imaged=imaged)
