"""Messages as Graph shows them and lets them be changed."""

import base64
import re
from email import message_from_bytes
from typing import Any

import pytest

OTHER = "bob@contoso.example"
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}
CLASS = "$expand=singleValueExtendedProperties($filter=id eq 'String 0x001A')"
MIME = (
    b"From: Ada <ada@contoso.example>\r\nTo: Bob <bob@contoso.example>\r\nBcc: Eve <eve@contoso.example>\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <own-1@contoso.example>\r\n"
    b"In-Reply-To: <first@far.example>\r\nReferences: <root@far.example>\r\n <first@far.example>\r\nX-Own: yes\r\n"
    b"Disposition-Notification-To: someone.else@far.example\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: text/plain; charset="utf-8"\r\n\r\nHello there\r\n'
)


def test_folders_have_opaque_ids_and_well_known_names(graph: Any) -> None:
    shown = {folder["displayName"]: folder["id"] for folder in graph.get("/me/mailFolders?$top=100")["value"]}
    assert list(shown) == ["Archive", "Deleted Items", "Drafts", "Inbox", "Junk Email", "Outbox", "Sent Items"]
    named = {name: graph.get(f"/me/mailFolders/{name}")["id"] for name in ("inbox", "SentItems", "drafts", "archive")}
    assert named == {
        "inbox": shown["Inbox"],
        "SentItems": shown["Sent Items"],
        "drafts": shown["Drafts"],
        "archive": shown["Archive"],
    }
    assert graph("GET", "/me/mailFolders/attic").json()["error"]["code"] == "ErrorInvalidIdMalformed"


def test_a_draft_has_no_time_of_sending_and_belongs_to_the_drafts_folder(graph: Any) -> None:
    draft = graph.draft(body={"contentType": "html", "content": "<p>Hi &amp; bye</p>"})
    kept = graph.get(graph.at(draft["id"]))
    assert kept["isDraft"] is True
    assert kept["sentDateTime"] is None
    assert kept["bodyPreview"] == "Hi & bye"
    assert kept["from"]["emailAddress"] == {"name": "Ada Lovelace", "address": "ada@contoso.example"}
    assert kept["parentFolderId"] == graph.get("/me/mailFolders/drafts")["id"]


def test_times_have_any_number_of_digits(world: Any, graph: Any) -> None:
    world.advance(0.25)
    for _ in range(8):
        graph.draft()
    shown = [draft["receivedDateTime"] for draft in graph.get("/me/mailFolders/drafts/messages")["value"]]
    fractions = {len(re.sub(r"^[^.]*\.?|Z$", "", moment)) for moment in shown}
    assert fractions == set(range(8))


def test_ids_are_case_sensitive_and_have_to_be_quoted(graph: Any) -> None:
    ids = [graph.draft()["id"] for _ in range(30)]
    assert any("/" in message_id for message_id in ids)
    assert any("+" in message_id for message_id in ids)
    assert (len(set(ids)), len({message_id.lower() for message_id in ids})) == (30, 29)
    assert graph("GET", graph.at(ids[0].swapcase())).status_code == 400
    slashed = next(message_id for message_id in ids if "/" in message_id)
    assert graph("GET", f"/me/messages/{slashed}").json()["error"]["code"] == "BadRequest"
    assert graph.get(graph.at(slashed))["id"] == slashed


def test_an_ordinary_id_changes_on_a_move_and_an_immutable_one_does_not(graph: Any) -> None:
    draft = graph.draft()
    lasting = graph.get(graph.at(draft["id"]), headers=IMMUTABLE)["id"]
    moved = graph("POST", f"{graph.at(draft['id'])}/move", json={"destinationId": "archive"}).json()
    assert moved["id"] != draft["id"]
    assert graph("GET", graph.at(draft["id"])).json()["error"]["code"] == "ErrorItemNotFound"
    assert graph.get(graph.at(lasting))["id"] == moved["id"]
    assert graph.get(graph.at(moved["id"]), headers=IMMUTABLE)["id"] == lasting


def test_a_draft_from_mime_keeps_what_mime_says_and_loses_what_exchange_drops(graph: Any) -> None:
    answer = graph("POST", "/me/messages", data=base64.b64encode(MIME), headers={"Content-Type": "text/plain"})
    draft = answer.json()
    assert answer.status_code == 201
    assert {name: draft[name] for name in ("subject", "internetMessageId", "isReadReceiptRequested")} == {
        "subject": "Grüße",
        "internetMessageId": "<own-1@contoso.example>",
        "isReadReceiptRequested": True,
    }
    rebuilt = message_from_bytes(graph("GET", f"{graph.at(draft['id'])}/$value").content)
    assert {name: rebuilt[name] for name in ("Disposition-Notification-To", "In-Reply-To", "X-Own", "Bcc")} == {
        # the flag knows no other address than the sender's
        "Disposition-Notification-To": "Ada <ada@contoso.example>",
        "In-Reply-To": "<first@far.example>",
        "X-Own": "yes",
        "Bcc": "Eve <eve@contoso.example>",
    }
    assert rebuilt.get_payload() == "Hello there\r\n"


@pytest.mark.parametrize("body", ["not base64!", "abc", ""])
def test_mime_that_is_not_base64_is_refused(graph: Any, body: str) -> None:
    answer = graph("POST", "/me/messages", data=body, headers={"Content-Type": "text/plain"})
    assert (answer.status_code, graph.get("/me/messages")["value"]) == (400, [])


def test_reading_changes_nothing(world: Any, graph: Any) -> None:
    graph.send(isReadReceiptRequested=True)
    bob = world.graph(OTHER)
    mail = bob.copy_in("inbox")
    bob("GET", f"{bob.at(mail['id'])}/$value")
    assert bob.get(bob.at(mail["id"])) == {
        "@odata.context": f"{world.microsoft.graph_root}/$metadata#users('me')/messages/$entity",
        **mail,
    }
    assert mail["isRead"] is False


def test_if_match_guards_against_a_draft_that_changed_meanwhile(graph: Any) -> None:
    draft = graph.draft()
    address, seen = graph.at(draft["id"]), {"If-Match": draft["@odata.etag"]}
    changed = graph("PATCH", address, json={"subject": "New"}, headers=seen)
    assert (changed.status_code, changed.json()["changeKey"] != draft["changeKey"]) == (200, True)
    lost = graph("PATCH", address, json={"isReadReceiptRequested": True}, headers=seen)
    assert (lost.status_code, lost.json()["error"]["code"]) == (412, "ErrorIrresolvableConflict")
    assert graph("DELETE", address, headers=seen).status_code == 412


def test_what_was_sent_keeps_its_text_but_takes_flags_and_categories(graph: Any) -> None:
    address = graph.at(graph.send()["id"])
    refused = graph("PATCH", address, json={"subject": "New"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "ErrorInvalidPropertySet")
    taken = graph("PATCH", address, json={"categories": ["Heardback"], "flag": {"flagStatus": "flagged"}})
    assert (taken.json()["categories"], taken.json()["flag"]["flagStatus"]) == (["Heardback"], "flagged")


def test_a_due_date_needs_a_start_date(graph: Any) -> None:
    address = graph.at(graph.draft()["id"])
    day = {"dateTime": "2026-05-08T00:00:00", "timeZone": "UTC"}
    assert graph("PATCH", address, json={"flag": {"flagStatus": "flagged", "dueDateTime": day}}).status_code == 400
    whole = {"flagStatus": "flagged", "startDateTime": day, "dueDateTime": day}
    flag = graph("PATCH", address, json={"flag": whole}).json()["flag"]
    assert flag == {**whole, "dueDateTime": {"dateTime": "2026-05-08T00:00:00.0000000", "timeZone": "UTC"}} | {
        "startDateTime": flag["dueDateTime"]
    }


@pytest.mark.parametrize(
    ("wanted", "code"),
    [({"nonsense": 1}, "RequestBodyRead"), ({"receivedDateTime": "2026-05-04T08:00:00Z"}, "ErrorInvalidPropertySet"),
     ({"toRecipients": "bob"}, "RequestBodyRead"), ({"toRecipients": [{"address": "x"}]}, "ErrorInvalidRecipients"),
     ({"subject": "Half done", "categories": 5}, "RequestBodyRead")],
)  # fmt: skip
def test_a_wrong_change_is_refused_whole(graph: Any, wanted: dict[str, Any], code: str) -> None:
    draft = graph.draft()
    refused = graph("PATCH", graph.at(draft["id"]), json=wanted)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)
    assert graph.get(graph.at(draft["id"]))["subject"] == "Plans"


def test_only_own_headers_can_be_set_and_only_few(graph: Any) -> None:
    def create(*names: str) -> Any:
        headers = [{"name": name, "value": "1"} for name in names]
        return graph("POST", "/me/messages", json={"internetMessageHeaders": headers})

    refused = create("Disposition-Notification-To").json()["error"]["code"]
    assert refused == "InvalidInternetMessageHeader"
    assert create(*[f"X-{number}" for number in range(6)]).status_code == 400
    assert create("X-Own").status_code == 201


def test_a_deleted_message_goes_to_deleted_items_and_then_away(graph: Any) -> None:
    draft = graph.draft()
    assert graph("DELETE", graph.at(draft["id"])).status_code == 204
    again = graph.copy_in("deleteditems")
    assert again["id"] != draft["id"]
    assert [item["id"] for item in graph.get("/me/messages")["value"]] == [again["id"]]
    assert graph("DELETE", graph.at(again["id"])).status_code == 204
    assert graph.get("/me/messages")["value"] == []


def test_headers_are_shown_on_request_and_only_of_received_mail(world: Any, graph: Any) -> None:
    sent = graph.send(internetMessageHeaders=[{"name": "X-Own", "value": "yes"}])
    assert "internetMessageHeaders" not in sent
    assert graph.get(f"{graph.at(sent['id'])}?$select=internetMessageHeaders")["internetMessageHeaders"] is None
    received = world.graph(OTHER).get("/me/mailFolders/inbox/messages?$select=internetMessageHeaders")["value"][0]
    names = [header["name"] for header in received["internetMessageHeaders"]]
    assert {"Received", "X-Own", "Message-ID"} <= set(names)


def test_a_reply_is_a_draft_in_the_thread(world: Any, graph: Any) -> None:
    sent = graph.send()
    bob = world.graph(OTHER)
    mail = bob.copy_in("inbox")
    answer = bob("POST", f"{bob.at(mail['id'])}/createReply", json={"comment": "Fine"}).json()
    assert (answer["subject"], answer["conversationId"]) == ("Re: Plans", mail["conversationId"])
    rebuilt = message_from_bytes(bob("GET", f"{bob.at(answer['id'])}/$value").content)
    # long ids stand on a line of their own
    assert [rebuilt[name].strip() for name in ("In-Reply-To", "References")] == [sent["internetMessageId"]] * 2
    bob("POST", f"{bob.at(answer['id'])}/send")
    world.advance(60)
    back = graph.copy_in("inbox")
    assert (back["conversationId"], back["conversationId"] != mail["conversationId"]) == (sent["conversationId"], True)
    assert len(base64.b64decode(back["conversationIndex"])) == 22 + 5


def test_a_forward_keeps_the_thread_and_needs_a_recipient(graph: Any) -> None:
    sent = graph.send()
    people = [{"emailAddress": {"address": "eve@contoso.example"}}]
    answer = graph("POST", f"{graph.at(sent['id'])}/createForward", json={"toRecipients": people}).json()
    assert (answer["subject"], answer["conversationId"]) == ("Fw: Plans", sent["conversationId"])
    empty = graph("POST", f"{graph.at(sent['id'])}/createForward", json={}).json()
    refused = graph("POST", f"{graph.at(empty['id'])}/send")
    assert refused.json()["error"]["code"] == "ErrorInvalidRecipients"


def test_a_changed_subject_is_another_conversation(graph: Any) -> None:
    draft = graph.draft()
    changed = graph("PATCH", graph.at(draft["id"]), json={"subject": "Something else"}).json()
    same = graph("PATCH", graph.at(draft["id"]), json={"categories": ["x"]}).json()
    assert changed["conversationId"] == same["conversationId"]


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        (["Mail.ReadBasic"], "GET", "/me/messages", 200),
        (["Mail.ReadBasic"], "GET", "/me", 403),
        (["Mail.ReadBasic"], "GET", f"/me/messages?{CLASS}", 403),
        (["Mail.Read"], "GET", "/me/mailFolders/inbox/messages/delta", 200),
        (["Mail.Read"], "POST", "/me/messages", 403),
        (["Mail.Read"], "POST", "/me/sendMail", 403),
        (["Mail.Read"], "GET", "/me/todo/lists", 403),
        (["User.Read"], "GET", "/me/mailFolders", 403),
    ],
)  # fmt: skip
def test_each_call_needs_its_permission(world: Any, scopes: list[str], method: str, path: str, status: int) -> None:
    answer = world.graph(scopes=scopes)(method, path)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"]["code"] == "ErrorAccessDenied"


def test_headers_only_permission_hides_the_text(world: Any, graph: Any) -> None:
    message_id = graph.draft(body={"contentType": "text", "content": "secret"})["id"]
    world.microsoft.revoke_grants("ada@contoso.example")
    basic = world.graph(scopes=["Mail.ReadBasic"])
    assert {"body", "bodyPreview"} & set(basic.get(basic.at(message_id))) == set()
    assert basic("GET", f"{basic.at(message_id)}/$value").status_code == 403


def test_an_account_without_a_mailbox_says_so(world: Any) -> None:
    world.microsoft.add_account("nomail@contoso.example", mail=False)
    nobody = world.graph("nomail@contoso.example")
    answer = nobody("GET", "/me/mailFolders/inbox")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "MailboxNotEnabledForRESTAPI")
    assert nobody.get("/me")["mail"] is None


def test_every_error_has_the_shape_of_graph(graph: Any) -> None:
    answer = graph("GET", "/me/nothing", headers={"client-request-id": "mine"})
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert error == {
        "code": "BadRequest",
        "message": "Resource not found for the segment 'nothing'.",
        "innerError": {
            "date": "2026-05-04T08:00:00",
            "request-id": answer.headers["request-id"],
            "client-request-id": "mine",
        },
    }


def test_a_call_without_a_good_token_is_not_let_in(world: Any, graph: Any) -> None:
    for token in ("", "guessed"):
        graph.token = token
        answer = graph("GET", "/me")
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert world.microsoft.account("ada@contoso.example").requests == 0


def test_a_folder_can_be_named_in_brackets(graph: Any) -> None:
    draft = graph.draft()
    assert graph.get("/me/mailFolders('drafts')/messages")["value"][0]["id"] == draft["id"]
