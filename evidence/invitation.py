"""Answers to invitations (iTIP, RFC 5546): a click on the invitation, made by a person or by their calendar."""

import re
from dataclasses import replace

from evidence import normal
from evidence.letter import Letter
from evidence.model import Evidence, Grade, Kind

_METHOD = re.compile(r"^METHOD:\s*(\w+)", re.MULTILINE | re.IGNORECASE)
_FOLD = re.compile(r"\n[ \t]")
_ATTENDEE = re.compile(r"^ATTENDEE\b([^\n]*)$", re.MULTILINE | re.IGNORECASE)
_STATE = re.compile(r";PARTSTAT=\"?([A-Z-]+)", re.IGNORECASE)
_KIND = re.compile(r";CUTYPE=\"?([A-Z-]+)", re.IGNORECASE)
_ADDRESS = re.compile(r":mailto:([^\s;\"<>]+@[^\s;\"<>]+)", re.IGNORECASE)

#: methods that answer an invitation (RFC 5546 sections 3.2.3, 3.2.7)
_ANSWERS = frozenset({"reply", "counter"})
#: methods by which calendars speak to each other, saying nothing of a reader
_ORGANISING = frozenset({"declinecounter", "cancel", "refresh"})
#: PARTSTAT (RFC 5545 section 3.2.12); `NEEDS-ACTION` says that nobody did anything
_DID = {
    "accepted": "accepted the invitation",
    "declined": "declined the invitation",
    "tentative": "accepted the invitation tentatively",
    "delegated": "passed the invitation on",
}
_BOOKED = frozenset({"room", "resource"})
_LARGEST = 65_536

_DOUBT = "the calendar of a room or device answered by itself"


def read_invitation_answer(letter: Letter) -> tuple[Evidence, ...] | None:
    """What an answer to an invitation says; () for other calendar traffic; None if it is none.

    Who accepts or declines has nearly always seen the invitation. Yet some let an assistant or a setting of the
    calendar do it, and nothing in the answer tells, so it is graded `fair`: probably read, never read.
    Rooms and devices answer by themselves and count for nothing.
    """
    if not letter.may_hold(b"text/calendar"):
        return None
    calendars = [each for each in letter.parts if each.type == "text/calendar"]
    methods = {method for each in calendars if (method := _method(each.parameter("method"), each.text()[:4000]))}
    if methods & _ANSWERS:
        text = _FOLD.sub("", "\n".join(each.text()[:_LARGEST] for each in calendars[:3]))
        return _answer(letter, text, proposes="counter" in methods)
    return () if methods & _ORGANISING else None


def invitation_answer(letter: Letter, did: str, *, attendee: str | None = None, is_booked: bool = False) -> Evidence:
    """The evidence of one answer.

    :param did: what the answering one did, as `accepted the invitation`
    :param attendee: normalised; None: the sender
    """
    read = letter.evidence(
        Kind.INVITATION,
        Grade.NONE if is_booked else Grade.FAIR,
        rule="invitation-answer",
        why=_DOUBT if is_booked else f"the recipient {did}",
    )
    aliases = tuple(dict.fromkeys(each for each in (attendee, letter.sender) if each))
    doubt = read.doubt or (_DOUBT if is_booked else "")
    return replace(read, recipient=attendee or letter.sender, aliases=aliases, doubt=doubt)


def _answer(letter: Letter, text: str, *, proposes: bool) -> tuple[Evidence, ...]:
    """One answer names one attendee; a list of them is no answer of one person."""
    attendees = _ATTENDEE.findall(text)
    state = _STATE.search(attendees[0]) if len(attendees) == 1 else None
    did = "proposed another time" if proposes else _DID.get(state[1].lower(), "") if state else ""
    if not did or letter.is_own:
        return ()
    named = _ADDRESS.search(attendees[0]) if attendees else None
    kind = _KIND.search(attendees[0]) if attendees else None
    is_booked = kind is not None and kind[1].lower() in _BOOKED
    return (invitation_answer(letter, did, attendee=normal.address(named[1]) if named else None, is_booked=is_booked),)


def _method(declared: str, text: str) -> str:
    written = _METHOD.search(text)
    return (declared or (written[1] if written else "")).lower()
