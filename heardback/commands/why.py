"""`why`: every decision about the reminders of one mail, in order, each with its reason; and what holds now."""

from argparse import Namespace

from evidence.model import SentItem
from heardback.commands.reminders import comes, why_held
from heardback.commands.show import find_item
from heardback.errors import DONE
from heardback.house import House
from heardback.output import Output
from heardback.text import decided, local, moment, plain
from heardback.wanted_shown import decided_why, hours, in_words
from scheduler import delay, reminders
from scheduler.habits import Habits
from scheduler.planning import BOUNCE, reason, reason_to_rest
from scheduler.policy import Policy
from scheduler.standing import heeded
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
        "hours": hours(policy.calendar),
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
    verdict = heeded(house.ledger, item, now=house.now, habits=habits)
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
    return f"{about}, {decided(each.what)}: {plain(local(decided_why(each), house.zone, each.at))}"
