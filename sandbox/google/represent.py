"""A stored message as the JSON that messages.get, threads.get and drafts.get answer, in Gmail's four formats."""

import io
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from email.generator import BytesGenerator
from email.message import Message as Mime
from email.policy import compat32
from typing import Any

from sandbox.google.message import Headers, Message, part_filename, part_headers, part_text
from sandbox.google.refusal import invalid

FORMATS = ("full", "metadata", "minimal", "raw")


def brief(message: Message) -> dict[str, Any]:
    """The three fields that writes and history records answer."""
    return {"id": message.id, "threadId": message.thread_id, **_labels(message)}


def represent(message: Message, form: str, wanted: tuple[str, ...] = ()) -> dict[str, Any]:
    """A message in one of `FORMATS`.

    :param wanted: header names of interest for `metadata`, any letter case; empty: all
    """
    answer: dict[str, Any] = {
        **brief(message),
        "snippet": message.snippet(),
        "sizeEstimate": len(message.raw),
        "historyId": str(message.history_id),
        "internalDate": str(message.received_ms),
    }
    if form == "raw":
        answer["raw"] = urlsafe_b64encode(message.raw).decode()
    if form == "metadata":
        answer["payload"] = _outline(message, wanted)
    if form == "full":
        message.shown += 1
        answer["payload"] = _part(message.mime(), "", f"ANGjdJ{message.shown}:{message.id}", message.headers)
    return answer


def attachment(message: Message, identity: str) -> dict[str, Any]:
    """The content behind an attachment id.

    :raises Refusal: 400, that id was never given out for this message
    """
    parts = dict(_numbered(message.mime(), ""))
    try:
        _, owner, place = urlsafe_b64decode(identity + "==").decode().split(":")
    except ValueError:
        raise invalid("Invalid attachment token") from None
    if owner != message.id or place not in parts:
        raise invalid("Invalid attachment token")
    content = _content(parts[place])
    return {"size": len(content), "data": urlsafe_b64encode(content).decode()}


def _labels(message: Message) -> dict[str, list[str]]:
    return {"labelIds": list(message.labels)} if message.labels else {}


def _headers(headers: Headers) -> dict[str, list[dict[str, str]]]:
    return {"headers": [{"name": name, "value": value} for name, value in headers]} if headers else {}


def _outline(message: Message, wanted: tuple[str, ...]) -> dict[str, Any]:
    names = {each.lower() for each in wanted}
    chosen = tuple(each for each in message.headers if not names or each[0].lower() in names)
    return {"mimeType": message.content_type(), **_headers(chosen)}


def _part(part: Mime, number: str, ticket: str, headers: Headers) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "partId": number,
        "mimeType": part.get_content_type(),
        "filename": part_filename(part),
        **_headers(headers),
        "body": _body(part, number, ticket),
    }
    children = [_part(child, place, ticket, part_headers(child)) for place, child in _children(part, number)]
    return {**answer, "parts": children} if children else answer


def _body(part: Mime, number: str, ticket: str) -> dict[str, Any]:
    """Short texts come with the part; files and reports have to be fetched by an id that differs at each get."""
    if part.get_content_maintype() == "multipart":
        return {"size": 0}
    if part.get_content_maintype() == "text" and not part_filename(part):
        text = part_text(part).encode()
        return {"size": len(text), "data": urlsafe_b64encode(text).decode()} if text else {"size": 0}
    size = len(_content(part))
    if not size:
        return {"size": 0}
    identity = urlsafe_b64encode(f"{ticket}:{number}".encode()).decode().rstrip("=")
    return {"attachmentId": identity, "size": size}


def _content(part: Mime) -> bytes:
    """Decoded bytes of a part; of message/* parts, which the parser takes apart, the text put together again."""
    content = part.get_payload() if part.is_multipart() else part.get_payload(decode=True)
    if isinstance(content, list):
        return b"".join(_flat(each) for each in content if isinstance(each, Mime))
    return content if isinstance(content, bytes) else b""


def _flat(part: Mime) -> bytes:
    """The text of an inner message; nothing where it is too broken to be written down again."""
    out = io.BytesIO()
    generator = BytesGenerator(out, mangle_from_=False, maxheaderlen=0, policy=compat32.clone(linesep="\r\n"))
    try:
        generator.flatten(part)
    except (LookupError, TypeError, ValueError):
        return b""
    return out.getvalue()


def _children(part: Mime, number: str) -> Iterator[tuple[str, Mime]]:
    """Parts of a multipart and the message inside a message/rfc822, with Gmail's numbers (`1.0`)."""
    nested = part.get_content_maintype() == "multipart" or part.get_content_type() == "message/rfc822"
    payload = part.get_payload() if nested and part.is_multipart() else ()
    for index, child in enumerate(each for each in payload if isinstance(each, Mime)):
        yield (f"{number}.{index}" if number else str(index)), child


def _numbered(part: Mime, number: str) -> Iterator[tuple[str, Mime]]:
    yield number, part
    for place, child in _children(part, number):
        yield from _numbered(child, place)
