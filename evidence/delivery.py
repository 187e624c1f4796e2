"""Delivery reports (RFC 3464, internationalised RFC 6533): what mail servers say, recipient by recipient."""

import re
from dataclasses import replace

from evidence import normal
from evidence.bounce import read_bounce
from evidence.challenge import is_challenge
from evidence.letter import Letter
from evidence.model import Action, Evidence, Grade, Kind
from evidence.part import Fields, Part, read_fields, read_part
from evidence.returned import returned_id
from evidence.status import CODE, in_plain_words

_REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RECIPIENT_FIELDS = frozenset({"final-recipient", "original-recipient"})
_ORIGINAL_IDS = frozenset({"x-original-message-id", "original-message-id", "message-id"})
_BLOCKS = re.compile(rb"\n[ \t]*\n")
#: a gateway (Proofpoint Essentials) encodes the fields about each recipient by themselves
_ENCODED = re.compile(
    rb"^content-transfer-encoding: base64\n(?:content-length: \d+\n)?\n((?:[A-Za-z0-9+/=]{4,100}\n)+)",
    re.MULTILINE | re.IGNORECASE,
)

_SENTENCES = {
    Action.FAILED: "a mail server reports that it could not deliver the message",
    Action.DELAYED: "a mail server reports that delivery is delayed and still being tried",
    Action.DELIVERED: "a mail server reports that the message was put into the mailbox, which says nothing of reading",
    Action.RELAYED: "a mail server reports that it passed the message on to one that reports no further",
    Action.EXPANDED: "a mail server reports that the message was passed on to several addresses",
    Action.UNKNOWN: "a mail server reports about delivery without saying what became of the message",
}


def read_delivery(letter: Letter) -> tuple[Evidence, ...] | None:
    """One piece of evidence for each recipient of a delivery report; None if it is none.

    A delivery report has no field for the id of the message; it is taken from the returned header. An auto-reply
    wrapped as a report (maildrop) names no Reporting-MTA, which is required (section 2.2.2), and speaks for its own
    sender: it is left to the rule for auto-replies.
    """
    if not letter.may_hold(b"delivery-status"):
        return None
    told = letter if _reports(letter) else _passed_on(letter)
    blocks = [block for part in _reports(told) for block in _groups(part)] if told else []
    if told is None and letter.is_from_mail_system:
        told, blocks = letter, fields_in_text(letter)
    if told is None or not blocks or _is_wrapped_auto_reply(letter, blocks) or _is_challenge(letter):
        return None
    named = returned_id(told) or _original_id(told)
    found = tuple(_evidence(letter, block, named) for block in blocks)
    says_nothing = all(each.recipient is None and each.action is Action.UNKNOWN for each in found)
    # the fields about the recipients were lost; the text may still tell
    return (read_bounce(letter) if says_nothing else None) or found


def fields_in_text(letter: Letter) -> list[Part]:
    """The fields about each recipient where they stand in the text: a gateway took the parts' borders away."""
    groups = _groups(Part(fields=(), body=letter.text.encode()))
    return [each for each in groups if each.has("action") and (_RECIPIENT_FIELDS & {name for name, _ in each.fields})]


def reported_action(action: str, status: str = "") -> Action:
    """The Action field; also forms such as `failure` and `expired`; a missing one is told by the status."""
    word = action.lower().strip()
    for each in (Action.FAILED, Action.DELAYED, Action.DELIVERED, Action.RELAYED, Action.EXPANDED):
        if word[:5] == each[:5]:
            return each
    if word.startswith(("fail", "expired", "bounced", "reject")):
        return Action.FAILED
    found = CODE.search(status)
    return {"5": Action.FAILED, "4": Action.DELAYED, "2": Action.DELIVERED}[found[1]] if found else Action.UNKNOWN


def _reports(letter: Letter) -> list[Part]:
    return [part for part in letter.parts if part.type in _REPORTS and _stands_for_itself(letter, part)]


def _stands_for_itself(letter: Letter, part: Part) -> bool:
    """Not a report that a person passes on as a loose attachment."""
    by_system = letter.is_from_mail_system or letter.has_null_sender or letter.sender is None
    return by_system or part.container in {"", "multipart/report"}


def _original_id(letter: Letter) -> str | None:
    """The id of the message among the fields of the report, where Gmail writes it; others do without the `X-`.

    Behind a damaged boundary the returned header stands among them too.
    """
    fields = (name_and_value for part in _reports(letter) for name_and_value in read_fields(part.content()[:65_536]))
    return next((normal.message_id(value) for name, value in fields if name in _ORIGINAL_IDS), None)


def _groups(part: Part) -> list[Part]:
    """The fields about each recipient. Blank lines are not trusted: a second Final-Recipient begins a new group."""
    unified = part.content()[:262_144].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    unified = _ENCODED.sub(lambda found: _decoded(found[1]) + b"\n\n", unified)
    groups: list[Part] = []
    for block in _BLOCKS.split(unified)[:500]:
        groups.extend(Part(fields=fields, body=b"") for fields in _split(read_fields(block)))
    recipients = [each for each in groups if each.has("final-recipient") or each.has("original-recipient")]
    acting = [each for each in groups if each.has("action") and each not in recipients]
    return recipients or acting or groups[:1]


def _decoded(block: bytes) -> bytes:
    return Part(fields=(("content-transfer-encoding", "base64"),), body=block).content()


def _split(fields: Fields) -> list[Fields]:
    pieces: list[list[tuple[str, str]]] = [[]]
    for name, value in fields:
        if name in _RECIPIENT_FIELDS and any(earlier == name for earlier, _ in pieces[-1]):
            pieces.append([])
        pieces[-1].append((name, value))
    return [tuple(piece) for piece in pieces if piece]


def _is_wrapped_auto_reply(letter: Letter, blocks: list[Part]) -> bool:
    about_itself = all(normal.address(block.raw("final-recipient")) == letter.sender for block in blocks)
    names_server = any(
        b"reporting-mta" in part.content()[:4096].lower() for part in letter.parts if part.type in _REPORTS
    )
    return letter.submitted.startswith("auto-replied") and about_itself and not names_server


def _is_challenge(letter: Letter) -> bool:
    """A filter that asks the sender to confirm himself in the form of a failed delivery (Boxbe)."""
    return not letter.is_from_mail_system and is_challenge(letter)


def _evidence(letter: Letter, block: Part, named: str | None) -> Evidence:
    action = reported_action(block.get("action"), block.get("status"))
    found = CODE.search(block.get("status")) or CODE.search(block.get("diagnostic-code"))
    status = found[0] if found else None
    troubled = action in {Action.FAILED, Action.DELAYED}
    reason = in_plain_words(status or "", block.get("diagnostic-code")) if troubled else ""
    addresses = [
        normal.address(block.raw(name)) for name in ("final-recipient", "original-recipient", "x-actual-recipient")
    ]
    read = letter.evidence(
        Kind.DELIVERY, Grade.NONE, rule="dsn", why=_SENTENCES[action] + (f": {reason}" if reason else "")
    )
    return replace(
        read,
        recipient=next(filter(None, addresses), None),
        aliases=tuple(dict.fromkeys(each for each in addresses if each)),
        action=action,
        status=status,
        original_message_id=named,
    )


def _passed_on(letter: Letter) -> Letter | None:
    """A report that a mail gateway returned inside a notice of its own (TrendMicro around Mirapoint)."""
    if not letter.is_from_mail_system:
        return None
    for part in letter.parts:
        if part.type == "message/rfc822":
            inner = Letter(read_part(part.content().lstrip(b"\r\n \t")))
            if inner.part.type == "multipart/report" and inner.is_from_mail_system:
                return inner
    return None
