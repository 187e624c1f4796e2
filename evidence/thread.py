"""A person's answer to one mail of a thread, as an answer to the other mail of it that it came after. Pure.

Whoever answers a follow-up has answered the mail it follows up on. The answer itself stays matched to one sent item, as
it was read; what it says of others is worked out anew each time, so the order in which mail becomes known is all one.
"""

from collections.abc import Sequence
from dataclasses import replace

from evidence import normal
from evidence.correlate import NO_ALIASES, clues, is_early, recipient_in
from evidence.model import Confidence, Evidence, Kind, Match, SentItem

_LATER = "answered later in the thread: the answer is to another mail of yours"


def also_answering(messages: Sequence[SentItem], answer: Evidence) -> Evidence | None:
    """A person's answer as one to this item, too, with how it leads to it; None if it is none.

    :param messages: the item, as `copies.apart` has it
    :param answer: matched to another item; of the item's account, or naming it
    """
    if answer.kind is not Kind.REPLY or answer.doubt:
        return None
    for message in messages:
        who, how = _recipient(message, answer), _link(message, answer)
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


def _link(message: SentItem, answer: Evidence) -> tuple[Confidence, str] | None:
    names = {normal.squeezed(each) for each in message.message_ids}
    if not names.isdisjoint(clues(answer).message_ids) and not is_early(answer, message):
        return Confidence.CERTAIN, "refers to this one too"
    # without a name no clock error is allowed for: what was sent soon after the answer was not answered by it
    is_after = answer.at is not None and message.sent_at <= answer.at
    if message.thread_id and answer.thread_id == message.thread_id and is_after:
        return Confidence.LIKELY, "came after this one in its thread"
    return None
