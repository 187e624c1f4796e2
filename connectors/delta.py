"""What changed in the folders of an Outlook mailbox: Graph's delta queries, sorted so that nothing is unaccounted."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Self
from urllib.parse import quote, unquote, urlencode

from connectors import exchange
from connectors.errors import Unreachable
from connectors.graph import Graph, Json, Refusal
from connectors.mailbox import Arrival, Page, Skip
from evidence.model import SentItem

SENT, ARCHIVE, BIN = "sentitems", "archive", "deleteditems"
#: where news is looked for, in this order; rules may file answers elsewhere, where only a look at the thread finds them
FOLDERS = (SENT, "inbox", "junkemail", ARCHIVE)
#: messages a page
PAGE = 1000
#: a filtered delta lists no more than this (message-delta); a folder with more in the window is listed whole
FILTER_LIMIT = 5000
#: pages of class and references read for one page of changes; what is not among them stays open
DETAIL_PAGES = 5

#: error codes of a link too old to be followed, in lower case; a 410 says the same without one
_EXPIRED = frozenset({"syncstatenotfound", "syncstateinvalid", "resyncrequired", "errorinvalidsyncstatedata"})
#: what links within a round hold, and those to the next round do not (delta-query-overview)
_WITHIN = "$skiptoken"
_PAGE_SIZE = f"odata.maxpagesize={PAGE}"
#: a cursor of another form is not followed; reading starts anew
_FORM = 1


@dataclass(slots=True, kw_only=True)
class Place:
    """Where reading stopped. Moves while a listing is read; `text` is what the ledger keeps."""

    #: folder to the link Graph gave for going on
    links: dict[str, str] = field(default_factory=dict)
    #: entries listed so far in this listing
    done: int = 0
    #: messages in all, while a first listing goes on
    total: int | None = None

    @classmethod
    def read(cls, cursor: str | None) -> Self:
        """Where a cursor points; the beginning, if it is none of ours."""
        try:
            kept: Any = json.loads(cursor or "{}")
            if kept["form"] != _FORM:
                return cls()
            return cls(links=dict(kept["links"]), done=int(kept["done"]), total=kept["total"])
        except (ValueError, KeyError, TypeError):
            return cls()

    def text(self) -> str:
        """The cursor."""
        return json.dumps({"form": _FORM, "links": self.links, "done": self.done, "total": self.total})


class Delta:
    """The changes of one account since a cursor, for mail after `since`."""

    def __init__(self, account: str, *, graph: Graph, since: datetime) -> None:
        self._account = account
        self._address = account.partition(":")[2]
        self._graph = graph
        self._since = since
        self._bin_id = ""
        #: messages of the window in each folder not begun when a listing began; None: no such folder
        self._counts: dict[str, int | None] = {}

    def pages(self, cursor: str | None) -> Iterator[Page]:
        """Each folder from where it was left. Empty pages are passed on only as the last one."""
        place = Place.read(cursor)
        told = None
        for folder in FOLDERS:
            for raws in self._folder(folder, place):
                if raws:
                    page = self._page(folder, raws, place)
                    told = page.cursor
                    yield page
        total, place.done, place.total = place.total, 0, None
        if told != place.text():
            # that a folder was listed anew must be known even if nothing is in it: what is gone is told by its absence
            yield Page(cursor=place.text(), total=total)

    def counts(self, folders: Sequence[str]) -> dict[str, int | None]:
        """Messages in each folder since then, all in one request; None where there is no such folder."""
        query = urlencode({"$filter": self._window, "$count": "true", "$top": "1", "$select": "id"}, quote_via=quote)
        answers = self._graph.batch([f"/me/mailFolders/{folder}/messages?{query}" for folder in folders])
        return {folder: _count(answer) for folder, answer in zip(folders, answers, strict=True)}

    def left(self, sent: tuple[str, ...]) -> tuple[str, ...]:
        """See `Mailbox.left`."""
        query = {"$filter": self._window, "$select": "id", "$top": str(PAGE)}
        pages = self._graph.pages(f"/me/mailFolders/{SENT}/messages", params=query)
        here = {exchange.text(raw, "id") for page in pages for raw in exchange.objects(page, "value")}
        missing = [each for each in sent if each not in here]
        moved = self._elsewhere(missing)
        return tuple(each for each in missing if each not in moved)

    @property
    def _window(self) -> str:
        return f"receivedDateTime ge {exchange.stamp(self._since)}"

    def _folder(self, folder: str, place: Place) -> Iterator[list[Any]]:
        """The entries of one folder page by page, the place moved on with each; none if it does not exist.

        A round begun in an earlier sitting tells nothing of what came since: the next round follows at once.
        """
        listing = self._graph.listing()
        rounds = 2 if _WITHIN in unquote(place.links.get(folder, "")) else 1
        while True:
            link = place.links.get(folder)
            if not link and not self._is_there(folder, place):
                return
            try:
                answer = self._graph.get(link, prefer=_PAGE_SIZE) if link else self._first(folder)
            except Refusal as err:
                if link and (err.status == 410 or err.code in _EXPIRED):
                    del place.links[folder]
                    continue
                raise
            ahead, raws = answer.get("@odata.nextLink"), answer.get("value")
            place.links[folder] = str(ahead or answer.get("@odata.deltaLink") or "")
            if not isinstance(raws, list) or not place.links[folder]:
                raise Unreachable(f"{self._address}: Outlook's listing of changes makes no sense now; try again later")
            place.done += len(raws)
            yield raws
            listing.turn(str(ahead or ""), raws)
            rounds -= not ahead
            if not rounds:
                return

    def _is_there(self, folder: str, place: Place) -> bool:
        """Whether there is such a folder; it is going to be listed, so all that are get counted."""
        if folder not in self._counts:
            self._counts = self.counts([each for each in FOLDERS if each not in place.links])
            found = [count for count in self._counts.values() if count is not None]
            place.total = place.done + sum(found) if found else place.total
        return self._counts[folder] is not None

    def _first(self, folder: str) -> Json:
        """Begin to list a folder: the window only, or all of it where the window is too full for a filter."""
        query = {"$select": exchange.SENT_FIELDS if folder == SENT else exchange.ARRIVAL_FIELDS}
        if (self._counts[folder] or 0) < FILTER_LIMIT:
            query["$filter"] = self._window
        return self._graph.get(f"/me/mailFolders/{folder}/messages/delta", params=query, prefer=_PAGE_SIZE)

    def _page(self, folder: str, raws: list[Any], place: Place) -> Page:
        """Sort what Graph named; every entry ends in exactly one place."""
        named = [raw for raw in raws if isinstance(raw, dict) and exchange.text(raw, "id")]
        gone = [raw["id"] for raw in named if "@removed" in raw]
        moved = self._elsewhere(gone)
        fresh = self._completed(folder, [raw for raw in named if "@removed" not in raw])
        details = self._details(folder, [raw for raw in fresh if not exchange.properties_of(raw)])
        told = {raw["id"]: details.get(raw["id"]) or exchange.properties_of(raw) or None for raw in fresh}
        read = [self._read(folder, raw, told[raw["id"]]) for raw in fresh]
        skipped = [each for each in read if isinstance(each, Skip)]
        skipped += [Skip(provider_id=each, reason="moved to another folder") for each in gone if each in moved]
        skipped += [Skip(provider_id="", reason="named without an id")] * (len(raws) - len(named))
        return Page(
            sent=tuple(each for each in read if isinstance(each, SentItem)),
            received=tuple(each for each in read if isinstance(each, Arrival)),
            removed=tuple(each for each in gone if each not in moved),
            skipped=tuple(skipped),
            listed=len(raws),
            cursor=place.text(),
            done=place.done,
            total=place.total,
        )

    def _completed(self, folder: str, raws: list[Json]) -> list[Json]:
        """The same, with sent messages asked for again of which no more is told than that they were relabelled."""
        short = [raw["id"] for raw in raws if folder == SENT and exchange.is_relabelled(raw)]
        query = urlencode(exchange.SENT_QUERY, quote_via=quote)
        answers = self._graph.batch([f"{exchange.path(each)}?{query}" for each in short]) if short else []
        whole = {each: answer for each, answer in zip(short, answers, strict=True) if answer}
        return [whole.get(raw["id"], raw) for raw in raws]

    def _read(self, folder: str, raw: Json, properties: dict[str, str] | None) -> SentItem | Arrival | Skip:
        if folder == SENT:
            return exchange.sent_item(raw, properties or {}, account=self._account, since=self._since)
        arrival = exchange.arrival(raw, properties, is_listed=True, since=self._since)
        if folder == ARCHIVE and isinstance(arrival, Arrival) and arrival.sender == self._address:
            return Skip(provider_id=arrival.provider_id, reason="own mail, filed here")
        return arrival

    def _details(self, folder: str, raws: list[Json]) -> dict[str, dict[str, str]]:
        """Class, references and marks of these messages, from a listing of the time they came in.

        Not from the delta query itself: `$expand` there is unreliable (msgraph-sdk and docs issues).
        """
        moments = {raw["id"]: exchange.moment(raw, "receivedDateTime") for raw in raws}
        times = {each: when for each, when in moments.items() if when and when >= self._since}
        if not times:
            return {}
        first, last = min(times.values()), max(times.values()) + timedelta(seconds=1)
        query = {
            "$filter": f"receivedDateTime ge {exchange.stamp(first)} and receivedDateTime le {exchange.stamp(last)}",
            "$select": "id",
            "$expand": exchange.expand(exchange.EXPAND_SENT if folder == SENT else exchange.EXPAND_ARRIVAL),
            "$top": str(PAGE),
        }
        told: dict[str, dict[str, str]] = {}
        for page in islice(self._graph.pages(f"/me/mailFolders/{folder}/messages", params=query), DETAIL_PAGES):
            told |= {exchange.text(raw, "id"): exchange.properties_of(raw) for raw in exchange.objects(page, "value")}
            if times.keys() <= told.keys():
                break
        return told

    def _elsewhere(self, removed: list[str]) -> set[str]:
        """Which of the messages that left a folder are still in the mailbox, outside Deleted Items."""
        if not removed:
            return set()
        if not self._bin_id:
            self._bin_id = exchange.text(self._graph.get(f"/me/mailFolders/{BIN}", params={"$select": "id"}), "id")
        answers = self._graph.batch([f"{exchange.path(each)}?$select=parentFolderId" for each in removed])
        return {
            each
            for each, answer in zip(removed, answers, strict=True)
            if answer and answer.get("parentFolderId") != self._bin_id
        }


def _count(answer: Json | None) -> int | None:
    """What a listing says there is in all; None if there was no such folder."""
    if answer is None:
        return None
    count = answer.get("@odata.count")
    return count if isinstance(count, int) else 0
