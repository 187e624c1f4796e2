"""The address that was perhaps meant, where mail came back."""

from collections.abc import Callable

import pytest

from evidence.model import Grade, ItemVerdict, Recipient, RecipientVerdict, Verdict
from scheduler.correction import corrections, meant
from tests.scheduler.conftest import MONDAY
from tests.scheduler.test_planning import stands

ITEM = stands().item


def given_back(address: str, why: str = "there is no such user") -> ItemVerdict:
    one = RecipientVerdict(
        recipient=Recipient(address=address), verdict=Verdict.NOT_DELIVERED, grade=Grade.NONE, since=MONDAY, why=why
    )
    return ItemVerdict(item=ITEM, recipients=(one,))


def all_but(*bounced: str) -> Callable[[str], bool]:
    return lambda address: address not in bounced


@pytest.mark.parametrize(
    ("address", "known", "bounced", "right"),
    [
        ("bob@gmial.com", (), (), "bob@gmail.com"),
        ("sales@acme.con", ("bob@acme.com",), (), "sales@acme.com"),
        # a domain that is a post of its own is written as it should be, too
        ("bob@mail.com", (), (), ""),
        # a domain somebody is reached at is written as it should be
        ("bob@gmial.com", ("ann@gmial.com",), (), ""),
        # and one from which everything came back is not
        ("bob@gmial.com", ("ann@gmial.com",), ("ann@gmial.com",), "bob@gmail.com"),
        ("bob@gmial.com", ("ann@gmial.com", "eve@gmial.com"), ("ann@gmial.com",), ""),
        # what came back is no address to suggest, neither whole nor by its domain
        ("bob@exmaple.com", ("bob@example.com",), ("bob@example.com",), ""),
        ("bob@exmaple.com", ("bob@example.com", "bob@exampel.com"), ("bob@exampel.com",), "bob@example.com"),
    ],
)
def test_only_what_does_not_come_back_is_taken_for_right(
    address: str, known: tuple[str, ...], bounced: tuple[str, ...], right: str
) -> None:
    assert meant(address, known, all_but(*bounced)) == right


@pytest.mark.parametrize("why", ["the mailbox is full", "the message is too large", "policy forbids it"])
def test_what_has_nothing_to_do_with_the_address_brings_no_other(why: str) -> None:
    assert corrections(given_back("bob@gmial.com", why), lambda: (), all_but()) == {}


def test_nobody_is_looked_up_for_mail_that_arrived() -> None:
    def known() -> tuple[str, ...]:
        raise AssertionError

    assert corrections(ItemVerdict(item=ITEM, recipients=()), known, all_but()) == {}
