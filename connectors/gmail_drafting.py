"""Follow-up drafts in Gmail: left in the thread of a sent mail, and taken back while nobody has touched them.

A draft keeps its id and holds another message after each change (users.drafts): the message's id tells whether it was
touched.
"""

from collections.abc import Collection, Sequence
from http import HTTPStatus

from connectors import compose, follow_up
from connectors import gmail_words as words
from connectors.errors import DraftInTheWay, SendRefused, Unreachable
from connectors.gmail_calls import GmailCalls
from connectors.gmail_line import objects
from connectors.google_http import Json, Refusal
from connectors.mailbox import Draft, Now
from connectors.retry import Passing
from evidence.letter import Letter
from evidence.model import Recipient, SentItem
from evidence.part import read_part


class GmailDrafting:
    """Leaves drafts in one mailbox."""

    def __init__(self, calls: GmailCalls, *, whom: str, now: Now) -> None:
        self._calls = calls
        self._whom = whom
        self._now = now

    def leave(self, item: SentItem, *, to: Sequence[Recipient], text: str) -> Draft:
        """See `Mailbox.leave_draft`."""
        if self.is_under_way(item):
            raise DraftInTheWay(f"{self._whom}: there is a draft in this conversation already; go on with that one")
        mime = follow_up.message(item, to=to, text=text, now=self._now())
        try:
            made = self._calls.create_draft({"raw": words.encoded(mime), "threadId": item.thread_id})
        except Passing as err:
            raise Unreachable(
                f"{self._whom}: Gmail did not say whether it made a draft; ask again, and it is looked for"
            ) from err
        except Refusal as err:
            raise SendRefused(f"{self._whom}: Gmail does not take this draft: {err.message}") from err
        return _draft(made)

    def find(self, item: SentItem, *, to: Collection[str], told: str) -> Draft | None:
        """See `Mailbox.find_draft`. Gmail keeps what was made by its API as it came, until somebody changes it."""
        there = self._in_thread(item)
        listed = objects(self._calls.drafts(""), "drafts") if there else []
        for each in listed:
            if words.text(words.part(each, "message"), "id") in there:
                found = self._calls.draft(words.text(each, "id"))
                if _is_ours(words.mime(words.part(found, "message")), item, to, told):
                    return _draft(found)
        return None

    def is_under_way(self, item: SentItem) -> bool:
        """See `Mailbox.has_draft`."""
        return bool(self._in_thread(item))

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

    def _in_thread(self, item: SentItem) -> frozenset[str]:
        """Ids of the messages that are drafts in its thread."""
        drafts = self._calls.all_ids("", labels=[words.DRAFT])
        return frozenset(words.text(each, "id") for each in drafts if words.text(each, "threadId") == item.thread_id)


def _draft(raw: Json) -> Draft:
    return Draft(provider_id=words.text(raw, "id"), version=words.text(words.part(raw, "message"), "id"))


def _is_ours(mime: bytes, item: SentItem, to: Collection[str], told: str) -> bool:
    """Whether a draft is what `follow_up.message` makes, to the last word."""
    letter = Letter(read_part(mime))
    people = {each.address for each in compose.recipients(mime)}
    # folding a long subject costs blanks
    subjects = {"".join(each.split()) for each in (letter.subject, follow_up.subject_of(item))}
    # a draft of Gmail's own windows, or one with an attachment, has parts
    is_alike = letter.part.type == "text/plain" and len(subjects) == 1
    return is_alike and people == set(to) and follow_up.fingerprint(letter.part.text()) == told
