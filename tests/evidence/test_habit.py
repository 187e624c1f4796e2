"""What is remembered of an address, and what it is good for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from evidence.correlate import correlate
from evidence.habit import Habit, Refusal, habit
from evidence.hits import RULE_OF
from evidence.model import Confidence, Evidence, HitKind, Kind, Match, Ruling, SentItem
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
        ([RECEIPT, ""], False, "this address returned a receipt for 1 of 2 requests", "one came before"),
        ([ANSWER, "", "", "", ""], True, "has never returned a receipt in 5 requests", "ask a question"),
        (["", "", ""], False, "has never returned a receipt in 3 requests", "try another way"),
        (
            [ANSWER, ""],
            False,
            "this address answered 1 of 2 mails and has never returned a receipt in 2 requests",
            "ask for a receipt and see",
        ),
        ([DENIED, "", ""], True, "refused a receipt once and never returned one", "do not ask for a receipt"),
        ([DENIED, DENIED, ANSWER], True, "answered 1 of 3 mails and refused a receipt", "ask a question"),
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


@pytest.mark.parametrize(
    ("refusal", "advice"),
    [
        (Refusal.TRACKING, "do not ask for a receipt: this one opted out of being tracked"),
        (
            Refusal.PERHAPS,
            "do not ask for a receipt: one of several who got the same mail opted out of being tracked, "
            "perhaps this one",
        ),
        (Refusal.MAIL, "do not write again: this one asked for no more mail"),
    ],
)
@pytest.mark.parametrize("came", [[], [RECEIPT, ""], [DENIED], [BOUNCE], [ANSWER, "", "", "", ""]])
def test_what_a_reader_chose_goes_before_what_they_did(
    after: Callable[..., Habit], came: list[str], refusal: Refusal, advice: str
) -> None:
    assert replace(after(*came), refusal=refusal).advice == advice


def test_who_refused_receipts_is_not_to_be_sent_images_instead(read: Read, item: Item) -> None:
    items = [item(id=f"item{number}") for number in range(3)]
    refused = [correlate(each, items[:1]) for each in read(DENIED)]
    told = habit(RITA, items, [*refused, fetched(items[0], "browser")], now=NOW, imaged=frozenset({"item0"}))
    assert told.advice == "do not ask for a receipt: it will not come"


def test_answers_without_requests_are_told_as_such(after: Callable[..., Habit]) -> None:
    told = after(ANSWER, ANSWER, "", asks_receipt=False)
    assert told.sentence == "this address answered 2 of 3 mails and was never asked for a receipt"
    assert not told.is_silent


def test_who_only_fetched_images_is_not_said_to_be_unknown(item: Item) -> None:
    sent = item(asks_receipt=False)
    told = habit(RITA, [sent], [fetched(sent, "browser")], now=NOW, imaged=frozenset({sent.id}))
    assert told.story == (
        "this address was never asked for a receipt; images were fetched in 1 of 1 mail; ask for a receipt and see"
    )


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


def fetched(sent: SentItem, rule: str, *, after: timedelta = timedelta(hours=3)) -> Evidence:
    """Something fetched the image of a mail."""
    return Evidence(
        kind=Kind.HIT,
        grade=RULE_OF[rule].grade,
        rule=rule,
        why=RULE_OF[rule].why,
        source=f"{sent.id} {rule}",
        at=sent.sent_at + after,
        door=HitKind.PIXEL,
        match=Match(
            item=sent.id, recipient=RITA, confidence=Confidence.CERTAIN, reason="its token stands in this mail"
        ),
    )


@pytest.mark.parametrize(
    ("rules", "hides", "sentence"),
    [
        (["browser", "", ""], False, "images were fetched in 1 of 3 mails"),
        (["gmail-proxy", "apple-prefetch", ""], False, "images were fetched in 1 of 3 mails"),
        (["apple-prefetch"] * 3, True, "this address only ever loads images ahead of time, by a machine, in 3 mails"),
        (["apple-prefetch"] * 2, False, "this address only ever loads images ahead of time, by a machine, in 2 mails"),
        # mail that nobody reads looks the same
        (["", "", ""], False, "this address fetched no image in 3 mails"),
        (["gateway", "", ""], False, "this address fetched no image in 3 mails"),
        ([], False, ""),
    ],
)
def test_an_address_is_known_by_how_it_treats_images(item: Item, rules: list[str], hides: bool, sentence: str) -> None:
    items = [item(id=f"item{number}", asks_receipt=False) for number in range(len(rules))]
    hits = [fetched(sent, rule) for sent, rule in zip(items, rules, strict=True) if rule]
    told = habit(RITA, items, hits, now=NOW, imaged=frozenset(each.id for each in items))
    assert (told.hides_images, told.image_sentence) == (hides, sentence)


def test_who_answers_without_ever_fetching_an_image_shows_nothing_by_images(read: Read, item: Item) -> None:
    items = [item(id=f"item{number}", asks_receipt=False) for number in range(3)]
    facts = [correlate(each, items[:1]) for each in read(ANSWER)]
    assert habit(RITA, items, facts, now=NOW, imaged=frozenset(each.id for each in items)).hides_images


def test_images_fetched_at_delivery_or_too_young_are_not_counted(item: Item) -> None:
    old, young = item(id="old"), item(id="young", sent_at=NOW - timedelta(days=6))
    told = habit(
        RITA,
        [old, young],
        [fetched(old, "browser", after=timedelta(minutes=1))],
        now=NOW,
        imaged=frozenset({"old", "young"}),
    )
    assert (told.imaged, told.loaded) == (1, 0)


def test_who_returns_no_receipts_but_fetches_images_is_to_be_sent_one(item: Item) -> None:
    items = [item(id=f"item{number}") for number in range(3)]
    told = habit(RITA, items, [fetched(items[0], "browser")], now=NOW, imaged=frozenset({"item0"}))
    assert told.advice == "put an image in: it fetches images, but returns no receipts"
    assert told.story == f"{told.sentence}; images were fetched in 1 of 1 mail; {told.advice}"
