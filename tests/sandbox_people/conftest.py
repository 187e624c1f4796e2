"""A post office with the cast behind it, and one sender whose mailbox keeps what comes back."""

from collections.abc import Iterable
from datetime import timedelta
from email import message_from_bytes
from email.message import Message

import pytest

from sandbox.clock import Clock
from sandbox.people import EVERYBODY, Cast, Correspondent, Habit
from sandbox.post import Letter, PostOffice

ANA = "ana@ana-mail.example"


class Town:
    """The cast, and Ana who writes to it."""

    def __init__(self, people: Iterable[Correspondent] = EVERYBODY, seed: int = 1) -> None:
        self.clock = Clock()
        self.post = PostOffice(self.clock, seed)
        self.cast = Cast(
            self.post,
            people,
            domains=["ana-mail.example"],
            search_key={"<one@mail.gmail.com>": b"sixteen bytes..."}.get,
        )
        self.back: list[Letter] = []
        self.post.register(ANA, self.keep)

    def keep(self, letter: Letter, _: str) -> None:
        """What a door does with a letter."""
        self.back.append(letter)

    def write(
        self,
        to: str,
        *,
        headers: str = f"Disposition-Notification-To: {ANA}\r\n",
        message_id: str = "<one@mail.gmail.com>",
        sender: str = ANA,
        extra_recipients: tuple[str, ...] = (),
        days: float = 14,
    ) -> list[Letter]:
        """Send one letter, let time pass, and give back what came."""
        mime = original(to, headers=headers, message_id=message_id)
        recipients = (to.rpartition("<")[2].rstrip(">"), *extra_recipients)
        self.post.send(Letter(mime=mime, sender=sender, recipients=recipients, sent_at=self.clock.now()))
        self.clock.advance(timedelta(days=days))
        return self.back

    def deeds(self) -> list[str]:
        """What was done, without times."""
        return [deed.what for deed in self.cast.story()]


def original(to: str, *, headers: str = "", message_id: str = "<one@mail.gmail.com>") -> bytes:
    """A letter of Ana's."""
    naming = f"Message-ID: {message_id}\r\n" if message_id else ""
    return (
        f"From: Ana Lima <{ANA}>\r\nTo: {to}\r\nSubject: =?utf-8?q?Angebot_=E2=80=93_2026?=\r\n"
        f"Date: Mon, 04 May 2026 08:00:00 +0000\r\n{naming}{headers}MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\nPlease find the offer attached.\r\nAna\r\n"
    ).encode()


def report_groups(mime: bytes, *kinds: str) -> list[Message]:
    """The field groups of the report parts of these types."""
    found: list[Message] = []
    for part in message_from_bytes(mime).walk():
        groups = part.get_payload()
        if part.get_content_type() in kinds and isinstance(groups, list):
            found += [group for group in groups if isinstance(group, Message)]
    return found


def somebody(habit: Habit) -> Correspondent:
    """The first of the default cast with a habit."""
    return next(person for person in EVERYBODY if person.habit is habit)


@pytest.fixture
def town() -> Town:
    """The default cast."""
    return Town()
