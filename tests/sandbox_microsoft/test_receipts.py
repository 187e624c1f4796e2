"""Receipts and reports: what Exchange sends by itself, and what it makes of those that come in."""

from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import pytest

from sandbox.post import Letter

ME = "ada@contoso.example"
OTHER = "bob@contoso.example"
BASE64 = "Content-Transfer-Encoding: base64\n"
CLASS = "?$expand=singleValueExtendedProperties($filter=id eq 'String 0x001A')"


def _deliver(world: Any, mime: str, *, to: str = ME) -> Any:
    """Post a letter from outside, and give the item it becomes."""
    world.post.send(
        Letter(mime=mime.replace("\n", "\r\n").encode(), sender="", recipients=(to,), sent_at=world.clock.now())
    )
    world.advance(60)
    return world.microsoft.account(to).messages("inbox")[-1]


def _report(kind: str, part: str, fields: str, *, encoding: str = "") -> str:
    return (
        "From: Far <far@outside.example>\nTo: ada@contoso.example\nSubject: Some report\n"
        "Message-ID: <r@outside.example>\n"
        f'MIME-Version: 1.0\nContent-Type: multipart/report; report-type={kind}; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\nwords\n--b\nContent-Type: message/{part}\n{encoding}\n{fields}\n--b--\n"
    )


def _mdn(disposition: str) -> str:
    fields = f"Final-Recipient: rfc822;far@outside.example\nDisposition: {disposition}\n"
    return _report("disposition-notification", "disposition-notification", fields)


def _dsn(*actions: str) -> str:
    fields = "Reporting-MTA: dns; x\n\n" + "\n".join(f"Final-Recipient: rfc822; a@b\nAction: {a}\n" for a in actions)
    return _report("delivery-status", "delivery-status", fields)


@pytest.mark.parametrize(
    ("mime", "expected"),
    [
        (_mdn("manual-action/MDN-sent-manually; displayed"), "REPORT.IPM.Note.IPNRN"),
        (_mdn("manual-action/MDN-sent-manually;\n displayed"), "REPORT.IPM.Note.IPNRN"),
        (_mdn("automatic-action/MDN-sent-automatically;Deleted/error"), "REPORT.IPM.Note.IPNNRN"),
        (_mdn("manual-action/MDN-sent-manually; denied"), "IPM.Note"),
        (_dsn("failed"), "REPORT.IPM.Note.NDR"),
        (_dsn("delivered", "failed"), "REPORT.IPM.Note.NDR"),
        (_dsn("delayed"), "REPORT.IPM.Note.Delayed"),
        (_dsn("delivered"), "REPORT.IPM.Note.DR"),
        (_dsn("relayed"), "REPORT.IPM.Note.RelayedDR"),
        (_report("disposition-notification", "disposition-notification",
                 "RGlzcG9zaXRpb246IGEvYjsgZGlzcGxheWVkCg==", encoding=BASE64),
         "REPORT.IPM.Note.IPNRN"),
        (_report("disposition-notification", "disposition-notification", "%", encoding=BASE64),
         "IPM.Note"),
        ("From: a@b.example\nAuto-Submitted: auto-replied\nSubject: Away\n\nBack soon\n",
         "IPM.Note.Rules.OofTemplate.Microsoft"),
        ("From: a@b.example\nAuto-Submitted: no\nSubject: Hi\n\nHi\n", "IPM.Note"),
        ("no headers at all", "IPM.Note"),
    ],
)  # fmt: skip
def test_what_comes_in_gets_its_class(world: Any, mime: str, expected: str) -> None:
    assert _deliver(world, mime).head.item_class == expected


def test_marking_mail_read_sends_the_receipt_it_asked_for_once(world: Any, graph: Any) -> None:
    sent = graph.send(isReadReceiptRequested=True)
    bob = world.graph(OTHER)
    address = bob.at(bob.copy_in("inbox")["id"])
    for is_read in (True, False, True):
        bob("PATCH", address, json={"isRead": is_read})
        world.advance(60)
    (receipt,) = graph.get(f"/me/mailFolders/inbox/messages{CLASS}")["value"]
    assert (receipt["subject"], receipt["isRead"], receipt["conversationId"]) == (
        "Read: Plans",
        False,
        sent["conversationId"],
    )
    assert receipt["singleValueExtendedProperties"] == [{"id": "String 0x1a", "value": "REPORT.IPM.Note.IPNRN"}]


def test_the_receipt_has_the_form_exchange_gives_it(world: Any, graph: Any) -> None:
    sent = graph.send(isReadReceiptRequested=True)
    bob = world.graph(OTHER)
    bob("PATCH", bob.at(bob.copy_in("inbox")["id"]), json={"isRead": True})
    world.advance(60)
    receipt = graph.copy_in("inbox")
    raw = graph("GET", f"{graph.at(receipt['id'])}/$value").content
    whole: Any = message_from_bytes(raw)
    key = graph.get(f"{graph.at(sent['id'])}?$expand=singleValueExtendedProperties($filter=id eq 'Binary 0x300B')")
    assert (whole.get_content_type(), whole.get_param("report-type")) == (
        "multipart/report",
        "disposition-notification",
    )
    assert (whole["In-Reply-To"], whole["References"], whole["Return-Path"]) == (None, None, "<>")
    assert f"Original-Message-ID:\r\n\t{sent['internetMessageId']}\r\n".encode() in raw
    assert whole.get_payload()[1].get_payload()[0].items() == [
        ("Final-recipient", "RFC822; bob@contoso.example"),
        ("Disposition", "automatic-action/MDN-sent-automatically; displayed"),
        ("X-MSExch-Correlation-Key", key["singleValueExtendedProperties"][0]["value"]),
        ("Original-Message-ID", f"\r\n\t{sent['internetMessageId']}"),
        ("X-Display-Name", "Bob Ross"),
    ]
    shown = graph.get(f"{graph.at(receipt['id'])}?$select=internetMessageHeaders")["internetMessageHeaders"]
    assert [header["value"] for header in shown if header["name"] == "Content-Type"] == ["application/ms-tnef"]


def test_deleting_unread_mail_says_so_to_the_sender(world: Any, graph: Any) -> None:
    graph.send(isReadReceiptRequested=True)
    bob = world.graph(OTHER)
    bob("DELETE", bob.at(bob.copy_in("inbox")["id"]))
    world.advance(60)
    (report,) = graph.get(f"/me/mailFolders/inbox/messages{CLASS}")["value"]
    assert (report["subject"], report["singleValueExtendedProperties"][0]["value"]) == (
        "Not read: Plans",
        "REPORT.IPM.Note.IPNNRN",
    )


def test_personal_accounts_and_mail_without_a_request_stay_silent(world: Any, graph: Any) -> None:
    world.microsoft.add_account("eve@outlook.example", kind="personal")
    graph.send(isReadReceiptRequested=True, toRecipients=[{"emailAddress": {"address": "eve@outlook.example"}}])
    graph.send()
    for reader in ("eve@outlook.example", OTHER):
        theirs = world.graph(reader)
        theirs("PATCH", theirs.at(theirs.copy_in("inbox")["id"]), json={"isRead": True})
    world.advance(60)
    assert world.microsoft.account(ME).messages("inbox") == ()


def test_a_receipt_never_answers_a_receipt_nor_two_addresses(world: Any) -> None:
    asking = _mdn("a/b; displayed").replace("Subject:", "Disposition-Notification-To: far@outside.example\nSubject:")
    twice = "From: f@x.example\nDisposition-Notification-To: f@x.example, g@x.example\nSubject: Two\n\nHi\n"
    assert [_deliver(world, mime).owes_receipt for mime in (asking, twice)] == [None, None]


def test_an_auto_reply_lies_in_the_conversation_it_answers(world: Any, graph: Any) -> None:
    sent = graph.send()
    away = _deliver(
        world,
        f"From: bob@contoso.example\nSubject: Automatic reply: Plans\nIn-Reply-To: {sent['internetMessageId']}\n"
        "Auto-Submitted: auto-replied\n\nAway\n",
    )
    assert away.conversation == sent["conversationId"]


def test_a_received_message_says_when_it_was_written_and_when_it_came(world: Any) -> None:
    mail = _deliver(world, "From: a@b.example\nDate: Sun, 03 May 2026 10:00:00 +0200\nSubject: Hi\n\nHi\n")
    assert (mail.sent, mail.received) == (
        datetime(2026, 5, 3, 8, tzinfo=UTC),
        datetime(2026, 5, 4, 8, 0, 20, tzinfo=UTC),
    )


def test_garbled_mail_is_kept_as_far_as_it_can_be_read(world: Any, graph: Any) -> None:
    mail = _deliver(
        world, "From: =?bad?q?x?= <a@b.example\nDate: never\nSubject: =?utf-8?b?////?=\nX: \xff\n\n\x00bytes"
    )
    assert mail.received == datetime(2026, 5, 4, 8, 0, 20, tzinfo=UTC)
    shown = graph.copy_in("inbox")
    assert graph("GET", f"{graph.at(shown['id'])}/$value").content.endswith(b"\r\n\r\n\x00bytes")
