"""A life as a hypothesis state machine: things happen, the wire fails, Heardback dies; at the end all is checked.

Each example is a household of its own. Whatever fails is switched on at the provider, so that the real clients meet it.
A death is an exception at the n-th call of the ledger or the mailbox, after which nothing is left but the files.
"""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from connectors import delta, gmail_batch, gmail_calls
from connectors.mailbox import Mailbox
from evidence.model import Evidence
from sandbox.faults import Fault
from scheduler.planning import REMOVED
from scheduler.position import unpack
from scheduler.thread import read_thread
from scheduler.worker import Report, Worker
from store.ledger import AccountState, Ledger, ReminderState
from tests.faults.household import HOUSEHOLDS, SLOW, Came, Household
from tests.faults.work import ANY_HOUR
from tests.scheduler.interruptions import Fuse, FusedLedger, PowerCut

_RATE = json.dumps({"error": {"code": 403, "message": "Slower.", "errors": [{"reason": "userRateLimitExceeded"}]}})

#: by provider, what the wire or the provider may do to the next calls
TROUBLES: dict[str, tuple[dict[str, Any], ...]] = {
    "gmail": (
        {"trouble": "answer", "status": 403, "body": _RATE, "times": 2},
        {"trouble": "expire-token"},
        {"trouble": "expire-cursor"},
    ),
    "outlook": (
        {"trouble": "answer", "status": 509, "times": 2},
        {"trouble": "expire-token"},
        {"trouble": "expire-token", "detail": "claims"},
        {"trouble": "replay"},
        {"trouble": "empty-page"},
        *({"trouble": "expire-cursor", "detail": each} for each in HOUSEHOLDS["outlook"].forgets),
    ),
}
_BOTH: tuple[dict[str, Any], ...] = (
    {"trouble": "answer", "status": 429, "headers": (("Retry-After", "2"),), "times": 3},
    *({"trouble": "answer", "status": each} for each in (500, 502, 503, 504)),
    {"trouble": "answer", "status": 503, "times": 40},
    *({"trouble": each} for each in ("drop", "lose", "cut")),
    {"trouble": "drop", "times": 40},
    {"trouble": "slow", "seconds": SLOW},
    {"trouble": "answer", "status": 200, "body": "<html>please log in</html>"},
)
#: longer than a life
_WINDOW = timedelta(days=400)
#: figures of all lives of this process: what happened how often
FIGURES: Counter[str] = Counter()


class FusedMailbox:
    """A mailbox that counts each call twice, before and after it is made; a listing counts each page."""

    def __init__(self, mailbox: Mailbox, fuse: Fuse) -> None:
        self._mailbox = mailbox
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._mailbox, name)
        return self._fused(found) if callable(found) and name != "close" else found

    def changes(self, *args: Any, **named: Any) -> Iterator[Any]:
        for page in self._mailbox.changes(*args, **named):
            self._fuse.step()
            yield page

    def _fused(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def fused(*args: Any, **named: Any) -> Any:
            self._fuse.step()
            result = call(*args, **named)
            self._fuse.step()
            return result

        return fused


class Life(RuleBasedStateMachine):
    """One household's life; subclasses name the provider."""

    provider: str

    @initialize()
    def begin(self) -> None:
        """Move in. Listings give few entries a page, so that little mail makes many pages."""
        self._sizes = (gmail_calls.LISTED, gmail_batch.BATCH, gmail_batch.SMALLEST, delta._PAGE_SIZE)
        gmail_calls.LISTED, gmail_batch.BATCH, gmail_batch.SMALLEST = 3, 2, 1
        delta._PAGE_SIZE = "odata.maxpagesize=3"
        self._folder = tempfile.TemporaryDirectory()
        self.home: Household = HOUSEHOLDS[self.provider](Path(self._folder.name))
        self.sent: list[str] = []
        self.came: list[Came] = []
        #: Message-IDs of what was deleted, and of answers that a rule filed where no listing looks
        self.deleted: set[str] = set()
        self.filed: set[str] = set()
        #: each process has a name of its own
        self.lives = 0
        FIGURES["lives"] += 1
        for kind in ("reply", "receipt"):
            self.send()
            self.react(kind, len(self.sent) - 1)
        self.send()

    # The world

    @rule()
    def send(self) -> None:
        """The person sends mail."""
        self.sent.append(self.home.send())

    @precondition(lambda self: self.sent)
    @rule(kind=st.sampled_from(["reply", "receipt", "delivery", "auto-reply"]), which=st.integers(0, 9))
    def react(self, kind: str, which: int) -> None:
        """Something comes back."""
        self.came.append(self.home.come(kind, self.sent[which % len(self.sent)]))

    @rule()
    def chatter(self) -> None:
        """Mail of no interest comes."""
        self.home.chatter()

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 9))
    def delete_sent(self, which: int) -> None:
        """The person deletes the sent copy."""
        self._delete(self.sent[which % len(self.sent)])

    @precondition(lambda self: self.came)
    @rule(which=st.integers(0, 9))
    def delete_received(self, which: int) -> None:
        """The person deletes what came."""
        self._delete(self.came[which % len(self.came)].message_id)

    @precondition(lambda self: any(each.kind == "reply" for each in self.came))
    @rule(which=st.integers(0, 9))
    def file_away(self, which: int) -> None:
        """A rule, or the person, moves an answer."""
        replies = [each.message_id for each in self.came if each.kind == "reply"]
        self.filed.add(replies[which % len(replies)])
        self.home.file_away(replies[which % len(replies)])

    @rule(days=st.integers(1, 4))
    def days_pass(self, days: int) -> None:
        """Reminders may come due."""
        self.home.wait(timedelta(days=days))

    @rule()
    def forget_cursors(self) -> None:
        """The provider forgets where reading stopped."""
        self.home.forget_cursors()

    # Heardback, and what goes wrong

    @rule(troubles=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 12)), max_size=3))
    def work(self, troubles: list[tuple[int, int]]) -> None:
        """The worker reads and reminds once, while the wire or the provider fails at some calls."""
        self._switch_on(troubles)
        self.run(Fuse(100_000))

    @rule(steps=st.integers(1, 40), troubles=st.lists(st.tuples(st.integers(0, 99), st.integers(0, 12)), max_size=2))
    def die(self, steps: int, troubles: list[tuple[int, int]]) -> None:
        """It dies at some step, and then a new one stands where it stood."""
        self._switch_on(troubles)
        self.run(Fuse(steps))

    @rule()
    def work_calmly(self) -> None:
        """A pass without new trouble."""
        self.run(Fuse(100_000))

    def _switch_on(self, troubles: list[tuple[int, int]]) -> None:
        choices = (*TROUBLES[self.provider], *_BOTH)
        for which, after in troubles:
            chosen = choices[which % len(choices)]
            FIGURES[f"{chosen['trouble']} {chosen.get('status', chosen.get('detail', ''))}".strip()] += 1
            self.home.server.faults.add(Fault(**chosen, after=after))

    def run(self, fuse: Fuse) -> Report | None:
        """One pass of a worker of its own."""
        self.lives += 1
        worker = Worker(
            cast("Ledger", FusedLedger(self.home.ledger, fuse)),
            lambda account: cast("Mailbox", FusedMailbox(self.home.provider.mailbox(account.id), fuse)),
            ANY_HOUR,
            now=self.home.now,
            window=_WINDOW,
            tell=lambda _: None,
            worker_id=f"here:{self.lives}",
            is_gone=lambda worker: worker.startswith("here:"),
        )
        try:
            return worker.run_once()
        except PowerCut:
            FIGURES["deaths"] += 1
            self.home.restart()
            return None

    # What must hold

    @invariant()
    def nothing_is_doubled(self) -> None:
        """Not for a moment is anything in the ledger twice, nor a reminder mailed twice."""
        if not hasattr(self, "home"):
            return
        ids = [each.message_ids[0] for each in self.home.ledger.items()]
        assert len(ids) == len(set(ids)), "an item twice"
        heard = [(each.message_id, each.kind) for each in self._heard()]
        assert len(heard) == len(set(heard)), "evidence twice"
        tags = [tag for tag in self.home.tags() if tag.startswith("reminder-")]
        assert len(tags) == len(set(tags)), "a reminder twice"

    def teardown(self) -> None:
        """All troubles end; one more pass brings everything in order."""
        if not hasattr(self, "home"):
            return
        try:
            self._settle()
        finally:
            gmail_calls.LISTED, gmail_batch.BATCH, gmail_batch.SMALLEST, delta._PAGE_SIZE = self._sizes
            self.home.close()
            self._folder.cleanup()

    def _settle(self) -> None:
        self.home.server.faults.clear()
        for _ in range(3):  # a reminder that was cut off while it left is held for minutes
            report = self.run(Fuse(100_000))
            assert report
            assert report.troubles == {} or "turn up" in str(report.troubles), report.troubles
            self.home.wait(timedelta(minutes=6))
        self._items_are_there_once()
        self._evidence_is_there_once()
        self._reading_is_at_rest()
        self._account_adds_up()
        self._reminders_came_once()

    def _items_are_there_once(self) -> None:
        ledger = self.home.ledger
        known = {each.message_ids[0]: each for each in ledger.items()}
        assert {each for each in self.sent if each not in self.deleted} <= known.keys() <= set(self.sent)
        standing = {name for name, item in known.items() if not ledger.is_removed(item.id)}
        assert standing == set(self.sent) - self.deleted, "what was deleted is not followed, all else is"

    def _evidence_is_there_once(self) -> None:
        home = self.home
        items = {each.message_ids[0]: each for each in home.ledger.items()}
        for each in self.came:
            if each.message_id in self.filed and each.about in items:
                read_thread(home.ledger, home.mailbox, home.account, items[each.about], now=home.now)
        found = {each.message_id: each for each in self._heard()}
        for each in self.came:
            if {each.message_id, each.about} & self.deleted:
                continue
            assert each.message_id in found, f"{each} was not heard"
            fact = found[each.message_id]
            assert fact.match, f"{each} is not matched"
            assert (fact.kind, fact.match.item, fact.doubt) == (each.kind, items[each.about].id, "")
            FIGURES["evidence"] += 1

    def _reading_is_at_rest(self) -> None:
        before = self.home.ledger.export()
        report = self.run(Fuse(100_000))
        assert report
        assert [(each.listed, each.new_items, each.new_evidence) for each in report.accounts] == [(0, 0, 0)]
        after = self.home.ledger.export()
        assert {name: before[name] for name in ("items", "evidence") if name in before} == {
            name: after[name] for name in ("items", "evidence") if name in after
        }
        position = unpack(self.home.ledger.cursor(self.home.account_id))
        assert (position.listing, position.unmatched, position.waiting) == (False, False, ())

    def _account_adds_up(self) -> None:
        tally = self.home.ledger.tally(self.home.account_id)
        assert tally.listed == tally.read + sum(tally.skipped.values()) + tally.removed
        assert self.home.account.state is AccountState.CONNECTED
        FIGURES["listed"] += tally.listed

    def _reminders_came_once(self) -> None:
        reminders = self.home.ledger.reminders()
        fired = [each for each in reminders if each.state is ReminderState.FIRED]
        # one that left as the worker died, and whose mail was deleted before it was kept that it came
        unkept = tuple(f"reminder-{each.id}-" for each in reminders if each.reason == REMOVED)
        tags = [tag for tag in self.home.tags() if tag.startswith("reminder-") and not tag.startswith(unkept)]
        assert len(fired) == len(tags)
        overdue = self.home.ledger.due(self.home.now())
        assert [each.id for each in overdue] == []
        FIGURES["reminders"] += len(fired)

    def _heard(self) -> list[Evidence]:
        ledger = self.home.ledger
        return [*(fact for item in ledger.items() for fact in ledger.evidence(item.id)), *ledger.unmatched()]

    def _delete(self, named: str) -> None:
        self.deleted.add(named)
        self.home.delete(named)
