import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from heardback.cli import main
from heardback.output import Progress
from store.ledger import Account, Tally
from store.tiny import TinyLedger

NOW = datetime.now(UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with one account in trouble, which spent something in the last hours and long ago."""
    ledger = TinyLedger(tmp_path / "ledger.db")
    account = Account(
        id="gmail:me@example.com",
        provider="gmail",
        address="me@example.com",
        capabilities={},
        connected_at=NOW,
        granted_at=NOW,
        problem="Gmail cannot be reached now",
        failures=4,
        rests_until=datetime.now(UTC) + timedelta(minutes=4),
        allowance=15_000,
    )
    ledger.put_account(account)
    for hours, units in ((48, 9_000), (3, 5_700), (2, 40), (0, 2)):
        tally = Tally(skipped={}, requests=units // 20 or 1, units=units)
        ledger.take(account.id, tally=tally, at=NOW - timedelta(hours=hours))
    ledger.close()
    return tmp_path


def test_status_shows_the_rest_the_last_day_and_its_dearest_minute(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["status", "--verbose", "--data", str(folder), "--set", "zone=UTC"])
    shown = " ".join(capsys.readouterr().out.split())
    dearest = (NOW - timedelta(hours=3)).strftime("%a %Y-%m-%d %H:%M")
    assert code == 1
    assert "after 4 failures in a row." in shown
    assert f"at most 5,700 of 15,000 granted a minute ({dearest})" in shown
    assert "Last 24 hours: 288 requests, 5,742 units" in shown
    assert shown.count(":00: ") == 3


def test_status_prints_every_minute_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["status", "--json", "--data", str(folder), "--set", "zone=UTC"])
    account = json.loads(capsys.readouterr().out)["accounts"][0]
    assert [(each["requests"], each["units"]) for each in account["spent"]] == [(285, 5_700), (2, 40), (1, 2)]


def test_the_line_of_progress_tells_the_time_left_by_the_slower_of_quota_and_past() -> None:
    out, clock = io.StringIO(), [0.0]
    bar = Progress(what="Reading", err=out, live=True, seconds=lambda: clock[0])
    bar.show(25, 1_000, minutes_left=3.2)
    clock[0] = 600.0
    bar.show(250, 1_000, minutes_left=2.5)
    assert [line.strip() for line in out.getvalue().split("\r") if line.strip()] == [
        "Reading: 25 of 1,000, about 4 minutes left",
        "Reading: 250 of 1,000, about 34 minutes left",
    ]
