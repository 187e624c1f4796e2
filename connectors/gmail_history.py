"""What Gmail's history records say happened to each message. Pure; knows labels, and no headers."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from connectors import gmail_words as words
from connectors.google_http import Json
from connectors.mailbox import Arrival, Skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Every message named in some history records, each in one place."""

    #: ids of messages that came into the sent mail
    sent: tuple[str, ...]
    #: nothing but ids and threads is told
    received: tuple[Arrival, ...]
    #: ids deleted for good, and of sent mail put into the trash
    removed: tuple[str, ...]
    skipped: tuple[Skip, ...]


@dataclass(slots=True, kw_only=True)
class _Story:
    """All that the records tell of one message."""

    thread_id: str = ""
    #: kinds of the changes
    kinds: set[str] = field(default_factory=set)
    #: the labels it was last seen with
    labels: frozenset[str] = frozenset()
    #: labels that were put on it or taken off
    changed: set[str] = field(default_factory=set)


def happened(records: Iterable[Json], verbs: Collection[str] = ()) -> Happened:
    """Sort the messages that history records name.

    :param verbs: ids of the labels that say something of sent mail, so that it is to be read again

    A record's `messages` repeat what its other lists say and are left aside. Each draft that is saved is one message
    deleted and another added (Gmail API, "Working with drafts").
    """
    stories = _stories(records)
    ends = {message: _end(story, verbs) for message, story in stories.items()}
    return Happened(
        sent=tuple(message for message, end in ends.items() if end == "sent"),
        received=tuple(
            Arrival(provider_id=message, thread_id=stories[message].thread_id)
            for message, end in ends.items()
            if end == "received"
        ),
        removed=tuple(message for message, end in ends.items() if end == "removed"),
        skipped=tuple(
            Skip(provider_id=message, reason=end)
            for message, end in ends.items()
            if end not in ("sent", "received", "removed")
        ),
    )


def _stories(records: Iterable[Json]) -> dict[str, _Story]:
    stories: dict[str, _Story] = {}
    for record in records:
        for kind in (words.ADDED, words.DELETED, words.LABELLED, words.UNLABELLED):
            changes = record.get(kind)
            for change in changes if isinstance(changes, list) else ():
                _tell(stories, kind, change)
    return stories


def _tell(stories: dict[str, _Story], kind: str, change: Json) -> None:
    message = change.get("message") if isinstance(change, dict) else None
    if not isinstance(message, dict) or not words.text(message, "id"):
        return
    story = stories.setdefault(words.text(message, "id"), _Story())
    story.thread_id = words.text(message, "threadId") or story.thread_id
    story.kinds.add(kind)
    story.labels = words.labels_of(message) or story.labels
    if kind in (words.LABELLED, words.UNLABELLED):
        story.changed |= words.labels_of(change)


def relabelled(records: Iterable[Json]) -> frozenset[str]:
    """Ids of the person's own labels that were put on sent mail or taken off."""
    stories = (each for each in _stories(records).values() if words.SENT in each.labels)
    return frozenset(label for each in stories for label in each.changed if label.startswith(words.OWN_LABEL))


def _end(story: _Story, verbs: Collection[str]) -> str:
    """`sent`, `received`, `removed`, or the reason why it is none of these."""
    if words.DRAFT in story.labels:
        return words.NOT_RECEIVED[words.DRAFT]
    if words.DELETED in story.kinds:
        return "came and went" if words.ADDED in story.kinds else "removed"
    if words.CHAT in story.labels:
        return words.NOT_RECEIVED[words.CHAT]
    if words.SENT in story.labels:
        return _end_of_sent(story, verbs)
    return "received" if words.ADDED in story.kinds else "only labels changed"


def _end_of_sent(story: _Story, verbs: Collection[str]) -> str:
    is_news = words.ADDED in story.kinds or story.changed & {words.SENT, words.TRASH, *verbs}
    if not is_news:
        return "only labels changed"
    return "removed" if words.TRASH in story.labels else "sent"
