"""Auto-replies: RFC 3834 and the marks of the programs that do not follow it. They prove neither reading nor an answer."""

import re
from dataclasses import replace

from evidence import normal
from evidence.absence import announced_return
from evidence.letter import Letter
from evidence.model import Evidence, Grade, Kind
from evidence.wording import own_words

#: header fields that nothing but an auto-responder writes
_MARKS = (
    "x-autoreply", "x-auto-reply", "x-autorespond", "x-autoresponder", "x-auto-respond", "x-mail-autoreply", "x-autoreply-from",
    "x-auto-reply-from", "x-autoresponse", "x-auto-response", "x-vacation", "x-cron-autoreply", "x-oof", "x-zimbra-vacation",
)  # fmt: skip
#: how the subject of an auto-reply begins, as Exchange, Outlook, Domino, GroupWise and web mailers write it
_SUBJECT = re.compile(
    r"^\s*(?:\[?auto(?:matic|mated|matische|mátic[ao]|matic[ao]|matisk[ta]?|matyczna|maattinen|mātiskā)?[ -]?"
    r"(?:reply|response|respon[sd]\w*|antwort|antwoord|svar|vastaus)\b"
    r"|auto ?:|autoreply\b|autoresponder\b|autorespons\b|auto-reply\b|automatische (?:antwort|abwesenheits)\w*|automatisch antwoord|automatiskt? svar|autosvar"
    r"|réponse automatique|respuesta automática|risposta automatica|resposta automática|odpowiedź automatyczna"
    r"|automatická odpov[eě]ď|automatikus válasz|automaattinen vastaus|otomatik yanıt|răspuns automat|αυτόματη απάντηση|автоматичний відповідь"
    r"|автоматический ответ|автоответ|自動返信|自動応答|自动答复|自动回复|自動回覆|자동 회신|자동 응답|مرد تلقائي|رد تلقائي|תשובה אוטומטית"
    r"|out[ -]of[ -](?:the[ -])?office|ooo\b|oof\b|away from (?:my|the) (?:mail|office|desk)|i am away\b|i'm away\b|away\s*$|away until\b|on (?:vacation|holiday|leave)\b|vacation (?:reply|message|response)"
    r"|abwesenheits?(?:notiz|nachricht|meldung|assistent)?\b|abwesend\b|nicht im (?:büro|haus)|absence du bureau|absent du bureau|absen(?:t|ce)\b|fuera de (?:la )?oficina"
    r"|fuori (?:sede|ufficio)|assente\b|ausente|afwezig\w*|niet aanwezig|frånvaro\w*|ikke til stede|fravær\w*|poissa\b|poza biurem|нет на месте|вне офиса|不在)",
    re.IGNORECASE,
)  # fmt: skip
_ANSWER = re.compile(
    r"^\s*(?:re|aw|sv|antw?|rv|odp|vs|ynt|回复|答复|返信|fwd?|wg|tr|doorst|i|enc|rif|res)\s*(?:\[\d+\])?\s*[:：]",
    re.IGNORECASE,
)
_VACATION = re.compile(r"kind=vacation", re.IGNORECASE)
_CHALLENGE = re.compile(
    r"boxbe|spamarrest|spam arrest|tmda|choicemail|challenge[- /]response|confirm (?:that )?you (?:are|sent)|verify (?:that )?you(?:r e-?mail| are| sent)"
    r"|approved? senders? list|guest list|sender (?:verification|address verification)|not (?:yet )?(?:on|in) (?:my|the|his|her) (?:list of )?(?:approved|allowed|white)",
    re.IGNORECASE,
)


def read_auto_reply(letter: Letter) -> tuple[Evidence, ...] | None:
    """An auto-reply with its announced return; None if a person, a list or another machine wrote it.

    `Precedence: bulk`, `X-Auto-Response-Suppress` and generated mail in general are far too common to mean anything
    alone. A challenge ("confirm that you are human") is kept with a doubt: the mail waits before the mailbox.
    """
    rule = _rule(letter)
    if rule is None or letter.is_own:
        return None
    read = letter.evidence(Kind.AUTO_REPLY, Grade.NONE, rule=rule, why="an automatic answer came back")
    reply_to = normal.address(letter.part.raw("reply-to"))
    read = replace(read, aliases=tuple(dict.fromkeys(each for each in (letter.sender, reply_to) if each)))
    if _is_challenge(letter):
        doubt = "the recipient's filter asks you to confirm yourself before it lets the mail in"
        return (replace(read, rule="challenge", why=doubt, doubt=read.doubt or doubt),)
    until = announced_return(letter)
    why = f"an automatic answer came back, away until {until:%-d %B %Y}" if until else read.why
    return (replace(read, until=until, why=why),)


def _rule(letter: Letter) -> str | None:
    """The first rule that knows it for an auto-reply, most authoritative first."""
    part = letter.part
    if letter.is_list_mail or letter.is_from_mail_system:
        return None
    if letter.submitted.startswith("auto-replied"):
        return "rfc3834"
    if _has_vendor_mark(letter):
        return "vendor-mark"
    if _is_exchange_rule(letter):
        return "exchange-oof"
    announces = bool(_SUBJECT.match(letter.subject)) and not _ANSWER.match(letter.subject)
    if announces and (letter.submitted or letter.replied_to or letter.in_thread or _is_suppressing(letter)):
        return "subject"
    if announces and re.match(r"[^:：]{3,40}[:：]", letter.subject):
        return "subject"
    if letter.submitted.startswith("auto-generated") and (letter.replied_to or letter.in_thread):
        return "rfc3834-generated"
    if part.has("x-loop") and letter.precedence in {"junk", "bulk"} and letter.replied_to:
        return "procmail"
    return None


def _has_vendor_mark(letter: Letter) -> bool:
    part = letter.part
    if any(part.has(mark) and part.get(mark).lower() not in {"no", "false"} for mark in _MARKS):
        return True
    return (
        letter.precedence in {"auto_reply", "auto-reply", "autoreply"}
        or part.get("x-precedence").lower() in {"auto_reply", "auto-reply"}
        or part.get("x-apple-action").upper() == "VACATION"
        or part.get("x-autogenerated").lower() in {"reply", "group"}
        or part.get("delivered-to").lower() == "autoresponder"
        or "autoresponder" in part.get("x-post-messageclass").lower()
        or bool(_VACATION.search(part.get("x-apple-criteria")))
    )


def _is_exchange_rule(letter: Letter) -> bool:
    """Exchange's out-of-office: made by the mailbox rules, asks for no answer, and leaves with a null sender."""
    part = letter.part
    by_rule = (
        part.has("x-ms-exchange-inbox-rules-loop")
        or "rules agent" in part.get("x-ms-exchange-generated-message-source").lower()
    )
    return (
        by_rule
        and part.has("x-auto-response-suppress")
        and (letter.has_null_sender or bool(_SUBJECT.match(letter.subject)))
    )


def _is_suppressing(letter: Letter) -> bool:
    return (
        letter.part.has("x-auto-response-suppress")
        or letter.part.has("x-loop")
        or letter.precedence in {"bulk", "junk"}
        or letter.has_null_sender
    )


def _is_challenge(letter: Letter) -> bool:
    return bool(_CHALLENGE.search(letter.subject) or _CHALLENGE.search(own_words(letter.text)[:1500]))
