"""What a person is told around the results: consents, reminders, questions, mistyped words."""

import os
import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from heardback.output import Output
from heardback.stage import Stage, without_own_settings
from heardback.worker_lock import sole_worker
from sandbox.visitor import Visitor
from tests.heardback.conftest import GMAIL, OUTLOOK, Desk

MAIL = "To: {to}\r\nSubject: {subject}\r\n\r\nHello\r\n"


def send(desk: Desk, monkeypatch: pytest.MonkeyPatch, to: str, subject: str, *words: str) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(MAIL.format(to=to, subject=subject).encode())))
    done = desk.type("send", "-t", *words)
    assert done.code == 0, done.err


def test_what_a_consent_is_about_to_ask_is_said_in_plain_words_before_it_opens(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = Visitor(desk.world.ca_file, account=OUTLOOK)

    def open_page(address: str) -> bool:
        visitor(address)
        return True

    monkeypatch.setattr("webbrowser.open", open_page)
    done = desk.type("connect", "outlook", "--allow", "send", "--allow", "arm")
    *said, address = done.err.splitlines()
    assert said == [
        "Microsoft is going to ask you to let Heardback:",
        "  - read your mail: what you sent, and what comes back",
        "  - send mail: yours, with a receipt request, and reminders to yourself",
        "  - change drafts: only to turn on the receipt request of those you marked",
        "Your browser opens; waiting up to 5 minutes for you.",
        "If it does not, open this address in one on this machine:",
    ]
    assert address.startswith("  https://localhost:")


def test_an_account_that_may_leave_and_send_drafts_says_so(desk: Desk) -> None:
    line = 'Leaves follow-ups among your drafts ("heardback draft") and sends drafts of yours'
    told = [desk.connect("gmail"), desk.type("accounts"), desk.connect("gmail", "--allow", "drafts")]
    assert [line in " ".join(each.out.split()) for each in (*told, desk.type("accounts"))] == [False, False, True, True]


def test_no_browser_is_promised_where_somebody_else_takes_the_page(desk: Desk) -> None:
    said = desk.connect("gmail").err
    assert ("is going to ask you" in said, "browser" in said, "https://" in said) == (True, False, False)


def test_a_first_reading_is_told_in_mails_and_minutes_and_its_units_only_if_wanted(desk: Desk) -> None:
    for number in range(3):
        desk.world.google.account(GMAIL).send(f"To: a@b.example\r\nSubject: {number}\r\n\r\nHello\r\n".encode())
    brief, long = desk.connect("gmail").out, desk.connect("gmail", "-v").out
    assert "  First reading: about 3 mails, less than a minute.\n" in brief
    assert ["unit" in brief, "armed" in brief] == [False, False]
    limit = "cannot be turned on in Gmail drafts where they lie"
    assert ["of the provider's quota." in long, limit in long] == [True, True], long
    assert desk.connect("gmail", "--json").json["price"]["units"] > 0
    read = desk.type("run", "--once")
    assert "First reading" not in read.out + read.err


def test_no_browser_is_promised_where_none_is_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    said = desk.type("connect", "gmail", "--time-limit", "1").err
    assert ["No browser was found" in said, "Your browser opens" in said, said.count("  https://")] == [True, False, 1]


def test_a_reminder_that_fired_is_told_once_with_its_mail_and_its_recipient(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.connect("gmail", "--allow", "send").code == 0
    send(desk, monkeypatch, "silas@silent.example", "Old invoice\x1b[2J 118")
    assert desk.type("run", "--once").code == 0
    desk.wait(days=4, hours=2)
    monkeypatch.setenv("COLUMNS", "500")
    done = desk.type("run", "--once")
    told = [line for line in (done.out + done.err).splitlines() if "eminder" in line]
    item = desk.type("sent", "--json").json[0]["item"]
    assert told == [
        'Reminder: no sign of reading of "Old invoice [2J 118" by silas@silent.example, 3 business days after sending: '
        f"sent to yourself by mail. ({item}-1)"
    ]


def test_a_reminder_that_is_due_out_of_hours_is_said_to_wait_for_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "500")
    assert desk.connect("gmail", "--allow", "send").code == 0
    send(desk, monkeypatch, "silas@silent.example", "Old invoice")
    assert desk.type("run", "--once").code == 0
    desk.wait(days=4, hours=14)  # Friday night
    waits = "waits for your hours till Mon 2026-05-11 09:00"
    assert f"1 reminder is due and {waits}." in desk.type("run", "--once").out
    item = desk.type("sent", "--json").json[0]["item"]
    due = f"was due Thu 2026-05-07 09:00, and {waits}"
    assert f"now: reminder {item}-1 {due}: 3 business days after sending" in desk.type("why", item).out
    assert f"      {due}" in desk.type("reminders").out.partition("COMING (1 reminder)")[2]


def test_reminders_say_so_where_no_mailbox_is_connected(desk: Desk) -> None:
    assert desk.type("reminders").out.startswith("No mailbox is connected;")


def test_who_has_gmail_alone_is_not_sent_to_microsoft_by_the_doctor(desk: Desk) -> None:
    assert desk.connect("gmail").code == 0
    desk.config.write_text(
        "\n".join(each for each in desk.config.read_text().splitlines() if "microsoft.client_id" not in each)
    )
    said = {each["what"]: each["text"] for each in desk.type("doctor", "--json").json}
    assert said["outlook client"] == "not needed: no Outlook mailbox is connected"


def test_the_doctor_says_that_the_worker_does_not_run_and_counts_it_for_no_trouble(desk: Desk) -> None:
    assert "worker" not in desk.type("doctor").out, "there is nothing to read"
    assert desk.connect("gmail").code == 0
    done = desk.type("doctor")
    assert (done.code, done.out.splitlines()[-1]) == (0, "All is well, but the worker does not run."), done.out
    assert '"heardback service install" lets it start' in done.out
    with sole_worker(desk.folder):
        done = desk.type("doctor")
    assert done.out.splitlines()[-2:] == [f"ok      worker: runs (process {os.getpid()}).", "All is well."]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ('[[remind]]\nafter = "xx"', "Rule 1 of [[remind]]"),
        ("[[track]]\npixle = true", "Rule 1 of [[track]] has the key pixle"),
        ('[reminders]\nhours = "17-9"', "reminders.hours"),
        ('[reminders]\nquorum = "some"', "the quorum is any or all"),
        ('[reminders]\nshow_in = "fridge"', "reminders.show_in"),
        ('country = "XX"', "XX"),
    ],
)
def test_the_doctor_says_which_rule_or_setting_of_the_file_no_command_could_use(
    desk: Desk, written: str, told: str
) -> None:
    desk.config.write_text(f"{desk.config.read_text()}\n{written}\n")
    done = desk.type("doctor", "--json")
    said = [each for each in done.json if each["what"] == "settings"]
    assert [(each["how"], told in each["text"]) for each in said] == [("trouble", True)], done.out
    assert (str(desk.config) in said[0]["todo"], done.code) == (True, 1)


def test_the_doctor_goes_on_where_the_data_folder_cannot_be_made(desk: Desk) -> None:
    done = desk.bare("doctor", "--json", "--config", str(desk.config), "--data", str(desk.config / "below a file"))
    troubles = {each["what"] for each in done.json if each["how"] == "trouble"}
    assert ({"ledger", "keyring"} <= troubles, done.code, len(done.json) > 6) == (True, 1, True), done.err


def test_a_reminder_that_is_answered_later_is_no_longer_open(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARDBACK_REMINDERS_AFTER_DAYS", "0")
    assert desk.connect("gmail", "--allow", "send").code == 0
    send(desk, monkeypatch, "paul@harbour.example", "Lunch?")
    assert desk.type("run", "--once").code == 0
    desk.wait(hours=3)
    assert desk.type("run", "--once").code == 0
    before = desk.type("reminders").out
    desk.wait(days=2)
    assert desk.type("run", "--once").code == 0
    after, every = desk.type("reminders").out, desk.type("reminders", "--all").out
    assert ["CAME DUE" in before, "No reminders are open" in after, "SETTLED" in every] == [True, True, True], every


def test_ctrl_c_at_the_question_whether_to_erase_leaves_everything_as_it_was(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.connect("gmail").code == 0

    def interrupt(_: str) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr("heardback.commands.accounts._asks", interrupt)
    assert desk.type("disconnect", GMAIL).code == 130
    assert desk.type("accounts", "--json").json[0]["state"] == "connected"
    assert desk.type("run", "--once").code == 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("unread", "--older-than", "soon"), "write 3d, 12h, 2w or 45m"),
        (("unread", "--fast"), 'unrecognized arguments: --fast. "heardback unread --help" explains it.'),
        (("snooze",), "the following arguments are required: ID, WHEN"),
        (("unreed",), '"unreed" is no command. Did you mean unread? "heardback --help" lists them.'),
        (("remnd", "xkk3"), "Did you mean remind or reminders?"),
        (("--json", "Unread"), "Did you mean unread?"),
        (("frobnicate",), '"frobnicate" is no command. "heardback --help" lists them.'),
        (("service",), "the following arguments are required: install|remove|status."),
        (("service", "start"), "invalid choice: 'start'"),
        (("completion",), "the following arguments are required: bash|zsh|fish|tcsh|powershell."),
        (("connect",), "the following arguments are required: gmail|outlook."),
        (("overrule",), "the following arguments are required: ITEM, EVIDENCE."),
        (("demo", "--json"), "prints no JSON"),
        (("demo", "--set", "zone=Europe/Berlin"), "plays with settings of its own"),
        (("connect", "outlook", "--client-file", "x"), "Outlook takes no --client-file"),
    ],
)
def test_a_mistyped_command_is_answered_by_a_sentence_instead_of_a_screen(
    desk: Desk, words: tuple[str, ...], told: str
) -> None:
    done = desk.type(*words)
    assert (done.code, told in " ".join(done.err.split()), done.err.count("\n") < 4) == (2, True, True), done.err


def test_what_every_command_takes_may_stand_before_its_name(desk: Desk) -> None:
    words = ("--json", "--data", str(desk.folder), "--config", str(desk.config), "--quiet")
    assert desk.bare(*words, "accounts").json == []


def test_lists_say_so_when_there_is_no_mailbox_or_it_was_never_read(desk: Desk) -> None:
    assert "No mailbox is connected" in desk.type("unread").out
    assert desk.connect("gmail").code == 0
    assert "was not read to the end yet" in " ".join(desk.type("unread").out.split())


def test_ctrl_c_in_one_command_of_the_demo_ends_the_demo(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impatient(*_: object, **__: object) -> Callable[[str], None]:
        def press(_: str) -> None:
            raise KeyboardInterrupt

        return press

    monkeypatch.setattr("heardback.stage.Visitor", impatient)
    with pytest.raises(KeyboardInterrupt):
        Stage(desk.world, tmp_path, Output()).type("connect", "gmail", person=GMAIL)


def test_the_demo_plays_in_its_own_ledger_whatever_the_environment_says(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "my own ledger"
    monkeypatch.setenv("HEARDBACK_DATA_FOLDER", str(own))
    monkeypatch.setenv("COLUMNS", "200")
    with without_own_settings():
        stage = Stage(desk.world, tmp_path, Output())
        stage.type("connect", "gmail", person=GMAIL)
    assert (stage.failed, own.exists(), os.environ["HEARDBACK_DATA_FOLDER"]) == (False, False, str(own))
    shown = capsys.readouterr()
    assert ("is going to ask you" in shown.out, shown.err) == (True, "")
