"""Whatever happens about a mail, and whatever the rule: what never may be."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.verdict import fold
from scheduler.calendar import Calendar
from scheduler.planning import plan
from scheduler.policy import Condition, Policy, Quorum
from scheduler.replay import Life, fired, replay
from store.ledger import Reminder
from tests.scheduler.scenario import Event, Scenario, life

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia")
WHAT = (
    "answers",
    "reads",
    "refuses a receipt",
    "deletes it unread",
    "forged receipt",
    "away until",
    "away without a date",
    "bounces",
    "is delayed",
    "is delivered",
    "asks for no more mail",
    "opts out",
)
moments = st.datetimes(datetime(2026, 2, 1), datetime(2026, 12, 20)).map(lambda each: f"{each:%m-%d %H:%M}")  # noqa: DTZ001 - the table has the person's clock
delays = st.one_of(
    st.integers(0, 15),
    st.timedeltas(timedelta(hours=1), timedelta(days=20)),
    st.sampled_from(["mon9", "fri", "tomorrow 22:30", "2026-06-12", "in two weeks"]),
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    opens = draw(st.integers(0, 22))
    calendar = Calendar(
        zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        opens=time(opens),
        closes=time(draw(st.integers(opens + 1, 23))),
        weekend=frozenset(draw(st.sets(st.integers(0, 6), max_size=5))),
        country=draw(st.sampled_from(["", "DE", "US", "NZ"])),
    )
    return Policy(
        condition=draw(st.sampled_from(Condition)),
        after=draw(delays),
        again=draw(st.integers(0, 9)),
        times=draw(st.integers(1, 5)),
        grow=draw(st.sampled_from([1.0, 1.5, 3.0])),
        quorum=draw(st.sampled_from(Quorum)),
        bounces=draw(st.booleans()),
        calendar=calendar,
    )


@st.composite
def lives(draw: st.DrawFn) -> Life:
    events = st.builds(
        Event,
        at=moments,
        what=st.sampled_from(WHAT),
        who=st.sampled_from(["bob", "eve"]),
        until=st.just(""),
    )
    happens = [
        Event(at=each.at, who=each.who, what=each.what, until=draw(moments)[:5] if "until" in each.what else "")
        for each in draw(st.lists(events, max_size=5))
    ]
    nights = draw(st.lists(st.tuples(moments, moments), max_size=2))
    row = Scenario(
        about="",
        sent=draw(moments),
        to=("bob", "eve"),
        happens=tuple(happens),
        asleep=tuple((min(each), max(each)) for each in nights),
    )
    return life(row)


END = datetime(2027, 6, 1, tzinfo=UTC)


@settings(max_examples=150, deadline=None)
@given(lives(), policies())
def test_none_comes_outside_the_hours_nor_more_often_than_is_wanted(what: Life, policy: Policy) -> None:
    story = replay(what, policy, until=END)
    came = fired(story)
    assert all(policy.calendar.admits(each.at) for each in came)
    rounds = [each for each in came if not each.reminder.endswith("-0")]
    assert len(rounds) <= policy.rounds
    assert len({each.reminder for each in rounds}) == len(rounds)
    # each bounce is told once
    assert len(came) - len(rounds) <= 2


@settings(max_examples=100, deadline=None)
@given(lives(), policies())
def test_none_comes_after_an_answer_where_one_was_waited_for(what: Life, policy: Policy) -> None:
    answers = {
        each.sender: each.at for each in what.evidence if each.rule == "scenario" and each.why.endswith("answers")
    }
    both = max(each for each in answers.values() if each) if len(answers) == 2 else None
    if both is None or policy.condition in {Condition.REGARDLESS, Condition.NOT_DELIVERED}:
        return
    known = max(both, what.item.sent_at)
    late = [each for each in fired(replay(what, policy, until=END)) if each.at >= known and each.reminder[-1] != "0"]
    assert late == []


@settings(max_examples=100, deadline=None)
@given(lives(), policies(), st.randoms())
def test_the_order_in_which_things_become_known_at_once_makes_no_difference(
    what: Life, policy: Policy, chance: object
) -> None:
    mixed = list(what.evidence)
    chance.shuffle(mixed)  # type: ignore[attr-defined]  # it is a random.Random
    verdict = fold(what.item, what.evidence, now=END, silent={})
    assert fold(what.item, mixed, now=END, silent={}) == verdict
    again = Life(item=what.item, evidence=tuple(mixed), own=what.own, choices=what.choices, asleep=what.asleep)
    assert fired(replay(again, policy, until=END)) == fired(replay(what, policy, until=END))


@settings(max_examples=100, deadline=None)
@given(lives(), policies(), st.integers(0, 300))
def test_planning_again_changes_nothing(what: Life, policy: Policy, days: int) -> None:
    now = what.item.sent_at + timedelta(days=days)
    verdict = fold(what.item, [each for each in what.evidence if (each.at or now) <= now], now=now)
    known: dict[str, Reminder] = {}
    for _ in range(2):
        changes = plan(verdict, tuple(known.values()), policy, now=now, connected_at=what.item.sent_at)
        known |= {each.id: each for each, _ in changes}
    assert plan(verdict, tuple(known.values()), policy, now=now, connected_at=what.item.sent_at) == ()
    assert changes == ()
