"""Showing that a sent mail needs its sender: the follow-up flag with a due date, and a task in To Do.

A flag is no sensitive property of a message and changes none of its text (followupFlag). A task is known by the
`externalId` of the link it carries, which nobody but us looks at: it is looked for before one is made (linkedResource).
What a person changed of either is theirs, and left as it is. Of a due date only the day counts, by the clock of the
zone that is named with it; it is told as that day's midnight in UTC.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from connectors import exchange
from connectors.errors import MessageGone, SendRefused, Unreachable
from connectors.graph import Graph, Refusal
from connectors.retry import Passing
from evidence.model import SentItem

_LISTS = "/me/todo/lists"


class OutlookMarking:
    """Flags sent mail and makes tasks in one mailbox."""

    def __init__(self, graph: Graph, *, whom: str) -> None:
        self._graph = graph
        self._whom = whom

    def missing_flag(self, item: SentItem, *, due_at: datetime) -> str:
        """The flag for follow-up by a day; empty if it is flagged."""
        with self._missing():
            known = _flag(self._flagged(exchange.path(item.provider_id)))
        return "" if known.get("flagStatus") == "flagged" else _look("flagged", day=_day(due_at))

    def flag(self, item: SentItem, missing: str) -> str:
        """Flag it so; how the flag of ours looks, empty if it was flagged otherwise meanwhile."""
        address, (_, day) = exchange.path(item.provider_id), json.loads(missing)
        with self._missing():
            known = self._flagged(address)
            if _flag(known).get("flagStatus") == "flagged":
                return missing if _is_alike(_flag_look(known), missing) else ""
            # a due date wants a start date beside it
            flag = {"flagStatus": "flagged", "startDateTime": _moment(day), "dueDateTime": _moment(day)}
            self._graph.patch(address, {"flag": flag}, etag=exchange.text(known, "@odata.etag"))
            # read back: which day it is, Outlook says
            return _flag_look(self._flagged(address))

    def complete_flag(self, item: SentItem, left: str) -> bool:
        """Set the flag complete if it looks as we left it."""
        address = exchange.path(item.provider_id)
        with self._missing():
            known = self._flagged(address)
            is_ours = _is_alike(_flag_look(known), left)
            if is_ours:
                self._graph.patch(
                    address, {"flag": {"flagStatus": "complete"}}, etag=exchange.text(known, "@odata.etag")
                )
        return is_ours

    def add_task(self, item: SentItem, *, title: str, text: str, due_at: datetime, key: str) -> str:
        """Make a task that links to the mail, unless there is one with this key; how it looks."""
        tasks = _tasks(self._list())
        if known := self._with_key(tasks, key):
            return _task_look(known)
        link = {"webUrl": self._page(item), "applicationName": "Heardback", "displayName": title, "externalId": key}
        wanted = {
            "title": title,
            "body": {"content": text, "contentType": "text"},
            "dueDateTime": _moment(_day(due_at)),
            "reminderDateTime": {"dateTime": f"{due_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
            "isReminderOn": True,
            "linkedResources": [link],
        }
        try:
            return _task_look(self._graph.once(tasks, content=json.dumps(wanted).encode()))
        except Passing as err:
            raise Unreachable(f"{self._whom}: To Do did not say whether it took the task") from err
        except Refusal as err:
            raise SendRefused(f"{self._whom}: To Do does not take this task: {err.message}") from err

    def end_task(self, key: str, left: str) -> bool:
        """Complete the task of this key if it looks as we left it."""
        for each in self._lists():
            tasks = _tasks(exchange.text(each, "id"))
            if known := self._with_key(tasks, key):
                is_ours = _is_alike(_task_look(known), left)
                if is_ours:
                    address = f"{tasks}/{quote(exchange.text(known, 'id'), safe='')}"
                    self._graph.patch(address, {"status": "completed"}, etag=exchange.text(known, "@odata.etag"))
                return is_ours
        return False

    def _flagged(self, address: str) -> dict[str, Any]:
        return self._graph.get(address, params={"$select": "id,flag"})

    @contextmanager
    def _missing(self) -> Iterator[None]:
        try:
            yield
        except Refusal as err:
            if err.status == 404:
                raise MessageGone(f"{self._whom}: the sent mail was deleted or moved away meanwhile") from err
            raise

    def _lists(self) -> list[dict[str, Any]]:
        """All of the person's lists: to filter them is not to be relied on."""
        return [raw for page in self._graph.pages(_LISTS, params={}) for raw in exchange.objects(page, "value")]

    def _list(self) -> str:
        """The id of the person's usual list."""
        lists = self._lists()
        usual = [each for each in lists if each.get("wellknownListName") == "defaultList"] or lists
        if not usual:
            raise SendRefused(f"{self._whom}: there is no list in To Do")
        return exchange.text(usual[0], "id")

    def _with_key(self, tasks: str, key: str) -> dict[str, Any] | None:
        pages = self._graph.pages(tasks, params={"$expand": "linkedResources"})
        found = (raw for page in pages for raw in exchange.objects(page, "value"))
        links = ((raw, link) for raw in found for link in exchange.objects(raw, "linkedResources"))
        return next((raw for raw, link in links if link.get("externalId") == key), None)

    def _page(self, item: SentItem) -> str:
        try:
            found = self._graph.get(exchange.path(item.provider_id), params={"$select": "webLink"})
        except Refusal:
            return ""
        return exchange.text(found, "webLink")


def _tasks(task_list: str) -> str:
    return f"{_LISTS}/{quote(task_list, safe='')}/tasks"


def _flag(message: dict[str, Any]) -> dict[str, Any]:
    found = message.get("flag")
    return found if isinstance(found, dict) else {}


def new_task_look(*, title: str, due_at: datetime) -> str:
    """How a task is to look."""
    return _look(title, "notStarted", day=_day(due_at))


def _flag_look(message: dict[str, Any]) -> str:
    flag = _flag(message)
    return _look(flag.get("flagStatus"), day=_due(flag))


def _task_look(task: dict[str, Any]) -> str:
    return _look(task.get("title"), task.get("status"), day=_due(task))


def _look(*words: object, day: object) -> str:
    """What a person may change about a flag or task, and its day, as one text to compare."""
    return json.dumps([*words, day])


def _is_alike(look: str, other: str) -> bool:
    (*words, day), (*others, other_day) = json.loads(look), json.loads(other)
    return words == others and _in_utc(day) == _in_utc(other_day)


def _in_utc(day: object) -> object:
    """The day on which its midnight falls in UTC; what is no day as it is."""
    stamp, _, zone = str(day).rstrip("]").partition("[")
    try:
        return datetime.fromisoformat(stamp[:19]).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).date()
    except (ValueError, KeyError):
        return day


def _due(resource: dict[str, Any]) -> object:
    day = resource.get("dueDateTime")
    return f"{day.get('dateTime')}[{day.get('timeZone')}]" if isinstance(day, dict) else None


def _day(due_at: datetime) -> str:
    """Its midnight with the name of its zone, as RFC 9557 writes it."""
    return f"{due_at:%Y-%m-%d}T00:00:00[{due_at.tzinfo}]"


def _moment(day: str) -> dict[str, Any]:
    """A dateTimeTimeZone resource."""
    stamp, _, zone = day.rstrip("]").partition("[")
    return {"dateTime": stamp, "timeZone": zone}
