"""Sending through Gmail so that no mail leaves twice, and finding what left.

Gmail replaces the Message-ID, and no search finds a header of our own: the copy is found by looking at sent mail for
our mark. What was sent since the first try is searched for by its time; the newest is listed by its label, without a
search, as the index of Gmail's search lags behind.
"""

from collections.abc import Callable, Collection, Iterable
from contextlib import nullcontext
from datetime import datetime, timedelta
from http import HTTPStatus

from connectors import compose, envelope
from connectors import gmail_words as words
from connectors.errors import DraftNotFound, SendRefused, SendUnknown
from connectors.gmail_batch import BATCH
from connectors.gmail_calls import GmailCalls
from connectors.gmail_line import objects
from connectors.google_http import Json, Refusal
from connectors.mailbox import Now, Sent, Sleep
from connectors.retry import Passing, Retry, in_doubt
from evidence import normal
from evidence.model import SentItem

#: bytes of the largest message that may be sent (users.messages.send, `maxSize`)
LARGEST = 36_700_160
#: how far back an earlier try of the same mail is searched for before a send
LOOK_BACK = timedelta(days=2)
#: sent messages to the same person looked at before a send, newest first
LOOKED_AT = 200
#: how much earlier than this machine's clock says a mail may have left by Gmail's
CLOCKS_DIFFER = timedelta(days=1)
#: sent messages looked at around a send, newest first: one batch, and more than leave while the search lags
NEWEST = BATCH
#: seconds before each look for the copy after a doubtful answer; it may turn up late
LOOKS = (2.0, 5.0, 10.0)
#: times a mail is handed over in all, each further one only after `LOOKS` found nothing
TRIES = 2

_AGAIN = "sending it again with the same tag looks first"


class _Doubt(Exception):
    """Gmail may have taken the mail, or not."""


class GmailSending:
    """Sends for one mailbox.

    :param account: `gmail:me@example.com`
    :param addresses: the primary address, then the aliases it may write as
    """

    def __init__(
        self, calls: GmailCalls, account: str, addresses: tuple[str, ...], *, retry: Retry, now: Now, sleep: Sleep
    ) -> None:
        self._calls = calls
        self._account = account
        self._addresses = addresses
        self._retry = retry
        self._now = now
        self._sleep = sleep
        #: id of a sent message to the mark in it; a message never changes
        self._marks: dict[str, str] = {}

    def send(self, message: bytes, *, tag: str, receipt: bool, thread: str = "") -> Sent:
        """See `Mailbox.send`."""
        ready = self._prepared(message, tag=tag, receipt=receipt)
        sent = self._marked(tag, dict.fromkeys([*self._newest(), *self._alike(ready)]))
        if sent:
            return Sent(item=sent)
        raw = words.encoded(ready)
        return self._deliver(
            lambda: self._calls.send(ready, raw, thread=thread), lambda: self._marked(tag, self._newest())
        )

    def send_draft(self, draft: str, *, tag: str, receipt: bool) -> Sent:
        """See `Mailbox.send_draft`. A draft that is still there has not left: Gmail deletes it as it sends it."""
        try:
            found = self._draft(draft)
        except DraftNotFound:
            sent = self.find_sent(tag, since=self._now() - LOOK_BACK)
            if sent:
                return Sent(item=sent)
            raise
        identity, content = words.text(found, "id"), words.part(found, "message")
        ready = self._prepared(words.mime(content), tag=tag, receipt=receipt)
        change = {"raw": words.encoded(ready), "threadId": words.text(content, "threadId")}
        try:
            self._calls.update_draft(identity, change)
        except Refusal as err:
            if err.status == HTTPStatus.NOT_FOUND:
                raise DraftNotFound(f"{self._whom}: the draft was deleted or sent meanwhile") from err
            raise self._refused(err) from err
        return self._deliver(lambda: self._calls.send_draft(identity), lambda: self._marked(tag, self._newest()))

    def find_sent(self, tag: str, *, since: datetime) -> SentItem | None:
        """See `Mailbox.find_sent`. However much was sent since: what is passed over would be sent again."""
        found = self._calls.all_ids(words.sent_query(since - CLOCKS_DIFFER), labels=[words.SENT], everywhere=True)
        # it left soon after it was begun, so the earliest are looked at first; newest are those the index lacks
        earliest_first = reversed([words.text(each, "id") for each in found])
        return self._marked(tag, dict.fromkeys([*self._newest(), *earliest_first]))

    def _prepared(self, message: bytes, *, tag: str, receipt: bool) -> bytes:
        """Gmail sends from the primary address whatever is not an address of the account's."""
        written = normal.address(envelope.decoded(compose.header(message, "From")))
        sender = written if written in self._addresses else self._addresses[0]
        ready = compose.prepare(message, sender=sender, tag=tag, receipt=receipt, now=self._now())
        if len(ready) > LARGEST:
            raise SendRefused(f"{self._whom}: the mail is larger than the 35 MB that Gmail takes")
        return ready

    def _newest(self) -> list[str]:
        return self._listed("")[:NEWEST]

    def _alike(self, message: bytes) -> list[str]:
        """Sent mail to the same person, which may be older than the newest."""
        people = compose.recipients(message)
        to = f"to:{people[0].address} " if people else ""
        return self._listed(to + words.sent_query(self._now() - LOOK_BACK))

    def _listed(self, query: str) -> list[str]:
        answer = self._calls.ids(query, labels=[words.SENT], everywhere=True)
        return [words.text(each, "id") for each in objects(answer, "messages")][:LOOKED_AT]

    def _marked(self, tag: str, ids: Collection[str]) -> SentItem | None:
        """The one of these that carries our mark."""
        looked_at = (each for each in ids if self._marks.get(each) == tag)
        marked = next(looked_at, None) or self._met(tag, [each for each in ids if each not in self._marks])
        return self._item(marked) if marked else None

    def _met(self, tag: str, ids: Iterable[str]) -> str | None:
        """Look at these, some at a time, until one carries the mark."""
        for _, answers in self._calls.headers_of(ids, [envelope.TAG_HEADER]):
            marks = {
                identity: next((value.strip() for _, value in words.headers(answer)), "")
                for identity, answer in answers.items()
            }
            self._marks |= marks
            if tag in marks.values():
                return next(identity for identity, mark in marks.items() if mark == tag)
        return None

    def _item(self, identity: str) -> SentItem | None:
        """The copy as it lies among the sent mail, or in the trash: it left all the same. None if it is gone."""
        try:
            raw = self._calls.headers(identity, words.SENT_HEADERS)
        except Refusal as err:
            if err.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        labels = list(words.labels_of(raw) - {words.TRASH})
        read = words.sent_item({**raw, "labelIds": labels}, account=self._account)
        return read if isinstance(read, SentItem) else None

    def _deliver(self, hand_over: Callable[[], Json], find: Callable[[], SentItem | None]) -> Sent:
        """Hand over once; again only after looking for the copy in vain."""
        for number in range(TRIES):
            again = in_doubt(f"{self._whom}: Gmail does not confirm that the mail left; {_AGAIN}")
            try:
                with again if number else nullcontext():
                    answer = self._retry.call(lambda: self._attempt(hand_over))
                return Sent(item=self._copy(answer))
            except _Doubt as doubt:
                item = self._looked_for(find)
                if item:
                    return Sent(item=item)
                last = doubt
        raise SendUnknown(f"{self._whom}: Gmail does not confirm that the mail left ({last}); {_AGAIN}") from last

    def _attempt(self, hand_over: Callable[[], Json]) -> Json:
        """One try.

        :raises Passing: Gmail did nothing, and may do it later
        :raises _Doubt, SendRefused:
        """
        try:
            return hand_over()
        except Passing as fault:
            if fault.not_taken:
                raise
            raise _Doubt(str(fault)) from fault
        except Refusal as err:
            if err.status == HTTPStatus.NOT_FOUND:  # the draft left at an earlier try
                raise _Doubt("the draft is gone") from err
            raise self._refused(err) from err

    def _looked_for(self, find: Callable[[], SentItem | None]) -> SentItem | None:
        with in_doubt(f"{self._whom}: Gmail stopped answering while the mail left; {_AGAIN}"):
            for pause in LOOKS:
                self._sleep(pause)
                item = find()
                if item:
                    return item
        return None

    def _copy(self, confirmed: Json) -> SentItem:
        """The true copy of mail that Gmail confirmed, with the Message-ID it gave it."""
        with in_doubt(f"{self._whom}: the mail left, but its copy cannot be read now; {_AGAIN}"):
            item = self._item(words.text(confirmed, "id"))
        if not item:
            raise SendUnknown(f"{self._whom}: the mail left, but its copy is not in the sent folder; {_AGAIN}")
        return item

    def _draft(self, name: str) -> Json:
        """The draft with this id or exact subject.

        :raises DraftNotFound: none, or several
        """
        if words.is_draft_id(name):
            try:
                return self._calls.draft(name)
            except Refusal as err:
                if err.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
                    raise
        found = self._drafts_called(name)
        if len(found) != 1:
            many = f"{len(found)} drafts are" if found else "no draft is"
            raise DraftNotFound(f'{self._whom}: {many} called "{name}"; name it by its exact subject or its id')
        return self._calls.draft(found[0])

    def _drafts_called(self, subject: str) -> list[str]:
        listed = objects(self._calls.drafts(f'subject:"{subject.replace(chr(34), " ")}"'), "drafts")
        drafts = {words.text(words.part(each, "message"), "id"): words.text(each, "id") for each in listed}
        return [
            drafts[message]
            for _, answers in self._calls.headers_of(drafts, ["Subject"])
            for message, answer in answers.items()
            if subject.strip() in [envelope.decoded(value) for _, value in words.headers(answer)]
        ]

    def _refused(self, err: Refusal) -> SendRefused:
        return SendRefused(f"{self._whom}: Gmail does not take this mail: {err.message or ' '.join(err.reasons)}")

    @property
    def _whom(self) -> str:
        return self._addresses[0]
