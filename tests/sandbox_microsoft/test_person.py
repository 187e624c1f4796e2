"""Profile, categories, To Do."""

from typing import Any

SETTINGS = "/me/outlook/masterCategories"
LISTS = "/me/todo/lists"


def test_a_profile_tells_the_aliases_of_a_work_account_on_request(world: Any, graph: Any) -> None:
    assert "proxyAddresses" not in graph.get("/me")
    assert graph.get("/me?$select=mail,proxyAddresses") == {
        "@odata.context": f"{world.microsoft.graph_root}/$metadata#users/$entity",
        "mail": "ada@contoso.example",
        "proxyAddresses": ["SMTP:ada@contoso.example", "smtp:countess@contoso.example"],
    }


def test_a_category_has_a_name_of_its_own(graph: Any) -> None:
    made = graph("POST", SETTINGS, json={"displayName": "Heardback", "color": "preset4"})
    again = graph("POST", SETTINGS, json={"displayName": "heardback", "color": "preset4"})
    wrong = graph("POST", SETTINGS, json={"displayName": "Other", "color": "pink"})
    assert (made.status_code, again.status_code, wrong.status_code) == (201, 409, 400)
    assert [each["displayName"] for each in graph.get(SETTINGS)["value"]][-1] == "Heardback"


def test_a_task_keeps_only_the_day_it_is_due(graph: Any) -> None:
    default = next(each for each in graph.get(LISTS)["value"] if each["wellknownListName"] == "defaultList")
    due = {"dateTime": "2026-05-08T15:30:00.0000000", "timeZone": "UTC"}
    wanted = {"title": "Ask again", "dueDateTime": due, "reminderDateTime": due, "isReminderOn": True}
    task = graph("POST", f"{LISTS}/{default['id']}/tasks", json=wanted).json()
    assert (task["dueDateTime"]["dateTime"], task["reminderDateTime"], task["isReminderOn"]) == (
        "2026-05-08T00:00:00.0000000",
        due,
        True,
    )


def test_the_day_of_a_task_is_that_of_the_zone_it_is_given_in_and_told_in_utc(graph: Any) -> None:
    due = {"dateTime": "2026-05-08T09:00:00", "timeZone": "Pacific/Auckland"}
    wanted = {"title": "Ask again", "dueDateTime": due}
    task = graph("POST", f"{LISTS}/{graph.get(LISTS)['value'][0]['id']}/tasks", json=wanted).json()
    assert task["dueDateTime"] == {"dateTime": "2026-05-07T12:00:00.0000000", "timeZone": "UTC"}


def test_the_same_link_can_be_there_twice(graph: Any) -> None:
    tasks = f"{LISTS}/{graph.get(LISTS)['value'][0]['id']}/tasks"
    link = {
        "applicationName": "Heardback",
        "externalId": "item-1",
        "displayName": "Plans",
        "webUrl": "https://x.example",
    }
    task = graph("POST", tasks, json={"title": "Ask", "linkedResources": [link]}).json()
    address = f"{tasks}/{task['id']}/linkedResources"
    assert graph("POST", address, json=link).status_code == 201
    assert [each["externalId"] for each in graph.get(address)["value"]] == ["item-1", "item-1"]
    shown = graph.get(f"{tasks}?$expand=linkedResources&$filter=status eq 'completed'")["value"]
    assert [len(each["linkedResources"]) for each in shown] == [2]


def test_tasks_can_be_changed_and_deleted(graph: Any) -> None:
    made = graph("POST", LISTS, json={"displayName": "Follow up"}).json()
    tasks = f"{LISTS}/{made['id']}/tasks"
    task = f"{tasks}/{graph('POST', tasks, json={'title': 'Ask'}).json()['id']}"
    assert graph("PATCH", task, json={"status": "completed"}).json()["status"] == "completed"
    assert graph("DELETE", task).status_code == 204
    assert (graph("GET", task).status_code, graph.get(tasks)["value"]) == (404, [])
    assert graph("POST", f"{LISTS}/nowhere/tasks", json={"title": "x"}).status_code == 404
    assert graph("POST", tasks, json={}).status_code == 400
