"""`remind`: other reminders for one mail than the rules have, or none."""

from argparse import Namespace

from evidence.model import SentItem
from heardback.commands.reminders import as_document
from heardback.commands.show import find_item
from heardback.errors import DONE, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.text import moment, plain
from scheduler import delay, reminders
from scheduler.policy import Condition, Policy
from scheduler.verbs import Verb
from store.ledger import ReminderState


def remind(args: Namespace, house: House, output: Output) -> int:
    """Keep what is wanted for one mail, and plan its reminders anew."""
    item = find_item(args.item, house)
    verb = _verb(args, reminders.item_policy(house.ledger, item, house.policies), house)
    reminders.ask(house.ledger, item, verb, now=house.now)
    reminders.replan(house.ledger, house.now, house.policies, window=house.window, only=[item.id])
    open_ones = [each for each in house.ledger.reminders(item=item.id) if each.state in reminders.OPEN]
    if output.as_json:
        output.document(
            {"item": item.id, "asked": str(verb), "reminders": [as_document(each, house) for each in open_ones]}
        )
        return DONE
    named = f'"{plain(item.subject, limit=60)}"'
    for each in open_ones:
        output.say(f"Reminder {each.id} of {named} comes {moment(each.due_at, house.zone)}: {plain(each.reason)}.")
    if not open_ones:
        output.say(f"No reminder of {named} is planned: {plain(_rest(item, house))}.")
    return DONE


def _verb(args: Namespace, policy: Policy, house: House) -> Verb:
    """What is asked for; a delay is counted from now, and kept as the moment it leads to."""
    if args.off:
        if args.after or args.condition:
            raise UsageError("--off goes alone: there is nothing to wait for.")
        return Verb(off=True)
    if not args.after and not args.condition:
        raise UsageError("Say when with --after, what for with --if, or --off for no reminders.")
    condition = Condition(args.condition) if args.condition else None
    if not args.after:
        return Verb(condition=condition)
    try:
        wanted = delay.parse(args.after)
    except ValueError as err:
        raise UsageError(f"--after: {err}.") from err
    due = delay.due(wanted, house.now, policy.calendar, theirs=policy.theirs)
    return Verb(condition=condition, after=f"{due.astimezone(policy.calendar.zone):%Y-%m-%dt%H:%M}")


def _rest(item: SentItem, house: House) -> str:
    """Why there is none."""
    last = [each for each in house.ledger.reminders(item=item.id) if each.state is ReminderState.CANCELLED]
    return last[-1].reason if last else "as you asked"
