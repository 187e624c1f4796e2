"""Follow-up drafts of a Heardback that died at any step: never two, and gone if an answer comes before a touch."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast

import pytest

from connectors.errors import DraftInTheWay
from evidence.model import SentItem
from scheduler.follow_up import leave_draft, take_back_drafts
from scheduler.sync import sync_account
from store.ledger import Ledger
from tests.faults.household import WINDOW, Household
from tests.scheduler.interruptions import Fuse, FusedLedger, cuts, fused_wire


def read(household: Household) -> None:
    sync_account(household.ledger, household.mailbox, household.account, now=household.now, window=WINDOW)


def leave(household: Household, item: SentItem, ledger: Ledger | None = None) -> None:
    leave_draft(ledger or household.ledger, household.mailbox, item, now=household.now)


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
    take_back_drafts(household.ledger, household.mailbox, household.account, now=household.now())
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
