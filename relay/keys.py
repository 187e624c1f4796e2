"""The key that the owner and the relay share, and what is made of it."""

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from relay.tokens import KEY_BYTES, Keys


class KeyUnusable(Exception):
    """The key file cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What both sides need."""

    #: makes and opens tokens
    tokens: Keys
    #: what the owner shows to read hits and to change anything, as `Authorization: Bearer ...`
    bearer: str


def shared(file: Path) -> Shared:
    """Read the key file: one key a line, 32 bytes as base64url. The first makes tokens and is the owner's; the
    others are earlier ones, whose tokens are still good.

    :raises KeyUnusable: it is missing or holds no such keys
    """
    try:
        lines = file.read_text("ascii").split()
        masters = [urlsafe_b64decode(line + "=" * (-len(line) % 4)) for line in lines]
    except OSError as err:
        raise KeyUnusable(f"The relay's key file {file} cannot be read: {err.strerror}.") from err
    except ValueError:
        masters = []
    if not masters or any(len(each) != KEY_BYTES for each in masters):
        raise KeyUnusable(f"The relay's key file {file} holds no keys of {KEY_BYTES} bytes, one a line.")
    return Shared(
        tokens=Keys([_derived(each, b"heardback relay tokens") for each in masters]),
        bearer=_text(_derived(masters[0], b"heardback relay bearer")),
    )


def make(file: Path) -> None:
    """Write a new key file, for the owner only; whole or not at all, whoever else is making it.

    :raises FileExistsError: there is one already
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as opened:
        opened.write(_text(os.urandom(KEY_BYTES)) + "\n")
    try:
        os.link(fresh, file)
    finally:
        fresh.unlink()


def _derived(master: bytes, purpose: bytes) -> bytes:
    return hmac.digest(master, purpose, "sha256")


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
