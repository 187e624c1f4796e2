"""A mail of which each recipient was sent a copy of their own: several messages, one item. Pure.

Our mark holds them together: `GROUP.1`, `GROUP.2` and so on are copies of the mail `GROUP`. So the item comes together
again from a mailbox alone, whatever is found first.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from evidence.model import Copy, SentItem, item_id

# our marks of other mail have no dot
_COPY_TAG = re.compile(r"([0-9a-f]{32})\.([1-9][0-9]{0,3})")


def copy_tag(group: str, number: int) -> str:
    """Our mark of one copy.

    :param group: 32 hexadecimal digits, the mark of the whole mail
    :param number: from 1
    """
    return f"{group}.{number}"


def group_id(account: str, group: str) -> str:
    """Id of the item that a mail sent in copies is."""
    return item_id(account, group)


def gathered(
    found: Iterable[SentItem], known: Callable[[str], SentItem | None] = lambda _: None
) -> tuple[SentItem, ...]:
    """Messages found in a mailbox as items: those that are copies of one mail become one.

    :param known: the item of an id as it is remembered; what is found is added to it
    """
    items: dict[str, SentItem] = {}
    for message in found:
        item = _as_group(message)
        before = items.get(item.id) or (known(item.id) if item.copies else None)
        items[item.id] = joined(before, item)
    return tuple(items.values())


def joined(before: SentItem | None, found: SentItem) -> SentItem:
    """An item with the copies known before and those found now; of one copy what was found now holds."""
    if before is None or not (before.copies and found.copies):
        return found
    return _whole(found, (*before.copies, *found.copies))


def apart(item: SentItem) -> tuple[SentItem, ...]:
    """The item as each of its messages alone shows it; itself, if it is one message."""
    if not item.copies:
        return (item,)
    return tuple(_whole(item, (each,)) for each in item.copies)


def without_recipient(item: SentItem, address: str) -> SentItem | None:
    """The item as if it had not been sent to this address; None if it was to nobody else."""
    left = tuple(each for each in item.recipients if each.address != address)
    if not left:
        return None
    kept = tuple(each for each in item.copies if [one.address for one in each.recipients] != [address])
    return replace(_whole(item, kept) if kept else item, recipients=left)


def with_copy_removed(item: SentItem, provider_id: str) -> SentItem:
    """The item after one of its copies left the mailbox."""
    marked = (replace(each, removed=True) if each.provider_id == provider_id else each for each in item.copies)
    return replace(item, copies=tuple(marked))


def in_mailbox(item: SentItem) -> tuple[str, ...]:
    """Provider ids of its messages, as far as they were not seen to leave the mailbox."""
    return tuple(each.provider_id for each in item.copies if not each.removed) or (item.provider_id,)


def threads(item: SentItem) -> tuple[str, ...]:
    """Every thread of the provider it stands in."""
    return tuple(dict.fromkeys(each.thread_id for each in apart(item) if each.thread_id))


def marks(item: SentItem) -> tuple[str, ...]:
    """Our mark of each of its messages; () if it did not leave through Heardback."""
    return tuple(each.tag for each in item.copies) or ((item.tag,) if item.tag else ())


def _as_group(message: SentItem) -> SentItem:
    """A message as the item it is a copy of; as it is, if it is none."""
    mark = _COPY_TAG.fullmatch(message.tag or "")
    if not mark or message.copies:
        return message
    copy = Copy(
        tag=mark.group(),
        provider_id=message.provider_id,
        message_ids=message.message_ids,
        thread_id=message.thread_id,
        sent_at=message.sent_at,
        recipients=message.recipients,
        correlation_key=message.correlation_key,
    )
    group = mark.group(1)
    return _whole(replace(message, id=group_id(message.account, group), tag=group), (copy,))


def _whole(item: SentItem, copies: Iterable[Copy]) -> SentItem:
    """The item made of these copies, in the order they were sent in; of two with one mark the later one is meant."""
    each_once = {each.tag: each for each in copies}
    ordered = sorted(each_once.values(), key=_number)
    first = ordered[0]
    people = {one.address: one for each in reversed(ordered) for one in reversed(each.recipients)}
    return replace(
        item,
        provider_id=first.provider_id,
        thread_id=first.thread_id,
        message_ids=tuple(dict.fromkeys(name for each in ordered for name in each.message_ids)),
        sent_at=min(each.sent_at for each in ordered),
        recipients=tuple(reversed(people.values())),
        correlation_key=first.correlation_key,
        copies=tuple(ordered),
    )


def _number(copy: Copy) -> int:
    return int(copy.tag.rpartition(".")[2])
