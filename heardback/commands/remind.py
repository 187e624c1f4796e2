"""`remind`: other reminders for one mail than the rules have, or none."""

from argparse import Namespace

from evidence.model import SentItem
from heardback.commands.reminders import as_document, comes
from heardback.commands.show import find_item
from heardback.errors import DONE, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.text import plain
from scheduler import delay, reminders
from scheduler.delay import Delay
from scheduler.policy import Condition, Policy
from scheduler.verbs import Verb
from store.ledger import ReminderState


def remind(args: Namespace, house: House, output: Output) -> int:
    """Keep what is wanted for one mail, and plan its reminders anew."""
    item = find_item(args.item, house)
    verb = _verb(args, item, house)
    ask(item, verb, house)
    open_ones = [each for each in house.ledger.reminders(item=item.id) if each.state in reminders.OPEN]
    if output.as_json:
        output.document(
            {"item": item.id, "asked": str(verb), "reminders": [as_document(each, house) for each in open_ones]}
        )
        return DONE
    named = f'"{plain(item.subject, limit=60)}"'
    for each in open_ones:
        output.say(f"Reminder {each.id} of {named} {comes(each, house)}: {plain(each.reason)}.")
    if not open_ones:
        output.say(f"No reminder of {named} is planned: {plain(_rest(item, house))}.")
    return DONE


def ask(item: SentItem, verb: Verb | None, house: House) -> None:
    """Keep what is wanted for one mail, None for what the rules have, and plan its reminders anew."""
    reminders.ask(house.ledger, item, verb, now=house.now)
    reminders.replan(house.ledger, house.now, house.policies, window=house.window, only=[item.id])


def from_now(said: str, item: SentItem, house: House) -> Delay:
    """A delay counted from now, as the moment it leads to.

    :raises ValueError: it is none; the message is a sentence's end
    """
    policy = reminders.item_policy(house.ledger, item, house.policies)
    due = delay.due(delay.parse(said), house.now, policy.calendar, theirs=policy.theirs)
    return f"{due.astimezone(policy.calendar.zone):%Y-%m-%dt%H:%M}"


def with_rest(verb: Verb, policy: Policy) -> Verb:
    """A verb with what it leaves open filled up as it holds now; a bounce is told at once, whatever was waited for."""
    condition = verb.condition or policy.condition
    is_other = condition is not policy.condition and Condition.NOT_DELIVERED in (condition, policy.condition)
    rest = None if is_other else policy.after
    return Verb(condition=condition, after=rest if verb.after is None else verb.after)


def _verb(args: Namespace, item: SentItem, house: House) -> Verb:
    if args.off:
        if args.after or args.condition:
            raise UsageError("--off goes alone: there is nothing to wait for.")
        return Verb(off=True)
    if not args.after and not args.condition:
        raise UsageError("Say when with --after, what for with --if, or --off for no reminders.")
    try:
        after = from_now(args.after, item, house) if args.after else None
    except ValueError as err:
        raise UsageError(f"--after: {err}.") from err
    return Verb(condition=Condition(args.condition) if args.condition else None, after=after)


def _rest(item: SentItem, house: House) -> str:
    """Why there is none."""
    last = [each for each in house.ledger.reminders(item=item.id) if each.state is ReminderState.CANCELLED]
    return last[-1].reason if last else "as you asked"
