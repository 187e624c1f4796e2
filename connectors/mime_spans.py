"""Where the parts of a message stand, to the byte, and which of them is its body. Reads, changes nothing.

The standard library's parser does not tell positions, and writes what it parsed in its own way. Here everything that
is not touched has to stay as it is, so the parts are found by their delimiter lines (RFC 2046 section 5.1.1).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

from connectors.errors import CannotTrack

#: signed or encrypted: a changed byte breaks it (RFC 1847, RFC 3156, RFC 8551)
_SEALED = frozenset(
    {
        "multipart/signed",
        "multipart/encrypted",
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
        "application/pgp-encrypted",
        "application/pgp",
    }
)
_NO_HEADER = re.compile(rb"\r?\n")
_GAP = re.compile(rb"\r?\n\r?\n")
_DEEPEST = 8
_MOST_PARTS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One part: header from `start`, body from `body` up to `end`."""

    start: int
    body: int
    end: int
    header: Message
    #: what a multipart holds
    parts: tuple["Span", ...] = ()

    @property
    def type(self) -> str:
        """The content type in lower case; `text/plain` if there is none or it makes no sense."""
        return self.header.get_content_type()

    @property
    def charset(self) -> str:
        """The declared charset in lower case, empty if there is none."""
        return str(self.header.get_content_charset() or "")

    @property
    def encoding(self) -> str:
        """The transfer encoding in lower case; `7bit` if none is given (RFC 2045 section 6.1)."""
        return str(self.header.get("content-transfer-encoding", "7bit")).strip().lower()

    @property
    def is_attached(self) -> bool:
        """A file, not something to be read in place."""
        return self.header.get_content_disposition() == "attachment" or bool(self.header.get_filename())

    @property
    def content_id(self) -> str:
        """How other parts name it, without brackets; empty if they cannot."""
        return str(self.header.get("content-id", "")).strip().strip("<>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What a person reads of a message; each None if there is none."""

    html: Span | None = None
    text: Span | None = None


def read(message: bytes) -> Span:
    """The whole message with all its parts; messages inside it are not entered.

    :raises CannotTrack: it is signed or encrypted, or its parts cannot be told apart surely
    """
    root = _span(message, 0, len(message), depth=0)
    for count, each in enumerate(walk(root)):
        if each.type in _SEALED:
            raise CannotTrack(f"it is signed or encrypted ({each.type}), and a changed letter would break that")
        if count > _MOST_PARTS:
            raise CannotTrack(f"it has more than {_MOST_PARTS} parts")
    return root


def walk(span: Span) -> Iterator[Span]:
    """A part and everything in it, in order."""
    yield span
    for each in span.parts:
        yield from walk(each)


def body_of(span: Span) -> Body:
    """The body among the parts: the first that is no file; of alternatives, the text and the page."""
    if span.is_attached:
        return Body()
    if span.type == "multipart/alternative":
        found = [body_of(each) for each in span.parts]
        return Body(
            html=next((each.html for each in found if each.html), None),
            text=next((each.text for each in found if each.text), None),
        )
    if span.type in ("multipart/related", "multipart/mixed"):
        return body_of(_root_of(span)) if span.parts else Body()
    return Body(html=span if span.type == "text/html" else None, text=span if span.type == "text/plain" else None)


def _root_of(span: Span) -> Span:
    """The first part, or the one that `multipart/related` names as its root (RFC 2387 section 3.2)."""
    start = str(span.header.get_param("start") or "").strip("<>") if span.type == "multipart/related" else ""
    return next((each for each in span.parts if start and each.content_id == start), span.parts[0])


def _span(message: bytes, start: int, end: int, *, depth: int) -> Span:
    gap = _NO_HEADER.match(message, start, end) or _GAP.search(message, start, end)
    body = gap.end() if gap else end
    header = BytesHeaderParser(policy=compat32).parsebytes(message[start:body])
    if gap is None and header.get_content_maintype() == "text":
        raise CannotTrack("a part of it has no empty line between header and text")
    if header.get_content_maintype() != "multipart":
        return Span(start=start, body=body, end=end, header=header)
    if depth >= _DEEPEST:
        raise CannotTrack("its parts are nested too deeply")
    boundary = str(header.get_boundary() or "").encode("ascii", "replace")
    places = _between(message, boundary, body, end)
    parts = tuple(_span(message, first, last, depth=depth + 1) for first, last in places)
    return Span(start=start, body=body, end=end, header=header, parts=parts)


def _between(message: bytes, boundary: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Where the parts between the delimiter lines stand.

    :raises CannotTrack: there is no delimiter, or the last one is missing
    """
    if not boundary:
        raise CannotTrack("its parts have no boundary")
    # a part may begin right behind its delimiter line: the line end before a delimiter belongs to the delimiter
    delimiter = re.compile(rb"(?:\A|\r?\n|(?<=\n))--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|\Z)")
    places, first = [], -1
    for found in delimiter.finditer(message[start:end]):
        if first >= 0:
            places.append((first, max(first, start + found.start())))
        first = start + found.end()
        if found.group(1):
            return places
    raise CannotTrack("its parts are not closed by their boundary")
