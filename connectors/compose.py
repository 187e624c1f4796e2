"""Makes a message ready to leave: pure, no provider, no network. The body's bytes are never touched.

Header lines are put in and taken out as text, so that signed and encrypted mail stays what it was.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from connectors import envelope
from connectors.errors import MalformedMail
from evidence import normal
from evidence.model import Recipient

RECEIPT_HEADER = "Disposition-Notification-To"

#: other ways of asking for a receipt; a second address in any of them keeps readers from answering (RFC 8098 2.1)
_RIVALS = frozenset({"x-confirm-reading-to", "return-receipt-to", "read-receipt-to"})
_RECIPIENT_FIELDS = ("to", "cc", "bcc")

# the end of the header block: an empty line
_BLANK_LINE = re.compile(rb"\r?\n\r?\n|\A\r?\n")
# one header with its folded lines (RFC 5322 section 2.2)
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)")
_TAG = re.compile(r"[A-Za-z0-9._-]{1,64}")
# an address that needs no quoting, so that none can smuggle in a second one
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_PLAIN_ID = re.compile(r"<[!-;=?-~]+@[!-;=?-~]+>")


def prepare(
    message: bytes, *, sender: str, tag: str, receipt: bool, now: datetime, message_id: str | None = None
) -> bytes:
    """The message with all it needs to leave: Date, From and Message-ID if missing, our mark, the receipt request.

    A request that is in it already is replaced when one is wanted, and left as written when none is.

    :param message: RFC 5322 bytes, line ends LF or CRLF; new lines end as the others do
    :param sender: bare address of the envelope sender; receipts must be asked for to this very address, or readers
        do not answer by themselves (RFC 8098 section 2.1)
    :param tag: our mark: letters, digits, `.`, `_`, `-`, at most 64
    :param now: aware; the Date, if it has none
    :param message_id: with brackets, used if it has none; unless given, one made of the tag, so that what an earlier
        try left behind can be found by it
    :raises MalformedMail: the message cannot be sent as it is
    """
    _require(_PLAIN_ADDRESS, sender, "the sender's address")
    _require(_TAG, tag, "the tag")
    own_id = message_id or identity(tag, sender)
    _require(_PLAIN_ID, own_id, "the Message-ID")
    fields, rest = split(message)
    present = {name for name, _ in fields}
    wanted = {"Date": format_datetime(normal.utc(now)), "From": sender, "Message-ID": own_id}
    added = [(name, value) for name, value in wanted.items() if name.lower() not in present]
    dropped = {envelope.TAG_HEADER.lower()}
    if receipt:
        added.append((RECEIPT_HEADER, sender))
        dropped |= {RECEIPT_HEADER.lower(), *_RIVALS}
    added.append((envelope.TAG_HEADER, tag))
    return _joined([field for field in fields if field[0] not in dropped], added, rest, end=_line_end(message))


def identity(tag: str, sender: str) -> str:
    """The Message-ID, with brackets, of a message that left without one under this tag."""
    return f"<{tag}@{sender.rpartition('@')[2]}>"


def with_recipients(message: bytes, given: Iterable[str], *, from_headers: bool) -> bytes:
    """The message with exactly the recipients that a sendmail command line asks for.

    A provider delivers to whom the headers name. So given addresses the headers lack become a Bcc; and without
    `from_headers`, where the given addresses alone are meant, an address that stands only in the headers is refused
    rather than sent to.

    :param given: addresses from the command line
    :param from_headers: `sendmail -t`: those in To, Cc and Bcc as well
    :raises MalformedMail: nobody to send to, an address that is none, or one that would get mail it is not meant for
    """
    fields, rest = split(message)
    asked = [_given(each) for each in given]
    named = [person.address for person in recipients(message)]
    if any(name.startswith("resent-") for name, _ in fields):
        raise MalformedMail("Resent mail cannot be sent: a provider would deliver it to the first recipients again.")
    surplus = [] if from_headers else [address for address in named if address not in asked]
    if surplus:
        raise MalformedMail(
            f"The headers name {', '.join(surplus[:3])}, who is not among the recipients given; "
            "a provider delivers to everybody in To, Cc and Bcc. Use -t, or take the address out."
        )
    hidden = [address for address in dict.fromkeys(asked) if address not in named]
    if not named and not hidden:
        raise MalformedMail("Nobody to send to: To, Cc and Bcc are empty and no recipient was given.")
    if not hidden:
        return message
    end = _line_end(message)
    folded = f",{end.decode()} ".join(hidden)
    return _joined(fields, [("Bcc", folded)], rest, end=end)


def for_one(message: bytes, recipient: Recipient) -> bytes:
    """The message as one to this recipient alone, whom it names in To; it gets an identity of its own.

    :raises MalformedMail: the address cannot be written in a header
    """
    fields, rest = split(message)
    kept = [field for field in fields if field[0] not in (*_RECIPIENT_FIELDS, "message-id")]
    _require(_PLAIN_ADDRESS, recipient.address, "a recipient's address")
    return _joined(kept, [("To", formataddr((recipient.name, recipient.address)))], rest, end=_line_end(message))


def simple_mail(*, sender: str, to: str, subject: str, text: str, now: datetime, about: str = "") -> bytes:
    """A plain mail a program writes, such as a reminder to oneself; it asks nobody for anything.

    `prepare` completes it. It says that it is automatic, so that no vacation program answers (RFC 3834 section 5;
    MS-OXCMAIL for X-Auto-Response-Suppress).

    :param about: Message-ID of a mail whose thread it joins, if its subject is that of an answer (RFC 5322 3.6.4)
    """
    mail = EmailMessage(policy=SMTP)
    mail["Date"] = format_datetime(normal.utc(now))
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = envelope.decoded(subject)
    if about:
        mail["In-Reply-To"] = f"<{about}>"
        mail["References"] = f"<{about}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(text)
    return mail.as_bytes()


def recipients(message: bytes) -> tuple[Recipient, ...]:
    """Whom the headers name, each once."""
    fields, _ = split(message)
    return envelope.deduped(
        person
        for wanted in _RECIPIENT_FIELDS
        for name, line in fields
        if name == wanted
        for person in envelope.addressees(name, _value(line))
    )


def header(message: bytes, name: str) -> str:
    """The value of the first header of that name, unfolded; empty if there is none."""
    fields, _ = split(message)
    return next((_value(line) for each, line in fields if each == name.lower()), "")


def split(message: bytes) -> tuple[list[tuple[str, bytes]], bytes]:
    """The header fields, each as lower-case name and whole text, and everything from the empty line on.

    :raises MalformedMail: no header block, a line in it that is no header, a NUL, letters outside ASCII in a header
    """
    if b"\0" in message:
        raise MalformedMail("The message holds a NUL byte; mail may not (RFC 5322). Is it the right file?")
    message = message.removeprefix(b"\xef\xbb\xbf")
    if message.startswith(b"From "):  # a mailbox file's separator line
        message = message.partition(b"\n")[2]
    gap = _BLANK_LINE.search(message)
    head, rest = (message[: gap.start()], message[gap.start() :]) if gap else (message.rstrip(b"\r\n"), b"")
    fields = list(_fields(head))
    if not fields:
        raise MalformedMail('The message has no headers; it must begin with lines such as "To: you@example.com".')
    return fields, rest


def _fields(head: bytes) -> Iterator[tuple[str, bytes]]:
    at, line = 0, 1
    while at < len(head):
        field = _FIELD.match(head, at)
        if not field:
            raise MalformedMail(
                f'Line {line} of the headers is no header ("Name: value"); '
                "is the empty line between headers and text missing?"
            )
        if not field.group().isascii():
            raise MalformedMail(
                f"Line {line} ({field.group(1).decode()}) has letters outside ASCII; "
                "they must be written as encoded words (RFC 2047), as every mail program does."
            )
        if b"\r" in field.group().replace(b"\r\n", b"").removesuffix(b"\r"):
            raise MalformedMail(f"Line {line} of the headers holds a bare carriage return.")
        yield field.group(1).decode().lower(), field.group().rstrip(b"\r\n")
        at, line = field.end(), line + field.group().count(b"\n")


def _joined(fields: list[tuple[str, bytes]], added: list[tuple[str, str]], rest: bytes, *, end: bytes) -> bytes:
    lines = [line for _, line in fields] + [f"{name}: {value}".encode("ascii") for name, value in added]
    return end.join(lines) + (rest or end + end)


def _line_end(message: bytes) -> bytes:
    return b"\r\n" if message.partition(b"\n")[0].endswith(b"\r") else b"\n"


def _value(line: bytes) -> str:
    return re.sub(r"\r?\n", "", line.decode("ascii").partition(":")[2]).strip()


def _given(address: str) -> str:
    bare = normal.address(address)
    if not bare or not _PLAIN_ADDRESS.fullmatch(bare):
        raise MalformedMail(f"{address!r} is no mail address that can be sent to.")
    return bare


def _require(form: re.Pattern[str], value: str, what: str) -> None:
    if not form.fullmatch(value):
        raise MalformedMail(f"{value!r} cannot be used as {what}.")
