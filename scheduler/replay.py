"""Lives one sent item's reminders over again: what would have come when, under this policy or that. Pure.

It plans and fires as the worker does, with `fold` and `plan`, over the evidence as it was known at each moment.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from evidence.hit_verdict import UNTRACKED, Tracking
from evidence.model import Evidence, ItemVerdict, SentItem
from evidence.verdict import fold
from scheduler.absences import Announcement, absences
from scheduler.own import is_to_self, without_own
from scheduler.planning import Planned, as_asked, left_alone, plan, told, told_by_now
from scheduler.policy import Policy
from scheduler.rules import ASKED, LABELLED, Policies, asked_for, labels_in, policy_for
from scheduler.verbs import Verb, by_label, labels_of
from store.ledger import Decision, Reminder, ReminderState
from store.tracking import Choice, opt_outs

#: lines of a story that tell what a person decided
SNOOZED, DONE = "snoozed", "done"
ACTS = frozenset({ASKED, LABELLED, SNOOZED, DONE})

_UNTIL = re.compile(r"until (\d{4}-\d{2}-\d{2} \d{2}:\d{2}) UTC")
_OPEN = frozenset({ReminderState.PLANNED, ReminderState.HELD})
#: more steps than any life of a mail has
_STEPS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What happened about one sent item, with the moments it was known at."""

    item: SentItem
    evidence: tuple[Evidence, ...] = ()
    #: when its account was connected; None: before it was sent
    connected_at: datetime | None = None
    #: lines of its story among `ACTS`, oldest first
    acts: tuple[Decision, ...] = ()
    #: the person's own addresses, normalised
    own: frozenset[str] = frozenset()
    #: what its recipients chose, oldest first
    choices: tuple[Choice, ...] = ()
    #: addresses known never to return receipts, and how that is known
    silent: Mapping[str, str] = field(default_factory=dict)
    #: what automatic answers of its recipients announced, to whatever mail, each oldest first
    announced: Mapping[str, tuple[Announcement, ...]] = field(default_factory=dict)
    #: its images and links
    tracking: Tracking = UNTRACKED
    #: when nobody ran, or the mailbox could not be read, from and until
    asleep: tuple[tuple[datetime, datetime], ...] = ()
    #: from when on nothing may be planned about it, each with why; empty: something may again
    obstacles: tuple[tuple[datetime, str], ...] = ()


def replay(life: Life, policies: Policies, *, until: datetime) -> tuple[Decision, ...]:
    """The whole story of an item's reminders up to a moment, oldest first."""
    if is_to_self(life.item, life.own):
        return ()
    return _Run(life, policies).story(until)


def fired(story: Iterable[Decision]) -> tuple[Decision, ...]:
    """The reminders of a story that came."""
    return tuple(each for each in story if each.what == "fired")


class _Run:
    """One life, moment by moment."""

    def __init__(self, life: Life, policies: Policies) -> None:
        self._life = life
        self._policies = policies
        self._reminders: dict[str, Reminder] = {}
        self._story: list[Decision] = []
        self._acts = sorted(life.acts, key=lambda each: each.at)
        self._done: list[Decision] = []
        self._now = life.item.sent_at

    def story(self, until: datetime) -> tuple[Decision, ...]:
        events = sorted({self._awake(each) for each in self._moments()})
        for _ in range(_STEPS):
            due = self._next_due()
            now = min([*events[:1], *([due[0]] if due else [])], default=None)
            if now is None or now > until:
                break
            self._now, events = now, [each for each in events if each > now]
            self._act(now)
            self._plan(now)
            if due and due[0] == now:
                self._fire(due[1], now)
        return tuple(self._story)

    def _moments(self) -> Iterator[datetime]:
        """When something became known or was decided."""
        start = max(self._life.item.sent_at, self._life.connected_at or self._life.item.sent_at)
        yield start
        yield from (max(start, each.at) for each in self._life.evidence if each.at)
        yield from (max(start, each.at) for said in self._life.announced.values() for each in said)
        yield from (each.at for each in self._acts)
        yield from (max(start, each.at) for each in self._life.choices)
        yield from (at for at, _ in self._life.obstacles)

    def _awake(self, moment: datetime) -> datetime:
        """The moment, or the end of the sleep it falls into."""
        return next((end for start, end in self._life.asleep if start <= moment < end), moment)

    def _next_due(self) -> tuple[datetime, str] | None:
        """The reminder that comes next and when, as far as is known now."""
        waiting = [each for each in self._reminders.values() if each.state in _OPEN]
        return min(((self._comes(each), each.id) for each in waiting), default=None)

    def _comes(self, reminder: Reminder) -> datetime:
        # what becomes due for a moment that is over comes now
        moment = self._awake(max(reminder.due_at, self._now))
        while not reminder.pinned and moment != (admitted := self._policy().calendar.admitted(moment)):
            moment = self._awake(admitted)
        return moment

    def _policy(self) -> Policy:
        item = replace(self._life.item, labels=self._labels())
        return policy_for(item, self._policies, own=self._life.own, decisions=self._done)

    def _labels(self) -> tuple[str, ...]:
        """Those of its labels that it had by now, where they changed later."""
        item, changes = self._life.item, [each for each in self._life.acts if each.what == LABELLED]
        if not changes:
            return item.labels
        done = [each for each in changes if each in self._done]
        verbs = labels_in(done[-1].why)[0] if done else labels_in(changes[0].why)[1]
        return (*(each for each in item.labels if each not in labels_of(item)), *verbs)

    def _verdict(self, known: Iterable[Evidence], now: datetime) -> ItemVerdict:
        item = without_own(self._life.item, self._life.own)
        out = opt_outs(each for each in self._life.choices if each.at <= now)
        return left_alone(fold(item, known, now=now, silent=self._life.silent, tracking=self._life.tracking), out)

    def _known(self, now: datetime) -> list[Evidence]:
        return [each for each in self._life.evidence if (each.at or self._life.item.sent_at) <= now]

    def _announced(self, now: datetime) -> dict[str, tuple[Announcement, ...]]:
        said = self._life.announced.items()
        return {address: tuple(each for each in all_of_them if each.at <= now) for address, all_of_them in said}

    def _plan(self, now: datetime) -> None:
        sent_at, known = self._life.item.sent_at, self._known(now)
        changes = plan(
            self._verdict(known, now),
            tuple(self._reminders.values()),
            self._policy(),
            now=now,
            connected_at=self._life.connected_at or sent_at,
            returns=absences(self._life.item, known, self._announced(now)),
            obstacle=next((why for at, why in reversed(self._life.obstacles) if at <= now), ""),
        )
        for change in changes:
            self._write(change)

    def _fire(self, reminder: str, now: datetime) -> None:
        """Let it come, unless the plan at the last look said otherwise."""
        each = self._reminders[reminder]
        if each.state not in _OPEN or self._comes(each) > now:
            return
        verdict = self._verdict(self._known(now), now)
        fired = replace(each, state=ReminderState.FIRED, fired_at=now, told_of=told_by_now(each, verdict))
        self._write(told(fired, "fired", each.reason, now))
        self._plan(now)

    def _act(self, now: datetime) -> None:
        """What the person decided until now and was not done yet."""
        for act in [each for each in self._acts if self._awake(each.at) <= now]:
            before = asked_for(self._done)
            self._acts.remove(act)
            self._done.append(act)
            self._story.append(act)
            self._obey(act, before)

    def _obey(self, act: Decision, before: Verb | None) -> None:
        asked, story = asked_for(self._done), tuple(self._story)
        if act.what == LABELLED:
            asked, before = (by_label(each) for each in labels_in(act.why))
        is_asked = act.what == ASKED or (act.what == LABELLED and asked_for(self._done) is None)
        for each in tuple(self._reminders.values()):
            if is_asked and (change := as_asked(each, asked, before, story, act.at)):
                self._write(change)
            elif act.what == DONE and (each.state in _OPEN or each.id == act.reminder):
                self._reminders[each.id] = replace(each, state=ReminderState.DONE)
            elif act.what == SNOOZED and each.id == act.reminder and (until := _until(act)):
                self._reminders[each.id] = replace(
                    each, state=ReminderState.PLANNED, due_at=until, pinned=True, fired_at=None,
                    reason="at the time you chose",
                )  # fmt: skip

    def _write(self, planned: Planned) -> None:
        reminder, decision = planned
        self._reminders[reminder.id] = reminder
        self._story.append(decision)


def _until(act: Decision) -> datetime | None:
    """The moment a snooze was until, as `reminders.snooze` writes it."""
    found = _UNTIL.search(act.why)
    return datetime.strptime(found[1], "%Y-%m-%d %H:%M").replace(tzinfo=UTC) if found else None
