"""Showing that a sent mail needs its sender: the follow-up flag with a due date, and a task in To Do.

A flag is no sensitive property of a message and changes none of its text (followupFlag). A task is known by the
`externalId` of the link it carries, which nobody but us looks at: it is looked for before one is made (linkedResource).
"""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

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

    def flag(self, item: SentItem, *, due_at: datetime) -> None:
        """Flag it for follow-up by a day; twice is once."""
        address, day = exchange.path(item.provider_id), _moment(due_at)
        # a due date wants a start date beside it
        flag = {"flagStatus": "flagged", "startDateTime": day, "dueDateTime": day}
        try:
            known = self._graph.get(address, params={"$select": "id,flag"})
            self._graph.patch(address, {"flag": flag}, etag=exchange.text(known, "@odata.etag"))
        except Refusal as err:
            if err.status == 404:
                raise MessageGone(f"{self._whom}: the sent mail was deleted or moved away meanwhile") from err
            raise

    def add_task(self, item: SentItem, *, title: str, text: str, due_at: datetime, key: str) -> None:
        """Make a task that links to the mail, unless there is one with this key."""
        tasks = f"{_LISTS}/{quote(self._list(), safe='')}/tasks"
        if self._is_there(tasks, key):
            return
        link = {"webUrl": self._page(item), "applicationName": "Heardback", "displayName": title, "externalId": key}
        wanted = {
            "title": title,
            "body": {"content": text, "contentType": "text"},
            "dueDateTime": _moment(due_at),
            "reminderDateTime": _moment(due_at),
            "isReminderOn": True,
            "linkedResources": [link],
        }
        try:
            self._graph.once(tasks, content=json.dumps(wanted).encode())
        except Passing as err:
            raise Unreachable(f"{self._whom}: To Do did not say whether it took the task") from err
        except Refusal as err:
            raise SendRefused(f"{self._whom}: To Do does not take this task: {err.message}") from err

    def _list(self) -> str:
        """The id of the person's usual list. All are read: to filter them is not to be relied on."""
        lists = [raw for page in self._graph.pages(_LISTS, params={}) for raw in exchange.objects(page, "value")]
        usual = [each for each in lists if each.get("wellknownListName") == "defaultList"] or lists
        if not usual:
            raise SendRefused(f"{self._whom}: there is no list in To Do")
        return exchange.text(usual[0], "id")

    def _is_there(self, tasks: str, key: str) -> bool:
        pages = self._graph.pages(tasks, params={"$expand": "linkedResources"})
        found = (raw for page in pages for raw in exchange.objects(page, "value"))
        return any(link.get("externalId") == key for raw in found for link in exchange.objects(raw, "linkedResources"))

    def _page(self, item: SentItem) -> str:
        try:
            found = self._graph.get(exchange.path(item.provider_id), params={"$select": "webLink"})
        except Refusal:
            return ""
        return exchange.text(found, "webLink")


def _moment(at: datetime) -> dict[str, Any]:
    """A dateTimeTimeZone resource."""
    return {"dateTime": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
