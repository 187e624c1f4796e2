"""Microsoft To Do: lists, tasks and what they are linked to. No HTTP."""

from typing import Any

from sandbox.microsoft.days import midnight

Resource = dict[str, Any]

_PREFIX = "AQMkADAwATM3ZmYAZS"


class ToDo:
    """One person's lists, kept as the JSON they are."""

    def __init__(self, owner: str) -> None:
        self._count = 0
        self._owner = owner
        self.lists: dict[str, Resource] = {}
        self.tasks: dict[str, dict[str, Resource]] = {}
        self.add_list("Tasks", "defaultList")
        self.add_list("Flagged Emails", "flaggedEmails")

    def add_list(self, name: str, well_known: str = "none") -> Resource:
        """A new list."""
        list_id = self._new_id()
        self.tasks[list_id] = {}
        self.lists[list_id] = {
            "id": list_id,
            "displayName": name,
            "isOwner": True,
            "isShared": False,
            "wellknownListName": well_known,
        }
        return self.lists[list_id]

    def add_task(self, list_id: str, wanted: Resource, now: str) -> Resource:
        """A new task, with the links it was given at once.

        :raises KeyError: there is no such list
        """
        links = wanted.get("linkedResources") or []
        task_id = self._new_id()
        task: Resource = {
            "id": task_id,
            "status": "notStarted",
            "importance": "normal",
            "isReminderOn": False,
            "createdDateTime": now,
            "body": {"content": "", "contentType": "text"},
        }
        self.tasks[list_id][task_id] = task
        self.change_task(task, {name: value for name, value in wanted.items() if name != "linkedResources"}, now)
        task["linkedResources"] = []
        for link in links:
            self.add_link(task, link)
        return task

    def change_task(self, task: Resource, wanted: Resource, now: str) -> None:
        """Set what is wanted; of a due date only the day is kept."""
        task.update({name: value for name, value in wanted.items() if name != "id"})
        task["lastModifiedDateTime"] = now
        if wanted.get("dueDateTime"):
            task["dueDateTime"] = midnight(wanted["dueDateTime"])

    def add_link(self, task: Resource, wanted: Resource) -> Resource:
        """One more linked resource. The same externalId may be there twice: nobody checks."""
        link = {"id": self._new_id(), **wanted}
        task["linkedResources"].append(link)
        return link

    def _new_id(self) -> str:
        self._count += 1
        return f"{_PREFIX}{sum(self._owner.encode()):06x}{self._count:06d}AAA="
