"""Drafts that follow up on sent mail: left for the person to finish, and taken back if an answer comes before that."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from connectors import follow_up
from connectors.errors import ConnectorError, DraftInTheWay, MessageGone, ScopeMissing, SendRefused
from connectors.mailbox import Draft, Mailbox, Now
from evidence.letter import Letter
from evidence.model import ItemVerdict, Recipient, SentItem, Verdict
from evidence.part import read_part
from evidence.wording import written
from scheduler.habits import Habits
from scheduler.planning import reason_to_rest
from scheduler.policy import Condition, Policy
from scheduler.reminders import item_policy
from scheduler.rules import Policies
from scheduler.standing import heeded
from store.deliveries import FollowUp
from store.ledger import Account, Ledger

#: nobody with one of these is written to again
_OVER = frozenset({Verdict.ANSWERED, Verdict.DECLINED, Verdict.NOT_DELIVERED})
#: making a draft takes no longer; one that was cut off is looked for after that
_BUSY = timedelta(minutes=5)


class AlreadyLeft(DraftInTheWay):
    """A draft about this mail was left before, or somebody else is just making it."""


def leave_draft(
    ledger: Ledger, mailbox: Mailbox, item: SentItem, policies: Policies, *, now: Now, template: str = ""
) -> FollowUp:
    """Leave a draft to the recipients who have not answered, in the thread of the mail and in its language.

    Whoever asked for no more mail, or cannot be reached at the address, is left out; so is who got a blind copy,
    unless nobody else is silent. Of several who want it at once one makes it.

    :param template: the person's own words, for every language; empty: ours
    :raises AlreadyLeft: one was left before, or is being made
    :raises DraftInTheWay: there is another draft in this thread, or nobody is left to write to
    """
    habits = Habits(ledger, now=now())
    verdict = heeded(ledger, item, now=now(), habits=habits)
    to = _addressed(item, _silent(verdict))
    if not _silent(verdict):
        raise DraftInTheWay(f"{item.id}: nobody is left to write to again")
    if not to:
        raise DraftInTheWay(
            f"{item.id}: those who are silent do not know of each other, and a draft would show them; "
            "write to each of them alone"
        )
    known = ledger.deliveries.follow_up(item.id)
    if known:
        _require_none(ledger, mailbox, item, known, now())
    text = _text(mailbox, item, template)
    begun = FollowUp(
        item=item.id,
        account=item.account,
        draft="",
        version="",
        to=tuple(each.address for each in to),
        left_at=now(),
        words=follow_up.fingerprint(text),
        busy_until=now() + _BUSY,
        at_rest=_is_at_rest(verdict, item_policy(ledger, item, policies, own=habits.own)),
    )
    if not ledger.deliveries.claim(begun, instead_of=known):
        raise _already(item, ledger.deliveries.follow_up(item.id))
    return _made(ledger, mailbox, item, begun, to=to, text=text)


def take_back_drafts(
    ledger: Ledger, mailbox: Mailbox, account: Account, policies: Policies, *, now: datetime
) -> tuple[FollowUp, ...]:
    """Take back the drafts that an answer has overtaken, unless the person touched them; those taken back.

    What the person has sent or thrown away meanwhile is let go.
    """
    taken = []
    habits = Habits(ledger, now=now)
    for each in ledger.deliveries.follow_ups(account.id):
        item = ledger.item(each.item)
        if _is_busy(each, now):
            continue
        if item and not _is_overtaken(ledger, item, each, policies, habits, now):
            if each.draft and not mailbox.has_draft(item):
                ledger.deliveries.let_go(each.item)
            continue
        draft = _draft(ledger, mailbox, item, each)
        if draft and mailbox.take_back_draft(draft):
            taken.append(each)
        ledger.deliveries.let_go(each.item)
    return tuple(taken)


def _is_overtaken(
    ledger: Ledger, item: SentItem, left: FollowUp, policies: Policies, habits: Habits, now: datetime
) -> bool:
    """Whether one of those it is to is silent no more, or nobody is waited for any more since it was left."""
    verdict = heeded(ledger, item, now=now, habits=habits)
    if not {each.address for each in _silent(verdict)} >= set(left.to):
        return True
    return not left.at_rest and _is_at_rest(verdict, item_policy(ledger, item, policies, own=habits.own))


def _is_at_rest(verdict: ItemVerdict, policy: Policy) -> bool:
    """Whether who has answered is enough for the person, as far as reminders of no answer go."""
    return bool(reason_to_rest(verdict, replace(policy, condition=Condition.NO_REPLY, off=False)))


def _made(
    ledger: Ledger, mailbox: Mailbox, item: SentItem, begun: FollowUp, *, to: Sequence[Recipient], text: str
) -> FollowUp:
    """Make a draft that is claimed."""
    try:
        draft = mailbox.leave_draft(item, to=to, text=text)
    except (DraftInTheWay, MessageGone, ScopeMissing, SendRefused):  # none was made
        ledger.deliveries.let_go(item.id)
        raise
    except ConnectorError:  # whoever asks next looks for it
        ledger.deliveries.leave(replace(begun, busy_until=None))
        raise
    return _note(ledger, begun, draft)


def _require_none(ledger: Ledger, mailbox: Mailbox, item: SentItem, known: FollowUp, now: datetime) -> None:
    """Go on only where the draft that is known is not there any more.

    :raises DraftInTheWay: says what there is
    """
    if _is_busy(known, now):
        raise _already(item, known)
    if mailbox.has_draft(item):
        if _draft(ledger, mailbox, item, known):
            raise _already(item, ledger.deliveries.follow_up(item.id))
        raise DraftInTheWay(f"{item.id}: there is a draft in its conversation already; go on with that one")


def _already(item: SentItem, known: FollowUp | None) -> AlreadyLeft:
    if known and known.draft:
        return AlreadyLeft(f"{item.id}: a draft was left about it already; it waits among your drafts")
    return AlreadyLeft(
        f"{item.id}: a draft about it is just being made; look among your drafts, or ask again in five minutes"
    )


def _is_busy(known: FollowUp, now: datetime) -> bool:
    return known.busy_until is not None and known.busy_until > now


def _draft(ledger: Ledger, mailbox: Mailbox, item: SentItem | None, known: FollowUp) -> Draft | None:
    """The draft as it was left. One that was cut off while it was made is looked for, and noted."""
    if known.draft:
        return Draft(provider_id=known.draft, version=known.version)
    found = mailbox.find_draft(item, to=known.to, words=known.words) if item else None
    if found:
        _note(ledger, known, found)
    return found


def _note(ledger: Ledger, begun: FollowUp, draft: Draft) -> FollowUp:
    left = replace(begun, draft=draft.provider_id, version=draft.version, busy_until=None)
    ledger.deliveries.leave(left)
    return left


def _silent(verdict: ItemVerdict) -> tuple[Recipient, ...]:
    return tuple(each.recipient for each in verdict.recipients if each.verdict not in _OVER)


def _addressed(item: SentItem, silent: tuple[Recipient, ...]) -> tuple[Recipient, ...]:
    """Whom one follow-up may go to, in To and Cc as before: nobody is shown whom the mail did not show."""
    shown = tuple(each for each in silent if each.field != "bcc" and not item.copies)
    named = shown or (silent if len(silent) == 1 else ())
    if any(each.field == "to" for each in named):
        return named
    return tuple(replace(each, field="to") for each in named)


def not_shown(item: SentItem, left: FollowUp) -> tuple[str, ...]:
    """Who got a blind copy of the mail, and is not in the draft."""
    blind = (each.address for each in item.recipients if each.field == "bcc")
    return tuple(each for each in blind if each not in left.to)


def _text(mailbox: Mailbox, item: SentItem, template: str) -> str:
    """In the language of the mail, if its copy is still there to be looked at."""
    try:
        letter = Letter(read_part(mailbox.fetch(item.provider_id)))
    except MessageGone:
        return follow_up.text_for("", item.subject, template=template)
    declared, own = letter.part.get("content-language"), written(letter)
    return follow_up.text_for(declared, own, quoted=letter.text, template=template)
