"""Drafts that follow up on sent mail: left for the person to finish, and taken back if an answer comes before that."""

from dataclasses import replace
from datetime import datetime

from connectors import follow_up
from connectors.errors import DraftInTheWay, MessageGone, ScopeMissing, SendRefused
from connectors.mailbox import Draft, Mailbox, Now
from evidence.letter import Letter
from evidence.model import Recipient, SentItem, Verdict
from evidence.part import read_part
from evidence.wording import written
from scheduler.habits import Habits
from scheduler.planning import left_alone
from scheduler.standing import standing
from store.deliveries import FollowUp
from store.ledger import Account, Ledger

#: nobody with one of these is written to again
_OVER = frozenset({Verdict.ANSWERED, Verdict.DECLINED, Verdict.NOT_DELIVERED})


def leave_draft(ledger: Ledger, mailbox: Mailbox, item: SentItem, *, now: Now, template: str = "") -> FollowUp:
    """Leave a draft to the recipients who have not answered, in the thread of the mail and in its language.

    Whoever asked for no more mail, or cannot be reached at the address, is left out; so is who got a blind copy,
    unless nobody else is silent.

    :param template: the person's own words, for every language; empty: ours
    :raises DraftInTheWay: there is a draft in this thread already, or nobody is left to write to
    """
    silent = _silent(ledger, item, now())
    to = _addressed(item, silent)
    if not silent:
        raise DraftInTheWay(f"{item.id}: nobody is left to write to again")
    if not to:
        raise DraftInTheWay(
            f"{item.id}: those who are silent do not know of each other, and a draft would show them; "
            "write to each of them alone"
        )
    known = ledger.deliveries.follow_up(item.id)
    if known and mailbox.has_draft(item):
        if _draft(ledger, mailbox, item, known):
            raise DraftInTheWay(f"{item.id}: a draft was left about it already; it waits among your drafts")
        raise DraftInTheWay(f"{item.id}: there is a draft in its conversation already; go on with that one")
    text = _text(mailbox, item, template)
    begun = FollowUp(
        item=item.id,
        account=item.account,
        draft="",
        version="",
        to=tuple(each.address for each in to),
        left_at=now(),
        words=follow_up.fingerprint(text),
    )
    ledger.deliveries.leave(begun)
    try:
        draft = mailbox.leave_draft(item, to=to, text=text)
    except (DraftInTheWay, MessageGone, ScopeMissing, SendRefused):  # none was made
        ledger.deliveries.let_go(item.id)
        raise
    return _note(ledger, begun, draft)


def take_back_drafts(ledger: Ledger, mailbox: Mailbox, account: Account, *, now: datetime) -> tuple[FollowUp, ...]:
    """Take back the drafts that an answer has overtaken, unless the person touched them; those taken back.

    What the person has sent or thrown away meanwhile is let go.
    """
    taken = []
    for each in ledger.deliveries.follow_ups(account.id):
        item = ledger.item(each.item)
        if item and {one.address for one in _silent(ledger, item, now)} >= set(each.to):
            if each.draft and not mailbox.has_draft(item):
                ledger.deliveries.let_go(each.item)
            continue
        draft = _draft(ledger, mailbox, item, each)
        if draft and mailbox.take_back_draft(draft):
            taken.append(each)
        ledger.deliveries.let_go(each.item)
    return tuple(taken)


def _draft(ledger: Ledger, mailbox: Mailbox, item: SentItem | None, known: FollowUp) -> Draft | None:
    """The draft as it was left. One that was cut off while it was made is looked for, and noted."""
    if known.draft:
        return Draft(provider_id=known.draft, version=known.version)
    found = mailbox.find_draft(item, to=known.to, words=known.words) if item else None
    if found:
        _note(ledger, known, found)
    return found


def _note(ledger: Ledger, begun: FollowUp, draft: Draft) -> FollowUp:
    left = replace(begun, draft=draft.provider_id, version=draft.version)
    ledger.deliveries.leave(left)
    return left


def _silent(ledger: Ledger, item: SentItem, now: datetime) -> tuple[Recipient, ...]:
    habits = Habits(ledger, now=now)
    verdict = left_alone(standing(ledger, item, now=now, habits=habits), habits.opted_out)
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
