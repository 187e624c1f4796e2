"""Following one folder by delta, with everything that is awkward about it."""

from typing import Any

import pytest

ME = "ada@contoso.example"
DRAFTS = "/me/mailFolders/drafts/messages/delta"
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}


def _small(size: int) -> dict[str, str]:
    return {"Prefer": f"odata.maxpagesize={size}"}


def _round(graph: Any, link: str, **kwargs: Any) -> tuple[list[dict[str, Any]], str]:
    """Every entry up to the deltaLink, and the deltaLink."""
    entries: list[dict[str, Any]] = []
    for _ in range(50):
        page = graph.get(link, **kwargs)
        entries += page["value"]
        if "@odata.deltaLink" in page:
            assert "@odata.nextLink" not in page
            return entries, page["@odata.deltaLink"]
        link = page["@odata.nextLink"]
    raise AssertionError("no end")


def test_the_first_round_names_everything_newest_first_in_pages(world: Any, graph: Any) -> None:
    ids = []
    for _ in range(5):
        world.advance(1)
        ids.append(graph.draft()["id"])
    answer = graph("GET", f"{DRAFTS}?$select=subject", headers=_small(2))
    assert answer.headers["Preference-Applied"] == "odata.maxpagesize=2"
    assert [set(entry) for entry in answer.json()["value"]] == [{"@odata.type", "@odata.etag", "id", "subject"}] * 2
    assert answer.json()["@odata.nextLink"].startswith(f"{world.microsoft.graph_root}/me/mailFolders/drafts/")
    entries, _ = _round(graph, DRAFTS, headers=_small(2))
    assert [entry["id"] for entry in entries] == ids[::-1]


def test_a_later_round_tells_only_what_changed(graph: Any) -> None:
    first, second = graph.draft(), graph.draft()
    _, link = _round(graph, DRAFTS)
    changed = graph("PATCH", graph.at(first["id"]), json={"categories": ["Heardback"]}).json()
    third = graph.draft()
    entries, link = _round(graph, link)
    assert entries == [
        {
            "@odata.type": "#microsoft.graph.message",
            "@odata.etag": changed["@odata.etag"],
            "id": first["id"],
            "categories": ["Heardback"],
        },
        {"@odata.type": "#microsoft.graph.message", **third},
    ]
    assert second["id"] not in [entry["id"] for entry in entries]
    assert _round(graph, link)[0] == []


def test_a_move_leaves_one_folder_and_enters_the_other_under_the_same_immutable_id(graph: Any) -> None:
    draft = graph.draft()
    lasting = graph.get(graph.at(draft["id"]), headers=IMMUTABLE)["id"]
    _, drafts = _round(graph, DRAFTS)
    _, archive = _round(graph, "/me/mailFolders/archive/messages/delta")
    moved = graph("POST", f"{graph.at(draft['id'])}/move", json={"destinationId": "archive"}).json()
    removed = {"@removed": {"reason": "deleted"}}
    assert _round(graph, drafts)[0] == [{"id": draft["id"], **removed}]
    assert _round(graph, drafts, headers=IMMUTABLE)[0] == [{"id": lasting, **removed}]
    assert [entry["id"] for entry in _round(graph, archive)[0]] == [moved["id"]]
    assert [entry["id"] for entry in _round(graph, archive, headers=IMMUTABLE)[0]] == [lasting]


def test_a_link_followed_twice_gives_the_same_page_twice(graph: Any) -> None:
    _, link = _round(graph, DRAFTS)
    graph.draft()
    first, _ = _round(graph, link)
    second, _ = _round(graph, link)
    assert (len(first), first) == (1, second)


def test_what_happens_during_the_first_round_is_told_in_the_next(world: Any, graph: Any) -> None:
    ids = []
    for _ in range(3):
        world.advance(1)
        ids.append(graph.draft()["id"])
    page = graph.get(DRAFTS, headers=_small(1))
    graph("DELETE", graph.at(ids[0]))
    fresh = graph.draft()["id"]
    rest, link = _round(graph, page["@odata.nextLink"], headers=_small(1))
    told, _ = _round(graph, link)
    assert [entry["id"] for entry in page["value"] + rest if "@removed" not in entry] == [ids[2], ids[1]]
    assert [(entry["id"], "@removed" in entry) for entry in told] == [(ids[0], True), (fresh, False)]


def test_a_page_can_come_again(world: Any, graph: Any) -> None:
    draft = graph.draft()
    world.fault("replay", "messages/delta")
    entries, _ = _round(graph, DRAFTS)
    assert [entry["id"] for entry in entries] == [draft["id"], draft["id"]]


def test_a_page_can_be_empty_and_not_the_last(world: Any, graph: Any) -> None:
    draft = graph.draft()
    world.fault("empty-page", "messages/delta")
    page = graph.get(DRAFTS)
    assert page["value"] == []
    assert [entry["id"] for entry in _round(graph, page["@odata.nextLink"])[0]] == [draft["id"]]


@pytest.mark.parametrize(
    ("detail", "status", "code", "has_location"),
    [
        ("410", 410, "syncStateNotFound", True),
        ("syncStateNotFound", 404, "syncStateNotFound", False),
        ("SyncStateNotFound", 400, "SyncStateNotFound", False),
        ("resyncRequired", 410, "resyncRequired", True),
    ],
)
def test_a_token_can_be_lost_in_many_ways(
    world: Any, graph: Any, detail: str, status: int, code: str, has_location: bool
) -> None:
    _, link = _round(graph, DRAFTS)
    world.fault("expire-cursor", "messages/delta", detail=detail)
    answer = graph("GET", link)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert ("Location" in answer.headers) is has_location
    if has_location:
        assert _round(graph, answer.headers["Location"])[0] == []
    assert graph("GET", link).json()["error"]["code"].lower() == "syncstatenotfound"


def test_tokens_are_forgotten_with_time_and_on_demand(world: Any, graph: Any) -> None:
    _, link = _round(graph, DRAFTS)
    world.microsoft.expire_cursors(ME)
    assert graph("GET", link).status_code == 404
    _, link = _round(graph, DRAFTS)
    world.advance(31 * 86400)
    assert world.graph()("GET", link).status_code == 404


def test_a_token_of_someone_else_is_worth_nothing(world: Any, graph: Any) -> None:
    _, link = _round(graph, DRAFTS)
    assert world.graph("bob@contoso.example")("GET", link).status_code == 404


def test_a_filter_by_date_and_a_kind_of_change_are_all_it_takes(world: Any, graph: Any) -> None:
    graph.draft()
    world.advance(1800)
    late = graph.draft()
    entries, link = _round(graph, f"{DRAFTS}?$filter=receivedDateTime ge 2026-05-04T08:15:00Z&changeType=created")
    assert [entry["id"] for entry in entries] == [late["id"]]
    graph("PATCH", graph.at(late["id"]), json={"categories": ["x"]})
    assert _round(graph, link)[0] == []
    refused = [
        graph("GET", f"{DRAFTS}?{options}").status_code
        for options in ("$filter=isRead eq true", "$orderby=subject", "$search=x", "$expand=extensions")
    ]
    assert refused == [400, 400, 400, 500]
