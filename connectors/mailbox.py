"""The contract every mailbox keeps. What a provider cannot do is a field of `Capabilities`, not a test of its type."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from evidence.model import Recipient, SentItem

#: the current moment, aware and UTC
Now = Callable[[], datetime]
#: waits that many seconds
Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an account can do, as far as it can be known from its grant and its address."""

    #: received and sent mail can be read whole
    reads: bool
    #: mail can be sent through Heardback
    sends: bool
    #: a read receipt can be asked for
    asks_receipts: bool
    #: drafts the person wrote can be sent through Heardback
    sends_drafts: bool
    #: drafts can be armed with a receipt request where they lie
    arms_drafts: bool
    #: readers on this account's own domain return receipts: `yes`, `no`, `if the admin allows`, `if their program asks`
    returns_receipts: str
    #: sentences: what will not work, and why (a scope the person unticked, a consumer account)
    limits: tuple[str, ...] = ()
    #: follow-up drafts can be left in the threads of sent mail
    leaves_drafts: bool = False
    #: sent mail can be marked as needing its sender
    marks: bool = False
    #: tasks can be added to a list of the provider's
    adds_tasks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A draft that we left, as it was then."""

    provider_id: str
    #: another one after each change by anybody
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Whose mailbox it is."""

    #: the primary address, normalised
    address: str
    #: other addresses the person sends from or is reached at, normalised
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One received message, as far as a listing tells. None means: not told, ask `Mailbox.describe`."""

    provider_id: str
    thread_id: str
    #: aware, UTC
    received_at: datetime | None = None
    #: normalised From
    sender: str | None = None
    #: its form says that it is a report or an auto-reply (type, class, or a search for such mail)
    is_report: bool | None = None
    #: normalised ids of In-Reply-To and References
    references: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """One listed id that was not read, and why."""

    provider_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One step of reading a mailbox. It is stored whole, in one commit, and only then the next one is asked for.

    `listed == len(sent) + len(received) + len(skipped) + len(removed)`: nothing listed goes unaccounted.
    """

    #: new or changed items of the sent folder
    sent: tuple[SentItem, ...] = ()
    #: new mail in the inbox, archive or junk
    received: tuple[Arrival, ...] = ()
    #: provider ids that left the mailbox
    removed: tuple[str, ...] = ()
    skipped: tuple[Skip, ...] = ()
    #: ids the provider named on this page
    listed: int = 0
    #: opaque; reading goes on from here after the page is stored, even in the middle of a first listing
    cursor: str
    #: messages read so far in this listing and, where known, in all
    done: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a listing will cost: requests, provider units, minutes at the provider's pace."""

    messages: int
    requests: int
    units: int
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The provider took the mail, and this is its copy in the sent folder."""

    item: SentItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Armed:
    """What became of one draft that was to be armed."""

    provider_id: str
    subject: str
    #: `armed`, `already asks`, `changed meanwhile`, `gone`
    outcome: str


@dataclass(slots=True, kw_only=True)
class Spend:
    """Running count of what an account's calls cost; the adapter adds, the worker stores and shows it."""

    requests: int = 0
    units: int = 0
    #: provider throttle answers met
    throttled: int = 0
    #: units a minute the provider's answers showed it to grant; 0: they showed nothing
    allowance: int = 0
    _told: tuple[int, int, int] = field(default=(0, 0, 0), repr=False, compare=False)

    def news(self) -> tuple[int, int, int]:
        """Requests, units and throttle answers since this was last asked."""
        before, self._told = self._told, (self.requests, self.units, self.throttled)
        return self.requests - before[0], self.units - before[1], self.throttled - before[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What is remembered of an account's quota from before its mailbox is opened."""

    #: units a minute the provider was seen to grant; 0: not seen
    allowance: int = 0
    #: minutes, by their beginning, and the units spent in them; older ones than the provider's window do no harm
    spent: tuple[tuple[datetime, int], ...] = ()


class Mailbox(Protocol):
    """One person's mailbox at one provider.

    Every call has a timeout, is priced before it is made, and is retried on throttling and passing faults except
    where it sends. Errors are those of `connectors.errors`; provider words, ids of folders and SDK objects stay inside.
    """

    #: id of the account, `gmail:me@example.com`
    account: str
    spend: Spend

    def profile(self) -> Profile:
        """Primary address and aliases."""

    def capabilities(self) -> Capabilities:
        """What this grant and this kind of account allow."""

    def price(self, *, since: datetime) -> Price:
        """What a first reading of mail sent after `since` will cost."""

    def changes(self, cursor: str | None, *, since: datetime) -> Iterator[Page]:
        """What is new since the cursor, page by page; the last page's cursor is where the next call starts.

        :param cursor: what an earlier page said, or None for a first reading
        :param since: sent mail before this moment is skipped with a reason, not read
        An expired cursor leads to a full listing by itself; items come again and must be taken idempotently.
        """

    def left(self, sent: tuple[str, ...], *, since: datetime) -> tuple[str, ...]:
        """Which of these sent copies, by provider id, are in the mailbox no more: deleted, or in the bin.

        :param since: none of them was sent before this moment
        """

    def describe(self, arrivals: tuple[Arrival, ...]) -> tuple[Arrival, ...]:
        """The same arrivals with every None filled in; those meanwhile gone are left out."""

    def written_by(self, people: Iterable[str], *, since: datetime) -> tuple[str, ...]:
        """Provider ids of received mail by these people or lists, newest first; none where listings tell the sender.

        :param people: normalised addresses
        """

    def fetch(self, provider_id: str) -> bytes:
        """The whole message (RFC 5322 bytes). Never marks it read.

        :raises MessageGone: deleted or moved out meanwhile
        """

    def thread(self, thread_id: str) -> tuple[Arrival, ...]:
        """Every received message the provider holds in a thread now, in whatever folder."""

    def web_page(self, item: SentItem) -> str:
        """Address of the page on which the provider itself shows a sent item, with its thread.

        :raises MessageGone: its copy was deleted meanwhile, where that is asked
        """

    def send(self, message: bytes, *, tag: str, receipt: bool, thread: str = "") -> Sent:
        """Send a message (RFC 5322 bytes, with Bcc), asking for a read receipt if wanted, and read the true copy back.

        An unknown outcome is looked up by `tag` before anything is sent again; the same tag never leaves twice.

        :param tag: our own mark, unique to this mail
        :param thread: the provider's thread it is to join; it names a mail of that thread and has its subject
        :raises SendUnknown: the provider neither confirmed nor shows a copy; calling again with the same tag is safe
        :raises ConnectorError: any other means that this call handed nothing over, or that it was refused
        """

    def find_sent(self, tag: str, *, since: datetime) -> SentItem | None:
        """The copy in the sent folder of mail that left through Heardback under this tag, if there is one.

        :param since: when the first try was begun, or earlier; what was sent before need not be looked at
        """

    def send_draft(self, draft: str, *, tag: str, receipt: bool) -> Sent:
        """Send an existing draft, named by its provider id or its exact subject, with the request set."""

    def arm_drafts(self, *, marked_only: bool) -> tuple[Armed, ...]:
        """Turn on the receipt request of the drafts marked `Heardback` (or of all), bodies untouched."""

    def leave_draft(self, item: SentItem, *, to: Sequence[Recipient], text: str) -> Draft:
        """Leave a follow-up to a sent item among the drafts, in its thread; nothing is sent.

        :param to: each in the field it names, `to` or `cc`
        :raises DraftInTheWay: there is a draft in this thread already
        """

    def find_draft(self, item: SentItem, *, to: Collection[str], words: str) -> Draft | None:
        """The draft that `leave_draft` made about a sent item; None if there is none, or somebody touched it.

        :param to: normalised addresses
        :param words: `follow_up.fingerprint` of its text
        """

    def has_draft(self, item: SentItem) -> bool:
        """Whether a draft, by whomever, waits in the thread of a sent item."""

    def take_back_draft(self, draft: Draft) -> bool:
        """Delete a draft we left, if nobody touched it since; False if somebody did, or it was sent or is gone."""

    def missing_mark(self, item: SentItem, *, due_at: datetime) -> str:
        """What is missing on the sent copy to show that it needs its sender: a label and the inbox, or a flag.

        :param due_at: in the zone of the person, by whose clock it has its day
        :return: for `mark` and `unmark` alone; empty if all of it is there. Nothing is put there yet
        """

    def mark(self, item: SentItem, missing: str) -> str:
        """Put that there; twice is once.

        :return: how it looks now, for `unmark` alone; empty if the person was faster
        """

    def unmark(self, item: SentItem, left: str) -> bool:
        """Take away what `mark` put there; False if it is not there, or the person changed it: then it is left alone.

        :param left: what `mark` gave, or was given, if nobody knows whether it came to an end
        :raises MessageGone: the sent copy was deleted meanwhile
        """

    def new_task(self, *, title: str, due_at: datetime) -> str:
        """How a task that is to be added will look, for `end_task` alone. Nothing is asked."""

    def add_task(self, item: SentItem, *, title: str, text: str, due_at: datetime, key: str) -> str:
        """Add a task linked to the sent copy; the same key never makes a second one.

        :param due_at: as with `missing_mark`
        :return: how it looks, for `end_task` alone
        """

    def end_task(self, key: str, left: str) -> bool:
        """Complete the task of this key; False if there is none, or the person changed it.

        :param left: how it was left, or was to be, if nobody knows whether it was added
        """

    def close(self) -> None:
        """Release connections."""
