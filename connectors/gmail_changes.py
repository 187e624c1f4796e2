"""Reading a Gmail mailbox: a first listing of the tracking window, then what the history adds.

Ids are nearly free and messages are dear, so all ids of the window are listed and only sent mail is read; of received
mail a first listing tells ids, threads, and whether a search for reports finds it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Literal, Self

from connectors import envelope
from connectors import gmail_words as words
from connectors.errors import Unreachable
from connectors.gmail_calls import GmailCalls
from connectors.gmail_history import happened, relabelled
from connectors.gmail_line import objects
from connectors.gmail_marking import LABEL as MARK
from connectors.google_http import Json, Refusal
from connectors.mailbox import Arrival, Page, Skip
from evidence.model import SentItem

GONE = "gone before it could be read"
UNNAMED = "named without an id"
#: times in one reading that it begins again because Gmail refuses a cursor
BEGINNINGS = 3

#: a cursor of another form is not followed; reading starts anew
_FORM = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where reading stopped."""

    #: what is being read: sent mail of a first listing, received mail of it, or the history
    stage: Literal["sent", "received", "history"]
    #: history id to go on from; taken before the listing, so that nothing falls between the two
    base: str
    #: token of the page to ask for next; empty: the first, or (with `pending`) no more
    page: str = ""
    #: ids listed and not read yet
    pending: tuple[str, ...] = ()
    #: start of the tracking window, epoch seconds; a listing keeps its own
    since: int = 0
    done: int = 0
    total: int | None = None

    @classmethod
    def read(cls, cursor: str | None) -> Self | None:
        """Where a cursor points; None if it is none of ours."""
        try:
            kept: Any = json.loads(cursor or "")
            if kept.pop("form") != _FORM:
                return None
            return cls(**{**kept, "pending": tuple(kept["pending"])})
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def text(self) -> str:
        """The cursor."""
        return json.dumps({"form": _FORM, **asdict(self)}, separators=(",", ":"))


class GmailReading:
    """Reads one mailbox page by page.

    :param account: `gmail:me@example.com`
    """

    def __init__(self, calls: GmailCalls, account: str) -> None:
        self._calls = calls
        self._account = account
        #: ids of the labels seen so far to their names
        self._labels: dict[str, str] = {}

    def changes(self, cursor: str | None, *, since: datetime) -> Iterator[Page]:
        """See `Mailbox.changes`. A cursor Gmail does not take any more leads back, at worst to a new listing."""
        resumed = Place.read(cursor)
        place, beginnings = resumed or self._beginning(since), 0
        while True:
            try:
                yield from self._history(place, since=since) if place.stage == "history" else self._listing(place)
            except Refusal as err:
                back = self._back(place, err, since)
                beginnings += 1
                if back is None or beginnings > BEGINNINGS:
                    raise
                place = back
            else:
                if not resumed or place.stage == "history":
                    return
                # the listing was begun in an earlier sitting: what came since is told by the history
                place = Place(stage="history", base=place.base)

    def _back(self, place: Place, err: Refusal, since: datetime) -> Place | None:
        """Where to begin again after a refusal; None if that would not help."""
        is_history = place.stage == "history"
        if is_history and err.status == HTTPStatus.NOT_FOUND:  # the history id is too old
            return self._beginning(since)
        if place.page and err.status == HTTPStatus.BAD_REQUEST:  # a page token of an earlier sitting
            return replace(place, page="") if is_history else self._beginning(since)
        return None

    def _beginning(self, since: datetime) -> Place:
        base = words.text(self._calls.profile(), "historyId")
        if not base.isdecimal():
            raise Unreachable("Gmail does not say where its history stands now; try again later")
        return Place(stage="sent", base=base, since=int(since.timestamp()))

    def _listing(self, place: Place) -> Iterator[Page]:
        if place.stage == "sent":
            yield from self._sent(place)
            place = replace(place, stage="received", page="", pending=())
        yield from self._received(place)

    def _sent(self, place: Place) -> Iterator[Page]:
        """Sent mail of the window, a page for each batch."""
        lists = [(ids, following) for ids, following in self._sent_lists(place) if ids]
        since = datetime.fromtimestamp(place.since, UTC)
        total = place.done + sum(len(ids) for ids, _ in lists)
        done = place.done
        for number, (ids, following) in enumerate(lists):
            pending = ids
            for asked, answers in self._calls.headers_of(ids, words.SENT_HEADERS, preview=True):
                pending, done = pending[len(asked) :], done + len(asked)
                here = replace(place, page=following, pending=pending, done=done, total=total)
                if not pending and number == len(lists) - 1:
                    here = replace(here, stage="received")
                yield self._read_page(asked, answers, here, since=since)

    def _sent_lists(self, place: Place) -> Iterator[tuple[tuple[str, ...], str]]:
        """Ids to read, with the token of the list that follows them."""
        if place.pending:
            yield place.pending, place.page
            if not place.page:
                return
        query, page = words.sent_query(datetime.fromtimestamp(place.since, UTC)), place.page
        listing = self._calls.listing()
        while True:
            answer = self._calls.ids(query, labels=[words.SENT], page=page)
            listed, page = objects(answer, "messages"), words.text(answer, "nextPageToken")
            listing.turn(page, listed)
            ids = (words.text(each, "id") for each in listed)
            yield tuple(dict.fromkeys(filter(None, ids))), page
            if not page:
                return

    def _received(self, place: Place) -> Iterator[Page]:
        """Received mail of the window, a page for each list; the last one leads to the history."""
        since = datetime.fromtimestamp(place.since, UTC)
        reports: set[str] | None = None
        done, page, listing = place.done, place.page, self._calls.listing()
        while True:
            answer = self._calls.ids(words.received_query(since), page=page, everywhere=True)
            listed = objects(answer, "messages")
            if listed and reports is None:
                reports = self._reports(since)
            page = words.text(answer, "nextPageToken")
            done += len(listed)
            following = replace(place, page=page, done=done) if page else Place(stage="history", base=place.base)
            yield _received_page(listed, reports or set(), following, done=done)
            listing.turn(page, listed)
            if not page:
                return

    def _reports(self, since: datetime) -> set[str]:
        """Ids of received mail that looks like a report."""
        queries = words.report_queries(since)
        found = (each for query in queries for each in self._calls.all_ids(query, everywhere=True))
        return {words.text(each, "id") for each in found}

    def _history(self, place: Place, *, since: datetime) -> Iterator[Page]:
        """What changed; the base moves on only with the last page."""
        page, listing = place.page, self._calls.listing()
        while True:
            answer = self._calls.history(place.base, page=page)
            records, page = objects(answer, "history"), words.text(answer, "nextPageToken")
            newest = words.text(answer, "historyId")
            following = replace(place, page=page) if page else Place(stage="history", base=newest or place.base)
            yield self._history_page(records, following, since=since)
            listing.turn(page, records)
            if not page:
                return

    def _history_page(self, records: list[Json], following: Place, *, since: datetime) -> Page:
        verbs = self._verbs(relabelled(records))
        story = happened(records, verbs)
        read: list[SentItem | Skip] = []
        for asked, answers in self._calls.headers_of(story.sent, words.SENT_HEADERS, preview=True):
            read += self._read(asked, answers, since=since)
        skipped = (*story.skipped, *(each for each in read if isinstance(each, Skip)))
        sent = tuple(each for each in read if isinstance(each, SentItem))
        listed = len(sent) + len(story.received) + len(story.removed) + len(skipped)
        return Page(
            sent=sent,
            received=story.received,
            removed=story.removed,
            skipped=skipped,
            listed=listed,
            cursor=following.text(),
            done=listed,
        )

    def _read_page(self, asked: list[str], answers: dict[str, Json], place: Place, *, since: datetime) -> Page:
        read = self._read(asked, answers, since=since)
        return Page(
            sent=tuple(each for each in read if isinstance(each, SentItem)),
            skipped=tuple(each for each in read if isinstance(each, Skip)),
            listed=len(asked),
            cursor=place.text(),
            done=place.done,
            total=place.total,
        )

    def _read(self, asked: Iterable[str], answers: dict[str, Json], *, since: datetime) -> list[SentItem | Skip]:
        worn = frozenset(label for each in answers.values() for label in words.own_labels(each))
        names = self._names(worn)
        return [
            words.sent_item({**answers[each], "id": each}, account=self._account, since=since, names=names)
            if each in answers
            else Skip(provider_id=each, reason=GONE)
            for each in asked
        ]

    def _names(self, labels: Iterable[str]) -> Mapping[str, str]:
        """Names of the person's labels, asked for only if one of these is not known yet; ours is none of theirs."""
        if not self._labels.keys() >= frozenset(labels):
            listed = objects(self._calls.labels(), "labels")
            told = {words.text(each, "id"): words.text(each, "name") for each in listed}
            # one that is gone meanwhile is not asked for again
            self._labels = dict.fromkeys(labels, "") | told
        theirs = {each: name for each, name in self._labels.items() if each.startswith(words.OWN_LABEL)}
        return {each: name for each, name in theirs.items() if name not in ("", MARK)}

    def _verbs(self, labels: frozenset[str]) -> frozenset[str]:
        """Those of these labels that say something of the mail they are put on."""
        names = self._names(labels) if labels else {}
        return frozenset(each for each in labels if names.get(each, "").lower().startswith(envelope.LABEL))


def _received_page(listed: list[Json], reports: set[str], following: Place, *, done: int) -> Page:
    named = [each for each in listed if words.text(each, "id")]
    return Page(
        received=tuple(
            Arrival(
                provider_id=words.text(each, "id"),
                thread_id=words.text(each, "threadId"),
                is_report=words.text(each, "id") in reports,
            )
            for each in named
        ),
        skipped=tuple(Skip(provider_id="", reason=UNNAMED) for _ in range(len(listed) - len(named))),
        listed=len(listed),
        cursor=following.text(),
        done=done,
        total=None if following.page else done,
    )
