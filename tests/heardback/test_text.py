"""Nothing from a mail is shown raw; times and numbers read like words."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from heardback.text import ago, ahead, count, cut, few, local, moment, plain, sentence, span, wrap


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


MONDAY = datetime(2026, 5, 4, 14, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("gap", "coming", "past"),
    [
        (timedelta(seconds=20), "in less than a minute", "less than a minute ago"),
        (timedelta(hours=23, minutes=59), "in 23 hours", "23 hours ago"),
        (timedelta(days=1), "tomorrow", "yesterday"),
        (timedelta(days=1, hours=7), "tomorrow", "yesterday"),
        (timedelta(days=1, hours=8), "in 2 days", "yesterday"),
        (timedelta(days=3, hours=23), "in 4 days", "4 days ago"),
    ],
)
def test_a_day_or_more_is_counted_by_the_calendar_of_the_persons_zone(gap: timedelta, coming: str, past: str) -> None:
    here = ZoneInfo("Europe/Berlin")  # where it is Monday, 16:01
    assert (ahead(MONDAY + gap, MONDAY, here), ago(MONDAY - gap, MONDAY, here)) == (coming, past)


def test_a_day_of_25_hours_is_not_over_after_24() -> None:
    now = datetime(2026, 10, 24, 22, 10, tzinfo=UTC)  # Sunday, 00:10, in Berlin
    assert ahead(now + timedelta(days=1), now, ZoneInfo("Europe/Berlin")) == "in 1 day"


def test_counts_agree_with_their_noun() -> None:
    assert (count(1, "item"), count(1200, "item"), count(2, "reply", "replies")) == (
        "1 item",
        "1,200 items",
        "2 replies",
    )


@given(st.text(max_size=200), st.integers(40, 130), st.integers(0, 8), st.integers(0, 8))
@example(text="a \u0301 b", width=40, indent=0, hang=0)
def test_wrapping_loses_nothing_but_spaces(text: str, width: int, indent: int, hang: int) -> None:
    shown = plain(text)
    assert "".join("".join(wrap(shown, width, indent=indent, hang=hang)).split()) == "".join(shown.split())


def test_a_wrapped_line_keeps_addresses_and_commands_whole() -> None:
    address = f"https://accounts.example/{'x' * 90}"
    assert wrap(f'Open {address} or type "heardback connect gmail --allow send" now', 44, indent=2, hang=2) == [
        "  Open",
        f"    {address}",
        "    or type",
        '    "heardback connect gmail --allow send"',
        "    now",
    ]


def test_a_line_of_wide_characters_is_cut_by_columns_not_by_letters() -> None:
    assert (cut("見積書の件", 7), cut("見積書", 6), cut("abc", 3)) == ("見積書…", "見積書", "abc")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("reported on 4 May 23:30 UTC that", "reported on Tue 2026-05-05 01:30 that"),
        ("came on 30 Dec 23:30 UTC", "came on Wed 2025-12-31 00:30"),
        ("away until 18 May 2026", "away until Mon 2026-05-18"),
        ("away until 2026-05-18: the first", "away until Mon 2026-05-18: the first"),
        ("until 2026-05-18 07:00 UTC, by you", "until Mon 2026-05-18 09:00, by you"),
        ("at the time named: 2026-06-12 09:00", "at the time named: Fri 2026-06-12 09:00"),
        ("comes Fri 2026-06-12 09:00, as Fri 2026-06-12 is", "comes Fri 2026-06-12 09:00, as Fri 2026-06-12 is"),
        ('as the label "heardback/noreply 2026-06-12" asks', 'as the label "heardback/noreply 2026-06-12" asks'),
        ("rule-2026-05-18, 2026-13-01, 2026-05-18T10:00", "rule-2026-05-18, 2026-13-01, 2026-05-18T10:00"),
        ("on 31 Feb 10:00 UTC", "on 31 Feb 10:00 UTC"),
        ("on 29 Feb 10:00 UTC and 3 Mar 99:00 UTC", "on 29 Feb 10:00 UTC and 3 Mar 99:00 UTC"),
    ],
)
def test_times_inside_a_sentence_are_told_in_the_persons_zone(said: str, shown: str) -> None:
    assert local(said, ZoneInfo("Europe/Berlin"), datetime(2026, 1, 9, tzinfo=UTC)) == shown


def test_a_long_list_of_names_says_how_many_more_there_are() -> None:
    names = [f"p{number}" for number in range(9)]
    assert (few(names), few(names[:6])) == ("p0, p1, p2, p3, p4 and 4 more", "p0, p1, p2, p3, p4, p5")


def test_a_sentence_ends_once() -> None:
    assert [sentence(each) for each in ("so", "so.", "so...", "so?")] == ["so.", "so.", "so...", "so?"]


def test_marks_stacked_on_a_letter_do_not_climb_over_other_lines() -> None:
    assert plain("Z" + "\u0351" * 50 + "a") == "Z" + "\u0351" * 4 + "a"
