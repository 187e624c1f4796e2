"""The content of a text part: its transfer encoding and charset undone, and text put into it so that the rest stays.

Quoted-printable and unencoded content is changed in place, so that every other byte stays; base64 is written anew, in
lines as long as before.
"""

import binascii
import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.errors import CannotTrack
from connectors.mime_spans import Span

#: what programs write when they declare the narrower one
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "ascii": "ascii"}
#: letters of markup mean other things in them, so they cannot be carried byte by byte
_NO_SUPERSET = re.compile(r"utf[-_]?(?:7|16|32)|unicode|ucs|iso[-_]?2022|hz")
#: carries any bytes
_CARRIER = "latin-1"
#: octets of a line without its end (RFC 5322 section 2.1.1)
_LONGEST_LINE = 998
_QP_LINE = 72
_QP_TOKEN = re.compile(rb"=([0-9A-Fa-f]{2})|=[ \t]*\r?\n|([^=]+)|(=)")
_PLAIN_ENCODINGS = frozenset({"7bit", "8bit", "binary"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change: `text` instead of what stands from `start` up to `end`."""

    start: int
    end: int
    #: line ends as `\n`
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a text part says."""

    span: Span
    #: with its line ends as they are
    text: str
    #: name of Python's codec
    codec: str
    #: `text` is what it says; otherwise only its ASCII letters are
    is_read: bool
    raw: bytes

    def can_hold(self, text: str) -> bool:
        """Whether a text can be written in its charset and its transfer encoding."""
        if not self.is_read or self.span.encoding == "7bit":
            return text.isascii()
        try:
            text.encode(self.codec)
        except UnicodeEncodeError:
            return False
        return True


def content_of(message: bytes, span: Span) -> Content:
    """What a part says.

    :raises CannotTrack: its transfer encoding is unknown or broken, or its charset is not what it says
    """
    raw = _decoded(message[span.body : span.end], span.encoding)
    declared = span.charset
    for codec in _codecs(declared):
        if (text := _as_text(raw, codec)) is not None:
            return Content(span=span, text=text, codec=codec, is_read=True, raw=raw)
    if _NO_SUPERSET.match(declared):
        raise CannotTrack(f"its letters are not the {declared} that it says")
    return Content(span=span, text=raw.decode(_CARRIER), codec=_CARRIER, is_read=False, raw=raw)


def applied(text: str, edits: Sequence[Edit], *, end: str) -> str:
    """A text with edits made; they are in order and do not overlap.

    :param end: the line end of what is put in
    """
    done, at = [], 0
    for each in edits:
        done += [text[at : each.start], each.text.replace("\n", end)]
        at = each.end
    return "".join([*done, text[at:]])


def spliced(message: bytes, content: Content, edits: Sequence[Edit]) -> bytes:
    """The body of a part, encoded as it was, with edits made.

    :param edits: places in `content.text`, in order; each text fits the charset
    :raises CannotTrack: it cannot be done without changing something else
    """
    body, encoding = message[content.span.body : content.span.end], content.span.encoding
    end = "\n" if b"\n" in body and b"\r\n" not in body else "\r\n"
    places = [(_bytes_before(content, each.start), _bytes_before(content, each.end), each) for each in edits]
    texts = [(first, last, _encoded(each.text.replace("\n", end), content.codec)) for first, last, each in places]
    whole = _joined(content.raw, texts)
    if _as_text(whole, content.codec) != applied(content.text, edits, end=end):
        raise CannotTrack(f"text cannot be put into its {content.codec} safely")
    if encoding == "base64":
        return _base64(whole, like=body, end=end.encode())
    if encoding == "quoted-printable":
        return _joined(body, _in_quoted_printable(body, texts, end=end.encode()))
    return _in_lines(body, texts, end=end.encode())


def quoted_printable(text: bytes, *, end: bytes) -> bytes:
    """Text as quoted-printable (RFC 2045 section 6.7), its own line ends kept, no line too long."""
    lines = text.replace(b"\r\n", b"\n").split(b"\n")
    return end.join(_soft(_escaped(line), end) for line in lines)


def _codecs(declared: str) -> list[str]:
    """Python's names for a declared charset, likeliest first; none declared may be UTF-8."""
    if not declared:
        return ["utf-8"]
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):  # unknown, or no name at all
        return []
    return [name, _WIDER[name]] if name in _WIDER else [name]


def _as_text(raw: bytes, codec: str) -> str | None:
    """Bytes as text, if the text gives the same bytes again."""
    try:
        text = raw.decode(codec)
        return text if text.encode(codec) == raw else None
    except (UnicodeError, LookupError, ValueError, TypeError, AttributeError):
        return None  # or what is registered is no charset, such as `base64`


def _bytes_before(content: Content, at: int) -> int:
    return len(content.text[:at].encode(content.codec))


def _encoded(text: str, codec: str) -> bytes:
    try:
        return text.encode(codec)
    except UnicodeEncodeError as err:
        raise CannotTrack(f"what is to be put in cannot be written in {codec}") from err


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding in _PLAIN_ENCODINGS:
        return body
    if encoding == "quoted-printable":
        return b"".join(_meant(token) for token in _QP_TOKEN.finditer(body))
    if encoding != "base64":
        raise CannotTrack(f"its transfer encoding is unknown ({encoding[:40]})")
    try:
        return binascii.a2b_base64(b"".join(body.split()), strict_mode=True)
    except binascii.Error as err:
        raise CannotTrack("its base64 is broken") from err


def _meant(token: re.Match[bytes]) -> bytes:
    """What a piece of quoted-printable stands for; a stray `=` for itself."""
    if token[1]:
        return bytes([int(token[1], 16)])
    return token[2] or token[3] or b""


def _joined(body: bytes, texts: Sequence[tuple[int, int, bytes]]) -> bytes:
    done, at = [], 0
    for first, last, text in texts:
        done += [body[at:first], text]
        at = last
    return b"".join([*done, body[at:]])


def _in_quoted_printable(
    body: bytes, texts: Sequence[tuple[int, int, bytes]], *, end: bytes
) -> list[tuple[int, int, bytes]]:
    """The same edits by their places in the encoded body."""
    wanted = sorted({at for first, last, _ in texts for at in (first, last)})
    places = _places(body, wanted)
    soft = b"=" + end
    return [
        (places[first], places[last], soft + quoted_printable(text, end=end) + (b"" if text.endswith(b"\n") else soft))
        for first, last, text in texts
    ]


def _places(body: bytes, wanted: Sequence[int]) -> dict[int, int]:
    """Where in the encoded body the content's byte of each number begins."""
    places: dict[int, int] = {}
    done, left = 0, list(reversed(wanted))
    for token in _QP_TOKEN.finditer(body):
        length = len(_meant(token))
        while left and left[-1] < done + length:
            at = left.pop()
            places[at] = token.start() + (at - done if token[2] else 0)
        done += length
    return {**places, **dict.fromkeys(left, len(body))}


def _escaped(line: bytes) -> list[bytes]:
    """Each byte as it is written; a blank at the end is written out, as it would get lost."""
    signs = [bytes([each]) if 32 <= each <= 126 and each != 61 else b"=%02X" % each for each in line]
    if signs and signs[-1] == b" ":
        signs[-1] = b"=20"
    return signs


def _soft(signs: list[bytes], end: bytes) -> bytes:
    """One line of signs, broken softly where it gets too long."""
    lines, length = [b""], 0
    for sign in signs:
        if length + len(sign) > _QP_LINE:
            lines.append(b"")
            length = 0
        lines[-1] += sign
        length += len(sign)
    return (b"=" + end).join(lines)


def _base64(content: bytes, *, like: bytes, end: bytes) -> bytes:
    """In lines as long as the first was."""
    width = len(like.split(b"\n", 1)[0].strip()) // 4 * 4 or 76
    text = binascii.b2a_base64(content, newline=False)
    width = width if width <= _LONGEST_LINE else 76
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    return end.join(lines) + (end if like.endswith(b"\n") else b"")


def _in_lines(body: bytes, texts: Sequence[tuple[int, int, bytes]], *, end: bytes) -> bytes:
    """Edits in content that is not encoded; where a line would get too long, a new one begins before and after.

    :raises CannotTrack: there would still be one
    """
    done, longest = _joined(body, texts), _longest(body)
    if _longest(done) > max(longest, _LONGEST_LINE):
        done = _joined(body, [(first, last, end + text.strip() + end) for first, last, text in texts])
    if _longest(done) > max(longest, _LONGEST_LINE):
        raise CannotTrack("its lines would get longer than mail may have them")
    return done


def _longest(body: bytes) -> int:
    return max(len(line.rstrip(b"\r")) for line in body.split(b"\n"))
