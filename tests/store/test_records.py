"""Records to documents and back, over whatever values their types allow."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.model import Copy, Evidence, Kind, Match, Recipient, SentItem
from store.ledger import Account, Decision, Outgoing, Reminder, Tally
from store.records import from_document, moment_from, moment_text, to_document

KINDS = (SentItem, Evidence, Account, Reminder, Decision, Tally, Outgoing)
INDIA = timezone(timedelta(hours=5, minutes=30))
MOMENTS = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001 - hypothesis wants its bounds naive
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, INDIA]),
)
#: lone surrogates included: raw 8-bit header text has them
TEXTS = st.text(st.characters(), max_size=20)
PEOPLE = st.lists(st.builds(Recipient, address=TEXTS, name=TEXTS), max_size=3).map(tuple)
#: how to make what hypothesis would make naive, too tame or too large
MADE = {
    str: TEXTS,
    datetime: MOMENTS,
    datetime | None: st.none() | MOMENTS,
    tuple[str, ...]: st.lists(TEXTS, max_size=3).map(tuple),
    tuple[Recipient, ...]: PEOPLE,
    tuple[Copy, ...]: st.lists(
        st.builds(
            Copy,
            tag=TEXTS,
            provider_id=TEXTS,
            message_ids=st.just(()),
            thread_id=TEXTS,
            sent_at=MOMENTS,
            recipients=PEOPLE,
        ),
        max_size=2,
    ).map(tuple),
    Match | None: st.none() | st.builds(Match, item=TEXTS, reason=TEXTS),
}


def anything(kind: type) -> st.SearchStrategy[Any]:
    """Any record of this kind, every field varied."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{name: MADE.get(hint, st.from_type(hint)) for name, hint in hints.items()})


@given(record=st.one_of(*map(anything, KINDS)))
def test_a_record_comes_back_from_its_document_as_it_was(record: Any) -> None:
    stored = json.loads(json.dumps(to_document(record)))
    assert from_document(type(record), stored) == record


@given(one=MOMENTS, other=MOMENTS)
def test_the_order_of_the_texts_is_the_order_of_the_moments(one: datetime, other: datetime) -> None:
    assert (moment_text(one) < moment_text(other)) == (one < other)
    assert moment_from(moment_text(one)) == one


def test_a_moment_is_written_in_utc_at_one_width() -> None:
    assert moment_text(datetime(2026, 5, 4, 13, 30, tzinfo=INDIA)) == "2026-05-04T08:00:00.000000Z"


REMINDER = Reminder(id="i-1", item="i", account="a", round=1, due_at=datetime(2026, 5, 4, tzinfo=UTC))


def test_fields_of_another_version_are_left_aside_and_missing_ones_take_their_default() -> None:
    document = {**to_document(REMINDER), "colour": "red"}
    del document["pinned"]
    assert from_document(Reminder, document) == REMINDER


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"state": "lost"}, "Reminder with a wrong state: 'lost' is not a valid ReminderState"),
        ({"round": "1"}, "Reminder with a wrong round: '1' is no int"),
        ({"round": True}, "Reminder with a wrong round: True is no int"),
        ({"due_at": "soon"}, "Reminder with a wrong due_at: Invalid isoformat string: 'soon'"),
        ({"due_at": None}, "Reminder with a wrong due_at: fromisoformat: argument must be str"),
        ({"due_at": "2026-05-04T00:00:00"}, "has no time zone"),
        ({"item": None}, "Reminder with a wrong item: None is no str"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        from_document(Reminder, {**to_document(REMINDER), **changes})


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ValueError, match="Outgoing without tag"):
        from_document(Outgoing, {"account": "a", "subject": "", "begun_at": "2026-05-04T00:00:00Z"})


def test_a_wrong_field_inside_a_field_is_named() -> None:
    item = to_document(Evidence(kind=Kind.REPLY, grade="none", rule="", why=""))  # type: ignore[arg-type] # any text
    with pytest.raises(ValueError, match="Evidence with a wrong match: Match without item"):
        from_document(Evidence, {**item, "match": {}})


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        to_document(replace(REMINDER, due_at=datetime(2026, 5, 4)))  # noqa: DTZ001 - what must be refused
