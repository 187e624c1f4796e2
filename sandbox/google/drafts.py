"""The methods of drafts: the draft keeps its id, the message inside is another one after each change."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.google.call import Call, Json
from sandbox.google.message import first_header, read_headers
from sandbox.google.reading import listing, newest_first, search
from sandbox.google.refusal import not_found
from sandbox.google.represent import brief, represent
from sandbox.google.sending import new_message_id, with_headers
from sandbox.google.writing import MOST_TO_SEND, joined_thread, send, written


def list_drafts(call: Call) -> Json:
    """users.drafts.list."""
    drafts = {message: draft for draft, message in call.account.mailbox.drafts.items()}
    found = [message for message in search(call) if message.id in drafts]
    page, more = call.page(found, newest_first)
    answer = [{"id": drafts[each.id], "message": {"id": each.id, "threadId": each.thread_id}} for each in page]
    return listing("drafts", answer, more, len(found))


def get_draft(call: Call) -> Json:
    """users.drafts.get."""
    content = _content(call, call.path["id"])
    return {"id": call.path["id"], "message": represent(call.message(content), call.format())}


def create_draft(call: Call) -> Json:
    """users.drafts.create."""
    mime, thread = _new_content(call)
    return _brief(call, call.account.mailbox.add_draft(mime, thread=thread))


def update_draft(call: Call) -> Json:
    """users.drafts.update: the whole message anew; without its threadId it leaves its thread."""
    _content(call, call.path["id"])
    mime, thread = _new_content(call)
    call.account.mailbox.replace_draft(call.path["id"], mime, thread=thread)
    return _brief(call, call.path["id"])


def send_draft(call: Call) -> Json:
    """users.drafts.send: the draft and its message go, a new message with SENT comes in the same thread."""
    message = call.message(_content(call, str(call.incoming.resource.get("id", ""))))
    new = "raw" in _inner(call) or call.incoming.media is not None
    mime = written(call, _inner(call), MOST_TO_SEND) if new else message.raw
    answer = send(call, mime, message.thread_id)
    call.account.mailbox.remove(message)
    return answer


def delete_draft(call: Call) -> None:
    """users.drafts.delete: for good."""
    call.account.mailbox.remove(call.message(_content(call, call.path["id"])))


def _inner(call: Call) -> Mapping[str, Any]:
    """The message inside a draft resource."""
    inner = call.incoming.resource.get("message", {})
    return inner if isinstance(inner, dict) else {}


def _content(call: Call, draft: str) -> str:
    """Id of the message a draft holds now."""
    message = call.account.mailbox.drafts.get(draft)
    if message is None:
        raise not_found()
    return message


def _new_content(call: Call) -> tuple[bytes, str | None]:
    """The message a draft is to hold, and the thread it may join."""
    mime = written(call, _inner(call), MOST_TO_SEND)
    thread = joined_thread(call, _inner(call), mime)
    if not first_header(read_headers(mime), "Message-ID"):
        mime = with_headers(mime, {"Message-ID": new_message_id(call.account.chance)})
    return mime, thread


def _brief(call: Call, draft: str) -> Json:
    return {"id": draft, "message": brief(call.message(_content(call, draft)))}


DRAFTS: Mapping[str, Callable[[Call], Json | None]] = {
    "drafts.list": list_drafts,
    "drafts.get": get_draft,
    "drafts.create": create_draft,
    "drafts.update": update_draft,
    "drafts.send": send_draft,
    "drafts.delete": delete_draft,
}
