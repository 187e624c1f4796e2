"""Showing that a sent mail needs its sender: a label of its own, and back to the inbox; and taking both off again.

Labels change no text and mark nothing read (users.messages.modify). A label with `/` in its name is shown
below the one before it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
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

    def missing(self, item: SentItem) -> str:
        """Which of our label and the inbox's it does not bear."""
        wanted = (self._label_id(), _INBOX)
        with self._gone():
            there = self._labels_on(item)
        return " ".join(each for each in wanted if each not in there)

    def mark(self, item: SentItem, missing: str) -> str:
        """Put these labels on; the same."""
        with self._gone():
            self._calls.change_labels(item.provider_id, add=missing.split())
        return missing

    def unmark(self, item: SentItem, left: str) -> bool:
        """Take off what `mark` put on, as long as our label is there; without it, a person has seen to the mail."""
        added = left.split()
        with self._gone():
            there = self._labels_on(item)
            is_ours = added[0] in there
            if is_ours:
                self._calls.change_labels(item.provider_id, remove=[each for each in added if each in there])
        return is_ours

    def _labels_on(self, item: SentItem) -> list[str]:
        found = self._calls.labels_of(item.provider_id).get("labelIds")
        return [str(each) for each in found] if isinstance(found, list) else []

    @contextmanager
    def _gone(self) -> Iterator[None]:
        try:
            yield
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
