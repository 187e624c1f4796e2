"""Sign-ins that end, or that only seem to: the account is parked with a clear message, others go on, and reconnecting
resumes where it stopped."""

from typing import Any

import pytest

from sandbox.faults import Fault
from tests.faults.household import SLOW, Household
from tests.faults.work import work

#: what the sign-in server may answer without meaning that the grant has ended
PASSING: tuple[dict[str, Any], ...] = (
    {"trouble": "answer", "status": 200, "body": "<html>please log in to the hotel</html>"},
    {"trouble": "answer", "status": 200, "body": "{}"},
    {"trouble": "answer", "status": 403, "body": "<html>blocked by your organisation's proxy</html>"},
    {"trouble": "answer", "status": 407, "body": ""},
    {"trouble": "answer", "status": 429, "body": ""},
    {"trouble": "answer", "status": 500, "body": "{}"},
    {"trouble": "answer", "status": 503, "body": "<html>sorry</html>"},
    {"trouble": "drop"},
    {"trouble": "lose"},
    {"trouble": "cut"},
    {"trouble": "slow", "seconds": SLOW},
)


@pytest.mark.parametrize("trouble", PASSING, ids=lambda each: f"{each['trouble']} {each.get('status', '')}")
@pytest.mark.parametrize("times", [1, 40])
def test_trouble_while_a_sign_in_is_renewed_parks_nothing(
    household: Household, trouble: dict[str, Any], times: int
) -> None:
    named = household.send()
    household.server.faults.add(Fault(trouble="expire-token"))
    household.server.faults.add(Fault(**trouble, times=times, pattern="POST .*/token"))
    work(household)
    assert household.account.state == "connected", household.account.problem
    household.server.faults.clear()
    work(household)
    assert [each.message_ids[0] for each in household.ledger.items()] == [named]
