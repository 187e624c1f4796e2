"""What reads bytes from outside, each as a function that takes any and must not raise, and what it is fed first."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from connectors import compose, envelope, html_alternative, tracked
from connectors.disclosure import wordings
from connectors.errors import CannotTrack, MalformedMail
from evidence.part import read_part, walk
from evidence.read import UnreadableMessage, read_message

SAMPLES = tuple(each.read_bytes() for each in sorted((Path(__file__).parents[1] / "data").glob("*/*.eml")))

_NOW = datetime(2026, 3, 4, tzinfo=UTC)
_HEAD = b"From: rita@reader.example\nTo: sam@sender.example\nSubject: Re: x\nDate: Tue, 3 Mar 2026 10:00:00 +0000\n"
_REPORT = _HEAD + b"Content-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/"
_PLAN = tracked.Plan(
    wording=wordings()["de"],
    opt_out="https://relay.example/o/T",
    pixel="https://relay.example/p/T.gif",
    view="https://relay.example/v/T#K",
)
_CHARSETS = (b"", b"utf-8", b"iso-2022-jp", b"utf-7", b"hz", b"gb18030", b"utf-16", b"shift_jis", b"punycode", b"zip")


def message(raw: bytes) -> None:
    """A whole mail."""
    with suppress(UnreadableMessage):
        read_message(raw, in_thread=True, own=frozenset({"sam@sender.example"}))


def receipt(raw: bytes) -> None:
    """The fields of a receipt."""
    message(_REPORT + b"disposition-notification\n\n" + raw)


def delivery(raw: bytes) -> None:
    """The fields of a delivery report, and what comes back with it."""
    message(_REPORT + b"delivery-status\n\n" + raw)


def bounce(raw: bytes) -> None:
    """The text of a mail server's own notice."""
    message(_HEAD.replace(b"rita", b"mailer-daemon").replace(b"Re: x", b"failure notice") + b"\n" + raw)


def tnef(raw: bytes) -> None:
    """What Exchange and Outlook wrap."""
    message(_HEAD + b"Content-Type: application/ms-tnef\n\n" + raw)


def signed(raw: bytes) -> None:
    """Signed data (S/MIME) with a message or a receipt in it."""
    message(_HEAD + b"Content-Type: application/pkcs7-mime\n\n" + raw)


def html(raw: bytes) -> None:
    """An answer in HTML, in a charset that the first byte chooses."""
    charset = _CHARSETS[raw[0] % len(_CHARSETS)] if raw else b""
    message(_HEAD + b"In-Reply-To: <a@b>\nContent-Type: text/html; charset=" + charset + b"\n\n" + raw[1:])


def absence(raw: bytes) -> None:
    """The text of an automatic answer, where a day of return is looked for."""
    message(_HEAD + b"Auto-Submitted: auto-replied\n\n" + raw)


def headers(raw: bytes) -> None:
    """Headers as a provider hands them over."""
    lines = [line.partition(":") for line in raw.decode("utf-8", "surrogateescape").split("\n")]
    pairs = [(name, value) for name, _, value in lines]
    known = {"account": "gmail:sam@sender.example", "provider_id": "p", "thread_id": "t"}
    envelope.sent_item(pairs, sent_at=_NOW, **known)
    envelope.arrival(pairs, provider_id="p", thread_id="t", received_at=_NOW)


def letter(raw: bytes) -> None:
    """A mail that is to leave."""
    with suppress(MalformedMail):
        compose.recipients(raw)
        ready = compose.prepare(raw, sender="sam@sender.example", tag="tag", receipt=True, now=_NOW)
        compose.with_recipients(ready, ["rita@reader.example"], from_headers=True)


def composed(raw: bytes) -> None:
    """A mail that is to be tracked."""
    with suppress(CannotTrack):
        taken = tracked.letter(raw)
        taken.tracked(_PLAN)
        taken.copy(_PLAN.wording, opt_out=_PLAN.opt_out)
    with suppress(CannotTrack):
        html_alternative.with_page(raw)


READERS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each
    for each in (message, receipt, delivery, bounce, tnef, signed, html, absence, headers, letter, composed)
}

_PARTS = {
    "receipt": "message/disposition-notification",
    "delivery": "message/delivery-status",
    "tnef": "application/ms-tnef",
    "signed": "application/pkcs7-mime",
}


def seeds(name: str) -> Iterator[bytes]:
    """What a reader is fed first: the samples, or the parts of them that are of its kind."""
    for sample in SAMPLES:
        whole = read_part(sample)
        if name in ("message", "headers", "letter", "composed"):
            yield sample
        elif name in _PARTS:
            yield from (part.content() for part in walk(whole) if part.type == _PARTS[name])
        else:
            yield from (part.content() for part in walk(whole) if part.type.startswith("text/"))
