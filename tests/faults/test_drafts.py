"""Follow-up drafts of a Heardback that died at any step: never two, and gone if an answer comes before a touch."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, cast

import pytest

from connectors.errors import DraftInTheWay, Unreachable
from connectors.mailbox import Mailbox
from evidence.model import SentItem
from scheduler.follow_up import leave_draft, take_back_drafts
from scheduler.policy import Policy
from scheduler.sync import sync_account
from store.ledger import Ledger
from tests.faults.household import WINDOW, Household
from tests.scheduler.interruptions import Fuse, FusedLedger, PowerCut, cuts, fused_wire


def read(household: Household) -> None:
    sync_account(household.ledger, household.mailbox, household.account, now=household.now, window=WINDOW)


def leave(household: Household, item: SentItem, ledger: Ledger | None = None) -> None:
    leave_draft(ledger or household.ledger, household.mailbox, item, Policy(), now=household.now)


def deaths(household: Household) -> Iterator[SentItem]:
    """A mail each, of which Heardback dies at the first step of leaving a draft, at the second, and so on."""
    items: list[SentItem] = []

    def draft(fuse: Fuse) -> None:
        household.send()
        read(household)
        items.append(household.ledger.items()[0])
        with fused_wire(fuse):
            leave(household, items[-1], cast("Ledger", FusedLedger(household.ledger, fuse)))

    for _ in cuts(draft):
        household.restart()
        household.wait(timedelta(hours=1))
        yield items[-1]
        remove_drafts(household)
    assert len(items) > 5, "there are steps to die at"
    assert len(drafts(household)) == 1, "undisturbed, there is one"


def answered(household: Household, item: SentItem) -> None:
    """An answer comes, and Heardback goes on as always."""
    household.come("reply", item.message_ids[0])
    read(household)
    take_back_drafts(household.ledger, household.mailbox, household.account, Policy(), now=household.now())
    assert household.ledger.deliveries.follow_up(item.id) is None


def drafts(household: Household) -> list[Any]:
    """The drafts at the provider."""
    if household.provider.name == "outlook":
        return list(household.world.microsoft.account(household.address).messages("drafts"))
    account = household.world.google.account(household.address)
    return [each for each in account.messages if each.id in account.mailbox.drafts.values()]


def touch(household: Household) -> None:
    """The person changes the draft there is."""
    (draft,) = drafts(household)
    if household.provider.name == "outlook":
        account: Any = household.world.microsoft.account(household.address)
        with account.turn():
            account.mailbox.change(draft, "subject")
        return
    box = household.world.google.account(household.address).mailbox
    (name,) = [name for name, message in box.drafts.items() if message == draft.id]
    box.replace_draft(name, draft.raw.replace(b"Hello", b"Dear me"), thread=draft.thread_id)


def remove_drafts(household: Household) -> None:
    for each in drafts(household):
        if household.provider.name == "outlook":
            account: Any = household.world.microsoft.account(household.address)
            with account.turn():
                account.mailbox.remove(each)
        else:
            box = household.world.google.account(household.address).mailbox
            box.remove(each)


def test_a_draft_is_taken_back_if_an_answer_comes_first(household: Household) -> None:
    for item in deaths(household):
        answered(household, item)
        assert drafts(household) == []


def test_a_draft_that_is_wanted_again_is_there_once_and_taken_back_all_the_same(household: Household) -> None:
    for item in deaths(household):
        if household.ledger.deliveries.follow_up(item.id) is None or not drafts(household):
            leave(household, item)
        else:
            with pytest.raises(DraftInTheWay, match="left about it already"):
                leave(household, item)
        assert len(drafts(household)) == 1
        answered(household, item)
        assert drafts(household) == []


def test_a_draft_the_person_touched_stays_theirs(household: Household) -> None:
    touched = 0
    for item in deaths(household):
        if drafts(household):
            touch(household)
            touched += 1
            with pytest.raises(DraftInTheWay):
                leave(household, item)
            assert len(drafts(household)) == 1
            answered(household, item)
            assert len(drafts(household)) == 1
    assert touched


class Meanwhile:
    """A mailbox in which something happens just before a call of this name is done, once."""

    def __init__(self, household: Household, name: str, happens: Callable[[], None]) -> None:
        self._mailbox, self._name, self._happens = household.mailbox, name, happens

    def __getattr__(self, name: str) -> Any:
        if name == self._name:
            self._name = ""
            self._happens()
        return getattr(self._mailbox, name)


def sent(household: Household) -> SentItem:
    household.send()
    read(household)
    return household.ledger.items()[0]


def leave_while(household: Household, item: SentItem, name: str, happens: Callable[[], None]) -> None:
    mailbox = cast("Mailbox", Meanwhile(household, name, happens))
    leave_draft(household.ledger, mailbox, item, Policy(), now=household.now)


def test_who_wants_a_draft_while_it_is_made_is_told_so(household: Household) -> None:
    item = sent(household)

    def ask_too() -> None:
        with pytest.raises(DraftInTheWay, match="just being made"):
            leave(household, item)
        take_back_drafts(household.ledger, household.mailbox, household.account, Policy(), now=household.now())

    leave_while(household, item, "leave_draft", ask_too)
    assert len(drafts(household)) == 1
    answered(household, item)
    assert drafts(household) == []


@pytest.mark.parametrize("before", ["none", "one that was thrown away"])
def test_of_two_who_found_no_draft_one_makes_it(household: Household, before: str) -> None:
    item = sent(household)
    if before != "none":
        leave(household, item)
        remove_drafts(household)
    with pytest.raises(DraftInTheWay, match="left about it already"):
        leave_while(household, item, "fetch", lambda: leave(household, item))
    assert len(drafts(household)) == 1


def test_a_draft_cut_off_before_it_was_made_is_made_five_minutes_later(household: Household) -> None:
    item = sent(household)

    def die() -> None:
        raise PowerCut

    with pytest.raises(PowerCut):
        leave_while(household, item, "leave_draft", die)
    with pytest.raises(DraftInTheWay, match="ask again in five minutes"):
        leave(household, item)
    household.wait(timedelta(minutes=5))
    leave(household, item)
    assert len(drafts(household)) == 1


def test_a_draft_that_could_not_be_asked_for_may_be_asked_for_again_at_once(household: Household) -> None:
    item = sent(household)

    def fail() -> None:
        raise Unreachable("gone for a while")

    with pytest.raises(Unreachable):
        leave_while(household, item, "leave_draft", fail)
    leave(household, item)
    assert len(drafts(household)) == 1
