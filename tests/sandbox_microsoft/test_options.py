"""What a listing can be asked for: `$filter` and the rest."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

MESSAGES = "/me/messages"
TAG = "String {66F5A359-4659-4830-9070-00047EC6AC6E} Name Tag"


@pytest.fixture(scope="module")
def filled(open_world: Callable[..., Any]) -> Iterator[Any]:
    """Three drafts, twenty-five minutes apart; only looked at."""
    people = [{"emailAddress": {"address": "eve@contoso.example"}}]
    with open_world() as world:
        graph = world.graph()
        graph.draft(subject="It's one", categories=["Heardback", "Red category"])
        world.advance(1500)
        graph.draft(subject="Two", isReadReceiptRequested=True, toRecipients=people)
        world.advance(1500)
        graph.draft(subject="three", singleValueExtendedProperties=[{"id": TAG, "value": "Mark"}])
        yield graph


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("subject eq 'It''s one'", ["It's one"]),
        ("subject eq 'TWO'", ["Two"]),
        ("isReadReceiptRequested eq true", ["Two"]),
        ("isReadReceiptRequested ne true and isDraft eq true", ["three", "It's one"]),
        ("not(subject eq 'Two') and (subject eq 'three' or startswith(subject,'it'))", ["three", "It's one"]),
        ("contains(subject,'w') or endswith(subject, 'ee')", ["three", "Two"]),
        ("receivedDateTime ge 2026-05-04T08:25:00.0000000Z and receivedDateTime lt 2026-05-04T08:50:00Z", ["Two"]),
        ("receivedDateTime gt 2026-05-04T10:30:00+02:00", ["three"]),
        ("receivedDateTime le 2026-05-04", []),
        ("sentDateTime eq null", ["three", "Two", "It's one"]),
        ("from/emailAddress/address eq 'ADA@contoso.example' and subject eq 'Two'", ["Two"]),
        ("toRecipients/any(r: r/emailAddress/address eq 'eve@contoso.example')", ["Two"]),
        ("categories/any(c:c eq 'heardback')", ["It's one"]),
        (f"singleValueExtendedProperties/any(ep: ep/id eq '{TAG}' and ep/value eq 'mark')", ["three"]),
        (f"singleValueExtendedProperties/any(ep: ep/id eq '{TAG}' and ep/value ne null)", ["three"]),
        ("singleValueExtendedProperties/any(p:p/id eq 'string 0x1A' and startswith(p/value,'REPORT.'))", []),
        ("singleValueExtendedProperties/any(p:p/id eq 'String 0x001a' and startswith(p/value,'IPM'))",
         ["three", "Two", "It's one"]),
    ],
)  # fmt: skip
def test_a_filter_finds(filled: Any, condition: str, expected: list[str]) -> None:
    found = filled.get(MESSAGES, params={"$filter": condition, "$select": "subject"})["value"]
    assert [item["subject"] for item in found] == expected


@pytest.mark.parametrize(
    "condition",
    ["subject eq", "subject like 'x'", "subject eq 'x", "eq 'x'", "(subject eq 'x'", "subject eq 'x' subject",
     "nothing eq 'x'", "receivedDateTime ge 'yesterday'", "isRead eq 'true'",
     "receivedDateTime ge 2026-13-01T00:00:00Z",
     "singleValueExtendedProperties/any(ep: ep/id eq 'String nonsense')", "subject eq word", ")"],
)  # fmt: skip
def test_a_wrong_filter_is_a_bad_request(filled: Any, condition: str) -> None:
    assert filled("GET", MESSAGES, params={"$filter": condition}).status_code == 400


def test_a_wrong_filter_is_told_even_of_an_empty_folder(graph: Any) -> None:
    for condition in ("nothing eq 'x'", "isRead eq 'true'", "receivedDateTime ge '2026-05-04'"):
        assert graph("GET", MESSAGES, params={"$filter": condition}).status_code == 400


def test_what_is_sorted_by_must_come_first_in_the_filter(filled: Any) -> None:
    def ask(condition: str, order: str) -> Any:
        return filled("GET", MESSAGES, params={"$filter": condition, "$orderby": order, "$select": "subject"})

    refused = ask("subject eq 'Two'", "receivedDateTime desc")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "InefficientFilter")
    assert ask("isDraft eq true and receivedDateTime ge 2026-01-01", "receivedDateTime").status_code == 400
    good = ask("receivedDateTime ge 2026-01-01 and isDraft eq true", "receivedDateTime asc").json()["value"]
    assert [item["subject"] for item in good] == ["It's one", "Two", "three"]


def test_sorting_without_a_filter_is_free(filled: Any) -> None:
    found = filled.get(f"{MESSAGES}?$orderby=subject desc&$select=subject")["value"]
    assert [item["subject"] for item in found] == ["Two", "three", "It's one"]
    assert filled("GET", f"{MESSAGES}?$orderby=nothing").status_code == 400
    assert filled("GET", f"{MESSAGES}?$orderby=subject sideways").status_code == 400


def test_pages_are_linked_absolutely_and_hold_ten_unasked(world: Any, graph: Any) -> None:
    ids = [graph.draft()["id"] for _ in range(12)]
    first = graph.get(f"{MESSAGES}?$select=id&$count=true")
    assert (len(first["value"]), first["@odata.count"]) == (10, 12)
    assert first["@odata.nextLink"].startswith(f"{world.microsoft.graph_root}/me/messages?$select=id&")
    second = graph.get(first["@odata.nextLink"])
    assert "@odata.nextLink" not in second
    assert {item["id"] for item in first["value"] + second["value"]} == set(ids)
    assert [item["id"] for item in graph.get(f"{MESSAGES}?$skip=11")["value"]] == [ids[0]]


@pytest.mark.parametrize(
    "options",
    ["$top=0", "$top=1001", "$top=ten", "$skip=-1", "$search=x", "$skiptoken=@@", "$expand=attachments",
     "$expand=singleValueExtendedProperties", "$expand=singleValueExtendedProperties($filter=id eq 'Nonsense')"],
)  # fmt: skip
def test_a_wrong_option_is_a_bad_request(graph: Any, options: str) -> None:
    assert graph("GET", f"{MESSAGES}?{options}").status_code == 400


def test_a_count_is_a_bare_number(filled: Any) -> None:
    answer = filled("GET", f"{MESSAGES}/$count?$filter=subject eq 'Two'")
    assert (answer.headers["Content-Type"].split(";")[0], answer.content.decode("utf-8-sig")) == ("text/plain", "1")


def test_ids_of_extended_properties_come_back_in_their_own_form(filled: Any) -> None:
    wanted = ["String 0x001A", "Binary 0x300B", "boolean 0x0029", "String 0x1046", TAG]
    expand = "singleValueExtendedProperties($filter=" + " or ".join(f"id eq '{each}'" for each in wanted) + ")"
    (item,) = filled.get(MESSAGES, params={"$expand": expand, "$top": "1"})["value"]
    shown = {found["id"]: found["value"] for found in item["singleValueExtendedProperties"]}
    assert list(shown) == [
        "String 0x1a",
        "Binary 0x300b",
        "Boolean 0x29",
        "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name Tag",
    ]
    assert [shown["String 0x1a"], shown["Boolean 0x29"]] == ["IPM.Note", "false"]


def test_a_message_without_the_property_has_no_list_of_them(filled: Any) -> None:
    expand = f"singleValueExtendedProperties($filter=id eq '{TAG}')"
    found = filled.get(MESSAGES, params={"$expand": expand})["value"]
    assert ["singleValueExtendedProperties" in item for item in found] == [True, False, False]


def test_a_property_of_the_server_cannot_be_set(graph: Any) -> None:
    mine = [{"id": "String 0x001A", "value": "REPORT.IPM.Note.IPNRN"}]
    refused = graph("POST", MESSAGES, json={"singleValueExtendedProperties": mine})
    assert (refused.status_code, graph.get(MESSAGES)["value"]) == (400, [])
