"""Gmail and Google Workspace mailboxes through the Gmail API.

How this provider differs: there are no folders but labels, and a mail sent to oneself is one message with two of them.
Calls are priced, and reading one message costs as much as listing two thousand: ids are listed, and little is read. A
history names every change by id, for about a week. The Message-ID is replaced on the way out. A receipt is asked for
by a header of the message; a draft has neither flag nor version, so none can be armed where it lies: it is sent
through Heardback instead.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from http import HTTPStatus

from connectors import gmail_words as words
from connectors.errors import MessageGone, ScopeMissing
from connectors.gmail_batch import batches
from connectors.gmail_calls import LISTED, GmailCalls
from connectors.gmail_changes import GmailReading
from connectors.gmail_drafting import GmailDrafting
from connectors.gmail_line import Line, objects
from connectors.gmail_marking import GmailMarking
from connectors.gmail_sending import GmailSending
from connectors.google_grant import WITHOUT, features_of
from connectors.google_http import Refusal
from connectors.mailbox import Armed, Arrival, Capabilities, Draft, Page, Price, Profile, Sent, Spend
from connectors.provider import Feature
from connectors.vault import reconnect
from connectors.web_page import web_page
from evidence import normal
from evidence.model import Recipient, SentItem


class GmailMailbox:
    """A Gmail mailbox. See `connectors.mailbox.Mailbox` for what each method promises."""

    def __init__(
        self,
        account: str,
        *,
        calls: GmailCalls,
        line: Line,
        sending: GmailSending,
        drafting: GmailDrafting,
        spend: Spend,
        scopes: frozenset[str],
    ) -> None:
        """:param scopes: permissions given"""
        self.account = account
        self.spend = spend
        self._address = account.partition(":")[2]
        self._calls = calls
        self._line = line
        self._reading = GmailReading(calls, account)
        self._sending = sending
        self._drafting = drafting
        self._marking = GmailMarking(calls, whom=self._address)
        self._features = features_of(scopes)

    def profile(self) -> Profile:
        """Primary address, and the verified addresses the account may write as."""
        return profile(self._calls)

    def capabilities(self) -> Capabilities:
        """What the given permissions and the kind of account allow."""
        is_consumer, sends = words.is_consumer(self._address), Feature.SEND in self._features
        return Capabilities(
            reads=Feature.READ in self._features,
            sends=sends,
            asks_receipts=sends,
            sends_drafts=Feature.DRAFTS in self._features,
            arms_drafts=False,
            marks=Feature.MARK in self._features,
            leaves_drafts=Feature.DRAFTS in self._features,
            returns_receipts="no" if is_consumer else "if the admin allows",
            limits=tuple(self._limits(is_consumer=is_consumer)),
        )

    def price(self, *, since: datetime) -> Price:
        """Counts the ids of the window, which is nearly free."""
        self._require(Feature.READ)
        prices = self._line.prices
        count = sum(1 for _ in self._calls.all_ids(words.sent_query(since), labels=[words.SENT]))
        sent = max(1, -(-count // LISTED))
        # at least one for each search of received mail
        lists = sent + 1 + len(words.report_queries(since))
        units = prices.profile + lists * prices.list + count * prices.get
        # the last batch of each list may be a small one
        requests = 1 + lists + batches(count) + sent - 1
        return Price(messages=count, requests=requests, units=units, minutes=units / prices.allowance)

    def changes(self, cursor: str | None, *, since: datetime) -> Iterator[Page]:
        """A first listing of the window, then what the history adds."""
        self._require(Feature.READ)
        return self._reading.changes(cursor, since=since)

    def left(self, sent: tuple[str, ...], *, since: datetime) -> tuple[str, ...]:
        """Those that a list of the sent mail does not name; ids are nearly free."""
        listed = self._calls.all_ids(words.sent_query(since), labels=[words.SENT])
        here = {words.text(each, "id") for each in listed}
        return tuple(each for each in sent if each not in here)

    def describe(self, arrivals: tuple[Arrival, ...]) -> tuple[Arrival, ...]:
        """Headers of those not told by the listing, in batches."""
        open_ones = [each.provider_id for each in arrivals if each.is_report is None or each.references is None]
        told: dict[str, Arrival | None] = dict.fromkeys(open_ones)
        for _, answers in self._calls.headers_of(dict.fromkeys(open_ones), words.ARRIVAL_HEADERS):
            told |= {each: words.arrival(raw) for each, raw in answers.items() if not words.not_received(raw)}
        described = (told.get(each.provider_id, each) for each in arrivals)
        return tuple(each for each in described if each)

    def written_by(self, people: Iterable[str], *, since: datetime) -> tuple[str, ...]:
        """Found by searches, each for some dozens of senders."""
        queries = words.people_queries(people, since)
        found = (each for query in queries for each in self._calls.all_ids(query, everywhere=True))
        # Gmail's ids grow with time
        return tuple(sorted({words.text(each, "id") for each in found}, reverse=True))

    def fetch(self, provider_id: str) -> bytes:
        """The message as Gmail keeps it."""
        try:
            return words.mime(self._calls.raw(provider_id))
        except Refusal as err:
            if err.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
                raise MessageGone(f"{self._address}: the message was deleted meanwhile") from err
            raise

    def thread(self, thread_id: str) -> tuple[Arrival, ...]:
        """All of a thread but one's own mail, drafts and chats; spam and trash included."""
        try:
            raws = objects(self._calls.thread(thread_id, words.ARRIVAL_HEADERS), "messages")
        except Refusal as err:
            if err.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
                return ()
            raise
        return tuple(words.arrival(raw) for raw in raws if words.text(raw, "id") and not words.not_received(raw))

    def web_page(self, item: SentItem) -> str:
        """By its thread; nothing is asked."""
        return web_page(item)

    def send(self, message: bytes, *, tag: str, receipt: bool, thread: str = "") -> Sent:
        """The request is a header equal to the sender's address."""
        self._require(Feature.SEND)
        return self._sending.send(message, tag=tag, receipt=receipt, thread=thread)

    def find_sent(self, tag: str, *, since: datetime) -> SentItem | None:
        """Found by the mark in its headers, among all that was sent since then."""
        return self._sending.find_sent(tag, since=since)

    def send_draft(self, draft: str, *, tag: str, receipt: bool) -> Sent:
        """The draft gets the request and the mark, stays in its thread, and is sent."""
        self._require(Feature.DRAFTS)
        return self._sending.send_draft(draft, tag=tag, receipt=receipt)

    def arm_drafts(self, *, marked_only: bool) -> tuple[Armed, ...]:  # noqa: ARG002 - the contract names it
        """None can be: see `Capabilities.limits`."""
        return ()

    def leave_draft(self, item: SentItem, *, to: Sequence[Recipient], text: str) -> Draft:
        """In the thread by its id, and by the Message-ID it names."""
        self._require(Feature.DRAFTS)
        return self._drafting.leave(item, to=to, text=text)

    def find_draft(self, item: SentItem, *, to: Collection[str], words: str) -> Draft | None:
        """By its thread, and by all that stands in it."""
        self._require(Feature.DRAFTS)
        return self._drafting.find(item, to=to, told=words)

    def has_draft(self, item: SentItem) -> bool:
        """By its thread, among all drafts."""
        return self._drafting.is_under_way(item)

    def take_back_draft(self, draft: Draft) -> bool:
        """While it holds the message it was left with."""
        return self._drafting.take_back(draft)

    def missing_mark(self, item: SentItem, *, due_at: datetime) -> str:  # noqa: ARG002 - a label has no date
        """A label, and the inbox's."""
        self._require(Feature.MARK)
        return self._marking.missing(item)

    def mark(self, item: SentItem, missing: str) -> str:
        """These labels are put on."""
        self._require(Feature.MARK)
        return self._marking.mark(item, missing)

    def unmark(self, item: SentItem, left: str) -> bool:
        """The same labels come off."""
        self._require(Feature.MARK)
        return self._marking.unmark(item, left)

    def new_task(self, *, title: str, due_at: datetime) -> str:  # noqa: ARG002 - the contract names them
        """Gmail has none."""
        raise ScopeMissing(f"{self._address}: {WITHOUT[Feature.TASKS]}")

    def add_task(self, item: SentItem, *, title: str, text: str, due_at: datetime, key: str) -> str:  # noqa: ARG002
        """Gmail has none."""
        raise ScopeMissing(f"{self._address}: {WITHOUT[Feature.TASKS]}")

    def end_task(self, key: str, left: str) -> bool:  # noqa: ARG002 - the contract names them
        """Gmail has none."""
        raise ScopeMissing(f"{self._address}: {WITHOUT[Feature.TASKS]}")

    def close(self) -> None:
        """Release the connections."""
        self._calls.close()

    def _limits(self, *, is_consumer: bool) -> Iterator[str]:
        for feature in (Feature.READ, Feature.SEND, Feature.DRAFTS):
            if feature not in self._features:
                yield WITHOUT[feature]
        yield WITHOUT[Feature.ARM]
        if is_consumer:
            yield "Private Gmail accounts return no read receipts; they can still ask others for them."

    def _require(self, feature: Feature) -> None:
        if feature not in self._features:
            raise ScopeMissing(f"{self._address}: {WITHOUT[feature]} To allow it, {reconnect(self.account, feature)}")


def profile(calls: GmailCalls) -> Profile:
    """Whose mailbox it is.

    :raises NoMailbox: the account has no Gmail
    """
    primary = normal.address(words.text(calls.profile(), "emailAddress")) or ""
    entries = objects(calls.send_as(), "sendAs")
    verified = [each for each in entries if each.get("verificationStatus", "accepted") == "accepted"]
    aliases = (normal.address(words.text(each, "sendAsEmail")) for each in verified)
    return Profile(address=primary, aliases=tuple(dict.fromkeys(each for each in aliases if each and each != primary)))
