"""What a Gmail account holds: messages, labels, threads, drafts and their history. Knows nothing of HTTP."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sandbox.google.history import Change, History
from sandbox.google.message import Message, base_subject, crlf, first_header, message_ids, read_headers

#: in the order labels.list names them
SYSTEM_LABELS = (
    "CHAT",
    "SENT",
    "INBOX",
    "IMPORTANT",
    "TRASH",
    "DRAFT",
    "SPAM",
    "CATEGORY_FORUMS",
    "CATEGORY_UPDATES",
    "CATEGORY_PERSONAL",
    "CATEGORY_PROMOTIONS",
    "CATEGORY_SOCIAL",
    "STARRED",
    "UNREAD",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A system label, or one the person made."""

    id: str
    name: str
    #: `system` or `user`
    type: str
    #: of the label in a message, `show` or `hide`; empty for system labels that are always shown
    message_list: str = ""
    #: of the label in the list of labels, `labelShow`, `labelShowIfUnread` or `labelHide`
    label_list: str = ""


class Mailbox:
    """One account's mail. The account's lock is held by whoever calls."""

    def __init__(self, now: Callable[[], datetime], chance: Random) -> None:
        self._now = now
        self._chance = chance
        self._messages: dict[str, Message] = {}
        self._last_id = 0
        self._threads: dict[str, list[str]] = {}
        self._named: defaultdict[str, list[str]] = defaultdict(list)
        self.history = History(chance)
        self.labels = {name: Label(id=name, name=name, type="system") for name in SYSTEM_LABELS}
        #: draft id → id of the message that is its present content
        self.drafts: dict[str, str] = {}

    # reading

    def find(self, message: str) -> Message | None:
        """A message by its id."""
        return self._messages.get(message)

    def newest_first(self) -> list[Message]:
        """Every message."""
        return sorted(self._messages.values(), key=lambda each: (each.received_ms, each.id), reverse=True)

    def thread(self, thread: str) -> list[Message]:
        """The messages of a thread, oldest first; empty if there is no such thread."""
        found = [self._messages[each] for each in self._threads.get(thread, ())]
        return sorted(found, key=lambda each: (each.received_ms, each.id))

    def draft_of(self, message: str) -> str | None:
        """The draft whose content this message is."""
        return next((draft for draft, content in self.drafts.items() if content == message), None)

    def counts(self) -> tuple[int, int]:
        """How many messages and threads there are."""
        return len(self._messages), len(self._threads)

    def thread_of_reply(self, raw: bytes, *, within: str | None = None) -> str | None:
        """The thread a message belongs to: it names one of its messages and has the same subject.

        :param within: only this thread will do
        """
        headers = read_headers(raw)
        named = message_ids(first_header(headers, "In-Reply-To") + first_header(headers, "References"))
        subject = base_subject(first_header(headers, "Subject"))
        parents = (self._messages[each] for name in named for each in self._named.get(name, ()))
        fitting = (each.thread_id for each in parents if base_subject(each.header("Subject")) == subject)
        return next((thread for thread in fitting if within in (None, thread)), None)

    # changing

    def add(
        self, raw: bytes, labels: Iterable[str], *, thread: str | None = None, received_ms: int | None = None
    ) -> Message:
        """Store a message.

        :param thread: an existing thread; None begins a new one
        :param received_ms: Gmail's internalDate; None is now
        """
        identity = self._new_id()
        now_ms = int(self._now().timestamp() * 1000)
        message = Message(
            id=identity,
            thread_id=thread if thread in self._threads and thread else identity,
            raw=crlf(raw),
            received_ms=now_ms if received_ms is None else received_ms,
            labels=tuple(dict.fromkeys(labels)),
        )
        self._messages[identity] = message
        self._threads.setdefault(message.thread_id, []).append(identity)
        for name in message_ids(message.header("Message-ID")):
            self._named[name].append(identity)
        message.history_id = self._note("messageAdded", message)
        return message

    def relabel(self, message: Message, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Add and take away labels; only what really changes enters the history."""
        gone = tuple(each for each in message.labels if each in set(remove))
        new = tuple(dict.fromkeys(each for each in add if each not in message.labels))
        message.labels = tuple(each for each in message.labels if each not in gone) + new
        if gone:
            message.history_id = self._note("labelRemoved", message, gone)
        if new:
            message.history_id = self._note("labelAdded", message, new)

    def remove(self, message: Message) -> None:
        """Delete a message for good, and the draft whose content it was."""
        del self._messages[message.id]
        siblings = self._threads[message.thread_id]
        siblings.remove(message.id)
        if not siblings:
            del self._threads[message.thread_id]
        for name in message_ids(message.header("Message-ID")):
            self._named[name].remove(message.id)
        draft = self.draft_of(message.id)
        if draft:
            del self.drafts[draft]
        self._note("messageDeleted", message)

    def add_draft(self, raw: bytes, *, thread: str | None = None) -> str:
        """Store a new draft.

        :returns: its id, which stays the same while its message changes
        """
        draft = f"r{self._chance.randrange(-(2**63), 2**63)}"
        self.drafts[draft] = self.add(raw, ("DRAFT",), thread=thread).id
        return draft

    def replace_draft(self, draft: str, raw: bytes, *, thread: str | None = None) -> None:
        """Give a draft new content: the old message goes, a new one with a new id comes."""
        old = self._messages[self.drafts[draft]]
        new = self.add(raw, ("DRAFT",), thread=thread)
        self.remove(old)
        self.drafts[draft] = new.id

    def add_label(self, name: str, message_list: str, label_list: str) -> Label:
        """Make a label of the person's own."""
        label = Label(
            id=f"Label_{self._chance.randrange(10**15, 10**19)}",
            name=name,
            type="user",
            message_list=message_list,
            label_list=label_list,
        )
        self.labels[label.id] = label
        return label

    def remove_label(self, label: str) -> None:
        """Delete a label and take it off every message."""
        del self.labels[label]
        for message in self._messages.values():
            self.relabel(message, remove=(label,))

    def _note(self, change: Change, message: Message, labels: tuple[str, ...] = ()) -> int:
        return self.history.add(change, message.id, message.thread_id, labels, self._now())

    def _new_id(self) -> str:
        """Ids grow: the millisecond, then 20 bits of chance, and always beyond the last one."""
        now_ms = int(self._now().timestamp() * 1000)
        self._last_id = max(self._last_id + self._chance.randint(1, 2000), now_ms << 20)
        return f"{self._last_id:016x}"
