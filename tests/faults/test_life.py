"""Lives full of trouble, on both providers: nothing lost, nothing twice."""

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.faults.machine import FIGURES, Life

_ALL = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


class GmailLife(Life):
    """A life at Gmail."""

    provider = "gmail"


class OutlookLife(Life):
    """A life at Outlook."""

    provider = "outlook"


@pytest.fixture(autouse=True, scope="module")
def _tell_figures(request: pytest.FixtureRequest) -> object:
    yield
    print(f"\nLives: {dict(FIGURES)}")


TestGmailLife = GmailLife.TestCase
TestOutlookLife = OutlookLife.TestCase
TestGmailLife.settings = TestOutlookLife.settings = settings(
    max_examples=8, stateful_step_count=12, deadline=None, phases=(Phase.generate,), suppress_health_check=_ALL
)
