"""A mail sent in copies is one item, in whatever order its messages are found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from evidence.copies import (
    apart,
    copy_tag,
    gathered,
    group_id,
    in_mailbox,
    joined,
    threads,
    with_copy_removed,
    without_recipient,
)
from evidence.correlate import correlate
from evidence.model import Evidence, Grade, Kind, Recipient, SentItem, item_id

ME = "gmail:me@example.com"
GROUP = "0123456789abcdef" * 2
SENT_AT = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
PEOPLE = ("ann@one.example", "ben@two.example", "cleo@three.example")


def message(number: int, tag: str = "") -> SentItem:
    """A message as a mailbox shows it."""
    return SentItem(
        id=item_id(ME, f"p{number}"),
        account=ME,
        provider_id=f"p{number}",
        message_ids=(f"m{number}@example.com",),
        thread_id=f"t{number}",
        sent_at=SENT_AT + timedelta(seconds=number),
        sender="me@example.com",
        recipients=(Recipient(address=PEOPLE[number - 1]),),
        subject="Offer",
        correlation_key=f"k{number}",
        tag=tag or copy_tag(GROUP, number),
    )


MESSAGES = tuple(message(number) for number in (1, 2, 3))
(ITEM,) = gathered(MESSAGES)


def test_the_messages_of_one_mail_become_one_item_with_all_recipients() -> None:
    assert (ITEM.id, ITEM.tag, ITEM.sent_at) == (group_id(ME, GROUP), GROUP, MESSAGES[0].sent_at)
    assert [each.address for each in ITEM.recipients] == list(PEOPLE)
    assert ITEM.message_ids == ("m1@example.com", "m2@example.com", "m3@example.com")
    assert (threads(ITEM), in_mailbox(ITEM)) == (("t1", "t2", "t3"), ("p1", "p2", "p3"))


@pytest.mark.parametrize("order", list(permutations(MESSAGES)))
def test_found_in_any_order_and_one_by_one_it_is_the_same_item(order: tuple[SentItem, ...]) -> None:
    remembered: dict[str, SentItem] = {}
    for each in order:
        for item in gathered([each], remembered.get):
            remembered[item.id] = joined(remembered.get(item.id), item)
    assert list(remembered.values()) == [ITEM]


@pytest.mark.parametrize("tag", [None, "f" * 32, f"{GROUP}.", f"{GROUP}.0", f"{GROUP}.x", "reminder-abc-1", "a.1"])
def test_a_message_with_another_mark_stays_what_it_is(tag: str | None) -> None:
    alone = replace(MESSAGES[0], tag=tag)
    assert gathered([alone]) == (alone,)


def test_each_message_can_be_looked_at_by_itself() -> None:
    views = apart(ITEM)
    assert [(each.id, each.message_ids, each.thread_id, each.recipients) for each in views] == [
        (ITEM.id, each.message_ids, each.thread_id, each.recipients) for each in MESSAGES
    ]


def test_a_copy_that_left_the_mailbox_and_came_back_is_there_again() -> None:
    gone = with_copy_removed(ITEM, "p2")
    assert in_mailbox(gone) == ("p1", "p3")
    assert joined(gone, gathered([MESSAGES[1]])[0]) == ITEM


def test_without_one_recipient_their_copy_is_gone_too() -> None:
    left = without_recipient(ITEM, PEOPLE[1])
    assert left
    assert ([each.address for each in left.recipients], in_mailbox(left)) == ([PEOPLE[0], PEOPLE[2]], ("p1", "p3"))
    assert without_recipient(MESSAGES[0], PEOPLE[0]) is None
    assert without_recipient(MESSAGES[0], PEOPLE[2]) == MESSAGES[0]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"original_message_id": "m2@example.com", "recipient": PEOPLE[1]}, Kind.RECEIPT),
        ({"original_message_id": "m2@example.com"}, Kind.DELIVERY),
        ({"references": ("m2@example.com",), "sender": "ben@elsewhere.example"}, Kind.REPLY),
        ({"correlation_key": "k2", "sender": PEOPLE[1]}, Kind.RECEIPT),
        ({"thread_id": "t2", "sender": PEOPLE[1]}, Kind.REPLY),
        ({"references": ("m1@example.com",), "sender": PEOPLE[1]}, Kind.REPLY),
    ],
)
def test_what_names_a_copy_speaks_about_its_recipient(fields: dict[str, object], kind: Kind) -> None:
    came = Evidence(
        kind=kind,
        grade=Grade.STRONG,
        rule="r",
        why="w",
        at=SENT_AT + timedelta(days=1),
        **fields,  # type: ignore[arg-type]
    )
    matched = correlate(came, [ITEM]).match
    assert matched
    assert (matched.item, matched.recipient) == (ITEM.id, PEOPLE[1])
