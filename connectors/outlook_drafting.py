"""Follow-up drafts in Outlook: made by `createReply`, so that they join the conversation, and taken back while nobody
has touched them.

An answer to one's own mail would go to oneself: the recipients are named in the same request (message-createreply). The
change key of a draft tells whether it was touched.
"""

import json
from collections.abc import Sequence
from typing import Any

from connectors import exchange
from connectors.drafts import DRAFTS_FOLDER
from connectors.errors import DraftInTheWay, MessageGone, SendRefused, Unreachable
from connectors.graph import Graph, Refusal
from connectors.mailbox import Draft
from connectors.retry import Passing
from evidence.model import Recipient, SentItem

_FIELDS = {"$select": "id,isDraft,changeKey"}


class OutlookDrafting:
    """Leaves drafts in one mailbox."""

    def __init__(self, graph: Graph, *, whom: str) -> None:
        self._graph = graph
        self._whom = whom

    def leave(self, item: SentItem, *, to: Sequence[Recipient], text: str) -> Draft:
        """See `Mailbox.leave_draft`."""
        if self._in_conversation(item):
            raise DraftInTheWay(f"{self._whom}: there is a draft in this conversation already; go on with that one")
        made = self._made(item, to, text)
        return Draft(provider_id=exchange.text(made, "id"), version=exchange.text(made, "changeKey"))

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

    def _made(self, item: SentItem, to: Sequence[Recipient], text: str) -> dict[str, Any]:
        people = [{"emailAddress": {"address": each.address, "name": each.name or each.address}} for each in to]
        wanted = {"message": {"toRecipients": people, "ccRecipients": []}, "comment": text}
        address = f"{exchange.path(item.provider_id)}/createReply"
        try:
            return self._graph.once(address, content=json.dumps(wanted).encode())
        except Passing as err:
            # it may have been made; if so it is the only one in the conversation
            made = self._in_conversation(item)
            if made:
                return made
            raise Unreachable(f"{self._whom}: Outlook did not make the draft; try again later") from err
        except Refusal as err:
            if err.status == 404:
                raise MessageGone(f"{self._whom}: the sent mail was deleted or moved away meanwhile") from err
            raise SendRefused(f"{self._whom}: Outlook does not take this draft: {err.message}") from err

    def _in_conversation(self, item: SentItem) -> dict[str, Any]:
        query = {"$filter": f"conversationId eq {exchange.quoted(item.thread_id)}", "$top": "1", **_FIELDS}
        found = exchange.objects(self._graph.get(DRAFTS_FOLDER, params=query), "value")
        return next(iter(found), {})
