"""The methods of Gmail's API that are used, one function each. Knows parameters and field masks, and no mail."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from googleapiclient.http import MediaInMemoryUpload

from connectors.gmail_batch import Batches
from connectors.gmail_line import Line, objects
from connectors.google_http import Json
from connectors.listing import Listing

ME = "me"
#: ids a listing may give at once (users.messages.list, `maxResults`)
LISTED = 500
#: bytes of a message that travel inside JSON; larger ones are uploaded
INLINE = 4_000_000

_HEADERS = "id,threadId,labelIds,internalDate,payload(headers)"
_HISTORY = "history(messagesAdded,messagesDeleted,labelsAdded,labelsRemoved),historyId,nextPageToken"


class GmailCalls:
    """One mailbox's calls, for one thread. Errors are those of `Line.call`, and of `Line.once` for what ends in that.

    :param service: Gmail as a resource of Google's client library
    """

    def __init__(self, service: Any, line: Line) -> None:
        self._service = service
        self._line = line
        self._batches = Batches(service, line)
        # each chain of these takes 1.6 ms, so they are made once
        self._users = service.users()
        self._messages = self._users.messages()
        self._threads = self._users.threads()
        self._drafts = self._users.drafts()
        self._history = self._users.history()
        self._labels = self._users.labels()
        self._send_as = self._users.settings().sendAs()

    def profile(self) -> Json:
        """users.getProfile: address and newest history id."""
        return self._line.call(lambda: self._users.getProfile(userId=ME), self._line.prices.profile)

    def send_as(self) -> Json:
        """users.settings.sendAs.list: who the account may write as."""
        return self._line.call(lambda: self._send_as.list(userId=ME), self._line.prices.profile)

    def ids(self, query: str, *, labels: Sequence[str] = (), page: str = "", everywhere: bool = False) -> Json:
        """users.messages.list: one page of ids and thread ids, newest first.

        :param query: empty: all; a new message is found by a query only after a while
        :param everywhere: in spam and trash, too
        """
        asked: Json = {"includeSpamTrash": everywhere}
        if query:
            asked["q"] = query
        if labels:
            asked["labelIds"] = list(labels)
        if page:
            asked["pageToken"] = page
        return self._line.call(
            lambda: self._messages.list(
                userId=ME, maxResults=LISTED, fields="messages(id,threadId),nextPageToken", **asked
            ),
            self._line.prices.list,
        )

    def all_ids(self, query: str, *, labels: Sequence[str] = (), everywhere: bool = False) -> Iterator[Json]:
        """Every message a query finds, as id and thread id."""
        listing, page = self.listing(), ""
        while True:
            answer = self.ids(query, labels=labels, page=page, everywhere=everywhere)
            listed, page = objects(answer, "messages"), str(answer.get("nextPageToken") or "")
            yield from listed
            listing.turn(page, listed)
            if not page:
                return

    def listing(self) -> Listing:
        """Watches a listing that is followed page by page."""
        return self._line.listing()

    def history(self, start: str, *, page: str = "") -> Json:
        """users.history.list: one page of what changed after a history id."""
        asked = {"pageToken": page} if page else {}
        return self._line.call(
            lambda: self._history.list(userId=ME, startHistoryId=start, fields=_HISTORY, **asked),
            self._line.prices.history,
        )

    def raw(self, message: str) -> Json:
        """users.messages.get: the whole message."""
        return self._line.call(
            lambda: self._messages.get(userId=ME, id=message, format="raw", fields="raw"), self._line.prices.get
        )

    def headers(self, message: str, names: Sequence[str]) -> Json:
        """users.messages.get: some headers of one message, with its first words."""
        return self._line.call(lambda: self._get_headers(message, names, preview=True), self._line.prices.get)

    def headers_of(
        self, messages: Iterable[str], names: Sequence[str], *, preview: bool = False
    ) -> Iterator[tuple[list[str], dict[str, Json]]]:
        """users.messages.get: some headers of many messages, as `Batches.each` gives them.

        :param preview: with the first words of each
        """
        return self._batches.each(messages, lambda message: self._get_headers(message, names, preview=preview))

    def labels(self) -> Json:
        """users.labels.list: the person's labels and Gmail's own, with their names."""
        return self._line.call(
            lambda: self._labels.list(userId=ME, fields="labels(id,name)"), self._line.prices.profile
        )

    def create_label(self, name: str) -> Json:
        """users.labels.create."""
        return self._line.call(lambda: self._labels.create(userId=ME, body={"name": name}), self._line.prices.label)

    def labels_of(self, message: str) -> Json:
        """users.messages.get: the ids of the labels a message bears."""
        return self._line.call(
            lambda: self._messages.get(userId=ME, id=message, format="minimal", fields="labelIds"),
            self._line.prices.get,
        )

    def change_labels(self, message: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """users.messages.modify: add and take off labels; harmless to repeat."""
        body = {"addLabelIds": list(add), "removeLabelIds": list(remove)}
        self._line.call(
            lambda: self._messages.modify(userId=ME, id=message, body=body, fields="id"), self._line.prices.label
        )

    def thread(self, thread: str, names: Sequence[str]) -> Json:
        """users.threads.get: some headers of every message in a thread, for the price of `minimal`."""
        return self._line.call(
            lambda: self._threads.get(
                userId=ME, id=thread, format="metadata", metadataHeaders=list(names), fields=f"messages({_HEADERS})"
            ),
            self._line.prices.thread,
        )

    def drafts(self, query: str) -> Json:
        """users.drafts.list: drafts a query finds."""
        return self._line.call(
            lambda: self._drafts.list(userId=ME, q=query, maxResults=LISTED, fields="drafts(id,message(id))"),
            self._line.prices.list,
        )

    def draft(self, draft: str) -> Json:
        """users.drafts.get: the whole draft."""
        return self._line.call(
            lambda: self._drafts.get(userId=ME, id=draft, format="raw", fields="id,message(id,threadId,raw)"),
            self._line.prices.get,
        )

    def create_draft(self, message: Json) -> Json:
        """users.drafts.create, tried a single time."""
        return self._line.once(
            lambda: self._drafts.create(userId=ME, body={"message": message}, fields="id,message(id)"),
            self._line.prices.create,
        )

    def delete_draft(self, draft: str) -> None:
        """users.drafts.delete: for good."""
        self._line.retry.call(lambda: self._delete_draft(draft))

    def update_draft(self, draft: str, message: Json) -> Json:
        """users.drafts.update: other content; harmless to repeat."""
        body = {"id": draft, "message": message}
        return self._line.call(
            lambda: self._drafts.update(userId=ME, id=draft, body=body, fields="id"), self._line.prices.update
        )

    def send_draft(self, draft: str) -> Json:
        """users.drafts.send, tried a single time."""
        return self._line.once(lambda: self._drafts.send(userId=ME, body={"id": draft}), self._line.prices.send)

    def send(self, message: bytes, raw: str, *, thread: str = "") -> Json:
        """users.messages.send, tried a single time.

        :param raw: the message in base64url
        :param thread: id of the thread it is to join
        """
        joins = {"threadId": thread} if thread else {}
        content: Json = {"body": {"raw": raw, **joins}}
        if len(message) > INLINE:
            content = {"media_body": MediaInMemoryUpload(message, mimetype="message/rfc822"), "body": joins}
        return self._line.once(lambda: self._messages.send(userId=ME, **content), self._line.prices.send)

    def close(self) -> None:
        """Release the connections."""
        self._service.close()

    def _delete_draft(self, draft: str) -> None:
        # the answer is empty, which is no JSON
        with self._line.paid(self._line.prices.create):
            self._drafts.delete(userId=ME, id=draft).execute(num_retries=0)

    def _get_headers(self, message: str, names: Sequence[str], *, preview: bool = False) -> Any:
        fields = f"{_HEADERS},snippet" if preview else _HEADERS
        return self._messages.get(userId=ME, id=message, format="metadata", metadataHeaders=list(names), fields=fields)
