"""Receipts (message disposition notifications): RFC 8098 with its forerunners 3798 and 2298, and RFC 6533."""

import re
from collections.abc import Iterable
from dataclasses import replace

from evidence import normal
from evidence.letter import Letter
from evidence.model import Action, Disposition, Evidence, Grade, Kind, Mode
from evidence.part import Part, read_fields, read_part
from evidence.phrases import ANSWER_PREFIX
from evidence.returned import returned_id

_REPORTS = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
_REPORT_TYPES = frozenset({"disposition-notification", "global-disposition-notification"})
_FIELDS = frozenset({"disposition", "final-recipient", "original-recipient", "original-message-id", "reporting-ua"})
_COMMENT = re.compile(r"\([^()]*\)")
_TYPE_WORD = re.compile(r"\b(?:displayed|deleted|dispatched|processed|denied|failed)\b")
_INDENT = re.compile(rb"^[ \t]+", re.MULTILINE)
_BLOCKS = re.compile(rb"\n[ \t]*\n")

_SENTENCES = {
    Disposition.DISPLAYED: "the recipient's mail program reports that the message was displayed",
    Disposition.DELETED: "the recipient's mail program reports that the message was deleted, perhaps unseen",
    Disposition.DISPATCHED: "the recipient's mail program reports that the message was passed on, not shown",
    Disposition.PROCESSED: "the recipient's mail program reports that a rule or robot handled the message",
    Disposition.DENIED: "the recipient refused to send a receipt",
    Disposition.FAILED: "the recipient's mail program reports that it failed to make a receipt",
    Disposition.UNKNOWN: "it has the form of a receipt but does not say what became of the message",
}


def read_receipts(letter: Letter) -> tuple[Evidence, ...] | None:
    """Every receipt in a message, one for each original message it names; None if it is no receipt.

    Accepted where it was seen in the wild: fields in base64 or quoted-printable, folded ids, blank lines before the
    fields, fields among the MIME header of the part (a Direct agent), fields only in a text part, several reports or
    several ids in one mail (Delta Chat), a report that a gateway wrapped or signed. A receipt inside a forwarded
    message does not count. AS2 receipts (RFC 4130) have the same form and are no mail receipts: they give ().
    """
    told, blocks = letter, _blocks(letter) if letter.may_hold(b"disposition-notification") else None
    if blocks is None and (inner := _passed_on(letter)):
        told, blocks = inner, _blocks(inner)
    if blocks is None:
        return None
    if any(_is_as2(told, block) for block in blocks):
        return ()
    return tuple(each for block in blocks for each in _evidence(letter, block, told))


def reported_disposition(text: str) -> Disposition:
    """The type word of a Disposition field (RFC 8098 section 3.2.6), modifiers and comments dropped."""
    words = _COMMENT.sub("", text).lower().rpartition(";")[2].replace(",", "/").split("/")
    word = "".join(words[0].split())
    if word in set(Disposition):
        return Disposition(word)
    stray = _TYPE_WORD.search(text.lower())
    return Disposition(stray[0]) if stray else Disposition.UNKNOWN


def reported_mode(text: str) -> Mode:
    """Who decided to send the receipt. Thunderbird's automatic ones say `manual-action/MDN-sent-automatically`."""
    mode = text.lower().partition(";")[0].rpartition("/")[2]
    if "automatic" in mode:
        return Mode.AUTOMATIC
    return Mode.MANUAL if "manual" in mode else Mode.UNKNOWN


def _blocks(letter: Letter) -> list[Part] | None:
    """The groups of report fields in a message, None if it carries no report."""
    wanted = letter.part.parameter("report-type").lower() in _REPORT_TYPES
    reports = [part for part in letter.parts if part.type in _REPORTS and _stands_for_itself(letter, part)]
    if not reports and wanted:
        reports = [part for part in letter.parts if _looks_like_report(part)]
    if reports:
        return [block for part in reports for block in _groups(part)]
    # cut off or damaged, but it says of itself what it is
    return [Part(fields=(), body=b"")] if wanted else None


def _stands_for_itself(letter: Letter, part: Part) -> bool:
    """Not one that a person forwarded as a loose attachment.

    Outside multipart/report only a report about its own sender is taken (a gateway or list rewrote the container).
    """
    if part.container in {"", "multipart/report"}:
        return True
    final = normal.address(dict(_plain_fields(part)).get("final-recipient"))
    return final is not None and final == letter.sender and not letter.subject.lower().startswith(("fw", "re:"))


def _passed_on(letter: Letter) -> Letter | None:
    """A report that a mail gateway attached to a notice of its own, under the reader's name and the report's subject.

    Somebody who forwards a receipt does so under another name, or with the prefix of a forward.
    """
    if letter.part.type != "multipart/mixed" or not letter.may_hold(b"message/rfc822"):
        return None
    attached = (read_part(part.content().lstrip(b"\r\n \t")) for part in letter.parts if part.type == "message/rfc822")
    for inner in (Letter(each) for each in attached if each.type == "multipart/report"):
        same_subject = inner.subject and letter.subject.endswith(inner.subject)
        if inner.sender == letter.sender and same_subject and not ANSWER_PREFIX.match(letter.subject):
            return inner
    return None


def _looks_like_report(part: Part) -> bool:
    names = {name for name, _ in _plain_fields(part)}
    return "disposition" in names and len(names & _FIELDS) > 1 and not part.type.startswith("message/rfc822")


def _plain_fields(part: Part) -> tuple[tuple[str, str], ...]:
    return (*read_fields(_unified(part)), *part.fields)


def _groups(part: Part) -> list[Part]:
    """One group of fields for each report in the part; usually one, whatever blank lines stand in it."""
    blocks = [read_fields(block) for block in _BLOCKS.split(_unified(part))]
    told = [Part(fields=fields, body=b"") for fields in blocks if any(name == "disposition" for name, _ in fields)]
    if len(told) > 1:
        return told
    return [Part(fields=_plain_fields(part), body=b"")]


def _unified(part: Part) -> bytes:
    """The fields' lines with line feeds; a program that indents all of them is forgiven."""
    lines = part.content()[:65_536].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return lines if b"\ndisposition" in b"\n" + lines.lower() else _INDENT.sub(b"", lines)


def _is_as2(letter: Letter, block: Part) -> bool:
    """EDI receipts: AS2 header fields, a message digest, or partners named by no mail address."""
    if any(name.startswith(("as2-", "ediint-")) for name, _ in letter.part.fields) or block.has("received-content-mic"):
        return True
    final = block.get("final-recipient")
    return bool(final) and "@" not in final and reported_disposition(block.get("disposition")) in {
        Disposition.PROCESSED,
        Disposition.FAILED,
    }  # fmt: skip


def _evidence(letter: Letter, block: Part, told: Letter) -> Iterable[Evidence]:
    said = block.get("disposition")
    disposition = reported_disposition(said)
    final, original = normal.address(block.raw("final-recipient")), normal.address(block.raw("original-recipient"))
    rejected = _is_rejection(letter, final, disposition) or block.has("action")
    proves = disposition is Disposition.DISPLAYED and not rejected
    read = letter.evidence(
        Kind.RECEIPT,
        Grade.STRONG if proves else Grade.NONE,
        rule="mdn-rejection" if rejected else "mdn",
        why="a mail server rejected the message, in the form of a receipt" if rejected else _SENTENCES[disposition],
    )
    read = replace(
        read,
        recipient=final or original or letter.sender,
        aliases=tuple(dict.fromkeys(each for each in (original, final, letter.sender) if each)),
        disposition=disposition,
        mode=reported_mode(said),
        action=Action.FAILED if rejected else None,
        correlation_key=read.correlation_key or block.get("x-msexch-correlation-key") or None,
        program=normal.program(block.raw("reporting-ua").rpartition(";")[2]) or read.program,
        doubt=read.doubt or ("" if said else "the report names no disposition"),
    )
    for named in _ids(block) or (returned_id(told),):
        yield replace(read, original_message_id=named)


def _ids(block: Part) -> tuple[str, ...]:
    """Original-Message-ID, and the further ids that Delta Chat acknowledges in the same report."""
    raw = block.raw("original-message-id")
    first = normal.message_ids(raw) if raw.count("<") > 1 else tuple(filter(None, (normal.message_id(raw),)))
    return tuple(dict.fromkeys((*first, *normal.message_ids(block.raw("additional-message-ids")))))


def _is_rejection(letter: Letter, final: str | None, disposition: Disposition) -> bool:
    """A mail server turned the message away (Dovecot quota, Sieve reject: RFC 5429 section 2.1.1): nobody saw it."""
    if disposition is Disposition.DISPLAYED:
        return False
    if "reject" in letter.submitted:
        return True
    return (
        letter.is_from_mail_system
        and disposition in {Disposition.DELETED, Disposition.FAILED}
        and final != letter.sender
    )
