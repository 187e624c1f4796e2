"""A page beside the text of a plain-text mail: the text becomes the first of two alternatives, to the byte."""

import re
from collections.abc import Iterator
from html import escape
from uuid import uuid4

from connectors import mime_spans
from connectors.errors import CannotTrack
from connectors.transfer import content_of, quoted_printable

_ADDRESS = re.compile(r"https?://[^\s<>\"'()\[\]{}]+[^\s<>\"'()\[\]{}.,;:!?]", re.IGNORECASE)
_FIELD = re.compile(rb"[^\r\n][^\n]*\n(?:[ \t][^\n]*\n)*")
_PAGE_HEADER = b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n"
_MIME_VERSION = re.compile(rb"^mime-version[ \t]*:", re.IGNORECASE | re.MULTILINE)


def with_page(message: bytes, *, boundary: str = "") -> bytes:
    """The message with a page made of its text; as it is, if it has one.

    :param boundary: what parts the alternatives; a new one unless given
    :raises CannotTrack: it has no text to make one of, or may not be changed
    """
    root = mime_spans.read(message)
    body = mime_spans.body_of(root)
    if body.html:
        return message
    if not body.text:
        raise CannotTrack("it has no text that a page could be made of")
    text, end = body.text, _line_end(message)
    content = content_of(message, text)
    if not content.is_read:
        raise CannotTrack(f"its letters are not the {text.charset or 'ASCII'} that it says")
    mark = (boundary or f"heardback-{uuid4().hex}").encode()
    kept, moved = _parted(message[text.start : text.body], is_whole=text is root)
    page = as_page(content.text, flowed=str(text.header.get_param("format", "")).lower() == "flowed")
    head = b'Content-Type: multipart/alternative; boundary="' + mark + b'"' + end
    if text.encoding in ("8bit", "binary"):  # what holds it has to say so too (RFC 2045 section 6.4)
        head += b"Content-Transfer-Encoding: 8bit" + end
    if text is root and not _MIME_VERSION.search(kept):
        head = b"MIME-Version: 1.0" + end + head
    parts = (moved + end + message[text.body : text.end], _PAGE_HEADER.replace(b"\n", end) + _encoded(page, end))
    whole = b"".join(b"--" + mark + end + part + end for part in parts) + b"--" + mark + b"--" + end
    return message[: text.start] + kept + head + end + whole + message[text.end :]


def as_page(text: str, *, flowed: bool = False) -> str:
    """Text as a page that looks like it: lines kept, addresses as links, quoted lines as quotes.

    :param flowed: a line that ends in a blank goes on in the next (RFC 3676)
    """
    lines = _unflowed(text) if flowed else text.replace("\r\n", "\n").split("\n")
    shown = "".join(_blocks(lines))
    return f'<html><body><div style="font-family:sans-serif">{shown}</div></body></html>\n'


def _blocks(lines: list[str]) -> Iterator[str]:
    is_quoted = False
    for line in lines:
        if line.startswith(">") != is_quoted:
            is_quoted = not is_quoted
            yield (
                '<blockquote style="margin:0 0 0 8px;padding-left:8px;border-left:2px solid #bbb">'
                if is_quoted
                else ("</blockquote>")
            )
        yield f"{_linked(line.lstrip('>').removeprefix(' ') if is_quoted else line)}<br>\n"
    if is_quoted:
        yield "</blockquote>"


def _linked(line: str) -> str:
    done, at = [], 0
    for found in _ADDRESS.finditer(line):
        address = escape(found.group())
        done += [_spaced(line[at : found.start()]), f'<a href="{address}">{address}</a>']
        at = found.end()
    return "".join([*done, _spaced(line[at:])])


def _spaced(text: str) -> str:
    """Escaped, with runs of blanks as wide as they were."""
    return re.sub(r" (?= )|\A ", "&nbsp;", escape(text.replace("\t", "    ")))


def _unflowed(text: str) -> list[str]:
    """Paragraphs of flowed text; the signature's line `-- ` stands alone (RFC 3676 section 4.3)."""
    lines, is_open = [""], False
    for line in text.replace("\r\n", "\n").split("\n"):
        said = line.removeprefix(" ")
        if is_open and said != "-- ":
            lines[-1] += said
        else:
            lines.append(said)
        is_open = said.endswith(" ") and said != "-- " and not said.startswith(">")
    return lines[1:]


def _encoded(page: str, end: bytes) -> bytes:
    return quoted_printable(page.encode(), end=end)


def _parted(header: bytes, *, is_whole: bool) -> tuple[bytes, bytes]:
    """The fields that stay where they are, and those that go with the text: of a part all, of a whole message those
    about its content."""
    fields = _FIELD.findall(header)
    moved = [each for each in fields if not is_whole or each.lower().startswith(b"content-")]
    return b"".join(each for each in fields if each not in moved), b"".join(moved)


def _line_end(message: bytes) -> bytes:
    return b"\r\n" if message.partition(b"\n")[0].endswith(b"\r") else b"\n"
