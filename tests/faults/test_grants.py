"""Sign-ins that end, or that only seem to: the account is parked with a clear message, others go on, and reconnecting
resumes where it stopped."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Fault
from store.ledger import AccountState
from tests.faults.household import HOUSEHOLDS, SLOW, Household
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
@pytest.mark.parametrize("times", [1, pytest.param(40, marks=pytest.mark.slow)])
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


#: what may end a grant, by provider, and what only a person can do about it
ENDS = [
    *(("gmail", reason) for reason in ("revoked", "expired", "password", "session", "deleted")),
    *(("outlook", reason) for reason in ("revoked", "expired", "password", "mfa", "device")),
]


@pytest.mark.parametrize(("name", "reason"), ENDS)
def test_a_grant_that_ends_parks_its_account_only_and_reconnecting_goes_on_where_it_stopped(
    tmp_path: Path, name: str, reason: str
) -> None:
    with both(tmp_path) as (one, other):
        ended, steady = (one, other) if one.provider.name == name else (other, one)
        before = [ended.send(), steady.send()]
        work(one)
        ended.revoke(reason)
        meanwhile = [ended.send(), steady.send()]
        came = ended.come("reply", before[0])

        told: list[str] = []
        report = work(one, told=told)
        assert [each.account for each in report.accounts] == [steady.account_id]
        assert (ended.account.state, steady.account.state) == (AccountState.PARKED, AccountState.CONNECTED)
        assert f"heardback connect {name}" in ended.account.problem
        assert ended.address in ended.account.problem
        assert told == [f'A mailbox at {name} could not be read; "heardback status" says why.']
        assert ids(one) == {*before, meanwhile[1]}

        requests = len(told)
        work(one, told=told)
        assert len(told) == requests, "said once"

        cursor = ended.ledger.cursor(ended.account_id)
        ended.connect()
        assert ended.ledger.cursor(ended.account_id) == cursor
        resumed = next(each for each in work(one).accounts if each.account == ended.account_id)
        assert resumed.listed == 2, "only what came meanwhile"
        assert ids(one) == {*before, *meanwhile}
        assert came.message_id in {
            fact.message_id for item in one.ledger.items() for fact in one.ledger.evidence(item.id)
        }
        assert (ended.account.state, ended.account.problem) == (AccountState.CONNECTED, "")


RACER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from heardback.house import House
from heardback.settings import load

account, config = sys.argv[1:]
with House(load(file=Path(config))) as house:
    mailbox = house.provider(account.partition(":")[0]).mailbox(account)
    print("ready", flush=True)
    for _ in sys.stdin:
        print(mailbox.profile().address, flush=True)
"""


def test_two_processes_that_renew_a_sign_in_at_once_both_go_on(household: Household) -> None:
    household.ledger.close()
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, household.account_id, household.settings()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    household.processes += racers
    assert [each.stdout.readline() for each in racers if each.stdout] == ["ready\n"] * 2
    for _ in range(5):
        # both tokens run out; the refresh token of one exchange is of no use in a second one
        household.server.faults.add(Fault(trouble="expire-token", times=2))
        for each in racers:
            assert each.stdin
            each.stdin.write("go\n")
            each.stdin.flush()
        assert [each.stdout.readline() for each in racers if each.stdout] == [f"{household.address}\n"] * 2
        household.server.faults.clear()
    for each in racers:
        each.communicate()
    assert household.mailbox.profile().address == household.address


@contextmanager
def both(folder: Path) -> Iterator[tuple[Household, Household]]:
    """One person with an account at each provider, in one ledger."""
    gmail, outlook = HOUSEHOLDS["gmail"](folder / "gmail"), HOUSEHOLDS["outlook"](folder / "outlook")
    outlook.ledger.close()
    outlook.ledger = gmail.ledger
    outlook.connect()
    gmail.neighbour = outlook
    yield gmail, outlook
    outlook.close()
    gmail.close()


def ids(household: Household) -> set[str]:
    """Message-IDs in the ledger."""
    return {each.message_ids[0] for each in household.ledger.items()}
