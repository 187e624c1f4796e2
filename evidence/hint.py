"""The weakest lead of all: a subject. It is kept beside the mail it may be about, and never counts."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from evidence.correlate import NO_ALIASES, NOUNS, is_early, recipient_in
from evidence.model import Confidence, Evidence, Match, SentItem
from evidence.phrases import ANSWER_PREFIX

#: later mail with the same subject is taken for another matter
WINDOW = timedelta(days=60)

_BLANKS = re.compile(r"\s+")
#: what stands between a mail program's words and the subject they are put before: `Gelesen: `, `… (displayed) - `
_PARTED = re.compile(r".{0,80}[:：\-–—\])>]\s*", re.DOTALL)
_MOST_PREFIXES = 10


def with_hint(
    evidence: Evidence, written_to: Sequence[SentItem], *, aliases: Mapping[str, str] = NO_ALIASES
) -> Evidence:
    """The same evidence with the mail its subject leads to, if nothing better leads anywhere; else as it is.

    The mail went to whom the evidence comes from or speaks about, within `WINDOW` before it, and its subject is that of
    the evidence once the words of mail programs before it are left out. These are in the reader's language, so they
    are told by the colon or dash behind them, not by a list. People use a subject again and again: it settles nothing.

    :param written_to: sent items to the addresses of the evidence
    """
    evidence = replace(evidence, hint=None)
    if evidence.match or evidence.at is None:
        return evidence
    newest = sorted(written_to, key=lambda item: (item.sent_at, item.id), reverse=True)
    for item in newest:
        recipient = recipient_in(item, evidence, aliases)
        in_time = not is_early(evidence, item) and evidence.at - item.sent_at <= WINDOW
        if recipient and in_time and is_about(evidence.subject, item.subject):
            reason = (
                f"{NOUNS[evidence.kind]} names no mail you sent, but has the subject of this one, sent to that address"
            )
            hint = Match(item=item.id, recipient=recipient, confidence=Confidence.WEAK, reason=reason)
            return replace(evidence, hint=hint)
    return evidence


def is_about(subject: str, sent: str) -> bool:
    """Whether a subject is the one of the mail sent, but for what mail programs put before it.

    :param subject: as it came, `Gelesen: Angebot`
    :param sent: as it was sent, `Re: Angebot`
    """
    wanted, told = _plain(bare_subject(sent)), _plain(subject)
    if not wanted or not told.endswith(wanted):
        return False
    before = told[: len(told) - len(wanted)]
    return not before or bool(_PARTED.fullmatch(before))


def bare_subject(subject: str) -> str:
    """A subject without the marks of answers and forwards before it."""
    for _ in range(_MOST_PREFIXES):
        found = ANSWER_PREFIX.match(subject)
        if found is None:
            break
        subject = subject[found.end() :]
    return subject.strip()


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", text).strip().casefold()
