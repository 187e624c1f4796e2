"""How fast received mail is read, beside the standard library's parsers and what others would use.

python -m benchmarks.reading
"""

import email
import logging
import time
from base64 import encodebytes
from collections.abc import Iterator
from contextlib import suppress
from email import policy
from typing import Any

import mailparser
from flufl.bounce import all_failures

from benchmarks.figure import Figure, at_least, at_most, beside, medians, table
from evidence.read import UnreadableMessage, read_message
from tests.evidence.hostile_mail import HOSTILE

_ROUNDS = 200
_SENT = "CAF29c83ddd5b8a4ff2d11a1b0b4b5dd0@mail.example.com"


def figures() -> Iterator[Figure]:
    """Every figure of this area."""
    logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it complains of every report
    receipt, bounce, ordinary = receipt_of_9_kb(), bounce_of_9_kb(), ordinary_of_200_kb()
    median = medians(
        {
            "receipt": lambda _: read_message(receipt),
            "receipt, default": lambda _: stdlib(receipt),
            "receipt, mail-parser": lambda _: mailparser.parse_from_bytes(receipt),
            "bounce": lambda _: read_message(bounce),
            "bounce, flufl.bounce": lambda _: all_failures(email.message_from_bytes(bounce)),
            "ordinary": lambda _: read_message(ordinary),
            "ordinary, compat32": lambda _: email.message_from_bytes(ordinary),
        },
        _ROUNDS,
    )
    receipts = f"{len(receipt) / 1000:.0f} KB, {median['receipt']:.0f} µs"
    yield at_least(
        "classify and extract a 9 KB receipt, against the standard library's parse with `policy=default`",
        median["receipt, default"] / median["receipt"],
        5,
        " times as fast",
        note=receipts,
    )
    yield beside("the same, against mail-parser's parse", median["receipt, mail-parser"] / median["receipt"], " times")
    yield beside(
        "read a 9 KB delivery report, against flufl.bounce's scan and parse",
        median["bounce, flufl.bounce"] / median["bounce"],
        " times",
        note="flufl.bounce tells the failed addresses only",
    )
    yield at_least(
        "an ordinary message of 200 KB dismissed, against a full compat32 parse",
        median["ordinary, compat32"] / median["ordinary"],
        20,
        " times as fast",
        note=f"{median['ordinary']:.0f} µs",
    )
    name, spent = worst_hostile()
    yield at_most(
        "CPU for the dearest of all hostile mails of a megabyte",
        spent * 1000,
        100,
        " ms",
        note=f"{len(HOSTILE)} tricks; {name}",
    )


def worst_hostile() -> tuple[str, float]:
    """The hostile mail that takes longest to read, and its CPU seconds: the best of five tries each."""
    spent = {}
    for name, raw in HOSTILE.items():
        tries = []
        for _ in range(5):
            begun = time.process_time()
            with suppress(UnreadableMessage):
                read_message(raw, in_thread=True)
            tries.append(time.process_time() - begun)
        spent[name] = min(tries)
    return max(spent.items(), key=lambda each: each[1])


def stdlib(raw: bytes) -> list[str]:
    """Parse as the library proposes it, and look at what a receipt is told by."""
    message = email.message_from_bytes(raw, policy=policy.default)
    found = [str(message[name]) for name in ("From", "Date", "Subject", "Message-ID", "References")]
    for part in message.walk():
        if part.get_content_type() == "message/disposition-notification":
            fields: Any = part.get_payload(0)
            found += [str(fields[name]) for name in ("Final-Recipient", "Original-Message-ID", "Disposition")]
    return found


def receipt_of_9_kb() -> bytes:
    """A receipt as it comes through two organisations: trace fields, a page of text, the fields, the headers."""
    fields = (
        "Reporting-UA: mail.example.org; Thunderbird 128\r\nFinal-Recipient: rfc822;reader@example.org\r\n"
        f"Original-Message-ID: <{_SENT}>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n"
    )
    return _report("disposition-notification", "Return Receipt (displayed) - Letter", fields)


def bounce_of_9_kb() -> bytes:
    """A delivery report of the same size and kind."""
    fields = (
        "Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: rfc822;reader@example.org\r\nAction: failed\r\n"
        "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
    )
    return _report("delivery-status", "Undelivered Mail Returned to Sender", fields)


def ordinary_of_200_kb() -> bytes:
    """A letter with an attachment, in no known thread."""
    attachment = encodebytes(bytes(range(256)) * 567).replace(b"\n", b"\r\n").decode()
    return (
        f"{_trace()}From: A Reader <reader@example.org>\r\nTo: me@example.com\r\nSubject: Minutes of Monday\r\n"
        "Message-ID: <a1@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/plain\r\n\r\nSee the attachment.\r\n\r\n"
        "--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{attachment}\r\n--b--\r\n"
    ).encode()


def _report(kind: str, subject: str, fields: str) -> bytes:
    words = "This report tells what became of your message; it cannot tell whether its text was understood.\r\n"
    return (
        f"{_trace()}From: reader@example.org\r\nTo: me@example.com\r\nSubject: {subject}\r\n"
        f"Message-ID: <r1@example.org>\r\nReferences: <{_SENT}>\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: multipart/report; report-type={kind}; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{words * 35}\r\n"
        f"--b\r\nContent-Type: message/{kind}\r\n\r\n{fields}\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{_trace()}From: me@example.com\r\nTo: reader@example.org\r\n"
        f"Subject: Letter\r\nMessage-ID: <{_SENT}>\r\n\r\n--b--\r\n"
    ).encode()


def _trace() -> str:
    """What servers write on a message they pass on."""
    signature = encodebytes(bytes(range(256))).decode().replace("\n", "\r\n ").strip()
    received = "".join(
        f"Received: from mail-{hop}.example.org (mail-{hop}.example.org [203.0.113.{hop}])\r\n"
        f" by mx-{hop}.example.net with ESMTPS id {hop:016x}\r\n for <me@example.com>; "
        f"Mon, 04 May 2026 08:00:{hop:02d} +0000\r\n"
        for hop in range(9, 0, -1)
    )
    return (
        f"{received}DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=a;\r\n b={signature}\r\n"
        f"ARC-Message-Signature: i=1; a=rsa-sha256; d=example.net;\r\n b={signature}\r\n"
        "Date: Mon, 04 May 2026 08:00:00 +0000\r\n"
    )


if __name__ == "__main__":
    print(table(figures()))
