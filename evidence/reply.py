"""Human replies: a person wrote back, which proves more than any receipt. And those who ask to be left alone."""

from dataclasses import replace

from evidence import normal
from evidence.letter import Letter
from evidence.model import Evidence, Grade, Kind
from evidence.phrases import ANSWER_PREFIX, AUTO_REPLY_TITLE, FORWARD_PREFIX, READ_SUBJECT, STOP
from evidence.returned import returned_header
from evidence.server_phrases import DELAYED, FAILED
from evidence.wording import own_words, quotes

_LONGEST_STOP = 400
#: a Thread-Index longer than its head says that the mail answers or forwards one (MS-OXOMSG 2.2.1.3)
_THREAD_HEAD = 22
_WHY = {
    "list-reply": "a person answered through a mailing list",
    "quoting-reply": "a person answered, quoting the mail without naming it",
}


def read_reply(letter: Letter) -> tuple[Evidence, ...] | None:
    """A person's answer; None for everything else.

    It names an earlier message in In-Reply-To or References (RFC 5322 section 3.6.4), or stands in the thread of a
    sent item, or quotes it under the subject of an answer; it was not written by a machine nor by the person
    themselves. A one-line "thanks" is an answer, and so is one that forwards; list mail is only a candidate, which
    correlating decides. Who passes on a receipt or bounce answers nothing.
    """
    if letter.is_own or letter.sender is None or _is_machine_made(letter) or _passes_on_report(letter):
        return None
    attached = "" if letter.replied_to else _attached_original(letter)
    rule = _rule(letter, attached)
    if not rule:
        return None
    read = letter.evidence(Kind.REPLY, Grade.PROOF, rule=rule, why=_WHY.get(rule, "a person answered"))
    named = read.references or ((attached,) if attached else ())
    return (replace(read, references=named, aliases=_aliases(letter), declines=asks_to_stop(letter)),)


def asks_to_stop(letter: Letter) -> bool:
    """The answer's own words, if they are few, ask for no further mail."""
    words = own_words(letter.text)
    if len(words) > _LONGEST_STOP:
        return False
    return bool(STOP.search(words)) or letter.subject.strip().lower() in {"unsubscribe", "stop", "remove"}


def _rule(letter: Letter, attached: str) -> str:
    """By what it is known for an answer; empty if by nothing."""
    names_message = letter.replied_to or attached
    if not names_message and not letter.in_thread and not _answers_in_outlook(letter):
        return "quoting-reply" if _quotes(letter) else ""
    if letter.is_list_mail:
        return "list-reply"
    return "reply" if names_message else "thread-reply"


def _quotes(letter: Letter) -> bool:
    """It answers by its subject, and quotes beside own words: old programs and Notes name no message."""
    if not ANSWER_PREFIX.match(letter.subject) or FORWARD_PREFIX.match(letter.subject) or letter.is_list_mail:
        return False
    return quotes(letter.text) and bool(own_words(letter.text))


def _passes_on_report(letter: Letter) -> bool:
    """A receipt, bounce or auto-reply is forwarded: that is no answer to the mail it was about."""
    prefix = FORWARD_PREFIX.match(letter.subject)
    if prefix is None:
        return False
    passed_on = letter.subject[prefix.end() :].strip()
    return bool(
        READ_SUBJECT.match(passed_on)
        or AUTO_REPLY_TITLE.match(passed_on)
        or FAILED.search(passed_on)
        or DELAYED.match(passed_on)
    )


def _aliases(letter: Letter) -> tuple[str, ...]:
    """The sender, where they want answers to go, and the list's own address for list mail."""
    listed = normal.address(letter.part.raw("list-post")) if letter.is_list_mail else None
    reply_to = normal.address(letter.part.raw("reply-to"))
    return tuple(dict.fromkeys(each for each in (letter.sender, reply_to, listed) if each))


def _is_machine_made(letter: Letter) -> bool:
    if letter.submitted or letter.is_from_mail_system or letter.is_from_robot or letter.is_by_senders_rule:
        return True
    # old list managers mark a person's mail `bulk` too
    return letter.precedence in {"bulk", "junk", "auto_reply"} and not letter.is_list_mail


def _attached_original(letter: Letter) -> str:
    """The id of the mail that is answered, where a program attaches it instead of naming it; empty if there is none.

    It must be from the one who is answered: whoever passes on somebody else's mail under `Re:` answers nothing.
    """
    if not ANSWER_PREFIX.match(letter.subject) or not letter.may_hold(b"message/rfc822"):
        return ""
    inner = returned_header(letter)
    if inner is None or normal.address(inner.raw("from")) not in normal.addresses(letter.part.raw("to")):
        return ""
    return normal.message_id(inner.raw("message-id")) or ""


def _answers_in_outlook(letter: Letter) -> bool:
    """Outlook's answers inside an organisation name no id; the provider's thread must lead to the mail."""
    index = "".join(letter.part.get("thread-index").split())
    return len(index) * 3 // 4 > _THREAD_HEAD + 2 and bool(ANSWER_PREFIX.match(letter.subject))
