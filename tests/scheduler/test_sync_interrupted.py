"""A sync that ends at any step loses nothing and doubles nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from evidence.model import Verdict
from scheduler.standing import standing
from scheduler.sync import sync_account
from store.ledger import Ledger
from tests.scheduler.conftest import BOB, MONDAY, WINDOW, Person
from tests.scheduler.fake_mailbox import FakeMailbox
from tests.scheduler.interruptions import Fuse, FusedLedger, cuts
from tests.scheduler.letters import answer, bounce, note, receipt


def busy_mailbox(person: Person) -> FakeMailbox:
    """An answer listed before its mail, a receipt, a bounce, an unmatched receipt, mail of no interest, a removal."""
    mailbox = person.connect()
    mailbox.tells = False
    offers = [mailbox.add_sent(f"{name}@example.org", subject=name) for name in ("ann", "bob", "cem", "dee")]
    ids = [each.message_ids[0] for each in offers]
    early = mailbox.add_received(answer("ann@example.org", ids[0], MONDAY + timedelta(hours=1)))
    mailbox.add_received(receipt(BOB, ids[1], MONDAY + timedelta(hours=2)))
    mailbox.add_received(bounce("cem@example.org", ids[2], MONDAY + timedelta(hours=3)))
    mailbox.add_received(receipt(BOB, "invented@elsewhere.example", MONDAY + timedelta(hours=4)))
    mailbox.add_received(note("eve@example.org", MONDAY + timedelta(hours=5)))
    mailbox.add_removal(offers[3].provider_id)
    mailbox.move_to_front(early)
    return mailbox


def state(person: Person) -> dict[str, Any]:
    export = person.ledger.export()
    tally = person.ledger.tally("gmail:me@example.com")
    return {
        "items": list(export["items"].values()),
        "evidence": sorted(export["evidence"].values(), key=str),
        "cursor": person.ledger.cursor("gmail:me@example.com"),
        "account": (tally.listed, tally.read, tally.skipped, tally.removed),
    }


def test_nothing_is_lost_or_doubled_wherever_a_sync_is_cut(tmp_path: Path) -> None:
    whole = Person(tmp_path / "whole.db")
    whole.sync(busy_mailbox(whole))
    expected = state(whole)
    whole.ledger.close()

    people: list[Person] = []

    def work(fuse: Fuse) -> None:
        person = Person(tmp_path / f"{len(people)}.db")
        people.append(person)
        mailbox = busy_mailbox(person)
        mailbox.trip = fuse.step
        ledger = cast("Ledger", FusedLedger(person.ledger, fuse))
        sync_account(ledger, mailbox, person.account(mailbox), now=person.now, window=WINDOW)

    count = 0
    for step in cuts(work):
        person = people[-1]
        mailbox = person.mailboxes["gmail:me@example.com"]
        mailbox.trip = lambda _: None
        person.sync(mailbox)
        assert state(person) == expected, f"cut at step {step}"
        verdicts = {
            each.subject: standing(person.ledger, each, now=MONDAY).headline.verdict for each in person.ledger.items()
        }
        assert verdicts == {
            "ann": Verdict.ANSWERED,
            "bob": Verdict.READ,
            "cem": Verdict.NOT_DELIVERED,
            "dee": Verdict.UNREAD,
        }
        person.ledger.close()
        count += 1
    people[-1].ledger.close()
    assert count > 25
