"""A provider forgets where reading stopped: the mailbox is listed anew, and what is gone is noticed by its absence."""

from tests.faults.household import Household
from tests.faults.work import work


def test_mail_deleted_meanwhile_is_followed_no_more_even_if_nothing_else_is_left(household: Household) -> None:
    household.send()
    work(household)
    household.delete(next(iter(household.sent())))
    household.forget_cursors()
    work(household)
    (item,) = household.ledger.items()
    assert household.ledger.is_removed(item.id)
