"""Folders, messages and the log of what happened to them. No HTTP, no JSON."""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from sandbox.clock import Clock
from sandbox.microsoft.item import Item, Letterhead

#: well-known name to the name shown; the order is that of the listing
_SHOWN = {
    "archive": "Archive",
    "deleteditems": "Deleted Items",
    "drafts": "Drafts",
    "inbox": "Inbox",
    "junkemail": "Junk Email",
    "outbox": "Outbox",
    "sentitems": "Sent Items",
}
ROOT = "msgfolderroot"

_REPLY_PREFIX = re.compile(r"^(?:(?:re|aw|sv|antw|tr|fw|fwd|wg|rv)\s*:\s*)+", re.IGNORECASE)
_REPORT_PREFIX = re.compile(r"^[^:]{1,30}:\s*")
_FORM_OF_ID = re.compile(r"^AA[Mk][kA][A-Za-z0-9+/]+={0,2}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A mail folder; its id never changes and is never its name."""

    folder_id: str
    well_known: str
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the log, as seen from one folder."""

    item: int
    folder: str
    #: `created`, `updated` or `deleted` (also: moved out)
    kind: str
    #: JSON names of what was updated
    properties: frozenset[str] = frozenset()
    item_id: str
    immutable_id: str


class Mailbox:
    """One person's mail. Not thread-safe by itself: the account hands out turns."""

    def __init__(self, owner: str, clock: Clock) -> None:
        self._clock = clock
        self._owner = owner
        self._tag = _code(owner, 18)
        self._items: dict[int, Item] = {}
        self._by_id: dict[str, Item] = {}
        #: Message-ID to conversation and topic
        self._threads: dict[str, tuple[str, str, int]] = {}
        # Ids with `+` and `/` in them come early, so that who forgets to quote them learns it early.
        self._next = 60
        self.log: list[Change] = []
        names = (ROOT, *_SHOWN)
        self.folders = tuple(
            Folder(
                folder_id=f"AQMkAD{self._tag}AC4AAAA{_code(name, 6)}AAAA==",
                well_known=name,
                shown=_SHOWN.get(name, "Top of Information Store"),
            )
            for name in names
        )
        self._folders = {name: folder for folder in self.folders for name in (folder.folder_id, folder.well_known)}

    def folder(self, name: str) -> Folder:
        """The folder of that id, or of that well-known name in any letter case.

        :raises KeyError: there is none
        """
        return self._folders.get(name) or self._folders[name.lower()]

    def items(self, folder_id: str | None = None) -> list[Item]:
        """Every message, or those of one folder, in the order they came."""
        return [item for item in self._items.values() if folder_id in (None, item.folder)]

    def item(self, number: int) -> Item | None:
        """A message by its number, if it is still there."""
        return self._items.get(number)

    def find(self, item_id: str) -> Item:
        """A message by either of its ids; letter case matters.

        :raises KeyError: no message has this id (any more)
        :raises ValueError: it is not in the form of an id
        """
        if not _FORM_OF_ID.match(item_id):
            raise ValueError(item_id)
        return self._by_id[item_id]

    def add(
        self,
        folder: str,
        head: Letterhead,
        *,
        is_draft: bool,
        is_read: bool,
        sent: datetime | None = None,
        search_key: bytes = b"",
        like: Item | None = None,
        keep_id: bool = False,
    ) -> Item:
        """File a new message in the folder of a well-known name or id.

        :param like: the message this is the sent copy of: it stays in its conversation and keeps what clients marked
        :param keep_id: with `like`: the immutable id stays the same too
        """
        number, now = self._count(), self._clock.now()
        where = self.folder(folder).folder_id
        conversation, depth = (like.conversation, like.depth) if like else self._conversation(head, number)
        item = Item(
            number=number,
            folder=where,
            item_id=self._item_id(where, number),
            immutable_id=like.immutable_id if like and keep_id else f"AAkALg{self._tag}{_number(number)}==",
            head=head,
            search_key=search_key or hashlib.sha256(f"{self._owner}{number}".encode()).digest()[:16],
            conversation=conversation,
            depth=depth,
            is_draft=is_draft,
            is_read=is_read,
            created=now,
            modified=now,
            received=now,
            sent=sent,
        )
        if like:
            item.extended, item.categories, item.flag = like.extended, like.categories, like.flag
        self._threads[head.message_id] = (conversation, topic(head), depth)
        self._items[number] = item
        self._enter(item)
        return item

    def change(self, item: Item, *properties: str) -> None:
        """Log that these properties (by their JSON names) were just changed."""
        if {"subject", "internetMessageId"} & set(properties):
            item.conversation, item.depth = self._conversation(item.head, item.number)
            self._threads[item.head.message_id] = (item.conversation, topic(item.head), item.depth)
        self._touch(item)
        self._note(item, "updated", frozenset(properties))

    def move(self, item: Item, folder: str) -> None:
        """Put a message into another folder: it leaves one, enters the other, and its ordinary id becomes a new one."""
        self._leave(item)
        item.folder = self.folder(folder).folder_id
        item.item_id = self._item_id(item.folder, self._count())
        self._touch(item)
        self._enter(item)

    def remove(self, item: Item) -> None:
        """Take a message out of the mailbox for good."""
        self._leave(item)
        del self._items[item.number]

    def _enter(self, item: Item) -> None:
        self._by_id[item.item_id] = self._by_id[item.immutable_id] = item
        self._note(item, "created")

    def _leave(self, item: Item) -> None:
        self._note(item, "deleted")
        del self._by_id[item.item_id], self._by_id[item.immutable_id]

    def _touch(self, item: Item) -> None:
        item.version += 1
        item.modified = self._clock.now()

    def _note(self, item: Item, kind: str, properties: frozenset[str] = frozenset()) -> None:
        self.log.append(
            Change(
                item=item.number,
                folder=item.folder,
                kind=kind,
                properties=properties,
                item_id=item.item_id,
                immutable_id=item.immutable_id,
            )
        )

    def _count(self) -> int:
        self._next += 1
        return self._next

    def _item_id(self, folder: str, number: int) -> str:
        return f"AAMkAG{self._tag}BGAAAAAA{_code(folder, 6)}{_number(number)}AAA="

    def _conversation(self, head: Letterhead, number: int) -> tuple[str, int]:
        """The conversation of what it answers, unless the subject became another one; else one of its own."""
        for about in reversed(head.about):
            conversation, earlier, depth = self._threads.get(about, ("", "", 0))
            if conversation and earlier == topic(head):
                return conversation, depth + 1
        if not head.about and _REPLY_PREFIX.match(head.subject):
            same = next((thread for thread in self._threads.values() if thread[1] == topic(head)), None)
            if same:
                return same[0], same[2] + 1
        return f"AAQkAD{self._tag}AQAA{_code(f'{self._owner} {number}', 12)}A=", 0


def topic(head: Letterhead) -> str:
    """The subject without what replies and reports put in front of it, in whatever language."""
    prefix = _REPLY_PREFIX if head.item_class == "IPM.Note" else _REPORT_PREFIX
    return prefix.sub("", head.subject.strip()).strip().lower()


def _code(text: str, size: int) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()[:size]).decode()


def _number(number: int) -> str:
    return base64.b64encode(number.to_bytes(3, "big")).decode()
