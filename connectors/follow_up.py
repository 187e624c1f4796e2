"""The text of a follow-up: pure. Which words it has in which language stands in `follow_ups.toml`."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from hashlib import blake2s
from importlib.resources import files

from connectors import disclosure
from evidence import normal
from evidence.model import Recipient, SentItem

_RE = "Re: "


@cache
def templates() -> Mapping[str, str]:
    """Ours, by language; English among them."""
    table = tomllib.loads(files("connectors").joinpath("follow_ups.toml").read_text("utf-8"))
    return {language: words["text"].strip() + "\n" for language, words in table.items()}


def text_for(declared: str, words: str, *, quoted: str = "", template: str = "") -> str:
    """What the follow-up to a mail says, in the language of that mail as far as it can be told.

    :param declared: language tags of the mail (RFC 5646); may be empty
    :param words: what the person wrote in it
    :param quoted: what else stands in it, which tells the language where their own words are too few
    :param template: the person's own text, for every language; empty for ours
    """
    beside = disclosure.wording_for("", quoted, otherwise="en").language
    language = disclosure.wording_for(declared, words, otherwise=beside).language
    return template or templates().get(language, templates()["en"])


def subject_of(item: SentItem) -> str:
    """The subject of an answer to a mail; one that is an answer already keeps it."""
    subject = " ".join(item.subject.split())
    return subject if subject.lower().startswith(_RE.lower()) else _RE + subject


def message(item: SentItem, *, to: Sequence[Recipient], text: str, now: datetime) -> bytes:
    """A follow-up to a sent mail as RFC 5322 bytes, which names it so that it joins its thread (section 3.6.4)."""
    mail = EmailMessage(policy=SMTP)
    mail["Date"] = format_datetime(normal.utc(now))
    mail["From"] = item.sender
    for name in ("To", "Cc"):
        people = [_addressee(each) for each in to if each.field == name.lower()]
        if people:
            mail[name] = people
    mail["Subject"] = subject_of(item)
    if item.message_ids:
        mail["In-Reply-To"] = f"<{item.message_ids[0]}>"
        # what the mail itself answers is kept with the nearest first
        ancestors = (*item.answers[1:], *item.answers[:1], item.message_ids[0])
        mail["References"] = " ".join(f"<{each}>" for each in ancestors)
    mail.set_content(text)
    return mail.as_bytes()


def fingerprint(text: str) -> str:
    """What tells these words from others, however they are spaced, without holding them."""
    words = text.split()
    return f"{len(words)}-{blake2s(' '.join(words).encode()).hexdigest()}"


def begins_so(text: str, words: str) -> bool:
    """Whether a text begins with the words of this fingerprint."""
    count = int(words.partition("-")[0])
    return fingerprint(" ".join(text.split()[:count])) == words


def _addressee(recipient: Recipient) -> Address:
    name = " ".join(recipient.name.split())
    local, _, domain = recipient.address.rpartition("@")
    return Address(display_name=name, username=local, domain=domain)
