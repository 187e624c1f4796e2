"""Lives full of trouble, on both providers: nothing lost, nothing twice."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.machine import FIGURES, Life


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


def live(life: type[Life], *, lives: int, steps: int) -> None:
    """So many lives of so many steps at most; a failing one is shown as it was, shrinking would take hours."""
    run_state_machine_as_test(
        life,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )


LIVES = pytest.mark.parametrize("life", [GmailLife, OutlookLife])


@LIVES
def test_a_short_life_full_of_trouble_loses_and_doubles_nothing(life: type[Life]) -> None:
    live(life, lives=8, steps=12)


@LIVES
@pytest.mark.slow
def test_long_lives_full_of_trouble_lose_and_double_nothing(life: type[Life]) -> None:
    live(life, lives=100, steps=30)
