"""The ledger's tables: which record lies in each, which fields stand beside it, and what documents are found by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evidence import normal
from evidence.model import Evidence, Kind, SentItem
from store.deliveries import Delivery, FollowUp
from store.index import LAST, Entry, Indexes
from store.ledger import Account, Decision, Outgoing, Reminder, Spent, Tally
from store.tracking import Choice, Forgotten, RelayState, Salt, Tracked


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where reading one mailbox stopped."""

    account: str
    cursor: str


#: Beside its record, an item may have `removed`, evidence `id` and `account` (whose mailbox it was read from), a tally
#: `account`. Changing an index is a new schema version: the migration makes all entries anew.
KINDS: dict[str, type] = {
    "accounts": Account,
    "cursors": Cursor,
    "tallies": Tally,
    "spending": Spent,
    "items": SentItem,
    "evidence": Evidence,
    "reminders": Reminder,
    "decisions": Decision,
    "deliveries": Delivery,
    "follow_ups": FollowUp,
    "outgoing": Outgoing,
    "tracked": Tracked,
    "choices": Choice,
    "relay": RelayState,
    "forgotten": Forgotten,
    "salt": Salt,
}

#: the table of an exported file that says which schema version it is in
META = "meta"


def joined(*parts: str) -> str:
    """One key of several parts."""
    return "\x1f".join(parts)


def _messages(item: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The item itself, or the copies it was sent in."""
    return item.get("copies") or [item]


def _about(evidence: Mapping[str, Any]) -> Iterator[Entry]:
    """The item it was matched to; the empty key for evidence that speaks about none."""
    yield (evidence["match"]["item"] if evidence["match"] else ""), evidence["at"] or ""


def _whose(evidence: Mapping[str, Any]) -> Iterator[Entry]:
    """The recipient it was matched to, if it can be told who."""
    match = evidence["match"]
    if match and match["recipient"]:
        yield match["recipient"], evidence["at"] or ""


def _may_be_about(evidence: Mapping[str, Any]) -> Iterator[Entry]:
    """The item its subject alone leads to."""
    if hint := evidence.get("hint"):
        yield hint["item"], evidence["at"] or ""


def _answers(evidence: Mapping[str, Any]) -> Iterator[Entry]:
    """People's answers that count for some item, by the thread they stand in and the ids they refer to."""
    if evidence["kind"] != Kind.REPLY or not evidence["match"] or evidence["doubt"]:
        return
    if evidence["thread_id"]:
        yield joined(evidence["account"], evidence["thread_id"]), evidence["at"] or LAST
    for each in evidence["references"]:
        yield normal.squeezed(each), evidence["at"] or LAST


def _hits(evidence: Mapping[str, Any]) -> Iterator[Entry]:
    """Hits alone, by age."""
    if evidence["kind"] == Kind.HIT:
        yield "", evidence["at"] or ""


INDEXES: Indexes = {
    "accounts": {"id": lambda account: [(account["id"], "")]},
    "cursors": {"id": lambda cursor: [(cursor["account"], "")]},
    "tallies": {"id": lambda tally: [(tally["account"], "")]},
    "spending": {"minute": lambda spent: [(spent["account"], spent["minute"])]},
    "items": {
        "id": lambda item: [(item["id"], "")],
        "sent": lambda item: [("", item["sent_at"])],
        "provider": lambda item: [(item["account"], each["provider_id"]) for each in _messages(item)],
        "message_id": lambda item: [(each, "") for each in item["message_ids"]],
        "thread": lambda item: [
            (joined(item["account"], each["thread_id"]), item["sent_at"]) for each in _messages(item)
        ],
        "correlation_key": lambda item: [
            (each["correlation_key"], "") for each in _messages(item) if each["correlation_key"]
        ],
        "recipient": lambda item: [(each["address"], item["sent_at"]) for each in item["recipients"]],
        "tag": lambda item: [(each["tag"], "") for each in (item, *item.get("copies", ())) if each.get("tag")],
    },
    "evidence": {
        "id": lambda evidence: [(evidence["account"], evidence["id"])],
        "item": _about,
        "hint": _may_be_about,
        "recipient": _whose,
        "source": lambda evidence: [(evidence["account"], evidence["source"])],
        "hit": _hits,
        "answer": _answers,
    },
    "reminders": {
        "id": lambda reminder: [(reminder["id"], "")],
        "item": lambda reminder: [(reminder["item"], reminder["due_at"])],
        "state": lambda reminder: [(reminder["state"], reminder["due_at"])],
    },
    "deliveries": {
        "id": lambda delivery: [(delivery["id"], "")],
        "reminder": lambda delivery: [(delivery["reminder"], "")],
        "state": lambda delivery: [(delivery["state"], delivery["next_at"])],
    },
    "follow_ups": {"item": lambda follow_up: [(follow_up["item"], "")]},
    "decisions": {"item": lambda decision: [(decision["item"], decision["at"])]},
    "outgoing": {
        "tag": lambda outgoing: [(outgoing["tag"], "")],
        "pending": lambda outgoing: [] if outgoing["item"] else [("", outgoing["begun_at"])],
    },
    "tracked": {
        "id": lambda tracked: [(tracked["id"], "")],
        "tag": lambda tracked: [(tracked["tag"], tracked["made_at"])],
        "recipient": lambda tracked: [(each, tracked["made_at"]) for each in tracked["recipients"]],
        "made": lambda tracked: [("", tracked["made_at"])],
    },
    "choices": {"address": lambda choice: [(choice["address"], choice["at"])]},
    "forgotten": {"mark": lambda person: [(person["mark"], "")]},
}
