"""One message as Gmail keeps it: bytes, labels, thread, and the headers read from the bytes."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header
from email.message import Message as Mime
from email.parser import BytesParser
from email.utils import getaddresses

_FOLD = re.compile(r"\r?\n(?=[ \t])")
_ENCODED = re.compile(r"=\?[^?\s]+\?[bq]\?[^?]*\?=(?:\s+=\?[^?\s]+\?[bq]\?[^?]*\?=)*", re.IGNORECASE)
_ADDRESS_HEADERS = {"from", "to", "cc", "bcc", "sender", "reply-to", "delivered-to"}
#: RFC 5322 section 3.2.3: a display name with one of these has to be quoted
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,."]')
_REPLY_PREFIX = re.compile(r"^\s*(?:(?:re|aw|antw|sv|fwd?|wg)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)

#: characters of a snippet
_SNIPPET = 200

Headers = tuple[tuple[str, str], ...]


@dataclass(slots=True, kw_only=True)
class Message:
    """A stored message. Its labels change; its bytes never do."""

    #: 16 hex digits: the millisecond it was stored, then chance, as Gmail's own ids are built
    id: str
    thread_id: str
    #: CRLF line ends
    raw: bytes
    #: epoch milliseconds, Gmail's `internalDate`
    received_ms: int
    labels: tuple[str, ...]
    #: the last history record that speaks about it
    history_id: int = 0
    #: how often it was given out whole; the ids of its attachments are others each time
    shown: int = 0
    headers: Headers = field(init=False)
    _snippet: str | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.headers = read_headers(self.raw)

    def header(self, name: str) -> str:
        """The first header of that name, in any letter case; empty if there is none."""
        return first_header(self.headers, name)

    def content_type(self) -> str:
        """The type of the whole, `multipart/report`."""
        return BytesParser().parsebytes(_head(self.raw), headersonly=True).get_content_type()

    def mime(self) -> Mime:
        """The parsed message; parsed anew at each call."""
        return BytesParser().parsebytes(self.raw)

    def text(self) -> str:
        """What a person reads: every plain text part, or HTML without its tags where there is none."""
        parts = list(self.mime().walk())
        plain = [part_text(part) for part in parts if part.get_content_type() == "text/plain"]
        rich = [re.sub(r"<[^>]*>", " ", part_text(part)) for part in parts if part.get_content_type() == "text/html"]
        return " ".join(plain or rich)

    def snippet(self) -> str:
        """The beginning of the text, on one line, escaped as HTML, which is how Gmail gives it."""
        if self._snippet is None:
            line = " ".join(self.text().split())[:_SNIPPET].strip()
            self._snippet = html.escape(line).replace("&#x27;", "&#39;")
        return self._snippet


def crlf(mime: bytes) -> bytes:
    """The same message with CRLF line ends (RFC 5322 section 2.1)."""
    return re.sub(rb"\r?\n", b"\r\n", mime)


def read_headers(raw: bytes) -> Headers:
    """Every header of a message in order, as `part_headers` reads them."""
    return part_headers(BytesParser().parsebytes(_head(raw), headersonly=True))


def part_headers(part: Mime) -> Headers:
    """Every header in order, unfolded, encoded words (RFC 2047) decoded, unreadable bytes replaced."""
    return tuple((name, _readable(name, str(value))) for name, value in part.raw_items())


def first_header(headers: Headers, name: str) -> str:
    """The first header of that name, in any letter case; empty if there is none."""
    return next((value for each, value in headers if each.lower() == name.lower()), "")


def message_ids(text: str) -> tuple[str, ...]:
    """The ids in a Message-ID, In-Reply-To or References header, without brackets, lower-case."""
    return tuple(each.lower() for each in re.findall(r"<\s*([^<>\s]+)\s*>", text))


def base_subject(subject: str) -> str:
    """The subject without its reply and forward prefixes, for threading."""
    return _REPLY_PREFIX.sub("", subject).strip().lower()


def addresses(headers: Headers, *names: str) -> tuple[str, ...]:
    """Lower-case addresses of these headers, each once, in order."""
    values = [value for each, value in headers if each.lower() in names]
    return tuple(dict.fromkeys(address.lower() for _, address in getaddresses(values) if "@" in address))


def part_text(part: Mime) -> str:
    """The text of one part in its own charset; what cannot be decoded is replaced."""
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):  # unknown charsets, and those that are not for text
        return content.decode("utf-8", "replace")


def part_filename(part: Mime) -> str:
    """The name of a file, empty if the part is none or its name unreadable."""
    try:
        return part.get_filename() or ""
    except ValueError:
        return ""


def _head(raw: bytes) -> bytes:
    end = re.search(rb"\r?\n\r?\n", raw)
    return raw[: end.end()] if end else raw


def _readable(name: str, value: str) -> str:
    unfolded = _FOLD.sub("", value).strip()
    unfolded = unfolded.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    quote = name.lower() in _ADDRESS_HEADERS
    return _ENCODED.sub(lambda match: _decoded(match.group(), quote=quote), unfolded)


def _decoded(words: str, *, quote: bool) -> str:
    try:
        text = re.sub(r"[\r\n]+", " ", "".join(_chunks(words)))
    except (LookupError, ValueError, MessageError):
        return words
    if quote and _SPECIALS.search(text):
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text


def _chunks(words: str) -> Iterator[str]:
    for content, charset in decode_header(words):
        yield content.decode(charset or "ascii", "replace") if isinstance(content, bytes) else content
