"""Every row of the table of reminders in a real mailbox: a month of virtual time over the wire, on both providers."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from pathlib import Path

import pytest

from sandbox.world import World
from store.ledger import Decision
from tests.heardback.household import Household, told
from tests.scheduler.reminder_scenarios import SCENARIOS
from tests.scheduler.scenario import Scenario, came, story

#: more mail sent at once than this would still be on its way when the first answers come
MOST = 17


def households() -> Iterator[tuple[Scenario, ...]]:
    """All rows, those together that need the same settings, the same months and the same sleep."""
    alike: dict[object, list[Scenario]] = defaultdict(list)
    for row in chain.from_iterable(SCENARIOS.values()):
        alike[row.zone, row.country, row.until, row.asleep].append(row)
    for rows in alike.values():
        yield from (tuple(rows[begin : begin + MOST]) for begin in range(0, len(rows), MOST))


@pytest.mark.slow
@pytest.mark.parametrize("provider", ["gmail", "outlook"])
@pytest.mark.parametrize("rows", [*households()], ids=lambda rows: rows[0].about)
def test_a_month_over_the_wire_goes_as_the_table_says_and_is_decided_as_planned(
    tmp_path: Path, provider: str, rows: tuple[Scenario, ...]
) -> None:
    first = min(row.local(at) for row in rows for at in (row.sent, *(each.at for each in row.happens)))
    with World(tmp_path, start=first - timedelta(hours=1)) as world:
        household = Household(world, tmp_path, provider, rows)
        household.live()
        lived, otherwise = household.stories(), household.otherwise()
    assert {row.about: came(lived[row], row) for row in rows} == {row.about: row.expected for row in rows}
    assert {row.about: told(lived[row], row) for row in rows} == {row.about: told(story(row), row) for row in rows}
    assert [row.about for row in rows if row.because not in (lived[row][-1].why if lived[row] else "")] == []
    assert [row.about for row in rows if is_reminded_despite_an_answer(row, lived[row])] == []
    assert [row.about for row in rows if is_silent_because_of_an_absence(row, lived[row])] == []
    # the ledger knows neither how long nobody ran, nor that what came after the due time was found by a later look, nor
    # how long something was on its way
    unlike = ("an answer in the very minute", "of both, the second dated before the first was told")
    assert otherwise <= {row.about for row in rows if row.asleep or row.about in unlike}


def is_reminded_despite_an_answer(row: Scenario, lived: tuple[Decision, ...]) -> bool:
    """Unless that is wanted, the person set the answer aside, or somebody else is waited for as well."""
    if "regardless" in row.rule or "quorum" in row.rule or any(each.what == "overrule it" for each in row.happens):
        return False
    answers = [
        row.local(each.at)
        for each in row.happens
        if each.what.startswith(("answers", "asks ")) and "elsewhere" not in each.what
    ]
    return any(each.what == "fired" and each.at >= answer for each in lived for answer in answers)


def is_silent_because_of_an_absence(row: Scenario, lived: tuple[Decision, ...]) -> bool:
    """Nothing came back but automatic answers, and no reminder came."""
    is_absence = bool(row.happens) and all(each.what.startswith("away ") for each in row.happens)
    return is_absence and not any(each.what == "fired" for each in lived)
