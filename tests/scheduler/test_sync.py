"""Reading one mailbox: what is followed, what is skipped and why, what goes with what."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from connectors.errors import Unreachable
from evidence.model import Verdict
from scheduler.standing import standing
from tests.scheduler.conftest import BOB, ME, MONDAY, Person
from tests.scheduler.fake_mailbox import FakeMailbox
from tests.scheduler.letters import absence, answer, bounce, note, receipt


def verdicts(person: Person) -> dict[str, Verdict]:
    items = person.ledger.items()
    return {each.subject: standing(person.ledger, each, now=person.now()).headline.verdict for each in items}


def test_an_answer_makes_the_item_answered(person: Person) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB)
    mailbox.add_received(answer(BOB, sent.message_ids[0], MONDAY + timedelta(hours=1)))
    report = person.sync(mailbox)
    assert verdicts(person) == {"Offer": Verdict.ANSWERED}
    assert (report.listed, report.read, report.skipped, report.new_items, report.new_evidence) == (2, 2, {}, 1, 1)


def test_a_second_sync_finds_nothing_new(person: Person) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB)
    mailbox.add_received(receipt(BOB, sent.message_ids[0], MONDAY))
    person.sync(mailbox)
    before = person.ledger.export()
    report = person.sync(mailbox)
    after = person.ledger.export()
    assert (report.listed, report.new_items, report.new_evidence, report.requests) == (0, 0, 0, 1)
    assert {name: after[name] for name in ("items", "evidence", "cursors")} == {
        name: before[name] for name in ("items", "evidence", "cursors")
    }


def test_reading_everything_again_doubles_nothing(person: Person) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB)
    mailbox.add_received(answer(BOB, sent.message_ids[0], MONDAY))
    person.sync(mailbox)
    before = (person.ledger.items(), person.ledger.evidence(sent.id))
    person.ledger.reset_cursor(mailbox.account)
    report = person.sync(mailbox)
    assert (person.ledger.items(), person.ledger.evidence(sent.id)) == before
    assert report.skipped == {"read before": 1}
    assert (report.new_items, report.new_evidence) == (0, 0)


def test_an_answer_listed_before_the_mail_it_answers_is_not_lost(person: Person) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB)
    for number in range(5):
        mailbox.add_received(note("eve@example.org", MONDAY + timedelta(minutes=number)))
    came = mailbox.add_received(answer(BOB, sent.message_ids[0], MONDAY + timedelta(hours=1)))
    mailbox.move_to_front(came)
    report = person.sync(mailbox)
    assert verdicts(person) == {"Offer": Verdict.ANSWERED}
    assert report.listed == report.read + sum(report.skipped.values()) == 7
    assert report.skipped == {"speaks about no sent item": 5}


def test_a_receipt_read_before_its_mail_is_matched_when_the_mail_is_known(person: Person) -> None:
    mailbox = person.connect()
    mailbox.add_received(receipt(BOB, "s1@gmail.example.com", MONDAY))
    person.sync(mailbox)
    assert [each.match for each in person.ledger.unmatched()] == [None]
    mailbox.add_sent(BOB)
    person.sync(mailbox)
    assert person.ledger.unmatched() == ()
    assert verdicts(person) == {"Offer": Verdict.READ}


def test_a_receipt_read_before_its_mail_is_matched_although_another_command_stored_the_mail(person: Person) -> None:
    mailbox = person.connect()
    mailbox.add_received(receipt(BOB, "s1@gmail.example.com", MONDAY))
    person.sync(mailbox)
    sent = mailbox.add_sent(BOB)
    person.ledger.take(mailbox.account, items=[sent])
    person.sync(mailbox)
    assert verdicts(person) == {"Offer": Verdict.READ}


def test_a_receipt_for_mail_never_sent_is_kept_unmatched_with_its_doubt(person: Person) -> None:
    mailbox = person.connect()
    mailbox.add_sent(BOB)
    mailbox.add_received(receipt(BOB, "invented@elsewhere.example", MONDAY))
    person.sync(mailbox)
    assert [each.doubt for each in person.ledger.unmatched()] == ["no mail with this id was ever sent"]
    assert verdicts(person) == {"Offer": Verdict.UNREAD}


def test_evidence_with_nothing_but_the_subject_of_a_mail_lies_beside_it_until_the_mail_it_is_about_is_known(
    person: Person,
) -> None:
    gmail, outlook = person.connect(), person.connect("me@work.example", "outlook")
    sent = gmail.add_sent(BOB)
    gmail.add_received(receipt(BOB, "s1@outlook.example.com", MONDAY + timedelta(hours=1)))
    person.sync(gmail)
    assert [each.doubt for each in person.ledger.hinted(sent.id)] == ["no mail with this id was ever sent"]
    assert (person.ledger.evidence(sent.id), verdicts(person)) == ((), {"Offer": Verdict.UNREAD})
    meant = replace(outlook.add_sent(BOB, subject="Second offer"), message_ids=("s1@outlook.example.com",))
    person.sync(outlook)
    person.ledger.take(outlook.account, items=[meant])
    person.ledger.reset_cursor(gmail.account)
    person.sync(gmail)
    assert (person.ledger.hinted(sent.id), len(person.ledger.evidence(meant.id))) == ((), 1)
    assert verdicts(person) == {"Offer": Verdict.UNREAD, "Second offer": Verdict.READ}


def test_an_answer_goes_to_the_nearest_mail_it_names_in_whatever_order_they_are_listed(person: Person) -> None:
    mailbox = person.connect()
    first = mailbox.add_sent(BOB, subject="First", thread="t")
    second = mailbox.add_sent(BOB, subject="Second", thread="t", at=MONDAY + timedelta(hours=1))
    both = f"<{first.message_ids[0]}> <{second.message_ids[0]}>"
    came = answer(BOB, second.message_ids[0], MONDAY + timedelta(hours=2), references=both)
    name = mailbox.add_received(came, thread="t")
    mailbox.page = 1
    mailbox.move_to_front(name)
    mailbox.move_to_front(first.provider_id)
    person.sync(mailbox)
    assert [len(person.ledger.evidence(each.id)) for each in (first, second)] == [0, 1]


def test_an_answer_in_another_account_counts_for_the_mail_it_answers(person: Person) -> None:
    gmail, outlook = person.connect(), person.connect("me@work.example", "outlook")
    sent = gmail.add_sent(BOB)
    person.sync(gmail)
    outlook.add_received(answer(BOB, sent.message_ids[0], MONDAY + timedelta(hours=1)))
    person.sync(outlook)
    assert verdicts(person) == {"Offer": Verdict.ANSWERED}


def test_a_receipt_kept_by_one_account_is_matched_when_another_one_brings_the_mail(person: Person) -> None:
    outlook = person.connect("me@work.example", "outlook")
    outlook.add_received(receipt(BOB, "s0@gmail.example.com", MONDAY))
    person.sync(outlook)
    gmail = person.connect()
    gmail.add_sent(BOB)
    report = person.sync(gmail)
    assert verdicts(person) == {"Offer": Verdict.READ}
    assert report.touched == (person.ledger.items()[0].id,)


def test_my_own_second_mail_from_another_account_is_not_their_answer(person: Person) -> None:
    gmail = person.connect()
    person.connect("me@work.example", "outlook")
    sent = gmail.add_sent(BOB)
    gmail.add_received(answer("me@work.example", sent.message_ids[0], MONDAY + timedelta(hours=1)))
    report = person.sync(gmail)
    assert verdicts(person) == {"Offer": Verdict.UNREAD}
    assert report.skipped == {"from yourself": 1}


def test_mail_to_oneself_is_not_followed_and_says_so(person: Person) -> None:
    mailbox = person.connect()
    mailbox.add_sent(ME, "me+3d@example.com")
    report = person.sync(mailbox)
    assert (person.ledger.items(), report.skipped) == ((), {"to yourself only": 1})


def test_my_own_address_among_the_recipients_is_nobody_to_wait_for(person: Person) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB, "me+3d@example.com")
    person.sync(mailbox)
    assert [each.recipient.address for each in standing(person.ledger, sent, now=MONDAY).recipients] == [BOB]


def test_a_message_gone_before_it_is_read_is_skipped_with_the_reason(person: Person) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB)
    name = mailbox.add_received(answer(BOB, sent.message_ids[0], MONDAY))
    mailbox.page = 10
    mailbox.add_removal(name)
    report = person.sync(mailbox)
    assert (report.skipped, report.removed, report.listed) == ({"gone before it could be read": 1}, 1, 3)


def test_bytes_that_are_no_mail_are_skipped_with_the_reason(person: Person) -> None:
    mailbox = person.connect()
    mailbox.add_sent(BOB, thread="t")
    mailbox.add_received(b"\x00\x01\x02", thread="t")
    assert person.sync(mailbox).skipped == {"no readable message": 1}


def test_only_what_may_speak_about_sent_mail_is_fetched(person: Person) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB, receipt=False)
    mailbox.add_received(note(BOB, MONDAY))
    came = mailbox.add_received(answer(BOB, sent.message_ids[0], MONDAY))
    person.sync(mailbox)
    assert mailbox.fetched == [came]


def test_mail_that_answers_nothing_is_tried_as_a_receipt_of_somebody_who_was_asked_for_one(person: Person) -> None:
    mailbox = person.connect()
    mailbox.add_sent(BOB)
    came = mailbox.add_received(note(BOB, MONDAY))
    mailbox.add_received(note("eve@example.org", MONDAY))
    report = person.sync(mailbox)
    assert (mailbox.fetched, report.new_evidence) == ([came], 0)


def test_what_a_listing_does_not_tell_is_asked_for(person: Person) -> None:
    mailbox = person.connect()
    mailbox.tells = False
    sent = mailbox.add_sent(BOB)
    mailbox.add_received(note("eve@example.org", MONDAY))
    mailbox.add_received(receipt(BOB, sent.message_ids[0], MONDAY))
    mailbox.add_received(answer(BOB, sent.message_ids[0], MONDAY), thread="broken by a changed subject")
    report = person.sync(mailbox)
    assert (report.new_evidence, report.skipped) == (2, {"speaks about no sent item": 1})


def test_a_whole_listing_asks_only_about_mail_of_people_written_to_and_about_the_newest(person: Person) -> None:
    mailbox = person.connect()
    mailbox.tells, mailbox.tells_form, mailbox.page = False, True, 100
    sent = mailbox.add_sent(BOB)
    mailbox.add_received(answer(BOB, sent.message_ids[0], MONDAY), thread="broken by a changed subject")
    for number in range(100):
        mailbox.add_received(note("eve@example.org", MONDAY + timedelta(minutes=number)))
    report = person.sync(mailbox)
    assert (report.new_evidence, mailbox.described) == (1, 1)
    assert report.listed == report.read + sum(report.skipped.values())
    for number in range(300):
        mailbox.add_received(note(BOB, MONDAY + timedelta(minutes=number)))
    mailbox.expire_cursors()
    person.sync(mailbox)
    assert mailbox.described == 1 + 200
    mailbox.add_received(answer(BOB, sent.message_ids[0], MONDAY), thread="broken again")
    assert person.sync(mailbox).new_evidence == 1


def test_a_sent_copy_filed_late_still_finds_the_answer_that_came_before_it(person: Person) -> None:
    mailbox = person.connect()
    came = answer(BOB, "s1@gmail.example.com", MONDAY + timedelta(hours=1))
    mailbox.add_received(came, thread="t")
    person.wait(hours=2)
    person.sync(mailbox)
    mailbox.add_sent(BOB, thread="t", at=MONDAY)
    person.sync(mailbox)
    assert verdicts(person) == {"Offer": Verdict.ANSWERED}


def test_a_sent_copy_that_left_the_mailbox_is_marked(person: Person) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB)
    person.sync(mailbox)
    mailbox.add_removal(sent.provider_id)
    report = person.sync(mailbox)
    assert person.ledger.is_removed(sent.id)
    assert report.touched == (sent.id,)


def test_the_account_says_when_it_was_read_last(person: Person) -> None:
    mailbox = person.connect(problem="the network was down")
    person.wait(hours=1)
    person.sync(mailbox)
    assert person.account(mailbox) == replace(
        person.account(mailbox), last_read_at=MONDAY + timedelta(hours=1), problem=""
    )


def test_listed_is_read_and_skipped_and_removed_in_the_ledger_too(person: Person) -> None:
    mailbox = person.connect()
    old = mailbox.add_sent(BOB, at=MONDAY - timedelta(days=90))
    sent = mailbox.add_sent(BOB)
    mailbox.add_received(absence(BOB, sent.message_ids[0], MONDAY, "12 May 2026"))
    mailbox.add_received(note("eve@example.org", MONDAY))
    mailbox.add_removal(old.provider_id)
    person.sync(mailbox)
    tally = person.ledger.tally(mailbox.account)
    assert (tally.listed, tally.read, tally.removed) == (5, 2, 1)
    assert tally.skipped == {"older than the window": 1, "speaks about no sent item": 1}
    assert tally.requests == mailbox.spend.requests


def test_a_silent_mailbox_costs_one_request(person: Person) -> None:
    mailbox: FakeMailbox = person.connect()
    mailbox.add_sent(BOB)
    person.sync(mailbox)
    assert person.sync(mailbox).requests == 1


def test_mail_deleted_while_the_cursor_was_lost_is_found_missing(person: Person) -> None:
    mailbox = person.connect()
    kept, gone = mailbox.add_sent(BOB), mailbox.add_sent(BOB)
    person.sync(mailbox)
    mailbox.forget(gone.provider_id)
    mailbox.expire_cursors()
    assert gone.id in person.sync(mailbox).touched
    assert [person.ledger.is_removed(each.id) for each in (kept, gone)] == [False, True]


def test_a_first_reading_asks_nothing_about_what_left(person: Person) -> None:
    mailbox = person.connect()
    mailbox.add_sent(BOB)
    called: list[str] = []
    mailbox.trip = called.append
    person.sync(mailbox)
    assert "left" not in called


def test_a_long_page_of_answers_that_is_cut_off_is_not_read_from_its_beginning_again(person: Person) -> None:
    mailbox = person.connect()
    mailbox.page = 500
    sent = mailbox.add_sent(BOB)
    person.sync(mailbox)
    for number in range(120):
        mailbox.add_received(answer(BOB, sent.message_ids[0], MONDAY + timedelta(minutes=number)))

    def fail(what: str) -> None:
        if what == "fetch" and len(mailbox.fetched) == 110:
            mailbox.trip = lambda _: None
            raise Unreachable("it is down")

    mailbox.trip = fail
    with pytest.raises(Unreachable):
        person.sync(mailbox)
    person.sync(mailbox)
    assert len(mailbox.fetched) == 110 + 20  # what was stored early, 100 of them, is not read again
    assert len(person.ledger.evidence(sent.id)) == 120
    tally = person.ledger.tally(mailbox.account)
    assert tally.listed == tally.read + sum(tally.skipped.values()) + tally.removed


@pytest.mark.parametrize("tells", [True, False], ids=["arrival listed", "arrival asked for"])
@pytest.mark.parametrize("off", [timedelta(hours=-3), timedelta(hours=-13), timedelta(days=-400)], ids=str)
@pytest.mark.parametrize("letter", [answer, receipt, bounce])
def test_what_names_a_mail_counts_from_its_arrival_if_it_is_dated_before_the_mail(
    person: Person, letter: Callable[[str, str, datetime], bytes], off: timedelta, tells: bool
) -> None:
    mailbox = person.connect()
    mailbox.tells = tells
    sent = mailbox.add_sent(BOB)
    person.wait(hours=1)
    came = person.now()
    mailbox.add_received(letter(BOB, sent.message_ids[0], came + off), thread=sent.thread_id)
    person.wait(seconds=30)
    person.sync(mailbox)
    assert [(each.at, each.doubt) for each in person.ledger.evidence(sent.id)] == [(came, "")]


@pytest.mark.parametrize(("tells", "seconds"), [(True, 0), (False, 30)], ids=["arrival listed", "not told"])
@pytest.mark.parametrize("off", [timedelta(hours=5), timedelta(days=400)], ids=str)
def test_nothing_is_later_than_it_arrived_or_was_read(
    person: Person, off: timedelta, tells: bool, seconds: int
) -> None:
    mailbox = person.connect()
    mailbox.tells = tells
    sent = mailbox.add_sent(BOB)
    came = person.now()
    mailbox.add_received(bounce(BOB, sent.message_ids[0], came + off), thread=sent.thread_id)
    person.wait(seconds=30)
    person.sync(mailbox)
    assert [each.at for each in person.ledger.evidence(sent.id)] == [came + timedelta(seconds=seconds)]


def test_a_date_that_can_be_is_the_moment_it_was_written(person: Person) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB)
    person.wait(hours=9)
    written = person.now() - timedelta(hours=7)
    mailbox.add_received(answer(BOB, sent.message_ids[0], written))
    person.sync(mailbox)
    assert [each.at for each in person.ledger.evidence(sent.id)] == [written]
    assert mailbox.described == 0


def test_a_report_listed_before_its_mail_counts_although_its_date_cannot_be(person: Person) -> None:
    mailbox = person.connect()
    mailbox.page = 1
    person.wait(hours=1)
    sent = mailbox.add_sent(BOB)
    came = mailbox.add_received(bounce(BOB, sent.message_ids[0], person.now() - timedelta(hours=3)))
    mailbox.move_to_front(came)
    person.sync(mailbox)
    assert verdicts(person) == {"Offer": Verdict.NOT_DELIVERED}
    assert [each.at for each in person.ledger.evidence(sent.id)] == [person.now()]


def test_what_only_stands_in_the_thread_does_not_count_if_it_is_dated_before_the_mail(person: Person) -> None:
    mailbox = person.connect()
    person.wait(hours=4)
    mailbox.add_sent(BOB, thread="t")
    person.sync(mailbox)
    mailbox.add_received(note(BOB, person.now() - timedelta(hours=2)), thread="t")
    person.sync(mailbox)
    assert [each.doubt for each in person.ledger.unmatched()] == ["nothing in it leads to a mail that was sent"]


def test_the_day_of_return_is_told_from_the_arrival_where_the_date_cannot_be(person: Person) -> None:
    mailbox = person.connect()
    sent = mailbox.add_sent(BOB)
    person.wait(hours=1)
    mailbox.add_received(absence(BOB, sent.message_ids[0], person.now() - timedelta(days=400), "15 May"))
    person.sync(mailbox)
    assert [each.until for each in person.ledger.evidence(sent.id)] == [date(2026, 5, 15)]
