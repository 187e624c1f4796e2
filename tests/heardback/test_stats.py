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
from heardback.stats import picture, rows, terminal
from heardback.stats.hours import good_hours
from heardback.stats.outcomes import Outcome, outcomes
from heardback.stats.rates import Case, waits
from heardback.stats.summary import By, grouped, summary
from heardback.stats.week import Week, week
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


def sent(
    ledger: TinyLedger, number: int, *to: str, asks: bool = True, hour: int = 9, day: int = 0, subject: str = ""
) -> SentItem:
    at = datetime(2026, 4, 1, hour, tzinfo=UTC) + timedelta(days=day or number % 28, minutes=number)
    item = SentItem(
        id=item_id(ACCOUNT, f"m{number}"),
        account=ACCOUNT,
        provider_id=f"m{number}",
        message_ids=(f"{number}@sender.example",),
        thread_id=f"t{number}",
        sent_at=at,
        sender="me@sender.example",
        recipients=tuple(Recipient(address=each) for each in to),
        subject=subject or f"Re: Offer {number % 3}",
        asks_receipt=asks,
    )
    ledger.take(ACCOUNT, items=[item])
    return item


def heard(ledger: TinyLedger, item: SentItem, kind: Kind, after: timedelta, program: str = "", *, to: str = "") -> None:
    to = to or item.recipients[0].address
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
        source=f"{kind}-{item.id}-{to}",
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


def test_reading_begins_with_the_first_sign_of_it(ledger: TinyLedger) -> None:
    item = sent(ledger, 1, "a@one.example")
    heard(ledger, item, Kind.REPLY, 5 * HOUR)
    heard(ledger, item, Kind.RECEIPT, 2 * HOUR, program="Thunderbird")
    (row,) = found(ledger)
    assert (row.read_at, row.answered_at) == (item.sent_at + 2 * HOUR, item.sent_at + 5 * HOUR)
    assert row.program == "Thunderbird"
    assert row.subject == "Re: Offer 1"


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
        by: {name: each.mails for name, each in grouped(every, by, now=NOW, zone=BERLIN).items()}
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


def test_subjects_are_one_group_but_for_the_marks_of_answers_and_forwards(ledger: TinyLedger) -> None:
    subjects = [
        "12:30 lunch",
        "13:30 lunch",
        "Bug: login fails",
        "HR: contract",
        "Re: HR: contract",
        "AW: Re[2]: HR: contract",
    ]
    for number, subject in enumerate(subjects):
        sent(ledger, number, "a@one.example", subject=subject)
    every = found(ledger)
    counts = {name: each.mails for name, each in grouped(every, By.SUBJECT, now=NOW, zone=BERLIN).items()}
    assert counts == {"HR: contract": 3, "12:30 lunch": 1, "13:30 lunch": 1, "Bug: login fails": 1}
    told = [json.loads(line)["subject"] for line in rows.exported(every, form="jsonl").splitlines()]
    assert sorted(told) == sorted(subjects), "an export holds the subject as it was sent"


def test_a_server_that_rejects_in_the_form_of_a_receipt_is_no_program_of_a_reader(ledger: TinyLedger) -> None:
    item = sent(ledger, 1, "a@one.example")
    heard(ledger, item, Kind.RECEIPT, HOUR, program="Dovecot Mail Delivery Agent")
    (fact,) = ledger.evidence(item.id)
    rejected = replace(fact, source="rejected", disposition=Disposition.DELETED, action=Action.FAILED)
    other = sent(ledger, 2, "b@one.example")
    match = Match(item=other.id, recipient="b@one.example", confidence=Confidence.CERTAIN, reason="x")
    ledger.take(ACCOUNT, evidence=[replace(rejected, sender="b@one.example", recipient="b@one.example", match=match)])
    assert {row.address: row.program for row in found(ledger)} == {
        "a@one.example": "Dovecot Mail Delivery Agent",
        "b@one.example": "",
    }


def test_people_react_at_hours_of_the_persons_zone(ledger: TinyLedger) -> None:
    for number in range(0, 140, 7):
        heard(ledger, sent(ledger, number, "a@one.example", day=7 * (number % 4 + 1)), Kind.REPLY, HOUR)
    seen = week(found(ledger), BERLIN)
    assert (seen.counts[2][12], sum(map(sum, seen.counts))) == (9, 20)  # Wednesday, from 10:00 UTC on
    assert terminal.heat_map(seen).splitlines()[3].startswith(f"Wed {' ' * 24}██")
    assert plots.heat_map(seen)


def test_a_week_of_which_little_is_known_is_not_drawn_and_nothing_is_claimed_by_it(ledger: TinyLedger) -> None:
    item = sent(ledger, 0, *(f"p{number}@one.example" for number in range(30)))
    for number in range(30):
        heard(ledger, item, Kind.REPLY, HOUR, to=f"p{number}@one.example")
    seen = week(found(ledger), BERLIN)
    assert (terminal.heat_map(seen), plots.heat_map(seen)) == ("", ())
    assert seen.sentence == "too few to tell: 1 of the 20 mails it takes were read or answered so far"


def test_an_hour_stands_out_only_where_it_does() -> None:
    even = [[1] * 24 for _ in range(7)]
    assert as_week(even).sentence == "no hour stands out among 168 mails read or answered"
    even[3][12] = 9
    assert as_week(even).sentence == "most often Thu 12:00-13:00: 9 of 176 mails read or answered"
    even[4][12] = 9
    assert as_week(even).sentence == "no hour stands out among 184 mails read or answered"


def as_week(counts: list[list[int]]) -> Week:
    return Week(counts=tuple(map(tuple, counts)), mails=sum(map(sum, counts)))


def written(ledger: TinyLedger, to: str, *, first: int = 0, days: bool = True) -> None:
    """28 mails, in turn at 9 and at 17 in Berlin; those of the morning are answered."""
    for number in range(28):
        item = sent(ledger, first + number, to, hour=7 if number % 2 else 15, day=0 if days else 1 + number % 2)
        if number % 2:
            heard(ledger, item, Kind.REPLY, HOUR)


def test_a_good_hour_is_told_only_where_chance_would_not_make_it(ledger: TinyLedger) -> None:
    written(ledger, "a@one.example")
    every = found(ledger)
    best = good_hours(every, now=NOW, zone=BERLIN)["a@one.example"]
    assert (best.begins, best.ends, best.inside.count, best.outside.count) == (9, 12, 14, 0)
    assert good_hours(every[:19], now=NOW, zone=BERLIN) == {}


def test_without_a_difference_no_hour_is_good(ledger: TinyLedger) -> None:
    for number in range(28):
        item = sent(ledger, number, "a@one.example", hour=7 if number % 2 else 15)
        if number % 4 < 2:
            heard(ledger, item, Kind.REPLY, HOUR)
    assert good_hours(found(ledger), now=NOW, zone=BERLIN) == {}


def test_two_mails_to_many_are_no_reason_for_an_hour(ledger: TinyLedger) -> None:
    people = [f"p{number}@one.example" for number in range(20)]
    morning = sent(ledger, 1, *people, hour=7)
    for each in people:
        heard(ledger, morning, Kind.REPLY, HOUR, to=each)
    sent(ledger, 2, *people, hour=15)
    assert good_hours(found(ledger), now=NOW, zone=BERLIN) == {}


def test_people_are_not_taken_together_for_an_hour(ledger: TinyLedger) -> None:
    for number in range(28):
        item = sent(
            ledger, number, "keen@one.example" if number % 2 else "calm@one.example", hour=7 if number % 2 else 15
        )
        if number % 2:
            heard(ledger, item, Kind.REPLY, HOUR)
    assert good_hours(found(ledger), now=NOW, zone=BERLIN) == {}


def test_a_conversation_is_one_reason_for_an_hour(ledger: TinyLedger) -> None:
    written(ledger, "a@one.example", days=False)
    assert good_hours(found(ledger), now=NOW, zone=BERLIN) == {}


def test_the_more_people_are_compared_the_less_is_left_to_chance(ledger: TinyLedger) -> None:
    for number in range(28):
        item = sent(ledger, number, "a@one.example", hour=7 if number % 2 else 15)
        if number % 2 and number < 12:
            heard(ledger, item, Kind.REPLY, HOUR)
    alone = found(ledger)
    assert list(good_hours(alone, now=NOW, zone=BERLIN)) == ["a@one.example"]
    others = [
        replace(each, address=f"p{number}@one.example", answered_at=None) for number in range(20) for each in alone
    ]
    assert good_hours([*alone, *others], now=NOW, zone=BERLIN) == {}


def test_the_hour_is_told_of_the_one_who_is_meant(
    ledger: TinyLedger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(ledger, "joann@x.example")
    asked = ["--data", str(tmp_path), "--set", "zone=Europe/Berlin", "stats", "--to"]
    main([*asked, "ann@x.example"])
    assert (
        "Mail to joann@x.example written from 9:00 to 12:00 was answered within a week in 100 % (78-100 %), "
        "at other times in 0 % (0-22 %)."
    ) in told(capsys)
    sent(ledger, 90, "ann@x.example")
    main([*asked, "ann@x.example"])
    assert "No hour is better to write to ann@x.example than others, as far as this much mail can tell." in told(capsys)
    main([*asked, "@x.example"])
    shown = told(capsys)
    assert '2 addresses contain "@x.example". The best hour to write is told for one' in shown
    assert "written from" not in shown
    main([*asked, "@x.example", "--json"])
    assert json.loads(capsys.readouterr().out)["good_hour"] is None


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split()).replace("%", " %").replace("  %", " %")


def test_mails_are_told_apart_from_their_recipients(
    ledger: TinyLedger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent(ledger, 1, *(f"r{number}@big.example" for number in range(30)))
    main(["--data", str(tmp_path), "stats"])
    shown = told(capsys)
    assert shown.startswith("1 mail to 30 addresses since")
    assert "Each mail counts once, however many got it" in shown
    assert "read too few to tell 0 of 30 trackable, in 1 mail" in shown
    for number in range(2, 7):
        sent(ledger, number, "a@often.example", "b@often.example", asks=number == 2)
    main(["--data", str(tmp_path), "stats", "--by", "domain"])
    shown = told(capsys)
    assert (
        "often.example 5 mails, 10 recipients read too few to tell; answered 0 % (0-43 %); bounced 0 of 10; " in shown
    )
    assert "receipts too few to tell, 0 of 2 asked for, in 1 mail" in shown
    main(["--data", str(tmp_path), "stats", "--by", "domain", "--json"])
    group = json.loads(capsys.readouterr().out)["groups"]["big.example"]
    assert (group["mails"], group["recipients"], group["read"]["mails"], group["read"]["of"]) == (1, 30, 1, 30)


def test_groups_of_too_little_mail_take_one_line(
    ledger: TinyLedger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(5):
        sent(ledger, number, "a@often.example")
    for number in range(5, 22):
        sent(ledger, number, f"a@d{number:02}.example")
    main(["--data", str(tmp_path), "stats", "--by", "domain"])
    shown = told(capsys)
    assert shown.count("too few to tell") == 0
    assert (
        "Too little mail to tell anything, as a share takes 5 mails: d05.example, d06.example, d07.example, "
        "d08.example, d09.example and 12 more."
    ) in shown


def test_receipts_are_told_with_their_rate_by_program(
    ledger: TinyLedger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(8):
        item = sent(ledger, number, "a@one.example")
        if number % 2:
            heard(ledger, item, Kind.RECEIPT, HOUR, program="Thunderbird")
    main(["--data", str(tmp_path), "stats", "--by", "program"])
    assert "receipts 50 % (22-78 %), 4 of 8 asked for" in told(capsys)


def test_it_is_said_where_the_mailbox_was_not_read_to_the_end(
    ledger: TinyLedger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent(ledger, 1, "a@one.example")
    for words in (["stats"], ["stats", "--by", "domain"]):
        main(["--data", str(tmp_path), *words])
        assert f'{ACCOUNT} was not read to the end yet; "heardback run --once" reads it.' in told(capsys)


def test_a_table_holds_no_formula_for_a_spreadsheet(ledger: TinyLedger) -> None:
    row = found_one(ledger)
    table = list(csv.DictReader(StringIO(rows.exported([row], form="csv"))))
    assert table[0]["subject"] == "'=HYPERLINK(1)"
    assert json.loads(rows.exported([row], form="jsonl"))["subject"] == "=HYPERLINK(1)"
    assert json.loads(rows.exported([row], form="json"))[0]["sent_at"] == "2026-04-02T09:01:00+00:00"


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
    many = waits(Case(mail=str(each), time=HOUR * each, happened=each < 9) for each in range(1, 13))
    few = waits([Case(mail="1", time=HOUR, happened=True)])
    counts = [[0] * 24 for _ in range(7)]
    counts[0][9] = 30
    drawn = picture.picture(many, few, as_week(counts), form=form)
    assert drawn == picture.picture(many, few, as_week(counts), form=form)
    assert drawn.startswith(b"<?xml" if form == "svg" else b"\x89PNG")


def test_the_command_says_that_there_is_too_little_to_tell(
    ledger: TinyLedger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heard(ledger, sent(ledger, 1, "a@one.example"), Kind.REPLY, HOUR)
    assert main(["--data", str(tmp_path), "--set", "zone=Europe/Berlin", "stats"]) == 0
    shown = capsys.readouterr().out
    assert "read        too few to tell    1 of 1 trackable" in shown
    assert "Time to answer  too few to tell: it happened with 1 of 1" in shown
    assert "too few to tell: 1 of the 20 mails it takes were read or answered so far." in " ".join(shown.split())
    assert "Mon" not in shown, "one answer is no week"


def test_a_file_that_is_there_is_left_alone(
    ledger: TinyLedger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent(ledger, 1, "a@one.example")
    (tmp_path / "mail.csv").write_text("mine")
    assert main(["--data", str(tmp_path), "stats", "--export", str(tmp_path / "mail.csv")]) == 1
    assert "was left alone" in " ".join(capsys.readouterr().err.split())
    assert (tmp_path / "mail.csv").read_text() == "mine"
    table, plot = str(tmp_path / "new.csv"), str(tmp_path / "mail.doc")
    assert main(["--data", str(tmp_path), "stats", "--export", table, "--plot", plot]) == 2
    assert "must end in .svg or .png" in " ".join(capsys.readouterr().err.split())
    (tmp_path / "there.svg").write_text("mine")
    assert main(["--data", str(tmp_path), "stats", "--export", table, "--plot", str(tmp_path / "there.svg")]) == 1
    assert not Path(table).exists(), "either both are written, or none"
    assert (tmp_path / "there.svg").read_text() == "mine"


def test_what_is_newer_than_nothing_is_nothing(
    ledger: TinyLedger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sent(ledger, 1, "a@one.example")
    for words in (["stats", "--newer-than", "0d"], ["sent", "--newer-than", "0d", "--json"]):
        assert main(["--data", str(tmp_path), *words]) == 0
    counted, _, listed = capsys.readouterr().out.rstrip().rpartition("\n")
    assert (listed, "there is nothing to count" in counted) == ("[]", True)
