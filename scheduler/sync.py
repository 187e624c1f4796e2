"""The sync of one account: pages in, items and evidence stored, then the cursor. Any worker can run it.

It may be interrupted between any two steps. A page is stored in one commit together with the cursor behind it, and
afterwards nothing of it is read again. Of a page that names many reports and answers, most are stored before it.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.mailbox import Arrival, Mailbox, Now, Page
from evidence.copies import gathered, in_mailbox
from evidence.model import Evidence, SentItem
from scheduler.health import note_read
from scheduler.known import Known
from scheduler.matching import match, match_if_final, spoken_of
from scheduler.own import is_to_self, own_addresses
from scheduler.position import Position, pack, unpack
from scheduler.reading import BESIDE_THE_POINT, Reader
from scheduler.reminders import label
from scheduler.replies import Replies
from scheduler.thread import whole_thread
from store.ledger import Account, Ledger, Tally

TO_SELF = "to yourself only"
TO_FORGOTTEN = "to somebody you forgot"

#: messages of a whole listing, newest first, that are described only because of who wrote them: an answer under a new
#: subject is in no known thread. All mail of many correspondents would cost hours; this many cost a minute of quota.
_GUESSES = 200
#: messages settled in one commit at the end of a round
_CHUNK = 50
#: messages of a long page read whole before what they say is stored
_AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far reading one account has come."""

    account: str
    #: messages read so far in this listing and, where known, in all
    done: int
    total: int | None
    new_items: int
    new_evidence: int
    #: at the provider's pace; None where it is not known
    minutes_left: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What one reading of an account found and cost: listed = read + removed + skipped, if it began at rest."""

    account: str
    listed: int
    read: int
    #: reason to count
    skipped: dict[str, int]
    removed: int
    new_items: int
    new_evidence: int
    #: the same by kind
    heard: dict[str, int]
    requests: int
    #: provider units
    units: int
    throttled: int
    #: ids of the sent items something new is known about; an interrupted sync leaves its own to nobody
    touched: tuple[str, ...]


def sync_account(
    ledger: Ledger,
    mailbox: Mailbox,
    account: Account,
    *,
    now: Now,
    window: timedelta,
    progress: Callable[[Progress], None] = lambda _: None,
) -> SyncReport:
    """Read what is new in one mailbox, to the end, and remember it.

    Reading goes on where the last sync stopped, in the middle of a first listing too; repeating one changes nothing.

    :param window: how far back sent mail is followed
    :param progress: called after each stored page; what it raises stops the sync there
    :raises ConnectorError, StoreError: what was stored until then stays
    """
    since = now() - window
    round_ = _Round(ledger, mailbox, account, now=now, since=since)
    for page in mailbox.changes(round_.position.cursor, since=since):
        round_.take(page)
        progress(round_.progress(page))
    round_.settle()
    note_read(ledger, account.id, at=now())
    return round_.report()


class _Round:
    """One reading of one mailbox: pages are taken as they come, and settled when all are in."""

    def __init__(self, ledger: Ledger, mailbox: Mailbox, account: Account, *, now: Now, since: datetime) -> None:
        self.position = unpack(ledger.cursor(account.id))
        self._ledger = ledger
        self._mailbox = mailbox
        self._account = account
        self._now = now
        self._own = own_addresses(ledger)
        self._reader = Reader(ledger, mailbox, account.id, own=self._own, now=now)
        self._replies = Replies(ledger=ledger, mailbox=mailbox)
        self._total = Tally(skipped={})
        self._new_items = 0
        self._heard = Counter[str]()
        self._touched: set[str] = set()
        self._since = since
        #: received mail worth a look because of who wrote it; None until it is needed
        self._likely: frozenset[str] | None = None
        #: all that is known of this mailbox will have been listed in this very round
        self._is_first = self.position.cursor is None and not ledger.items(account=account.id, since=since)

    def take(self, page: Page) -> None:
        """Read one page and store it with the cursor behind it."""
        to_others = [each for each in page.sent if not is_to_self(each, self._own)]
        self._touched.update(self._replies.note(each for each in page.sent if each not in to_others))
        # nothing that speaks about mail to who was forgotten is to be looked for either
        followed = [kept for each in to_others if (kept := self._ledger.tracking.admitted(each))]
        items = gathered(followed, self._ledger.item)
        met = [(self._ledger.item(each.id), each) for each in items]
        new = [each for before, each in met if before is None]
        for before, each in met:
            # what was not read yet since it left is as if it had left with the labels it has now
            if before is not None and self._account.last_read_at and each.sent_at < self._account.last_read_at:
                label(self._ledger, before, each, now=self._now())
        known = Known(self._ledger, self._account.id, items)
        # only a listing of the whole mailbox can tell how much there is in all
        listing = self.position.listing or page.total is not None
        sorted_ = self._reader.sort(page.received, known, likely=() if listing else None)
        last = self._heard_early(sorted_.speaking, known)
        heard = self._reader.hear(last, known)
        evidence = self._taken((*heard.evidence, *self._overlooked(new, known)), known)
        self._remove(page.removed)
        self.position = Position(
            cursor=page.cursor,
            listing=listing,
            unmatched=self.position.unmatched or bool(items),
            waiting=(*self.position.waiting, *sorted_.waiting),
        )
        skipped = Counter(each.reason for each in page.skipped) + sorted_.skipped + heard.skipped
        skipped[TO_SELF] += len(page.sent) - len(to_others)
        skipped[TO_FORGOTTEN] += len(to_others) - len(followed)
        listed = page.listed - (len(sorted_.speaking) - len(last))
        tally = self._tally(skipped, listed=listed, read=len(followed) + heard.read, removed=len(page.removed))
        self._store(items=items, evidence=evidence, cursor=pack(self.position), tally=tally)
        self._touched.update(each.id for each in items)
        self._new_items += len(new)

    def _heard_early(self, speaking: tuple[Arrival, ...], known: Known) -> tuple[Arrival, ...]:
        """Read most of a long page and store what it says, some messages at a time; gives the last of it, unread.

        A page can name hundreds of messages, and each is dear. What is stored of a page that is cut off is not read
        again; the cursor stays before the page.
        """
        while len(speaking) > _AT_ONCE:
            heard, speaking = self._reader.hear(speaking[:_AT_ONCE], known), speaking[_AT_ONCE:]
            evidence = self._taken(heard.evidence, known)
            tally = self._tally(heard.skipped, listed=_AT_ONCE, read=heard.read)
            self._store(evidence=evidence, cursor=pack(self.position), tally=tally)
        return speaking

    def _taken(self, evidence: Iterable[Evidence], known: Known) -> tuple[Evidence, ...]:
        """Evidence as it is to be stored now, each once; notes what there is to settle and to plan anew."""
        taken = tuple({each.id: match_if_final(each, known) for each in evidence}.values())
        if any(each.match is None for each in taken):
            self.position = replace(self.position, unmatched=True)
        self._touch(taken, known)
        self._heard.update(each.kind.value for each in taken)
        return taken

    def settle(self) -> None:
        """Look once more at what spoke about nothing known, then match all that is unmatched."""
        while self.position.waiting:
            self._settle_waiting(self.position.waiting[:_CHUNK])
        if not (self.position.listing or self.position.unmatched):
            return
        if self.position.listing and not self._is_first:
            self._remove(self._left())
        others = (each.id for each in self._ledger.accounts() if each.id != self._account.id)
        for account in others:
            self._ledger.take(account, evidence=self._matched(account))
        self.position = replace(self.position, listing=False, unmatched=False)
        own, tally = self._matched(self._account.id), self._tally(Counter())
        self._store(evidence=own, cursor=self.position.cursor, tally=tally)

    def progress(self, page: Page) -> Progress:
        """How far it has come after a page."""
        return Progress(
            account=self._account.id,
            done=page.done,
            total=page.total,
            new_items=self._new_items,
            new_evidence=self._heard.total(),
        )

    def report(self) -> SyncReport:
        """What it found and cost."""
        total = self._total
        return SyncReport(
            account=self._account.id,
            listed=total.listed,
            read=total.read,
            skipped=total.skipped,
            removed=total.removed,
            new_items=self._new_items,
            new_evidence=self._heard.total(),
            heard=dict(self._heard),
            requests=total.requests,
            units=total.units,
            throttled=total.throttled,
            touched=tuple(sorted(self._touched)),
        )

    def _settle_waiting(self, chunk: tuple[Arrival, ...]) -> None:
        known = Known(self._ledger, self._account.id)
        sorted_ = self._reader.sort(chunk, known, likely=self._by_correspondents(chunk))
        heard = self._reader.hear(sorted_.speaking, known)
        skipped = sorted_.skipped + heard.skipped
        skipped[BESIDE_THE_POINT] += len(sorted_.waiting)
        self.position = replace(
            self.position,
            waiting=self.position.waiting[len(chunk) :],
            unmatched=self.position.unmatched or bool(heard.evidence),
        )
        tally = self._tally(skipped, read=heard.read)
        self._store(evidence=heard.evidence, cursor=pack(self.position), tally=tally)
        self._heard.update(each.kind.value for each in heard.evidence)

    def _by_correspondents(self, chunk: Iterable[Arrival]) -> frozenset[str]:
        """Received mail by people written to, as far as a search is needed to tell."""
        if self._likely is None and any(each.references is None for each in chunk):
            items = self._ledger.items(account=self._account.id, since=self._since)
            people = {one.address for item in items for one in item.recipients} - self._own
            self._likely = frozenset(self._mailbox.written_by(people, since=self._since)[:_GUESSES])
        return self._likely or frozenset()

    def _overlooked(self, new: Iterable[SentItem], known: Known) -> tuple[Evidence, ...]:
        """What the threads hold of items that were sent before the last reading and yet not listed in it.

        Some clients file the sent copy late; answers that came meanwhile were passed over as speaking about nothing.
        """
        read_before = None if self.position.listing else self._account.last_read_at
        late = (each for each in new if read_before and each.sent_at <= read_before)
        arrivals = {one.provider_id: one for item in late for one in whole_thread(self._mailbox, item)}
        speaking = self._reader.sort(arrivals.values(), known).speaking
        return self._reader.hear(speaking, known).evidence

    def _matched(self, account: str) -> tuple[Evidence, ...]:
        """Of the evidence kept unmatched, what can now be told more about."""
        known = Known(self._ledger, account)
        pairs = ((each, match(each, known)) for each in self._ledger.unmatched(account))
        changed = tuple(after for before, after in pairs if after != before)
        self._touch(changed, known)
        return changed

    def _touch(self, evidence: Iterable[Evidence], known: Known) -> None:
        self._touched.update(name for each in evidence for name in spoken_of(each, known))

    def _left(self) -> tuple[str, ...]:
        """Sent items that a whole listing passed over: it names what is there, and not what left since the last one."""
        items = self._ledger.items(account=self._account.id, since=self._since)
        here = tuple(one for each in items if not self._ledger.is_removed(each.id) for one in in_mailbox(each))
        return self._mailbox.left(here, since=self._since) if here else ()

    def _remove(self, provider_ids: Iterable[str]) -> None:
        for provider_id in provider_ids:
            self._touched.update(self._ledger.remove_item(self._account.id, provider_id))

    def _store(
        self,
        *,
        cursor: str | None,
        tally: Tally,
        items: Iterable[SentItem] = (),
        evidence: Iterable[Evidence] = (),
    ) -> None:
        """Store one step; not if the account was erased while it was read."""
        self._ledger.take(
            self._account.id,
            items=items,
            evidence=evidence,
            cursor=cursor,
            tally=tally,
            at=self._now(),
            connected_at=self._account.connected_at,
        )

    def _tally(self, skipped: Counter[str], *, listed: int = 0, read: int = 0, removed: int = 0) -> Tally:
        """The account of one step, with what it cost since the step before."""
        requests, units, throttled = self._mailbox.spend.news()
        tally = Tally(
            listed=listed,
            read=read,
            skipped=dict(+skipped),
            removed=removed,
            requests=requests,
            units=units,
            throttled=throttled,
        )
        self._total = _sum(self._total, tally)
        return tally


def _sum(one: Tally, other: Tally) -> Tally:
    return Tally(
        listed=one.listed + other.listed,
        read=one.read + other.read,
        skipped=dict(Counter(one.skipped) + Counter(other.skipped)),
        removed=one.removed + other.removed,
        requests=one.requests + other.requests,
        units=one.units + other.units,
        throttled=one.throttled + other.throttled,
    )
