"""Many calls in one."""

import base64
from typing import Any

import pytest

JSON = {"Content-Type": "application/json"}


def _run(graph: Any, *parts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    answer = graph("POST", "/$batch", json={"requests": list(parts)})
    assert answer.status_code == 200, answer.text
    return {part["id"]: part for part in answer.json()["responses"]}


def _get(part_id: str, url: str, **other: Any) -> dict[str, Any]:
    return {"id": part_id, "method": "GET", "url": url, **other}


def test_answers_come_in_any_order_and_one_failure_is_only_its_own(graph: Any) -> None:
    parts = [_get(str(number), "/me") for number in range(19)] + [_get("bad", "/me/messages/AAMkxx")]
    answer = graph("POST", "/$batch", json={"requests": parts}).json()["responses"]
    assert [part["id"] for part in answer] != [part["id"] for part in parts]
    assert {part["id"]: part["status"] for part in answer} == {
        **{str(number): 200 for number in range(19)},
        "bad": 404,
    }


def test_each_part_has_its_own_headers(graph: Any) -> None:
    draft = graph.draft()
    url = graph.at(draft["id"])
    answers = _run(graph, _get("1", url), _get("2", url, headers={"Prefer": 'IdType="ImmutableId"'}))
    assert (answers["1"]["body"]["id"] == draft["id"], answers["2"]["body"]["id"] == draft["id"]) == (True, False)


def test_a_part_with_a_body_needs_a_content_type(graph: Any) -> None:
    change = {"id": "1", "method": "POST", "url": "/me/messages", "body": {"subject": "Hi"}}
    assert graph("POST", "/$batch", json={"requests": [change]}).status_code == 400
    assert _run(graph, {**change, "headers": JSON})["1"]["body"]["subject"] == "Hi"


def test_what_depends_on_a_failed_part_is_not_done(graph: Any) -> None:
    address = graph.at(graph.draft()["id"])
    change = {"method": "PATCH", "url": address, "headers": JSON, "body": {"categories": ["x"]}}
    answers = _run(
        graph,
        _get("lost", "/me/messages/AAMkxx"),
        {"id": "2", **change, "dependsOn": ["lost"]},
        _get("good", address),
        {"id": "3", **change, "dependsOn": ["good"]},
        {"id": "4", **change, "dependsOn": ["2"]},
    )
    assert {name: part["status"] for name, part in answers.items()} == {
        "lost": 404,
        "2": 424,
        "good": 200,
        "3": 200,
        "4": 424,
    }


def test_one_part_can_be_throttled(world: Any, graph: Any) -> None:
    world.fault("answer", "GET /v1.0/me/mailFolders", status=429, headers=(("Retry-After", "2.128"),), body="{}")
    answers = _run(graph, _get("1", "/me"), _get("2", "/me/mailFolders"))
    assert (answers["1"]["status"], answers["2"]["status"]) == (200, 429)
    assert answers["2"]["headers"]["Retry-After"] == "2.128"


def test_what_is_no_json_comes_as_base64(graph: Any) -> None:
    address = graph.at(graph.draft()["id"])
    part = _run(graph, _get("1", f"{address}/$value"))["1"]
    assert base64.b64decode(part["body"]) == graph("GET", f"{address}/$value").content


@pytest.mark.parametrize(
    "content",
    [
        {"requests": [_get(str(number), "/me") for number in range(21)]},
        {"requests": []},
        {"requests": [_get("1", "/me"), _get("1", "/me")]},
        {"requests": [{"id": 1, "method": "GET", "url": "/me"}]},
        {"requests": "all"},
        {},
    ],
)
def test_a_wrong_batch_is_refused_whole(graph: Any, content: dict[str, Any]) -> None:
    assert graph("POST", "/$batch", json=content).status_code == 400


def test_parts_are_counted_one_by_one(world: Any, graph: Any) -> None:
    _run(graph, *(_get(str(number), "/me") for number in range(7)))
    assert world.microsoft.account("ada@contoso.example").requests == 7
