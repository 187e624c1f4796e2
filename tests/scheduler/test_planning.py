"""From verdicts to reminders: a table for what fires, and cases for when."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from evidence.model import Grade, ItemVerdict, Recipient, RecipientVerdict, SentItem, Verdict
from scheduler.absences import Absence
from scheduler.planning import Planned, plan
from scheduler.policy import Condition, Policy, Quorum
from store.ledger import Reminder, ReminderState

MONDAY = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
THURSDAY = MONDAY + timedelta(days=3)
V = Verdict


def stands(*verdicts: Verdict, sent_at: datetime = MONDAY) -> ItemVerdict:
    people = [Recipient(address=f"{n}@example.org") for n in range(len(verdicts))]
    item = SentItem(
        id="feedc0de",
        account="gmail:me@example.com",
        provider_id="s1",
        message_ids=("s1@example.com",),
        thread_id="t",
        sent_at=sent_at,
        sender="me@example.com",
        recipients=tuple(people),
        subject="Offer",
        asks_receipt=True,
    )
    told = (
        RecipientVerdict(recipient=person, verdict=verdict, grade=Grade.NONE, since=sent_at, why="because")
        for person, verdict in zip(people, verdicts, strict=True)
    )
    return ItemVerdict(item=item, recipients=tuple(told))


def reminder(number: int = 1, **changes: object) -> Reminder:
    new = Reminder(
        id=f"feedc0de-{number}",
        item="feedc0de",
        account="gmail:me@example.com",
        round=number,
        due_at=THURSDAY,
        reason="3 business days after sending",
    )
    return replace(new, **changes)  # type: ignore[arg-type]  # the tests name fields as the record has them


def planned(
    verdict: ItemVerdict, *existing: Reminder, policy: Policy | None = None, **named: object
) -> tuple[Planned, ...]:
    defaults: dict[str, object] = {"now": MONDAY, "connected_at": MONDAY}
    return plan(verdict, existing, policy or Policy(), **{**defaults, **named})  # type: ignore[arg-type]  # as plan has them


def in_short(changes: tuple[Planned, ...]) -> list[tuple[str, str, datetime, ReminderState]]:
    return [(each.id, line.what, each.due_at, each.state) for each, line in changes]


@pytest.mark.parametrize(
    ("condition", "reminds"),
    [
        (
            Condition.UNREAD,
            {V.MAYBE_READ, V.DELETED_UNREAD, V.AWAY, V.DELAYED, V.UNREAD, V.UNKNOWABLE},
        ),
        (
            Condition.NO_REPLY,
            {V.READ, V.PROBABLY_READ, V.MAYBE_READ, V.DELETED_UNREAD, V.AWAY, V.DELAYED, V.UNREAD, V.UNKNOWABLE},
        ),
    ],
)
def test_each_condition_reminds_of_its_verdicts_and_of_no_others(condition: Condition, reminds: set[Verdict]) -> None:
    policy = Policy(condition=condition)
    assert {each for each in Verdict if planned(stands(each), policy=policy)} == reminds


@pytest.mark.parametrize("verdict", [V.ANSWERED, V.READ, V.PROBABLY_READ, V.NOT_DELIVERED, V.DECLINED])
def test_a_reminder_is_cancelled_with_the_reason_when_there_is_nothing_to_wait_for(verdict: Verdict) -> None:
    ((changed, line),) = planned(stands(verdict), reminder())
    assert changed == reminder(state=ReminderState.CANCELLED, reason=f"0@example.org: {verdict} (because)")
    assert (line.what, line.why) == ("cancelled", f"0@example.org: {verdict} (because)")


@pytest.mark.parametrize(
    ("quorum", "verdicts", "reminds"),
    [
        (Quorum.ANY, (V.READ, V.UNREAD), False),
        (Quorum.ALL, (V.READ, V.UNREAD), True),
        (Quorum.ALL, (V.READ, V.ANSWERED), False),
        (Quorum.ANY, (V.NOT_DELIVERED, V.UNREAD), True),
        (Quorum.ANY, (V.NOT_DELIVERED, V.DECLINED), False),
        (Quorum.ALL, (V.READ, V.NOT_DELIVERED), False),
        (Quorum.ANY, (V.AWAY, V.MAYBE_READ), True),
    ],
)
def test_with_several_recipients_the_quorum_decides(
    quorum: Quorum, verdicts: tuple[Verdict, ...], reminds: bool
) -> None:
    assert bool(planned(stands(*verdicts), policy=Policy(quorum=quorum))) is reminds


def test_the_first_reminder_is_planned_three_business_days_after_sending() -> None:
    ((new, line),) = planned(stands(V.UNREAD))
    assert new == reminder()
    assert (line.what, line.why, line.at) == ("planned", "3 business days after sending", MONDAY)


def test_planning_again_changes_nothing() -> None:
    assert planned(stands(V.UNREAD), reminder()) == ()
    assert planned(stands(V.UNREAD), reminder(state=ReminderState.HELD)) == ()
    assert planned(stands(V.READ), reminder(state=ReminderState.CANCELLED)) == ()
    assert planned(stands(V.READ)) == ()


def test_the_second_reminder_comes_five_business_days_after_the_first_and_is_the_last() -> None:
    first = reminder(state=ReminderState.FIRED, fired_at=THURSDAY + timedelta(hours=2))
    later = planned(stands(V.UNREAD), first, now=THURSDAY)
    assert in_short(later) == [("feedc0de-2", "planned", THURSDAY + timedelta(days=7, hours=2), ReminderState.PLANNED)]
    second = replace(later[0][0], state=ReminderState.FIRED, fired_at=later[0][0].due_at)
    assert planned(stands(V.UNREAD), first, second) == ()
    assert planned(stands(V.UNREAD), first, policy=Policy(again=0)) == ()
    assert [line.what for _, line in planned(stands(V.UNREAD), first, later[0][0], policy=Policy(again=0))] == [
        "cancelled"
    ]


def test_a_reading_after_the_first_reminder_leaves_no_second_one() -> None:
    first = reminder(state=ReminderState.FIRED, fired_at=THURSDAY)
    assert planned(stands(V.READ), first) == ()
    assert [line.what for _, line in planned(stands(V.ANSWERED), first, reminder(2))] == ["cancelled"]


def test_an_announced_absence_moves_the_reminder_to_the_first_business_day_after_it() -> None:
    back = {"0@example.org": Absence(until=date(2026, 5, 15))}
    monday = datetime(2026, 5, 18, 9, 0, tzinfo=UTC)
    moved = planned(stands(V.AWAY), reminder(), returns=back)
    assert in_short(moved) == [("feedc0de-1", "moved", monday, ReminderState.PLANNED)]
    assert moved[0][1].why == "away until 2026-05-15: the first business day after that"
    # over the weekend the absence is past, and the reminder must not fall back to its old time
    assert planned(stands(V.UNREAD), moved[0][0], returns=back, now=monday - timedelta(days=1)) == ()


def test_an_absence_shorter_than_the_wait_moves_nothing() -> None:
    assert planned(stands(V.AWAY), reminder(), returns={"0@example.org": Absence(until=date(2026, 5, 5))}) == ()


def test_an_absence_that_another_mail_was_told_of_moves_the_reminder_and_says_so() -> None:
    back = {"0@example.org": Absence(until=date(2026, 5, 15), elsewhere=True)}
    ((moved, line),) = planned(stands(V.UNREAD), reminder(), returns=back)
    assert moved.due_at == datetime(2026, 5, 18, 9, 0, tzinfo=UTC)
    assert line.why == (
        "away until 2026-05-15, as an automatic answer to another mail said: the first business day after that"
    )


def test_one_absent_among_several_does_not_delay_the_reminder_about_the_others() -> None:
    both = stands(V.AWAY, V.UNREAD)
    assert planned(both, reminder(), returns={"0@example.org": Absence(until=date(2026, 5, 15))}) == ()


def test_a_reminder_the_person_moved_keeps_its_time_but_not_against_an_answer() -> None:
    pinned = reminder(due_at=MONDAY + timedelta(days=30), pinned=True)
    assert planned(stands(V.UNREAD), pinned) == ()
    assert [line.what for _, line in planned(stands(V.ANSWERED), pinned)] == ["cancelled"]


def test_what_was_due_before_the_account_was_connected_never_comes_and_says_why() -> None:
    ((record, line),) = planned(stands(V.UNREAD), connected_at=THURSDAY + timedelta(minutes=1))
    assert (record.state, record.due_at) == (ReminderState.CANCELLED, THURSDAY)
    assert line.why == "was due on 2026-05-07, before the mailbox was connected"
    assert planned(stands(V.UNREAD), record, connected_at=THURSDAY + timedelta(minutes=1)) == ()
    assert [line.what for _, line in planned(stands(V.UNREAD), connected_at=THURSDAY)] == ["planned"]


def test_a_person_may_still_ask_to_be_reminded_of_such_mail() -> None:
    snoozed = reminder(due_at=THURSDAY + timedelta(days=20), pinned=True)
    assert planned(stands(V.UNREAD), snoozed, connected_at=THURSDAY + timedelta(days=9)) == ()


def test_an_obstacle_cancels_and_plans_nothing() -> None:
    gone = "the sent copy was deleted or moved away"
    assert planned(stands(V.UNREAD), obstacle=gone) == ()
    ((changed, line),) = planned(stands(V.UNREAD), reminder(), obstacle=gone)
    assert (changed.state, line.why) == (ReminderState.CANCELLED, gone)


def test_a_cancelled_reminder_comes_back_when_the_reason_is_taken_back() -> None:
    back = planned(stands(V.UNREAD), reminder(state=ReminderState.CANCELLED))
    assert in_short(back) == [("feedc0de-1", "planned", THURSDAY, ReminderState.PLANNED)]


@pytest.mark.parametrize("state", [ReminderState.FIRED, ReminderState.DONE, ReminderState.CLAIMED])
def test_what_is_fired_done_or_in_work_is_never_touched(state: ReminderState) -> None:
    left_alone = reminder(state=state, fired_at=THURSDAY if state is ReminderState.FIRED else None)
    changes = planned(stands(V.ANSWERED), left_alone) + planned(
        stands(V.UNREAD), left_alone, policy=Policy(after=9, again=0)
    )
    assert changes == ()


def test_done_ends_all_rounds() -> None:
    first = reminder(state=ReminderState.DONE)
    assert planned(stands(V.UNREAD), first, now=THURSDAY) == ()


def test_a_first_reminder_snoozed_after_it_fired_pushes_the_second_one_behind_it() -> None:
    again = reminder(due_at=THURSDAY + timedelta(days=4), pinned=True)
    second = reminder(2, due_at=THURSDAY + timedelta(days=7))
    assert in_short(planned(stands(V.UNREAD), again, second)) == [
        ("feedc0de-2", "moved", THURSDAY + timedelta(days=11), ReminderState.PLANNED)
    ]
