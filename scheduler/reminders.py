"""Puts plans into the ledger, and what the person decides about them: later, or done."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from evidence.model import SentItem
from scheduler.habits import Habits
from scheduler.own import is_to_self, own_addresses, without_own
from scheduler.planning import NOT_CONNECTED, REMOVED, Planned, as_asked, plan, told
from scheduler.policy import Policy, is_among
from scheduler.rules import AS_USUAL, ASKED, LABELLED, Policies, asked_for, labels_in, policy_for, relabelled
from scheduler.standing import heeded, returns
from scheduler.verbs import Verb, applied, by_label, over, parse
from scheduler.wanted import BadKey
from store.ledger import Account, AccountState, Decision, Ledger, Reminder, ReminderState

#: reminders that may still change
OPEN = frozenset({ReminderState.PLANNED, ReminderState.HELD, ReminderState.CLAIMED})


def replan(
    ledger: Ledger, now: datetime, policies: Policies, *, window: timedelta, only: Iterable[str] | None = None
) -> tuple[Planned, ...]:
    """Bring the reminders in line with what is known now, and say what changed. Repeating it changes nothing.

    :param window: how far back sent mail is followed; a reminder already planned is looked at whatever its item's age
    :param only: ids of the items something new is known about; None for all
    """
    accounts = {each.id: each for each in ledger.accounts()}
    habits = Habits(ledger, now=now)
    changed: list[Planned] = []
    for item in items_to_plan(ledger, since=now - window, only=only):
        changes = plan_item(ledger, item, accounts.get(item.account), policies, now=now, habits=habits)
        for reminder, decision in changes:
            ledger.put_reminder(reminder, decision)
        changed += changes
    return tuple(changed)


def plan_item(
    ledger: Ledger,
    item: SentItem,
    account: Account | None,
    policies: Policies,
    *,
    now: datetime,
    released: Reminder | None = None,
    habits: Habits | None = None,
) -> tuple[Planned, ...]:
    """What is to change about the reminders of one item; nothing is written.

    :param released: a reminder the caller holds claimed, planned anew as if nobody did
    :param habits: what is known of addresses, to be shared by those who plan many items
    """
    existing = ledger.reminders(item=item.id)
    if released:
        free = replace(released, state=ReminderState.PLANNED)
        existing = tuple(free if each.id == free.id else each for each in existing)
    known = habits or Habits(ledger, now=now)
    return plan(
        heeded(ledger, item, now=now, habits=known),
        existing,
        item_policy(ledger, item, policies, own=known.own),
        now=now,
        connected_at=account.connected_at if account else now,
        returns=returns(ledger, item, known),
        obstacle=obstacle(ledger, item, account),
    )


def item_policy(ledger: Ledger, item: SentItem, policies: Policies, *, own: frozenset[str] | None = None) -> Policy:
    """The policy that holds for one mail now.

    :param own: the person's addresses, to be shared by those who ask about many items
    """
    addresses = own_addresses(ledger) if own is None else own
    return policy_for(item, policies, own=addresses, decisions=ledger.decisions(item.id))


def ask(ledger: Ledger, item: SentItem, verb: Verb | None, policies: Policies, *, now: datetime) -> None:
    """Keep what a person wants for one mail, beside what they wanted before; reminders may come again by it.

    The caller plans the item anew.

    :param verb: None takes back what was asked for: the rules hold again, and reminders that came stay come
    :raises ValueError: it makes no sense for this mail, and nothing is kept; the message is a sentence's end
    """
    if verb:
        _check(verb, item, policy_asked(ledger, item, verb, policies), own_addresses(ledger))

    def asked(story: tuple[Decision, ...]) -> tuple[Decision, tuple[Planned, ...]]:
        wanted = verb and _with_before(story, verb)
        line = Decision(at=now, reminder="", item=item.id, what=ASKED, why=str(wanted or AS_USUAL))
        return line, _begun_anew(ledger, line, wanted, asked_for(story), story)

    ledger.note_next(item.id, asked)


def policy_asked(ledger: Ledger, item: SentItem, verb: Verb, policies: Policies) -> Policy:
    """The policy for one mail, were this asked for it beside what was asked before.

    :raises ValueError: it makes no sense; the message is a sentence's end
    """
    story = ledger.decisions(item.id)
    others = [each for each in story if each.what != ASKED]
    policy = policy_for(item, policies, own=own_addresses(ledger), decisions=others)
    asked = str(_with_before(story, verb))
    return applied(policy, parse(asked), "as you asked") if asked else policy


def _begun_anew(
    ledger: Ledger, line: Decision, wanted: Verb | None, before: Verb | None, story: tuple[Decision, ...]
) -> tuple[Planned, ...]:
    """The reminders that a line of the story frees to come again, or takes back."""
    changes = (as_asked(each, wanted, before, story, line.at) for each in ledger.reminders(item=line.item))
    return tuple(filter(None, changes))


def _with_before(story: tuple[Decision, ...], verb: Verb) -> Verb:
    before = asked_for(story)
    return over(before, verb) if before else verb


def label(ledger: Ledger, before: SentItem, item: SentItem, *, now: datetime) -> None:
    """Keep that labels which are verbs were put on a mail or taken off it; reminders may come again by it.

    :param before: the mail as the ledger knows it
    """
    if not (text := relabelled(before, item)):
        return
    wanted, before_it = (by_label(each) for each in labels_in(text))

    def labelled(story: tuple[Decision, ...]) -> tuple[Decision, tuple[Planned, ...]]:
        line = Decision(at=now, reminder="", item=item.id, what=LABELLED, why=text)
        # what was asked for by command holds, whatever the labels say
        return line, () if asked_for(story) else _begun_anew(ledger, line, wanted, before_it, story)

    ledger.note_next(item.id, labelled)


def comes_at(ledger: Ledger, reminder: Reminder, policies: Policies, *, now: datetime) -> datetime:
    """When an open reminder comes if somebody reads then: what was missed waits for the person's hours.

    A time the person chose is no matter of hours.
    """
    moment, item = max(reminder.due_at, now), ledger.item(reminder.item)
    if item is None or reminder.pinned:
        return moment
    return item_policy(ledger, item, policies).calendar.admitted(moment)


def snooze(ledger: Ledger, reminder: Reminder, until: datetime, *, now: datetime) -> Reminder:
    """Let a reminder come at a time the person chose, again if it came already; planning leaves that time alone.

    :param until: aware
    """
    later = replace(
        reminder,
        state=ReminderState.PLANNED,
        due_at=until,
        pinned=True,
        reason="at the time you chose",
        claimed_by="",
        claimed_at=None,
        fired_at=None,
    )
    ledger.put_reminder(*told(later, "snoozed", f"until {until:%Y-%m-%d %H:%M} UTC, by you", now))
    return later


def done(ledger: Ledger, reminder: Reminder, *, now: datetime) -> Reminder:
    """Settle a reminder for good: nothing more comes about its item, in this round or a later one."""
    for each in ledger.reminders(item=reminder.item):
        if each.id != reminder.id and each.state in OPEN:
            ledger.put_reminder(_settled(each))
    settled = _settled(reminder)
    # the person decided once: the story says it of the reminder they named, and it holds for all of the item
    ledger.put_reminder(*told(settled, "done", "by you", now))
    return settled


def _settled(reminder: Reminder) -> Reminder:
    return replace(reminder, state=ReminderState.DONE, claimed_by="", claimed_at=None)


def remember_mail(ledger: Ledger, reminders: Iterable[str], message_ids: Iterable[str], *, is_clear: bool) -> None:
    """Know an answer to a mail of ours to oneself for one about these reminders.

    :param reminders: ids
    :param is_clear: such an answer is about this one and no other
    """
    names = tuple(message_ids)

    def known_by(known: Reminder) -> Reminder:
        if is_clear:
            return replace(known, told_as=tuple(dict.fromkeys((*known.told_as, *names))))
        return replace(known, told_among=tuple(dict.fromkeys((*known.told_among, *names))))

    for each in reminders:
        ledger.change_reminder(each, known_by)


def hold_due(ledger: Ledger, *, now: datetime, why: str) -> None:
    """Have the mailbox looked at before any reminder that is due by now comes: it may have come already.

    For a ledger that is older than what was done since.

    :param why: a sentence a person can read
    """
    for each in ledger.due(now):
        held = replace(each, state=ReminderState.HELD, claimed_by="", claimed_at=None)
        ledger.put_reminder(*told(held, "held", why, now))


def items_to_plan(ledger: Ledger, *, since: datetime, only: Iterable[str] | None) -> tuple[SentItem, ...]:
    """Items of the window, and older ones whose reminders may still change."""
    if only is not None:
        asked = (ledger.item(each) for each in sorted(only))
        return tuple(each for each in asked if each and (each.sent_at >= since or ledger.reminders(item=each.id)))
    recent = {each.id: each for each in ledger.items(since=since)}
    changing = [
        *ledger.reminders(states=OPEN),
        *(each for each in ledger.reminders(states=[ReminderState.FIRED]) if each.fired_at and each.fired_at >= since),
    ]
    older = (ledger.item(each) for each in sorted({each.item for each in changing} - recent.keys()))
    return (*recent.values(), *(each for each in older if each))


def mail_to(ledger: Ledger, people: Iterable[str]) -> frozenset[str]:
    """Ids of all items that went to any of these; what a reader wants holds for mail sent before, too."""
    ever = datetime.min.replace(tzinfo=UTC)
    return frozenset(each.id for address in people for each in ledger.items_to(address, since=ever))


def obstacle(ledger: Ledger, item: SentItem, account: Account | None) -> str:
    """Why nothing may be planned about an item at all; empty if something may."""
    if account is None or account.state is AccountState.DISCONNECTED:
        return NOT_CONNECTED
    if ledger.is_removed(item.id):
        return REMOVED
    return "sent to yourself only" if is_to_self(item, own_addresses(ledger)) else ""


def _check(verb: Verb, item: SentItem, policy: Policy, own: frozenset[str]) -> None:
    """Refuse what cannot be: readers named who did not get the mail, or repeats of which half is left open."""
    more, readers = dict(verb.more), {each.address for each in without_own(item, own).recipients}
    strangers = sorted(each for each in policy.named if not any(is_among(one, [each]) for one in readers))
    if "quorum" in more and strangers:
        why = f"{', '.join(strangers)} did not get this mail; it went to {', '.join(sorted(readers))}"
        raise BadKey("quorum", why)
    if "times" in more and policy.times > 1 and not policy.again:
        raise BadKey("again", "say how long to wait for the next reminder")
    if "again" in more and policy.again and policy.times == 1 and "times" not in more:
        raise BadKey("times", "say how many reminders are wanted in all")
