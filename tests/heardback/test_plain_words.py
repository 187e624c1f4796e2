"""What `run`, `reminders`, `status`, `why` and the mail to oneself say to who knows nothing of units and states."""

import pytest

from tests.heardback.conftest import Desk
from tests.heardback.test_main_job import send

GEORGE, SILAS = "george@closed.example", "silas@silent.example"
REASON = "there is no such user (a mail server on Mon 2026-05-04 08:00 reports that it could not deliver the message)"


@pytest.fixture
def wide(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A connected mailbox at a window in which no line breaks."""
    monkeypatch.setenv("COLUMNS", "400")
    assert desk.connect("gmail", "--allow", "send").code == 0
    return desk


def test_mail_given_back_is_told_once_with_who_in_one_line_and_why_in_the_next(
    wide: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = send(wide, monkeypatch, GEORGE, subject="Are you there?")
    wide.wait(hours=4)
    assert wide.type("run", "--once").out.splitlines() == [
        "gmail:ana@ana-mail.example: 1 report of a mail server came in.",
        f'Not delivered to {GEORGE}: "Are you there?" ({item}-0)',
        f"  {REASON}; sent to yourself by mail.",
    ]
    row = wide.type("reminders").out.splitlines()[1:5]
    assert (row[0], row[2:]) == (
        f"  {item}-0  Are you there?",
        [f"      to {GEORGE}: not delivered", f"      {REASON}"],
    )


def test_one_that_came_is_said_to_have_come_and_the_next_is_not_named_by_a_time_that_is_over(
    wide: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = send(wide, monkeypatch, SILAS)
    wide.type("run", "--once")
    wide.wait(days=3, hours=4)
    wide.type("run", "--once")
    assert "once more Thu 2026-05-14 " in wide.type("reminders").out
    wide.wait(days=14)
    assert "once more at the next reading, if that finds no sign" in wide.type("reminders").out
    for command in ("show", "why"):
        said = wide.type(command, item).out
        assert ("came: 3 business days after sending" in said, "fired" in said) == (True, False)


def test_what_a_reading_costs_is_told_to_who_asks(wide: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    send(wide, monkeypatch, SILAS)
    done = wide.type("run", "--once")
    status, verbose = wide.type("status").out, wide.type("status", "--verbose").out
    assert [each for each in ("request", "unit") if each in done.out + done.err + status] == []
    assert " read so far" in status
    assert ("of the provider's quota in all." in verbose, " listed = " in verbose) == (True, True)
