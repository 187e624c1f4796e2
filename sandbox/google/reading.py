"""The methods that only look: profile, labels, messages, threads, history, drafts, send-as addresses."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.google.call import Call, Json
from sandbox.google.history import Record
from sandbox.google.mailbox import Label
from sandbox.google.message import Message
from sandbox.google.query import Query, read_query
from sandbox.google.refusal import Refusal, invalid, not_found
from sandbox.google.represent import attachment, represent

_ESTIMATE = 201
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
    found = _search(call)
    page, more = call.page(found, lambda message: message.id)
    messages = [{"id": each.id, "threadId": each.thread_id} for each in page]
    return {**({"messages": messages} if messages else {}), **more, "resultSizeEstimate": min(len(found), _ESTIMATE)}


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
    newest = {message.thread_id: message for message in reversed(_search(call))}
    found = sorted(newest.values(), key=lambda each: (each.received_ms, each.id), reverse=True)
    page, more = call.page(found, lambda message: message.thread_id)
    threads = [
        {"id": each.thread_id, "snippet": _snippet(each), "historyId": str(_thread_history(call, each.thread_id))}
        for each in page
    ]
    return {**({"threads": threads} if threads else {}), **more, "resultSizeEstimate": min(len(found), _ESTIMATE)}


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


def list_drafts(call: Call) -> Json:
    """users.drafts.list."""
    drafts = {message: draft for draft, message in call.account.mailbox.drafts.items()}
    found = [message for message in _search(call) if message.id in drafts]
    page, more = call.page(found, lambda message: message.id)
    answer = [{"id": drafts[each.id], "message": {"id": each.id, "threadId": each.thread_id}} for each in page]
    return {**({"drafts": answer} if answer else {}), **more, "resultSizeEstimate": min(len(found), _ESTIMATE)}


def get_draft(call: Call) -> Json:
    """users.drafts.get."""
    message = call.account.mailbox.drafts.get(call.path["id"])
    if message is None:
        raise not_found()
    return {"id": call.path["id"], "message": represent(call.message(message), call.format())}


def list_history(call: Call) -> Json:
    """users.history.list: what changed after an id, oldest first; no `history` at all when nothing did."""
    mailbox = call.account.mailbox
    start = call.args.get("startHistoryId", "")
    if not start.isdecimal():
        raise invalid("Missing or invalid startHistoryId" if start else "Required parameter: startHistoryId")
    if call.trouble("expire-cursor"):
        mailbox.history.expire()
    records = mailbox.history.since(int(start), call.now)
    if records is None:
        raise not_found()
    wanted = set(call.args.getlist("historyTypes"))
    if wanted - set(_INSIDE):
        raise invalid(f"Invalid value at 'history_types', {sorted(wanted - set(_INSIDE))}")
    label = call.args.get("labelId")
    chosen = [
        record
        for record in records
        if (not wanted or record.change in wanted) and (not label or label in _labels_now(call, record))
    ]
    page, more = call.page(chosen, lambda record: str(record.id))
    history = [_record(call, each) for each in page]
    return {**({"history": history} if history else {}), **more, "historyId": str(mailbox.history.last)}


def list_labels(call: Call) -> Json:
    """users.labels.list: without counts."""
    return {"labels": [label_json(label) for label in call.account.mailbox.labels.values()]}


def get_label(call: Call) -> Json:
    """users.labels.get: with counts."""
    label = call.account.mailbox.labels.get(call.path["id"])
    if label is None:
        raise not_found()
    messages = [each for each in call.account.mailbox.newest_first() if label.id in each.labels]
    unread = [each for each in messages if "UNREAD" in each.labels]
    return {
        **label_json(label),
        "messagesTotal": len(messages),
        "messagesUnread": len(unread),
        "threadsTotal": len({each.thread_id for each in messages}),
        "threadsUnread": len({each.thread_id for each in unread}),
    }


def label_json(label: Label) -> Json:
    """A label as lists show it."""
    shown = {"messageListVisibility": label.message_list, "labelListVisibility": label.label_list}
    return {
        "id": label.id,
        "name": label.name,
        "type": label.type,
        **{key: word for key, word in shown.items() if word},
    }


def list_send_as(call: Call) -> Json:
    """users.settings.sendAs.list: the account first, then its aliases."""
    return {"sendAs": [_send_as(call, each) for each in _sending_addresses(call)]}


def get_send_as(call: Call) -> Json:
    """users.settings.sendAs.get."""
    if call.path["id"].lower() not in _sending_addresses(call):
        raise not_found()
    return _send_as(call, call.path["id"].lower())


def _sending_addresses(call: Call) -> tuple[str, ...]:
    return (call.account.address, *call.account.identity.aliases)


def _send_as(call: Call, address: str) -> Json:
    common = {
        "sendAsEmail": address,
        "displayName": call.account.identity.name,
        "replyToAddress": "",
        "signature": "",
    }
    if address == call.account.address:
        return {**common, "isPrimary": True, "isDefault": True}
    return {**common, "treatAsAlias": True, "verificationStatus": "accepted"}


def _search(call: Call) -> list[Message]:
    """Messages by labels, query and the rule that spam and trash are only shown when asked for, newest first."""
    mailbox = call.account.mailbox
    if "q" in call.args and call.metadata_only:
        raise Refusal(403, "forbidden", "Metadata scope does not support 'q' parameter")
    labels = call.args.getlist("labelIds")
    unknown = [label for label in labels if label not in mailbox.labels]
    if unknown:
        raise invalid(f"Invalid label: {unknown[0]}")
    query = _query(call)
    everywhere = query.everywhere or call.flag("includeSpamTrash") or bool({"SPAM", "TRASH"} & set(labels))
    return [
        message
        for message in mailbox.newest_first()
        if set(labels) <= set(message.labels)
        and (everywhere or not {"SPAM", "TRASH"} & set(message.labels))
        and query.matches(message)
    ]


def _query(call: Call) -> Query:
    names = {label.name.lower(): label.id for label in call.account.mailbox.labels.values()}
    return read_query(call.args.get("q", ""), now=call.now, labels=names)


def _shown(call: Call, message: Message) -> Json:
    form = call.format()
    if call.metadata_only and form in ("full", "raw"):
        raise Refusal(403, "forbidden", f"Metadata scope doesn't allow format {form.upper()}")
    return represent(message, form, tuple(call.args.getlist("metadataHeaders")))


def _snippet(message: Message) -> str:
    return str(represent(message, "minimal")["snippet"])


def _thread_history(call: Call, thread: str) -> int:
    return max(message.history_id for message in call.account.mailbox.thread(thread))


def _labels_now(call: Call, record: Record) -> tuple[str, ...]:
    """The labels a message has today; a deleted one has none any more."""
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
    "labels.list": list_labels,
    "labels.get": get_label,
    "messages.list": list_messages,
    "messages.get": get_message,
    "messages.attachments.get": get_attachment,
    "threads.list": list_threads,
    "threads.get": get_thread,
    "drafts.list": list_drafts,
    "drafts.get": get_draft,
    "history.list": list_history,
    "settings.sendAs.list": list_send_as,
    "settings.sendAs.get": get_send_as,
}
