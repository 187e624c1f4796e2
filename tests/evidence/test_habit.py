"""What is remembered of an address, and what it is good for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evidence.correlate import correlate
from evidence.habit import Habit, habit
from evidence.model import Evidence, Ruling, SentItem
from evidence.ruling import ruling

Read = Callable[..., tuple[Evidence, ...]]
Item = Callable[..., SentItem]

NOW = datetime(2026, 3, 20, tzinfo=UTC)
RITA = "rita@reader.example"


@pytest.fixture
def after(read: Read, item: Item) -> Callable[..., Habit]:
    """The habit of an address after mail that asked for receipts, each answered by a sample, or by nothing."""

    def told(*names: str, asks_receipt: bool = True) -> Habit:
        return habit(RITA, *happened(*names, asks_receipt=asks_receipt), now=NOW)

    def happened(*names: str, asks_receipt: bool) -> tuple[list[SentItem], list[Evidence]]:
        items, facts = [], []
        for number, name in enumerate(names):
            sent = item(id=f"item{number}", asks_receipt=asks_receipt)
            items.append(sent)
            came = read(name) if name else ()
            facts += [correlate(replace(each, source=f"m{number}"), [sent]) for each in came]
        return items, facts

    return told


RECEIPT, DENIED, BOUNCE = "receipt/thunderbird", "receipt/denied", "delivery/postfix-failed"
ANSWER, AWAY = "reply/thanks", "auto-reply/zimbra"


@pytest.mark.parametrize(
    ("came", "is_silent", "sentence", "advice"),
    [
        ([RECEIPT, ""], False, "returned a receipt for 1 of 2 requests", "one came before"),
        ([ANSWER, "", "", "", ""], True, "has never returned a receipt in 5 requests", "ask a question"),
        (["", "", ""], False, "has never returned a receipt in 3 requests", "try another way"),
        ([ANSWER, ""], False, "has never returned a receipt in 2 requests", "ask for a receipt and see"),
        ([DENIED, "", ""], True, "refused a receipt once and never returned one", "do not ask for a receipt"),
        ([DENIED, DENIED, ANSWER], True, "refused a receipt 2 times", "ask a question"),
        ([DENIED, RECEIPT, ANSWER], False, "returned a receipt for 1 of 3 requests", "one came before"),
        ([BOUNCE, BOUNCE], False, "none of 2 mails to this address could be delivered", "find another address"),
        ([AWAY], False, "has never returned a receipt in 1 request", "ask for a receipt and see"),
        ([], False, "nothing is known yet", "ask for a receipt and see"),
    ],
)
def test_an_address_is_known_by_what_it_did(
    after: Callable[..., Habit], came: list[str], is_silent: bool, sentence: str, advice: str
) -> None:
    told = after(*came)
    assert told.is_silent == is_silent
    assert sentence in told.sentence
    assert advice in told.advice


def test_answers_without_requests_are_told_as_such(after: Callable[..., Habit]) -> None:
    told = after(ANSWER, ANSWER, "", asks_receipt=False)
    assert told.sentence == "this address answered 2 of 3 mails; it was never asked for a receipt"
    assert not told.is_silent


def test_requests_too_young_or_too_old_are_not_counted(item: Item) -> None:
    young = item(id="young", sent_at=NOW - timedelta(days=6))
    old = item(id="old", sent_at=NOW - timedelta(days=366))
    assert habit(RITA, [young, old], [], now=NOW) == Habit(
        address=RITA, sent=1, asked=0, waiting=1, receipts=0, refused=0, answered=0, automatic=0, bounced=0
    )


def test_what_is_doubted_or_set_aside_makes_no_habit(read: Read, item: Item) -> None:
    receipt = correlate(read(RECEIPT)[0], [item()])
    doubted = replace(receipt, doubt="forged")
    assert habit(RITA, [item()], [doubted], now=NOW).receipts == 0
    assert habit(RITA, [item()], [receipt, ruling(receipt, Ruling.MINE, at=NOW)], now=NOW).receipts == 0


def test_the_same_fact_twice_and_in_any_order_is_one(read: Read, item: Item) -> None:
    receipt, answer = (correlate(read(name)[0], [item()]) for name in (RECEIPT, ANSWER))
    assert habit(RITA, [item()], [receipt, answer], now=NOW) == habit(
        RITA, [item(), item()], [answer, receipt, receipt, answer], now=NOW
    )
