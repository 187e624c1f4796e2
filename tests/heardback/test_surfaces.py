"""Reminders at real ends: a webhook that receives them, and a digest in the sandbox's mailbox."""

import io
import json
import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from zoneinfo import ZoneInfo

import apprise
import pytest
import vobject
from apprise import decorators

from heardback.surfaces.notify import alarm
from sandbox.people import Correspondent, Habit
from sandbox.post import Letter
from tests.heardback.conftest import GMAIL, OUTLOOK, Desk

MAIL = "From: ana@ana-mail.example\nTo: silas@silent.example\nSubject: Plans \x1b[31m\n\nHello?\n"


class Hook:
    """A webhook on this machine that writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.refuses = False
        #: takes what it is told, and never answers
        self.is_silent = False
        self._over = threading.Event()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not hook.refuses:
                    hook.told.append(json.loads(body))
                if hook.is_silent:
                    hook._over.wait()
                    return
                self.send_response(503 if hook.refuses else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"json://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def hook() -> Iterator[Hook]:
    running = Hook()
    yield running
    running.close()


def wait_until_due(desk: Desk) -> None:
    desk.connect("gmail", "--allow", "send")
    file = desk.folder / "mail.eml"
    file.write_text(MAIL)
    desk.type("send", "--file", str(file))
    desk.type("run", "--once")
    desk.wait(days=7, hours=2)


def test_a_webhook_is_told_once(desk: Desk, hook: Hook) -> None:
    wait_until_due(desk)
    words = ("run", "--once", "--set", f"reminders.notify={hook.address}")
    assert desk.type(*words).code == 0
    assert desk.type(*words).code == 0
    assert [(each["title"], each["message"]) for each in hook.told] == [
        ("no sign of reading: Plans [31m", "silas@silent.example: unread")
    ]


def test_a_target_that_apprise_itself_provides_for_trying_is_told(desk: Desk) -> None:
    told: list[tuple[str, str, str]] = []
    hooks: Any = decorators  # Apprise types only a part of itself
    targets: Any = apprise.NotificationManager

    @hooks.notify(on="trial")  # type: ignore[untyped-decorator]  # the same
    def keep(body: str, title: str, notify_type: str, **_: object) -> None:
        told.append((title, body, notify_type))

    try:
        wait_until_due(desk)
        words = ("run", "--once", "--set", "reminders.notify=trial://")
        assert [desk.type(*words).code for _ in range(2)] == [0, 0]
    finally:
        targets().remove("trial")
    assert told == [("no sign of reading: Plans [31m", "silas@silent.example: unread", "info")]


def test_what_is_no_reminder_reaches_the_same_places_and_trouble_with_it_is_passed_over(hook: Hook) -> None:
    alarm(["nonsense", hook.address], "Heardback", "A sign-in has ended.")
    hook.refuses = True
    alarm([hook.address], "Heardback", "Nobody hears this.")
    assert [(each["title"], each["message"]) for each in hook.told] == [("Heardback", "A sign-in has ended.")]


def test_a_webhook_that_fails_is_tried_again_and_the_rest_goes_on(desk: Desk, hook: Hook) -> None:
    wait_until_due(desk)
    hook.refuses = True
    words = ("run", "--once", "--set", f"reminders.notify={hook.address}")
    assert desk.type(*words).code == 0
    shown = desk.type("reminders").out
    assert "the service did not take it" in " ".join(shown.split())
    hook.refuses = False
    desk.wait(minutes=2)
    desk.type(*words)
    assert len(hook.told) == 1
    assert "the service did not take it" not in " ".join(desk.type("reminders").out.split())


def test_an_address_that_was_mended_gets_what_the_mistyped_one_did_not(desk: Desk, hook: Hook) -> None:
    wait_until_due(desk)
    assert desk.type("run", "--once", "--set", "reminders.notify=json://127.0.0.1:9").code == 0
    for _ in range(2):
        assert desk.type("run", "--once", "--set", f"reminders.notify={hook.address}").code == 0
        desk.wait(hours=1)
    assert len(hook.told) == 1


def test_an_address_that_was_taken_out_before_it_took_a_reminder_is_told_of(desk: Desk) -> None:
    wait_until_due(desk)
    assert desk.type("run", "--once", "--set", "reminders.notify=json://127.0.0.1:9").code == 0
    desk.wait(hours=1)
    desk.type("run", "--once")
    assert "given up, this place was taken out of the settings" in " ".join(desk.type("reminders").out.split())


def notified(desk: Desk, *addresses: str, times: int = 1) -> list[dict[str, str]]:
    """The worker runs a few times, minutes apart; how the notification went at each address."""
    for _ in range(times):
        assert desk.type("run", "--once", "--set", f"reminders.notify={' '.join(addresses)}").code == 0
        desk.wait(minutes=6)
    (fired,) = [each for each in desk.type("reminders", "--json").json if each["state"] == "fired"]
    return list(fired["shown_in"].values())


def test_a_webhook_that_takes_it_without_an_answer_is_told_once_and_that_is_said(desk: Desk, hook: Hook) -> None:
    wait_until_due(desk)
    hook.is_silent = True
    told = notified(desk, f"{hook.address}?rto=0.2", times=3)
    assert told == [{"state": "unknown", "why": "the service gave no answer: it may have come"}]
    assert len(hook.told) == 1
    assert "unknown, the service gave no answer: it may have come" in " ".join(desk.type("reminders").out.split())


def test_a_webhook_that_some_got_and_others_did_not_is_not_told_again(desk: Desk) -> None:
    wait_until_due(desk)
    took: list[str] = []

    class Topics(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            took.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["topic"])
            self.send_response(200 if len(took) == 1 else 507)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Topics) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        told = notified(desk, f"ntfy://127.0.0.1:{server.server_port}/one/other", times=2)
        server.shutdown()
    assert told == [{"state": "unknown", "why": "not everybody it is for got it, but some did"}]
    assert sorted(took) == ["one", "other"]


@pytest.mark.parametrize(
    "address",
    ["json://127.0.0.1:9", "json://nowhere.invalid", "mailto://a:b@127.0.0.1:9?to=a@b.example&from=a@b.example"],
)
def test_what_certainly_did_not_leave_is_tried_again(desk: Desk, address: str) -> None:
    wait_until_due(desk)
    assert notified(desk, address) == [{"state": "waiting", "why": "the service did not take it"}]


def test_no_log_tells_an_address_however_much_is_logged(desk: Desk, hook: Hook) -> None:
    wait_until_due(desk)
    hook.refuses = True
    root, heard = logging.getLogger(), io.StringIO()
    handler, before = logging.StreamHandler(heard), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        done = desk.type("run", "--once", "--set", f"reminders.notify={hook.address}/s3cr3t-key nonsense://s3cr3t-key")
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
    assert "s3cr3t" not in heard.getvalue() + done.out + done.err


def test_a_desktop_that_apprise_cannot_reach_says_what_it_needs(desk: Desk) -> None:
    wait_until_due(desk)
    assert desk.type("run", "--once", "--set", "reminders.notify=windows://").code == 0
    assert "this desktop needs pywin32" in " ".join(desk.type("reminders").out.split())


def test_an_address_is_kept_from_every_screen(desk: Desk, hook: Hook) -> None:
    wait_until_due(desk)
    secret = f"{hook.address}/s3cr3t-key"
    hook.refuses = True
    told = [
        desk.type("run", "--once", "--set", f"reminders.notify={secret}"),
        desk.type("config", "--set", f"reminders.notify={secret}"),
        desk.type("reminders", "--json"),
    ]
    assert [each for each in told if "s3cr3t" in each.out + each.err] == []


def test_a_digest_comes_instead_of_single_mails(desk: Desk) -> None:
    wait_until_due(desk)
    words = ("run", "--once", "--set", "reminders.show_in=digest")
    assert desk.type(*words).code == 0
    desk.wait(days=1)
    assert desk.type(*words).code == 0
    messages = desk.world.google.account(GMAIL).messages
    subjects = [each.header("Subject") for each in messages if "INBOX" in each.labels]
    assert subjects == ["Heardback: 1 mail to think of"]


def test_a_place_that_does_not_exist_is_told(desk: Desk) -> None:
    wait_until_due(desk)
    done = desk.type("run", "--once", "--set", "reminders.show_in=pigeon")
    assert (done.code, "takes mail, digest, mark, task, not pigeon" in " ".join(done.err.split())) == (2, True)


def due_at(desk: Desk, provider: str, *allow: str, subject: str = "Plans \x1b[31m") -> str:
    """A mail of which nothing was heard; the address of its account."""
    address = GMAIL if provider == "gmail" else OUTLOOK
    desk.connect(provider, "--allow", "send", *(word for each in allow for word in ("--allow", each)))
    file = desk.folder / "mail.eml"
    file.write_text(MAIL.replace(GMAIL, address).replace("Plans \x1b[31m", subject))
    desk.type("send", "--file", str(file))
    desk.type("run", "--once")
    desk.wait(days=7, hours=2)
    return address


def test_gmail_shows_the_sent_mail_under_a_label_and_in_the_inbox(desk: Desk) -> None:
    due_at(desk, "gmail", "mark")
    words = ("run", "--once", "--set", "reminders.show_in=mark")
    assert [desk.type(*words).code, desk.type(*words).code] == [0, 0]
    account = desk.world.google.account(GMAIL)
    (sent,) = [each for each in account.messages if str(each.header("Subject")).startswith("Plans")]
    names = {each.id: each.name for each in account.mailbox.labels.values()}
    assert {names.get(each, each) for each in sent.labels} == {"SENT", "INBOX", "Heardback/Follow up"}
    desk.wait(minutes=10)
    assert desk.type(*words).code == 0
    assert [str(each.header("Subject"))[:5] for each in account.messages] == ["Plans"], "our label is no verb of theirs"
    assert "rejected" not in desk.type("why", desk.type("sent", "--json").json[0]["item"]).out
    assert desk.type("unread", "--json").json[0]["verdict"] == "unread", "it is followed as before"


def test_outlook_flags_the_sent_mail_with_its_day_and_leaves_the_rest(desk: Desk) -> None:
    due_at(desk, "outlook")
    words = ("run", "--once", "--set", "reminders.show_in=mark")
    assert [desk.type(*words).code, desk.type(*words).code] == [0, 0]
    box: Any = desk.world.microsoft.account(OUTLOOK).mailbox
    (sent,) = box.items(box.folder("sentitems").folder_id)
    assert sent.flag["flagStatus"] == "flagged"
    assert sent.flag["dueDateTime"]["dateTime"].startswith("2026-05-")


def test_a_task_in_to_do_links_to_the_mail_and_is_made_once(desk: Desk) -> None:
    due_at(desk, "outlook", "tasks")
    words = ("run", "--once", "--set", "reminders.show_in=task")
    assert [desk.type(*words).code, desk.type(*words).code] == [0, 0]
    todo = desk.world.microsoft.account(OUTLOOK).todo
    (task,) = [task for tasks in todo.tasks.values() for task in tasks.values()]
    assert task["title"] == "no sign of reading: Plans [31m"
    assert task["linkedResources"][0]["applicationName"] == "Heardback"


def test_each_further_reminder_of_a_mail_takes_the_place_of_its_task(desk: Desk) -> None:
    due_at(desk, "outlook", "tasks")
    words = ("run", "--once", "--set", "reminders.show_in=task", "--set", "reminders.times=3")
    for _ in range(3):
        assert desk.type(*words).code == 0
        tasks = [task for tasks in desk.world.microsoft.account(OUTLOOK).todo.tasks.values() for task in tasks.values()]
        assert [each["status"] for each in tasks if each["status"] != "completed"] == ["notStarted"]
        desk.wait(days=8)
    assert len(tasks) == 3
    settle(desk)
    assert desk.type(*words).code == 0
    assert {each["status"] for each in tasks} == {"completed"}


@pytest.mark.parametrize(
    ("zone", "hours", "wait"),
    [("Pacific/Auckland", "09:00-17:00", 12), ("America/Los_Angeles", "18:00-20:00", 15.5)],
)
def test_a_flag_and_a_task_stand_on_the_day_of_the_persons_own_clock(
    desk: Desk, zone: str, hours: str, wait: float
) -> None:
    own = f"zone = '{zone}'\nreminders.hours = '{hours}'"
    desk.config.write_text(desk.config.read_text().replace("zone = 'UTC'", own))
    due_at(desk, "outlook", "tasks", subject="Plans")
    words = ("run", "--once", "--set", "reminders.show_in=mark, task")
    desk.wait(hours=wait)
    desk.type(*words)
    (due,) = [each["due_at"] for each in desk.type("reminders", "--json").json if each["state"] == "fired"]
    midnight = datetime.fromisoformat(due).astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0)
    (task,) = [task for tasks in desk.world.microsoft.account(OUTLOOK).todo.tasks.values() for task in tasks.values()]
    shown = [datetime.fromisoformat(each["dueDateTime"]["dateTime"]) for each in (flag_of(desk), task)]
    assert [each.replace(tzinfo=UTC) for each in shown] == [midnight] * 2
    assert task["reminderDateTime"] == {"dateTime": f"{due[:19]}", "timeZone": "UTC"}
    settle(desk)
    desk.type(*words)
    assert (flag_of(desk)["flagStatus"], task["status"]) == ("complete", "completed")


def test_a_place_that_was_not_allowed_says_how_to_allow_it(desk: Desk) -> None:
    due_at(desk, "gmail")
    assert desk.type("run", "--once", "--set", "reminders.show_in=mark").code == 0
    assert '"--allow mark"' in " ".join(desk.type("reminders").out.split())


@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_the_mail_to_oneself_stands_in_the_thread_of_the_mail_it_is_about(desk: Desk, provider: str) -> None:
    due_at(desk, provider, subject="Plans")
    desk.type("run", "--once")
    if provider == "gmail":
        messages = desk.world.google.account(GMAIL).messages
        threads = {each.thread_id for each in messages if "SENT" in each.labels}
    else:
        box: Any = desk.world.microsoft.account(OUTLOOK).mailbox
        threads = {each.conversation for each in box.items(None)}
    assert len(threads) == 1


def labels_of(desk: Desk, subject: str = "Plans") -> set[str]:
    account = desk.world.google.account(GMAIL)
    (sent,) = [each for each in account.messages if each.header("Subject") == subject and "SENT" in each.labels]
    names = {each.id: each.name for each in account.mailbox.labels.values()}
    return {names.get(each, each) for each in sent.labels}


def flag_of(desk: Desk) -> Any:
    box: Any = desk.world.microsoft.account(OUTLOOK).mailbox
    return box.items(box.folder("sentitems").folder_id)[0].flag


def marked(desk: Desk, provider: str) -> tuple[str, ...]:
    """A mail that is marked as due; the words that run the worker once more."""
    due_at(desk, provider, *(["mark"] if provider == "gmail" else []), subject="Plans")
    words = ("run", "--once", "--set", "reminders.show_in=mark")
    assert desk.type(*words).code == 0
    return words


def answer(desk: Desk, to: str, message_id: str) -> None:
    mime = (
        f"From: silas@silent.example\r\nTo: {to}\r\nSubject: Re: Plans\r\n"
        f"Message-ID: <yes@silent.example>\r\nIn-Reply-To: <{message_id}>\r\n\r\nYes.\r\n"
    )
    letter = Letter(mime=mime.encode(), sender="silas@silent.example", recipients=(to,), sent_at=desk.world.clock.now())
    desk.world.post.send(letter)
    desk.wait(minutes=1)


def settle(desk: Desk) -> str:
    (reminder,) = [each for each in desk.type("reminders", "--json").json if each["state"] == "fired"]
    assert desk.type("done", reminder["reminder"]).code == 0
    return str(reminder["reminder"])


def shown_in(desk: Desk, reminder: str) -> dict[str, Any]:
    every = desk.type("reminders", "--all", "--json").json
    (found,) = [each["shown_in"] for each in every if each["reminder"] == reminder]
    return found  # type: ignore[no-any-return]  # JSON


def test_what_is_done_loses_its_label_and_leaves_the_inbox(desk: Desk) -> None:
    words = marked(desk, "gmail")
    reminder = settle(desk)
    assert [desk.type(*words).code, desk.type(*words).code] == [0, 0]
    assert labels_of(desk) == {"SENT"}
    assert shown_in(desk, reminder) == {"mark": {"state": "done", "why": "taken away again"}}


def test_what_is_done_has_its_flag_set_complete(desk: Desk) -> None:
    words = marked(desk, "outlook")
    settle(desk)
    assert desk.type(*words).code == 0
    assert flag_of(desk)["flagStatus"] == "complete"


@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_a_mark_goes_when_an_answer_comes(desk: Desk, provider: str) -> None:
    words = marked(desk, provider)
    (item,) = desk.type("unread", "--json").json
    message_id = desk.type("show", item["item"], "--json").json["message_id"]
    answer(desk, GMAIL if provider == "gmail" else OUTLOOK, message_id)
    assert desk.type(*words).code == 0
    assert desk.type("show", item["item"], "--json").json["recipients"][0]["verdict"] == "answered"
    if provider == "gmail":
        assert labels_of(desk) == {"SENT"}
    else:
        assert flag_of(desk)["flagStatus"] == "complete"


def test_a_snoozed_reminder_is_marked_anew_when_it_comes_again(desk: Desk) -> None:
    words = marked(desk, "gmail")
    (reminder,) = [each for each in desk.type("reminders", "--json").json if each["state"] == "fired"]
    desk.type("snooze", reminder["reminder"], "1d")
    desk.type(*words)
    assert labels_of(desk) == {"SENT"}
    desk.wait(days=1, hours=1)
    desk.type(*words)
    assert labels_of(desk) == {"SENT", "INBOX", "Heardback/Follow up"}


def test_a_label_the_person_took_off_brings_nothing_else_off(desk: Desk) -> None:
    words = marked(desk, "gmail")
    account = desk.world.google.account(GMAIL)
    (sent,) = [each for each in account.messages if each.header("Subject") == "Plans" and "SENT" in each.labels]
    (label,) = [each.id for each in account.mailbox.labels.values() if each.name == "Heardback/Follow up"]
    account.mailbox.relabel(sent, remove=[label])
    reminder = settle(desk)
    desk.type(*words)
    assert labels_of(desk) == {"SENT", "INBOX"}
    assert shown_in(desk, reminder)["mark"]["why"] == "not there, or changed by you, and left so"


def test_a_flag_of_the_persons_own_is_neither_changed_nor_completed(desk: Desk) -> None:
    due_at(desk, "outlook", subject="Plans")
    own = {"flagStatus": "flagged"}
    flag_of(desk).update(own)
    words = ("run", "--once", "--set", "reminders.show_in=mark")
    desk.type(*words)
    settle(desk)
    desk.type(*words)
    assert flag_of(desk) == own


def test_a_flag_whose_day_the_person_changed_stays(desk: Desk) -> None:
    words = marked(desk, "outlook")
    flag_of(desk)["dueDateTime"] = {"dateTime": "2027-01-01T00:00:00", "timeZone": "UTC"}
    settle(desk)
    desk.type(*words)
    assert flag_of(desk)["flagStatus"] == "flagged"


@pytest.mark.parametrize(("title", "status"), [("", "completed"), ("Ring Silas", "notStarted")])
def test_a_task_is_completed_unless_the_person_made_it_another(desk: Desk, title: str, status: str) -> None:
    due_at(desk, "outlook", "tasks")
    words = ("run", "--once", "--set", "reminders.show_in=task")
    desk.type(*words)
    todo = desk.world.microsoft.account(OUTLOOK).todo
    (task,) = [task for tasks in todo.tasks.values() for task in tasks.values()]
    task["title"] = title or task["title"]
    settle(desk)
    assert [desk.type(*words).code, desk.type(*words).code] == [0, 0]
    assert task["status"] == status


def misspelt(desk: Desk, show_in: str = "", hook: str = "") -> str:
    """A mail to a slip of the pen came back, and the worker told of it in these places; the mail's id."""
    desk.connect("gmail", "--allow", "send")
    desk.wait(hours=2)
    desk.world.cast.join(Correspondent(name="Bob", address="bob@gmial.com", habit=Habit.BOUNCES))
    file = desk.folder / "mail.eml"
    file.write_text(MAIL.replace("silas@silent.example", "bob@gmial.com"))
    item = str(desk.type("send", "--file", str(file), "--json").json["item"])
    desk.wait(minutes=10)
    words = ("run", "--once", "--set", f"reminders.show_in={show_in}", "--set", f"reminders.notify={hook}")
    assert [desk.type(*words).code for _ in range(2)] == [0, 0]
    return item


MEANT = "Did you mean bob@gmail.com instead of bob@gmial.com?"


def test_a_notification_of_a_bounce_tells_the_reason_and_the_address_perhaps_meant(desk: Desk, hook: Hook) -> None:
    misspelt(desk, hook=hook.address)
    (told,) = hook.told
    first, second = told["message"].split("\n")
    assert (first.startswith("bob@gmial.com: not delivered; a mail server on Mon 2026-05-04"), second) == (True, MEANT)
    assert "there is no such user" in first


def test_a_bounce_is_mailed_at_once_where_reminders_come_as_a_digest(desk: Desk) -> None:
    misspelt(desk, show_in="digest")
    (mail,) = [each for each in desk.world.google.account(GMAIL).messages if b"Heardback: not delivered" in each.raw]
    assert MEANT in mail.raw.decode().replace("=\r\n", "")
    desk.wait(days=3)
    assert desk.type("run", "--once", "--set", "reminders.show_in=digest").code == 0
    after = desk.world.google.account(GMAIL).messages
    assert mail in after
    assert not [each for each in after if "to think of" in str(each.header("Subject"))]


def test_the_digest_asks_after_the_right_address_of_another_reader(desk: Desk) -> None:
    desk.world.cast.join(Correspondent(name="Bob", address="bob@gmial.com", habit=Habit.BOUNCES))
    desk.connect("gmail", "--allow", "send")
    file = desk.folder / "mail.eml"
    file.write_text(MAIL.replace("silas@silent.example", "silas@silent.example, bob@gmial.com"))
    desk.type("send", "--file", str(file))
    words = ("run", "--once", "--set", "reminders.show_in=digest")
    for days in (0, 7, 1):
        desk.wait(days=days, hours=1)
        assert desk.type(*words).code == 0
    messages = desk.world.google.account(GMAIL).messages
    (digest,) = [each for each in messages if "to think of" in str(each.header("Subject")) and "INBOX" in each.labels]
    assert MEANT in digest.raw.decode().replace("=\r\n", "")


def test_the_commands_and_the_calendar_tell_the_address_perhaps_meant(desk: Desk) -> None:
    item = misspelt(desk)
    for words in (("reminders",), ("show", item)):
        assert MEANT in " ".join(desk.type(*words).out.split())
        told = desk.type(*words, "--json").json
        assert [each["perhaps_meant"] for each in (told if isinstance(told, list) else [told])] == [
            {"bob@gmial.com": "bob@gmail.com"}
        ]
    file = desk.folder / "reminders.ics"
    assert desk.type("calendar", str(file)).code == 0
    assert MEANT in vobject.readOne(file.read_text()).vevent.description.value
