"""Whether a person asks something in a mail: in their own words, not in what they quote or sign with. Pure."""

import re

from evidence.letter import Letter
from evidence.part import read_part
from evidence.phrases import ANSWER_PREFIX
from evidence.wording import own_words

#: characters of a listed beginning that is surely the whole text; mailboxes list some 200
_WHOLE = 100
#: before the lines in which a tracked mail says so
_DISCLOSED = "\n____\n"
_LINK = re.compile(r"(?:\b[a-z][a-z+.-]{1,20}://|\bwww\.|\bmailto:)\S+", re.IGNORECASE)
_AFTER_LINK = "?!.,;:…)]}>\"'”’»*_"
#: full-width, Arabic, Armenian, Ethiopic, Greek, Limbu, Coptic, Vai, Bamum, and those made of two; then the common one,
#: unless it is part of an address or a formula, and the semicolon that Greek is written with
_MARK = re.compile(
    r"[？﹖︖؟՞፧\u037e᥅⳺⳻꘏꛷⁇⁈⁉‽⸮]"
    r"|\?(?![\w=&/%#])"
    r"|(?<=[\u0370-\u03ff\u1f00-\u1fff]);(?=[\s\"'”’»)\]]|$)"
)  # fmt: skip


def asks(words: str) -> bool:
    """Whether a question mark of any script ends something; those inside links count for nothing."""
    return bool(_MARK.search(_LINK.sub(_end_of_link, words)))


def asks_question(mail: bytes) -> bool:
    """Whether the writer of a mail asks something in its subject or anywhere in what they wrote themselves.

    :param mail: RFC 5322 bytes
    """
    letter = Letter(read_part(mail))
    texts = (each.text(quoted=False).partition(_DISCLOSED)[0] for each in letter.text_parts())
    return _asks_in_subject(letter.subject) or any(asks(own_words(each)) for each in texts)


def asks_at_once(subject: str, preview: str, *, answers: bool) -> bool | None:
    """The same, as far as the subject and the first words settle it; None: only the whole text can tell.

    :param preview: the first words on one line, as far as they are listed
    :param answers: it names a mail before it, and may quote that
    """
    if _asks_in_subject(subject):
        return True
    is_own = not answers and not ANSWER_PREFIX.match(subject)
    if is_own and asks(preview.partition(" -- ")[0]):
        return True
    return False if 0 < len(preview) < _WHOLE and not asks(preview) else None


def _asks_in_subject(subject: str) -> bool:
    """The subject of an answer is somebody else's, or an older one."""
    return not ANSWER_PREFIX.match(subject) and asks(subject)


def _end_of_link(link: re.Match[str]) -> str:
    """What a sentence may have put behind a link."""
    return link[0][len(link[0].rstrip(_AFTER_LINK)) :]
