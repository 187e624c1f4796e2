"""A mailbox in memory that keeps the `Mailbox` contract, for tests of what is done with one."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import message_from_bytes
from email.utils import getaddresses

from connectors.errors import MessageGone
from connectors.mailbox import Armed, Arrival, Capabilities, Draft, Page, Price, Profile, Sent, Skip, Spend
from evidence import normal
from evidence.model import Recipient, SentItem, item_id


@dataclass(frozen=True, slots=True)
class Received:
    """One received message."""

    provider_id: str
    thread_id: str
    raw: bytes
    at: datetime
    #: seen by listings; a rule may have filed it where none looks
    listed: bool = True


@dataclass(kw_only=True)
class FakeMailbox:
    """Everything that happened in it in order; a cursor is a place in that order."""

    address: str
    now: Callable[[], datetime]
    provider: str = "gmail"
    #: entries a page
    page: int = 2
    #: listings tell form and references, as with a provider that has them in its listing
    tells: bool = True
    #: if not, they tell at least which are reports, as with a provider that can search for them
    tells_form: bool = False
    #: called with the name of each call before it is done, and once more after it; may raise
    trip: Callable[[str], None] = lambda _: None
    spend: Spend = field(default_factory=Spend)
    closed: bool = False
    armed: list[bool] = field(default_factory=list)
    described: int = 0
    fetched: list[str] = field(default_factory=list)
    _age: int = 0
    _log: list[SentItem | Received | str] = field(default_factory=list)

    account: str = ""

    def __post_init__(self) -> None:
        self.account = f"{self.provider}:{self.address}"

    # What happens to it

    def add_sent(
        self,
        *to: str,
        at: datetime | None = None,
        subject: str = "Offer",
        thread: str = "",
        receipt: bool = True,
        tag: str | None = None,
    ) -> SentItem:
        """The person sends a message with some client."""
        name = f"s{len(self._log)}"
        item = SentItem(
            id=item_id(self.account, name),
            account=self.account,
            provider_id=name,
            message_ids=(f"{name}@{self.provider}.example.com",),
            thread_id=thread or f"thread-{name}",
            sent_at=at or self.now(),
            sender=self.address,
            recipients=tuple(Recipient(address=each) for each in to),
            subject=subject,
            asks_receipt=receipt,
            tag=tag,
        )
        self._log.append(item)
        return item

    def add_received(self, raw: bytes, *, thread: str = "", listed: bool = True, at: datetime | None = None) -> str:
        """A message comes in; the provider puts it into the thread of what it answers if no other is given."""
        name = f"r{len(self._log)}"
        answered = normal.message_ids(str(message_from_bytes(raw)["In-Reply-To"] or ""))
        found = next(
            (each.thread_id for each in self._sent() if set(answered) & set(each.message_ids)), f"thread-{name}"
        )
        self._log.append(Received(name, thread or found, raw, at or self.now(), listed))
        return name

    def add_removal(self, provider_id: str) -> None:
        """Something is deleted."""
        self._log.append(provider_id)

    def forget(self, provider_id: str) -> None:
        """Something is deleted, and nothing tells of it any more."""
        self._log = [each for each in self._log if getattr(each, "provider_id", "") != provider_id]

    def expire_cursors(self) -> None:
        """Cursors given out until now lead nowhere any more: the next reading lists everything again."""
        self._age += 1

    def move_to_front(self, provider_id: str) -> None:
        """Let a listing name this one before everything else."""
        self._log.sort(key=lambda each: getattr(each, "provider_id", "") != provider_id)

    def swap_last_two(self) -> None:
        """Let listings name the last two in the other order."""
        self._log[-2:] = reversed(self._log[-2:])

    @property
    def tags(self) -> list[str]:
        """The marks of all that left through Heardback."""
        return [each.tag for each in self._sent() if each.tag]

    # The contract

    def profile(self) -> Profile:
        return Profile(address=self.address)

    def capabilities(self) -> Capabilities:
        return Capabilities(
            reads=True, sends=True, asks_receipts=True, sends_drafts=True, arms_drafts=True, returns_receipts="no"
        )

    def price(self, *, since: datetime) -> Price:
        return Price(messages=len(self._log), requests=1, units=5, minutes=0)

    def changes(self, cursor: str | None, *, since: datetime) -> Iterator[Page]:
        age, _, place = (cursor or "").partition("/")
        start = int(place) if age == str(self._age) else 0
        whole = start == 0
        log = self._log[start:]
        for offset in range(0, max(len(log), 1), self.page):
            self._call("changes")
            yield self._page(log[offset : offset + self.page], start + offset, since, whole=whole)

    def left(self, sent: tuple[str, ...], *, since: datetime) -> tuple[str, ...]:
        self._call("left")
        here = {each.provider_id for each in self._sent()} - {each for each in self._log if isinstance(each, str)}
        return tuple(each for each in sent if each not in here)

    def describe(self, arrivals: tuple[Arrival, ...]) -> tuple[Arrival, ...]:
        self._call("describe")
        self.described += len(arrivals)
        there = {each.provider_id: each for each in self._received()}
        return tuple(_arrival(there[each.provider_id], tells=True) for each in arrivals if each.provider_id in there)

    def written_by(self, people: Iterable[str], *, since: datetime) -> tuple[str, ...]:
        self._call("written_by")
        wanted = set(people)
        received = [each for each in self._received() if _arrival(each, tells=True).sender in wanted]
        return tuple(each.provider_id for each in reversed(received))

    def fetch(self, provider_id: str) -> bytes:
        self._call("fetch")
        self.fetched.append(provider_id)
        for each in self._received():
            if each.provider_id == provider_id:
                return each.raw
        raise MessageGone(f"{provider_id} is gone")

    def thread(self, thread_id: str) -> tuple[Arrival, ...]:
        self._call("thread")
        return tuple(_arrival(each, tells=self.tells) for each in self._received() if each.thread_id == thread_id)

    def web_page(self, item: SentItem) -> str:
        return f"https://{self.provider}.example/{item.provider_id}"

    def send(self, message: bytes, *, tag: str, receipt: bool, thread: str = "") -> Sent:
        self._call("send")
        parsed = message_from_bytes(message)
        to = [each for _, each in getaddresses(parsed.get_all("To", []))]
        item = self.add_sent(*to, subject=parsed["Subject"], receipt=receipt, tag=tag)
        if self.address in to:
            self.add_received(message, thread=item.thread_id)
        self._call("sent")
        return Sent(item=item)

    def find_sent(self, tag: str, *, since: datetime) -> SentItem | None:
        self._call("find_sent")
        return next((each for each in self._sent() if each.tag == tag and each.sent_at >= since), None)

    def send_draft(self, draft: str, *, tag: str, receipt: bool) -> Sent:
        self._call("send_draft")
        return Sent(item=self.add_sent("bob@example.org", subject=draft, receipt=receipt, tag=tag))

    def arm_drafts(self, *, marked_only: bool) -> tuple[Armed, ...]:
        self._call("arm_drafts")
        self.armed.append(marked_only)
        return (Armed(provider_id="d1", subject="Draft", outcome="armed" if len(self.armed) == 1 else "already asks"),)

    def leave_draft(self, item: SentItem, *, to: Sequence[Recipient], text: str) -> Draft:
        self._call("leave_draft")
        return Draft(provider_id=f"draft of {item.id}", version="1")

    def find_draft(self, item: SentItem, *, to: Collection[str], words: str) -> Draft | None:
        self._call("find_draft")
        return None

    def has_draft(self, item: SentItem) -> bool:
        self._call("has_draft")
        return True

    def take_back_draft(self, draft: Draft) -> bool:
        self._call("take_back_draft")
        return draft.version == "1"

    def missing_mark(self, item: SentItem, *, due_at: datetime) -> str:
        self._call("missing_mark")
        return "a mark"

    def mark(self, item: SentItem, missing: str) -> str:
        self._call("mark")
        return missing

    def unmark(self, item: SentItem, left: str) -> bool:
        self._call("unmark")
        return True

    def new_task(self, *, title: str, due_at: datetime) -> str:
        return "a task"

    def add_task(self, item: SentItem, *, title: str, text: str, due_at: datetime, key: str) -> str:
        self._call("add_task")
        return "a task"

    def end_task(self, key: str, left: str) -> bool:
        self._call("end_task")
        return True

    def close(self) -> None:
        self.closed = True

    def _call(self, name: str) -> None:
        self.trip(name)
        self.spend.requests += 1
        self.spend.units += 2

    def _sent(self) -> list[SentItem]:
        return [each for each in self._log if isinstance(each, SentItem)]

    def _received(self) -> list[Received]:
        removed = {each for each in self._log if isinstance(each, str)}
        return [each for each in self._log if isinstance(each, Received) and each.provider_id not in removed]

    def _page(self, entries: list[SentItem | Received | str], at: int, since: datetime, *, whole: bool) -> Page:
        sent = [each for each in entries if isinstance(each, SentItem)]
        received = [each for each in entries if isinstance(each, Received) and each.listed]
        removed = tuple(each for each in entries if isinstance(each, str))
        old = tuple(
            Skip(provider_id=each.provider_id, reason="older than the window") for each in sent if each.sent_at < since
        )
        return Page(
            sent=tuple(each for each in sent if each.sent_at >= since),
            received=tuple(self._listed(each, whole=whole) for each in received),
            removed=removed,
            skipped=old,
            listed=len(sent) + len(received) + len(removed),
            cursor=f"{self._age}/{at + len(entries)}",
            done=at + len(entries),
            total=len(self._log) if whole else None,
        )

    def _listed(self, received: Received, *, whole: bool) -> Arrival:
        arrival = _arrival(received, tells=self.tells)
        form = _arrival(received, tells=True).is_report if whole and self.tells_form else arrival.is_report
        return replace(arrival, is_report=form)


def _arrival(received: Received, *, tells: bool) -> Arrival:
    bare = Arrival(provider_id=received.provider_id, thread_id=received.thread_id)
    if not tells:
        return bare
    parsed = message_from_bytes(received.raw)
    names = f"{parsed['In-Reply-To'] or ''} {parsed['References'] or ''}"
    return replace(
        bare,
        received_at=received.at,
        sender=normal.address(parsed["From"]),
        is_report=parsed.get_content_type() == "multipart/report" or "Auto-Submitted" in parsed,
        references=normal.message_ids(names),
    )
