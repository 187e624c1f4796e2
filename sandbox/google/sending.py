"""What Gmail does to a message on its way out: new Message-ID, true From, Bcc only on the kept copy."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, formataddr, parseaddr
from random import Random

from sandbox.google.message import addresses, crlf, first_header, read_headers
from sandbox.google.refusal import invalid
from sandbox.post import Letter

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=_-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who an account may write as."""

    #: lower-case
    address: str
    #: lower-case, verified send-as addresses
    aliases: tuple[str, ...]
    #: display name
    name: str

    def owns(self, address: str) -> bool:
        """It is the address, an alias, or either with a `+` tag."""
        local, _, domain = address.lower().partition("@")
        return bool({address.lower(), f"{local.split('+')[0]}@{domain}"} & {self.address, *self.aliases})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message ready to leave."""

    #: the copy that stays, with Bcc
    kept: bytes
    #: labels of that copy: mail to oneself is the same message in SENT and INBOX
    labels: tuple[str, ...]
    #: what goes to others; None if only the sender gets it
    letter: Letter | None


def prepare(mime: bytes, identity: Identity, chance: Random, now: datetime) -> Outgoing:
    """Make the kept copy and the letter from what the person wrote.

    :raises Refusal: 400, nobody to send it to
    """
    mime = crlf(mime)
    headers = read_headers(mime)
    everyone = addresses(headers, "to", "cc", "bcc")
    if not everyone:
        raise invalid("Recipient address required")
    written = parseaddr(first_header(headers, "From"))
    fresh: dict[str, str | None] = {"Message-ID": new_message_id(chance)}
    if written[1].lower() not in (identity.address, *identity.aliases):
        # Gmail puts the account in place of an address that is not verified for it
        written = (written[0] or identity.name, identity.address)
        fresh["From"] = formataddr(written)
    if not first_header(headers, "Date"):
        fresh["Date"] = format_datetime(now)
    kept = with_headers(mime, fresh)
    others = tuple(each for each in everyone if not identity.owns(each))
    to_oneself = len(others) < len(everyone)
    letter = Letter(mime=with_headers(kept, {"Bcc": None}), sender=written[1].lower(), recipients=others, sent_at=now)
    return Outgoing(
        kept=kept, labels=("UNREAD", "SENT", "INBOX") if to_oneself else ("SENT",), letter=letter if others else None
    )


def new_message_id(chance: Random) -> str:
    """An id as Gmail makes them: `<CA…@mail.gmail.com>`."""
    return f"<CA{''.join(chance.choices(_ALPHABET, k=48))}@mail.gmail.com>"


def with_headers(mime: bytes, fresh: dict[str, str | None]) -> bytes:
    """The message with these headers in place of those of the same name; None only removes. All else stays as it is."""
    head, blank, body = mime.partition(b"\r\n\r\n")
    names = "|".join(re.escape(name) for name in fresh).encode()
    pattern = rb"(?im)^(?:" + names + rb")[ \t]*:.*(?:\r\n[ \t].*)*(?:\r\n|\Z)"
    rest = re.sub(pattern, b"", head).rstrip(b"\r\n")
    added = "".join(f"{name}: {value}\r\n" for name, value in fresh.items() if value is not None).encode()
    return added + rest + (blank or b"\r\n\r\n") + body
