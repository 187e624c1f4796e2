"""What holds for every message and every order of evidence."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.correlate import NEVER_SENT, correlate
from evidence.model import Evidence, Ruling, SentItem, Verdict
from evidence.read import UnreadableMessage, read_message
from evidence.ruling import ruling
from evidence.verdict import fold

Read = Callable[..., tuple[Evidence, ...]]
Item = Callable[..., SentItem]

NOW = datetime(2026, 3, 4, tzinfo=UTC)
SAMPLES = tuple(each.read_bytes() for each in sorted((Path(__file__).parents[1] / "data").glob("*/*.eml")))
EVERYTHING = (
    "receipt/thunderbird",
    "receipt/exchange-not-read",
    "receipt/denied",
    "delivery/postfix-failed",
    "delivery/action-missing",
    "delivery/non-standard-action",
    "auto-reply/sieve-vacation",
    "auto-reply/gmail-vacation",
    "invitation-answer/outlook-accepted",
    "reply/thanks",
    "reply/asks-to-stop",
)
MONOTONE = tuple(each for each in EVERYTHING if each not in {"delivery/non-standard-action", "reply/asks-to-stop"})


def survives(raw: bytes) -> None:
    with suppress(UnreadableMessage):
        read_message(raw, in_thread=True)


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    survives(raw)


@given(st.text(alphabet='ab<>@;:="-/.\n\t ()[]{}\\_?%0159\u00e9', max_size=400), st.sampled_from(SAMPLES))
def test_any_header_is_survived(text: str, sample: bytes) -> None:
    for name in (b"From", b"Date", b"Content-Type", b"References", b"Subject", b"X-Apple-Criteria"):
        survives(name + b": " + text.encode() + b"\n" + sample)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(SAMPLES))
def test_any_damage_to_a_report_is_survived(data: st.DataObject, sample: bytes) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, max(len(damaged) - 1, 0)))
        cut = data.draw(st.integers(0, 60))
        damaged[at : at + cut] = data.draw(st.binary(max_size=20))
    survives(bytes(damaged))


@given(data=st.data())
def test_order_and_repeats_of_evidence_change_nothing(data: st.DataObject, read: Read, item: Item) -> None:
    sent = item()
    known = [correlate(each, [sent]) for name in EVERYTHING for each in read(name)]
    moved = [replace(each, at=each.at and each.at + timedelta(hours=step)) for step, each in enumerate(known)]
    chosen = data.draw(st.lists(st.sampled_from(moved), max_size=8))
    told = fold(sent, chosen, now=NOW)
    assert fold(sent, data.draw(st.permutations(chosen)), now=NOW) == told
    assert fold(sent, [*chosen, *chosen], now=NOW) == told


@given(data=st.data())
def test_more_evidence_never_makes_a_verdict_less_settled(data: st.DataObject, read: Read, item: Item) -> None:
    """But that a delayed mail arrived after all takes `delayed` back, and asking to stop goes before everything."""
    sent, order = item(), list(Verdict)
    known = [correlate(each, [sent]) for name in MONOTONE for each in read(name)]
    chosen = data.draw(st.lists(st.sampled_from(known), max_size=8))
    told = [fold(sent, chosen[:count], now=NOW).headline.verdict for count in range(len(chosen) + 1)]
    places = [order.index(each) for each in told]
    assert places == sorted(places, reverse=True)


@given(data=st.data())
def test_decisions_in_any_order_leave_the_last_one_in_force(data: st.DataObject, read: Read, item: Item) -> None:
    sent = item()
    receipt = correlate(read("receipt/thunderbird")[0], [sent])
    said = data.draw(st.lists(st.sampled_from([Ruling.MINE, Ruling.UNRELATED, Ruling.COUNTS]), max_size=5))
    decisions = [ruling(receipt, each, at=NOW + timedelta(minutes=number)) for number, each in enumerate(said)]
    told = fold(sent, data.draw(st.permutations([receipt, *decisions, *decisions])), now=NOW).headline.verdict
    assert told is (Verdict.READ if not said or said[-1] is Ruling.COUNTS else Verdict.UNREAD)


def test_nothing_late_undoes_an_answer(read: Read, item: Item) -> None:
    sent = item()
    known = [correlate(each, [sent]) for name in EVERYTHING[:-1] for each in read(name)]
    for order in permutations(known[:4]):
        assert fold(sent, [*order, known[-1]], now=NOW).headline.verdict is Verdict.ANSWERED


@given(st.from_regex(r"[a-z0-9]{1,20}@[a-z]{1,10}\.example", fullmatch=True))
def test_a_receipt_for_a_never_sent_id_changes_nothing(read: Read, item: Item, never: str) -> None:
    sent = item()
    (found,) = read("receipt/thunderbird")
    stray = correlate(replace(found, original_message_id=never, references=()), [sent])
    assert (stray.match, stray.doubt) == (None, NEVER_SENT)
    assert fold(sent, [stray], now=NOW) == fold(sent, [], now=NOW)


@settings(max_examples=300)
@given(st.data(), st.sampled_from([each for each in SAMPLES if b"pkcs7-mime" in each]))
def test_any_damage_inside_signed_data_is_survived(data: st.DataObject, signed: bytes) -> None:
    head, _, body = signed.partition(b"\n\n")
    inside = bytearray(b64decode(body))
    for _ in range(data.draw(st.integers(1, 6))):
        inside[data.draw(st.integers(0, len(inside) - 1))] = data.draw(st.integers(0, 255))
    survives(head + b"\n\n" + b64encode(bytes(inside[: data.draw(st.integers(0, len(inside)))])))
