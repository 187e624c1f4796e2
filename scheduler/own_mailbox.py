"""Reminders in the person's own mailbox: a label or flag on the sent mail, a task linked to it."""

from dataclasses import dataclass
from datetime import datetime

from connectors.mailbox import Mailbox
from evidence.shown import harmless
from scheduler.notice import WHAT, Notice

_NEW_LINE = "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """The `Surface` of a mark on the sent mail: Gmail's label and inbox, Outlook's flag."""

    mailbox: Mailbox
    name: str = "mark"
    is_repeatable: bool = True
    gathers: bool = False

    def due(self, notice: Notice, now: datetime) -> datetime:  # noqa: ARG002 - as every surface
        """At once."""
        return now

    def deliver(self, notices: tuple[Notice, ...], *, key: str) -> str:  # noqa: ARG002 - as every surface
        """Mark the mail."""
        (notice,) = notices
        self.mailbox.mark(notice.verdict.item, due_at=notice.reminder.due_at)
        return "marked in your mailbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The `Surface` of a task list: Microsoft To Do."""

    mailbox: Mailbox
    name: str = "task"
    #: a task is known by its key
    is_repeatable: bool = True
    gathers: bool = False

    def due(self, notice: Notice, now: datetime) -> datetime:  # noqa: ARG002 - as every surface
        """At once."""
        return now

    def deliver(self, notices: tuple[Notice, ...], *, key: str) -> str:
        """Add a task."""
        (notice,) = notices
        item = notice.verdict.item
        people = _NEW_LINE.join(f"{each.recipient.address}: {each.verdict}" for each in notice.concerned[:5])
        self.mailbox.add_task(
            item,
            title=f"{WHAT[notice.condition]}: {harmless(item.subject) or '(no subject)'}",
            text=harmless(people),
            due_at=notice.reminder.due_at,
            key=key,
        )
        return "added to your tasks"
