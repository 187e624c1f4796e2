"""A person's answer to one mail of a thread, as an answer to the other mail of it that it came after. Pure.

Whoever answers a follow-up has answered the mail it follows up on. The answer itself stays matched to one sent item, as
it was read; what it says of others is worked out anew each time, so the order in which mail becomes known is all one.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from evidence import normal
from evidence.copies import apart
from evidence.correlate import NO_ALIASES, clues, is_early, recipient_in
from evidence.model import Confidence, Evidence, Kind, Match, SentItem

_LATER = "answered later in the thread: the answer is to another mail of yours"


#: an answer to an older mail was perhaps begun before this one came
_NOTICED = timedelta(hours=12)


def also_answering(
    messages: Sequence[SentItem], answer: Evidence, known: Callable[[str], SentItem | None] = lambda _: None
) -> Evidence | None:
    """A person's answer as one to this item, too, with how it leads to it; None if it is none.

    :param messages: the item, as `copies.apart` has it
    :param answer: matched to another item; of the item's account, or naming it
    :param known: the item of an id
    """
    if answer.kind is not Kind.REPLY or answer.doubt:
        return None
    for message in messages:
        who, how = _recipient(message, answer), _link(message, answer, known)
        if who and how:
            confidence, reason = how
            match = Match(item=message.id, recipient=who, confidence=confidence, reason=f"{_LATER}, and {reason}")
            return replace(answer, match=match)
    return None


def _recipient(message: SentItem, answer: Evidence) -> str | None:
    """Who of this mail's recipients answered; also under another address, if the mail they answered tells who it is."""
    known = answer.match.recipient if answer.match else None
    same = (each.address for each in message.recipients if each.address == known)
    return recipient_in(message, answer, NO_ALIASES) or next(same, None)


def _link(
    message: SentItem, answer: Evidence, known: Callable[[str], SentItem | None]
) -> tuple[Confidence, str] | None:
    if _is_named(message, answer) and not is_early(answer, message):
        return Confidence.CERTAIN, "refers to this one too"
    # without a name no clock error is allowed for: what was sent soon after the answer was not answered by it
    is_after = answer.at is not None and message.sent_at <= answer.at
    if not (message.thread_id and answer.thread_id == message.thread_id and is_after):
        return None
    other = known(answer.match.item) if answer.match else None
    named = [each.sent_at for each in apart(other) if _is_named(each, answer)] if other else []
    if not named or message.sent_at <= max(named):
        return Confidence.LIKELY, "came after this one in its thread"
    if answer.at and answer.at - message.sent_at >= _NOTICED:
        return Confidence.LIKELY, "came long after this one in its thread, though it does not name it"
    return None


def _is_named(message: SentItem, answer: Evidence) -> bool:
    names = {normal.squeezed(each) for each in message.message_ids}
    return not names.isdisjoint(clues(answer).message_ids)
