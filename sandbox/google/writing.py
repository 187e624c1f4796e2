"""The methods that change mail: send, insert, import, label, trash, delete."""

from base64 import b64decode
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from sandbox.google.account import SPAM_MARK
from sandbox.google.call import Call, Json
from sandbox.google.message import Message, first_header, read_headers
from sandbox.google.refusal import Refusal, invalid, not_found
from sandbox.google.represent import brief
from sandbox.google.sending import prepare

#: bytes of a message that may be sent or kept as a draft, and of one that is inserted (discovery document)
MOST_TO_SEND = 36_700_160
MOST_TO_INSERT = 157_286_400
_NOT_BY_HAND = {"SENT", "DRAFT", "CHAT"}


def send_message(call: Call) -> Json:
    """users.messages.send."""
    mime = written(call, call.incoming.resource, MOST_TO_SEND)
    return send(call, mime, joined_thread(call, call.incoming.resource, mime))


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


def send(call: Call, mime: bytes, thread: str | None) -> Json:
    """Keep a copy of a message in the thread, and let it leave when the call is done.

    :raises Refusal: 400, nobody to send it to; 429, the day's mails are sent
    """
    account = call.account
    outgoing = prepare(mime, account.identity, account.chance, call.now)
    account.meter.charge_mail(call.now)
    stored = account.mailbox.add(outgoing.kept, outgoing.labels, thread=thread)
    if outgoing.letter:
        call.letters.append(outgoing.letter)
    return brief(stored)


def _file(call: Call, *, scanned: bool, date_header: bool) -> Json:
    resource = call.incoming.resource
    mime = written(call, resource, MOST_TO_INSERT)
    headers = read_headers(mime)
    labels = call.names("labelIds")
    _check_labels(call, labels)
    if scanned and first_header(headers, SPAM_MARK).lower() == "yes":
        labels = ("SPAM", *(each for each in labels if each != "INBOX"))
    thread = joined_thread(call, resource, mime) or call.account.mailbox.thread_of_reply(mime)
    received = _date_ms(first_header(headers, "Date")) if date_header else None
    return brief(call.account.mailbox.add(mime, labels, thread=thread, received_ms=received))


def _date_ms(text: str) -> int | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def written(call: Call, resource: Mapping[str, Any], most: int) -> bytes:
    """The message of a call: uploaded, or base64url in `raw`.

    :param most: bytes
    :raises Refusal: 400, there is none or it cannot be decoded; 413, too large
    """
    mime = _decoded(resource.get("raw")) if call.incoming.media is None else call.incoming.media
    if len(mime) > most:
        raise Refusal(413, "uploadTooLarge", f"Message size {len(mime)} bytes exceeds limit of {most} bytes")
    return mime


def _decoded(raw: object) -> bytes:
    """Gmail takes both alphabets of base64, with and without padding."""
    if not isinstance(raw, str) or not raw:
        raise invalid("'raw' RFC822 payload message string or uploading message via /upload/* URL required")
    bare = raw.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return b64decode(bare + "=" * (-len(bare) % 4), altchars="-_", validate=True)
    except ValueError:
        raise invalid("Invalid value at 'message.raw' (TYPE_BYTES), Base64 decoding failed") from None


def joined_thread(call: Call, resource: Mapping[str, Any], mime: bytes) -> str | None:
    """The thread a new message may join: it is asked for, and its References and Subject agree (Message.threadId).

    :raises Refusal: 404, there is no such thread
    """
    wanted = resource.get("threadId")
    if not wanted:
        return None
    if not call.account.mailbox.thread(str(wanted)):
        raise not_found()
    return call.account.mailbox.thread_of_reply(mime, within=str(wanted))


def _named(call: Call) -> list[Message]:
    ids = call.names("ids")
    if not ids or len(ids) > 1000:
        raise invalid("No message ids specified" if not ids else "Too many message ids specified")
    found = (call.account.mailbox.find(each) for each in dict.fromkeys(ids))
    return [message for message in found if message]


def _modify(call: Call, messages: list[Message]) -> None:
    add = call.names("addLabelIds")
    remove = call.names("removeLabelIds")
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
}
