"""What the tests of faults share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.household import HOUSEHOLDS, Household
from tests.scheduler.conftest import Person


@pytest.fixture(params=sorted(HOUSEHOLDS))
def household(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Household]:
    """A person with one account, at each provider in turn."""
    household = HOUSEHOLDS[request.param](tmp_path)
    yield household
    household.close()


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """A person whose mailbox is in memory: for what no wire has to do with."""
    person = Person(tmp_path / "ledger.db")
    yield person
    person.ledger.close()
