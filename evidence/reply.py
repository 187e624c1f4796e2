"""Human replies: a person wrote back, which proves more than any receipt. And those who ask to be left alone."""

import re
from dataclasses import replace

from evidence import normal
from evidence.letter import Letter
from evidence.model import Evidence, Grade, Kind
from evidence.wording import own_words

#: in the languages of most mail; only looked for in short answers, in the person's own words
_STOP = re.compile(
    r"\bunsubscribe\b|\bremove me\b|\btake me off\b|\bopt[ -]?out\b|\bstop (?:emailing|e-mailing|mailing|contacting|writing|sending)"
    r"|\b(?:do not|don't|please don't|never) (?:contact|e?-?mail|write to|follow up)\b|\bno (?:more|further) (?:e?-?mails?|follow[- ]?ups?|messages)\b"
    r"|\bplease stop\b|\bleave me alone\b|\bstop following up\b"
    r"|\babmelden\b|\baustragen\b|\bkeine (?:weiteren )?(?:e-?mails|nachrichten|anfragen|erinnerungen)\b|\bnicht mehr (?:anschreiben|schreiben|kontaktieren)\b"
    r"|\bdésinscri\w+|\bdésabonne\w+|\bne (?:plus|pas) me contacter\b|\bne me contactez plus\b"
    r"|\bdar(?:me)? de baja\b|\bno me (?:contacte|escriba)n?\b|\bcancell?ami\b|\bnon contattarmi\b|\bcancelar (?:a )?(?:inscrição|subscrição)\b"
    r"|\bafmelden\b|\buitschrijven\b|\bwypis(?:ać|z)\b|\bотпи(?:сать|шите)\w*|\bavregistrera\b",
    re.IGNORECASE,
)  # fmt: skip
_LONGEST_STOP = 400
_ROBOT_MARKS = (
    "x-github-reason",
    "x-gitlab-project",
    "x-jira-fingerprint",
    "x-auto-response-suppress",
    "feedback-id",
    "x-csa-complaints",
)
_ROBOT_LOCALS = re.compile(r"^(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|notifications?|mailer|bounces?|daemon)\b")


def read_reply(letter: Letter) -> tuple[Evidence, ...] | None:
    """A person's answer; None for everything else.

    It names an earlier message in In-Reply-To or References (RFC 5322 section 3.6.4), or stands in the thread of a
    sent item; it was not written by a machine nor by the person themselves. A one-line "thanks" is an answer, and so is
    one that forwards; list mail is only a candidate, which correlating decides.
    """
    if letter.is_own or letter.sender is None or _is_machine_made(letter):
        return None
    if not (letter.replied_to or letter.in_thread):
        return None
    listed = letter.is_list_mail
    read = letter.evidence(
        Kind.REPLY,
        Grade.PROOF,
        rule="list-reply" if listed else ("reply" if letter.replied_to else "thread-reply"),
        why="a person answered through a mailing list" if listed else "a person answered",
    )
    return (replace(read, aliases=_aliases(letter), declines=asks_to_stop(letter)),)


def asks_to_stop(letter: Letter) -> bool:
    """The answer's own words, if they are few, ask for no further mail."""
    words = own_words(letter.text)
    if len(words) > _LONGEST_STOP:
        return False
    return bool(_STOP.search(words)) or letter.subject.strip().lower() in {"unsubscribe", "stop", "remove"}


def _aliases(letter: Letter) -> tuple[str, ...]:
    """The sender, where they want answers to go, and the list's own address for list mail."""
    listed = normal.address(letter.part.raw("list-post")) if letter.is_list_mail else None
    reply_to = normal.address(letter.part.raw("reply-to"))
    return tuple(dict.fromkeys(each for each in (letter.sender, reply_to, listed) if each))


def _is_machine_made(letter: Letter) -> bool:
    if letter.submitted or letter.is_from_mail_system or letter.precedence in {"bulk", "junk", "auto_reply"}:
        return True
    if any(letter.part.has(mark) for mark in _ROBOT_MARKS):
        return True
    return bool(_ROBOT_LOCALS.match((letter.sender or "").partition("@")[0]))
