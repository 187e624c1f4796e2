"""The drafts of an Outlook mailbox: found, made, marked, armed, sent, and followed into the sent folder.

A draft carries our tag as an extended property before it leaves, and its sent copy keeps it. No try sends a second
draft for the same tag: what an earlier try left behind is looked up first.
"""

import base64
import itertools
from datetime import UTC, datetime
from typing import Any

from connectors import compose, envelope, exchange
from connectors.errors import ConnectorError, DraftNotFound, SendRefused, SendUnknown
from connectors.graph import Graph, Refusal
from connectors.mailbox import Armed, Sent, Sleep
from connectors.retry import Passing, Retry, in_doubt
from evidence.model import SentItem

SENT_FOLDER = "/me/mailFolders/sentitems/messages"
DRAFTS_FOLDER = "/me/mailFolders/drafts/messages"

EVERYWHERE = "/me/messages"

#: times a draft is read again that was changed between reading and marking it
MARKS = 3
#: seconds between looks for the sent copy, which appears late
LOOKS = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0)

_EVER = datetime.min.replace(tzinfo=UTC)
_AGAIN = "sending it again with the same tag looks for it first"


class Drafts:
    """What leaves one account."""

    def __init__(self, account: str, *, graph: Graph, retry: Retry, sleep: Sleep) -> None:
        self._account = account
        self._address = account.partition(":")[2]
        self._graph = graph
        self._retry = retry
        self._sleep = sleep

    def find_sent(self, tag: str) -> SentItem | None:
        """The sent copy: with our tag in the sent folder, or anywhere by the Message-ID made of the tag.

        The second finds a copy that was filed or thrown away, or has lost the tag. Message-IDs are indexed; to search
        all folders for the tag would take too long.
        """
        named = f"internetMessageId eq {exchange.quoted(compose.identity(tag, self._address))}"
        return self._sent_where(SENT_FOLDER, exchange.tagged(tag), tag) or self._sent_where(EVERYWHERE, named, tag)

    def _sent_where(self, folder: str, condition: str, tag: str) -> SentItem | None:
        query = {"$filter": condition, "$top": "10", **exchange.SENT_QUERY}
        for raw in exchange.objects(self._graph.get(folder, params=query), "value"):
            properties = {**exchange.properties_of(raw), exchange.key(exchange.TAG): tag}
            item = exchange.sent_item(raw, properties, account=self._account, since=_EVER)
            if isinstance(item, SentItem):
                return item
        return None

    def tagged(self, tag: str) -> str | None:
        """The id of the draft an earlier try marked with our tag."""
        return next(iter(self._where(exchange.tagged(tag))), None)

    def named(self, draft: str) -> str:
        """The id of the draft with this id or exact subject.

        :raises DraftNotFound: there is none, or more than one
        """
        if self._waiting(draft):
            return draft
        found = self._where(f"subject eq {exchange.quoted(draft)}")
        if len(found) != 1:
            many = f"{len(found)} drafts are" if found else "no draft is"
            raise DraftNotFound(f'{self._address}: {many} called "{draft}"; name it by its exact subject or its id')
        return found[0]

    def make(self, message: bytes, *, tag: str) -> str:
        """The id of a new draft with this text; if an answer was lost, now or before a crash, of the one made then.

        :param message: RFC 5322 bytes with a Message-ID; one not made of the tag may name older drafts of the person's
            own, which are left alone
        :raises SendRefused: Outlook does not take it
        """
        identity = compose.header(message, "Message-ID")
        content = base64.b64encode(message)
        named = f"internetMessageId eq {exchange.quoted(identity)}"
        is_tagged = identity.startswith(f"<{tag}@")
        older = frozenset() if is_tagged else frozenset(self._where(named))
        tries = itertools.count(is_tagged)

        def attempt() -> str:
            earlier = (each for each in self._where(named) if each not in older) if next(tries) else iter(())
            return next(earlier, None) or self._create(content)

        return self._retry.call(attempt)

    def send_ours(self, draft: str, *, tag: str, receipt: bool, is_made: bool = False) -> Sent:
        """Send a draft that we made or marked before. If it is gone, an earlier try may have sent it.

        :param is_made: its text is ours too: if it is refused it is taken away again
        :raises SendRefused, SendUnknown:
        """
        try:
            return self.send(draft, tag=tag, receipt=receipt, is_made=is_made)
        except DraftNotFound as err:
            raise SendUnknown(f"{self._address}: the mail is no draft any more and may have left; {_AGAIN}") from err

    def send(self, draft: str, *, tag: str, receipt: bool, is_made: bool = False) -> Sent:
        """Mark a draft with our tag and the receipt request, send it, and wait for its copy.

        :param receipt: False leaves the request as the draft has it
        :param is_made: see `send_ours`
        :raises DraftNotFound, SendRefused, SendUnknown:
        """
        change: dict[str, Any] = {"singleValueExtendedProperties": [{"id": exchange.TAG, "value": tag}]}
        if receipt:
            change["isReadReceiptRequested"] = True
        etag = ""
        try:
            etag = self._mark(draft, change)
            self._hand_over(draft)
        except SendRefused as err:
            if is_made and not self._is_taken_away(draft, etag):
                said = str(err).rstrip(".")
                raise SendRefused(f"{said}. It lies among your drafts, unsent: mend it there, or delete it") from err
            raise
        with in_doubt(self._stopped):
            return Sent(item=self._copy(tag))

    def arm(self, raw: exchange.Raw) -> Armed:
        """Turn on one draft's receipt request, if it is still the draft that was listed.

        :param raw: with id, subject, isReadReceiptRequested and the etag
        """
        draft = exchange.text(raw, "id")
        outcome = "already asks" if raw.get("isReadReceiptRequested") is True else self._arm(draft, raw)
        return Armed(provider_id=draft, subject=envelope.decoded(exchange.text(raw, "subject")), outcome=outcome)

    def _mark(self, draft: str, change: dict[str, Any]) -> str:
        """Change a draft while it is one: its id may lead to the sent item a moment later, which is never touched.

        :return: its etag from then on, empty if Outlook does not tell
        :raises DraftNotFound: it was sent or deleted
        """
        for _ in range(MARKS):
            waiting = self._waiting(draft)
            if not waiting:
                raise DraftNotFound(f"{self._address}: the draft was deleted or sent meanwhile")
            try:
                marked = self._graph.patch(exchange.path(draft), change, etag=exchange.text(waiting, "@odata.etag"))
                return exchange.text(marked, "@odata.etag")
            except Refusal as err:
                if err.status not in (404, 409, 412):
                    raise self._refused(err) from err
        raise SendRefused(f"{self._address}: the draft is being changed elsewhere; close it there and send it again")

    def _is_taken_away(self, draft: str, etag: str) -> bool:
        """Delete a draft that will not leave, unless somebody wrote in it since we marked it.

        Only what is a draft still: after a doubtful answer its id may lead to the sent item.
        """
        try:
            if etag and self._waiting(draft):
                self._graph.delete(exchange.path(draft), etag=etag)
        except ConnectorError:
            return False
        return bool(etag)

    def _arm(self, draft: str, raw: exchange.Raw) -> str:
        try:
            self._graph.patch(
                exchange.path(draft), {"isReadReceiptRequested": True}, etag=exchange.text(raw, "@odata.etag")
            )
        except Refusal as err:
            if err.status not in (404, 409, 412):
                raise
            return "gone" if err.status == 404 else "changed meanwhile"
        return "armed"

    def _create(self, content: bytes) -> str:
        try:
            made = self._graph.once("/me/messages", content=content, content_type="text/plain")
        except Refusal as err:
            raise self._refused(err) from err
        return exchange.text(made, "id")

    def _hand_over(self, draft: str) -> None:
        """Send a draft. After a doubtful answer it is sent again only while it still lies among the drafts."""
        for attempt in range(1, self._retry.policy.attempts + 1):
            try:
                self._graph.once(f"{exchange.path(draft)}/send")
                return
            except Passing as fault:
                self._sleep(self._retry.pause(attempt, fault))
                with in_doubt(self._stopped):
                    if not self._waiting(draft):
                        return
            except Refusal as err:
                if err.status == 404:  # it left at an earlier try
                    return
                raise self._refused(err) from err
            except ConnectorError as err:
                if attempt == 1:
                    raise
                raise SendUnknown(self._stopped) from err
        raise SendUnknown(f"{self._address}: Outlook does not confirm that the mail left; {_AGAIN}")

    def _copy(self, tag: str) -> SentItem:
        for pause in LOOKS:
            item = self.find_sent(tag)
            if item:
                return item
            self._sleep(pause)
        raise SendUnknown(f"{self._address}: the mail is not in the sent folder yet; {_AGAIN}")

    def _where(self, condition: str) -> list[str]:
        query = {"$filter": condition, "$select": "id", "$top": "10"}
        answer = self._graph.get(DRAFTS_FOLDER, params=query)
        return [exchange.text(raw, "id") for raw in exchange.objects(answer, "value")]

    def _waiting(self, draft: str) -> exchange.Raw | None:
        """The unsent draft of this id, as it is now; None if there is none."""
        try:
            raw = self._graph.get(exchange.path(draft), params={"$select": "id,isDraft"})
        except Refusal:
            return None
        return raw if raw.get("isDraft") is True else None

    @property
    def _stopped(self) -> str:
        return f"{self._address}: Outlook stopped answering while the mail left; {_AGAIN}"

    def _refused(self, err: Refusal) -> SendRefused:
        return SendRefused(f"{self._address}: Outlook does not take this mail: {err.message}")
