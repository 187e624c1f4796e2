"""Follow-up drafts in Outlook: made by `createReply`, so that they join the conversation, and taken back while nobody
has touched them.

An answer to one's own mail would go to oneself: the recipients are named in the same request (message-createreply). The
change key of a draft tells whether it was touched.
"""

import json
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from connectors import exchange, follow_up
from connectors.drafts import DRAFTS_FOLDER
from connectors.errors import DraftInTheWay, MessageGone, SendRefused, Unreachable
from connectors.graph import Graph, Refusal
from connectors.mailbox import Draft
from connectors.retry import Passing
from evidence.model import Recipient, SentItem

_FIELDS = {"$select": "id,isDraft,changeKey"}
_PEOPLE = ("toRecipients", "ccRecipients", "bccRecipients")
_WHOLE = {"$select": ",".join(("id,isDraft,changeKey,createdDateTime,lastModifiedDateTime,body", *_PEOPLE))}
_AS_TEXT = 'outlook.body-content-type="text"'
#: making a draft may be two steps to Exchange, which come one right after the other
_AT_ONCE = timedelta(seconds=5)


class OutlookDrafting:
    """Leaves drafts in one mailbox."""

    def __init__(self, graph: Graph, *, whom: str) -> None:
        self._graph = graph
        self._whom = whom

    def leave(self, item: SentItem, *, to: Sequence[Recipient], text: str) -> Draft:
        """See `Mailbox.leave_draft`."""
        if self.is_under_way(item):
            raise DraftInTheWay(f"{self._whom}: there is a draft in this conversation already; go on with that one")
        return self._made(item, to, text)

    def find(self, item: SentItem, *, to: Collection[str], words: str) -> Draft | None:
        """See `Mailbox.find_draft`. Exchange has put the quoted mail below our words, and may have made them HTML."""
        query = {"$filter": _in_conversation(item), "$top": "10", **_WHOLE}
        listed = exchange.objects(self._graph.get(DRAFTS_FOLDER, params=query, prefer=_AS_TEXT), "value")
        found = next((each for each in listed if _is_ours(each, to, words)), None)
        return _draft(found) if found else None

    def is_under_way(self, item: SentItem) -> bool:
        """See `Mailbox.has_draft`."""
        query = {"$filter": _in_conversation(item), "$top": "1", "$select": "id"}
        return bool(exchange.objects(self._graph.get(DRAFTS_FOLDER, params=query), "value"))

    def take_back(self, draft: Draft) -> bool:
        """See `Mailbox.take_back_draft`."""
        try:
            now = self._graph.get(exchange.path(draft.provider_id), params=_FIELDS)
            if now.get("isDraft") is not True or exchange.text(now, "changeKey") != draft.version:
                return False
            self._graph.delete(exchange.path(draft.provider_id), etag=exchange.text(now, "@odata.etag"))
        except Refusal as err:
            if err.status in (404, 409, 412):
                return False
            raise
        return True

    def _made(self, item: SentItem, to: Sequence[Recipient], text: str) -> Draft:
        people = {f"{field}Recipients": [_person(each) for each in to if each.field == field] for field in ("to", "cc")}
        wanted = {"message": people, "comment": text}
        address = f"{exchange.path(item.provider_id)}/createReply"
        try:
            return _draft(self._graph.once(address, content=json.dumps(wanted).encode()))
        except Passing as err:
            if err.not_taken:
                raise Unreachable(f"{self._whom}: Outlook did not make the draft; try again later") from err
            return self._made_all_the_same(item, to, text, err)
        except Refusal as err:
            if err.status == 404:
                raise MessageGone(f"{self._whom}: the sent mail was deleted or moved away meanwhile") from err
            raise SendRefused(f"{self._whom}: Outlook does not take this draft: {err.message}") from err

    def _made_all_the_same(self, item: SentItem, to: Sequence[Recipient], text: str, err: Passing) -> Draft:
        """The draft whose making was not confirmed; another one in the conversation may be the person's own."""
        found = self.find(item, to={each.address for each in to}, words=follow_up.fingerprint(text))
        if found:
            return found
        raise Unreachable(
            f"{self._whom}: Outlook did not say whether it made a draft; ask again, and it is looked for"
        ) from err


def _in_conversation(item: SentItem) -> str:
    return f"conversationId eq {exchange.quoted(item.thread_id)}"


def _person(recipient: Recipient) -> dict[str, Any]:
    return {"emailAddress": {"address": recipient.address, "name": recipient.name or recipient.address}}


def _draft(raw: exchange.Raw) -> Draft:
    return Draft(provider_id=exchange.text(raw, "id"), version=exchange.text(raw, "changeKey"))


def _is_ours(raw: exchange.Raw, to: Collection[str], words: str) -> bool:
    """Whether a draft is to these people, begins with our words, and was not changed since it was made."""
    people = {exchange.address(one) for field in _PEOPLE for one in exchange.objects(raw, field)}
    made, changed = exchange.moment(raw, "createdDateTime"), exchange.moment(raw, "lastModifiedDateTime")
    if people != set(to) or made is None or changed is None or changed - made > _AT_ONCE:
        return False
    body = raw.get("body")
    return isinstance(body, dict) and follow_up.begins_so(exchange.text(body, "content"), words)
