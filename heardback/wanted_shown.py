"""What is wanted of reminders, in words: the policy that holds for a mail, and what a person asked for."""

from collections.abc import Iterator

from scheduler import delay
from scheduler.calendar import Calendar
from scheduler.planning import BEGINS
from scheduler.policy import Condition, Policy, Quorum
from scheduler.rules import AS_USUAL, ASKED, LABELLED, labels_in
from scheduler.verbs import parse
from store.ledger import Decision

#: what raises a reminder
CONDITIONS = {
    Condition.UNREAD: "there is no sign of reading",
    Condition.READ_NO_REPLY: "it was read, and no answer came",
    Condition.NO_REPLY: "no answer came, read or not",
    Condition.NOT_DELIVERED: "a mail server gave it back",
    Condition.REGARDLESS: "whatever came back",
}
#: keys of a rule, each with how its value is told
_KEYS = {
    "again": "again {} after that",
    "times": "{} in all",
    "grow": "each further wait {} times as long",
    "quorum": "whose sign ends the wait: {}",
    "bounces": "told if it is given back: {}",
    "hours": "within {}",
    "weekends": "on weekends: {}",
    "country": "by the holidays of {}",
    "region": "of its part {}",
    "recipient_zone": "by the readers' clock in {}",
    "recipient_country": "by the readers' business days in {}",
}


def in_words(policy: Policy) -> str:
    """A policy as a sentence's beginning."""
    source = f" ({policy.source})" if policy.source else ""
    if policy.off:
        return f"no reminders{source}"
    begins = BEGINS.get(policy.condition, "sending")
    first = delay.in_words(policy.after, begins) if policy.after else "at once"
    parts = (f"reminders {raised(policy.condition)}", first, _again(policy), _whose(policy), *_when(policy))
    return f"{', '.join(filter(None, parts))}{source}"


def raised(condition: Condition) -> str:
    """What raises a reminder, as a clause."""
    return CONDITIONS[condition] if condition is Condition.REGARDLESS else f"if {CONDITIONS[condition]}"


def decided_why(each: Decision) -> str:
    """The reason of a line of a mail's story; what was asked for in words."""
    if each.what == ASKED:
        return "as the rules have it" if each.why == AS_USUAL else ", ".join(_asked(each.why))
    if each.what != LABELLED:
        return each.why
    now, before = (" and ".join(f'"{one}"' for one in labels) for labels in labels_in(each.why))
    return f"{now} instead of {before}" if now and before else f"{now} put on" if now else f"{before} taken off"


def hours(calendar: Calendar) -> str:
    """When a person may be disturbed: `09:00-17:00`."""
    return f"{calendar.opens:%H:%M}-{calendar.closes:%H:%M}"


def _asked(text: str) -> Iterator[str]:
    verb = parse(text)
    if verb.off:
        yield "no reminders about this mail"
    if verb.condition:
        yield raised(verb.condition)
    if verb.after is not None:
        yield delay.in_words(verb.after, BEGINS.get(verb.condition or Condition.UNREAD, "sending"))
    yield from (_KEYS[key].format(value) for key, value in verb.more)


def _again(policy: Policy) -> str:
    if policy.rounds <= 1:
        return ""
    grows = f", each further wait {policy.grow:g} times as long" if policy.grow > 1 and policy.rounds > 2 else ""
    return f"again {delay.in_words(policy.again, 'that')}{grows}, up to {policy.rounds} in all"


def _whose(policy: Policy) -> str:
    if len(policy.named) == 1:
        return f"until {policy.named[0]} gives a sign, whatever others do"
    if policy.named:
        return f"until each of {', '.join(policy.named)} gives a sign, whatever others do"
    return "until every reader gives a sign" if policy.quorum is Quorum.ALL else ""


def _when(policy: Policy) -> Iterator[str]:
    """When the person may be disturbed, and by whose days business days are counted."""
    own, theirs = policy.calendar, policy.theirs
    yield f"within {hours(own)}" + (", on any day" if own.weekend == frozenset() and not own.country else "")
    if own.country:
        yield f"not on holidays of {' '.join(filter(None, (own.country, own.region)))}"
    if theirs:
        yield f"counted by the business days of {', '.join(filter(None, (theirs.country, theirs.zone.key)))}"
