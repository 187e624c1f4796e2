"""Reminders as a calendar that other programs subscribe to (RFC 5545): an event and a task for each. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event, Timezone, Todo

from heardback.text import plain
from scheduler.correction import did_you_mean
from scheduler.notice import Notice
from store.ledger import Decision, ReminderState

#: how long an event stands in the day
_LASTS = timedelta(minutes=15)
#: how often a subscriber should look again (RFC 7986 section 5.7)
_REFRESH = timedelta(minutes=30)
_NEW_LINE = "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One reminder as it stands in the feed."""

    notice: Notice
    #: when it comes, or came due
    at: datetime
    #: where the mail is shown: on the page, or empty
    address: str = ""
    #: what was decided about the reminder, oldest first
    story: tuple[Decision, ...] = ()


def feed(entries: Iterable[Entry], *, now: datetime) -> bytes:
    """The calendar; the same entries and time give the same bytes.

    A reminder keeps its UID for life, so that a subscriber moves what was snoozed and does not double it; each decision
    about it is a later revision (RFC 5545 section 3.8.7.4), or some programs would keep the date they know. What is
    settled is no longer in it, and goes from the subscriber's calendar at its next look.

    :param now: aware; when the feed was made (DTSTAMP)
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Heardback//Reminders//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", "Heardback")
    calendar.add("x-wr-calname", "Heardback")
    calendar.add("refresh-interval", _REFRESH, parameters={"VALUE": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry, now))
        calendar.add_component(_task(entry, now))
    if not calendar.subcomponents:  # one there must be (RFC 5545 section 3.6), and a time zone shows as nothing
        calendar.add_component(Timezone.from_tzid("UTC"))
    return bytes(calendar.to_ical())


def _event(entry: Entry, now: datetime) -> Event:
    event, reminder = Event(), entry.notice.reminder
    _describe(event, entry, now)
    event.add("uid", f"{reminder.id}-event@heardback")
    event.add("dtstart", entry.at)
    event.add("dtend", entry.at + _LASTS)
    event.add("transp", "TRANSPARENT")  # a reminder makes nobody busy
    event.add_component(_alarm(event))
    return event


def _task(entry: Entry, now: datetime) -> Todo:
    task, reminder = Todo(), entry.notice.reminder
    _describe(task, entry, now)
    task.add("uid", f"{reminder.id}-task@heardback")
    task.add("due", entry.at)
    task.add("status", "NEEDS-ACTION")
    task.add("priority", 1 if reminder.state is ReminderState.FIRED else 5)
    # what has no beginning rings by its end (RFC 5545 section 3.8.6.3)
    task.add_component(_alarm(task, {"RELATED": "END"}))
    return task


def _alarm(part: Event | Todo, how: dict[str, str] | None = None) -> Alarm:
    """Rings at the due time."""
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", part["summary"])
    alarm.add("trigger", timedelta(), parameters=how or {})
    return alarm


def _describe(part: Event | Todo, entry: Entry, now: datetime) -> None:
    notice = entry.notice
    subject = plain(notice.verdict.item.subject, limit=200) or "(no subject)"
    reason = plain(notice.why)
    standing = ", ".join(f"{each.recipient.address}: {each.verdict}" for each in notice.concerned[:5])
    # the reason of a bounce begins with it
    who = "" if reason.startswith(standing) else standing
    meant = map(plain, did_you_mean(notice.corrections))
    part.add("dtstamp", now)
    part.add("summary", f"{notice.what}: {subject}")
    part.add(
        "description",
        _NEW_LINE.join(filter(None, (who, reason, *meant, f"heardback show {notice.reminder.item}"))),
    )
    part.add("class", "PRIVATE")
    part.add("sequence", max(len(entry.story) - 1, 0))
    if entry.story:
        part.add("last-modified", entry.story[-1].at)
    if entry.address:
        part.add("url", entry.address)
