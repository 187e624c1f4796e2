"""Business days, hours, holidays and both changes of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.calendar import Calendar

BERLIN = ZoneInfo("Europe/Berlin")


def local(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("sent", "days", "due"),
    [
        ("2026-05-04T10:20", 3, "2026-05-07T10:20"),  # Monday to Thursday, same time of day
        ("2026-05-07T10:20", 3, "2026-05-12T10:20"),  # over a weekend
        ("2026-05-09T11:00", 3, "2026-05-13T11:00"),  # written on a Saturday
        ("2026-05-04T07:10", 3, "2026-05-07T09:00"),  # too early
        ("2026-05-04T19:45", 3, "2026-05-08T09:00"),  # too late: the next morning
        ("2026-05-05T17:00", 3, "2026-05-11T09:00"),  # closing time is outside, and the next day a Saturday
        ("2026-05-04T16:59", 3, "2026-05-07T16:59"),
        ("2026-05-04T10:20", 0, "2026-05-04T10:20"),
        ("2026-05-09T10:20", 0, "2026-05-11T09:00"),
        ("2026-03-26T10:20", 3, "2026-03-31T10:20"),  # summer time begins on 29 March: same time of day
        ("2026-10-22T10:20", 3, "2026-10-27T10:20"),  # and ends on 25 October
    ],
)
def test_a_reminder_is_due_at_the_same_time_of_day_moved_into_the_hours(sent: str, days: int, due: str) -> None:
    assert Calendar(zone=BERLIN).after(local(sent), days) == local(due)


def test_the_due_time_is_utc_and_moves_with_summer_time() -> None:
    before, after = local("2026-03-24T10:00"), local("2026-03-26T10:00")
    calendar = Calendar(zone=BERLIN)
    assert [calendar.after(each, 2).isoformat() for each in (before, after)] == [
        "2026-03-26T09:00:00+00:00",
        "2026-03-30T08:00:00+00:00",
    ]


def test_public_holidays_of_the_country_and_region_are_no_business_days() -> None:
    thursday = local("2026-12-24T10:00")
    assert Calendar(zone=BERLIN, country="DE").after(thursday, 1) == local("2026-12-28T10:00")
    assert Calendar(zone=BERLIN, country="GB", region="ENG").after(thursday, 1) == local("2026-12-29T10:00")
    friday = local("2026-01-05T10:00")
    assert Calendar(zone=BERLIN, country="DE").after(friday, 1) == local("2026-01-06T10:00")
    assert Calendar(zone=BERLIN, country="DE", region="BY").after(friday, 1) == local("2026-01-07T10:00")


def test_the_day_after_an_absence_is_the_first_business_day_at_opening() -> None:
    assert Calendar(zone=BERLIN).day_after(date(2026, 5, 15)) == local("2026-05-18T09:00")
    assert Calendar(zone=BERLIN, country="DE").day_after(date(2026, 4, 2)) == local("2026-04-07T09:00")  # Easter


def test_a_weekend_may_lie_elsewhere() -> None:
    calendar = Calendar(zone=ZoneInfo("Asia/Riyadh"), weekend=frozenset({4, 5}))
    assert calendar.after(local("2026-05-06T10:00", calendar.zone), 2) == local("2026-05-10T10:00", calendar.zone)


@pytest.mark.parametrize(
    ("country", "free"),
    [
        *(("", "Sat Sun"), ("DE", "Sat Sun"), ("IL", "Fri Sat"), ("SA", "Fri Sat"), ("IR", "Fri"), ("AE", "Sat Sun")),
        *((each, "Sat Sun") for each in ("PY", "CD", "NE", "KN", "AI", "TK")),
    ],
)
def test_the_weekend_is_that_of_the_country(country: str, free: str) -> None:
    week = [date(2026, 10, 12) + timedelta(days=each) for each in range(7)]
    found = [f"{each:%a}" for each in week if not Calendar(country=country).is_business_day(each)]
    assert " ".join(found) == free
    assert all(Calendar(country=country, weekend=frozenset()).is_business_day(each) for each in week)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"opens": time(17), "closes": time(9)}, "no time is left"),
        ({"weekend": frozenset(range(7))}, "no day is left"),
        ({"country": "XX"}, "no public holidays are known for XX"),
        ({"country": "DE", "region": "ZZ"}, "no public holidays are known for DE ZZ"),
    ],
)
def test_a_calendar_that_leaves_no_time_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Calendar(**wrong)  # type: ignore[arg-type]  # each row names fields as the record has them


@given(
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    days=st.integers(0, 20),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "America/Santiago"]),
    country=st.sampled_from(["", "DE", "US", "IN"]),
    opens=st.integers(0, 22),
)
def test_a_due_time_is_always_inside_the_hours_of_a_business_day_and_never_early(
    moment: datetime, days: int, zone: str, country: str, opens: int
) -> None:
    calendar = Calendar(zone=ZoneInfo(zone), country=country, opens=time(opens), closes=time(opens + 1))
    due = calendar.after(moment, days)
    at = due.astimezone(calendar.zone)
    assert calendar.is_business_day(at.date())
    assert time(opens) <= at.time() < time(opens + 1)
    assert at.date() - moment.astimezone(calendar.zone).date() >= timedelta(days=days)
    assert due.tzinfo is UTC
