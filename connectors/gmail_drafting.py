"""Follow-up drafts in Gmail: left in the thread of a sent mail, and taken back while nobody has touched them.

A draft keeps its id and holds another message after each change (users.drafts): the message's id tells whether it was
touched.
"""

from collections.abc import Sequence
from http import HTTPStatus

from connectors import follow_up
from connectors import gmail_words as words
from connectors.errors import DraftInTheWay, SendRefused, Unreachable
from connectors.gmail_calls import GmailCalls
from connectors.google_http import Refusal
from connectors.mailbox import Draft, Now
from connectors.retry import Passing
from evidence.model import Recipient, SentItem


class GmailDrafting:
    """Leaves drafts in one mailbox."""

    def __init__(self, calls: GmailCalls, *, whom: str, now: Now) -> None:
        self._calls = calls
        self._whom = whom
        self._now = now

    def leave(self, item: SentItem, *, to: Sequence[Recipient], text: str) -> Draft:
        """See `Mailbox.leave_draft`."""
        drafts = self._calls.all_ids("", labels=[words.DRAFT])
        if any(words.text(each, "threadId") == item.thread_id for each in drafts):
            raise DraftInTheWay(f"{self._whom}: there is a draft in this conversation already; go on with that one")
        mime = follow_up.message(item, to=to, text=text, now=self._now())
        try:
            made = self._calls.create_draft({"raw": words.encoded(mime), "threadId": item.thread_id})
        except Passing as err:
            raise Unreachable(f"{self._whom}: Gmail did not say whether it made a draft; look among yours") from err
        except Refusal as err:
            raise SendRefused(f"{self._whom}: Gmail does not take this draft: {err.message}") from err
        return Draft(provider_id=words.text(made, "id"), version=words.text(words.part(made, "message"), "id"))

    def take_back(self, draft: Draft) -> bool:
        """See `Mailbox.take_back_draft`."""
        try:
            now = self._calls.draft(draft.provider_id)
            if words.text(words.part(now, "message"), "id") != draft.version:
                return False
            self._calls.delete_draft(draft.provider_id)
        except Refusal as err:
            if err.status == HTTPStatus.NOT_FOUND:
                return False
            raise
        return True
