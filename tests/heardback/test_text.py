"""Nothing from a mail is shown raw; times and numbers read like words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heardback.text import count, moment, plain, span


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07Hello", "[2J]0;ownedHello"),
        ("pay \u202egnp.exe", "pay gnp.exe"),
        ("two\r\nlines\tand tabs", "two lines and tabs"),
        ("שלום עולם", "שלום עולם"),
        ("family \U0001f469\u200d\U0001f469\u200d\U0001f467", "family \U0001f469\u200d\U0001f469\u200d\U0001f467"),
        ("\ud800broken", "broken"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
    ],
)
def test_control_and_bidi_characters_are_taken_out(raw: str, shown: str) -> None:
    assert plain(raw) == shown


@given(st.text(max_size=300))
def test_whatever_comes_is_one_printable_line(raw: str) -> None:
    assert all(each.isprintable() or each == "\u200d" for each in plain(raw))


def test_a_long_text_ends_in_an_ellipsis() -> None:
    assert plain("x" * 500, limit=10) == "x" * 9 + "…"


def test_a_moment_is_shown_in_the_persons_zone() -> None:
    assert moment(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin")) == "Sun 2026-03-29 03:30"
    assert moment(None, ZoneInfo("UTC")) == "never"


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(seconds=20), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=5, minutes=59), "5 hours"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_a_span_is_told_in_its_largest_unit(gap: timedelta, words: str) -> None:
    assert span(gap) == words


def test_counts_agree_with_their_noun() -> None:
    assert (count(1, "item"), count(1200, "item"), count(2, "reply", "replies")) == (
        "1 item",
        "1,200 items",
        "2 replies",
    )
