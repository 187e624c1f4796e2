"""Reminders in the person's own mailbox: a label or flag on the sent mail, a task linked to it; and away with them."""

from dataclasses import dataclass
from datetime import datetime

from connectors.mailbox import Mailbox
from evidence.model import SentItem
from evidence.shown import harmless
from scheduler.notice import Notice
from scheduler.surfaces import Shown
from store.deliveries import Delivery

#: names of the two places
MARK, TASK = "mark", "task"

_NEW_LINE = "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """The `Surface` of a mark on the sent mail: Gmail's label and inbox, Outlook's flag."""

    mailbox: Mailbox
    name: str = MARK
    is_repeatable: bool = True
    gathers: bool = False

    def due(self, notice: Notice, now: datetime) -> datetime:  # noqa: ARG002 - as every surface
        """At once."""
        return now

    def leaves(self, notices: tuple[Notice, ...]) -> str:
        """What is missing of the mark."""
        (notice,) = notices
        return self.mailbox.missing_mark(notice.verdict.item, due_at=_due_at(notice))

    def deliver(self, notices: tuple[Notice, ...], *, key: str, leaves: str) -> Shown:  # noqa: ARG002 - as every surface
        """Mark the mail."""
        (notice,) = notices
        left = self.mailbox.mark(notice.verdict.item, leaves) if leaves else ""
        return Shown(how="marked in your mailbox", left=left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The `Surface` of a task list: Microsoft To Do."""

    mailbox: Mailbox
    name: str = TASK
    #: a task is known by its key
    is_repeatable: bool = True
    gathers: bool = False

    def due(self, notice: Notice, now: datetime) -> datetime:  # noqa: ARG002 - as every surface
        """At once."""
        return now

    def leaves(self, notices: tuple[Notice, ...]) -> str:
        """A task, as it is to be."""
        (notice,) = notices
        return self.mailbox.new_task(title=_title(notice), due_at=_due_at(notice))

    def deliver(self, notices: tuple[Notice, ...], *, key: str, leaves: str) -> Shown:  # noqa: ARG002 - as every surface
        """Add a task."""
        (notice,) = notices
        item = notice.verdict.item
        people = _NEW_LINE.join(f"{each.recipient.address}: {each.verdict}" for each in notice.concerned[:5])
        left = self.mailbox.add_task(
            item,
            title=_title(notice),
            text=harmless(people),
            due_at=_due_at(notice),
            key=key,
        )
        return Shown(how="added to your tasks", left=left)


def _due_at(notice: Notice) -> datetime:
    """By the person's clock, which tells its day."""
    return notice.reminder.due_at.astimezone(notice.policy.calendar.zone)


def _title(notice: Notice) -> str:
    return f"{notice.what}: {harmless(notice.verdict.item.subject) or '(no subject)'}"


def take_away(mailbox: Mailbox, item: SentItem, shown: Delivery) -> bool:
    """Take off a mark, or end a task; False if it is not there as it was left.

    :raises ConnectorError: it may be tried again
    """
    if shown.surface == TASK:
        return mailbox.end_task(shown.id, shown.left)
    return mailbox.unmark(item, shown.left)
