"""Numbers over a ledger whose outcomes are known."""

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from evidence.model import (
    Action,
    Confidence,
    Disposition,
    Evidence,
    Grade,
    HitKind,
    Kind,
    Match,
    Recipient,
    SentItem,
    item_id,
)
from heardback.cli import main
from heardback.commands.stats import times_of
from heardback.stats import picture, rows, terminal
from heardback.stats.outcomes import Outcome, outcomes
from heardback.stats.rates import Waits, rate, waits
from heardback.stats.summary import By, good_hour, grouped, reactions, summary
from heardback.web import plots
from store.ledger import Account
from store.tiny import TinyLedger
from store.tracking import RelayState, Tracked

NOW = datetime(2026, 5, 29, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
ACCOUNT = "gmail:me@sender.example"
HOUR = timedelta(hours=1)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[TinyLedger]:
    opened = TinyLedger(tmp_path / "ledger.db")
    opened.put_account(
        Account(
            id=ACCOUNT,
            provider="gmail",
            address="me@sender.example",
            capabilities={},
            connected_at=NOW - timedelta(days=90),
            granted_at=NOW - timedelta(days=90),
        )
    )
    yield opened
    opened.close()


def sent(ledger: TinyLedger, number: int, to: str, *, asks: bool = True, hour: int = 9) -> SentItem:
    at = datetime(2026, 4, 1, hour, tzinfo=UTC) + timedelta(days=number % 28)
    item = SentItem(
        id=item_id(ACCOUNT, f"m{number}"),
        account=ACCOUNT,
        provider_id=f"m{number}",
        message_ids=(f"{number}@sender.example",),
        thread_id=f"t{number}",
        sent_at=at,
        sender="me@sender.example",
        recipients=(Recipient(address=to),),
        subject=f"Re: Offer {number % 3}",
        asks_receipt=asks,
    )
    ledger.take(ACCOUNT, items=[item])
    return item


def heard(ledger: TinyLedger, item: SentItem, kind: Kind, after: timedelta, program: str = "") -> None:
    to = item.recipients[0].address
    told = {
        Kind.REPLY: (Grade.PROOF, None, None),
        Kind.RECEIPT: (Grade.STRONG, Disposition.DISPLAYED, None),
        Kind.DELIVERY: (Grade.NONE, None, Action.FAILED),
    }
    grade, disposition, action = told[kind]
    fact = Evidence(
        kind=kind,
        grade=grade,
        rule="x",
        why="a mail server reports failure" if action else "x",
        source=f"{kind}-{item.id}",
        at=item.sent_at + after,
        sender=to,
        recipient=to,
        disposition=disposition,
        action=action,
        program=program,
        match=Match(item=item.id, recipient=to, confidence=Confidence.CERTAIN, reason="x"),
    )
    ledger.take(ACCOUNT, evidence=[fact])


def found(ledger: TinyLedger) -> list[Outcome]:
    return list(outcomes(ledger, ledger.items(), now=NOW))


def test_reading_is_counted_over_trackable_mail_and_answers_over_delivered_mail(ledger: TinyLedger) -> None:
    for number in range(10):
        item = sent(ledger, number, f"p{number}@one.example", asks=number < 6)
        if number < 4:
            heard(ledger, item, Kind.RECEIPT, HOUR)
        if number in {3, 8}:
            heard(ledger, item, Kind.REPLY, 3 * HOUR)
        if number == 9:
            heard(ledger, item, Kind.DELIVERY, HOUR)
    numbers = summary(found(ledger), now=NOW)
    assert (numbers.read.count, numbers.read.of) == (4, 6)
    assert (numbers.answered.count, numbers.answered.of) == (2, 9)
    assert (numbers.bounced.count, numbers.bounced.of) == (1, 10)
    assert (numbers.unknowable.count, numbers.unknowable.of) == (2, 10)
    assert (numbers.receipts.count, numbers.receipts.of) == (4, 6)


def test_an_interval_is_the_one_of_wilson() -> None:
    share = rate(3, 10)
    assert (share.share, round(share.low or 0, 4), round(share.high or 0, 4)) == (0.3, 0.1078, 0.6032)


def test_of_four_cases_no_share_is_told() -> None:
    few = rate(3, 4)
    assert (few.share, few.low, few.high) == (None, None, None)
    assert waits([HOUR] * 3, [HOUR]).curve == ()


def test_mail_that_still_waits_makes_times_longer_and_not_shorter() -> None:
    answered = [HOUR * hours for hours in (1, 2, 3, 4)]
    quick, honest = waits([*answered, 5 * HOUR], []), waits(answered, [10 * HOUR] * 4)
    assert quick.within(0.5) == 3 * HOUR
    assert honest.within(0.5) == 4 * HOUR
    assert honest.within(0.75) is None
    assert honest.happened_within(2 * HOUR) == pytest.approx(0.25)


def test_reading_begins_with_the_first_sign_of_it(ledger: TinyLedger) -> None:
    item = sent(ledger, 1, "a@one.example")
    heard(ledger, item, Kind.REPLY, 5 * HOUR)
    heard(ledger, item, Kind.RECEIPT, 2 * HOUR, program="Thunderbird")
    (row,) = found(ledger)
    assert (row.read_at, row.answered_at) == (item.sent_at + 2 * HOUR, item.sent_at + 5 * HOUR)
    assert row.program == "Thunderbird"
    assert row.subject == "Offer 1"


def test_an_image_makes_mail_trackable_and_a_scanner_is_no_reader(ledger: TinyLedger) -> None:
    item = replace(sent(ledger, 1, "a@one.example", asks=False), tag="t1")
    ledger.take(ACCOUNT, items=[item])
    token = Tracked(
        id="token",
        kind=HitKind.PIXEL,
        account=ACCOUNT,
        tag="t1",
        recipients=("a@one.example",),
        made_at=item.sent_at,
        expires_at=NOW + timedelta(days=90),
    )
    ledger.tracking.put([token])
    ledger.tracking.put_relay(RelayState(cursor="c", read_at=NOW))
    for after in (timedelta(minutes=1), 5 * HOUR):
        hit = Evidence(
            kind=Kind.HIT,
            grade=Grade.FAIR,
            rule="browser",
            why="a browser fetched the image",
            source=f"hit-{after}",
            at=item.sent_at + after,
            recipient="a@one.example",
            door=HitKind.PIXEL,
            token="token",
            match=Match(item=item.id, recipient="a@one.example", confidence=Confidence.CERTAIN, reason="x"),
        )
        ledger.take(ACCOUNT, evidence=[hit])
    (row,) = found(ledger)
    assert (row.is_trackable, row.read_at) == (True, item.sent_at + 5 * HOUR)


def test_mail_is_counted_by_what_it_has_in_common(ledger: TinyLedger) -> None:
    for number in range(6):
        item = sent(ledger, number, f"p{number % 2}@{'one' if number % 2 else 'two'}.example", hour=8 + number % 2)
        if number % 2:
            heard(ledger, item, Kind.RECEIPT, HOUR, program="Outlook")
    every = found(ledger)
    counts = {
        by: {name: each.sent for name, each in grouped(every, by, now=NOW, zone=BERLIN).items()}
        for by in (By.DOMAIN, By.HOUR, By.SUBJECT, By.MONTH, By.PROGRAM)
    }
    assert counts == {
        By.DOMAIN: {"one.example": 3, "two.example": 3},
        By.HOUR: {"10:00": 3, "11:00": 3},
        By.SUBJECT: {"Offer 0": 2, "Offer 1": 2, "Offer 2": 2},
        By.MONTH: {"2026-04": 6},
        By.PROGRAM: {"Outlook": 3},
    }
    days = list(grouped(every, By.WEEKDAY, now=NOW, zone=BERLIN))
    assert days == ["Monday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def test_people_react_at_hours_of_the_persons_zone(ledger: TinyLedger) -> None:
    heard(ledger, sent(ledger, 0, "a@one.example"), Kind.REPLY, HOUR)
    counts = reactions(found(ledger), BERLIN)
    assert counts[2][12] == 1  # Wednesday, 10:00 UTC
    assert sum(map(sum, counts)) == 1
    assert terminal.heat_map(counts).splitlines()[3] == f"Wed {' ' * 24}██".ljust(4 + 48)


def test_a_good_hour_is_told_only_where_chance_would_not_make_it(ledger: TinyLedger) -> None:
    for number in range(28):
        item = sent(ledger, number, "a@one.example", hour=7 if number % 2 else 15)
        if number % 2:
            heard(ledger, item, Kind.REPLY, HOUR)
    every = found(ledger)
    best = good_hour(every, now=NOW, zone=BERLIN)
    assert best is not None
    assert (best.begins, best.ends, best.inside.count, best.outside.count) == (9, 12, 14, 0)
    assert good_hour(every[:19], now=NOW, zone=BERLIN) is None


def test_without_a_difference_no_hour_is_good(ledger: TinyLedger) -> None:
    for number in range(28):
        item = sent(ledger, number, "a@one.example", hour=7 if number % 2 else 15)
        if number % 4 < 2:
            heard(ledger, item, Kind.REPLY, HOUR)
    assert good_hour(found(ledger), now=NOW, zone=BERLIN) is None


def test_a_table_holds_no_formula_for_a_spreadsheet(ledger: TinyLedger) -> None:
    row = found_one(ledger)
    table = list(csv.DictReader(StringIO(rows.exported([row], form="csv"))))
    assert table[0]["subject"] == "'=HYPERLINK(1)"
    assert json.loads(rows.exported([row], form="jsonl"))["subject"] == "=HYPERLINK(1)"
    assert json.loads(rows.exported([row], form="json"))[0]["sent_at"] == "2026-04-02T09:00:00+00:00"


@pytest.mark.parametrize(
    ("subject", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("＝1+1", "'＝1+1"),
        ("\t=1", "'\t'=1"),
        ("Invoice;=cmd|' /C calc'!A0", "Invoice;'=cmd|' /C calc'!A0"),
        ('Invoice; "@SUM(1)"', 'Invoice;\' "@SUM(1)"'),
        ("Hi\t+1|2", "Hi\t'+1|2"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("-3", "-3"),
        ("Balance; -3,50; +4 %", "Balance; -3,50; +4 %"),
        ("ann@x.example; bob-1@x.example", "ann@x.example; bob-1@x.example"),
        ("Offer - 20 % = good", "Offer - 20 % = good"),
    ],
)
def test_what_a_spreadsheet_would_compute_is_guarded_and_what_is_plain_is_left(
    ledger: TinyLedger, subject: str, cell: str
) -> None:
    row = replace(found_one(ledger), subject=subject)
    assert next(csv.DictReader(StringIO(rows.exported([row], form="csv"), newline="")))["subject"] == cell


def found_one(ledger: TinyLedger) -> Outcome:
    sent(ledger, 1, "a@one.example")
    return replace(found(ledger)[0], subject="=HYPERLINK(1)")


@pytest.mark.parametrize("form", picture.FORMS)
def test_the_same_numbers_give_the_same_picture(form: str) -> None:
    many = waits([HOUR * each for each in range(1, 9)], [200 * HOUR] * 4)
    few = waits([HOUR], [])
    counts = [[0] * 24 for _ in range(7)]
    counts[0][9] = 3
    drawn = picture.picture(many, few, counts, form=form)
    assert drawn == picture.picture(many, few, counts, form=form)
    assert drawn.startswith(b"<?xml" if form == "svg" else b"\x89PNG")


def test_the_command_says_that_there_is_too_little_to_tell(
    ledger: TinyLedger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heard(ledger, sent(ledger, 1, "a@one.example"), Kind.REPLY, HOUR)
    assert main(["--data", str(tmp_path), "--set", "zone=Europe/Berlin", "stats"]) == 0
    shown = capsys.readouterr().out
    assert "read        too few to tell    1 of 1 trackable" in shown
    assert "Time to answer  too few to tell: it happened in 1 of 1" in shown


def test_a_curve_of_a_few_cases_is_drawn_nowhere() -> None:
    few, many = waits([HOUR] * 3, [200 * HOUR] * 20), waits([HOUR * each for each in range(1, 6)], [200 * HOUR] * 20)
    assert (terminal.curve(few, "waiting", width=80), plots.curve(few)) == ("", None)
    assert terminal.curve(many, "waiting", width=80)
    assert plots.curve(many)
    assert "too few to tell: it happened in 3 of 23" in picture_text(few)


def picture_text(few: Waits) -> str:
    import matplotlib as mpl

    with mpl.rc_context({"svg.fonttype": "none"}):
        return picture.picture(few, few, [[0] * 24 for _ in range(7)], form="svg").decode()


def test_where_all_reacted_at_once_by_a_clock_that_is_slow_there_is_no_curve() -> None:
    at_once = waits([timedelta()] * 6, [])
    assert (terminal.curve(at_once, "waiting", width=80), plots.curve(at_once)) == ("", None)
    assert "it happened in 6 of 6" in picture_text(at_once)


def test_where_all_reacted_nothing_is_to_come() -> None:
    assert times_of(waits([HOUR] * 6, [])) == (
        "a quarter within 1 hour; half within 1 hour; three quarters within 1 hour (it happened in all 6)"
    )


def test_a_file_that_is_there_is_left_alone(
    ledger: TinyLedger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent(ledger, 1, "a@one.example")
    (tmp_path / "mail.csv").write_text("mine")
    assert main(["--data", str(tmp_path), "stats", "--export", str(tmp_path / "mail.csv")]) == 1
    assert "was left alone" in " ".join(capsys.readouterr().err.split())
    assert (tmp_path / "mail.csv").read_text() == "mine"
    assert main(["--data", str(tmp_path), "stats", "--plot", str(tmp_path / "mail.doc")]) == 2
    assert "must end in .svg or .png" in " ".join(capsys.readouterr().err.split())


def test_what_is_newer_than_nothing_is_nothing(
    ledger: TinyLedger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent(ledger, 1, "a@one.example")
    for words in (["stats", "--newer-than", "0d"], ["sent", "--newer-than", "0d", "--json"]):
        assert main(["--data", str(tmp_path), *words]) == 0
    counted, _, listed = capsys.readouterr().out.rstrip().rpartition("\n")
    assert (listed, "there is nothing to count" in counted) == ("[]", True)
