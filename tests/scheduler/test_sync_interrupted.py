"""A sync that ends at any step loses nothing and doubles nothing."""

from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.model import Verdict
from scheduler.standing import standing
from scheduler.sync import sync_account
from store.ledger import Ledger
from tests.scheduler.conftest import BOB, MONDAY, WINDOW, Person
from tests.scheduler.fake_mailbox import FakeMailbox
from tests.scheduler.interruptions import Fuse, FusedLedger, PowerCut, cuts
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


#: what may happen to a mailbox, and how a sync of it may end
HAPPENINGS = st.one_of(
    st.tuples(st.just("send"), st.integers(0, 9)),
    st.tuples(st.just("answer"), st.integers(0, 9)),
    st.tuples(st.just("answer the next mail before it is listed"), st.integers(0, 9)),
    st.tuples(st.just("chatter"), st.integers(0, 9)),
    st.tuples(st.just("expire"), st.just(0)),
    st.tuples(st.just("sync"), st.integers(1, 25)),
)


class Life:
    """A mailbox to which things happen, and a record of who answered what."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.mailbox = person.connect()
        self.sent: list[str] = []
        self.answered: set[str] = set()

    def happen(self, what: str, number: int) -> None:
        match what:
            case "send":
                self._send()
            case "answer" if self.sent:
                self._answer(self.sent[number % len(self.sent)])
            case "answer the next mail before it is listed":
                self._send()
                self._answer(self.sent[-1])
                self.mailbox.swap_last_two()
            case "chatter":
                self.mailbox.add_received(note(BOB, MONDAY + timedelta(minutes=number)))
            case "expire":
                self.mailbox.expire_cursors()
            case "sync":
                self.sync(cut_at=number)

    def sync(self, *, cut_at: int | None = None) -> None:
        fuse = Fuse(cut_at or 10_000)
        self.mailbox.trip = fuse.step
        try:
            ledger = cast("Ledger", FusedLedger(self.person.ledger, fuse))
            sync_account(ledger, self.mailbox, self.person.account(self.mailbox), now=self.person.now, window=WINDOW)
        except PowerCut:
            pass

    def _send(self) -> None:
        self.sent.append(self.mailbox.add_sent(BOB).message_ids[0])

    def _answer(self, message_id: str) -> None:
        self.answered.add(message_id)
        name = f"a{len(self.answered)}{message_id}"
        self.mailbox.add_received(answer(BOB, message_id, MONDAY + timedelta(hours=1), message_id=name))


@settings(max_examples=60, deadline=None)
@given(happenings=st.lists(HAPPENINGS, max_size=25), tells=st.booleans())
def test_whatever_happens_between_cut_off_syncs_the_verdicts_come_out_right(
    happenings: list[tuple[str, int]], tells: bool
) -> None:
    with TemporaryDirectory() as folder:
        person = Person(Path(folder) / "ledger.db")
        life = Life(person)
        life.mailbox.tells = tells
        for what, number in happenings:
            life.happen(what, number)
        life.sync()
        items = person.ledger.items()
        verdicts = {each.message_ids[0]: standing(person.ledger, each, now=MONDAY).headline.verdict for each in items}
        expected = {each: Verdict.ANSWERED if each in life.answered else Verdict.UNREAD for each in life.sent}
        cursor = person.ledger.cursor(life.mailbox.account)
        person.ledger.close()
    assert verdicts == expected
    assert len(items) == len(expected)
    assert cursor is not None
    assert not cursor.startswith("listing:")
