"""`reminders`, `snooze`, `done`: what is due, later, or settled."""

from argparse import Namespace
from datetime import timedelta

from heardback.errors import DONE, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.text import count, moment, plain
from scheduler import reminders as room
from store.ledger import Reminder, ReminderState

#: what a person still has to think of
_OPEN = (ReminderState.PLANNED, ReminderState.CLAIMED, ReminderState.HELD, ReminderState.FIRED)


def reminders(args: Namespace, house: House, output: Output) -> int:
    """List the reminders that are coming or came due; with `--all` the settled ones too."""
    found = house.ledger.reminders(states=None if args.all else _OPEN)
    if output.as_json:
        output.document([_document(each, house) for each in found])
        return DONE
    if not found:
        output.say("No reminders." if args.all else 'No reminders are open; "--all" shows the settled ones.')
        return DONE
    for each in found:
        item = house.ledger.item(each.item)
        output.say(f"{each.id}  {_state(each, house)}  {plain(item.subject, limit=200) if item else ''}")
        if item:
            output.say(f"    to {', '.join(one.address for one in item.recipients[:5])}")
        output.say(f"    {plain(each.reason)}")
    output.say(f'{count(len(found), "reminder")}. "heardback snooze ID 2d" moves one, "heardback done ID" settles it.')
    return DONE


def snooze(args: Namespace, house: House, output: Output) -> int:
    """Let a reminder come later."""
    found = _find(args.reminder, house)
    until = house.now + timedelta(seconds=args.until)
    changed = room.snooze(house.ledger, found, until, now=house.now)
    return _tell_change(changed, f"comes again {moment(until, house.zone)}", house, output)


def done(args: Namespace, house: House, output: Output) -> int:
    """Take a reminder, and those that would follow it, off the list for good."""
    changed = room.done(house.ledger, _find(args.reminder, house), now=house.now)
    return _tell_change(changed, "is settled; no more will come about this mail", house, output)


def _find(named: str, house: House) -> Reminder:
    exact = house.ledger.reminder(named)
    if exact:
        return exact
    about = [each for each in house.ledger.reminders() if each.item.startswith(named.lower())] if named else []
    of_item = [each for each in about if each.state in _OPEN] or about
    if not of_item:
        raise UsageError(f'There is no reminder "{named}"; "heardback reminders --all" lists them.')
    if len({each.item for each in of_item}) > 1:
        raise UsageError(f'Reminders about several items begin with "{named}"; write more of the id.')
    return of_item[-1]


def _tell_change(changed: Reminder, what: str, house: House, output: Output) -> int:
    if output.as_json:
        output.document(_document(changed, house))
    else:
        output.say(f"Reminder {changed.id} {what}.")
    return DONE


def _state(each: Reminder, house: House) -> str:
    if each.state is ReminderState.FIRED:
        return f"came due {moment(each.fired_at or each.due_at, house.zone)}"
    if each.state is ReminderState.HELD:
        return f"HELD since {moment(each.due_at, house.zone)}"
    if each.state in (ReminderState.PLANNED, ReminderState.CLAIMED):
        return f"comes {moment(each.due_at, house.zone)}"
    return each.state


def _document(each: Reminder, house: House) -> dict[str, object]:
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
        "subject": item.subject if item else None,
        "to": [one.address for one in item.recipients] if item else [],
    }
