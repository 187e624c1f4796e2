"""`reminders`, `snooze`, `done`: what came due, what is coming, what is settled."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from evidence.model import ItemVerdict, SentItem
from heardback.commands.lists import by_verdict, grouped, subject_of
from heardback.errors import DONE, NO_MAILBOX, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.text import ago, ahead, count, few, local, moment, plain
from scheduler import delay
from scheduler import reminders as room
from scheduler.correction import did_you_mean, perhaps_meant
from scheduler.habits import Habits
from scheduler.planning import BOUNCE, reason, reason_to_rest, undelivered, why_over
from scheduler.policy import Policy
from scheduler.standing import heeded, standing
from store.deliveries import Delivery, DeliveryState
from store.ledger import Reminder, ReminderState

#: ends of a delivery that need no word
_ARRIVED = frozenset({DeliveryState.DONE, DeliveryState.NOT_WANTED})
#: what a person still has to think of
_OPEN = (ReminderState.PLANNED, ReminderState.CLAIMED, ReminderState.HELD, ReminderState.FIRED)
DUE = "CAME DUE"
NOW = "DUE NOW: told at the next reading, if that finds no sign"
HELD = "HELD BACK: due, but it cannot be made sure that no sign came"
COMING = "COMING"
SETTLED = "SETTLED"
#: when a reminder comes whose time is over
AT_NEXT_READING = "at the next reading, if that finds no sign"
_HEADINGS = {
    ReminderState.FIRED: DUE,
    ReminderState.HELD: HELD,
    ReminderState.PLANNED: COMING,
    ReminderState.CLAIMED: COMING,
    ReminderState.CANCELLED: SETTLED,
    ReminderState.DONE: SETTLED,
}


class NoTime(UsageError):
    """What was said of when a reminder comes again is no time for that; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One reminder as it is listed."""

    heading: str
    reminder: Reminder
    verdict: ItemVerdict | None
    why: str
    #: the round after it
    following: Reminder | None
    #: the round before it still stands: it is told with that one, as its own turn has not come
    is_following: bool
    #: when it comes, if it is open and not held
    comes_at: datetime
    #: address that mail came back from to the one that was perhaps meant
    perhaps_meant: Mapping[str, str]


def reminders(args: Namespace, house: House, output: Output) -> int:
    """List the reminders that came due or are coming; with `--all` the settled ones too."""
    found = entries(house, with_settled=args.all)
    if output.as_json:
        meant = [{"perhaps_meant": dict(each.perhaps_meant)} for each in found]
        output.document([as_document(each.reminder, house) | more for each, more in zip(found, meant, strict=True)])
        return DONE
    for heading in (DUE, NOW, HELD, COMING, SETTLED):
        section = [each for each in found if each.heading == heading and not each.is_following]
        if section:
            output.say(f"{heading} ({count(len(section), 'reminder')})")
            for each in section:
                _tell(each, house, output)
            output.say()
    _tell_end(len(found), args, house, output)
    return DONE


def snooze(args: Namespace, house: House, output: Output) -> int:
    """Let a reminder come later."""
    found = find_reminder(args.reminder, house)
    until = chosen(" ".join(args.until), found, house)
    changed = room.snooze(house.ledger, found, until, now=house.now)
    again = "again " if came_before(found, house) else ""
    return _tell_change(changed, f"comes {again}{moment(until, house.zone)}", house, output)


def came_before(each: Reminder, house: House) -> bool:
    """Whether it came before, be it snoozed since."""
    told = ((one.reminder, one.what) for one in house.ledger.decisions(each.item))
    return each.state is ReminderState.FIRED or (each.id, "fired") in told


def chosen(text: str, reminder: Reminder, house: House) -> datetime:
    """The moment a person names for a reminder to come again.

    :raises NoTime: nothing that is understood, not later than now, or more than a year away
    :raises UsageError: nothing is to come
    """
    item, policy = house.ledger.item(reminder.item), policy_of(reminder, house)
    if item and reminder.round != BOUNCE:
        _refuse_rest(item, policy, house)
    try:
        return delay.until(delay.parse(text), house.now, policy.calendar)
    except ValueError as err:
        raise NoTime(f"{err}.") from err


def policy_of(reminder: Reminder, house: House) -> Policy:
    """The policy that holds for a reminder's mail; of one that is not known any more that of the settings."""
    item = house.ledger.item(reminder.item)
    return room.item_policy(house.ledger, item, house.policies) if item else house.policies.last


def _refuse_rest(item: SentItem, policy: Policy, house: House) -> None:
    """A time for a reminder that the next planning cancels is no time."""
    habits = Habits(house.ledger, now=house.now)
    verdict = heeded(house.ledger, item, now=house.now, habits=habits)
    if rest := reason_to_rest(verdict, policy):
        raise UsageError(
            f"There is nothing to be reminded of: {plain(local(rest, house.zone, house.now))}. "
            f'"heardback remind {item.id} --after 2d --if regardless" reminds you all the same.'
        )


def done(args: Namespace, house: House, output: Output) -> int:
    """Take a reminder, and those that would follow it, off the list for good."""
    changed = room.done(house.ledger, find_reminder(args.reminder, house), now=house.now)
    return _tell_change(changed, "is settled; no more will come about this mail", house, output)


def entries(house: House, *, with_settled: bool = True) -> list[Entry]:
    """Reminders by due time; without the settled ones only the mails of the others are looked at."""
    every = house.ledger.reminders()
    habits = Habits(house.ledger, now=house.now)
    # the notice of a bounce comes beside the rounds, and is followed by none
    rounds = {(each.item, each.round): each for each in every if each.round != BOUNCE}
    found = (
        _entry(each, rounds.get((each.item, each.round - 1)), _next(each, rounds), habits, house)
        for each in every
        if with_settled or _heading(each, _next(each, rounds), house) != SETTLED
    )
    return [each for each in found if with_settled or each.heading != SETTLED]


def _next(each: Reminder, rounds: Mapping[tuple[str, int], Reminder]) -> Reminder | None:
    return None if each.round == BOUNCE else rounds.get((each.item, each.round + 1))


def _entry(each: Reminder, before: Reminder | None, following: Reminder | None, habits: Habits, house: House) -> Entry:
    item = house.ledger.item(each.item)
    verdict = standing(house.ledger, item, now=house.now, habits=habits) if item else None
    rest, why = _reasons(each, item, habits, house) if item else ("", each.reason)
    return Entry(
        heading=SETTLED if rest else _heading(each, following, house),
        reminder=each,
        verdict=verdict,
        why=rest or why_held(each, house) or why,
        following=following,
        is_following=each.state is ReminderState.PLANNED and before is not None and before.state in _OPEN,
        comes_at=comes_at(each, house),
        perhaps_meant=perhaps_meant(verdict, habits) if verdict else {},
    )


def comes_at(each: Reminder, house: House) -> datetime:
    """When a reminder comes that is open and not held; now, if it is due and may come."""
    return room.comes_at(house.ledger, each, house.policies, now=house.now)


def comes(each: Reminder, house: House) -> str:
    """The same in words."""
    due, comes = moment(each.due_at, house.zone), comes_at(each, house)
    if each.due_at > house.now:
        return f"comes {due}"
    if comes > house.now:
        return f"was due {due}, and waits for your hours till {moment(comes, house.zone)}"
    return f"was due {due}, and comes {AT_NEXT_READING}"


def why_held(each: Reminder, house: House) -> str:
    """Why a reminder that is due has not come; empty where none is held."""
    story = house.ledger.decisions(each.item) if each.state is ReminderState.HELD else ()
    return next((one.why for one in reversed(story) if (one.reminder, one.what) == (each.id, "held")), "")


def given_back(verdict: ItemVerdict) -> str:
    """Why mail was given back, the reason first, without the addresses and verdicts that stand beside it."""
    reasons = grouped((_reason_first(one.why), one.recipient.address) for one in undelivered(verdict))
    return "; ".join(said if len(reasons) == 1 else f"{few(who)}: {said}" for said, who in reasons)


def _reason_first(why: str) -> str:
    # behind it stands how the report was matched
    told, _, cause = why.partition("; ")[0].partition(": ")
    return f"{cause} ({told})" if cause else told


def comes_again(entry: Entry, house: House) -> datetime | None:
    """When the reminder after one that came due comes; now, if its time is over and it may come."""
    more = entry.following if entry.heading == DUE else None
    return comes_at(more, house) if more and more.state is ReminderState.PLANNED else None


def _once_more(entry: Entry, house: House) -> str:
    at = comes_again(entry, house)
    if at is None:
        return ""
    return f"; once more {moment(at, house.zone) if at > house.now else AT_NEXT_READING}"


def _reasons(each: Reminder, item: SentItem, habits: Habits, house: House) -> tuple[str, str]:
    """Why a reminder that came due is over, and why it came."""
    policy = room.item_policy(house.ledger, item, house.policies)
    verdict = heeded(house.ledger, item, now=house.now, habits=habits)
    why = reason(each, verdict, policy) if each.state in _OPEN else each.reason
    if each.round == BOUNCE and each.state in _OPEN:
        why = given_back(verdict) or why
    return why_over(each, verdict, policy), why


def _heading(each: Reminder, following: Reminder | None, house: House) -> str:
    if each.state is ReminderState.FIRED and following and following.state is not ReminderState.PLANNED:
        return SETTLED
    is_now = each.state is ReminderState.PLANNED and comes_at(each, house) <= house.now
    return NOW if is_now else _HEADINGS[each.state]


def _tell(entry: Entry, house: House, output: Output) -> None:
    each = entry.reminder
    subject = subject_of(entry.verdict) if entry.verdict else "(this mail is not known any more)"
    output.say(output.fit(f"  {each.id}  {subject}"))
    output.say(f"      {_when(each, house)}", hang=2)
    for verdict, addresses in by_verdict(entry.verdict.recipients if entry.verdict else ()):
        # why it was settled names who settled it, and the verdict with it
        if not entry.why.startswith(f"{addresses[0]}: "):
            output.say(f"      to {few(addresses)}: {verdict}", hang=2)
    output.say(f"      {plain(local(entry.why, house.zone, each.due_at))}{_once_more(entry, house)}", hang=2)
    for suggestion in did_you_mean(entry.perhaps_meant):
        output.say(f"      {plain(suggestion)}", hang=2)
    for trouble in troubles(each, house):
        output.say(f"      {trouble}", hang=2)


def troubles(each: Reminder, house: House) -> tuple[str, ...]:
    """The places where a reminder is not shown as it should be, each with why."""
    places = filter(_is_worth_telling, house.ledger.deliveries.of(each.id))
    return tuple(f"{place.surface}: {place.state}, {plain(place.why)}" for place in places)


def _is_worth_telling(place: Delivery) -> bool:
    if place.state in (DeliveryState.SHOWN, DeliveryState.WAITING):
        return place.failed > 0
    return place.state not in _ARRIVED


def _when(each: Reminder, house: House) -> str:
    now, due = house.now, moment(each.due_at, house.zone)
    if each.state is ReminderState.FIRED:
        came = each.fired_at or each.due_at
        return f"came due {moment(came, house.zone)}, {ago(came, house.now, house.zone)}"
    if each.state not in _OPEN:
        return f"{each.state}, was planned for {due}"
    if each.due_at > now:
        return f"comes {due}, {ahead(each.due_at, house.now, house.zone)}"
    is_waiting = each.state is ReminderState.PLANNED and comes_at(each, house) > now
    return comes(each, house) if is_waiting else f"due {due}, {ago(each.due_at, house.now, house.zone)}"


def _tell_end(listed: int, args: Namespace, house: House, output: Output) -> None:
    if listed:
        output.say('"heardback snooze ID 2d" lets one come later, "heardback done ID" settles it for good.')
    elif not house.ledger.accounts():
        output.say(NO_MAILBOX)
    elif args.all:
        output.say('No reminders. They are planned by "heardback run", 3 business days after sending by default.')
    else:
        output.say('No reminders are open; "heardback reminders --all" shows the settled ones.')


def find_reminder(named: str, house: House) -> Reminder:
    """The one reminder meant by its id, or by that of its mail, or by the beginning of either; `-2` names its round.

    :raises UsageError: none or several are
    """
    exact = house.ledger.reminder(named)
    if exact:
        return exact
    about = [each for each in house.ledger.reminders() if _begins(each, named.lower())]
    of_item = [each for each in about if each.state in _OPEN] or about
    if not of_item:
        raise UsageError(f'There is no reminder "{named}"; "heardback reminders --all" lists them.')
    if len({each.item for each in of_item}) > 1:
        raise UsageError(f'Reminders about several items begin with "{named}"; write more of the id.')
    # what came due is meant before what would follow it
    return ([each for each in of_item if each.state is ReminderState.FIRED] or of_item)[-1]


def _begins(each: Reminder, named: str) -> bool:
    """Whether a text is the beginning of its mail's id, be it with the number of the reminder behind it."""
    beginning, dash, number = named.partition("-")
    return beginning != "" and each.item.startswith(beginning) and (not dash or each.id == f"{each.item}-{number}")


def _tell_change(changed: Reminder, what: str, house: House, output: Output) -> int:
    if output.as_json:
        output.document(as_document(changed, house))
    else:
        item = house.ledger.item(changed.item)
        output.say(f'Reminder {changed.id} of "{plain(item.subject, limit=60) if item else ""}" {what}.')
    return DONE


def as_document(each: Reminder, house: House) -> dict[str, object]:
    """A reminder as JSON."""
    item = house.ledger.item(each.item)
    return {
        "reminder": each.id,
        "item": each.item,
        "account": each.account,
        "round": each.round,
        "state": each.state,
        "due_at": each.due_at.isoformat(),
        "fired_at": each.fired_at.isoformat() if each.fired_at else None,
        "reason": each.reason,
        "held_because": why_held(each, house) or None,
        "subject": item.subject if item else None,
        "to": [one.address for one in item.recipients] if item else [],
        "shown_in": {one.surface: {"state": one.state, "why": one.why} for one in house.ledger.deliveries.of(each.id)},
    }
