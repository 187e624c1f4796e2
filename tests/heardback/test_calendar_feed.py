"""The feed of reminders, read back by another library."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import vobject

from evidence.model import Grade, ItemVerdict, Recipient, RecipientVerdict, SentItem, Verdict
from heardback.surfaces.feed import Entry, feed
from scheduler.notice import Notice
from scheduler.policy import Policy
from store.ledger import Reminder
from tests.heardback.conftest import Desk

NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)
#: with every sign that means something in the format
SUBJECT = "Angebot; für alle, \\ mit\r\nBEGIN:VEVENT und sehr viel mehr Wörtern als in eine Zeile von 75 Bytes passen"


def entry(address: str = "") -> Entry:
    item = SentItem(
        id="abcd2345",
        account="gmail:me@sender.example",
        provider_id="m1",
        message_ids=("1@sender.example",),
        thread_id="t1",
        sent_at=NOW - timedelta(days=3),
        sender="me@sender.example",
        recipients=(Recipient(address="rita@reader.example"),),
        subject=SUBJECT,
    )
    one = RecipientVerdict(
        recipient=item.recipients[0], verdict=Verdict.UNREAD, grade=Grade.NONE, since=item.sent_at, why="silence"
    )
    reminder = Reminder(
        id="abcd2345-1",
        item=item.id,
        account=item.account,
        round=1,
        due_at=NOW + timedelta(hours=1),
        reason="3 business days after sending",
    )
    notice = Notice(reminder=reminder, verdict=ItemVerdict(item=item, recipients=(one,)), policy=Policy())
    return Entry(notice=notice, at=notice.reminder.due_at, address=address)


def test_a_calendar_without_reminders_is_a_calendar_all_the_same() -> None:
    calendar = vobject.readOne(feed([], now=NOW).decode())
    calendar.validate(raiseException=True)
    assert [each.name for each in calendar.components()] == ["VTIMEZONE"]


def test_a_reminder_is_an_event_and_a_task_at_its_due_time() -> None:
    calendar = vobject.readOne(feed([entry("https://mail.example/1")], now=NOW).decode())
    plain = " ".join(SUBJECT.split())
    told = {
        "summary": f"no sign of reading: {plain}",
        "url": "https://mail.example/1",
        "class": "PRIVATE",
        "description": "rita@reader.example: unread\n3 business days after sending\nheardback show abcd2345",
    }
    for part in (calendar.vevent, calendar.vtodo):
        assert {name: part.contents[name][0].value for name in told} == told
    assert (calendar.vevent.dtstart.value, calendar.vtodo.due.value) == (NOW + timedelta(hours=1),) * 2
    assert len(calendar.contents["vevent"]) == 1


def test_what_is_snoozed_moves_and_is_not_doubled() -> None:
    first = entry()
    later = replace(first, at=NOW + timedelta(days=2))
    one, other = (vobject.readOne(feed([each], now=NOW).decode()) for each in (first, later))
    assert one.vevent.uid.value == other.vevent.uid.value
    assert other.vevent.dtstart.value - one.vevent.dtstart.value == timedelta(days=2) - timedelta(hours=1)


def test_a_reminder_rings_as_event_and_as_task() -> None:
    calendar = vobject.readOne(feed([entry()], now=NOW).decode())
    for part, related in ((calendar.vevent, None), (calendar.vtodo, "END")):
        alarm = part.valarm
        assert (alarm.action.value, alarm.trigger.value) == ("DISPLAY", timedelta())
        assert alarm.description.value == part.summary.value
        assert alarm.trigger.params.get("RELATED", [None])[0] == related


def revisions(desk: Desk) -> list[tuple[int, datetime, datetime]]:
    """Of the event and the task: which revision it is, when it was made, and when the reminder is due."""
    file = desk.folder / "reminders.ics"
    assert desk.type("calendar", str(file)).code == 0
    calendar = vobject.readOne(file.read_text())
    calendar.validate(raiseException=True)
    parts = ((calendar.vevent, calendar.vevent.dtstart), (calendar.vtodo, calendar.vtodo.due))
    return [(int(part.sequence.value), part.last_modified.value, due.value) for part, due in parts]


def test_each_change_of_date_is_a_later_revision_and_none_is_the_same(desk: Desk) -> None:
    sent(desk)
    planned = revisions(desk)
    assert (revisions(desk), planned[0][0]) == (planned, 0)
    found = [planned]
    for days in ("2d", "4d", "3d"):
        desk.wait(hours=1)
        (reminder,) = desk.type("reminders", "--json").json
        assert desk.type("snooze", reminder["reminder"], days).code == 0
        found.append(revisions(desk))
    assert [each[0][0] for each in found] == [each[1][0] for each in found] == [0, 1, 2, 3]
    for before, after in pairwise(found):
        assert (after[0][1] - before[0][1], after[0][2] != before[0][2]) == (timedelta(hours=1), True)


def test_the_same_reminders_give_the_same_bytes_in_lines_of_75_at_most() -> None:
    content = feed([entry()], now=NOW)
    assert content == feed([entry()], now=NOW)
    assert max(map(len, content.split(b"\r\n"))) <= 75


def sent(desk: Desk) -> None:
    """A mail, and the reminder planned of it."""
    desk.connect("gmail", "--allow", "send")
    mail = "From: ana@ana-mail.example\nTo: nobody@nowhere.example\nSubject: Plans\n\nHello?\n"
    (desk.folder / "mail.eml").write_text(mail)
    desk.type("send", "--file", str(desk.folder / "mail.eml"))
    desk.type("run", "--once")


def test_the_command_writes_what_is_open(desk: Desk) -> None:
    sent(desk)
    file = desk.folder / "reminders.ics"
    done = desk.type("calendar", str(file), "--json")
    assert done.json == {"file": str(file), "reminders": 1}
    assert vobject.readOne(file.read_text()).vevent.summary.value == "no sign of reading: Plans"


def test_the_command_tells_the_same_address_each_time_if_the_page_has_a_port(desk: Desk) -> None:
    asked = ("calendar", "--address", "--set", "web.port=8438")
    told = desk.type(*asked)
    assert (told.code, told.out) == (0, desk.type(*asked).out)
    assert re.fullmatch(r"http://127\.0\.0\.1:8438/calendar/[-\w]{43}\.ics\n", told.out)
    assert desk.type(*asked, "--json").json == {"address": told.out.strip()}


def test_the_address_is_the_one_by_which_the_page_is_reached(desk: Desk) -> None:
    asked = ("calendar", "--address", "--set", "web.port=8438", "--set")
    assert desk.type(*asked, "web.host=0.0.0.0").out.startswith("http://127.0.0.1:8438/calendar/")
    assert desk.type(*asked, "web.address=https://desk.example").out.startswith("https://desk.example/calendar/")
    assert "write https:// and a host of its own" in desk.type(*asked, "web.address=desk.example/x").err


def test_the_command_says_what_it_needs(desk: Desk) -> None:
    without, both, none = (desk.type("calendar", *each) for each in (["--address"], ["x.ics", "--address"], []))
    assert (without.code, "web.port = 8438" in without.err) == (2, True)
    assert [(each.code, "either" in each.err) for each in (both, none)] == [(2, True)] * 2
