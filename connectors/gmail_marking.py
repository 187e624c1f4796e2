"""Showing that a sent mail needs its sender: a label of its own, and back to the inbox.

Adding labels changes no text and marks nothing read (users.messages.modify). A label with `/` in its name is shown
below the one before it.
"""

from http import HTTPStatus

from connectors import gmail_words as words
from connectors.errors import MessageGone
from connectors.gmail_calls import GmailCalls
from connectors.gmail_line import objects
from connectors.google_http import Refusal
from evidence.model import SentItem

LABEL = "Heardback/Follow up"
_INBOX = "INBOX"


class GmailMarking:
    """Marks sent mail in one mailbox."""

    def __init__(self, calls: GmailCalls, *, whom: str) -> None:
        self._calls = calls
        self._whom = whom
        self._label = ""

    def mark(self, item: SentItem) -> None:
        """Label it and bring it back to the inbox; twice is once."""
        try:
            self._calls.add_labels(item.provider_id, [self._label_id(), _INBOX])
        except Refusal as err:
            if err.status == HTTPStatus.NOT_FOUND:
                raise MessageGone(f"{self._whom}: the sent mail was deleted meanwhile") from err
            raise

    def _label_id(self) -> str:
        """The id of our label, made if it is not there."""
        if not self._label:
            known = {
                words.text(each, "name"): words.text(each, "id") for each in objects(self._calls.labels(), "labels")
            }
            self._label = known.get(LABEL) or words.text(self._calls.create_label(LABEL), "id")
        return self._label
