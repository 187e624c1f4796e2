"""Messages in the form of a report or an answer that speak about no sent mail."""

import re

from evidence.letter import Letter
from evidence.model import Evidence

_METHOD = re.compile(r"^METHOD:\s*(\w+)", re.MULTILINE | re.IGNORECASE)
#: methods of RFC 5546 by which a calendar, not a person, speaks
_ANSWERS = frozenset({"reply", "counter", "declinecounter", "cancel", "refresh"})
_COMPLAINTS = frozenset({"message/feedback-report", "message/rfc822-feedback"})


def read_lookalike(letter: Letter) -> tuple[Evidence, ...] | None:
    """() for abuse and DMARC reports (RFC 5965, RFC 6591), AS2 traffic and answers to invitations; else None.

    An answer to an invitation (`METHOD:REPLY`, RFC 5546) is a click in a calendar, made by programs too; it is no
    reading of the mail it stands in a thread with.
    """
    part = letter.part
    if any(name.startswith(("as2-", "ediint-")) for name, _ in part.fields):
        return ()
    if part.type == "multipart/report" and part.parameter("report-type").lower() in {"feedback-report", "tlsrpt"}:
        return ()
    if part.type == "multipart/report":
        return () if any(each.type in _COMPLAINTS for each in letter.parts) else None
    return () if letter.may_hold(b"text/calendar") and _is_calendar_answer(letter) else None


def _is_calendar_answer(letter: Letter) -> bool:
    calendars = [each for each in letter.parts if each.type == "text/calendar"]
    declared = {each.parameter("method").lower() for each in calendars}
    written = {found[1].lower() for each in calendars if (found := _METHOD.search(each.text()[:4000]))}
    return bool((declared | written) & _ANSWERS)
