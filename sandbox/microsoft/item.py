"""One message as Exchange keeps it: properties, not MIME. Nothing here knows HTTP or JSON."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A name and an address."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message says, as one MIME entity: its own headers (MIME-Version, Content-*) and the bytes after them."""

    headers: tuple[tuple[str, str], ...]
    body: bytes


#: a message nobody wrote anything into yet
EMPTY = Content(headers=(("Content-Type", 'text/plain; charset="utf-8"'),), body=b"")


@dataclass(slots=True, kw_only=True)
class Letterhead:
    """What a writer of a message can say about it."""

    subject: str = ""
    author: Person | None = None
    sender: Person | None = None
    to: tuple[Person, ...] = ()
    cc: tuple[Person, ...] = ()
    bcc: tuple[Person, ...] = ()
    reply_to: tuple[Person, ...] = ()
    #: with its angle brackets, as it came; empty until the server gives one
    message_id: str = ""
    importance: str = "normal"
    wants_receipt: bool = False
    wants_delivery: bool = False
    content: Content = EMPTY
    #: ids of the messages it answers or reports on, nearest last
    about: tuple[str, ...] = ()
    #: headers kept beside the properties: References, X-…, trace headers
    extra: tuple[tuple[str, str], ...] = ()
    #: PidTagMessageClass
    item_class: str = "IPM.Note"


@dataclass(slots=True, kw_only=True)
class Item:
    """A message in a mailbox; changed only by the `Mailbox` that holds it."""

    #: never changes and is never used again
    number: int
    #: id of the folder it lies in
    folder: str
    #: the id most clients see; another one after each move
    item_id: str
    #: the id under `Prefer: IdType="ImmutableId"`
    immutable_id: str
    head: Letterhead
    #: PidTagSearchKey: the same in the sender's and the reader's copy within one Exchange organisation
    search_key: bytes
    conversation: str
    #: replies between this and the first message of its conversation
    depth: int = 0
    is_draft: bool
    is_read: bool
    created: datetime
    modified: datetime
    received: datetime
    #: None until it was sent
    sent: datetime | None = None
    #: counts the changes; the change key and the etag are made of it
    version: int = 1
    categories: tuple[str, ...] = ()
    #: followupFlag, as JSON keeps it
    flag: dict[str, object] = field(default_factory=lambda: {"flagStatus": "notFlagged"})
    #: extended properties set by clients: normalised id to value
    extended: dict[str, str] = field(default_factory=dict)
    #: address the reader's server answers to when this is read or deleted unread; None when nothing is owed
    owes_receipt: str | None = None

    def header(self, name: str) -> str:
        """The first kept header of that name, or an empty text."""
        return next((value for key, value in self.head.extra if key.lower() == name.lower()), "")
