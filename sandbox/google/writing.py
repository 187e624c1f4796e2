"""The methods that change a mailbox: send, insert, import, label, trash, delete, drafts, labels, watch."""

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from sandbox.google.account import SPAM_MARK, Watch
from sandbox.google.call import Call, Json
from sandbox.google.message import Message, base_subject, first_header, message_ids, read_headers
from sandbox.google.reading import label_json
from sandbox.google.refusal import Refusal, invalid, not_found
from sandbox.google.represent import brief
from sandbox.google.sending import new_message_id, prepare, with_headers

#: bytes of a message that may be sent or kept as a draft, and of one that is inserted (discovery document)
MOST_TO_SEND = 36_700_160
MOST_TO_INSERT = 157_286_400
#: how long a watch lasts (guide "Push notifications")
WATCH = timedelta(days=7)

_NOT_BY_HAND = {"SENT", "DRAFT", "CHAT"}


def send_message(call: Call) -> Json:
    """users.messages.send."""
    return _send(call, _mime(call, call.incoming.resource, MOST_TO_SEND), call.incoming.resource)


def insert_message(call: Call) -> Json:
    """users.messages.insert: like IMAP APPEND; the Message-ID stays as it is."""
    return _file(call, scanned=False, date_header=call.args.get("internalDateSource") == "dateHeader")


def import_message(call: Call) -> Json:
    """users.messages.import: as if it had come by SMTP."""
    date_header = call.args.get("internalDateSource", "dateHeader") == "dateHeader"
    return _file(call, scanned=not call.flag("neverMarkSpam"), date_header=date_header)


def modify_message(call: Call) -> Json:
    """users.messages.modify."""
    message = call.message(call.path["id"])
    _modify(call, [message])
    return brief(message)


def modify_messages(call: Call) -> None:
    """users.messages.batchModify; ids that are gone are passed over."""
    _modify(call, _named(call))


def modify_thread(call: Call) -> Json:
    """users.threads.modify."""
    messages = call.account.mailbox.thread(call.path["id"])
    if not messages:
        raise not_found()
    _modify(call, messages)
    return {"id": call.path["id"], "messages": [brief(message) for message in messages]}


def trash_message(call: Call) -> Json:
    """users.messages.trash: the labels of the trash, nothing is deleted."""
    message = call.message(call.path["id"])
    call.account.mailbox.relabel(message, add=("TRASH",), remove=("INBOX", "SPAM"))
    return brief(message)


def untrash_message(call: Call) -> Json:
    """users.messages.untrash: out of the trash, not back into the inbox."""
    message = call.message(call.path["id"])
    call.account.mailbox.relabel(message, remove=("TRASH",))
    return brief(message)


def delete_message(call: Call) -> None:
    """users.messages.delete: for good."""
    call.account.mailbox.remove(call.message(call.path["id"]))


def delete_messages(call: Call) -> None:
    """users.messages.batchDelete; ids that are gone are passed over."""
    for message in _named(call):
        call.account.mailbox.remove(message)


def create_draft(call: Call) -> Json:
    """users.drafts.create."""
    resource = _inner(call)
    mime = _with_id(call, _mime(call, resource, MOST_TO_SEND))
    return _draft(call, call.account.mailbox.add_draft(mime, thread=_thread(call, resource, mime)))


def update_draft(call: Call) -> Json:
    """users.drafts.update: the draft keeps its id, its message gets a new one."""
    if call.path["id"] not in call.account.mailbox.drafts:
        raise not_found()
    resource = _inner(call)
    mime = _with_id(call, _mime(call, resource, MOST_TO_SEND))
    call.account.mailbox.replace_draft(call.path["id"], mime, thread=_thread(call, resource, mime))
    return _draft(call, call.path["id"])


def send_draft(call: Call) -> Json:
    """users.drafts.send: the draft and its message go, a new message with SENT comes in the same thread."""
    mailbox = call.account.mailbox
    message = call.message(mailbox.drafts.get(str(call.incoming.resource.get("id", "")), "0"))
    new = _inner(call)
    mime = _mime(call, new, MOST_TO_SEND) if "raw" in new or call.incoming.media is not None else message.raw
    answer = _send(call, mime, {"threadId": message.thread_id, **new}, reply=False)
    mailbox.remove(message)
    return answer


def delete_draft(call: Call) -> None:
    """users.drafts.delete: for good."""
    call.account.mailbox.remove(call.message(call.account.mailbox.drafts.get(call.path["id"], "0")))


def create_label(call: Call) -> Json:
    """users.labels.create."""
    resource = call.incoming.resource
    name = str(resource.get("name", "")).strip()
    if not name:
        raise invalid("Invalid label name")
    if name.lower() in (label.name.lower() for label in call.account.mailbox.labels.values()):
        raise Refusal(409, "aborted", "Label name exists or conflicts", status="ABORTED")
    message_list = str(resource.get("messageListVisibility", "show"))
    return label_json(
        call.account.mailbox.add_label(name, message_list, str(resource.get("labelListVisibility", "labelShow")))
    )


def delete_label(call: Call) -> None:
    """users.labels.delete."""
    label = call.account.mailbox.labels.get(call.path["id"])
    if label is None:
        raise not_found()
    if label.type == "system":
        raise invalid("Invalid delete request")
    call.account.mailbox.remove_label(label.id)


def watch(call: Call) -> Json:
    """users.watch: noted, and shown by `GmailAccount.watch`; there is no Pub/Sub to push to."""
    resource = call.incoming.resource
    topic = str(resource.get("topicName", ""))
    if not re.fullmatch(r"projects/[^/]+/topics/[^/]+", topic):
        raise invalid(f"Invalid topicName does not match projects/*/topics/*: {topic}")
    until = call.now + WATCH
    call.account.watch = Watch(topic=topic, labels=tuple(resource.get("labelIds", ())), until=until)
    return {
        "historyId": str(call.account.mailbox.history.last),
        "expiration": str(int(until.timestamp() * 1000)),
    }


def stop(call: Call) -> None:
    """users.stop."""
    call.account.watch = None


def _send(call: Call, mime: bytes, resource: Mapping[str, Any], *, reply: bool = True) -> Json:
    account = call.account
    outgoing = prepare(mime, account.identity, account.chance, call.now)
    thread = _thread(call, resource, mime) if reply else resource["threadId"]
    account.meter.charge_mail(call.now)
    stored = account.mailbox.add(outgoing.kept, outgoing.labels, thread=thread)
    if outgoing.letter:
        call.letters.append(outgoing.letter)
    return brief(stored)


def _file(call: Call, *, scanned: bool, date_header: bool) -> Json:
    resource = call.incoming.resource
    mime = _mime(call, resource, MOST_TO_INSERT)
    headers = read_headers(mime)
    labels = tuple(str(each) for each in resource.get("labelIds", ()))
    _check_labels(call, labels)
    if scanned and first_header(headers, SPAM_MARK).lower() == "yes":
        labels = ("SPAM", *(each for each in labels if each != "INBOX"))
    thread = _thread(call, resource, mime) or call.account.mailbox.thread_of_reply(mime)
    received = _date_ms(first_header(headers, "Date")) if date_header else None
    return brief(call.account.mailbox.add(mime, labels, thread=thread, received_ms=received))


def _date_ms(text: str) -> int | None:
    try:
        return int(parsedate_to_datetime(text).timestamp() * 1000)
    except ValueError:
        return None


def _mime(call: Call, resource: Mapping[str, Any], most: int) -> bytes:
    """The message of a call: uploaded, or base64url in `raw`."""
    mime = call.incoming.media
    if mime is None:
        raw = resource.get("raw")
        if not isinstance(raw, str) or not raw:
            raise invalid("'raw' RFC822 payload message string or uploading message via /upload/* URL required")
        try:
            # Gmail takes both alphabets, with and without padding
            mime = urlsafe_b64decode(
                raw.replace("+", "-").replace("/", "_").rstrip("=") + "=" * (-len(raw.rstrip("=")) % 4)
            )
        except (binascii.Error, ValueError):
            raise invalid("Invalid value at 'message.raw' (TYPE_BYTES), Base64 decoding failed") from None
    if len(mime) > most:
        raise Refusal(413, "uploadTooLarge", f"Message size {len(mime)} bytes exceeds limit of {most} bytes")
    return mime


def _inner(call: Call) -> Mapping[str, Any]:
    """The message inside a draft resource."""
    inner = call.incoming.resource.get("message", {})
    return inner if isinstance(inner, dict) else {}


def _with_id(call: Call, mime: bytes) -> bytes:
    if first_header(read_headers(mime), "Message-ID"):
        return mime
    return with_headers(mime, {"Message-ID": new_message_id(call.account.chance)})


def _draft(call: Call, draft: str) -> Json:
    return {"id": draft, "message": brief(call.message(call.account.mailbox.drafts[draft]))}


def _thread(call: Call, resource: Mapping[str, Any], mime: bytes) -> str | None:
    """The thread a new message may join: it is asked for, and its References and Subject agree (Message.threadId).

    :raises Refusal: 404, there is no such thread
    """
    wanted = resource.get("threadId")
    if not wanted:
        return None
    messages = call.account.mailbox.thread(str(wanted))
    if not messages:
        raise not_found()
    headers = read_headers(mime)
    named = set(message_ids(first_header(headers, "References") + first_header(headers, "In-Reply-To")))
    subject = base_subject(first_header(headers, "Subject"))
    fits = any(
        named & set(message_ids(each.header("Message-ID"))) and base_subject(each.header("Subject")) == subject
        for each in messages
    )
    return str(wanted) if fits else None


def _named(call: Call) -> list[Message]:
    ids = call.incoming.resource.get("ids", ())
    if not ids or len(ids) > 1000:
        raise invalid("No message ids specified" if not ids else "Too many message ids specified")
    found = (call.account.mailbox.find(str(each)) for each in ids)
    return [message for message in found if message]


def _modify(call: Call, messages: list[Message]) -> None:
    add = tuple(call.incoming.resource.get("addLabelIds", ()))
    remove = tuple(call.incoming.resource.get("removeLabelIds", ()))
    if not add and not remove:
        raise invalid("No label add or removes specified")
    _check_labels(call, (*add, *remove))
    forbidden = [label for label in (*add, *remove) if label in _NOT_BY_HAND]
    if forbidden:
        raise invalid(f"Invalid label: {forbidden[0]}")
    if add and any("DRAFT" in message.labels for message in messages):
        raise invalid("Drafts cannot have labels other than DRAFT")
    for message in messages:
        call.account.mailbox.relabel(message, add=add, remove=remove)


def _check_labels(call: Call, labels: tuple[str, ...]) -> None:
    unknown = [label for label in labels if label not in call.account.mailbox.labels]
    if unknown:
        raise invalid(f"Invalid label: {unknown[0]}")


WRITING: Mapping[str, Callable[[Call], Json | None]] = {
    "messages.send": send_message,
    "messages.insert": insert_message,
    "messages.import": import_message,
    "messages.modify": modify_message,
    "messages.batchModify": modify_messages,
    "messages.trash": trash_message,
    "messages.untrash": untrash_message,
    "messages.delete": delete_message,
    "messages.batchDelete": delete_messages,
    "threads.modify": modify_thread,
    "drafts.create": create_draft,
    "drafts.update": update_draft,
    "drafts.send": send_draft,
    "drafts.delete": delete_draft,
    "labels.create": create_label,
    "labels.delete": delete_label,
    "watch": watch,
    "stop": stop,
}
