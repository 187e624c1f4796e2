"""The table of reminder scenarios: expected and reached."""

import pytest

from tests.scheduler.reminder_scenarios import SCENARIOS
from tests.scheduler.scenario import Scenario, reached, story

ROWS = [row for rows in SCENARIOS.values() for row in rows]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.about)
def test_the_reminders_of_a_life_are_those_expected(row: Scenario) -> None:
    assert reached(row) == row.expected
    told = story(row)
    assert row.because in (told[-1].why if told else "")


def test_the_table_is_long_enough() -> None:
    assert len(ROWS) >= 60
