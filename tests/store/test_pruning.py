"""What is old goes by itself; what a person still waits for, and proof, stays."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from evidence.model import Confidence, Evidence, Grade, HitKind, Kind, Match, SentItem
from store.deliveries import Delivery
from store.ledger import Decision, Outgoing, Reminder, ReminderState
from store.tiny import TinyLedger
from store.tracking import Choice, Erased, Stance, Tracked

MONDAY = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
YEARS_LATER = MONDAY + timedelta(days=1000)
ME = "gmail:me@example.com"

MakeItem = Callable[..., SentItem]


def fact(kind: Kind, at: datetime, item: SentItem | None = None) -> Evidence:
    match = Match(item=item.id, recipient=None, confidence=Confidence.CERTAIN, reason="it names it") if item else None
    return Evidence(kind=kind, grade=Grade.WEAK, rule="some", why="seen", source=f"{kind} {at}", at=at, match=match)


def token(name: str, made_at: datetime, kind: HitKind = HitKind.PIXEL) -> Tracked:
    return Tracked(
        id=name, kind=kind, account=ME, tag="tag", recipients=("a@b.c",), made_at=made_at, expires_at=YEARS_LATER
    )


def prune(ledger: TinyLedger, *, rehearse: bool = False, **before: datetime) -> Erased:
    never = MONDAY - timedelta(days=9999)
    limits = {"items_before": never, "evidence_before": never, "hits_before": never, **before}
    return ledger.tracking.prune(**limits, rehearse=rehearse)


def test_an_old_item_goes_with_all_about_it(ledger: TinyLedger, make_item: MakeItem) -> None:
    old, young = make_item(1, tag="old"), make_item(50, tag="young")
    for item in (old, young):
        ledger.take(ME, items=[item], evidence=[fact(Kind.REPLY, item.sent_at, item)])
        ledger.begin_sending(Outgoing(tag=str(item.tag), account=ME, subject=item.subject, begun_at=MONDAY))
        ledger.end_sending(str(item.tag), item=item)
        fired = Reminder(id=f"{item.id}-1", item=item.id, account=ME, round=1, due_at=MONDAY, state=ReminderState.FIRED)
        shown = Delivery(id=f"{fired.id} label", reminder=fired.id, account=ME, surface="label", next_at=MONDAY)
        ledger.deliveries.put((shown,))
        ledger.put_reminder(fired, Decision(at=MONDAY, reminder=fired.id, item=item.id, what="fired", why="due"))

    erased = prune(ledger, items_before=MONDAY + timedelta(days=1))

    assert erased == Erased(items=1, evidence=1, reminders=1, decisions=1)
    assert ledger.items() == (young,)
    assert "Letter 1" not in str(ledger.export())
    assert (ledger.deliveries.of(f"{old.id}-1"), len(ledger.deliveries.of(f"{young.id}-1"))) == ((), 1)
    assert (
        len(ledger.evidence(young.id)) == len(ledger.reminders(item=young.id)) == len(ledger.decisions(young.id)) == 1
    )


def test_an_item_waits_for_its_open_reminder(ledger: TinyLedger, make_item: MakeItem) -> None:
    item = make_item(1)
    held = Reminder(id=f"{item.id}-1", item=item.id, account=ME, round=1, due_at=MONDAY, state=ReminderState.HELD)
    ledger.take(ME, items=[item])
    ledger.put_reminder(held)

    assert prune(ledger, items_before=YEARS_LATER) == Erased(waiting=1)
    ledger.put_reminder(replace(held, state=ReminderState.DONE))
    assert prune(ledger, items_before=YEARS_LATER) == Erased(items=1, reminders=1)


def test_more_goes_than_is_read_at_a_time_and_what_is_waited_for_in_between_stays(
    ledger: TinyLedger, make_item: MakeItem
) -> None:
    items = [make_item(number, sent_at=MONDAY) for number in range(1_100)]
    ledger.take(ME, items=items)
    waiting = items[600]
    ledger.put_reminder(Reminder(id="one", item=waiting.id, account=ME, round=1, due_at=MONDAY))

    assert prune(ledger, items_before=YEARS_LATER) == Erased(items=1_099, waiting=1)
    assert ledger.items() == (waiting,)


def test_evidence_goes_by_age_only_where_it_is_about_no_item(ledger: TinyLedger, make_item: MakeItem) -> None:
    item = make_item(1)
    about, about_none = fact(Kind.REPLY, MONDAY, item), fact(Kind.RECEIPT, MONDAY)
    young = fact(Kind.RECEIPT, YEARS_LATER)
    ledger.take(ME, items=[item], evidence=[about, about_none, young])

    assert prune(ledger, evidence_before=YEARS_LATER - timedelta(days=1)) == Erased(evidence=1)
    assert (ledger.evidence(item.id), ledger.unmatched()) == ((about,), (young,))


def test_hits_and_tokens_go_before_their_item_and_opt_out_links_stay_good(
    ledger: TinyLedger, make_item: MakeItem
) -> None:
    item = make_item(1)
    hit, reply = fact(Kind.HIT, MONDAY, item), fact(Kind.REPLY, MONDAY, item)
    ledger.take(ME, items=[item], evidence=[hit, reply])
    link = token("opt-out", MONDAY, HitKind.OPT_OUT)
    ledger.tracking.put([token("pixel", MONDAY), link, token("young", YEARS_LATER)])
    ledger.tracking.choose([Choice(address="a@b.c", stance=Stance.OPT_OUT, at=MONDAY, how="said so")])

    erased = prune(ledger, hits_before=MONDAY + timedelta(days=1), items_before=MONDAY)

    assert erased == Erased(evidence=1, tracked=1)
    assert (ledger.item(item.id), ledger.evidence(item.id)) == (item, (reply,))
    assert ledger.tracking.named(["pixel", "opt-out", "young"]) == (link, token("young", YEARS_LATER))
    assert ledger.tracking.stance("a@b.c") is Stance.OPT_OUT


def test_a_rehearsal_tells_what_would_go_and_leaves_it(ledger: TinyLedger, make_item: MakeItem) -> None:
    ledger.take(ME, items=[make_item(1), make_item(2)])
    before = ledger.export()

    counted = prune(ledger, items_before=YEARS_LATER, rehearse=True)

    assert (counted, ledger.export()) == (Erased(items=2), before)
    assert prune(ledger, items_before=YEARS_LATER) == counted
    assert prune(ledger, items_before=YEARS_LATER) == Erased()
