"""Folding: what the evidence about one item adds up to."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from evidence.correlate import correlate
from evidence.model import Confidence, Evidence, Grade, Recipient, RecipientVerdict, Ruling, SentItem, Verdict
from evidence.ruling import ruling
from evidence.verdict import fold, shows_reading
from heardback.text import local

Read = Callable[..., tuple[Evidence, ...]]
Item = Callable[..., SentItem]

NOW = datetime(2026, 3, 4, tzinfo=UTC)
RITA = "rita@reader.example"
BOB = "bob@reader.example"

Judge = Callable[..., RecipientVerdict]


@pytest.fixture
def judge(read: Read, item: Item) -> Judge:
    """The verdict of the only recipient after the named samples came back."""

    def verdict(
        *names: str, now: datetime = NOW, silent: Mapping[str, str] = MappingProxyType({}), **changes: Any
    ) -> RecipientVerdict:
        sent = item(**changes)
        back = [correlate(each, [sent]) for name in names for each in read(name)]
        return fold(sent, back, now=now, silent=silent).headline

    return verdict


@pytest.mark.parametrize(
    ("names", "verdict", "grade"),
    [
        ((), Verdict.UNREAD, Grade.NONE),
        (("receipt/thunderbird",), Verdict.READ, Grade.STRONG),
        (("receipt/tnef-exchange-class",), Verdict.READ, Grade.STRONG),
        (("receipt/exchange-not-read",), Verdict.DELETED_UNREAD, Grade.NONE),
        (("receipt/denied",), Verdict.DECLINED, Grade.NONE),
        (("receipt/dispatched",), Verdict.UNREAD, Grade.NONE),
        (("receipt/quota-rejection",), Verdict.NOT_DELIVERED, Grade.NONE),
        (("receipt/failed-authentication",), Verdict.UNREAD, Grade.NONE),
        (("receipt/free-text",), Verdict.UNREAD, Grade.NONE),
        (("receipt/no-disposition",), Verdict.UNREAD, Grade.NONE),
        (("delivery/postfix-failed",), Verdict.NOT_DELIVERED, Grade.NONE),
        (("delivery/non-standard-action",), Verdict.UNREAD, Grade.NONE),
        (("delivery/action-missing",), Verdict.DELAYED, Grade.NONE),
        (("bounce/qmail",), Verdict.NOT_DELIVERED, Grade.NONE),
        (("auto-reply/sieve-vacation",), Verdict.AWAY, Grade.NONE),
        (("auto-reply/challenge",), Verdict.UNREAD, Grade.NONE),
        (("reply/thanks",), Verdict.ANSWERED, Grade.PROOF),
        (("reply/asks-to-stop",), Verdict.DECLINED, Grade.PROOF),
        (("reply/thanks", "receipt/exchange-not-read"), Verdict.ANSWERED, Grade.PROOF),
        (("receipt/thunderbird", "receipt/exchange-not-read"), Verdict.READ, Grade.STRONG),
        (("receipt/thunderbird", "delivery/postfix-failed"), Verdict.READ, Grade.STRONG),
        (("reply/thanks", "delivery/postfix-failed"), Verdict.ANSWERED, Grade.PROOF),
        (("auto-reply/sieve-vacation", "delivery/postfix-failed"), Verdict.NOT_DELIVERED, Grade.NONE),
        (("auto-reply/sieve-vacation", "reply/thanks"), Verdict.ANSWERED, Grade.PROOF),
        (("delivery/action-missing", "delivery/non-standard-action"), Verdict.UNREAD, Grade.NONE),
    ],
)
def test_the_most_settled_evidence_decides(
    judge: Judge, names: tuple[str, ...], verdict: Verdict, grade: Grade
) -> None:
    told = judge(*names)
    assert (told.verdict, told.grade) == (verdict, grade)


def test_the_sentence_says_who_reported_what_and_how_it_is_known(judge: Judge) -> None:
    told = judge("receipt/thunderbird")
    assert told.why == (
        "the recipient's mail program reported on 3 Mar 10:12 UTC that the message was displayed; "
        "the receipt names your message by its id"
    )
    assert told.since == datetime(2026, 3, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (("reply/thanks",), "a person answered on 3 Mar 10:12 UTC"),
        (("reply/asks-to-stop",), "asked for no more mail"),
        (("delivery/postfix-failed",), "there is no such user"),
        (("delivery/action-missing",), "still being tried"),
        (("auto-reply/sieve-vacation",), "away until 9 Mar 2026"),
        (("receipt/denied",), "refused"),
        (("delivery/non-standard-action",), "put into the mailbox"),
        ((), "a receipt was asked for and nothing has come back"),
    ],
)
def test_every_verdict_explains_itself(judge: Judge, names: tuple[str, ...], says: str) -> None:
    assert says in judge(*names).why


def test_silence_is_unread_only_where_something_would_have_told(judge: Judge) -> None:
    assert judge().verdict is Verdict.UNREAD
    assert judge(asks_receipt=False).verdict is Verdict.UNKNOWABLE
    assert judge(silent={RITA: "this address has never returned a receipt in 5 requests"}).verdict is Verdict.UNKNOWABLE
    assert judge("delivery/non-standard-action", asks_receipt=False).verdict is Verdict.UNKNOWABLE


def test_an_absence_counts_until_its_date(judge: Judge) -> None:
    absent = judge("auto-reply/sieve-vacation", now=datetime(2026, 3, 9, 23, tzinfo=UTC))
    assert (absent.verdict, absent.until) == (Verdict.AWAY, date(2026, 3, 9))
    back = judge("auto-reply/sieve-vacation", now=datetime(2026, 3, 10, tzinfo=UTC))
    assert (back.verdict, back.until) == (Verdict.UNREAD, None)


def test_an_absence_without_a_date_does_not_last_for_ever(judge: Judge) -> None:
    assert judge("auto-reply/gmail-vacation").verdict is Verdict.AWAY
    assert judge("auto-reply/gmail-vacation", now=NOW + timedelta(days=14)).verdict is Verdict.UNREAD


def test_a_delay_is_over_when_the_server_must_have_given_up(judge: Judge) -> None:
    assert judge("delivery/action-missing", now=NOW + timedelta(days=9)).verdict is Verdict.UNREAD


def test_a_delay_that_is_over_is_told_as_one_that_was_and_what_came_after_it_as_later(read: Read, item: Item) -> None:
    (late,), (came,) = read("delivery/action-missing"), read("delivery/non-standard-action")
    late, came = replace(late, at=NOW - timedelta(hours=5)), replace(came, at=NOW - timedelta(hours=1))
    back = [correlate(each, [item()]) for each in (late, came)]
    told = fold(item(), back, now=NOW).headline.why
    _, delayed, delivered = told.split("; ")
    assert (delayed[:28], "that delivery was delayed" in delayed) == ("a mail server reported on 3 ", True), told
    assert delivered.startswith("then a mail server reports that the message was put into the mailbox"), told
    assert "still being tried" not in told


def test_which_of_the_two_was_declined_stands_first(judge: Judge) -> None:
    assert judge("reply/asks-to-stop").why.startswith("a person asked for no more mail, in an answer on 3 Mar")
    assert judge("receipt/denied").why.startswith("a receipt was refused on 3 Mar")


def test_a_weak_match_never_makes_a_mail_read(read: Read, item: Item) -> None:
    (found,) = read("receipt/placeholder-id")
    result = correlate(found, [item()])
    assert result.match is not None
    assert result.match.confidence is Confidence.WEAK
    assert fold(item(), [result], now=NOW).headline.verdict is Verdict.UNREAD


def test_each_recipient_has_a_verdict_and_the_most_silent_one_is_the_headline(read: Read, item: Item) -> None:
    sent = item(RITA, BOB)
    told = fold(sent, [correlate(read("receipt/thunderbird")[0], [sent])], now=NOW)
    assert [(each.recipient.address, each.verdict) for each in told.recipients] == [
        (RITA, Verdict.READ),
        (BOB, Verdict.UNREAD),
    ]
    assert told.headline.recipient.address == BOB


def test_someones_answer_is_mentioned_but_settles_no_named_recipient(read: Read, item: Item) -> None:
    sent = item(RITA, BOB)
    (found,) = read("reply/thanks")
    far = replace(found, sender="r@home.example", aliases=("r@home.example",), recipient="r@home.example")
    assert fold(sent, [correlate(far, [sent])], now=NOW).someone is None, "it may be a machine's"
    colleague = f"desk@{RITA.rpartition('@')[2]}"
    answer = replace(found, sender=colleague, aliases=(colleague,), recipient=colleague)
    told = fold(sent, [correlate(answer, [sent])], now=NOW)
    assert {each.verdict for each in told.recipients} == {Verdict.UNREAD}
    assert all("it cannot be told which: a person answered" in each.why for each in told.recipients)
    assert told.someone
    assert (told.someone.verdict, told.someone.why.partition(" on ")[0]) == (
        Verdict.ANSWERED,
        "one of the recipients, it cannot be told which: a person answered",
    )


def test_evidence_about_another_item_changes_nothing(read: Read, item: Item) -> None:
    other = item(id="other")
    back = [correlate(read("receipt/thunderbird")[0], [other])]
    assert fold(item(), back, now=NOW) == fold(item(), [], now=NOW)


def test_reading_is_shown_by_answers_and_receipts_only() -> None:
    assert {each for each in Verdict if shows_reading(each)} == {
        Verdict.ANSWERED,
        Verdict.READ,
        Verdict.PROBABLY_READ,
    }


def test_who_answers_an_invitation_has_probably_read_it(judge: Judge) -> None:
    told = judge("invitation-answer/outlook-accepted")
    assert (told.verdict, told.grade) == (Verdict.PROBABLY_READ, Grade.FAIR)
    assert told.why == (
        "the recipient accepted the invitation on 3 Mar 10:12 UTC, which some let their calendar or an assistant do; "
        "the answer to your invitation refers to your message"
    )


def test_a_room_that_accepts_has_read_nothing(judge: Judge) -> None:
    assert judge("invitation-answer/room", recipients=(Recipient(address="room4@reader.example"),)).verdict is (
        Verdict.UNREAD
    )


def test_what_a_person_sets_aside_does_not_count_and_is_mentioned(read: Read, item: Item) -> None:
    receipt = correlate(read("receipt/thunderbird")[0], [item()])
    mine = ruling(receipt, Ruling.MINE, at=NOW)
    told = fold(item(), [mine, receipt], now=NOW).headline
    assert told.verdict is Verdict.UNREAD
    assert 'set aside by you, "this was me": the recipient\'s mail program reports' in told.why


def test_a_decision_is_taken_back_by_a_later_one_and_taken_again(read: Read, item: Item) -> None:
    receipt = correlate(read("receipt/thunderbird")[0], [item()])
    said = [Ruling.UNRELATED, Ruling.COUNTS, Ruling.MINE]
    decisions = [ruling(receipt, each, at=NOW + timedelta(hours=hours)) for hours, each in enumerate(said)]
    verdicts = [
        fold(item(), [*reversed(decisions[:count]), receipt], now=NOW).headline.verdict for count in (0, 1, 2, 3)
    ]
    assert verdicts == [Verdict.READ, Verdict.UNREAD, Verdict.READ, Verdict.UNREAD]


def test_what_came_and_does_not_count_is_not_passed_over_in_silence(read: Read, item: Item) -> None:
    forged = correlate(read("receipt/failed-authentication")[0], [item()])
    assert forged.doubt
    (told,) = fold(item(), [forged], now=NOW).recipients
    assert told.verdict is Verdict.UNREAD
    assert told.why == (
        "a receipt was asked for and nothing that counts has come back; "
        f"the receipt that came does not count: {forged.doubt}"
    )


def test_only_evidence_about_a_sent_item_can_be_decided_about(read: Read, item: Item) -> None:
    (loose,) = read("receipt/thunderbird")
    with pytest.raises(ValueError, match="no evidence about a sent item"):
        ruling(loose, Ruling.MINE, at=NOW)
    decision = ruling(correlate(loose, [item()]), Ruling.MINE, at=NOW)
    with pytest.raises(ValueError, match="no evidence about a sent item"):
        ruling(decision, Ruling.MINE, at=NOW)


def test_matching_a_decision_again_changes_nothing(read: Read, item: Item) -> None:
    decision = ruling(correlate(read("receipt/thunderbird")[0], [item()]), Ruling.MINE, at=NOW)
    assert correlate(decision, []) == decision


TEAM = "team@reader.example"


def by_member(read: Read, sent: SentItem) -> Evidence:
    (found,) = read("receipt/thunderbird")
    cleo = "cleo@elsewhere.example"
    return correlate(replace(found, sender=cleo, recipient=cleo, aliases=(cleo,)), [sent])


def test_a_receipt_from_somebody_on_a_list_counts_once_the_list_is_known_for_one(read: Read, item: Item) -> None:
    sent = item(TEAM)
    receipt = by_member(read, sent)
    (expanded,) = (correlate(each, [sent]) for each in read("delivery/expanded"))
    assert fold(sent, [receipt], now=NOW).headline.verdict is Verdict.UNREAD
    for order in ([receipt, expanded], [expanded, receipt]):
        told = fold(sent, order, now=NOW).headline
        assert told.verdict is Verdict.READ
        assert told.why.endswith("cleo@elsewhere.example is taken for somebody on the list team@reader.example")


def test_a_list_makes_no_other_doubt_good(read: Read, item: Item) -> None:
    sent = item(TEAM)
    forged = replace(by_member(read, sent), doubt="the mail failed the provider's check")
    (expanded,) = (correlate(each, [sent]) for each in read("delivery/expanded"))
    assert fold(sent, [forged, expanded], now=NOW).headline.verdict is Verdict.UNREAD


def test_what_a_member_of_a_list_reported_can_be_set_aside_too(read: Read, item: Item) -> None:
    sent = item(TEAM)
    receipt = by_member(read, sent)
    (expanded,) = (correlate(each, [sent]) for each in read("delivery/expanded"))
    decision = ruling(receipt, Ruling.MINE, at=NOW)
    assert fold(sent, [receipt, expanded, decision], now=NOW).headline.verdict is Verdict.UNREAD


def test_weak_matches_settle_nothing_a_person_would_have_to_have_done(read: Read, item: Item) -> None:
    for name in ("receipt/thunderbird", "receipt/denied", "receipt/exchange-not-read"):
        weak = replace(read(name)[0], original_message_id=None, references=(), correlation_key=None)
        matched = correlate(weak, [item()])
        assert matched.match is not None
        assert matched.match.confidence is Confidence.WEAK
        assert fold(item(), [matched], now=NOW).headline.verdict is Verdict.UNREAD


@pytest.mark.parametrize("month", range(1, 13))
def test_the_faces_can_put_the_time_of_every_month_into_the_persons_zone(read: Read, item: Item, month: int) -> None:
    came = datetime(2026, month, 14, 10, 12, tzinfo=UTC)
    sent = item(sent_at=came - timedelta(hours=1))
    receipt = correlate(replace(read("receipt/thunderbird")[0], at=came), [sent])
    why = fold(sent, [receipt], now=came).headline.why
    told = local(why, ZoneInfo("Asia/Tokyo"), came)
    assert f"{came.astimezone(ZoneInfo('Asia/Tokyo')):%Y-%m-%d %H:%M}" in told
