"""Receipts in free words, as some phones and web mailers send them: a hint at most."""

from dataclasses import replace

from evidence.letter import Letter
from evidence.model import Disposition, Evidence, Grade, Kind
from evidence.phrases import FREE_TEXT_RECEIPT, READ_SUBJECT
from evidence.wording import own_words

_LONGEST = 800
_DOUBT = "it only says in free words that a message was read; anybody can write that"


def read_free_text(letter: Letter) -> tuple[Evidence, ...] | None:
    """A short mail that consists of a mail program's sentence about reading; None for anything else.

    It names no message and has no form that could be checked, so it always carries a doubt and never counts. Both the
    subject and the words must be a program's, and there must be nothing to click: phishing likes this form.
    """
    if not READ_SUBJECT.match(letter.subject) or letter.is_list_mail or letter.is_from_mail_system:
        return None
    words = own_words(letter.text)
    if len(words) > _LONGEST or "http" in words.lower() or not FREE_TEXT_RECEIPT.search(words):
        return None
    read = letter.evidence(
        Kind.RECEIPT, Grade.NONE, rule="free-text", why="a mail program wrote that the mail was read"
    )
    return (replace(read, disposition=Disposition.DISPLAYED, doubt=read.doubt or _DOUBT),)
