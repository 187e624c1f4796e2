"""Whatever a ledger holds, and whenever the machine stops: a person is forgotten whole or not at all, and alone."""

import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.model import Confidence, Disposition, Evidence, Grade, HitKind, Kind, Match, Recipient, SentItem, item_id
from evidence.verdict import fold
from store.person import strike
from store.proof import traces
from store.tiny import TinyLedger
from store.tracking import Choice, Stance, Tracked

MONDAY = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
LATER = MONDAY + timedelta(days=30)
ME = "gmail:me@example.com"
ANN, BOB = "ann@example.org", "bob@example.org"
#: Ann, others, and others whose addresses contain hers
PEOPLE = (ANN, BOB, "cat@example.org", f"jo-{ANN}", f"{ANN}.uk")

people = st.sampled_from(PEOPLE)
words = st.lists(st.sampled_from(["Offer", "for", *PEOPLE, ANN.upper(), f"<{ANN}>", "ünder"]), max_size=4).map(" ".join)
kinds = st.sampled_from([Kind.REPLY, Kind.RECEIPT, Kind.AUTO_REPLY, Kind.HIT])


@st.composite
def items(draw: st.DrawFn) -> list[SentItem]:
    """Up to four mails, each to some of the people."""
    lists = draw(st.lists(st.lists(people, min_size=1, max_size=4, unique=True), min_size=1, max_size=4))
    return [
        SentItem(
            id=item_id(ME, str(number)),
            account=ME,
            provider_id=str(number),
            message_ids=(f"{number}@mail.example",),
            thread_id="",
            sent_at=MONDAY,
            sender="me@example.com",
            recipients=tuple(Recipient(address=each, name=draw(words)) for each in to),
            subject=draw(words),
            asks_receipt=True,
            tag=f"tag-{number}",
        )
        for number, to in enumerate(lists)
    ]


@st.composite
def facts(draw: st.DrawFn, about: list[SentItem]) -> list[Evidence]:
    """Evidence from anybody, matched to nothing, to somebody of a mail, or to one who cannot be told."""
    found = []
    for number in range(draw(st.integers(0, 8))):
        kind, item = draw(kinds), draw(st.sampled_from([None, *about]))
        named = draw(st.sampled_from([None, *item.recipients])) if item else None
        sender = None if kind is Kind.HIT else draw(people)
        whose = named.address if named else None
        match = Match(item=item.id, recipient=whose, confidence=Confidence.CERTAIN, reason="so") if item else None
        found.append(
            Evidence(
                kind=kind,
                grade=Grade.STRONG,
                rule="some",
                why=draw(words),
                source=str(number),
                at=MONDAY + timedelta(hours=number),
                sender=sender,
                recipient=draw(st.sampled_from([None, sender, whose])),
                aliases=(sender,) if sender else (),
                disposition=Disposition.DISPLAYED if kind is Kind.RECEIPT else None,
                door=HitKind.PIXEL if kind is Kind.HIT else None,
                subject=draw(words),
                match=match,
            )
        )
    return found


def filled(path: Path, sent: list[SentItem], said: list[Evidence]) -> TinyLedger:
    ledger = TinyLedger(path)
    ledger.take(ME, items=sent, evidence=said)
    for each in sent:
        to = tuple(one.address for one in each.recipients)
        names = Tracked(
            id=each.id,
            kind=HitKind.PIXEL,
            account=ME,
            tag=str(each.tag),
            recipients=to,
            made_at=MONDAY,
            expires_at=LATER,
        )
        ledger.tracking.put([names])
    ledger.tracking.choose(
        [Choice(address=each, stance=Stance.CONSENT, at=MONDAY, how=f"{each} said so") for each in to]
    )
    return ledger


def others(ledger: TinyLedger, item: str) -> list[tuple[object, ...]]:
    """The verdicts of everybody but Ann."""
    known = ledger.item(item)
    found = fold(known, ledger.evidence(item), now=LATER).recipients if known else ()
    return [(each.recipient.address, each.verdict, each.since) for each in found if each.recipient.address != ANN]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_no_byte_of_a_person_is_left_and_nobody_elses_verdict_changes(data: st.DataObject) -> None:
    sent = data.draw(items())
    said = data.draw(facts(sent))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        ledger = filled(path, sent, said)
        before = {each.id: others(ledger, each.id) for each in sent}

        ledger.tracking.forget(ANN, at=LATER)
        after = {each.id: others(ledger, each.id) for each in sent}
        once = ledger.export()
        ledger.take(ME, items=sent, evidence=said)
        ledger.close()

        assert after == before
        assert traces(path, ANN) == 0
        assert strike(str(once), ANN) == str(once)


_FORGET = """
    import os, sys
    from datetime import UTC, datetime
    from store.storage import SqliteStorage
    from store.file import File
    from store.tiny import TinyLedger

    left = int(sys.argv[2])

    def mortal(act):
        def acted(*given, **named):
            global left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), 9)
            return act(*given, **named)
        return acted

    ledger = TinyLedger(sys.argv[1])
    SqliteStorage.remove, SqliteStorage.insert = mortal(SqliteStorage.remove), mortal(SqliteStorage.insert)
    SqliteStorage.change, File.tidy = mortal(SqliteStorage.change), mortal(File.tidy)
    ledger.tracking.forget("ann@example.org", at=datetime(2026, 6, 3, tzinfo=UTC))
"""


@pytest.mark.parametrize("steps", [0, 2, 4, 6])
def test_a_kill_in_the_middle_leaves_all_or_nothing(tmp_path: Path, steps: int) -> None:
    path = tmp_path / "ledger.db"
    sent = [
        SentItem(
            id=item_id(ME, str(number)),
            account=ME,
            provider_id=str(number),
            message_ids=(),
            thread_id="",
            sent_at=MONDAY,
            sender="me@example.com",
            recipients=tuple(Recipient(address=each) for each in to),
            subject="Offer",
            tag=f"tag-{number}",
        )
        for number, to in enumerate([(ANN,), (ANN, BOB), (BOB,)])
    ]
    ledger = filled(path, sent, [])
    before = ledger.export()
    ledger.close()

    command = [sys.executable, "-c", dedent(_FORGET), str(path), str(steps)]
    killed = subprocess.run(command, cwd=Path(__file__).parents[2], check=False, timeout=60)

    assert killed.returncode == -9
    ledger = TinyLedger(path)
    has_begun = bool(ledger.tracking.forgotten())
    assert has_begun or ledger.export() == before
    assert ledger.tracking.held(ANN).items == (() if has_begun else ledger.tracking.held(ANN).items)
    ledger.tracking.forget(ANN, at=LATER)
    ledger.close()
    assert traces(path, ANN) == 0
