"""What any ledger promises; `TestTinyLedger` holds ours to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from evidence.model import Confidence, Disposition, Evidence, Grade, Kind, Match, Mode, Recipient, SentItem
from store.ledger import (
    Account,
    AccountErased,
    AccountState,
    Decision,
    Ledger,
    Outgoing,
    Reminder,
    ReminderState,
    Spent,
    Tally,
)
from store.tiny import TinyLedger

ME = "gmail:me@example.com"
WORK = "outlook:me@work.example"
MONDAY = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
NAIVE = datetime(2026, 5, 4, 8, 0)  # noqa: DTZ001 - what must be refused

MakeItem = Callable[..., SentItem]


def account(address: str = "me@example.com", **changes: object) -> Account:
    made = Account(
        id=f"gmail:{address}",
        provider="gmail",
        address=address,
        capabilities={"reads": True, "returns_receipts": "no", "limits": ["no receipts come back to it"]},
        connected_at=MONDAY,
        granted_at=MONDAY,
    )
    return replace(made, **changes)  # type: ignore[arg-type] # the tests name fields and values as the record has them


def receipt(source: str, **changes: object) -> Evidence:
    made = Evidence(
        kind=Kind.RECEIPT,
        grade=Grade.STRONG,
        rule="mdn",
        why="the reader's program reports display",
        source=source,
        at=MONDAY + timedelta(days=1),
        sender="reader@example.org",
        message_id=f"{source}@example.org",
        recipient="reader@example.org",
        aliases=("reader@example.org",),
        disposition=Disposition.DISPLAYED,
        mode=Mode.MANUAL,
    )
    return replace(made, **changes)  # type: ignore[arg-type] # as above


def match(item: SentItem) -> Match:
    return Match(
        item=item.id, recipient=item.recipients[0].address, confidence=Confidence.CERTAIN, reason="it names the message"
    )


def reminder(item: SentItem, **changes: object) -> Reminder:
    made = Reminder(
        id=f"{item.id}-1",
        item=item.id,
        account=item.account,
        round=1,
        due_at=MONDAY + timedelta(days=3),
        reason="unread",
    )
    return replace(made, **changes)  # type: ignore[arg-type] # as above


def decision(item: SentItem, hours: int, what: str = "planned") -> Decision:
    return Decision(
        at=MONDAY + timedelta(hours=hours), reminder=f"{item.id}-1", item=item.id, what=what, why="unread for 3 days"
    )


class LedgerContract:
    """Needs a fixture `ledger` that gives an empty ledger."""

    # Accounts

    def test_an_account_is_given_back_as_it_was_put(self, ledger: Ledger) -> None:
        mine = account(
            aliases=("me+x@example.com",),
            state=AccountState.PARKED,
            features=("read", "send"),
            grant_ends_at=MONDAY + timedelta(days=7),
            last_read_at=MONDAY + timedelta(microseconds=1),
            problem="reconnect",
        )
        ledger.put_account(mine)
        assert ledger.account(mine.id) == mine
        assert ledger.account("gmail:nobody@example.com") is None

    def test_accounts_come_by_id(self, ledger: Ledger) -> None:
        second, first = account("b@example.com"), account("a@example.com")
        ledger.put_account(second)
        ledger.put_account(first)
        assert ledger.accounts() == (first, second)

    def test_an_account_put_again_is_replaced_and_keeps_its_cursor_and_items(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        ledger.put_account(account())
        ledger.take(ME, items=[make_item(1)], cursor="c1")
        ledger.put_account(account(problem="grant gone"))
        assert ledger.accounts() == (account(problem="grant gone"),)
        assert (ledger.cursor(ME), ledger.items()) == ("c1", (make_item(1),))

    def test_erasing_an_account_leaves_nothing_of_it_and_all_of_the_others(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        gone, stays = make_item(1), make_item(2, account=WORK)
        for item in (gone, stays):
            ledger.put_account(account(id=item.account))
            found = receipt(f"in-{item.provider_id}", match=match(item))
            ledger.take(item.account, items=[item], evidence=[found], cursor="c", tally=Tally(listed=1, skipped={}))
            ledger.put_reminder(reminder(item), decision(item, 1))
            ledger.begin_sending(Outgoing(tag=item.account, account=item.account, subject="S", begun_at=MONDAY))
        elsewhere = receipt("read-in-the-other-mailbox", match=match(gone))
        ledger.take(WORK, evidence=[elsewhere])
        ledger.erase_account(ME)
        assert [each.id for each in ledger.accounts()] == [WORK]
        assert (ledger.items(), ledger.item(gone.id), ledger.items_named(gone.message_ids)) == ((stays,), None, ())
        assert (ledger.evidence(gone.id), len(ledger.evidence(stays.id))) == ((), 1)
        assert (ledger.cursor(ME), ledger.cursor(WORK)) == (None, "c")
        assert (ledger.tally(ME).listed, ledger.tally(WORK).listed) == (0, 1)
        assert [each.item for each in ledger.reminders()] == [stays.id]
        assert (ledger.decisions(gone.id), ledger.decisions(stays.id)) == ((), (decision(stays, 1),))
        assert [each.tag for each in ledger.outgoing()] == [WORK]

    def test_an_account_is_changed_as_it_is_at_that_moment(self, ledger: Ledger) -> None:
        ledger.put_account(account())
        assert ledger.change_account(ME, lambda now: replace(now, problem="down")) == account(problem="down")
        assert ledger.change_account(ME, lambda now: replace(now, failures=2)) == account(problem="down", failures=2)
        assert ledger.account(ME) == account(problem="down", failures=2)
        assert ledger.change_account(WORK, lambda now: replace(now, problem="down")) is None
        assert ledger.accounts() == (account(problem="down", failures=2),)

    def test_nothing_is_taken_for_an_account_that_was_erased_or_connected_anew_meanwhile(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        ledger.put_account(account())
        ledger.take(ME, items=[make_item(1)], cursor="c1", connected_at=account().connected_at)
        ledger.erase_account(ME)
        for _ in range(2):
            with pytest.raises(AccountErased, match="erased"):
                ledger.take(ME, items=[make_item(2)], cursor="c2", connected_at=account().connected_at)
            assert (ledger.items(), ledger.cursor(ME)) == ((), None)
            ledger.put_account(account(connected_at=account().connected_at + timedelta(hours=1)))

    def test_mail_that_left_for_an_account_erased_meanwhile_is_not_kept(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        ledger.put_account(account())
        ledger.begin_sending(Outgoing(tag="t", account=ME, subject="S", begun_at=MONDAY))
        ledger.erase_account(ME)
        ledger.end_sending("t", item=make_item(1))
        assert (ledger.items(), ledger.outgoing()) == ((), ())

    # Taking a page

    def test_a_page_is_stored_whole(self, ledger: Ledger, make_item: MakeItem) -> None:
        item, found = make_item(1), receipt("in-1", match=match(make_item(1)))
        ledger.take(ME, items=[item], evidence=[found], cursor="c1", tally=Tally(listed=2, read=2, skipped={}))
        assert (ledger.item(item.id), ledger.evidence(item.id), ledger.cursor(ME)) == (item, (found,), "c1")
        assert ledger.tally(ME) == Tally(listed=2, read=2, skipped={})

    def test_a_page_that_fails_leaves_nothing_behind(self, ledger: Ledger, make_item: MakeItem) -> None:
        ledger.take(ME, cursor="before")
        with pytest.raises(ValueError, match="time zone"):
            ledger.take(ME, items=[make_item(1), make_item(2, sent_at=NAIVE)], cursor="after")
        assert (ledger.items(), ledger.cursor(ME)) == ((), "before")

    def test_taking_the_same_page_twice_changes_nothing(self, ledger: Ledger, make_item: MakeItem) -> None:
        page = {"items": [make_item(1)], "evidence": [receipt("in-1", match=match(make_item(1)))], "cursor": "c1"}
        ledger.take(ME, **page)  # type: ignore[arg-type] # one page, given twice
        before = ledger.export()
        ledger.take(ME, **page)  # type: ignore[arg-type]
        assert ledger.export() == before

    def test_an_item_taken_again_is_replaced_and_found_by_what_it_is_now(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        now = make_item(1, message_ids=("new@mail.example.com",), subject="As sent", asks_receipt=True)
        ledger.take(ME, items=[make_item(1)])
        ledger.take(ME, items=[now])
        assert ledger.items() == (now,)
        assert ledger.items_named(make_item(1).message_ids) == ()
        assert ledger.items_named(["new@mail.example.com"]) == (now,)

    def test_an_item_taken_again_keeps_the_answer_whether_it_asks_a_question(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        item = make_item(1)
        ledger.take(ME, items=[item])
        for told, kept in ((None, None), (True, True), (None, True), (False, True)):
            ledger.take(ME, items=[replace(item, asks_question=told)])
            assert [each.asks_question for each in ledger.items()] == [kept]

    def test_a_cursor_of_none_leaves_the_cursor_where_it_was(self, ledger: Ledger) -> None:
        assert ledger.cursor(ME) is None
        ledger.take(ME, cursor="c1")
        ledger.take(ME)
        assert ledger.cursor(ME) == "c1"

    def test_a_cursor_that_is_reset_is_gone(self, ledger: Ledger) -> None:
        ledger.take(ME, cursor="c1")
        ledger.reset_cursor(ME)
        assert ledger.cursor(ME) is None

    def test_tallies_add_up(self, ledger: Ledger) -> None:
        assert ledger.tally(ME) == Tally(skipped={})
        ledger.take(ME, tally=Tally(listed=5, read=3, skipped={"too old": 2}, requests=1, units=105))
        ledger.take(ME, tally=Tally(listed=4, read=1, skipped={"too old": 1, "gone": 1}, removed=1, throttled=2))
        assert ledger.tally(ME) == Tally(
            listed=9, read=4, skipped={"too old": 3, "gone": 1}, removed=1, requests=1, units=105, throttled=2
        )

    def test_what_calls_cost_is_kept_by_the_minute_and_for_each_account(self, ledger: Ledger) -> None:
        ledger.take(ME, tally=Tally(skipped={}, requests=1, units=5), at=MONDAY + timedelta(seconds=3))
        ledger.take(ME, tally=Tally(skipped={}, requests=2, units=500, throttled=1), at=MONDAY + timedelta(seconds=59))
        ledger.take(ME, tally=Tally(skipped={}, requests=1, units=2), at=MONDAY + timedelta(seconds=60))
        ledger.take(WORK, tally=Tally(skipped={}, requests=7, units=7), at=MONDAY)
        first = Spent(account=ME, minute=MONDAY, requests=3, units=505, throttled=1)
        second = Spent(account=ME, minute=MONDAY + timedelta(minutes=1), requests=1, units=2)
        assert ledger.spent(ME, since=MONDAY + timedelta(seconds=30)) == (first, second)
        assert ledger.spent(ME, since=MONDAY + timedelta(seconds=60)) == (second,)

    def test_minutes_without_a_call_and_those_a_day_old_are_not_kept(self, ledger: Ledger) -> None:
        for hours in (0, 23, 24):
            ledger.take(ME, tally=Tally(skipped={}, requests=1), at=MONDAY + timedelta(hours=hours))
        ledger.take(ME, tally=Tally(skipped={}, listed=1), at=MONDAY + timedelta(hours=25))
        hours_kept = [each.minute - MONDAY for each in ledger.spent(ME, since=MONDAY)]
        assert hours_kept == [timedelta(hours=23), timedelta(hours=24)]

    def test_spending_goes_with_its_account(self, ledger: Ledger) -> None:
        ledger.take(ME, tally=Tally(skipped={}, requests=1), at=MONDAY)
        ledger.erase_account(ME)
        assert ledger.spent(ME, since=MONDAY) == ()

    # Finding items

    def test_items_come_newest_first_and_within_the_asked_window(self, ledger: Ledger, make_item: MakeItem) -> None:
        items = [make_item(number) for number in range(4)]
        other = make_item(9, account=WORK)
        ledger.take(ME, items=items)
        ledger.take(WORK, items=[other])
        assert ledger.items() == (other, items[3], items[2], items[1], items[0])
        assert ledger.items(account=ME, since=items[2].sent_at) == (items[3], items[2])
        assert ledger.items(since=items[3].sent_at + timedelta(microseconds=1)) == (other,)

    def test_an_item_is_found_by_each_of_its_message_ids_and_only_once(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        first, second = make_item(1), make_item(2, account=WORK)
        ledger.take(ME, items=[first, second])
        assert ledger.items_named([first.message_ids[1]]) == (first,)
        assert set(ledger.items_named([*first.message_ids, *second.message_ids, "other@example.com"])) == {
            first,
            second,
        }

    def test_a_copy_in_two_accounts_is_found_in_both(self, ledger: Ledger, make_item: MakeItem) -> None:
        here, there = make_item(1), make_item(1, account=WORK)
        ledger.take(ME, items=[here])
        ledger.take(WORK, items=[there])
        assert set(ledger.items_named(here.message_ids)) == {here, there}

    def test_items_of_a_thread_come_oldest_first_and_only_from_their_account(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        late, early = make_item(2, thread_id="t"), make_item(1, thread_id="t")
        ledger.take(ME, items=[late, early, make_item(3, thread_id="t", account=WORK), make_item(4)])
        assert ledger.items_in_thread(ME, "t") == (early, late)

    def test_items_are_found_by_their_exchange_search_key(self, ledger: Ledger, make_item: MakeItem) -> None:
        keyed = make_item(1, correlation_key="T1BFTg==")
        ledger.take(ME, items=[keyed, make_item(2)])
        assert (ledger.items_keyed("T1BFTg=="), ledger.items_keyed("None"), ledger.items_keyed("")) == (
            (keyed,),
            (),
            (),
        )

    def test_items_to_a_recipient_come_newest_first(self, ledger: Ledger, make_item: MakeItem) -> None:
        both = (Recipient(address="a@example.org"), Recipient(address="b@example.org", field="cc"))
        items = [make_item(number, recipients=both) for number in range(3)]
        ledger.take(ME, items=[*items, make_item(5)])
        assert ledger.items_to("b@example.org", since=items[1].sent_at) == (items[2], items[1])

    def test_a_removed_item_keeps_its_history_and_is_back_when_it_is_listed_again(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        item = make_item(1)
        ledger.take(ME, items=[item], evidence=[receipt("in-1", match=match(item))])
        assert not ledger.is_removed(item.id)
        ledger.remove_item(ME, item.provider_id)
        ledger.remove_item(ME, "never heard of")
        assert (ledger.is_removed(item.id), ledger.items(are_here=True)) == (True, ())
        ledger.take(ME, items=[replace(item, subject="Taken out of the bin")])
        assert not ledger.is_removed(item.id)
        assert not ledger.is_removed("unknown")
        assert (len(ledger.items(are_here=True)), len(ledger.evidence(item.id))) == (1, 1)

    # Evidence

    def test_evidence_of_an_item_comes_oldest_first_doubted_included(self, ledger: Ledger, make_item: MakeItem) -> None:
        item = make_item(1)
        late = receipt("in-2", match=match(item), doubt="forged", until=date(2026, 6, 1))
        early = receipt("in-1", match=match(item), at=MONDAY)
        ledger.take(ME, items=[item], evidence=[late, early])
        assert ledger.evidence(item.id) == (early, late)

    def test_answers_are_found_by_their_thread_and_by_what_they_refer_to_receipts_and_doubted_ones_left_out(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        item = make_item(1)
        about = {"kind": Kind.REPLY, "match": match(item), "thread_id": "t"}
        late = receipt("in-1", **about, references=("wire-1@mail. example.com", "wire-0@mail.example.com"))
        early = receipt("in-2", **about, at=MONDAY)
        others = [receipt("in-3", **about, doubt="forged"), receipt("in-4", **{**about, "kind": Kind.RECEIPT})]
        unmatched = receipt("in-5", **{**about, "match": None})
        ledger.take(ME, items=[item], evidence=[late, early, *others, unmatched])
        ledger.take(WORK, evidence=[receipt("in-6", **about)])
        assert ledger.answers(ME, threads=["t"], message_ids=["wire-1@mail.example.com"]) == (early, late)
        assert ledger.answers(WORK, threads=[], message_ids=["wire-0@mail.example.com"]) == (late,)
        assert ledger.answers(ME, threads=["other"], message_ids=["other@mail.example.com"]) == ()

    def test_of_answers_those_dated_before_a_moment_and_those_matched_to_an_item_can_be_left_out(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        item, other, tuesday = make_item(1), make_item(2), MONDAY + timedelta(days=1)
        about = {"kind": Kind.REPLY, "thread_id": "t"}
        early, late = (receipt(f"at-{at}", **about, match=match(other), at=at) for at in (MONDAY, tuesday))
        undated, own = (receipt(f"to-{each.id}", **about, match=match(each), at=None) for each in (other, item))
        ledger.take(ME, items=[item, other], evidence=[undated, late, own, early])
        known: dict[int, Evidence] = {}
        for _ in range(2):
            found = ledger.answers(ME, threads=["t"], message_ids=[], since=tuesday, apart_from=item.id, known=known)
            assert found == (late, undated)
        assert set(known.values()) == {late, undated}

    def test_a_receipt_for_mail_never_sent_is_kept_unmatched(self, ledger: Ledger) -> None:
        mine, other = receipt("in-1", doubt="names no sent mail"), receipt("in-2", at=None)
        ledger.take(ME, evidence=[mine])
        ledger.take(WORK, evidence=[other])
        assert (ledger.unmatched(ME), set(ledger.unmatched())) == ((mine,), {mine, other})

    def test_known_evidence_gains_a_match_and_loses_the_doubt_with_it(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        item, doubted = make_item(1), receipt("in-1", doubt="names no sent mail")
        ledger.take(ME, items=[item], evidence=[doubted])
        matched = replace(doubted, match=match(item), doubt="")
        ledger.take(ME, evidence=[matched])
        assert (ledger.evidence(item.id), ledger.unmatched()) == ((matched,), ())

    def test_known_evidence_gains_a_doubt_and_never_loses_it_or_its_match(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        item = make_item(1)
        sure = receipt("in-1", match=match(item))
        ledger.take(ME, items=[item], evidence=[sure])
        ledger.take(ME, evidence=[replace(sure, match=None, doubt="forged")])
        ledger.take(ME, evidence=[sure])
        ledger.take(ME, evidence=[replace(sure, match=replace(match(item), item="other"), doubt="another")])
        assert ledger.evidence(item.id) == (replace(sure, doubt="forged"),)

    def test_a_hint_comes_and_goes_and_a_match_ends_it(self, ledger: Ledger, make_item: MakeItem) -> None:
        item, stray = make_item(1), receipt("in-1", doubt="names no sent mail")
        hinted = replace(stray, hint=match(item))
        ledger.take(ME, items=[item], evidence=[stray])
        ledger.take(ME, evidence=[hinted])
        assert (ledger.hinted(item.id), ledger.unmatched(), ledger.evidence(item.id)) == ((hinted,), (hinted,), ())
        ledger.take(ME, evidence=[stray])
        assert ledger.hinted(item.id) == ()
        ledger.take(ME, evidence=[hinted])
        ledger.take(ME, evidence=[replace(stray, match=match(item), doubt="")])
        assert (ledger.hinted(item.id), len(ledger.evidence(item.id))) == ((), 1)

    def test_known_evidence_is_never_edited(self, ledger: Ledger, make_item: MakeItem) -> None:
        found = receipt("in-1")
        ledger.take(ME, evidence=[found])
        ledger.take(ME, evidence=[replace(found, why="something else", match=match(make_item(1)))])
        assert ledger.evidence(make_item(1).id) == (replace(found, match=match(make_item(1))),)

    def test_a_message_read_once_is_known_as_read_in_its_account_only(self, ledger: Ledger) -> None:
        ledger.take(ME, evidence=[receipt("in-1")])
        assert (ledger.has_read(ME, "in-1"), ledger.has_read(WORK, "in-1"), ledger.has_read(ME, "in-2")) == (
            True,
            False,
            False,
        )

    # Reminders

    def test_reminders_come_by_due_time_and_by_item_and_state(self, ledger: Ledger, make_item: MakeItem) -> None:
        one, other = make_item(1), make_item(2)
        late = reminder(one, id="late", due_at=MONDAY + timedelta(days=9))
        early = reminder(one, id="early", due_at=MONDAY, state=ReminderState.FIRED, fired_at=MONDAY, pinned=True)
        middle = reminder(other)
        for each in (late, early, middle):
            ledger.put_reminder(each)
        assert ledger.reminders() == (early, middle, late)
        assert ledger.reminders(item=one.id) == (early, late)
        assert ledger.reminders(states=[ReminderState.PLANNED]) == (middle, late)
        assert ledger.reminders(item=one.id, states=[ReminderState.FIRED]) == (early,)
        assert (ledger.reminder("late"), ledger.reminder("none")) == (late, None)

    def test_due_are_the_planned_and_held_whose_time_has_come_and_all_claimed(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        now = MONDAY + timedelta(days=3)
        states = {
            state: reminder(make_item(1), id=state.value, state=state, due_at=now - timedelta(hours=hours))
            for hours, state in enumerate(ReminderState)
        }
        for each in (*states.values(), reminder(make_item(2), due_at=now + timedelta(microseconds=1))):
            ledger.put_reminder(each)
        assert ledger.due(now) == (
            states[ReminderState.HELD],
            states[ReminderState.CLAIMED],
            states[ReminderState.PLANNED],
        )

    def test_a_reminder_is_changed_as_it_is_now_and_its_story_gets_no_line(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        known = reminder(make_item(1), due_at=MONDAY)
        ledger.put_reminder(known)
        told = replace(known, told_as=("a@x.example",))
        assert ledger.change_reminder(known.id, lambda now: replace(now, told_as=("a@x.example",))) == told
        assert ledger.change_reminder("another", lambda now: replace(now, told_as=())) is None
        assert (ledger.reminders(), ledger.decisions(known.item)) == ((told,), ())

    def test_a_reminder_moved_is_due_at_its_new_time_only(self, ledger: Ledger, make_item: MakeItem) -> None:
        first = reminder(make_item(1), due_at=MONDAY)
        moved = replace(first, due_at=MONDAY + timedelta(days=1), pinned=True)
        ledger.put_reminder(first)
        ledger.put_reminder(moved)
        assert (ledger.due(MONDAY), ledger.due(MONDAY + timedelta(days=1))) == ((), (moved,))

    def test_a_due_reminder_is_claimed_once(self, ledger: Ledger, make_item: MakeItem) -> None:
        due = reminder(make_item(1), due_at=MONDAY)
        ledger.put_reminder(due)
        stale = MONDAY - timedelta(minutes=10)
        assert ledger.claim(due.id, by="one", now=MONDAY, stale_before=stale)
        assert not ledger.claim(due.id, by="two", now=MONDAY, stale_before=stale)
        assert not ledger.claim(due.id, by="one", now=MONDAY, stale_before=stale)
        assert ledger.reminder(due.id) == replace(due, state=ReminderState.CLAIMED, claimed_by="one", claimed_at=MONDAY)

    def test_a_claim_left_by_a_dead_worker_is_taken_over(self, ledger: Ledger, make_item: MakeItem) -> None:
        due = reminder(make_item(1), due_at=MONDAY)
        ledger.put_reminder(due)
        assert ledger.claim(due.id, by="dead", now=MONDAY, stale_before=MONDAY)
        later = MONDAY + timedelta(minutes=11)
        assert not ledger.claim(due.id, by="two", now=later, stale_before=MONDAY)
        assert ledger.claim(due.id, by="two", now=later, stale_before=MONDAY + timedelta(minutes=1))
        assert ledger.due(later)[0].claimed_by == "two"

    def test_a_claim_is_taken_over_at_once_if_its_worker_is_gone(self, ledger: Ledger, make_item: MakeItem) -> None:
        due = reminder(make_item(1), due_at=MONDAY)
        ledger.put_reminder(due)
        assert ledger.claim(due.id, by="dead", now=MONDAY, stale_before=MONDAY)
        assert not ledger.claim(due.id, by="two", now=MONDAY, stale_before=MONDAY, is_gone=lambda who: who == "other")
        assert ledger.claim(due.id, by="two", now=MONDAY, stale_before=MONDAY, is_gone=lambda who: who == "dead")

    @pytest.mark.parametrize("state", [ReminderState.FIRED, ReminderState.CANCELLED, ReminderState.DONE])
    def test_a_settled_reminder_is_never_claimed(
        self, ledger: Ledger, make_item: MakeItem, state: ReminderState
    ) -> None:
        ledger.put_reminder(reminder(make_item(1), due_at=MONDAY, state=state))
        assert not ledger.claim(f"{make_item(1).id}-1", by="one", now=MONDAY, stale_before=MONDAY)

    def test_an_unknown_reminder_or_one_not_yet_due_is_not_claimed(self, ledger: Ledger, make_item: MakeItem) -> None:
        early = reminder(make_item(1), due_at=MONDAY + timedelta(seconds=1))
        ledger.put_reminder(early)
        assert not ledger.claim(early.id, by="one", now=MONDAY, stale_before=MONDAY)
        assert not ledger.claim("unknown", by="one", now=MONDAY, stale_before=MONDAY)

    def test_the_story_of_an_item_comes_oldest_first_and_tells_each_decision_once(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        item = make_item(1)
        ledger.put_reminder(reminder(item), decision(item, 2, "fired"))
        for _ in range(2):
            ledger.put_reminder(reminder(item), decision(item, 1))
        ledger.put_reminder(reminder(item))
        assert ledger.decisions(item.id) == (decision(item, 1), decision(item, 2, "fired"))

    def test_a_line_is_made_of_the_story_as_it_is_when_it_is_added(self, ledger: Ledger, make_item: MakeItem) -> None:
        item = make_item(1)
        for _ in range(3):
            ledger.note_next(item.id, lambda story: (decision(item, len(story) + 1), ()))
        assert ledger.decisions(item.id) == tuple(decision(item, number) for number in (1, 2, 3))

    def test_a_line_and_what_it_changes_are_kept_together_or_not_at_all(
        self, ledger: Ledger, make_item: MakeItem
    ) -> None:
        item = make_item(1)
        changed = (reminder(item), decision(item, 2, "cancelled"))
        ledger.note_next(item.id, lambda _: (decision(item, 1), (changed,)))
        kept = (ledger.reminders(item=item.id), ledger.decisions(item.id))
        assert kept == ((reminder(item),), (decision(item, 1), decision(item, 2, "cancelled")))
        broken = replace(reminder(item), due_at=datetime(2026, 5, 4))  # noqa: DTZ001 - it cannot be kept
        with pytest.raises(ValueError, match="has no time zone"):
            ledger.note_next(item.id, lambda _: (decision(item, 3), ((broken, decision(item, 4)),)))
        assert (ledger.reminders(item=item.id), ledger.decisions(item.id)) == kept

    # Sending

    def test_mail_begun_is_known_until_it_has_left(self, ledger: Ledger, make_item: MakeItem) -> None:
        begun = Outgoing(tag="tag-1", account=ME, subject="S", begun_at=MONDAY)
        ledger.begin_sending(begun)
        ledger.begin_sending(replace(begun, subject="again"))
        assert ledger.outgoing() == (begun,)
        ledger.end_sending("tag-1", item=make_item(1, tag="tag-1"))
        assert (ledger.outgoing(), ledger.items()) == ((), (make_item(1, tag="tag-1"),))
        ledger.begin_sending(begun)
        assert ledger.outgoing() == ()

    def test_mail_that_did_not_leave_may_be_begun_again(self, ledger: Ledger) -> None:
        begun = Outgoing(tag="tag-1", account=ME, subject="S", begun_at=MONDAY)
        ledger.begin_sending(begun)
        ledger.end_sending("tag-1", item=None)
        assert ledger.outgoing() == ()
        ledger.begin_sending(begun)
        assert ledger.outgoing() == (begun,)

    # Values

    @pytest.mark.parametrize(
        "ask",
        [
            lambda ledger: ledger.items(since=NAIVE),
            lambda ledger: ledger.items_to("a@example.org", since=NAIVE),
            lambda ledger: ledger.due(NAIVE),
            lambda ledger: ledger.put_account(account(granted_at=NAIVE)),
            lambda ledger: ledger.begin_sending(Outgoing(tag="t", account=ME, subject="", begun_at=NAIVE)),
        ],
    )
    def test_a_time_without_a_zone_is_refused(self, ledger: Ledger, ask: Callable[[Ledger], object]) -> None:
        with pytest.raises(ValueError, match="time zone"):
            ask(ledger)

    def test_text_that_is_no_unicode_is_kept_and_found(self, ledger: Ledger, make_item: MakeItem) -> None:
        odd = make_item(1, subject="raw \udce9\x00 and 🦊 ‏שלום", message_ids=("raw-\udce9@example.com",))
        ledger.take(ME, items=[odd])
        assert ledger.items_named(["raw-\udce9@example.com"]) == (odd,)


class TestTinyLedger(LedgerContract):
    """Ours, over TinyDB in one SQLite file."""

    def test_what_others_write_is_felt_without_reading_it(self, tmp_path: Path) -> None:
        watching, writing = TinyLedger(tmp_path / "ledger.db"), TinyLedger(tmp_path / "ledger.db")
        before = watching.pulse()
        assert watching.pulse() == before
        writing.put_account(account())
        assert watching.pulse() != before
        watching.close()
        writing.close()
