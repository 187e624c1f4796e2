"""What would have come under other policies, beside what came: lives of mail out of the ledger. Reads only."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from evidence.model import SentItem
from scheduler.habits import Habits
from scheduler.own import without_own
from scheduler.planning import NOT_CONNECTED, REMOVED
from scheduler.replay import ACTS, Life, fired, replay
from scheduler.rules import Policies
from scheduler.standing import heard
from scheduler.tracked import tracking_of
from store.ledger import Decision, Ledger
from store.tracking import Choice

#: a reminder that comes so much earlier or later comes as it did
ALIKE = timedelta(minutes=15)
_FOUND_LATE = timedelta(days=1)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One reminder that came, would have come, or both."""

    item: SentItem
    #: None: it did not come
    came: Decision | None
    #: None: it would not have come
    would: Decision | None

    @property
    def what(self) -> str:
        """`as it was`, `at another time`, `new`, `not any more`."""
        if self.came is None:
            return "new"
        if self.would is None:
            return "not any more"
        return "as it was" if abs(self.came.at - self.would.at) <= ALIKE else "at another time"


def differences(
    ledger: Ledger, policies: Policies, *, since: datetime, now: datetime, window: timedelta
) -> Iterator[Difference]:
    """What would have come since a moment, beside what came; by mail, oldest first.

    :param window: mail sent so long before `since` may still have raised reminders in it
    """
    habits = Habits(ledger, now=now)
    choices = ledger.tracking.choices()
    connected = {each.id: each.connected_at for each in ledger.accounts()}
    for item in reversed(ledger.items(since=since - window)):
        life = life_of(ledger, item, habits=habits, connected_at=connected.get(item.account), choices=choices)
        story = ledger.decisions(item.id)
        yield from _paired(item, fired(story), fired(replay(life, policies, until=now)), since)


def life_of(
    ledger: Ledger,
    item: SentItem,
    *,
    habits: Habits,
    connected_at: datetime | None,
    choices: Iterable[Choice],
) -> Life:
    """All the ledger knows about one mail, with the moments it became known at.

    :param choices: of all readers, oldest first
    """
    evidence, story = heard(ledger, item), ledger.decisions(item.id)
    people = {each.address for each in item.recipients}
    return Life(
        item=item,
        evidence=evidence,
        connected_at=connected_at,
        acts=tuple(each for each in story if each.what in ACTS),
        own=habits.own,
        choices=tuple(each for each in choices if each.address in people),
        announced=habits.announced(item),
        tracking=tracking_of(ledger, without_own(item, habits.own), evidence, habits),
        asleep=tuple(_held(story)),
        obstacles=tuple(_obstacles(story)),
    )


def _held(story: tuple[Decision, ...]) -> Iterator[tuple[datetime, datetime]]:
    """When a reminder was held back, from and until; it may have been due for a while when that was found."""
    for number, each in enumerate(story):
        if each.what == "held":
            before = max((one.at for one in story[:number]), default=each.at)
            later = (one.at for one in story[number + 1 :] if one.reminder == each.reminder)
            yield max(before, each.at - _FOUND_LATE), next(later, _NEVER)


def _obstacles(story: tuple[Decision, ...]) -> Iterator[tuple[datetime, str]]:
    """When nothing could be planned any more, and when something could again."""
    why = ""
    for each in story:
        if each.what == "cancelled" and each.why in (NOT_CONNECTED, REMOVED):
            why = each.why
            yield each.at, why
        elif each.what == "planned" and why:
            why = ""
            yield each.at, why


def _paired(
    item: SentItem, came: Iterable[Decision], would: Iterable[Decision], since: datetime
) -> Iterator[Difference]:
    """Reminders of one mail by their ids; a snoozed one came more than once, and each time has its own pair."""
    left = [each for each in came if each.at >= since]
    for each in (one for one in would if one.at >= since):
        same = next((one for one in left if one.reminder == each.reminder), None)
        if same:
            left.remove(same)
        yield Difference(item=item, came=same, would=each)
    yield from (Difference(item=item, came=each, would=None) for each in left)
