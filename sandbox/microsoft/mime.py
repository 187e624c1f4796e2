"""MIME in and out.

Exchange keeps properties and rebuilds MIME from them, so what comes out is never quite what went in.
"""

import base64
import re
from datetime import datetime
from email.header import Header, decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser, BytesParser
from email.utils import format_datetime, formataddr, getaddresses

from sandbox.microsoft.item import Content, Item, Letterhead, Person
from sandbox.microsoft.reports import item_class, original_ids

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_MESSAGE_ID = re.compile(r"<[^<>]*>")
_WELL_FORMED_ID = re.compile(r"<[^<>\s@]+@[^<>\s@]+>")

#: what the properties hold; the rest of the head is kept as it came
_PROPERTIES = frozenset(
    {
        "bcc",
        "cc",
        "date",
        "disposition-notification-to",
        "from",
        "importance",
        "message-id",
        "mime-version",
        "reply-to",
        "return-receipt-to",
        "sender",
        "subject",
        "thread-index",
        "thread-topic",
        "to",
        "x-priority",
    }
)

_REQUESTS = ("disposition-notification-to", "return-receipt-to")


def read(raw: bytes) -> Letterhead:
    """Take a message apart into properties, a content, and the headers that fit nowhere else."""
    raw = raw if b"\r\n" in raw else raw.replace(b"\n", b"\r\n")
    headers = _headers(raw)
    whole = BytesParser().parsebytes(raw)
    extra = tuple((name, value) for name, value in headers if _is_extra(name))
    return Letterhead(
        subject=_decoded(_one(headers, "subject")),
        author=next(iter(_people(headers, "from")), None),
        sender=next(iter(_people(headers, "sender")), None),
        to=_people(headers, "to"),
        cc=_people(headers, "cc"),
        bcc=_people(headers, "bcc"),
        reply_to=_people(headers, "reply-to"),
        message_id=_one(headers, "message-id"),
        importance=_importance(headers),
        wants_receipt=bool(_one(headers, "disposition-notification-to")),
        wants_delivery=bool(_one(headers, "return-receipt-to")),
        content=content_of(raw),
        about=_about(headers, whole),
        extra=extra,
        item_class=item_class(whole),
    )


def content_of(raw: bytes) -> Content:
    """What a message says, without who, to whom and when. Line ends are CRLF."""
    parts = _END_OF_HEAD.split(raw, maxsplit=1)
    headers = tuple((name, value) for name, value in _headers(raw) if name.lower().startswith("content-"))
    return Content(headers=headers, body=parts[1] if len(parts) > 1 else b"")


def requests(raw: bytes) -> tuple[tuple[str, str], ...]:
    """The receipt requests of a message that came in: its reader sees them as they were written."""
    return tuple((name, value) for name, value in _headers(raw) if name.lower() in _REQUESTS)


def receipt_address(raw: bytes) -> str | None:
    """Who asks for a read receipt, when it is exactly one address (RFC 8098 section 2.1)."""
    asked = BytesHeaderParser().parsebytes(raw).get_all("Disposition-Notification-To", [])
    found = {address for _, address in getaddresses([str(value) for value in asked]) if "@" in address}
    return found.pop() if len(found) == 1 else None


def write(item: Item, *, with_bcc: bool) -> bytes:
    """Rebuild a message from its properties."""
    head = item.head
    lines = [_people_line("From", (head.author,) if head.author else ())]
    lines += [_people_line("Sender", (head.sender,) if head.sender and head.sender != head.author else ())]
    lines += [_people_line("To", head.to), _people_line("CC", head.cc)]
    lines += [_people_line("Bcc", head.bcc)] if with_bcc else []
    lines += [_people_line("Reply-To", head.reply_to), _text_line("Subject", head.subject)]
    lines += [f"Thread-Index: {thread_index(item)}\r\n", _date_line(item.sent)]
    lines += [f"Message-ID:\r\n {head.message_id}\r\n" if head.message_id else ""]
    lines += [f"Importance: {head.importance}\r\n"] if head.importance != "normal" else []
    lines += _request_lines(item)
    lines += [_kept_line(name, value) for name, value in head.extra]
    lines += ["MIME-Version: 1.0\r\n"]
    lines += [_kept_line(name, value) for name, value in head.content.headers]
    return "".join(lines).encode("utf-8", "replace") + b"\r\n" + head.content.body


def is_well_formed(message_id: str) -> bool:
    """Whether the server lets this Message-ID stand when it sends."""
    return bool(_WELL_FORMED_ID.fullmatch(message_id))


def named_ids(text: str) -> tuple[str, ...]:
    """Every Message-ID in a text, with its brackets."""
    return tuple(re.sub(r"\s", "", found) for found in _MESSAGE_ID.findall(text))


def thread_index(item: Item) -> str:
    """PidTagConversationIndex: 22 bytes for the conversation, 5 more for each reply."""
    seed = base64.b64encode(item.conversation.encode())[-21:]
    return base64.b64encode(b"\x01" + seed + b"\x80\x00\x01\x00\x10" * item.depth).decode()


def _headers(raw: bytes) -> list[tuple[str, str]]:
    return [
        (name, _FOLD.sub("", str(value)).replace("\t", " ").strip())
        for name, value in BytesHeaderParser().parsebytes(raw).items()
    ]


def _request_lines(item: Item) -> list[str]:
    """The flags become headers that name the sender, whoever was named when the draft came in as MIME."""
    if any(item.header(name) for name in _REQUESTS):
        return []
    author = (item.head.author,) if item.head.author else ()
    lines = [_people_line("Disposition-Notification-To", author)] if item.head.wants_receipt else []
    return lines + ([_people_line("Return-Receipt-To", author)] if item.head.wants_delivery else [])


def _is_extra(name: str) -> bool:
    return name.lower() not in _PROPERTIES and not name.lower().startswith("content-")


def _one(headers: list[tuple[str, str]], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _people(headers: list[tuple[str, str]], name: str) -> tuple[Person, ...]:
    pairs = getaddresses([value for key, value in headers if key.lower() == name])
    return tuple(Person(address=address, name=_decoded(shown)) for shown, address in pairs if address)


def _importance(headers: list[tuple[str, str]]) -> str:
    said = _one(headers, "importance").lower()
    return said if said in ("low", "high") else "normal"


def _about(headers: list[tuple[str, str]], whole: Message) -> tuple[str, ...]:
    threads = " ".join(value for name, value in headers if name.lower() in ("references", "in-reply-to"))
    return tuple(dict.fromkeys((*named_ids(threads), *named_ids(" ".join(original_ids(whole))))))


def _decoded(text: str) -> str:
    try:
        return str(make_header(decode_header(text)))
    except (LookupError, UnicodeDecodeError, ValueError):
        return text


def _people_line(name: str, people: tuple[Person, ...]) -> str:
    shown = ",\r\n\t".join(formataddr((_one_line(person.name), _one_line(person.address))) for person in people)
    return f"{name}: {shown}\r\n" if people else ""


def _text_line(name: str, text: str) -> str:
    text = _one_line(text)
    shown = text if text.isascii() else Header(text, "utf-8", header_name=name).encode(linesep="\r\n")
    return _kept_line(name, shown) if text.isascii() else f"{name}: {shown}\r\n"


def _date_line(moment: datetime | None) -> str:
    return f"Date: {format_datetime(moment)}\r\n" if moment else ""


def _kept_line(name: str, value: str) -> str:
    """One header, folded at blanks as soon as it is longer than a line should be (RFC 5322 section 2.1.1)."""
    lines, line = [], f"{name}:"
    for word in value.split(" "):
        if len(line) + len(word) > 76 and line.strip():
            lines.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*lines, line]) + "\r\n"


def _one_line(text: str) -> str:
    return " ".join(text.splitlines()) if text else ""
