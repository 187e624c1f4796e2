"""What the tests of faults share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.household import HOUSEHOLDS, Household


@pytest.fixture(params=sorted(HOUSEHOLDS))
def household(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Household]:
    """A person with one account, at each provider in turn."""
    household = HOUSEHOLDS[request.param](tmp_path)
    yield household
    household.close()
