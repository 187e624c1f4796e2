"""Opaque S/MIME: the message inside signed data (RFC 8551, RFC 5652), and signed receipts (RFC 2634).

No signature is checked: evidence is judged by what it says and whom it comes from, signed or not.
"""

from dataclasses import dataclass, replace

from evidence.letter import Letter
from evidence.model import Disposition, Evidence, Grade, Kind, Mode
from evidence.part import Part, read_part

_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_NAMES = (".p7m", ".p7r")
_MOST_WRAPPINGS = 3
#: programs write pieces of a kilobyte or more; what hostile mail cuts smaller is not put together
_MOST_PIECES = 10_000

_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_RECEIPT = bytes.fromhex("2a864886f70d0109100101")
_SEQUENCE, _SET, _OID, _INTEGER, _OCTETS, _OCTETS_IN_PIECES, _EXPLICIT = 0x30, 0x31, 0x06, 0x02, 0x04, 0x24, 0xA0


class _Broken(ValueError):
    """The bytes are not the structure that was looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Element:
    """One element of ASN.1 in BER (X.690)."""

    tag: int
    begin: int
    #: None where the length is indefinite: it ends with two zero bytes
    end: int | None


def opened(part: Part) -> Part:
    """The message with its own header and the content that was signed; the same message if it is not so wrapped.

    Encrypted content stays closed: only the reader's key opens it.
    """
    for _ in range(_MOST_WRAPPINGS):
        content = _signed_content(part)
        if content is None or content[0] == _RECEIPT:
            return part
        inner = read_part(content[1])
        kept = tuple(field for field in part.fields if not field[0].startswith("content-"))
        part = replace(part, fields=(*kept, *(each for each in inner.fields if each[0].startswith("content-"))))
        part = replace(part, body=inner.body)
    return part


def read_signed_receipt(letter: Letter) -> tuple[Evidence, ...] | None:
    """A signed receipt (RFC 2634 section 2); None if it is none.

    The reader's program makes it when it has checked the signature of the message, which Outlook does on opening it. It
    holds no Message-ID, only the signer's own mark: the In-Reply-To around it, or the thread, leads to the message.
    """
    content = _signed_content(letter.part)
    if content is None or content[0] != _RECEIPT:
        return None
    read = letter.evidence(
        Kind.RECEIPT,
        Grade.STRONG,
        rule="smime-receipt",
        why="the recipient's mail program opened the message and returned a signed receipt for it",
    )
    return (replace(read, disposition=Disposition.DISPLAYED, mode=Mode.UNKNOWN),)


def _signed_content(part: Part) -> tuple[bytes, bytes] | None:
    """The type and bytes of what was signed; None if the part is no signed data."""
    if part.type not in _TYPES and not (part.type == "application/octet-stream" and _is_named(part)):
        return None
    try:
        return _encapsulated(part.content())
    except (_Broken, IndexError):
        return None


def _is_named(part: Part) -> bool:
    named = part.parameter("name").lower() or part.get("content-disposition").lower().rstrip('"; ')
    return named.endswith(_NAMES)


def _encapsulated(data: bytes) -> tuple[bytes, bytes]:
    """ContentInfo, SignedData, EncapsulatedContentInfo (RFC 5652 sections 3, 5.1, 5.2)."""
    at = _enter(data, 0, _SEQUENCE)
    kind, at = _value(data, at, _OID)
    if kind != _SIGNED_DATA:
        raise _Broken
    at = _enter(data, _enter(data, at, _EXPLICIT), _SEQUENCE)
    _, at = _value(data, at, _INTEGER)
    _, at = _value(data, at, _SET)
    kind, at = _value(data, _enter(data, at, _SEQUENCE), _OID)
    return kind, _octets(data, _enter(data, at, _EXPLICIT))


def _element(data: bytes, at: int) -> _Element:
    tag, first = data[at], data[at + 1]
    if first < 0x80:
        return _Element(tag=tag, begin=at + 2, end=at + 2 + first)
    if first == 0x80:
        return _Element(tag=tag, begin=at + 2, end=None)
    size = first & 0x7F
    if size > 4:
        raise _Broken
    begin = at + 2 + size
    return _Element(tag=tag, begin=begin, end=begin + int.from_bytes(data[at + 2 : begin], "big"))


def _enter(data: bytes, at: int, tag: int) -> int:
    """Where the content of an element begins."""
    element = _element(data, at)
    if element.tag != tag:
        raise _Broken
    return element.begin


def _value(data: bytes, at: int, tag: int) -> tuple[bytes, int]:
    """The content of a plain element, and where the next begins."""
    element = _element(data, at)
    if element.tag != tag or element.end is None:
        raise _Broken
    return data[element.begin : element.end], element.end


def _octets(data: bytes, at: int) -> bytes:
    """An octet string, whole or in the pieces that programs write which sign while sending (X.690 section 8.7)."""
    element = _element(data, at)
    if element.tag == _OCTETS and element.end is not None:
        return data[element.begin : element.end]
    if element.tag != _OCTETS_IN_PIECES:
        raise _Broken
    pieces: list[bytes] = []
    at, end = element.begin, len(data) if element.end is None else min(element.end, len(data))
    while at < end and data[at] == _OCTETS and len(pieces) < _MOST_PIECES:
        piece, at = _value(data, at, _OCTETS)
        pieces.append(piece)
    return b"".join(pieces)
