"""What every form is written from: the letter it answers, who writes, when, and a seeded source of its ids."""

import random
import uuid
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sandbox.forms.original import Original


class Language(StrEnum):
    """What the correspondent's program is set to."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One letter that reached one person, at the moment something is written about it."""

    original: Original
    #: envelope sender of the letter: where servers and vacation programs write to (RFC 3834 section 4)
    envelope_sender: str
    #: the address the letter was sent to
    reader: str
    #: the address the person's program writes as; differs from `reader` if that is an alias
    writes_as: str
    #: the person's name
    name: str
    #: aware, UTC: the moment of writing
    at: datetime
    #: aware, UTC: when the letter came in
    arrived_at: datetime
    #: the only source of ids and boundaries
    chance: random.Random
    language: Language = Language.ENGLISH
    #: Exchange search key of the letter, base64; known only inside one organisation
    search_key: str = ""

    @property
    def domain(self) -> str:
        """The domain the person's mail server serves."""
        return self.writes_as.rpartition("@")[2]

    @property
    def host(self) -> str:
        """The person's mail server."""
        return f"mail.{self.domain}"

    def token(self, digits: int = 16) -> str:
        """A fresh hexadecimal token."""
        return f"{self.chance.getrandbits(digits * 4):0{digits}x}"

    def uuid(self) -> str:
        """A fresh random UUID."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))


def ip_of(domain: str) -> str:
    """The address of a domain's server: always the same, in a documentation range (RFC 5737)."""
    return f"203.0.113.{zlib.crc32(domain.encode()) % 250 + 2}"
