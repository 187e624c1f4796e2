"""Forgetting one person: nothing of them is left in the file, nothing comes back, and others stay as they were."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evidence.copies import gathered
from evidence.model import Confidence, Evidence, Grade, HitKind, Kind, Match, Recipient, Ruling, SentItem
from evidence.ruling import ruling
from store.exchange import read_import, write_export
from store.ledger import Decision, Outgoing, Reminder
from store.proof import traces
from store.tiny import TinyLedger
from store.tracking import Choice, Erased, Stance, Tracked

MONDAY = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
FRIDAY = MONDAY + timedelta(days=4)
ME = "gmail:me@example.com"
ANN = "ann@example.org"
BOB = "bob@example.org"

MakeItem = Callable[..., SentItem]


def to(*addresses: str) -> tuple[Recipient, ...]:
    return tuple(Recipient(address=each, name=f"Name of {each}") for each in addresses)


def reply(item: SentItem | None, sender: str, **changes: object) -> Evidence:
    match = None
    if item:
        about = sender if sender in {each.address for each in item.recipients} else None
        match = Match(item=item.id, recipient=about, confidence=Confidence.CERTAIN, reason="it names it")
    made = Evidence(
        kind=Kind.REPLY,
        grade=Grade.PROOF,
        rule="reply",
        why=f"{sender} answered",
        source=f"reply of {sender.partition('@')[0]} to {item.id if item else 'nothing'}",
        at=MONDAY + timedelta(days=1),
        sender=sender,
        recipient=sender,
        aliases=(sender,),
        match=match,
    )
    return replace(made, **changes)  # type: ignore[arg-type] # the tests name fields and values as the record has them


def token(item: SentItem, name: str, **changes: object) -> Tracked:
    made = Tracked(
        id=name,
        kind=HitKind.PIXEL,
        account=item.account,
        tag=item.tag or "",
        recipients=tuple(each.address for each in item.recipients),
        made_at=item.sent_at,
        expires_at=item.sent_at + timedelta(days=365),
    )
    return replace(made, **changes)  # type: ignore[arg-type] # as above


def choice(address: str, stance: Stance, at: datetime = MONDAY) -> Choice:
    return Choice(address=address, stance=stance, at=at, how="said so on the phone")


@pytest.fixture
def mail(ledger: TinyLedger, make_item: MakeItem) -> tuple[SentItem, SentItem, SentItem]:
    """A mail to Ann, one to Ann and Bob, one to Bob; each answered, tracked and with a reminder."""
    items = (
        make_item(1, recipients=to(ANN), tag="tag-1"),
        make_item(2, recipients=to(ANN, BOB), tag="tag-2", subject=f"About {ANN} and jo-{ANN}"),
        make_item(3, recipients=to(BOB), tag="tag-3"),
    )
    answers = [reply(item, each.address) for item in items for each in item.recipients]
    said = [ruling(answers[1], Ruling.MINE, at=MONDAY + timedelta(days=2))]
    ledger.take(ME, items=items, evidence=[*answers, *said, reply(None, ANN), reply(None, BOB)])
    for item in items:
        ledger.begin_sending(Outgoing(tag=item.tag or "", account=ME, subject=item.subject, begun_at=MONDAY))
        ledger.end_sending(item.tag or "", item=item)
        ledger.tracking.put([token(item, f"token-{item.tag}")])
        reminder = Reminder(id=f"{item.id}-1", item=item.id, account=ME, round=1, due_at=FRIDAY)
        why = f"unread by {', '.join(each.address for each in item.recipients)}"
        line = Decision(at=MONDAY, reminder=reminder.id, item=item.id, what="planned", why=why)
        ledger.put_reminder(reminder, line)
    ledger.tracking.choose([choice(ANN, Stance.CONSENT), choice(BOB, Stance.CONSENT)])
    return items


def test_nothing_of_the_person_is_left_and_it_is_counted_what_went(
    ledger: TinyLedger, mail: tuple[SentItem, SentItem, SentItem]
) -> None:
    erased = ledger.tracking.forget(ANN, at=FRIDAY)

    assert erased == Erased(items=1, evidence=4, reminders=1, decisions=1, tracked=1, choices=1, struck=4)
    assert ANN not in json.dumps(ledger.export()).replace(f"jo-{ANN}", "")
    ledger.close()
    assert traces(ledger.path, ANN) == 0


def test_what_is_about_others_stays(ledger: TinyLedger, mail: tuple[SentItem, SentItem, SentItem]) -> None:
    _, shared, alone = mail
    before = ledger.evidence(alone.id), ledger.reminders(item=alone.id), ledger.decisions(alone.id)

    ledger.tracking.forget(ANN, at=FRIDAY)

    assert ledger.item(shared.id) == replace(shared, recipients=to(BOB), subject=f"About [erased] and jo-{ANN}")
    assert ledger.evidence(shared.id) == (reply(shared, BOB),)
    assert ledger.item(alone.id) == alone
    assert (ledger.evidence(alone.id), ledger.reminders(item=alone.id), ledger.decisions(alone.id)) == before
    assert ledger.unmatched() == (reply(None, BOB),)
    assert ledger.tracking.choices() == (choice(BOB, Stance.CONSENT),)


def test_a_token_of_a_mail_to_two_does_not_come_to_name_the_other(
    ledger: TinyLedger, mail: tuple[SentItem, SentItem, SentItem]
) -> None:
    ledger.tracking.forget(ANN, at=FRIDAY)

    assert [each.recipients for each in ledger.tracking.in_mail("tag-2")] == [("[erased]", BOB)]
    ledger.tracking.choose([choice("[erased]", Stance.OPT_OUT, FRIDAY)])
    assert ledger.tracking.choices("[erased]") == ()


def test_what_an_assistant_sent_for_somebody_else_stays_theirs(ledger: TinyLedger, make_item: MakeItem) -> None:
    item = make_item(1, recipients=to(BOB))
    by_ann = reply(item, ANN, match=Match(item=item.id, recipient=BOB, confidence=Confidence.LIKELY, reason="only one"))
    ledger.take(ME, items=[item], evidence=[by_ann, ruling(by_ann, Ruling.UNRELATED, at=FRIDAY)])

    ledger.tracking.forget(ANN, at=FRIDAY)

    kept, said = ledger.evidence(item.id)
    assert (kept.sender, kept.why, said.overrules) == ("[erased]", "[erased] answered", kept.id)
    ledger.close()
    assert traces(ledger.path, ANN) == 0


def test_a_rehearsal_counts_and_changes_nothing(ledger: TinyLedger, mail: tuple[SentItem, SentItem, SentItem]) -> None:
    before = ledger.export()

    counted = ledger.tracking.forget(ANN, at=FRIDAY, rehearse=True)

    assert ledger.export() == before
    assert ledger.tracking.forget(ANN, at=FRIDAY) == counted


def test_what_the_mailbox_still_holds_does_not_come_back(
    ledger: TinyLedger, mail: tuple[SentItem, SentItem, SentItem]
) -> None:
    only_ann, shared, _ = mail
    ledger.tracking.forget(ANN, at=FRIDAY)
    after = ledger.export()

    ledger.take(ME, items=[only_ann, replace(shared, subject="About [erased] and jo-ann@example.org")])
    ledger.take(ME, evidence=[reply(only_ann, ANN), reply(None, ANN), reply(shared, ANN)])
    ledger.tracking.choose([choice(ANN, Stance.CONSENT)])

    assert ledger.export() == after


def test_mail_written_to_them_later_is_followed_and_not_tracked(ledger: TinyLedger, make_item: MakeItem) -> None:
    ledger.tracking.forget(ANN, at=MONDAY)
    late = reply(None, ANN, at=FRIDAY)
    ledger.take(ME, evidence=[late])
    assert ledger.unmatched() == ()

    anew = make_item(50, recipients=to(ANN))
    ledger.take(ME, items=[anew], evidence=[reply(anew, ANN, at=FRIDAY)])

    assert ledger.item(anew.id) == anew
    assert ledger.evidence(anew.id) == (reply(anew, ANN, at=FRIDAY),)
    assert ledger.tracking.stance(ANN) is Stance.OPT_OUT
    ledger.tracking.choose([choice(ANN, Stance.CONSENT, FRIDAY)])
    assert ledger.tracking.stance(ANN) is Stance.CONSENT


def test_a_provider_whose_clock_is_ahead_brings_nobody_back(
    ledger: TinyLedger, mail: tuple[SentItem, SentItem, SentItem]
) -> None:
    ledger.tracking.forget(ANN, at=MONDAY)

    ledger.take(ME, items=mail)

    assert [[one.address for one in each.recipients] for each in ledger.items()] == [[BOB], [BOB]]


def test_the_relay_has_to_forget_the_tokens_of_mail_to_nobody_else(
    ledger: TinyLedger, mail: tuple[SentItem, SentItem, SentItem]
) -> None:
    ledger.tracking.forget(ANN, at=FRIDAY, reader="READER")
    (person,) = ledger.tracking.forgotten()
    assert (person.at, person.reader, person.tokens) == (FRIDAY, "READER", ("token-tag-1",))

    ledger.tracking.erased_at_relay(person.mark, person.tokens)

    assert ledger.tracking.forgotten() == (replace(person, tokens=()),)


def test_forgetting_again_keeps_what_the_relay_has_still_to_forget(
    ledger: TinyLedger, mail: tuple[SentItem, SentItem, SentItem]
) -> None:
    ledger.tracking.forget(ANN, at=MONDAY + timedelta(days=2), reader="READER")
    ledger.tracking.forget(ANN, at=FRIDAY)

    (person,) = ledger.tracking.forgotten()
    assert (person.at, person.reader, person.tokens) == (FRIDAY, "READER", ("token-tag-1",))


def test_an_exported_ledger_still_knows_whom_it_forgot(
    ledger: TinyLedger, mail: tuple[SentItem, SentItem, SentItem], tmp_path: Path
) -> None:
    ledger.tracking.forget(ANN, at=FRIDAY)
    write_export(ledger, tmp_path / "export.json")
    read_import(tmp_path / "other.db", tmp_path / "export.json")

    other = TinyLedger(tmp_path / "other.db")
    other.take(ME, items=[mail[0]])

    assert (other.item(mail[0].id), other.tracking.stance(ANN)) == (None, Stance.OPT_OUT)
    other.close()


def test_the_copies_of_a_mail_sent_one_by_one_go_one_by_one(ledger: TinyLedger, make_item: MakeItem) -> None:
    group = "0" * 32
    ones = [make_item(n, recipients=to(each), tag=f"{group}.{n}") for n, each in ((1, ANN), (2, BOB))]
    (item,) = gathered(ones)
    ledger.take(ME, items=[item])

    ledger.tracking.forget(ANN, at=FRIDAY)
    ledger.take(ME, items=[item])

    assert ledger.item(item.id) == gathered([ones[1]])[0]


def test_an_address_of_another_alphabet_goes_from_a_cursor_too(ledger: TinyLedger) -> None:
    address = "zoë@ünder.example"
    ledger.take(ME, cursor=f"listing:{json.dumps({'waiting': [['id', 'thread', None, address, None, None]]})}")
    ledger.take(ME, evidence=[reply(None, BOB, subject=f"From ZOË@ünder.example, {address}")])

    ledger.tracking.forget(address, at=FRIDAY)

    assert address not in json.dumps(ledger.export(), ensure_ascii=False)
    assert json.loads(str(ledger.cursor(ME)).removeprefix("listing:"))["waiting"][0][3] == "[erased]"
    ledger.close()
    assert traces(ledger.path, address) == 0


def test_an_address_inside_a_longer_one_is_somebody_elses(ledger: TinyLedger, make_item: MakeItem) -> None:
    others = (f"jo{ANN}", f"jo-{ANN}", f"{ANN}.uk", f"o'{ANN}")
    item = make_item(
        1, recipients=tuple(Recipient(address=each) for each in others), subject=f"To {', '.join(others[:3])}"
    )
    ledger.take(ME, items=[item])

    assert ledger.tracking.forget(ANN, at=FRIDAY) == Erased()
    assert ledger.item(item.id) == item
    ledger.close()
    assert traces(ledger.path, ANN) == 0
    assert traces(ledger.path, f"jo-{ANN}") > 0


def test_rows_that_moved_between_pages_leave_nothing_behind(ledger: TinyLedger, make_item: MakeItem) -> None:
    items = [make_item(n, recipients=to(ANN, BOB, "cat@example.org")[: 1 + n % 3]) for n in range(100)]
    answers = [
        reply(item, each, source=f"{each} {item.id}", why="x" * (n % 90))
        for n, item in enumerate(items)
        for each in (ANN, BOB)
    ]
    ledger.take(ME, items=items, evidence=answers)

    ledger.tracking.forget(ANN, at=MONDAY + timedelta(days=99))

    ledger.close()
    assert traces(ledger.path, ANN) == 0


def test_an_account_that_is_erased_takes_its_tokens_along(
    ledger: TinyLedger, mail: tuple[SentItem, SentItem, SentItem]
) -> None:
    ledger.erase_account(ME)

    assert ledger.tracking.named(["token-tag-1", "token-tag-2", "token-tag-3"]) == ()
    assert ledger.tracking.stance(BOB) is Stance.CONSENT
