"""Outlook and Exchange mailboxes through Microsoft Graph.

How this provider differs: each folder is followed by itself (delta query), and a mail sent to oneself is two items. Ids
stay the same over moves only if every request asks for that. A listing without bodies does not say what is a
receipt: a second listing of the same stretch of time brings class and references. Sending answers nothing, so a
draft is marked with a property of our own and its copy found in the sent folder by it. Read receipts are a flag of
the message, and drafts can be armed with it where they lie.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from urllib.parse import quote

from connectors import compose, exchange
from connectors.delta import FOLDERS, PAGE, SENT, Delta
from connectors.drafts import DRAFTS_FOLDER, Drafts
from connectors.errors import MessageGone, NoMailbox, ScopeMissing
from connectors.graph import REQUESTS, WINDOW, Graph, Refusal
from connectors.mailbox import Armed, Arrival, Capabilities, Draft, Now, Page, Price, Profile, Sent, Sleep, Spend
from connectors.outlook_drafting import OutlookDrafting
from connectors.outlook_marking import OutlookMarking, new_task_look
from connectors.retry import Retry
from evidence import normal
from evidence.model import Recipient, SentItem

#: drafts of this category are armed
CATEGORY = "Heardback"

#: the permissions each act needs
READ, WRITE, SEND, WHOAMI = "Mail.Read", "Mail.ReadWrite", "Mail.Send", "User.Read"
TASKS = "Tasks.ReadWrite"


class OutlookMailbox:
    """A mailbox at Outlook.com or Exchange Online. See `connectors.mailbox.Mailbox` for what each method promises."""

    def __init__(
        self, account: str, *, graph: Graph, retry: Retry, spend: Spend, scopes: frozenset[str], is_personal: bool,
        now: Now, sleep: Sleep,
    ) -> None:  # fmt: skip
        """:param scopes: permissions given
        :param is_personal: an Outlook.com account, not one of an organisation
        """
        self.account = account
        self.spend = spend
        self._address = account.partition(":")[2]
        self._graph = graph
        self._drafts = Drafts(account, graph=graph, retry=retry, sleep=sleep)
        self._adds_tasks = TASKS in scopes
        self._marking = OutlookMarking(graph, whom=self._address)
        self._drafting = OutlookDrafting(graph, whom=self._address)
        self._reads = bool(scopes & {READ, WRITE})
        self._writes = WRITE in scopes
        self._sends = {SEND, WRITE} <= scopes
        self._is_personal = is_personal
        self._now = now
        self._own_folders: frozenset[str] = frozenset()

    def profile(self) -> Profile:
        """Primary address and aliases; only organisations tell aliases."""
        return profile(self._graph, is_personal=self._is_personal)

    def capabilities(self) -> Capabilities:
        """What the given permissions and the kind of account allow."""
        return Capabilities(
            reads=self._reads,
            sends=self._sends,
            asks_receipts=self._sends,
            sends_drafts=self._sends,
            arms_drafts=self._writes,
            leaves_drafts=self._writes,
            marks=self._writes,
            adds_tasks=self._adds_tasks,
            returns_receipts="if their program asks" if self._is_personal else "if the admin allows",
            limits=tuple(self._limits()),
        )

    def price(self, *, since: datetime) -> Price:
        """One request counts the messages of all folders."""
        counted = Delta(self.account, graph=self._graph, since=since).counts(FOLDERS)
        counts = [count for count in counted.values() if count is not None]
        # each page of changes has one of classes; the last page of a folder may be empty; all are counted in one batch
        listing = len(counts) + sum(2 * -(-count // PAGE) for count in counts)
        units = len(FOLDERS) + listing
        return Price(messages=sum(counts), requests=1 + listing, units=units, minutes=units * WINDOW / 60 / REQUESTS)

    def changes(self, cursor: str | None, *, since: datetime) -> Iterator[Page]:
        """Follow each folder from where it was left."""
        self._require(self._reads, READ, "mail cannot be read")
        yield from Delta(self.account, graph=self._graph, since=since).pages(cursor)

    def left(self, sent: tuple[str, ...], *, since: datetime) -> tuple[str, ...]:
        """Those that lie neither in the sent folder nor in one they were moved to."""
        return Delta(self.account, graph=self._graph, since=since).left(sent)

    def describe(self, arrivals: tuple[Arrival, ...]) -> tuple[Arrival, ...]:
        """Those not told by the listing, asked for twenty at a time."""
        open_ones = [each for each in arrivals if each.is_report is None or each.references is None]
        query = "&".join(f"{name}={quote(value)}" for name, value in exchange.ARRIVAL_QUERY.items())
        answers = self._graph.batch([f"{exchange.path(each.provider_id)}?{query}" for each in open_ones])
        told = {
            each.provider_id: answer and exchange.arrival(answer, exchange.properties_of(answer), is_listed=False)
            for each, answer in zip(open_ones, answers, strict=True)
        }
        described = (told.get(each.provider_id, each) for each in arrivals)
        return tuple(each for each in described if isinstance(each, Arrival))

    def written_by(self, people: Iterable[str], *, since: datetime) -> tuple[str, ...]:  # noqa: ARG002 - the contract names them
        """Never needed: listings tell senders, classes and references."""
        return ()

    def fetch(self, provider_id: str) -> bytes:
        """The message as Exchange writes it anew (`$value`)."""
        try:
            return self._graph.get_bytes(f"{exchange.path(provider_id)}/$value")
        except Refusal as err:
            if err.status == 404:
                raise self._gone() from err
            raise

    def thread(self, thread_id: str) -> tuple[Arrival, ...]:
        """Found by conversation over all folders; the sent folder and drafts left out."""
        self._own_folders = self._own_folders or frozenset(self._folder_id(each) for each in (SENT, "drafts"))
        same = {"$filter": f"conversationId eq {exchange.quoted(thread_id)}", "$top": "100"}
        pages = self._graph.pages("/me/messages", params=same | exchange.ARRIVAL_QUERY)
        raws = (raw for page in pages for raw in exchange.objects(page, "value"))
        found = (
            exchange.arrival(raw, exchange.properties_of(raw), is_listed=True)
            for raw in raws
            if exchange.text(raw, "parentFolderId") not in self._own_folders
        )
        return tuple(each for each in found if isinstance(each, Arrival))

    def web_page(self, item: SentItem) -> str:
        """As Graph says (`webLink`): Outlook's pages go by another id than the one that never changes."""
        try:
            raw = self._graph.get(exchange.path(item.provider_id), params={"$select": "webLink"})
        except Refusal as err:
            if err.status == 404:
                raise self._gone() from err
            raise
        return exchange.text(raw, "webLink")

    def send(self, message: bytes, *, tag: str, receipt: bool, thread: str = "") -> Sent:  # noqa: ARG002 - Exchange threads by references
        """Make a draft, mark it, send it, find its copy; what an earlier try did is found and not done again.

        A draft that Outlook then does not send is deleted again.
        """
        self._require(self._sends, f"{SEND} and {WRITE}", "mail cannot be sent")
        ready = compose.prepare(message, sender=self._address, tag=tag, receipt=receipt, now=self._now())
        sent = self._drafts.find_sent(tag)
        if sent:
            return Sent(item=sent)
        draft = self._drafts.tagged(tag) or self._drafts.make(ready, tag=tag)
        return self._drafts.send_ours(draft, tag=tag, receipt=receipt, is_made=True)

    def find_sent(self, tag: str, *, since: datetime) -> SentItem | None:  # noqa: ARG002 - the property is searched for
        """Found by the property of our own."""
        return self._drafts.find_sent(tag)

    def send_draft(self, draft: str, *, tag: str, receipt: bool) -> Sent:
        """Mark the draft and send it; its text and recipients stay."""
        self._require(self._sends, f"{SEND} and {WRITE}", "drafts cannot be sent")
        sent = self._drafts.find_sent(tag)
        if sent:
            return Sent(item=sent)
        ours = self._drafts.tagged(tag)
        if ours:
            return self._drafts.send_ours(ours, tag=tag, receipt=receipt)
        return self._drafts.send(self._drafts.named(draft), tag=tag, receipt=receipt)

    def arm_drafts(self, *, marked_only: bool) -> tuple[Armed, ...]:
        """Set the receipt flag, and only if the draft is still the one that was listed."""
        self._require(self._writes, WRITE, "no receipt request can be turned on in drafts")
        fields = {"$select": "id,subject,categories,isReadReceiptRequested", "$top": "100"}
        drafts = [
            raw for page in self._graph.pages(DRAFTS_FOLDER, params=fields) for raw in exchange.objects(page, "value")
        ]
        return tuple(
            self._drafts.arm(raw) for raw in drafts if not marked_only or CATEGORY in (raw.get("categories") or ())
        )

    def leave_draft(self, item: SentItem, *, to: Sequence[Recipient], text: str) -> Draft:
        """An answer to one's own mail, with the recipients named."""
        self._require(self._writes, WRITE, "no draft can be left")
        return self._drafting.leave(item, to=to, text=text)

    def find_draft(self, item: SentItem, *, to: Collection[str], words: str) -> Draft | None:
        """By its conversation, its first words, and by not having been changed since it was made."""
        self._require(self._writes, WRITE, "no draft can be left")
        return self._drafting.find(item, to=to, words=words)

    def has_draft(self, item: SentItem) -> bool:
        """By its conversation, in the folder of drafts."""
        return self._drafting.is_under_way(item)

    def take_back_draft(self, draft: Draft) -> bool:
        """While its change key is the one it was left with."""
        return self._drafting.take_back(draft)

    def missing_mark(self, item: SentItem, *, due_at: datetime) -> str:
        """The follow-up flag, with its day."""
        self._require(self._writes, WRITE, "nothing can be flagged")
        return self._marking.missing_flag(item, due_at=due_at)

    def mark(self, item: SentItem, missing: str) -> str:
        """This flag is set."""
        self._require(self._writes, WRITE, "nothing can be flagged")
        return self._marking.flag(item, missing)

    def unmark(self, item: SentItem, left: str) -> bool:
        """The flag is set complete."""
        self._require(self._writes, WRITE, "nothing can be flagged")
        return self._marking.complete_flag(item, left)

    def new_task(self, *, title: str, due_at: datetime) -> str:
        """Its title and day, not begun."""
        return new_task_look(title=title, due_at=due_at)

    def add_task(self, item: SentItem, *, title: str, text: str, due_at: datetime, key: str) -> str:
        """In the usual list of To Do, linked to the mail."""
        self._require(self._adds_tasks, TASKS, "no task can be added")
        return self._marking.add_task(item, title=title, text=text, due_at=due_at, key=key)

    def end_task(self, key: str, left: str) -> bool:
        """In whichever list it lies."""
        self._require(self._adds_tasks, TASKS, "no task can be ended")
        return self._marking.end_task(key, left)

    def close(self) -> None:
        """Release the connections."""
        self._graph.close()

    def _gone(self) -> MessageGone:
        return MessageGone(f"{self._address}: the message was deleted or moved away meanwhile")

    def _folder_id(self, folder: str) -> str:
        return exchange.text(self._graph.get(f"/me/mailFolders/{folder}", params={"$select": "id"}), "id")

    def _limits(self) -> Iterator[str]:
        if not self._reads:
            yield f"{READ} was not given: nothing can be read."
        if not self._sends:
            yield f"{SEND} and {WRITE} were not both given: mail cannot be sent through Heardback."
        if not self._writes:
            yield f"{WRITE} was not given: no receipt request can be turned on in drafts."
        if self._is_personal:
            yield "Outlook.com on the web seldom returns receipts; installed mail programs ask their user."

    def _require(self, given: bool, permission: str, consequence: str) -> None:
        if not given:
            raise ScopeMissing(
                f'{self._address}: without the permission {permission} {consequence}; run "heardback connect outlook"'
            )


def profile(graph: Graph, *, is_personal: bool) -> Profile:
    """Whose mailbox a line to Graph leads to.

    :param is_personal: Outlook.com accounts tell no proxy addresses
    :raises NoMailbox: the account has no mail address
    """
    fields = "mail,userPrincipalName" if is_personal else "mail,userPrincipalName,proxyAddresses"
    raw = graph.get("/me", params={"$select": fields})
    listed = raw.get("proxyAddresses")
    proxies = [
        each[5:] for each in (listed if isinstance(listed, list) else ()) if str(each).lower().startswith("smtp:")
    ]
    named = [exchange.text(raw, "mail"), exchange.text(raw, "userPrincipalName"), *proxies]
    addresses = dict.fromkeys(address for each in named if (address := normal.address(each)))
    if not addresses:
        raise NoMailbox("This Microsoft account has no mail address.")
    primary, *aliases = addresses
    return Profile(address=primary, aliases=tuple(aliases))
