"""The table of reminder scenarios: expected and reached."""

import pytest

from tests.scheduler.reminder_scenarios import SCENARIOS
from tests.scheduler.scenario import Scenario, reached, story, you
from tests.scheduler.scenario_table import PAGE, written

ROWS = [row for rows in SCENARIOS.values() for row in rows]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.about)
def test_the_reminders_of_a_life_are_those_expected(row: Scenario) -> None:
    assert reached(row) == row.expected
    told = story(row)
    assert row.because in (told[-1].why if told else "")


def test_the_table_is_long_enough() -> None:
    assert len(ROWS) >= 60


def test_the_page_about_reminders_holds_the_table_as_it_is() -> None:
    page = PAGE.read_text("utf-8")
    assert written(page) == page, "make tables"


@pytest.mark.parametrize("kind", ["away until", "away without a date"])
def test_no_absence_alone_ever_ends_a_wait(kind: str) -> None:
    absent = [row for row in ROWS if row.happens and all(each.what == kind for each in row.happens)]
    assert absent
    assert [row.about for row in absent if not reached(row)] == []


def test_reminders_that_came_stay_come_when_what_was_asked_for_is_taken_back() -> None:
    asked = ("2026-05-26", "off", "as usual")
    events = tuple(you(f"05-14 11:0{number}", "ask for", each) for number, each in enumerate(asked))
    row = Scenario(about="asked anew, turned off, and turned on again", happens=events)
    assert reached(row) == ("05-07 10:00", "05-14 10:00")
