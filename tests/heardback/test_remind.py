"""Rules, one mail's own reminders, and the story of them, on the command line and over the wire."""

import sys
from contextlib import closing
from io import BytesIO, TextIOWrapper

import pytest

from evidence.model import Confidence, Evidence, Grade, Kind, Match
from heardback.commands.replay import compared
from store.tiny import TinyLedger
from tests.heardback.conftest import GMAIL, Desk


def send(desk: Desk, monkeypatch: pytest.MonkeyPatch, subject: str, *, bcc: str = "") -> str:
    copy = f"Bcc: {bcc}\r\n" if bcc else ""
    message = f"To: silas@silent.example\r\n{copy}Subject: {subject}\r\n\r\nHello.\r\n"
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(message.encode())))
    done = desk.type("send", "-t", "--json")
    assert done.code == 0, done.err
    return str(done.json["item"])


@pytest.fixture
def sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Mail of a Monday at eight; subject to its id."""
    assert desk.connect("gmail", "--allow", "send").code == 0
    items = {each: send(desk, monkeypatch, each) for each in ("Invoice 7", "Offer")}
    local, _, domain = GMAIL.partition("@")
    items["Copied"] = send(desk, monkeypatch, "Copied", bcc=f"{local}+noreply-2d@{domain}")
    items["Misspelt"] = send(desk, monkeypatch, "Misspelt", bcc=f"{local}+3x@{domain}")
    return items


def due(desk: Desk) -> dict[str, str]:
    listed = desk.type("reminders", "--json").json
    return {each["subject"]: each["due_at"][:16] for each in listed}


def test_each_mail_has_the_reminder_its_rule_its_copy_or_the_person_asks_for(desk: Desk, sent: dict[str, str]) -> None:
    with desk.config.open("a", encoding="utf-8") as file:
        file.write('\n[[remind]]\nsubject = "/^invoice/"\nafter = "1 business day"\n')
    desk.wait(minutes=5)
    assert desk.type("run", "--once").code == 0
    assert {subject: when[5:10] for subject, when in due(desk).items()} == {
        "Invoice 7": "05-05",
        "Offer": "05-07",
        "Copied": "05-06",
        "Misspelt": "05-07",
    }
    asked = desk.type("remind", sent["Offer"], "--after", "fri 14:30", "--if", "no-reply", "--json").json
    assert (asked["asked"], [each["due_at"] for each in asked["reminders"]]) == (
        "no-reply 2026-05-08t14:30",
        ["2026-05-08T14:30:00+00:00"],
    )
    off = " ".join(desk.type("remind", sent["Invoice 7"], "--off").out.split())
    assert off.endswith("no reminders about this mail, as you asked.")
    assert "Invoice 7" not in due(desk)
    told = desk.type("why", sent["Copied"]).out
    assert "as your copy to ana+noreply-2d@ana-mail.example asks" in " ".join(told.split())
    whole = desk.type("why", sent["Offer"], "--json").json
    assert [each["what"] for each in whole["decisions"]] == ["planned", "asked", "moved"]
    assert (whole["policy"]["condition"], whole["policy"]["source"]) == ("no-reply", "as you asked")
    assert whole["now"].startswith(f"reminder {sent['Offer']}-1 comes Fri 2026-05-08 14:30")


def test_one_mail_has_repeats_readers_and_hours_of_its_own(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.connect("gmail", "--allow", "send").code == 0
    message = b"To: silas@silent.example, paul@harbour.example\r\nSubject: Plans\r\n\r\nHello.\r\n"
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(message)))
    item = str(desk.type("send", "-t", "--json").json["item"])
    desk.wait(minutes=5)
    assert desk.type("run", "--once").code == 0
    for words in (("--again", "1 business day", "--times", "4", "--grow", "2"), ("--quorum", "silas@silent.example")):
        assert desk.type("remind", item, *words).code == 0
    asked = desk.type("remind", item, "--hours", "12:00-13:00", "--json").json
    assert asked["policy"].items() >= {
        "condition": "unread", "after": "3bd", "again": "1bd", "times": 4, "grow": 2.0, "hours": "12:00-13:00",
        "quorum": ["silas@silent.example"], "source": "as you asked",
    }.items()  # fmt: skip
    desk.wait(hours=4)
    for _ in range(15):
        desk.wait(days=1)
        assert desk.type("run", "--once").code == 0
    # Paul answers, and that ends nothing: Silas is waited for
    told = [each for each in desk.type("why", item, "--json").json["decisions"] if each["what"] == "fired"]
    assert [each["at"][5:16] for each in told] == ["05-07T12:05", "05-08T12:05", "05-12T12:05", "05-18T12:05"]
    usual = desk.type("remind", item, "--as-usual").out
    assert "up to 2 in all, within 09:00-17:00." in " ".join(usual.split())


def test_what_is_asked_for_is_kept_so_that_it_can_be_read_taken_back_and_forgotten(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.connect("gmail", "--allow", "send").code == 0
    message = b"To: silas@silent.example, paul@harbour.example\r\nSubject: Plans\r\n\r\nHello.\r\n"
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(message)))
    item = str(desk.type("send", "-t", "--json").json["item"])
    desk.wait(minutes=5)
    desk.type("run", "--once")
    both = "Silas <silas@silent.example>; paul@harbour.example"
    assert desk.type("remind", item, "--quorum", both).code == 0
    (line,) = [each["why"] for each in desk.type("why", item, "--json").json["decisions"] if each["what"] == "asked"]
    assert line == "quorum silas@silent.example,paul@harbour.example"
    for words, again, times in (
        (("--again", "3bd", "--times", "4"), "3bd", 4),
        (("--times", "1"), "3bd", 1),
        (("--times", "3"), "3bd", 3),
        (("--again", "0"), "0bd", 1),
    ):
        policy = desk.type("remind", item, *words, "--json").json["policy"]
        assert (policy["again"], policy["times"]) == (again, times)
    refused = desk.type("remind", item, "--hours", "09:00-10:00; off")
    assert (refused.code, "is several values" in refused.err) == (2, True)
    assert desk.type("remind", item, "--as-usual", "--json").json["policy"]["quorum"] == "any"


def test_a_time_is_counted_by_the_calendar_that_is_asked_for_with_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.connect("gmail", "--allow", "send").code == 0
    item = send(desk, monkeypatch, "Plans")
    # 5 and 6 May are holidays in Japan
    words = ("--after", "10bd", "--recipient-country", "JP", "--recipient-zone", "Asia/Tokyo")
    (due,) = [each["due_at"] for each in desk.type("remind", item, *words, "--json").json["reminders"]]
    assert due[:10] == "2026-05-20"
    region = desk.type("remind", item, "--region", "BY")
    assert (region.code, "--region: BY is part of a country, and none is named." in region.err) == (2, True)
    for country in (("de", "--region", "by"), ("us",), ("",)):
        asked = desk.type("remind", item, "--country", *country, "--json").json["policy"]
        assert asked["country"] == country[0].upper()


def test_another_time_goes_before_a_snooze_and_a_bounce_that_was_told_stays_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.connect("gmail", "--allow", "send").code == 0
    item = send(desk, monkeypatch, "Plans")
    message = b"To: george@closed.example\r\nSubject: Gone\r\n\r\nHello.\r\n"
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(message)))
    gone = str(desk.type("send", "-t", "--json").json["item"])
    desk.wait(hours=4)
    desk.type("run", "--once")
    assert desk.type("snooze", item, "1d").code == 0
    (due,) = [each["due_at"] for each in desk.type("remind", item, "--after", "10d", "--json").json["reminders"]]
    assert due[:10] == "2026-05-14"
    assert desk.type("remind", gone, "--after", "2d").code == 0
    desk.wait(days=5)
    desk.type("run", "--once")
    told = [
        each["what"] for each in desk.type("why", gone, "--json").json["decisions"] if each["reminder"][-2:] == "-0"
    ]
    assert told == ["planned", "fired"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--again", "mon9"), '--again: "mon9" is a day; what comes again needs a length of time'),
        (("--times", "many"), "--times: 'many' is no whole number."),
        (("--times", "13"), "That cannot be: reminders about one mail come between 1 and 12 times, not 13."),
        (("--quorum", "eve@example.org"), "eve@example.org did not get this mail; it went to silas@silent.example."),
        (("--recipient-zone", "Mars"), "--recipient-zone: 'Mars' is no time zone; write America/New_York."),
        (("--again", "0", "--times", "3"), "--again: say how long to wait for the next reminder."),
        (("--again", "2d"), "--times: say how many reminders are wanted in all."),
        (("--as-usual", "--times", "3"), "--as-usual goes alone."),
        (("--off", "--as-usual"), "--off goes alone."),
        ((), "Say when with --after, what for with --if"),
    ],
)
def test_what_makes_no_sense_for_a_mail_is_refused_and_nothing_is_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    assert desk.connect("gmail", "--allow", "send").code == 0
    item = send(desk, monkeypatch, "Plans")
    with desk.config.open("a", encoding="utf-8") as file:
        file.write("\nreminders.times = 1\n")
    done = desk.type("remind", item, *words)
    assert (done.code, said in " ".join(done.err.split())) == (2, True), done.err
    assert desk.type("why", item, "--json").json["decisions"] == []


def test_why_says_that_nothing_is_to_come_as_soon_as_the_mail_is_answered(desk: Desk, sent: dict[str, str]) -> None:
    desk.wait(minutes=5)
    assert desk.type("run", "--once").code == 0
    assert desk.type("why", sent["Offer"], "--json").json["now"].startswith(f"reminder {sent['Offer']}-1 comes")
    with closing(TinyLedger(desk.folder / "ledger.db")) as ledger:  # the worker has not planned it anew
        item = ledger.item(sent["Offer"])
        assert item
        who = item.recipients[0].address
        match = Match(item=item.id, recipient=who, confidence=Confidence.CERTAIN, reason="it names the mail")
        told = Evidence(kind=Kind.REPLY, grade=Grade.PROOF, rule="reply", why="", at=item.sent_at, match=match)
        ledger.take(item.account, evidence=[told])
    now = desk.type("why", sent["Offer"], "--json").json["now"]
    assert (now[:23], "answered" in now) == ("no reminder is to come:", True)
    refused = desk.type("snooze", f"{sent['Offer']}-1", "3d")
    said = " ".join(refused.err.split())
    nothing = "There is nothing to be reminded of: silas@silent.example: answered ("
    assert (refused.code, nothing in said) == (2, True)
    assert f'"heardback remind {sent["Offer"]} --after 2d --if regardless" reminds you all the same.' in said


@pytest.mark.parametrize(
    ("reminders", "same", "said"),
    [
        (0, 0, "no reminders, then or now"),
        (1, 1, "1 reminder, and it would have come as before"),
        (4, 4, "4 reminders, and each would have come as before"),
        (4, 0, "4 reminders, and each would have been different"),
        (4, 1, "4 reminders: 1 would have come as before, 3 would have been different"),
    ],
)
def test_a_replay_ends_in_plain_words(reminders: int, same: int, said: str) -> None:
    assert compared(reminders, same) == said


def test_what_came_is_over_as_soon_as_its_reader_opts_out(desk: Desk, sent: dict[str, str]) -> None:
    with desk.config.open("a", encoding="utf-8") as file:
        file.write("\nreminders.times = 1\n")
    desk.wait(days=3, hours=4)
    desk.type("run", "--once")
    assert sent["Offer"] in {each["item"] for each in desk.type("reminders", "--json").json}
    assert desk.type("optout", "add", "silas@silent.example", "--how", "said so").code == 0
    assert sent["Offer"] not in {each["item"] for each in desk.type("reminders", "--json").json}


def test_the_past_is_replayed_under_other_settings_and_nothing_is_written(desk: Desk, sent: dict[str, str]) -> None:
    for _ in range(5):
        desk.wait(days=1, hours=1)
        assert desk.type("run", "--once").code == 0
    strict = desk.folder.parent / "strict.toml"
    strict.write_text('[[remind]]\nsubject = "Offer"\nafter = "1 business day"\n[[remind]]\noff = true\n', "utf-8")
    before = desk.type("reminders", "--all", "--json").json
    now = desk.type("replay", "--since", "30d", "--json").json
    assert {each["what"] for each in now["reminders"]} <= {"as it was", "at another time"}
    other = desk.type("replay", "--policy", str(strict), "--since", "30d", "--json").json
    would = {(each["subject"], each["what"]) for each in other["reminders"]}
    assert ("Offer", "at another time") in would
    assert ("Invoice 7", "not any more") in would
    told = desk.type("replay", "--policy", str(strict), "--since", "30d").out
    assert "CAME, AND WOULD NOT HAVE" in told
    assert told.endswith(": 4 reminders, and each would have been different.\n")
    assert desk.type("reminders", "--all", "--json").json == before
    strict.write_text("reminders.after_days = 300\n", "utf-8")
    words = ("replay", "--policy", str(strict), "--since", "30d", "--json")
    assert desk.type(*words).json["reminders"] != now["reminders"]
    flagged = desk.type(*words, "--set", "reminders.after_days=3").json
    assert flagged["reminders"] == now["reminders"], "a flag goes before a file"


def test_what_was_deleted_held_back_or_labelled_later_is_replayed_as_it_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.connect("gmail", "--allow", "send").code == 0
    items = {each: send(desk, monkeypatch, each) for each in ("Deleted", "Held", "Labelled")}
    desk.wait(minutes=5)
    assert desk.type("run", "--once").code == 0
    box = desk.world.google.account(GMAIL).mailbox
    (deleted,) = [each for each in box.newest_first() if b"Subject: Deleted" in each.raw]
    box.remove(deleted)
    desk.label("gmail", "Labelled", "heardback/9d")
    desk.wait(days=2, hours=4)
    assert desk.type("run", "--once").code == 0
    desk.world.google.revoke_grants(GMAIL, reason="revoked")
    desk.wait(days=1, minutes=5)
    assert desk.type("run", "--once").code == 1
    desk.wait(days=1)
    assert desk.connect("gmail", "--allow", "send").code == 0
    desk.wait(days=3)
    assert desk.type("run", "--once").code == 0
    whole = {each: desk.type("why", item, "--json").json for each, item in items.items()}
    assert {each: [one["what"] for one in told["decisions"]] for each, told in whole.items()} == {
        "Deleted": ["planned", "cancelled"],
        "Held": ["planned", "held", "fired", "planned"],
        "Labelled": ["planned", "label", "moved"],
    }
    replayed = desk.type("replay", "--since", "30d", "--json").json["reminders"]
    assert [(each["subject"], each["what"]) for each in replayed] == [("Held", "as it was")]


@pytest.mark.parametrize(("words", "rule"), [((), ""), (("--individually",), ""), ((), "\n[[remind]]\noff = true\n")])
def test_send_says_when_the_reminders_of_a_mail_are_planned(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], rule: str
) -> None:
    assert desk.connect("gmail", "--allow", "send").code == 0
    with desk.config.open("a", encoding="utf-8") as file:
        file.write(rule)
    message = b"To: silas@silent.example, paul@harbour.example\r\nSubject: Plans\r\n\r\nHello.\r\n"
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(message)))
    said = " ".join(desk.type("send", "-t", *words).out.split())
    planned = "Its reminders are planned at the next reading."
    assert ("tells what came of it." in said, planned in said) == (True, not rule)


def test_why_nothing_is_to_come_is_told_as_it_is(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert desk.connect("gmail", "--allow", "send").code == 0
    item = send(desk, monkeypatch, "Old")

    def now() -> str:
        return desk.type("why", item).out.rpartition("now: ")[2].strip()

    assert now() == "no reminder is to come: none is planned yet; the next reading plans it, if the mail is not too old"
    assert desk.type("disconnect", GMAIL, "--erase").code == 0
    desk.wait(days=4)
    assert desk.connect("gmail", "--allow", "send").code == 0
    desk.type("run", "--once")
    (item,) = [each["item"] for each in desk.type("sent", "--json").json]
    assert now() == "no reminder is to come: was due on Thu 2026-05-07, before the mailbox was connected"
    desk.type("remind", item, "--after", "1h")
    desk.type("done", item)
    assert now() == "no reminder is to come: you settled it"


def test_a_wish_that_is_none_is_refused_with_what_would_be_one(desk: Desk, sent: dict[str, str]) -> None:
    wrong = {
        (): "further: --again, --times, --grow, --quorum, --bounces, --hours",
        ("--off", "--after", "3d"): "--off goes alone",
        ("--after", "someday"): '--after: "someday" is not understood as a time',
    }
    for words, said in wrong.items():
        done = desk.type("remind", sent["Offer"], *words)
        assert (done.code, said in " ".join(done.err.split())) == (2, True), done.err


@pytest.mark.parametrize(
    ("words", "when"),
    [
        (["3d"], "2026-05-07T08:05"),  # as it is, also outside the hours
        (["mon9"], "2026-05-11T09:00"),
        (["tomorrow"], "2026-05-05T09:00"),
        (["3", "business", "days"], "2026-05-07T09:00"),
        (["2026-06-12"], "2026-06-12T09:00"),
    ],
)
def test_a_reminder_is_put_off_by_a_length_of_time_or_to_a_day(
    desk: Desk, sent: dict[str, str], words: list[str], when: str
) -> None:
    desk.wait(minutes=5)
    desk.type("run", "--once")
    assert desk.type("snooze", sent["Offer"], *words).code == 0
    assert due(desk)["Offer"] == when


@pytest.mark.parametrize(("when", "told"), [("0d", "not later than now"), ("x", "mon9")])
def test_a_time_that_is_none_puts_nothing_off(desk: Desk, sent: dict[str, str], when: str, told: str) -> None:
    desk.type("run", "--once")
    before = due(desk)
    done = desk.type("snooze", sent["Offer"], when)
    assert (done.code, told in " ".join(done.err.split()), due(desk)) == (2, True, before)


def test_a_mail_named_by_its_id_means_the_reminder_that_came_due(desk: Desk, sent: dict[str, str]) -> None:
    desk.wait(minutes=5)
    desk.type("run", "--once")
    desk.wait(days=4, hours=2)
    desk.type("run", "--once")
    assert "CAME DUE (4 reminders)" in desk.type("reminders").out
    desk.type("snooze", sent["Offer"], "1w")
    listed = {each["reminder"]: each["state"] for each in desk.type("reminders", "--json").json}
    assert (listed[f"{sent['Offer']}-1"], "CAME DUE (3 reminders)" in desk.type("reminders").out) == ("planned", True)
