"""One MIME entity: header fields and a body, split without recursion into what hostile mail can blow up.

The standard library's parser reads a megabyte of blank lines in seconds and dies on deep nesting; this one looks for
header block and boundaries with byte searches, so that the cost is linear, and the depth and number of parts bounded.
"""

import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from itertools import islice

_BLANK_LINES = (b"\r\n\r\n", b"\n\n", b"\r\r", b"\n\r\n")
_FIELD = re.compile(r"^([A-Za-z0-9][\w.-]*)[ \t]*:[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE | re.ASCII)
_PARAMETER = re.compile(r";\s*([\w-]+)\*?\s*=\s*(?:\"([^\"]*)\"|([^;\s\"]+))")
_WORD = re.compile(r"=\?([\w.*-]{1,60})\?([bBqQ])\?([^?\n]*)\?=(?:\s+(?==\?))?")
# the look-behind keeps a long run of blanks from being tried again from each of them
_FOLD = re.compile(r"(?<![ \t])[ \t]*\n[ \t\n]*")
_GUESSED_BOUNDARY = re.compile(
    rb"^--([^\s-][^\n]{0,98}|-{1,60}[^\s-][^\n]{0,80})\nContent-", re.MULTILINE | re.IGNORECASE
)
_TAG = re.compile(r"<[^<>]*>")
#: stands where a block of quoted mail was, as a line that is quoted
_QUOTE = "<br>&gt;<br>"
#: from here on nothing is the writer's: signatures and quoted mail as Gmail, Outlook, Thunderbird, Apple Mail, Yahoo
#: and Proton mark them; where no more than a block of quoted mail is announced, the writer may go on below it
_SIGNED_OR_QUOTED = re.compile(
    r"<[a-z][^<>]*(?:gmail_signature|\bid=\"?(?:x_)?(?:Signature|appendonsend|divRplyFwdMsg)\b|MsoAutoSig|_MailAutoSig"
    r"|moz-signature|AppleMailSignature|protonmail_signature"
    r"|(?:gmail_quote|moz-cite-prefix|AppleOriginalContents|yahoo_quoted|protonmail_quote)"
    rf"(?!(?:(?!<blockquote\b).){{0,800}}?{_QUOTE}))",
    re.IGNORECASE | re.DOTALL,
)
#: the innermost ones, none inside
_BLOCKQUOTE = re.compile(r"<blockquote\b[^<>]*>(?:(?!</?blockquote\b).)*</blockquote>", re.IGNORECASE | re.DOTALL)
_LINE_END_TAG = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d|/td)\b[^<>]*>", re.IGNORECASE)

_MOST_FIELDS = 1000
_MOST_PARTS = 60
_DEEPEST = 8
_LARGEST_HEADER = 262_144
_LARGEST_TEXT = 65_536
#: a registered charset that is none: slow, or not a charset of mail
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A message or one part of it."""

    #: lower-case names and values as written, folds kept as line feeds
    fields: Fields
    #: as received; below the top with line feeds only
    body: bytes
    #: content type of the multipart it stands in, empty at the top
    container: str = ""
    depth: int = 0
    #: the content type in lower case, `text/plain` if none is given (RFC 2045 section 5.2)
    type: str = field(init=False, compare=False)
    #: first value of each field
    _first: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_first", dict(reversed(self.fields)))
        # every detector asks for it
        declared = self.get("content-type").split(";", 1)[0].strip().lower()
        object.__setattr__(self, "type", declared if "/" in declared else "text/plain")

    def get(self, name: str) -> str:
        """The first value of a field, unfolded; empty if there is none."""
        value = self._first.get(name, "")
        return (_FOLD.sub(" ", value) if "\n" in value else value).strip()

    def raw(self, name: str) -> str:
        """The first value of a field with its folds; empty if there is none."""
        return self._first.get(name, "")

    def has(self, name: str) -> bool:
        """Whether the field is there, be it empty."""
        return name in self._first

    def parameter(self, name: str) -> str:
        """A parameter of the content type, lower-case names; empty if there is none."""
        value = self.get("content-type")[:4000]
        found = ((match[1].lower(), match[2] or match[3] or "") for match in _PARAMETER.finditer(value))
        return next((text for key, text in found if key == name), "")

    def content(self) -> bytes:
        """The body with its transfer encoding undone as far as it can be."""
        encoding = self.get("content-transfer-encoding").lower()
        try:
            if encoding == "base64":
                return binascii.a2b_base64(self.body)
            if encoding == "quoted-printable":
                return binascii.a2b_qp(self.body)
        except binascii.Error:
            return _as_far_as_possible(self.body)
        return self.body

    def text(self, *, quoted: bool = True) -> str:
        """The body as text, HTML without its tags; at most 64 KB of it.

        :param quoted: False leaves out what HTML itself marks as quoted or as a signature
        """
        text = (
            decoded(self.content()[:_LARGEST_TEXT], self.parameter("charset")).replace("\r\n", "\n").replace("\r", "\n")
        )
        if self.type != "text/html":
            return text
        return _plain(text if quoted else _unquoted(text))


def read_part(raw: bytes, *, container: str = "", depth: int = 0) -> Part:
    """Split bytes into header fields and body. Line ends may be CRLF, LF or CR."""
    end, begin = _blank_line(raw)
    fields = read_fields(_line_feeds(raw[: min(end, _LARGEST_HEADER)]))
    return Part(fields=fields, body=raw[begin:], container=container, depth=depth)


def _blank_line(raw: bytes) -> tuple[int, int]:
    """Where the header block ends and the body begins. Half the time of a regular expression."""
    end = begin = len(raw)
    for mark in _BLANK_LINES:
        at = raw.find(mark, 0, end + len(mark) - 1)
        if at >= 0:
            end, begin = at, at + len(mark)
    return end, begin


def read_fields(block: bytes) -> Fields:
    """The header fields in a block of lines, as written; lines that are none are passed over."""
    text = _utf8_or_latin1(block)
    return tuple((found[1].lower(), found[2]) for found in islice(_FIELD.finditer(text), _MOST_FIELDS))


def walk(part: Part) -> Iterator[Part]:
    """Every leaf of a message in order; a message inside the message is a leaf, never entered."""
    waiting = [part]
    for _ in range(_MOST_PARTS):
        if not waiting:
            return
        each = waiting.pop()
        if each.type.startswith("multipart/") and each.depth < _DEEPEST and (inside := _children(each)):
            waiting.extend(reversed(inside))
        else:
            yield each


def decoded(content: bytes, charset: str) -> str:
    """Bytes as text in a declared charset; undeclared or unknown ones are tried as UTF-8, then Latin-1."""
    try:
        if charset and codecs.lookup(charset).name not in _NO_CHARSETS:
            return content.decode(charset, "replace")
    except (LookupError, ValueError, TypeError):
        pass
    return _utf8_or_latin1(content)


def words(value: str) -> str:
    """A header value as a person reads it: encoded words undone (RFC 2047), also where the blank before is missing."""
    return _WORD.sub(_word, _FOLD.sub(" ", value[:4000])).strip()


def _children(part: Part) -> list[Part]:
    body = _line_feeds(part.body)
    boundary = part.parameter("boundary").rstrip().encode("utf-8", "replace")
    pieces = _between(body, boundary) if boundary else []
    if not pieces and (guess := _GUESSED_BOUNDARY.search(body[:_LARGEST_TEXT])):
        pieces = _between(body, guess[1].rstrip())
    return [_inner(piece, part) for piece in pieces]


def _between(body: bytes, boundary: bytes) -> list[bytes]:
    """What stands between the delimiter lines (RFC 2046 section 5.1.1); the last may lack its closing line."""
    delimiter = b"\n--" + boundary
    body = b"\n" + body
    pieces: list[bytes] = []
    start = _delimiter(body, delimiter, 0)
    while start >= 0 and len(pieces) < _MOST_PARTS:
        after = start + len(delimiter)
        if body.startswith(b"--", after):
            break
        begin = body.find(b"\n", after)
        if begin < 0:
            break
        start = _delimiter(body, delimiter, begin)
        pieces.append(body[begin + 1 : start if start >= 0 else len(body)])
    return pieces


def _delimiter(body: bytes, delimiter: bytes, at: int) -> int:
    """Where the next delimiter line begins; a longer boundary that begins alike is none."""
    found = body.find(delimiter, at)
    while found >= 0:
        rest = body[found + len(delimiter) : found + len(delimiter) + 2]
        if not rest or rest == b"--" or rest[:1] in b"\n \t":
            return found
        found = body.find(delimiter, found + 1)
    return -1


def _inner(piece: bytes, outer: Part) -> Part:
    """A part; a blank line too many before its header (seen from Dovecot) is passed over."""
    stripped = piece.lstrip(b"\n \t")
    if piece[:1] == b"\n" and stripped[:8].lower() == b"content-":
        piece = stripped
    elif piece[:1] == b"\n":
        return Part(fields=(), body=piece[1:], container=outer.type, depth=outer.depth + 1)
    return read_part(piece, container=outer.type, depth=outer.depth + 1)


def _line_feeds(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in raw else raw


def _utf8_or_latin1(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _as_far_as_possible(body: bytes) -> bytes:
    """Base64 that breaks off or carries foreign bytes: decode the whole groups at its beginning."""
    clean = re.sub(rb"[^A-Za-z0-9+/]", b"", body)
    return binascii.a2b_base64(clean[: len(clean) // 4 * 4])


def _word(found: re.Match[str]) -> str:
    charset, coding, text = found[1].split("*")[0], found[2].lower(), found[3].encode("utf-8", "replace")
    try:
        content = binascii.a2b_base64(text) if coding == "b" else binascii.a2b_qp(text, header=True)
    except binascii.Error:
        return found[0]
    return decoded(content, charset)


def _unquoted(html: str) -> str:
    text = html
    for _ in range(_DEEPEST):
        text, found = _BLOCKQUOTE.subn(_QUOTE, text)
        if not found:
            break
    return _SIGNED_OR_QUOTED.split(text, maxsplit=1)[0]


def _plain(html: str) -> str:
    text = html
    for name in ("style", "script", "head"):
        text = _without(text, name)
    return unescape(_TAG.sub("", _LINE_END_TAG.sub("\n", text)))


def _without(text: str, name: str) -> str:
    lower = text.lower()
    if len(lower) != len(text):
        return text
    begin, kept, at = lower.find(f"<{name}"), "", 0
    while begin >= 0:
        end = lower.find(f"</{name}", begin)
        kept += text[at:begin]
        at = end if end >= 0 else len(text)
        begin = lower.find(f"<{name}", at) if end >= 0 else -1
    return kept + text[at:]
