from datetime import timedelta

from connectors.budget import Budget
from connectors.mailbox import Quota, Spend
from sandbox.clock import Clock


def budget(clock: Clock, allowance: int = 6000, probes: bool = False) -> Budget:
    return Budget(now=clock.now, sleep=clock.sleep, allowance=allowance, probes=probes)


def test_what_fits_into_the_window_is_spent_without_waiting(clock: Clock) -> None:
    begin = clock.now()
    purse = budget(clock)
    for _ in range(11):
        purse.spend(500, 1)
    assert (clock.now() - begin, purse.in_window) == (timedelta(0), 5500)


def test_what_does_not_fit_waits_until_the_window_has_room(clock: Clock) -> None:
    begin = clock.now()
    purse = budget(clock)
    for _ in range(12):
        purse.spend(500)
        clock.advance(timedelta(seconds=1))
    assert clock.now() - begin == timedelta(seconds=62)


def test_no_window_ever_holds_more_than_the_allowance(clock: Clock) -> None:
    purse = budget(clock)
    spent = []
    for _ in range(60):
        purse.spend(500)
        spent.append(clock.now())
        clock.advance(timedelta(seconds=0.2))
    in_a_minute = [500 * sum(begin <= each < begin + timedelta(minutes=1) for each in spent) for begin in spent]
    assert max(in_a_minute) <= 6000


def test_a_price_above_the_whole_pace_is_paid_when_the_window_is_empty(clock: Clock) -> None:
    purse = budget(clock, allowance=10)
    begin = clock.now()
    purse.spend(5)
    purse.spend(50)
    assert clock.now() - begin == timedelta(seconds=61)


def test_an_answer_that_asks_to_go_slower_shrinks_the_pace_and_calm_wins_it_back(clock: Clock) -> None:
    purse = budget(clock)
    full = purse.pace
    purse.throttled()
    slow = purse.pace
    paces = []
    for _ in range(5):
        clock.advance(timedelta(seconds=61))
        purse.spend(1)
        paces.append(purse.pace)
    assert slow < full * 0.7
    assert paces == sorted(paces)
    assert (paces[0] < full, paces[-1]) == (True, full)


def test_the_pace_never_falls_to_nothing(clock: Clock) -> None:
    purse = budget(clock)
    for _ in range(50):
        purse.throttled()
    assert purse.pace == 600


def test_a_larger_allowance_shows_itself_after_ten_full_minutes_only(clock: Clock) -> None:
    purse = budget(clock, probes=True)
    begin = clock.now()
    while not purse.is_outgrown:
        purse.spend(500)
    assert timedelta(minutes=10) < clock.now() - begin < timedelta(minutes=13)
    purse.grant(15_000)
    assert not purse.is_outgrown


def test_a_probe_that_is_refused_is_not_repeated(clock: Clock) -> None:
    purse = budget(clock, probes=True)
    refusals = 0
    for _ in range(500):
        purse.spend(500)
        if purse.in_window > 6000:
            refusals += 1
            purse.throttled()
    assert refusals == 1


def test_the_record_tells_requests_units_refusals_and_the_allowance_once_it_is_seen(clock: Clock) -> None:
    purse = budget(clock)
    purse.spend(5)
    purse.spend(500, requests=1)
    purse.throttled()
    assert purse.record == Spend(requests=2, units=505, throttled=1)
    purse.grant(15_000)
    assert purse.record.allowance == 15_000


def test_what_an_earlier_process_spent_in_this_minute_counts_as_if_spent_just_now(clock: Clock) -> None:
    begin = clock.now()
    quota = Quota(spent=((begin - timedelta(minutes=5), 4000), (begin, 5000)))
    purse = Budget(now=clock.now, sleep=clock.sleep, allowance=6000, quota=quota)
    assert purse.in_window == 5000
    purse.spend(1000)
    assert clock.now() - begin == timedelta(seconds=61)
