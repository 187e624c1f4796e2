"""What people write themselves: answers, thanks, a calendar answer, a request to stop."""

import html
from datetime import timedelta
from email.utils import format_datetime

from sandbox.forms.occasion import Occasion
from sandbox.forms.paper import Fields, encoded, mailbox, multipart, page, part, quoted_printable
from sandbox.forms.words import WORDS


def plain_reply(occasion: Occasion) -> bytes:
    """An answer in plain text with the original quoted below it."""
    text = f"{WORDS[occasion.language].answer},\n{occasion.name}\n\n{_quoted(occasion)}"
    return _plain(occasion, text)


def html_reply(occasion: Occasion) -> bytes:
    """An answer as webmail writes it: text and HTML, the original in a blockquote."""
    words, original = WORDS[occasion.language], occasion.original
    answer = f"{words.answer},\n{occasion.name}"
    attribution = _attribution(occasion)
    boundary = f"000000000000{occasion.token(16)}"
    markup = (
        f'<div dir="ltr">{_markup(answer)}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">'
        f'{_markup(attribution)}<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex">'
        f"{_markup(original.text)}</blockquote></div>\n"
    )
    parts = (
        _text_part("plain", f"{answer}\n\n{_quoted(occasion)}"),
        _text_part("html", markup),
    )
    headers = (
        ("MIME-Version", "1.0"),
        *_threading(occasion),
        *_people(occasion, f"<CA{occasion.token(30)}@mail.gmail.com>"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    )
    return page(headers, multipart(boundary, parts))


def thanks(occasion: Occasion) -> bytes:
    """One line from a phone: References without In-Reply-To, nothing quoted."""
    threading = tuple(each for each in _threading(occasion) if each[0] == "References")
    headers = (
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "quoted-printable"),
        *_people(occasion, f"<{occasion.uuid().upper()}@{occasion.domain}>"),
        *threading,
        ("Mime-Version", "1.0 (1.0)"),
        ("X-Mailer", "iPhone Mail (21F90)"),
    )
    return page(headers, quoted_printable(WORDS[occasion.language].thanks + "\n"))


def stop(occasion: Occasion) -> bytes:
    """A person asks not to be written to again."""
    return _plain(occasion, f"{WORDS[occasion.language].stop}\n\n{occasion.name}\n")


def list_reply(occasion: Occasion, list_address: str, member: tuple[str, str]) -> bytes:
    """A member of a mailing list answers, through the list: other From, List-Id, a subject tag, a footer.

    :param list_address: the address the original went to
    :param member: name and address of who answers
    """
    words = WORDS[occasion.language]
    label, _, domain = list_address.partition("@")
    text = f"{words.answer},\n{member[0]}\n\n{_quoted(occasion)}\n-- \n{label} mailing list\n{list_address}\n"
    headers = (
        ("Date", format_datetime(occasion.at)),
        ("From", mailbox(*member)),
        ("To", list_address),
        ("Subject", encoded(f"[{label}] {words.reply}{occasion.original.subject}")),
        ("Message-ID", f"<{occasion.token(24)}@{member[1].partition('@')[2]}>"),
        *_threading(occasion),
        ("Precedence", "list"),
        ("List-Id", f"<{label}.{domain}>"),
        ("List-Post", f"<mailto:{list_address}>"),
        ("List-Unsubscribe", f"<mailto:{label}-leave@{domain}>"),
        ("Reply-To", list_address),
        ("Sender", mailbox(label, f"{label}-bounces@{domain}")),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "quoted-printable"),
    )
    return page(headers, quoted_printable(text))


def calendar_answer(occasion: Occasion) -> bytes:
    """An invitation accepted (RFC 5546 METHOD:REPLY); a program wrote it, but on a person's click."""
    original = occasion.original
    boundary = f"_000_{occasion.token(24).upper()}_"
    start = occasion.at.replace(minute=0, second=0) + timedelta(days=1)
    event = (
        "BEGIN:VCALENDAR\nPRODID:-//Example//Calendar 1.0//EN\nVERSION:2.0\nMETHOD:REPLY\nBEGIN:VEVENT\n"
        f"UID:{original.event_uid or occasion.uuid()}\nDTSTAMP:{occasion.at:%Y%m%dT%H%M%SZ}\n"
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}\nSUMMARY:{original.subject}\n"
        f"ATTENDEE;PARTSTAT=ACCEPTED;CN={occasion.name}:mailto:{occasion.writes_as}\n"
        f"ORGANIZER:mailto:{original.from_address}\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    parts = (
        _text_part("plain", f"{occasion.name} has accepted this invitation.\n"),
        part(
            (
                ("Content-Type", "text/calendar; charset=utf-8; method=REPLY"),
                ("Content-Transfer-Encoding", "quoted-printable"),
            ),
            quoted_printable(event),
        ),
    )
    headers = (
        ("From", mailbox(occasion.name, occasion.writes_as)),
        ("To", mailbox(original.from_name, original.reply_to)),
        ("Subject", encoded(f"Accepted: {original.subject}")),
        ("Date", format_datetime(occasion.at)),
        ("Message-ID", f"<calendar-{occasion.uuid()}@{occasion.domain}>"),
        *_threading(occasion),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    )
    return page(headers, multipart(boundary, parts))


def _plain(occasion: Occasion, text: str) -> bytes:
    headers = (
        *_people(occasion, f"<{occasion.uuid()}@{occasion.domain}>"),
        *_threading(occasion),
        ("MIME-Version", "1.0"),
        ("User-Agent", "Mozilla Thunderbird"),
        ("Content-Type", "text/plain; charset=UTF-8; format=flowed"),
        ("Content-Transfer-Encoding", "quoted-printable"),
    )
    return page(headers, quoted_printable(text))


def _people(occasion: Occasion, message_id: str) -> Fields:
    original, words = occasion.original, WORDS[occasion.language]
    again = original.subject.lower().startswith(words.reply.strip().lower())
    return (
        ("Message-ID", message_id),
        ("Date", format_datetime(occasion.at)),
        ("Subject", encoded(original.subject if again else words.reply + original.subject)),
        ("From", mailbox(occasion.name, occasion.writes_as)),
        ("To", mailbox(original.from_name, original.reply_to)),
    )


def _threading(occasion: Occasion) -> Fields:
    original = occasion.original
    if not original.message_id:
        return ()
    references = f"{original.references} {original.message_id}".strip()
    return (("In-Reply-To", original.message_id), ("References", references.replace(" ", "\n ")))


def _attribution(occasion: Occasion) -> str:
    return WORDS[occasion.language].wrote.format(date=occasion.original.date, name=occasion.original.from_name)


def _quoted(occasion: Occasion) -> str:
    lines = "".join(f"> {line}".rstrip() + "\n" for line in occasion.original.text.splitlines())
    return f"{_attribution(occasion)}\n\n{lines}"


def _markup(text: str) -> str:
    return html.escape(text).replace("\n", "<br>\n")


def _text_part(kind: str, text: str) -> str:
    fields = (
        ("Content-Type", f'text/{kind}; charset="UTF-8"'),
        ("Content-Transfer-Encoding", "quoted-printable"),
    )
    return part(fields, quoted_printable(text))
