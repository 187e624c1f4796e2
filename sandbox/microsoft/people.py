"""The person over Graph: profile, Outlook categories, To Do."""

from typing import Any

from werkzeug.wrappers import Response

from sandbox.microsoft.call import Call, nothing, reply
from sandbox.microsoft.refusals import Refusal, bad_request, not_found
from sandbox.microsoft.todo import Resource

_COLOURS = frozenset({"none", *(f"preset{number}" for number in range(25))})


def me(call: Call) -> Response:
    """GET /me. The aliases of a work account are there when `$select` names proxyAddresses."""
    account = call.account
    profile: dict[str, Any] = {
        "id": account.object_id,
        "displayName": account.name,
        "givenName": account.name.split()[0],
        "surname": account.name.split()[-1],
        "mail": account.address if account.mailbox else None,
        "userPrincipalName": account.address,
        "jobTitle": None,
        "mobilePhone": None,
        "businessPhones": [],
        "officeLocation": None,
        "preferredLanguage": None,
    }
    wanted = call.args.get("$select")
    if wanted:
        is_work = account.kind == "work"
        aliases = [f"SMTP:{account.address}", *(f"smtp:{alias}" for alias in account.aliases)] if is_work else []
        whole = {**profile, "proxyAddresses": aliases, "otherMails": []}
        profile = {name: whole[name] for name in (part.strip() for part in wanted.split(",")) if name in whole}
    return reply({"@odata.context": f"{call.root}/$metadata#users/$entity", **profile})


def list_categories(call: Call) -> Response:
    """GET /me/outlook/masterCategories"""
    return reply({"value": [_category(name, colour) for name, colour in call.account.categories.items()]})


def create_category(call: Call) -> Response:
    """POST /me/outlook/masterCategories: names are unique."""
    wanted = call.json()
    name, colour = str(wanted.get("displayName") or ""), str(wanted.get("color", "none")).lower()
    if not name or colour not in _COLOURS:
        raise bad_request("A category needs a displayName and a known color.", "ErrorInvalidArgument")
    if name.lower() in (known.lower() for known in call.account.categories):
        raise Refusal(409, "CategoryNameDuplicate", "A category with this name exists already.")
    call.account.categories[name] = colour
    return reply(_category(name, colour), 201)


def list_lists(call: Call) -> Response:
    """GET /me/todo/lists"""
    return reply({"value": list(call.account.todo.lists.values())})


def create_list(call: Call) -> Response:
    """POST /me/todo/lists"""
    return reply(call.account.todo.add_list(str(call.json().get("displayName", ""))), 201)


def list_tasks(call: Call, task_list: str) -> Response:
    """GET /me/todo/lists/{id}/tasks: all of them, whatever `$filter` says; it is not to be relied on."""
    tasks = list(_tasks(call, task_list).values())
    expand = "linkedResources" in call.args.get("$expand", "")
    return reply({"value": tasks if expand else [_bare(task) for task in tasks]})


def create_task(call: Call, task_list: str) -> Response:
    """POST /me/todo/lists/{id}/tasks"""
    _tasks(call, task_list)
    wanted = call.json()
    if not wanted.get("title"):
        raise bad_request("A task needs a title.", "invalidRequest")
    return reply(call.account.todo.add_task(task_list, wanted, _now(call)), 201)


def get_task(call: Call, task_list: str, task: str) -> Response:
    """GET /me/todo/lists/{id}/tasks/{id}"""
    found = _task(call, task_list, task)
    return reply(found if "linkedResources" in call.args.get("$expand", "") else _bare(found))


def change_task(call: Call, task_list: str, task: str) -> Response:
    """PATCH /me/todo/lists/{id}/tasks/{id}"""
    found = _task(call, task_list, task)
    call.account.todo.change_task(found, call.json(), _now(call))
    return reply(_bare(found))


def delete_task(call: Call, task_list: str, task: str) -> Response:
    """DELETE /me/todo/lists/{id}/tasks/{id}"""
    _task(call, task_list, task)
    del _tasks(call, task_list)[task]
    return nothing(204)


def list_links(call: Call, task_list: str, task: str) -> Response:
    """GET …/tasks/{id}/linkedResources"""
    return reply({"value": _task(call, task_list, task)["linkedResources"]})


def create_link(call: Call, task_list: str, task: str) -> Response:
    """POST …/tasks/{id}/linkedResources"""
    return reply(call.account.todo.add_link(_task(call, task_list, task), call.json()), 201)


def _tasks(call: Call, task_list: str) -> dict[str, Resource]:
    if task_list not in call.account.todo.tasks:
        raise not_found()
    return call.account.todo.tasks[task_list]


def _task(call: Call, task_list: str, task: str) -> Resource:
    tasks = _tasks(call, task_list)
    if task not in tasks:
        raise not_found()
    return tasks[task]


def _bare(task: Resource) -> Resource:
    return {name: value for name, value in task.items() if name != "linkedResources"}


def _category(name: str, colour: str) -> dict[str, str]:
    return {"id": f"category-{name}", "displayName": name, "color": colour}


def _now(call: Call) -> str:
    return f"{call.now():%Y-%m-%dT%H:%M:%SZ}"
