"""Correlating: which sent item and recipient, how surely, and why; or the doubt."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evidence.correlate import NEVER_SENT, NOTHING_KNOWN, TOO_EARLY, Clues, clues, correlate
from evidence.expansion import NO_RECIPIENT
from evidence.model import Confidence, Evidence, Match, SentItem
from evidence.read import read_message

Read = Callable[..., tuple[Evidence, ...]]
Item = Callable[..., SentItem]
Sample = Callable[[str], bytes]

RITA = "rita@reader.example"
KEY = "3q2+78r+ur4AAAAAAAAAAA=="


def matched(evidence: Evidence) -> tuple[str | None, Confidence] | None:
    return (evidence.match.recipient, evidence.match.confidence) if evidence.match else None


def test_a_receipt_is_matched_by_the_id_it_names(read: Read, item: Item) -> None:
    (found,) = read("receipt/thunderbird")
    assert correlate(found, [item()]) == replace(
        found,
        match=Match(
            item="item1",
            recipient=RITA,
            confidence=Confidence.CERTAIN,
            reason="the receipt names your message by its id",
        ),
    )


def test_the_clues_name_everything_worth_looking_up(read: Read) -> None:
    (found,) = read("receipt/exchange-online-folded-id", thread_id="t1")
    assert clues(found) == Clues(
        message_ids=("20260301.1000.q7@sender.example",),
        correlation_key=KEY,
        thread_id="t1",
        sender=RITA,
        recipients=(RITA,),
        at=datetime(2026, 3, 3, 10, 12, tzinfo=UTC),
    )


def test_ids_are_looked_up_with_and_without_the_blanks_in_them(read: Read, item: Item) -> None:
    (found,) = read("receipt/thunderbird")
    blank = replace(found, original_message_id="20260301.1000 .q7@sender.example")
    assert clues(blank).message_ids[:2] == ("20260301.1000 .q7@sender.example", "20260301.1000.q7@sender.example")
    assert matched(correlate(blank, [item()])) == (RITA, Confidence.CERTAIN)


def test_either_id_of_a_mail_that_the_provider_renamed_will_do(read: Read, item: Item) -> None:
    (found,) = read("receipt/thunderbird")
    renamed = item(message_ids=("provider@mail.example", "20260301.1000.q7@sender.example"))
    assert matched(correlate(found, [renamed])) == (RITA, Confidence.CERTAIN)


def test_a_receipt_for_mail_never_sent_is_kept_unmatched(read: Read, item: Item) -> None:
    (found,) = read("receipt/thunderbird", thread_id="t1")
    assert correlate(found, [item(message_ids=("other@sender.example",))]) == replace(found, doubt=NEVER_SENT)


def test_the_exchange_key_leads_to_the_mail_where_no_id_is_named(read: Read, item: Item) -> None:
    (found,) = read("receipt/exchange-2013-no-original-id")
    keyed = item(correlation_key=KEY, message_ids=("other@sender.example",))
    result = correlate(found, [keyed])
    assert matched(result) == (RITA, Confidence.CERTAIN)
    assert result.match is not None
    assert result.match.reason == "the receipt carries the Exchange key of your message"


def test_in_reply_to_leads_to_the_mail_where_nothing_else_does(read: Read, item: Item) -> None:
    (found,) = read("receipt/exchange-2013-no-original-id")
    assert matched(correlate(found, [item()])) == (RITA, Confidence.LIKELY)


def test_thread_recipient_and_time_lead_to_the_last_mail_before(read: Read, item: Item) -> None:
    (found,) = read("receipt/placeholder-id", thread_id="t1")
    earlier = item(id="earlier", sent_at=datetime(2026, 3, 2, tzinfo=UTC))
    later = item(id="later", sent_at=datetime(2026, 3, 4, tzinfo=UTC))
    result = correlate(found, [earlier, item(), later])
    assert (matched(result), result.match and result.match.item) == ((RITA, Confidence.LIKELY), "item1")


def test_a_report_that_names_only_an_address_is_a_weak_match(read: Read, item: Item) -> None:
    (found,) = read("bounce/exim-delayed")
    assert matched(correlate(found, [item()])) == (RITA, Confidence.WEAK)
    long_ago = item(sent_at=datetime(2026, 2, 1, tzinfo=UTC))
    assert correlate(found, [long_ago]).doubt == NOTHING_KNOWN


def test_a_delivery_report_is_matched_by_the_returned_message(read: Read, item: Item) -> None:
    several = item(RITA, "bob@reader.example", "cleo@alias.example")
    results = [correlate(each, [several]) for each in read("delivery/three-recipients")]
    assert [matched(each) for each in results] == [
        (RITA, Confidence.CERTAIN),
        ("bob@reader.example", Confidence.CERTAIN),
        ("cleo@alias.example", Confidence.CERTAIN),
    ]


def test_a_stranger_cannot_answer_for_a_recipient(read: Read, item: Item) -> None:
    (found,) = read("receipt/thunderbird")
    forged = replace(found, sender="mallory@evil.example", aliases=(RITA, "mallory@evil.example"))
    result = correlate(forged, [item()])
    assert (result.match is not None, result.doubt) == (True, NO_RECIPIENT)


def test_a_delegate_on_the_recipients_domain_may_send_the_receipt(read: Read, item: Item) -> None:
    (found,) = read("receipt/thunderbird")
    delegated = replace(found, sender="office@reader.example", aliases=(RITA, "office@reader.example"))
    result = correlate(delegated, [item()])
    assert (matched(result), result.doubt) == ((RITA, Confidence.CERTAIN), "")


def test_a_receipt_from_a_forwarded_address_is_doubted(read: Read, item: Item) -> None:
    (found,) = read("receipt/thunderbird")
    assert correlate(found, [item("somebody@else.example")]).doubt == NO_RECIPIENT


def test_a_receipt_dated_before_the_mail_is_doubted(read: Read, item: Item) -> None:
    (found,) = read("receipt/thunderbird")
    sent = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
    assert correlate(found, [item(sent_at=sent)]).doubt == TOO_EARLY
    assert correlate(found, [item(sent_at=sent - timedelta(hours=1))]).doubt == ""


def test_a_failed_authentication_stays_a_doubt_whatever_matches(read: Read, item: Item) -> None:
    (found,) = read("receipt/failed-authentication")
    result = correlate(found, [item()])
    assert result.match is not None
    assert result.doubt == found.doubt != ""


@pytest.mark.parametrize(
    ("written_to", "answers_from"),
    [
        ("rita.reader@gmail.com", "ritareader@googlemail.com"),
        ("rita+work@reader.example", "rita@reader.example"),
        ("rita@reader.example", "rita+phone@reader.example"),
    ],
)
def test_forms_of_one_mailbox_are_one_recipient(read: Read, item: Item, written_to: str, answers_from: str) -> None:
    (found,) = read("reply/thanks")
    answer = replace(found, sender=answers_from, aliases=(answers_from,), recipient=answers_from)
    assert matched(correlate(answer, [item(written_to, "bob@reader.example")])) == (written_to, Confidence.CERTAIN)


def test_an_answer_from_a_known_alias_is_the_recipients(read: Read, item: Item) -> None:
    (found,) = read("reply/thanks")
    answer = replace(found, sender="r@home.example", aliases=("r@home.example",), recipient="r@home.example")
    result = correlate(answer, [item(RITA, "bob@reader.example")], aliases={"r@home.example": RITA})
    assert matched(result) == (RITA, Confidence.CERTAIN)


def test_an_answer_from_an_unknown_address_is_the_only_recipients_or_someones(read: Read, item: Item) -> None:
    (found,) = read("reply/thanks")
    answer = replace(found, sender="r@home.example", aliases=("r@home.example",), recipient="r@home.example")
    assert matched(correlate(answer, [item()])) == (RITA, Confidence.LIKELY)
    assert matched(correlate(answer, [item(RITA, "bob@reader.example")])) == (None, Confidence.LIKELY)


def test_a_stranger_in_the_thread_who_names_no_message_is_unmatched(read: Read, item: Item) -> None:
    (found,) = read("ordinary/new-mail", in_thread=True, thread_id="t1")
    answer = replace(found, sender="r@home.example", aliases=("r@home.example",), recipient="r@home.example")
    assert correlate(answer, [item()]).doubt == NOTHING_KNOWN


def test_list_mail_counts_only_from_a_recipient_or_the_list_written_to(read: Read, item: Item) -> None:
    (found,) = read("reply/through-a-list")
    assert matched(correlate(found, [item()])) == (RITA, Confidence.CERTAIN)
    assert matched(correlate(found, [item("team@lists.example")])) == ("team@lists.example", Confidence.CERTAIN)
    assert correlate(found, [item("bob@reader.example")]).doubt == NO_RECIPIENT


def test_the_senders_own_second_mail_is_no_answer(read: Read, item: Item) -> None:
    (found,) = read("reply/thanks")
    own = replace(found, sender="sam@sender.example", aliases=("sam@sender.example",), recipient="sam@sender.example")
    assert correlate(own, [item()]).doubt == NO_RECIPIENT


def test_the_same_mail_in_two_accounts_is_matched_to_the_copy_that_went_to_this_person(read: Read, item: Item) -> None:
    (found,) = read("receipt/thunderbird")
    other = item("bob@reader.example", id="other", account="outlook:sam@work.example")
    result = correlate(found, [other, item()])
    assert result.match is not None
    assert result.match.item == "item1"


@pytest.mark.parametrize("name", ["receipt/thunderbird", "reply/thanks", "delivery/postfix-failed", "bounce/qmail"])
def test_correlating_again_with_more_known_gives_what_a_first_time_would_have_given(
    read: Read, item: Item, name: str
) -> None:
    (found,) = read(name)
    early = correlate(found, [])
    assert early.doubt == NEVER_SENT
    assert correlate(early, [item()]) == correlate(found, [item()])


def test_a_receipt_dated_before_mail_was_sent_once_more_is_about_the_first_time(read: Read, item: Item) -> None:
    (found,) = read("receipt/thunderbird")
    again = item(id="again", sent_at=datetime(2026, 3, 5, tzinfo=UTC))
    result = correlate(found, [item(), again])
    assert result.match is not None
    assert (result.match.item, result.doubt) == ("item1", "")


def test_the_exchange_key_counts_where_a_gateway_gave_the_mail_another_id(read: Read, item: Item) -> None:
    (found,) = read("receipt/exchange-online-folded-id")
    result = correlate(found, [item(correlation_key=KEY, message_ids=("before-the-gateway@sender.example",))])
    assert matched(result) == (RITA, Confidence.CERTAIN)


def test_a_receipt_sent_on_behalf_of_the_recipient_is_the_recipients(read: Read, sample: Sample, item: Item) -> None:
    raw = sample("receipt/thunderbird").replace(
        b"To: sam@sender.example", b"Sender: assistant@agency.example\r\nTo: sam@sender.example", 1
    )
    (found,) = read_message(raw)
    assert matched(correlate(found, [item()])) == (RITA, Confidence.CERTAIN)


def test_a_receipt_for_mail_sent_under_an_alias_of_ones_own_is_matched(read: Read, item: Item) -> None:
    (found,) = read("receipt/thunderbird")
    assert matched(correlate(found, [item(sender="sales@sender.example")])) == (RITA, Confidence.CERTAIN)


def test_mail_passed_on_by_the_recipient_and_read_by_another_is_doubted(read: Read, item: Item) -> None:
    (found,) = read("receipt/thunderbird")
    bobs = replace(found, sender="bob@other.example", recipient="bob@other.example", aliases=("bob@other.example",))
    assert correlate(bobs, [item()]).doubt == NO_RECIPIENT


def test_a_subject_alone_leads_to_nothing(read: Read, item: Item) -> None:
    (found,) = read("receipt/placeholder-id")
    stranger = replace(found, sender="bob@other.example", recipient=None, aliases=("bob@other.example",))
    result = correlate(replace(stranger, subject="Read: Report"), [item()])
    assert (result.match, result.doubt) == (None, NOTHING_KNOWN)


def test_a_subject_only_chooses_among_mails_to_the_same_address(read: Read, item: Item) -> None:
    (found,) = read("receipt/placeholder-id")
    later = item(id="later", subject="Lunch", sent_at=datetime(2026, 3, 3, 9, 30, tzinfo=UTC))
    result = correlate(replace(found, subject="Read: Report"), [item(), later])
    assert result.match is not None
    assert (result.match.item, result.match.confidence) == ("item1", Confidence.WEAK)
    assert result.match.reason.endswith("with this subject")


def test_a_receipt_that_names_its_reader_in_exchanges_own_form_is_told_by_its_sender(read: Read, item: Item) -> None:
    (found,) = read("receipt/exchange-display-name-recipient")
    assert matched(correlate(found, [item()])) == (RITA, Confidence.CERTAIN)
