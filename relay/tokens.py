"""What stands in the addresses of tracked mail: opaque, authenticated, expiring tokens.

The owner makes them, the relay opens them, both with the same key. Nobody else can read, change or make one: it is
AES-256-GCM (NIST SP 800-38D) over a handful of bytes, whose tag OpenSSL compares in constant time. Inside stand ids
that only the owner can turn back into mail and people, and for a link its target: the relay redirects to nothing else.

    text    = base64url(version ‖ nonce(12) ‖ AES-GCM(body, associated data: version))
    body    = kind(1) ‖ expiry(4, Unix seconds) ‖ id(12) ‖ number of readers(1) ‖ readers(8 each) ‖ target (UTF-8)
"""

import hmac
import os
import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evidence.model import HitKind

#: the first byte of every token; another layout gets another number, and the old one is still read
VERSION = b"\1"
KEY_BYTES = 32
#: characters of a token; longer ones are not looked at (a target of 2,000 characters fits)
LONGEST = 3_000
#: recipients of one message that share its tokens
MOST_READERS = 40

_NONCE_BYTES = 12
_ID_BYTES = 12
_READER_BYTES = 8
_HEAD = struct.Struct(f">BI{_ID_BYTES}sB")
_CODES = {HitKind.PIXEL: 1, HitKind.LINK: 2, HitKind.VIEW: 3, HitKind.OPT_OUT: 4}
_KINDS = {code: kind for kind, code in _CODES.items()}
#: what may go into a Location header: an absolute web address in ASCII, nothing that could end the line
_TARGET = re.compile(r"https?://[\x21-\x7e]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a token says to the relay."""

    kind: HitKind
    #: names one image, link or page of one message, to the owner only; made by `new_id`
    id: str
    #: who may have been sent it, each made by `reader_id`; once one of them opts out it records nothing
    readers: tuple[str, ...] = ()
    #: aware; from then on it records nothing
    expires: datetime
    #: `link` only: where it leads, an absolute http or https address in ASCII
    target: str = ""


class Keys:
    """Makes and opens tokens."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        """Take the keys, 32 bytes each: the first makes tokens, all of them open them, so that a key can be changed.

        :raises ValueError: there is none, or one has another length
        """
        if not secrets or any(len(each) != KEY_BYTES for each in secrets):
            raise ValueError(f"a relay needs keys of {KEY_BYTES} bytes")
        self._ciphers = [AESGCM(each) for each in secrets]

    def seal(self, token: Token) -> str:
        """The text that stands in an address; another one each time.

        :raises ValueError: the target is no web address, there are too many readers, or it gets too long
        """
        if (token.kind is HitKind.LINK) != bool(_TARGET.fullmatch(token.target)):
            raise ValueError("a link token takes an absolute http or https address in ASCII, other tokens take none")
        if len(token.readers) > MOST_READERS:
            raise ValueError(f"a token takes {MOST_READERS} readers at most")
        expiry = int(token.expires.timestamp())
        body = _HEAD.pack(_CODES[token.kind], expiry, _raw(token.id, _ID_BYTES), len(token.readers))
        body += b"".join(_raw(each, _READER_BYTES) for each in token.readers) + token.target.encode("ascii")
        nonce = os.urandom(_NONCE_BYTES)
        text = _text(VERSION + nonce + self._ciphers[0].encrypt(nonce, body, VERSION))
        if len(text) > LONGEST:
            raise ValueError(f"a token takes {LONGEST} characters at most; the target is too long")
        return text

    def open(self, text: str) -> Token | None:
        """What a token says; None for everything that was not made with one of the keys, whatever is wrong with it."""
        if len(text) > LONGEST:
            return None
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            return None
        # The decoder overlooks stray characters and spare bits: only the one spelling that was made is good.
        if raw[:1] != VERSION or _text(raw) != text:
            return None
        body = self._body(raw[1 : 1 + _NONCE_BYTES], raw[1 + _NONCE_BYTES :])
        return _token(body) if body else None

    def _body(self, nonce: bytes, sealed: bytes) -> bytes | None:
        for cipher in self._ciphers:
            try:
                return cipher.decrypt(nonce, sealed, VERSION)
            except (InvalidTag, ValueError):  # ValueError: a nonce cut short
                continue
        return None


def new_id() -> str:
    """A fresh id of 96 random bits; the owner remembers what it names."""
    return _text(os.urandom(_ID_BYTES))


def reader_id(secret: bytes, address: str) -> str:
    """The name of a reader that only the owner can turn back into an address.

    :param secret: the owner's own, 32 random bytes; never given to the relay, which could try addresses with it
    :param address: normalised
    """
    return _text(hmac.digest(secret, address.encode(), "sha256")[:_READER_BYTES])


def is_reader_id(text: str) -> bool:
    """Whether it has the form that `reader_id` gives."""
    return _has_form(text, _READER_BYTES)


def is_token_id(text: str) -> bool:
    """Whether it has the form that `new_id` gives."""
    return _has_form(text, _ID_BYTES)


def _token(body: bytes) -> Token:
    code, expiry, own, count = _HEAD.unpack_from(body)
    start, end = _HEAD.size, _HEAD.size + count * _READER_BYTES
    return Token(
        kind=_KINDS[code],
        id=_text(own),
        readers=tuple([_text(body[at : at + _READER_BYTES]) for at in range(start, end, _READER_BYTES)]),
        expires=datetime.fromtimestamp(expiry, UTC),
        target=body[end:].decode("ascii"),
    )


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _raw(text: str, length: int) -> bytes:
    if not _has_form(text, length):
        raise ValueError(f"{text!r} is no id of {length} bytes")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _has_form(text: str, length: int) -> bool:
    return re.fullmatch(rf"[A-Za-z0-9_-]{{{-(-length * 4 // 3)}}}", text) is not None
