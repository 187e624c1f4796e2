"""What a program says while its owner is away."""

from datetime import date
from email.utils import format_datetime

from sandbox.forms.occasion import Occasion
from sandbox.forms.paper import encoded, mailbox, page, quoted_printable
from sandbox.forms.words import WORDS


def exchange_away(occasion: Occasion, back: date) -> bytes:
    """Exchange's automatic reply: `auto-generated`, and a request not to be answered by other programs.

    :param back: the first day the person is there again; named in the text only
    """
    original, words = occasion.original, WORDS[occasion.language]
    headers = (
        ("From", mailbox(occasion.name, occasion.writes_as)),
        ("To", mailbox(original.from_name, occasion.envelope_sender)),
        ("Subject", encoded(words.automatic_reply + original.subject)),
        ("Thread-Topic", encoded(original.subject)),
        ("Date", format_datetime(occasion.at)),
        ("Message-ID", f"<{occasion.token(32)}@EXCH02.{occasion.domain}>"),
        *((("In-Reply-To", original.message_id),) if original.message_id else ()),
        *((("References", original.message_id),) if original.message_id else ()),
        ("X-MS-Has-Attach", ""),
        ("X-Auto-Response-Suppress", "All"),
        ("X-MS-Exchange-Inbox-Rules-Loop", occasion.writes_as),
        ("X-MS-TNEF-Correlator", ""),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Type", 'text/plain; charset="utf-8"'),
        ("Content-Transfer-Encoding", "quoted-printable"),
        ("MIME-Version", "1.0"),
    )
    return page(headers, _text(occasion, back))


def vacation(occasion: Occasion, back: date) -> bytes:
    """The form of RFC 3834, as a Sieve vacation script (RFC 5230) sends it."""
    original, words = occasion.original, WORDS[occasion.language]
    headers = (
        ("X-Sieve", "Pigeonhole Sieve 0.5.19"),
        (
            "Message-ID",
            f"<dovecot-sieve-{int(occasion.at.timestamp())}-{occasion.chance.randrange(10**6)}-0@{occasion.host}>",
        ),
        ("Date", format_datetime(occasion.at)),
        ("From", mailbox(occasion.name, occasion.writes_as)),
        ("To", f"<{occasion.envelope_sender}>"),
        ("Subject", encoded(f"{words.automatic_reply.strip()} {original.subject}")),
        *((("In-Reply-To", original.message_id),) if original.message_id else ()),
        *((("References", f"{original.references} {original.message_id}".strip()),) if original.message_id else ()),
        ("Auto-Submitted", "auto-replied (vacation)"),
        ("Precedence", "bulk"),
        ("X-Auto-Response-Suppress", "All"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "quoted-printable"),
    )
    return page(headers, _text(occasion, back))


def bare_vacation(occasion: Occasion, back: date) -> bytes:
    """An old vacation program: nothing marks it but its words and its null envelope sender; no Auto-Submitted."""
    original, words = occasion.original, WORDS[occasion.language]
    headers = (
        ("From", mailbox(occasion.name, occasion.writes_as)),
        ("To", occasion.envelope_sender),
        ("Subject", encoded(f"{words.automatic_reply.strip()} {original.subject}")),
        ("Date", format_datetime(occasion.at)),
        ("Message-Id", f"<{occasion.at:%Y%m%d%H%M}.{occasion.token(8)}@{occasion.host}>"),
        *((("In-Reply-To", original.message_id),) if original.message_id else ()),
        ("Precedence", "junk"),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "quoted-printable"),
    )
    return page(headers, _text(occasion, back))


def _text(occasion: Occasion, back: date) -> str:
    words = WORDS[occasion.language]
    return quoted_printable(words.away.format(day=words.date(back)) + f"\n\n{occasion.name}\n")
