"""Bounces without a standard report: qmail, Exim, old Postfix and Sendmail, Exchange 5.5, Domino, IMail and others."""

import re
from dataclasses import replace

from evidence import normal
from evidence.letter import Letter
from evidence.model import Action, Evidence, Grade, Kind
from evidence.phrases import ANSWER_PREFIX
from evidence.returned import returned_header, said
from evidence.server_phrases import BELOW, DELAYED, FAILED, GAVE_UP
from evidence.status import in_plain_words

#: in this order: what a server names as failed, before what it merely mentions
_NAMES_FAILED = (
    re.compile(r"^[ \t]*\"?<([^<>\s]+@[^<>\s]+)>\"?[ \t]*:?", re.MULTILINE),
    re.compile(r"^(?:[ \t]+\"?|\")([^\s<>\"]+@[^\s<>\":;,]+)\"?[ \t]*(?::|on |$|\()?", re.MULTILINE),
    re.compile(
        r"\b(?:user|userid|address|recipient|account|undeliverable|failed|delivered|deliver(?: message)?|attempts"
        r"|affected|reached|rcpt to|mailbox)\b\s*(?:\(s\))?(?:to)?\s*:?\s*(?:=SMTP=)?\"?<?"
        r"([^\s<>\"';,=()]+@[^\s<>\"';,()]+)",
        re.IGNORECASE,
    ),
    re.compile(r"=SMTP=([^\s<>;]+@[^\s<>;]+)", re.IGNORECASE),
    re.compile(r"^\"?<?([^\s<>\":;,=]+@[^\s<>\":;,]+)>?\"?[ \t]*(?::| on | - | Invalid|$)", re.MULTILINE),
    re.compile(r"<([^<>\s]+@[^<>\s]+)>"),
    re.compile(r"([^\s<>\"';:,=()\[\]]+@[^\s<>\"';:,()\[\]]+)"),
)
_REPLY_CODE = re.compile(r"(?<![\d.])(?:[45]\.\d{1,3}\.\d{1,3}|[45]\d\d[ -])")
_STATUS = re.compile(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.])")
_MENTIONED = re.compile(
    r"^.*(?:assistance|contact|postmaster|administrator|support|mail from|message-id|original sender|from:|please send)"
    r".*$",
    re.IGNORECASE | re.MULTILINE,
)
_LONGEST_SAID = 8000
_MOST_RECIPIENTS = 50


def read_bounce(letter: Letter) -> tuple[Evidence, ...] | None:
    """One piece of evidence for each address a server gives up on; None if the message is no bounce.

    The sender must be a mail system, by name or by an empty envelope sender, and say in one of many languages that it
    could not deliver, or return the message. It is less sure than a standard report: the rule's name says so.
    """
    if not _may_be_bounce(letter):
        return None
    words = said(letter.text)[:_LONGEST_SAID]
    rule = _rule(letter, words)
    if rule is None:
        return None
    action = _action(letter, words)
    header = returned_header(letter)
    named = normal.message_id(header.raw("message-id")) if header else None
    status = _STATUS.search(words)
    read = replace(
        letter.evidence(Kind.DELIVERY, Grade.NONE, rule=rule, why=_why(action, words)),
        action=action,
        status=status[0] if status else None,
        original_message_id=named,
    )
    failed = _failed(letter, words) or _only_recipient(normal.addresses(header.raw("to")) if header else ())
    if rule == "bounce-gateway" and not (failed or header or letter.has_null_sender):
        return None  # about something else that failed
    if not failed:
        return (replace(read, recipient=None, aliases=()),)
    return tuple(replace(read, recipient=each, aliases=(each,)) for each in failed[:_MOST_RECIPIENTS])


def _rule(letter: Letter, words: str) -> str | None:
    if letter.part.has("x-failed-recipients"):
        return "x-failed-recipients"
    complains = bool(FAILED.search(words))
    announced = bool(FAILED.search(letter.subject) or DELAYED.search(letter.subject))
    shown = bool(_REPLY_CODE.search(words)) or _returns_message(letter)
    is_answer = bool(ANSWER_PREFIX.match(letter.subject))
    if _is_by_system(letter) and (shown if is_answer else complains or announced or shown):
        return "bounce"
    # some gateways write under a person's or a group's address: then subject, text and content must all say so
    told = complains and (announced or (letter.has_null_sender and not letter.replied_to))
    return "bounce-gateway" if told and shown and not is_answer else None


def _may_be_bounce(letter: Letter) -> bool:
    """By its header alone, so that ordinary mail is never taken apart."""
    if _is_by_system(letter) or letter.part.has("x-failed-recipients"):
        return True
    if ANSWER_PREFIX.match(letter.subject):
        return False
    return letter.has_null_sender or bool(FAILED.search(letter.subject[:200]))


def _is_by_system(letter: Letter) -> bool:
    return letter.is_from_mail_system or (letter.sender is None and letter.has_null_sender)


def _returns_message(letter: Letter) -> bool:
    returned = any(part.type in {"message/rfc822", "text/rfc822-headers"} for part in letter.parts)
    return returned or bool(BELOW.search(letter.text))


def _action(letter: Letter, words: str) -> Action:
    if GAVE_UP.search(words):
        return Action.FAILED
    if DELAYED.search(letter.subject) or DELAYED.search(words):
        return Action.DELAYED
    return Action.FAILED


def _why(action: Action, words: str) -> str:
    reason = in_plain_words("", words)
    what = "that it could not deliver the message" if action is Action.FAILED else "that delivery is still being tried"
    return f"a mail server returned a notice in its own form {what}" + (f": {reason}" if reason else "")


def _failed(letter: Letter, words: str) -> tuple[str, ...]:
    """The addresses the server names; its own, the reader's, and those to ask for help are none."""
    if letter.part.has("x-failed-recipients"):
        return normal.addresses(letter.part.raw("x-failed-recipients"))
    others = {*normal.addresses(letter.part.raw("to")), letter.sender or ""}
    for pattern in _NAMES_FAILED:
        found = (normal.address(each[1]) for each in pattern.finditer(_MENTIONED.sub("", words)))
        failed = tuple(dict.fromkeys(each for each in found if each and each not in others))
        if failed:
            return failed
    return ()


def _only_recipient(recipients: tuple[str, ...]) -> tuple[str, ...]:
    return recipients if len(recipients) == 1 else ()
