"""Forgetting a reader of tracked mail, from the provider's wire to the relay's disk; the mailbox is then read again."""

import pytest

from store.tiny import TinyLedger
from tests.heardback.conftest import Desk
from tests.heardback.loader_cases import CASES, Mail, To
from tests.heardback.test_loaders import play

HTML = {each.loader: each for each in CASES if (each.to, each.mail) == (To.ONE, Mail.THREE)}
EACH = {each.loader: each for each in CASES if each.to is To.EACH}


def bytes_held(desk: Desk) -> bytes:
    """All that lies in the data folder, the relay's files among it."""
    return b"\n".join(each.read_bytes() for each in sorted(desk.folder.rglob("*")) if each.is_file()).lower()


def list_all_again(desk: Desk) -> None:
    ledger = TinyLedger(desk.folder / "ledger.db")
    for each in ledger.accounts():
        ledger.reset_cursor(each.id)
    ledger.close()
    assert desk.type("run", "--once").code == 0


@pytest.mark.parametrize("provider", ["gmail", pytest.param("outlook", marks=pytest.mark.slow)])
def test_a_reader_is_forgotten_and_does_not_come_back(
    tracking: Desk, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    gone, both = play(tracking, provider, monkeypatch, (HTML["thunderbird"], EACH["thunderbird"]))
    (reader,), (other,) = gone.people, both.people
    before = both.shown(tracking)

    done = tracking.type("forget", reader, "--yes", "--json")
    again = tracking.type("forget", other, "--yes", "--json")

    assert (done.code, done.json["left"], done.json["erased"]["items"]) == (0, 0, 1)
    assert done.json["relay"]["hits"] > 0
    assert (again.code, again.json["left"], again.json["erased"]["items"]) == (0, 0, 0)
    list_all_again(tracking)
    held = bytes_held(tracking)
    assert [each for each in (reader, other) if each.encode() in held] == []
    assert tracking.type("show", gone.items[0]).code == 2
    shown = tracking.type("show", both.items[0], "--json").json["recipients"]
    assert [(each["address"], each["verdict"]) for each in shown] == [(both.second, before[1][0])]


def test_mail_written_to_them_anew_is_followed_without_tracking(
    tracking: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (trial,) = play(tracking, "gmail", monkeypatch, (HTML["thunderbird"],))
    tracking.type("forget", trial.people[0], "--yes")
    tracking.wait(hours=1)
    monkeypatch.setattr("tests.heardback.test_loaders.ALL", ("--set", "tracking.pixel=true"))
    trial.send(tracking, monkeypatch)
    tracking.wait(days=1)
    list_all_again(tracking)
    assert [verdict for verdict, _ in trial.shown(tracking)] == ["unknowable"]
