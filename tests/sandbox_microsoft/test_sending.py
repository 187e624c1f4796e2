"""Mail on its way: what leaves, what is filed, what arrives."""

import base64
from collections.abc import Callable
from email import message_from_bytes
from typing import Any

import pytest

ME = "ada@contoso.example"
OTHER = "bob@contoso.example"
IMMUTABLE = {"Prefer": 'IdType="ImmutableId"'}


def _to(*addresses: str) -> list[dict[str, Any]]:
    return [{"emailAddress": {"address": address}} for address in addresses]


def test_send_answers_nothing_and_the_copy_appears_later_under_another_id(world: Any, graph: Any) -> None:
    draft = graph.draft()
    answer = graph("POST", f"{graph.at(draft['id'])}/send")
    assert (answer.status_code, answer.content) == (202, b"")
    assert graph("GET", graph.at(draft["id"])).status_code == 404
    world.advance(4)
    assert graph.get("/me/mailFolders/sentitems/messages")["value"] == []
    world.advance(1)
    copy = graph.copy_in("sentitems")
    assert (copy["id"] != draft["id"], copy["isDraft"], copy["isRead"]) == (True, False, True)
    assert copy["sentDateTime"].startswith("2026-05-04T08:00:00")
    assert (copy["internetMessageId"], copy["conversationId"]) == (draft["internetMessageId"], draft["conversationId"])
    assert graph("POST", f"{graph.at(copy['id'])}/send").status_code == 400


@pytest.mark.parametrize("survives", [False, True])
def test_an_immutable_id_survives_sending_only_if_so_built(make_world: Callable[..., Any], survives: bool) -> None:
    world = make_world(drafts_keep_id=survives)
    graph = world.graph()
    lasting = graph("POST", "/me/messages", json={"toRecipients": _to(OTHER)}, headers=IMMUTABLE).json()["id"]
    graph("POST", f"{graph.at(lasting)}/send", headers=IMMUTABLE)
    assert graph("GET", graph.at(lasting)).status_code == 404
    world.advance(5)
    copy = graph.get("/me/mailFolders/sentitems/messages", headers=IMMUTABLE)["value"][0]
    assert (copy["id"] == lasting) is survives


def test_mail_arrives_without_bcc_and_the_copy_keeps_it(world: Any, graph: Any) -> None:
    sent = graph.send(bccRecipients=_to("eve@contoso.example"))
    assert [person["emailAddress"]["address"] for person in sent["bccRecipients"]] == ["eve@contoso.example"]
    bob = world.graph(OTHER)
    mail = bob.copy_in("inbox")
    assert (mail["internetMessageId"], mail["bccRecipients"]) == (sent["internetMessageId"], [])
    assert b"eve@" not in bob("GET", f"{bob.at(mail['id'])}/$value").content


def test_a_receipt_request_names_the_sender_and_the_search_key_stays_inside(world: Any, graph: Any) -> None:
    graph.send(isReadReceiptRequested=True)
    bob = world.graph(OTHER)
    mime = bob("GET", f"{bob.at(bob.copy_in('inbox')['id'])}/$value").content
    assert message_from_bytes(mime)["Disposition-Notification-To"] == "Ada Lovelace <ada@contoso.example>"
    (sent,) = world.microsoft.account(ME).messages("sentitems")
    assert base64.b64encode(sent.search_key) not in mime
    assert world.microsoft.search_key(sent.head.message_id) == sent.search_key


def test_mail_to_oneself_is_two_items_with_one_message_id(world: Any, graph: Any) -> None:
    sent = graph.send(toRecipients=_to("countess@contoso.example"))
    found = graph.get("/me/messages", params={"$filter": f"internetMessageId eq '{sent['internetMessageId']}'"})[
        "value"
    ]
    assert len({item["id"] for item in found}) == 2
    assert len({item["parentFolderId"] for item in found}) == 2


@pytest.mark.parametrize(
    ("wanted", "stays"),
    [("<own-1@contoso.example>", True), ("own-1@contoso.example", False), ("<no at>", False), ("<a@b>c", False)],
)
def test_an_own_message_id_leaves_if_it_is_well_formed(graph: Any, wanted: str, stays: bool) -> None:
    sent = graph.send(internetMessageId=wanted)
    assert (sent["internetMessageId"] == wanted) is stays
    assert sent["internetMessageId"].startswith("<")


def test_send_mail_leaves_no_draft_and_can_leave_no_copy(world: Any, graph: Any) -> None:
    message = {"subject": "Straight", "toRecipients": _to(OTHER)}
    for wanted in ({"message": message}, {"message": message, "saveToSentItems": False}):
        answer = graph("POST", "/me/sendMail", json=wanted)
        assert (answer.status_code, answer.content) == (202, b"")
    world.advance(60)
    ada, bob = world.microsoft.account(ME), world.microsoft.account(OTHER)
    assert [len(ada.messages(folder)) for folder in ("sentitems", "drafts", "outbox")] == [1, 0, 0]
    assert len(bob.messages("inbox")) == 2


def test_send_mail_takes_mime(world: Any, graph: Any) -> None:
    mime = (
        b"From: ada@contoso.example\nTo: bob@contoso.example\nSubject: Raw\nMessage-ID: <raw@contoso.example>\n\nHi\n"
    )
    answer = graph("POST", "/me/sendMail", data=base64.b64encode(mime), headers={"Content-Type": "text/plain"})
    world.advance(60)
    (mail,) = world.microsoft.account(OTHER).messages("inbox")
    assert (answer.status_code, mail.head.subject, mail.head.message_id) == (202, "Raw", "<raw@contoso.example>")
    assert mail.head.content.body == b"Hi\r\n"


def test_a_property_of_ones_own_finds_the_sent_copy(world: Any, graph: Any) -> None:
    mark = {"id": "String {66F5A359-4659-4830-9070-00047EC6AC6E} Name Tag", "value": "t-1"}
    graph.send(singleValueExtendedProperties=[mark])
    graph.send()
    condition = f"singleValueExtendedProperties/any(ep: ep/id eq '{mark['id']}' and ep/value eq 't-1')"
    address = "/me/mailFolders/sentitems/messages"
    found = graph.get(address, params={"$filter": condition})["value"]
    assert len(found) == 1
    other = condition.replace("Name Tag", "Name tag")
    assert graph.get(address, params={"$filter": other})["value"] == []


def test_mail_without_a_good_recipient_or_from_someone_else_is_refused(world: Any, graph: Any) -> None:
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({"toRecipients": []}, 400, "ErrorInvalidRecipients"),
        ({"toRecipients": _to("nobody")}, 400, "ErrorInvalidRecipients"),
        ({"from": _to(OTHER)[0]}, 403, "ErrorSendAsDenied"),
    ]
    for wanted, status, code in cases:
        refused = graph("POST", "/me/sendMail", json={"message": {"toRecipients": _to(OTHER), **wanted}})
        assert (refused.status_code, refused.json()["error"]["code"]) == (status, code)
    assert world.microsoft.account(ME).messages() == ()


def test_an_alias_may_send(world: Any, graph: Any) -> None:
    graph.send(**{"from": _to("countess@contoso.example")[0]}, isReadReceiptRequested=True)
    (mail,) = world.microsoft.account(OTHER).messages("inbox")
    assert mail.owes_receipt == "countess@contoso.example"


def test_an_answer_that_is_lost_leaves_mail_that_was_sent(world: Any, graph: Any) -> None:
    draft = graph.draft()
    world.fault("lose", "POST .*/send")
    with pytest.raises(OSError, match="Connection"):
        graph("POST", f"{graph.at(draft['id'])}/send")
    world.advance(60)
    assert len(world.microsoft.account(OTHER).messages("inbox")) == 1


def test_more_than_thirty_letters_a_minute_have_to_wait(world: Any, graph: Any) -> None:
    message = {"message": {"toRecipients": _to(OTHER)}}
    answers = [graph("POST", "/me/sendMail", json=message) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [202] * 30 + [429]
    assert (answers[-1].json()["error"]["code"], answers[-1].headers["Retry-After"]) == (
        "ErrorExceededMessageLimit",
        "60.128",
    )
    world.advance(61)
    assert graph("POST", "/me/sendMail", json=message).status_code == 202


def test_attachments_travel(world: Any, graph: Any) -> None:
    file = {"name": "a.bin", "contentType": "application/x-own", "contentBytes": base64.b64encode(b"\x00\x01").decode()}
    graph.send(body={"contentType": "html", "content": "<b>See</b>"}, attachments=[file])
    bob = world.graph(OTHER)
    mail = bob.copy_in("inbox")
    parts = list(message_from_bytes(bob("GET", f"{bob.at(mail['id'])}/$value").content).walk())
    assert (mail["hasAttachments"], mail["bodyPreview"]) == (True, "See")
    assert [part.get_content_type() for part in parts] == ["multipart/mixed", "text/html", "application/x-own"]
    assert parts[2].get_payload(decode=True) == b"\x00\x01"
