"""`remind`: other reminders for one mail than the rules have, or none."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import replace

from evidence.model import SentItem
from heardback.commands.reminders import as_document, comes
from heardback.commands.show import find_item
from heardback.commands.why import as_document as policy_document
from heardback.commands.why import present
from heardback.errors import DONE, UsageError
from heardback.house import House
from heardback.output import Output
from heardback.text import local, plain, sentence
from heardback.wanted_shown import in_words
from scheduler import delay, reminders
from scheduler.policy import Condition
from scheduler.rules import from_then
from scheduler.verbs import MORE, Verb
from scheduler.wanted import BadKey, as_text


def remind(args: Namespace, house: House, output: Output) -> int:
    """Keep what is wanted for one mail, and plan its reminders anew."""
    item = find_item(args.item, house)
    try:
        verb = _verb(args, item, house)
        ask(item, verb, house)
    except BadKey as err:
        raise UsageError(f"--{err.key.replace('_', '-')}: {err.why}.") from err
    except ValueError as err:
        raise UsageError(sentence(f"That cannot be: {err}")) from err
    policy = reminders.item_policy(house.ledger, item, house.policies)
    open_ones = [each for each in house.ledger.reminders(item=item.id) if each.state in reminders.OPEN]
    if output.as_json:
        output.document({
            "item": item.id,
            "asked": str(verb or ""),
            "policy": policy_document(policy),
            "reminders": [as_document(each, house) for each in open_ones],
        })  # fmt: skip
        return DONE
    named = f'"{plain(item.subject, limit=60)}"'
    output.say(f"Wanted for {named}: {plain(local(in_words(policy), house.zone, house.now))}.")
    for each in open_ones:
        why = plain(local(each.reason, house.zone, house.now))
        output.say(f"Reminder {each.id} of {named} {comes(each, house)}: {why}.")
    if not open_ones:
        output.say(sentence(f"Now: {plain(local(present(item, policy, house), house.zone, house.now))}"))
    return DONE


def ask(item: SentItem, verb: Verb | None, house: House) -> None:
    """Keep what is wanted for one mail, None for what the rules have, and plan its reminders anew.

    :raises ValueError: it makes no sense; the message is a sentence's end
    """
    reminders.ask(house.ledger, item, verb, house.policies, now=house.now)
    reminders.replan(house.ledger, house.now, house.policies, window=house.window, only=[item.id])


def wanted(when: str, condition: Condition | None, typed: Mapping[str, str], item: SentItem, house: House) -> Verb:
    """What a person wants for one mail, a time counted from now by the calendar they want it by.

    :param typed: keys of a rule with their values, none if they are not to change
    :raises ValueError: it makes no sense; the message is a sentence's end
    """
    more = tuple((key, as_text(key, value)) for key, value in typed.items())
    verb = Verb(condition=condition, more=more)
    if not when:
        return verb
    try:
        after = delay.parse(when)
    except ValueError as err:
        raise BadKey("after", str(err)) from err
    policy = reminders.policy_asked(house.ledger, item, verb, house.policies)
    return replace(verb, after=from_then(after, house.now, policy))


def _verb(args: Namespace, item: SentItem, house: House) -> Verb | None:
    more = {key: value for key in MORE if (value := getattr(args, key)) is not None}
    others = args.after or args.condition or more
    if args.off or args.as_usual:
        if others or (args.off and args.as_usual):
            raise UsageError(f"--{'off' if args.off else 'as-usual'} goes alone.")
        return Verb(off=True) if args.off else None
    if not others:
        further = ", ".join(f"--{each.replace('_', '-')}" for each in MORE)
        raise UsageError(
            "Say when with --after, what for with --if, or --off for no reminders, --as-usual for those of the rules; "
            f'further: {further}. "heardback remind --help" explains them.'
        )
    condition = Condition(args.condition) if args.condition else None
    return wanted(args.after or "", condition, more, item, house)
