"""From a verdict to the reminders it calls for. Pure: what should be is worked out here, and done elsewhere.

A plan is worked out anew from the verdict each time and compared with the reminders there are; only what differs comes
out. So it can be made as often as one likes, and what is fired or done is never touched.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType

from evidence.copies import marks
from evidence.model import ItemVerdict, RecipientVerdict, Verdict
from scheduler import delay
from scheduler.absences import Absence
from scheduler.policy import CLOSED, RAISES, SETTLED, Condition, Policy, Quorum, is_among
from scheduler.verbs import Verb
from store.ledger import Decision, Reminder, ReminderState

#: the end of the reason why a reminder is not raised afterwards
_MISSED = "before the mailbox was connected"
#: a reminder and the line of its story
Planned = tuple[Reminder, Decision]

#: obstacles: why nothing may be planned about a mail for a time
NOT_CONNECTED, REMOVED = "its account is not connected any more", "the sent copy was deleted or moved away"

#: the round of the notice that mail was given back; it comes beside the others and counts as none of them
BOUNCE = 0

#: from what waiting is counted, where it is not from sending
BEGINS = {Condition.READ_NO_REPLY: "the reading", Condition.NOT_DELIVERED: "it is given back"}
#: why nobody is reminded under a condition that may still come to be
_NOT_YET = {
    Condition.READ_NO_REPLY: "nobody has shown a sign of reading yet",
    Condition.NOT_DELIVERED: "nothing was given back",
}
#: what is told of an opt-out that may be another reader's, and no name with it
_ONE_OF_THEM = "one of the recipients opted out of being tracked, it cannot be told which"
_PERHAPS = "one of several who got another mail opted out of being tracked, perhaps this reader"

#: states that planning may change; what is claimed belongs to the worker that claimed it
_OPEN = frozenset({ReminderState.PLANNED, ReminderState.HELD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Whether and when a sent item should raise a reminder."""

    #: None: it should not
    due_at: datetime | None
    #: a sentence a person can read
    why: str
    #: when it would have been due, if that was before the account was connected
    missed: datetime | None = None


def plan(
    verdict: ItemVerdict,
    existing: tuple[Reminder, ...],
    policy: Policy,
    *,
    now: datetime,
    connected_at: datetime,
    returns: Mapping[str, Absence] = MappingProxyType({}),
    obstacle: str = "",
) -> tuple[Planned, ...]:
    """What is to be written so that the reminders of one sent item fit its verdict; empty if they do already.

    :param existing: all reminders of the item
    :param connected_at: when its account was connected; what was due before that is not raised afterwards
    :param returns: address to the day an auto-reply announced; still of account when the absence is over and the
        verdict says so no more, or a reminder moved past it would fall back to its old time
    :param obstacle: why nothing may be planned about this item at all (its copy left the mailbox); empty if nothing
    """
    by_round = {reminder.round: reminder for reminder in existing}
    if any(reminder.state is ReminderState.DONE for reminder in existing):
        return ()
    found: list[Planned] = []
    told_of_bounce = _bounce_change(verdict, by_round.get(BOUNCE), policy, now, connected_at, obstacle)
    if told_of_bounce:
        found.append(told_of_bounce)
    for number in range(1, max([policy.rounds, *by_round]) + 1):
        start = _start(verdict, policy, by_round, number)
        if start is None:
            break
        wish = Wish(due_at=None, why=obstacle) if obstacle else _wish(verdict, policy, number, start, returns)
        wish = _not_before(wish, connected_at, first=number == 1)
        change = _change(verdict, by_round.get(number), number, wish, now)
        if change:
            found.append(change)
            by_round[number] = change[0]
    return tuple(found)


def _wish(verdict: ItemVerdict, policy: Policy, number: int, start: datetime, returns: Mapping[str, Absence]) -> Wish:
    """Whether a sent item calls for its reminder of this round, and when, counted from `start`."""
    rest = reason_to_rest(verdict, policy) or _too_many(number, policy.rounds)
    if rest:
        return Wish(due_at=None, why=rest)
    wait = policy.after if number == 1 else delay.grown(policy.again, policy.grow, number - 2)
    waited = delay.in_words(wait, "the reminder before" if number > 1 else BEGINS.get(policy.condition, "sending"))
    due = delay.due(wait, start, policy.calendar, theirs=policy.theirs)
    counted_by = policy.theirs or policy.calendar
    passed = counted_by.holidays(start, due) if isinstance(wait, int) else ()
    wish = Wish(due_at=due, why=_sourced(f"{waited}{_passed_over(passed)}", policy))
    if policy.condition is Condition.REGARDLESS:
        return wish
    back = [returns.get(each.recipient.address) for each in waiting_for(verdict, policy)]
    return _past_absence(policy, wish, due, back)


def reason_to_rest(verdict: ItemVerdict, policy: Policy) -> str:
    """Why nobody needs to be reminded of this item; empty if somebody does."""
    if policy.off:
        return _sourced("no reminders about this mail", policy)
    named = _named(verdict, policy)
    asked = named or verdict.recipients
    settled = [each for each in asked if each.verdict in SETTLED[policy.condition]]
    waiting = waiting_for(verdict, policy)
    # where none of those named got the mail, anybody's sign is as good as another's
    is_any = not named and (policy.quorum is Quorum.ANY or bool(policy.named))
    if told := _someones(verdict, policy, is_any=is_any):
        return told
    if settled and (is_any or not waiting):
        return _told(settled[0])
    if waiting or not asked:
        return ""
    closed = [each for each in asked if each.verdict in CLOSED]
    is_over = policy.condition not in _NOT_YET or len(closed) == len(asked)
    return _told(closed[0]) if is_over else _NOT_YET[policy.condition]


def why_over(reminder: Reminder, verdict: ItemVerdict, policy: Policy) -> str:
    """Why a reminder that came calls for nothing any more; the notice of a bounce is over when the person says so.

    What came stays so in the ledger, whatever was heard since. Empty if it still calls for something, or is to come.
    """
    may_rest = reminder.state is ReminderState.FIRED and reminder.round != BOUNCE
    return reason_to_rest(verdict, policy) if may_rest else ""


def waiting_for(verdict: ItemVerdict, policy: Policy) -> tuple[RecipientVerdict, ...]:
    """The recipients a reminder would be about."""
    asked = _named(verdict, policy) or verdict.recipients
    return tuple(each for each in asked if each.verdict in RAISES[policy.condition])


def reason(reminder: Reminder, verdict: ItemVerdict, policy: Policy) -> str:
    """Why a reminder comes, and that its mail was deleted unread, which is no reason to wait longer."""
    deleted = [each.why for each in waiting_for(verdict, policy) if each.verdict is Verdict.DELETED_UNREAD]
    if reminder.round == BOUNCE or not deleted:
        return reminder.reason
    # the rest of it tells how the report was matched
    return f"{reminder.reason}; {deleted[0].partition('; ')[0]}"


def left_alone(verdict: ItemVerdict, opted_out: Mapping[str, Collection[str]]) -> ItemVerdict:
    """The same, with those who opted out, and did not answer, counted among those who declined.

    :param opted_out: each with the marks of mails to several, one of whom it was (`store.tracking.opt_outs`)
    """
    if not opted_out:
        return verdict
    here = marks(verdict.item)
    return replace(verdict, recipients=tuple(_unless_out(each, opted_out, here) for each in verdict.recipients))


def _unless_out(
    one: RecipientVerdict, opted_out: Mapping[str, Collection[str]], here: Collection[str]
) -> RecipientVerdict:
    mails = opted_out.get(one.recipient.address)
    if mails is None or one.verdict in {Verdict.ANSWERED, Verdict.NOT_DELIVERED}:
        return one
    somebody = _ONE_OF_THEM if any(each in here for each in mails) else _PERHAPS
    return replace(one, verdict=Verdict.DECLINED, why=somebody if mails else "opted out of being tracked")


def undelivered(verdict: ItemVerdict) -> tuple[RecipientVerdict, ...]:
    """The recipients whose mail was given back."""
    return tuple(each for each in verdict.recipients if each.verdict is Verdict.NOT_DELIVERED)


def told_by_now(reminder: Reminder, verdict: ItemVerdict) -> tuple[str, ...]:
    """Whose bounces a reminder that comes now has told of then; of others than the notice of them it tells none."""
    if reminder.round != BOUNCE:
        return ()
    return tuple(dict.fromkeys((*reminder.told_of, *(each.recipient.address for each in undelivered(verdict)))))


def _named(verdict: ItemVerdict, policy: Policy) -> tuple[RecipientVerdict, ...]:
    """The recipients whose signs alone count; none if nobody is named, or none of those got this mail."""
    return tuple(each for each in verdict.recipients if is_among(each.recipient.address, policy.named))


def _someones(verdict: ItemVerdict, policy: Policy, *, is_any: bool) -> str:
    """Why a sign of somebody who cannot be named lets the matter rest; empty if it does not."""
    told = verdict.someone
    if told is None:
        return ""
    is_declined = told.verdict is Verdict.DECLINED and policy.condition is not Condition.NOT_DELIVERED
    return told.why if is_declined or (is_any and told.verdict in SETTLED[policy.condition]) else ""


def _told(recipient: RecipientVerdict) -> str:
    if recipient.why in {_ONE_OF_THEM, _PERHAPS}:
        return recipient.why
    return f"{recipient.recipient.address}: {recipient.verdict} ({recipient.why})"


def _passed_over(holidays: tuple[date, ...]) -> str:
    days = " and ".join(f"{each:%Y-%m-%d}" for each in holidays)
    if len(holidays) > 2:
        return f", {len(holidays)} public holidays not counted"
    return f", the public holiday{'s' if len(holidays) > 1 else ''} {days} not counted" if days else ""


def _sourced(sentence: str, policy: Policy) -> str:
    return f"{sentence}, {policy.source}" if policy.source else sentence


def _too_many(number: int, rounds: int) -> str:
    if number <= rounds:
        return ""
    return "one reminder is enough by now" if rounds == 1 else "no more reminders are wanted by now"


def _bounce_change(
    verdict: ItemVerdict,
    reminder: Reminder | None,
    policy: Policy,
    now: datetime,
    connected_at: datetime,
    obstacle: str,
) -> Planned | None:
    """The notice that mail was given back: once for each recipient whose is, as soon as people may be disturbed."""
    failed = [each for each in undelivered(verdict) if each.recipient.address not in _already_told(reminder, verdict)]
    if not failed or not policy.tells_bounces or obstacle:
        why = obstacle or ("no mail is undelivered any more" if not failed else "bounces are not told of")
        is_open = reminder is not None and reminder.state in _OPEN
        return _cancel(reminder, why, now) if reminder and is_open else None
    newest = max(failed, key=lambda each: each.since)
    if reminder is None and newest.since < connected_at:
        return None
    wait = policy.after if policy.condition is Condition.NOT_DELIVERED else timedelta()
    wish = Wish(due_at=delay.due(wait, newest.since, policy.calendar), why=_told(newest))
    if reminder and reminder.state is ReminderState.FIRED:
        return _again(replace(reminder, fired_at=None, pinned=False), wish.due_at or now, wish.why, now)
    return _change(verdict, reminder, BOUNCE, wish, now)


def _already_told(reminder: Reminder | None, verdict: ItemVerdict) -> frozenset[str]:
    """Whose bounces the notice told of already; when they came says nothing, for a server's clock may be off."""
    if reminder is None or (reminder.pinned and reminder.state in _OPEN):
        return frozenset()
    if reminder.told_of or reminder.state is not ReminderState.FIRED:
        return frozenset(reminder.told_of)
    # told before it was kept of whom
    told_at = reminder.fired_at or reminder.due_at
    return frozenset(each.recipient.address for each in undelivered(verdict) if each.since <= told_at)


def _past_absence(policy: Policy, wish: Wish, due: datetime, back: list[Absence | None]) -> Wish:
    """Wait for the first of them to be back, if all who are waited for announced when they will be."""
    announced = [each for each in back if each]
    if not announced or len(announced) < len(back):
        return wish
    first = min(announced, key=lambda each: each.until)
    day = first.until
    theirs = policy.theirs.day_after(day) if policy.theirs else None
    opens = policy.calendar.admitted(theirs) if theirs else policy.calendar.day_after(day)
    if opens <= due:
        return wish
    how = ", as an automatic answer to another mail said" if first.elsewhere else ""
    return Wish(due_at=opens, why=f"away until {day:%Y-%m-%d}{how}: the first business day after that")


def _start(verdict: ItemVerdict, policy: Policy, by_round: dict[int, Reminder], number: int) -> datetime | None:
    """When waiting for this round began; None if its turn has not come."""
    if number == 1:
        is_from_reading = policy.condition is Condition.READ_NO_REPLY
        begun = [each.since for each in waiting_for(verdict, policy)] if is_from_reading else []
        return min(begun, default=verdict.item.sent_at)
    before, own = by_round.get(number - 1), by_round.get(number)
    if before is None or (own is None and before.state is not ReminderState.FIRED):
        return None
    return before.fired_at or before.due_at


def _not_before(wish: Wish, connected_at: datetime, *, first: bool) -> Wish:
    if not first or wish.due_at is None or wish.due_at >= connected_at:
        return wish
    why = f"was due on {wish.due_at:%Y-%m-%d}, {_MISSED}"
    return Wish(due_at=None, why=why, missed=wish.due_at)


def _change(verdict: ItemVerdict, reminder: Reminder | None, number: int, wish: Wish, now: datetime) -> Planned | None:
    if reminder is None:
        return _new(verdict, number, wish, now)
    if wish.due_at is None:
        keeps = wish.missed and reminder.pinned
        return _cancel(reminder, wish.why, now) if reminder.state in _OPEN and not keeps else None
    if reminder.state is ReminderState.CANCELLED:
        return _again(reminder, wish.due_at, wish.why, now)
    if reminder.state in _OPEN and not reminder.pinned and reminder.due_at != wish.due_at:
        return move(reminder, wish.due_at, wish.why, now)
    return None


def _new(verdict: ItemVerdict, number: int, wish: Wish, now: datetime) -> Planned | None:
    item, due_at = verdict.item, wish.due_at or wish.missed
    if due_at is None:
        return None
    new = Reminder(
        id=f"{item.id}-{number}", item=item.id, account=item.account, round=number, due_at=due_at, reason=wish.why
    )
    return _cancel(new, wish.why, now) if wish.missed else told(new, "planned", wish.why, now)


def _again(reminder: Reminder, due_at: datetime, why: str, now: datetime) -> Planned:
    due_at = reminder.due_at if reminder.pinned else due_at
    return told(replace(reminder, state=ReminderState.PLANNED, due_at=due_at, reason=why), "planned", why, now)


def _cancel(reminder: Reminder, why: str, now: datetime) -> Planned:
    return told(replace(reminder, state=ReminderState.CANCELLED, reason=why), "cancelled", why, now)


def was_missed(reminder: Reminder) -> bool:
    """Whether it does not come because its time was over when the account was connected."""
    return reminder.state is ReminderState.CANCELLED and reminder.reason.endswith(_MISSED)


def move(reminder: Reminder, due_at: datetime, why: str, now: datetime) -> Planned:
    """The reminder at another time, and the line that says so."""
    return told(replace(reminder, state=ReminderState.PLANNED, due_at=due_at, reason=why), "moved", why, now)


def _asked_anew(reminder: Reminder, now: datetime) -> Planned:
    """A reminder that came or was settled, free to come again as the person asks now."""
    free = replace(
        reminder, state=ReminderState.CANCELLED, pinned=False, fired_at=None, told_of=(), reason="you asked anew"
    )
    return told(free, "cancelled", free.reason, now)


def as_asked(
    reminder: Reminder, asked: Verb | None, before: Verb | None, story: Iterable[Decision], now: datetime
) -> Planned | None:
    """What becomes of a reminder at once by what the person asks for its mail; None if nothing.

    One that came begins anew if another time or condition is asked for, and stays come if only how it goes on is. One
    that was settled is settled no more, unless none are wanted at all. The notice of a bounce stays as it is.

    :param asked: None: what was asked for is taken back
    :param before: what was asked for until now
    :param story: of its item, oldest first
    """
    if reminder.round == BOUNCE:
        return None
    if asked is None:
        is_open = reminder.state in _OPEN and not reminder.pinned
        came = _came_already(reminder, ReminderState.CANCELLED, story, now)
        return _asked_anew(reminder, now) if is_open else came
    begun = Verb() if before is None else before
    goes_on = (asked.off, asked.condition, asked.after) == (begun.off, begun.condition, begun.after)
    if goes_on and (came := _came_already(reminder, ReminderState.DONE, story, now)):
        return came
    settled = set() if asked.off else {ReminderState.DONE}
    over = settled if goes_on else {ReminderState.FIRED, *settled}
    # the time a person chose before gives way to the one they ask for now
    is_overtaken = reminder.pinned and reminder.state in _OPEN and not goes_on
    return _asked_anew(reminder, now) if is_overtaken or reminder.state in over else None


def _came_already(reminder: Reminder, state: ReminderState, story: Iterable[Decision], now: datetime) -> Planned | None:
    """A reminder that came and has this state since, as it came."""
    came = [each for each in story if (each.reminder, each.what) == (reminder.id, "fired")]
    if reminder.state is not state or not came:
        return None
    at, why = came[-1].at, came[-1].why
    past = replace(reminder, state=ReminderState.FIRED, pinned=False, due_at=at, fired_at=at, reason=why)
    return told(past, "kept", "it came already", now)


def told(reminder: Reminder, what: str, why: str, now: datetime) -> Planned:
    """A reminder with the line of its story."""
    return reminder, Decision(at=now, reminder=reminder.id, item=reminder.item, what=what, why=why)
