"""A subject alone: it leads to a mail, and settles nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.correlate import correlate
from evidence.hint import is_about, with_hint
from evidence.model import Confidence, Evidence, Match, SentItem
from evidence.verdict import fold

Read = Callable[..., tuple[Evidence, ...]]
Item = Callable[..., SentItem]

NOW = datetime(2026, 3, 4, tzinfo=UTC)
RITA = "rita@reader.example"


@pytest.fixture
def stray(read: Read) -> Evidence:
    """Rita's receipt for the mail `Report`, with an id that nobody sent."""
    (found,) = read("receipt/thunderbird")
    return replace(found, original_message_id="rewritten@gateway.example", references=(), subject="Gelesen: Report")


def hinted(evidence: Evidence, *items: SentItem) -> str | None:
    told = with_hint(correlate(evidence, items), items)
    assert told.match is None
    return told.hint.item if told.hint else None


def test_evidence_that_names_no_known_mail_is_kept_beside_the_one_with_its_subject(stray: Evidence, item: Item) -> None:
    told = with_hint(correlate(stray, [item()]), [item()])
    assert told == replace(
        correlate(stray, [item()]),
        hint=Match(
            item="item1",
            recipient=RITA,
            confidence=Confidence.WEAK,
            reason="the receipt names no mail you sent, but has the subject of this one, sent to that address",
        ),
    )
    assert told.doubt == "no mail with this id was ever sent"


@pytest.mark.parametrize(
    "subject",
    [
        "Re: Report",
        "AW: Report",
        "SV: Re[2]: report",
        "Gelesen: Report",
        "Lu : Report",
        "已读: Report",
        "開封済み：Report",
        "Return Receipt (displayed) - Report",
        "[EXT] Automatische Antwort: Report",
        "Undeliverable: Re: Report",
        "Report ",
    ],
)
def test_words_that_mail_programs_put_before_a_subject_are_left_out(subject: str) -> None:
    assert is_about(subject, "Re: Report")


@pytest.mark.parametrize(
    ("subject", "sent"),
    [("Second Report", "Report"), ("Read: Other", "Report"), ("Report 2", "Report"), ("Read: ", ""), ("Re:", "Re: ")],
)
def test_another_subject_is_another_matter(subject: str, sent: str) -> None:
    assert not is_about(subject, sent)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Offer"},
        {"sent_at": datetime(2025, 12, 1, tzinfo=UTC)},
        {"sent_at": datetime(2026, 3, 30, tzinfo=UTC)},
        {"subject": ""},
    ],
)
def test_another_subject_or_time_leads_nowhere(stray: Evidence, item: Item, changes: dict[str, Any]) -> None:
    assert hinted(stray, item(**changes)) is None


def test_mail_to_somebody_else_is_not_meant(stray: Evidence, item: Item) -> None:
    assert hinted(stray, item("bob@reader.example")) is None


def test_of_several_the_last_before_it_is_meant(stray: Evidence, item: Item) -> None:
    early = item(id="early", message_ids=("a@sender.example",), sent_at=datetime(2026, 2, 1, tzinfo=UTC))
    late = item(id="late", message_ids=("b@sender.example",), sent_at=datetime(2026, 3, 9, tzinfo=UTC))
    middle = item(id="middle", message_ids=("c@sender.example",))
    assert hinted(stray, late, early, middle) == "middle"


def test_what_leads_somewhere_by_more_than_a_subject_has_no_hint(read: Read, item: Item) -> None:
    (found,) = read("receipt/thunderbird")
    told = with_hint(replace(correlate(found, [item()]), hint=None), [item()])
    assert (told.hint, told.match and told.match.confidence) == (None, Confidence.CERTAIN)


@given(data=st.data())
def test_a_hint_never_changes_a_verdict(data: st.DataObject, read: Read, item: Item) -> None:
    sent = item(asks_receipt=data.draw(st.booleans()))
    names = (
        "receipt/thunderbird",
        "receipt/denied",
        "delivery/postfix-failed",
        "reply/thanks",
        "auto-reply/exchange-oof",
    )
    found = [each for name in names for each in read(name)]
    counted = [correlate(each, [sent]) for each in data.draw(st.lists(st.sampled_from(found), max_size=3))]
    lost = [
        replace(each, original_message_id="x@gateway.example", references=("x@gateway.example",), subject="Re: Report")
        for each in found
    ]
    hints = [with_hint(correlate(each, [sent]), [sent]) for each in lost]
    assert any(each.hint for each in hints)
    chosen = data.draw(st.lists(st.sampled_from(hints), min_size=1))
    now = NOW + timedelta(days=data.draw(st.integers(0, 30)))
    assert fold(sent, [*counted, *chosen], now=now) == fold(sent, counted, now=now)
