"""Shares and waits, held against tables worked out by hand and against another program's."""

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest
from scipy.stats import CensoredData, binomtest, ecdf

from heardback.commands.stats import times_of
from heardback.stats import picture, terminal
from heardback.stats.rates import Case, Waits, rate, waits
from heardback.stats.week import Week
from heardback.web import plots

HOUR = timedelta(hours=1)
EMPTY = Week(counts=((0,) * 24,) * 7, mails=0)


def each_its_own(happened: Sequence[timedelta], waiting: Sequence[timedelta]) -> list[Case]:
    """Mail to one recipient each."""
    times = [(time, True) for time in happened] + [(time, False) for time in waiting]
    return [Case(mail=str(number), time=time, happened=told) for number, (time, told) in enumerate(times)]


def alone(happened: Sequence[timedelta], waiting: Sequence[timedelta]) -> Waits:
    return waits(each_its_own(happened, waiting))


def singly(count: int, of: int) -> list[tuple[str, bool]]:
    return [(str(number), number < count) for number in range(of)]


@pytest.mark.parametrize(("count", "of"), [(0, 5), (5, 5), (3, 7), (3, 10), (62, 100), (1, 1000)])
def test_an_interval_is_the_one_of_wilson(count: int, of: int) -> None:
    told = rate(singly(count, of))
    wanted = binomtest(count, of).proportion_ci(0.95, method="wilson")
    assert (told.share, told.low, told.high) == pytest.approx((count / of, wanted.low, wanted.high), abs=1e-9)


def test_a_mail_to_many_is_one_case() -> None:
    read = [(str(mail), True) for mail in range(2) for _ in range(20)]
    assert (rate(read).count, rate(read).of, rate(read).mails, rate(read).share) == (40, 40, 2, None)
    six = rate([(str(mail), mail < 3) for mail in range(6) for _ in range(20)])
    three_of_six = rate(singly(3, 6))
    assert (six.count, six.of, six.mails) == (60, 120, 6)
    assert (six.share, six.low, six.high) == (three_of_six.share, three_of_six.low, three_of_six.high)


def test_one_mail_to_a_hundred_does_not_drown_the_rest() -> None:
    told = rate([*singly(50, 99), *(("to many", False) for _ in range(100))])
    # (50 + 0) / 100, and by hand: (0.5 + 1.96²/200 ± 1.96 * sqrt(0.25/100 + 1.96²/40000)) / (1 + 1.96²/100)
    assert (told.share, told.low, told.high) == pytest.approx((0.5, 0.4038, 0.5962), abs=1e-4)


def test_a_mail_that_half_of_its_recipients_read_counts_half() -> None:
    told = rate([*singly(4, 4), ("two", True), ("two", False)])
    assert (told.count, told.of, told.mails, told.share) == (5, 6, 5, 0.9)


def test_of_four_mails_no_share_is_told() -> None:
    few = rate(singly(3, 4))
    assert (few.share, few.low, few.high) == (None, None, None)
    assert alone([HOUR] * 3, [HOUR]).curve == ()


def test_mail_that_still_waits_makes_times_longer_and_not_shorter() -> None:
    answered = [HOUR * hours for hours in (1, 2, 3, 4)]
    quick, honest = alone([*answered, 5 * HOUR], []), alone(answered, [10 * HOUR] * 4)
    assert quick.within(0.5) == 3 * HOUR
    assert honest.within(0.5) == 4 * HOUR
    assert honest.within(0.75) is None
    assert honest.happened_within(2 * HOUR) == pytest.approx(0.25)


def test_a_curve_is_the_one_worked_out_by_hand() -> None:
    """Six mails: answered after 1, 2 and 4 hours, silent for 3, 5 and 5.

    S = 5/6, 5/6 * 4/5 = 2/3, 2/3 * 2/3 = 4/9; Greenwood's sums 1/30, 1/30 + 1/20 = 1/12, 1/12 + 1/6 = 1/4;
    bounds S ** exp(±1.96 * sqrt(sum) / |ln S|).
    """
    curve = alone([HOUR, 2 * HOUR, 4 * HOUR], [3 * HOUR, 5 * HOUR, 5 * HOUR]).curve
    assert [step.after / HOUR for step in curve] == [1, 2, 4]
    assert [(step.share, step.low, step.high) for step in curve] == [
        pytest.approx((5 / 6, 0.2731, 0.9747), abs=1e-4),
        pytest.approx((2 / 3, 0.1946, 0.9044), abs=1e-4),
        pytest.approx((4 / 9, 0.0662, 0.7849), abs=1e-4),
    ]


def test_a_curve_is_the_one_of_another_program() -> None:
    draw = random.Random(3)
    done = [draw.randint(1, 60) for _ in range(23)]
    open_ = [draw.randint(1, 80) for _ in range(17)]
    curve = alone([HOUR * each for each in done], [HOUR * each for each in open_]).curve
    wanted = ecdf(CensoredData(uncensored=done, right=open_)).sf
    bounds = wanted.confidence_interval(0.95, method="log-log")
    theirs = dict(
        zip(
            wanted.quantiles,
            zip(wanted.probabilities, bounds.low.probabilities, bounds.high.probabilities, strict=True),
            strict=True,
        )
    )
    assert {step.after / HOUR: (step.share, step.low, step.high) for step in curve} == {
        hours: pytest.approx(theirs[hours]) for hours in sorted(set(done))
    }


def test_a_curve_takes_a_mail_to_many_for_one() -> None:
    times = [(HOUR, True), (2 * HOUR, True), (4 * HOUR, True), (3 * HOUR, False), (5 * HOUR, False), (6 * HOUR, False)]
    cases = [
        Case(mail=str(mail), time=time, happened=told) for mail, (time, told) in enumerate(times) for _ in range(3)
    ]
    several, one = waits(cases), waits(cases[::3])
    assert (several.happened, several.of, several.mails, several.touched) == (9, 18, 6, 3)
    assert [(step.after, *_told(step)) for step in several.curve] == [
        (step.after, *map(pytest.approx, _told(step))) for step in one.curve
    ]
    assert waits([Case(mail="one", time=HOUR, happened=True)] * 30).curve == ()


def _told(step: object) -> tuple[float, ...]:
    return tuple(getattr(step, name) for name in ("share", "low", "high"))


def test_where_everybody_reacted_the_curve_ends_at_none() -> None:
    cases = [Case(mail=str(mail), time=HOUR * (mail + each), happened=True) for mail in range(6) for each in range(3)]
    last = waits(cases).curve[-1]
    assert (last.after, last.share, last.low, last.high) == (7 * HOUR, 0.0, None, None)


def test_a_curve_of_a_few_cases_is_drawn_nowhere() -> None:
    few, many = alone([HOUR] * 3, [200 * HOUR] * 20), alone([HOUR * each for each in range(1, 6)], [200 * HOUR] * 20)
    assert (terminal.curve(few, "waiting", width=80), plots.curve(few)) == ("", None)
    assert terminal.curve(many, "waiting", width=80)
    assert plots.curve(many)
    assert "too few to tell: it happened with 3 of 23" in picture_text(few)


def test_a_curve_of_one_mail_to_many_is_drawn_nowhere() -> None:
    one = [Case(mail="many", time=HOUR * hours, happened=True) for hours in range(1, 31)]
    told = waits([*one, *each_its_own([], [200 * HOUR] * 20)])
    assert (terminal.curve(told, "waiting", width=80), plots.curve(told)) == ("", None)


def picture_text(few: Waits) -> str:
    import matplotlib as mpl

    with mpl.rc_context({"svg.fonttype": "none"}):
        return picture.picture(few, few, EMPTY, form="svg").decode()


def test_where_all_reacted_at_once_by_a_clock_that_is_slow_there_is_no_curve() -> None:
    at_once = alone([timedelta()] * 3 + [-HOUR] * 3, [])
    assert (terminal.curve(at_once, "waiting", width=80), plots.curve(at_once)) == ("", None)
    assert "it happened with 6 of 6" in picture_text(at_once)


def test_where_all_reacted_nothing_is_to_come() -> None:
    assert times_of(alone([HOUR] * 6, [])) == (
        "a quarter within 1 hour; half within 1 hour; three quarters within 1 hour (it happened with all 6)"
    )


def test_times_say_of_how_many_mails_they_are() -> None:
    assert times_of(waits([Case(mail="one", time=HOUR, happened=True)] * 30)) == (
        "too few to tell: it happened with 30 of 30 recipients of 1 mail"
    )
