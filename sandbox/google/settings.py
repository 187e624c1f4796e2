"""The methods beside the mail itself: labels, send-as addresses, watch."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from sandbox.google.account import Watch
from sandbox.google.call import Call, Json
from sandbox.google.mailbox import Label
from sandbox.google.refusal import Refusal, invalid, not_found

#: how long a watch lasts (guide "Push notifications")
WATCH = timedelta(days=7)


def list_labels(call: Call) -> Json:
    """users.labels.list: without counts."""
    return {"labels": [_label(label) for label in call.account.mailbox.labels.values()]}


def get_label(call: Call) -> Json:
    """users.labels.get: with counts."""
    label = _named(call)
    messages = [each for each in call.account.mailbox.newest_first() if label.id in each.labels]
    unread = [each for each in messages if "UNREAD" in each.labels]
    return {
        **_label(label),
        "messagesTotal": len(messages),
        "messagesUnread": len(unread),
        "threadsTotal": len({each.thread_id for each in messages}),
        "threadsUnread": len({each.thread_id for each in unread}),
    }


def create_label(call: Call) -> Json:
    """users.labels.create."""
    resource = call.incoming.resource
    name = str(resource.get("name") or "").strip()
    if not name:
        raise invalid("Invalid label name")
    if name.lower() in (label.name.lower() for label in call.account.mailbox.labels.values()):
        raise Refusal(409, "aborted", "Label name exists or conflicts", status="ABORTED")
    shown = (str(resource.get("messageListVisibility", "show")), str(resource.get("labelListVisibility", "labelShow")))
    return _label(call.account.mailbox.add_label(name, *shown))


def delete_label(call: Call) -> None:
    """users.labels.delete."""
    label = _named(call)
    if label.type == "system":
        raise invalid("Invalid delete request")
    call.account.mailbox.remove_label(label.id)


def list_send_as(call: Call) -> Json:
    """users.settings.sendAs.list: the account first, then its aliases."""
    return {"sendAs": [_send_as(call, each) for each in _sending_addresses(call)]}


def get_send_as(call: Call) -> Json:
    """users.settings.sendAs.get."""
    if call.path["id"].lower() not in _sending_addresses(call):
        raise not_found()
    return _send_as(call, call.path["id"].lower())


def watch(call: Call) -> Json:
    """users.watch: noted, and shown by `GmailAccount.watch`; there is no Pub/Sub to push to."""
    resource = call.incoming.resource
    topic = str(resource.get("topicName", ""))
    if not re.fullmatch(r"projects/[^/]+/topics/[^/]+", topic):
        raise invalid(f"Invalid topicName does not match projects/*/topics/*: {topic}")
    until = call.now + WATCH
    call.account.watch = Watch(topic=topic, labels=call.names("labelIds"), until=until)
    return {
        "historyId": str(call.account.mailbox.history.last),
        "expiration": str(int(until.timestamp() * 1000)),
    }


def stop(call: Call) -> None:
    """users.stop."""
    call.account.watch = None


def _named(call: Call) -> Label:
    label = call.account.mailbox.labels.get(call.path["id"])
    if label is None:
        raise not_found()
    return label


def _label(label: Label) -> Json:
    shown = {"messageListVisibility": label.message_list, "labelListVisibility": label.label_list}
    return {
        "id": label.id,
        "name": label.name,
        "type": label.type,
        **{key: word for key, word in shown.items() if word},
    }


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


SETTINGS: Mapping[str, Callable[[Call], Json | None]] = {
    "labels.list": list_labels,
    "labels.get": get_label,
    "labels.create": create_label,
    "labels.delete": delete_label,
    "settings.sendAs.list": list_send_as,
    "settings.sendAs.get": get_send_as,
    "watch": watch,
    "stop": stop,
}
