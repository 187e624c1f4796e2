"""The methods that only look at mail: profile, messages, threads, history. Nothing here changes anything."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sandbox.google.call import Call, Json
from sandbox.google.history import Record
from sandbox.google.message import Message
from sandbox.google.query import Query, read_query
from sandbox.google.refusal import Refusal, invalid, not_found
from sandbox.google.represent import attachment, represent

#: `resultSizeEstimate` is no count: it stops here
MOST_ESTIMATED = 201

#: beyond the place of any message
_END = 1 << 112
_INSIDE = {
    "messageAdded": "messagesAdded",
    "messageDeleted": "messagesDeleted",
    "labelAdded": "labelsAdded",
    "labelRemoved": "labelsRemoved",
}


def profile(call: Call) -> Json:
    """users.getProfile."""
    messages, threads = call.account.mailbox.counts()
    return {
        "emailAddress": call.account.address,
        "messagesTotal": messages,
        "threadsTotal": threads,
        "historyId": str(call.account.mailbox.history.last),
    }


def list_messages(call: Call) -> Json:
    """users.messages.list: ids only, newest first; no `messages` at all when there are none."""
    found = search(call)
    page, more = call.page(found, newest_first)
    return listing("messages", [{"id": each.id, "threadId": each.thread_id} for each in page], more, len(found))


def get_message(call: Call) -> Json:
    """users.messages.get."""
    message = call.message(call.path["id"])
    answer = _shown(call, message)
    call.account.warm.add(message.id)
    return answer


def get_attachment(call: Call) -> Json:
    """users.messages.attachments.get."""
    return attachment(call.message(call.path["message"]), call.path["id"])


def list_threads(call: Call) -> Json:
    """users.threads.list: threads with at least one message that is asked for, newest first."""
    newest: dict[str, Message] = {}
    for message in search(call):
        newest.setdefault(message.thread_id, message)
    page, more = call.page(list(newest.values()), newest_first)
    threads = [
        {
            "id": each.thread_id,
            "snippet": each.snippet(),
            "historyId": str(_thread_history(call, each.thread_id)),
        }
        for each in page
    ]
    return listing("threads", threads, more, len(newest))


def get_thread(call: Call) -> Json:
    """users.threads.get."""
    messages = call.account.mailbox.thread(call.path["id"])
    if not messages:
        raise not_found()
    return {
        "id": call.path["id"],
        "historyId": str(_thread_history(call, call.path["id"])),
        "messages": [_shown(call, message) for message in messages],
    }


def list_history(call: Call) -> Json:
    """users.history.list: what changed after an id, oldest first; no `history` at all when nothing did."""
    mailbox = call.account.mailbox
    start = call.args.get("startHistoryId", "")
    if not start.isdecimal():
        raise invalid("Invalid startHistoryId" if start else "Missing required parameter: startHistoryId")
    wanted = set(call.args.getlist("historyTypes"))
    if wanted - set(_INSIDE):
        raise invalid(f"Invalid value at 'history_types', {sorted(wanted - set(_INSIDE))}")
    if call.trouble("expire-cursor"):
        mailbox.history.expire()
    records = mailbox.history.since(int(start), call.now)
    if records is None:
        raise not_found()
    label = call.args.get("labelId")
    chosen = [
        record
        for record in records
        if (not wanted or record.change in wanted) and (not label or label in _labels_now(call, record))
    ]
    page, more = call.page(chosen, lambda record: record.id)
    history = [_record(call, each) for each in page]
    return {**({"history": history} if history else {}), **more, "historyId": str(mailbox.history.last)}


def search(call: Call) -> list[Message]:
    """Messages by labels, query and the rule that spam and trash are only shown when asked for, newest first.

    :raises Refusal: 403, the grant does not allow a query; 400, there is no such label
    """
    mailbox = call.account.mailbox
    if "q" in call.args and call.metadata_only:
        raise Refusal(403, "forbidden", "Metadata scope does not support 'q' parameter")
    labels = set(call.args.getlist("labelIds"))
    unknown = labels - set(mailbox.labels)
    if unknown:
        raise invalid(f"Invalid label: {min(unknown)}")
    query = _query(call)
    everywhere = query.everywhere or call.flag("includeSpamTrash") or not labels.isdisjoint({"SPAM", "TRASH"})
    hidden: set[str] = set() if everywhere else {"SPAM", "TRASH"}
    lag = call.account.search_lag if call.args.get("q") else timedelta()
    return [
        message
        for message in mailbox.newest_first()
        if labels.issubset(message.labels)
        and hidden.isdisjoint(message.labels)
        and (not lag or message.received_ms <= (call.now - lag).timestamp() * 1000)
        and query.matches(message)
    ]


def listing(name: str, items: list[Json], more: Json, found: int) -> Json:
    """An answer with a list; its key is absent when the list is empty."""
    return {**({name: items} if items else {}), **more, "resultSizeEstimate": min(found, MOST_ESTIMATED)}


def newest_first(message: Message) -> int:
    """Where a message stands in listings."""
    return _END - (message.received_ms << 64) - int(message.id, 16)


def _query(call: Call) -> Query:
    names = {label.name.lower(): label.id for label in call.account.mailbox.labels.values()}
    return read_query(call.args.get("q", ""), now=call.now, labels=names)


def _shown(call: Call, message: Message) -> Json:
    form = call.format()
    if call.metadata_only and form in ("full", "raw"):
        raise Refusal(403, "forbidden", f"Metadata scope doesn't allow format {form.upper()}")
    return represent(message, form, tuple(call.args.getlist("metadataHeaders")))


def _thread_history(call: Call, thread: str) -> int:
    return max(message.history_id for message in call.account.mailbox.thread(thread))


def _labels_now(call: Call, record: Record) -> tuple[str, ...]:
    """The labels a message has today, whenever the change was; a deleted one has none any more."""
    message = call.account.mailbox.find(record.message)
    return message.labels if message else ()


def _record(call: Call, record: Record) -> Json:
    outline = {"id": record.message, "threadId": record.thread}
    labels = _labels_now(call, record)
    inner: dict[str, Any] = {"message": {**outline, "labelIds": list(labels)} if labels else outline}
    if record.labels:
        inner["labelIds"] = list(record.labels)
    return {"id": str(record.id), "messages": [outline], _INSIDE[record.change]: [inner]}


READING: Mapping[str, Callable[[Call], Json]] = {
    "getProfile": profile,
    "messages.list": list_messages,
    "messages.get": get_message,
    "messages.attachments.get": get_attachment,
    "threads.list": list_threads,
    "threads.get": get_thread,
    "history.list": list_history,
}
