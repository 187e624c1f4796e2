"""Partial responses: `fields=messages(id,threadId),nextPageToken` (Google's guide "Performance tips")."""

import re
from typing import Any

from sandbox.google.refusal import Refusal

#: a mask as a tree; an empty one keeps everything below
Mask = dict[str, "Mask"]

_TOKEN = re.compile(r"[\w*]+|[(),/]")
#: every field of every answer; any other name in a mask is refused
_KNOWN = re.findall(
    r"\S+",
    """
    * attachmentId body color data displayName drafts emailAddress expiration filename headers history historyId id
    internalDate isDefault isPrimary labelIds labelListVisibility labels labelsAdded labelsRemoved message
    messageListVisibility messages messagesAdded messagesDeleted messagesTotal messagesUnread mimeType name
    nextPageToken partId parts payload raw replyToAddress resultSizeEstimate sendAs sendAsEmail signature size
    sizeEstimate snippet threadId threads threadsTotal threadsUnread treatAsAlias type value verificationStatus
    """,
)


def read_mask(text: str) -> Mask:
    """Read a `fields` parameter.

    :raises Refusal: 400, it names an unknown field or its brackets do not close
    """
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise _refusal(text)
    mask = _list(tokens, text)
    if tokens:
        raise _refusal(text)
    return mask


def keep(answer: Any, mask: Mask) -> Any:
    """The part of an answer that a mask names; lists are cut element by element."""
    if not mask or ("*" in mask and not mask["*"]):
        return answer
    if isinstance(answer, list):
        return [keep(each, mask) for each in answer]
    if not isinstance(answer, dict):
        return answer
    wild = mask.get("*")
    chosen = {name: mask.get(name, wild) for name in answer}
    return {name: keep(answer[name], inner) for name, inner in chosen.items() if inner is not None}


def _list(tokens: list[str], text: str) -> Mask:
    mask: Mask = {}
    while True:
        name, below = _path(tokens, text)
        mask.setdefault(name, {}).update(below)
        if not tokens or tokens[0] != ",":
            return mask
        tokens.pop(0)


def _path(tokens: list[str], text: str) -> tuple[str, Mask]:
    if not tokens or tokens[0] not in _KNOWN:
        raise _refusal(tokens[0] if tokens else text)
    name = tokens.pop(0)
    if tokens and tokens[0] == "/":
        tokens.pop(0)
        inner, below = _path(tokens, text)
        return name, {inner: below}
    if tokens and tokens[0] == "(":
        tokens.pop(0)
        mask = _list(tokens, text)
        if not tokens or tokens.pop(0) != ")":
            raise _refusal(text)
        return name, mask
    return name, {}


def _refusal(what: str) -> Refusal:
    return Refusal(
        400,
        "invalidParameter",
        f"Invalid field selection {what}",
        inner={"location": "fields", "locationType": "parameter"},
    )
