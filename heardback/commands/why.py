"""`why`: every decision about the reminders of one mail, in order, each with its reason; and what holds now."""

from argparse import Namespace
from collections.abc import Iterator

from evidence.model import SentItem
from heardback.commands.reminders import comes, why_held
from heardback.commands.show import find_item
from heardback.errors import DONE
from heardback.house import House
from heardback.output import Output
from heardback.text import decided, local, moment, plain
from scheduler import delay, reminders
from scheduler.calendar import Calendar
from scheduler.habits import Habits
from scheduler.planning import BEGINS, BOUNCE, left_alone, reason, reason_to_rest
from scheduler.policy import Policy, Quorum
from scheduler.standing import standing
from store.ledger import Decision, Reminder, ReminderState

#: what each line of a story is about
_ABOUT = {"": "mail", str(BOUNCE): "bounce"}


def why(args: Namespace, house: House, output: Output) -> int:
    """Tell the story of one mail's reminders."""
    item = find_item(args.item, house)
    policy = reminders.item_policy(house.ledger, item, house.policies)
    decisions, now = house.ledger.decisions(item.id), present(item, policy, house)
    if output.as_json:
        output.document({
            "item": item.id,
            "subject": item.subject,
            "to": [each.address for each in item.recipients],
            "sent_at": item.sent_at.isoformat(),
            "policy": as_document(policy),
            "decisions": [
                {"at": each.at.isoformat(), "reminder": each.reminder, "what": each.what, "why": each.why}
                for each in decisions
            ],
            "now": now,
        })  # fmt: skip
        return DONE
    output.say(f"{plain(item.subject) or '(no subject)'}")
    output.say(f"  item {item.id}, sent {moment(item.sent_at, house.zone)}", hang=2)
    output.say(f"  wanted: {local(in_words(policy), house.zone, house.now)}", hang=2)
    output.say()
    for each in decisions:
        output.say(f"  {moment(each.at, house.zone)}  {_line(each, house)}", hang=4)
    output.say(f"  {moment(house.now, house.zone)}  now: {plain(local(now, house.zone, house.now))}", hang=4)
    return DONE


def in_words(policy: Policy) -> str:
    """A policy as a sentence's beginning."""
    source = f" ({policy.source})" if policy.source else ""
    if policy.off:
        return f"no reminders{source}"
    begins = BEGINS.get(policy.condition, "sending")
    first = delay.in_words(policy.after, begins) if policy.after else "at once"
    parts = (f"reminders if {policy.condition}", first, _again(policy), _whose(policy), *_when(policy))
    return f"{', '.join(filter(None, parts))}{source}"


def _again(policy: Policy) -> str:
    if policy.rounds <= 1:
        return ""
    grows = f", each further wait {policy.grow:g} times as long" if policy.grow > 1 and policy.rounds > 2 else ""
    return f"again {delay.in_words(policy.again, 'that')}{grows}, up to {policy.rounds} in all"


def _whose(policy: Policy) -> str:
    if policy.named:
        return f"until each of {', '.join(policy.named)} gives a sign, whatever the others do"
    return "until every reader gives a sign" if policy.quorum is Quorum.ALL else ""


def _when(policy: Policy) -> Iterator[str]:
    """When the person may be disturbed, and by whose days business days are counted."""
    own, theirs = policy.calendar, policy.theirs
    yield f"within {_hours(own)}" + (", on any day" if own.weekend == frozenset() and not own.country else "")
    if theirs:
        yield f"counted by the business days of {', '.join(filter(None, (theirs.country, theirs.zone.key)))}"


def _hours(calendar: Calendar) -> str:
    return f"{calendar.opens:%H:%M}-{calendar.closes:%H:%M}"


def as_document(policy: Policy) -> dict[str, object]:
    """A policy as JSON."""
    return {
        "off": policy.off,
        "condition": policy.condition,
        "after": delay.written(policy.after),
        "again": delay.written(policy.again),
        "times": policy.rounds,
        "grow": policy.grow,
        "quorum": list(policy.named) or policy.quorum,
        "bounces": policy.tells_bounces,
        "hours": _hours(policy.calendar),
        "weekends": policy.calendar.weekend == frozenset(),
        "country": policy.calendar.country,
        "region": policy.calendar.region,
        "recipient_zone": policy.theirs.zone.key if policy.theirs else "",
        "recipient_country": policy.theirs.country if policy.theirs else "",
        "source": policy.source or "the settings reminders.*",
    }


def present(item: SentItem, policy: Policy, house: House) -> str:
    """What is to come, or why nothing is; a sentence's end."""
    habits, account = Habits(house.ledger, now=house.now), house.ledger.account(item.account)
    every = house.ledger.reminders(item=item.id)
    changes = reminders.plan_item(house.ledger, item, account, house.policies, now=house.now, habits=habits)
    # what was heard since the worker planned: the ledger may have them to come, and none will
    over = {each.id: told.why for each, told in changes if each.state is ReminderState.CANCELLED}
    verdict = left_alone(standing(house.ledger, item, now=house.now, habits=habits), habits.opted_out)
    if each := next((one for one in every if one.state in reminders.OPEN and one.id not in over), None):
        if held := why_held(each, house):
            return f"reminder {each.id} is due and held back: {held}"
        return f"reminder {each.id} {comes(each, house)}: {reason(each, verdict, policy)}"
    obstacle = reminders.obstacle(house.ledger, item, account)
    rest = obstacle or reason_to_rest(verdict, policy) or next(iter(over.values()), "")
    return f"no reminder is to come: {rest or _over(every)}"


def _over(every: tuple[Reminder, ...]) -> str:
    """Why nothing is to come of a mail that still calls for a reminder."""
    states = {each.state for each in every}
    if ReminderState.DONE in states:
        return "you settled it"
    if ReminderState.FIRED in states:
        return "all reminders that were wanted came"
    return every[0].reason if every else "none is planned yet; the next reading plans it, if the mail is not too old"


def _line(each: Decision, house: House) -> str:
    number = each.reminder.rpartition("-")[2]
    about = _ABOUT.get(number, f"reminder {number}")
    return f"{about}, {decided(each.what)}: {plain(local(each.why, house.zone, each.at))}"
