"""Sending, inserting, labelling and drafts through the real client."""

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes
from email.utils import parsedate_to_datetime

import pytest
from googleapiclient.http import MediaInMemoryUpload

from sandbox.clock import Clock
from sandbox.google import Google
from sandbox.post import Letter, PostOffice

from .conftest import ANN, BOB, Checked, encode, letter

OURS = "<mine@example.org>"


@pytest.fixture
def posted(post: PostOffice) -> list[Letter]:
    """What is delivered outside, at carol's."""
    letters: list[Letter] = []
    post.register("carol@example.net", lambda letter, _: letters.append(letter))
    return letters


def test_sending_replaces_the_message_id_and_keeps_no_copy_of_ours(ann: Checked, bob: Checked, clock: Clock) -> None:
    sent = ann.send(letter(Message_ID=OURS))
    assert sent == {"id": sent["id"], "threadId": sent["id"], "labelIds": ["SENT"]}
    true = ann.headers(sent["id"])["Message-ID"]
    assert re.fullmatch(r"<CA[\w+=-]{48}@mail\.gmail\.com>", true)
    assert OURS.encode() not in ann.raw(sent["id"])
    assert (ann.ids(q=f"rfc822msgid:{OURS}"), ann.ids(q=f"rfc822msgid:{true}")) == ([], [sent["id"]])
    clock.advance(timedelta(minutes=1))
    assert bob.headers(bob.ids()[0])["Message-ID"] == true


def test_the_receipt_request_and_own_headers_leave_untouched(ann: Checked, posted: list[Letter], clock: Clock) -> None:
    ann.send(letter(To="carol@example.net", Disposition_Notification_To=f"Ann <{ANN}>", X_Heardback_Tag="t-1"))
    clock.advance(timedelta(minutes=1))
    (arrived,) = posted
    mime = message_from_bytes(arrived.mime)
    assert (mime["Disposition-Notification-To"], mime["X-Heardback-Tag"]) == (f"Ann <{ANN}>", "t-1")
    assert (arrived.sender, arrived.recipients) == (ANN, ("carol@example.net",))


def test_a_bcc_is_delivered_and_kept_on_our_copy_only(ann: Checked, posted: list[Letter], clock: Clock) -> None:
    sent = ann.send(letter(Bcc="Carol\r\n <carol@example.net>"))
    clock.advance(timedelta(minutes=1))
    (arrived,) = posted
    assert b"carol" not in arrived.mime.lower()
    assert arrived.recipients == (BOB, "carol@example.net")
    assert ann.headers(sent["id"])["Bcc"] == "Carol <carol@example.net>"


@pytest.mark.parametrize(
    ("written", "true"),
    [
        ("Boss <boss@example.com>", f"Boss <{ANN}>"),
        ("boss@example.com", f"Ann <{ANN}>"),
        ("", f"Ann <{ANN}>"),
        ("Ann <Ann@Example.org>", "Ann <Ann@Example.org>"),
    ],
    ids=["foreign", "foreign and nameless", "missing", "alias"],
)
def test_a_foreign_from_becomes_the_account(
    ann: Checked, posted: list[Letter], clock: Clock, written: str, true: str
) -> None:
    sent = ann.send(letter(From=written, To="carol@example.net"))
    clock.advance(timedelta(minutes=1))
    assert ann.headers(sent["id"])["From"] == true
    assert posted[0].sender == true.split("<")[1].rstrip(">").lower()


def test_a_missing_date_is_set_and_a_given_one_kept(ann: Checked, clock: Clock) -> None:
    fresh = ann.headers(ann.send(letter())["id"])["Date"]
    given = "Fri, 01 May 2026 10:00:00 +0200"
    assert parsedate_to_datetime(fresh) == clock.now()
    assert ann.headers(ann.send(letter(Date=given))["id"])["Date"] == given


@pytest.mark.parametrize("to", [ANN, "ann@example.org", "ann+3d@gmail.com"])
def test_mail_to_oneself_is_one_message_in_sent_and_inbox(ann: Checked, clock: Clock, to: str) -> None:
    sent = ann.send(letter(To=f"{BOB}", Bcc=to))
    clock.advance(timedelta(minutes=1))
    assert ann.ids() == [sent["id"]]
    assert set(sent["labelIds"]) == {"SENT", "INBOX", "UNREAD"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "'raw' RFC822 payload message string"),
        ({"raw": "***"}, "Base64 decoding failed"),
        ({"raw": encode(b"Subject: to nobody\r\n\r\n")}, "Recipient address required"),
    ],
)
def test_what_cannot_be_sent_is_refused(ann: Checked, body: dict[str, str], says: str) -> None:
    status, reason, message = ann.refused(ann.messages.send(userId="me", body=body))
    assert (status, reason) == (400, "invalidArgument")
    assert says in message
    assert ann.ids() == []


def test_either_base64_alphabet_will_do(ann: Checked) -> None:
    for body in (letter("~~~???"), letter("~~~???x"), letter("~~~???xy")):
        for raw in (b64encode(body).decode(), encode(body).rstrip("=")):
            sent = ann.run(ann.messages.send(userId="me", body={"raw": raw}))
            assert ann.raw(sent["id"]).endswith(body.partition(b"\r\n\r\n")[2])


def test_a_reply_joins_its_thread_only_with_references_and_subject(ann: Checked) -> None:
    first = ann.send(letter())
    true = ann.headers(first["id"])["Message-ID"]
    thread = first["threadId"]
    replies = [
        ann.send(letter(Subject="Re: Lunch", References=true), threadId=thread),
        ann.send(letter(Subject="Re: Lunch", References=true)),
        ann.send(letter(Subject="Re: Lunch"), threadId=thread),
        ann.send(letter(Subject="Dinner", References=true), threadId=thread),
    ]
    assert [each["threadId"] == thread for each in replies] == [True, False, False, False]
    assert ann.refused(ann.messages.send(userId="me", body={"raw": encode(letter()), "threadId": "1f"}))[:2] == (
        404,
        "notFound",
    )


def test_the_days_mails_have_an_end_that_names_its_time(google: Google, ann: Checked, clock: Clock) -> None:
    google.account(ANN).meter.mails_a_day = 2
    ann.send(letter())
    clock.advance(timedelta(hours=1))
    ann.send(letter())
    request = ann.messages.send(userId="me", body={"raw": encode(letter())})
    assert ann.refused(request) == (
        429,
        "rateLimitExceeded",
        "User-rate limit exceeded.  Retry after 2026-05-05T08:00:00.000Z (Mail sending)",
    )
    clock.advance(timedelta(hours=23))
    ann.send(letter())
    assert len(ann.ids(labelIds="SENT")) == 3


def test_consumer_and_workspace_accounts_may_send_differently_much(google: Google) -> None:
    work = google.add_account("w@firm.example", kind="workspace")
    assert (google.account(ANN).meter.mails_a_day, work.meter.mails_a_day) == (500, 2_000)


def test_the_person_can_send_from_gmails_own_window(google: Google, ann: Checked, bob: Checked, clock: Clock) -> None:
    message = google.account(ANN).send(letter())
    clock.advance(timedelta(minutes=1))
    assert (ann.ids(), len(bob.ids(labelIds="INBOX"))) == ([message.id], 1)


def test_inserting_keeps_the_message_id_and_delivers_nothing(ann: Checked, bob: Checked, clock: Clock) -> None:
    body = {"raw": encode(letter(Message_ID=OURS)), "labelIds": ["SENT"]}
    inserted = ann.run(ann.messages.insert(userId="me", body=body))
    clock.advance(timedelta(minutes=1))
    assert (ann.headers(inserted["id"])["Message-ID"], inserted["labelIds"], bob.ids()) == (OURS, ["SENT"], [])
    assert ann.refused(ann.messages.insert(userId="me", body={**body, "labelIds": ["Label_9"]}))[0] == 400


def test_the_date_of_an_insert_is_now_and_of_an_import_that_of_the_header(ann: Checked, clock: Clock) -> None:
    now_ms = str(int(clock.now().timestamp() * 1000))
    dated = {"raw": encode(letter(Date="Fri, 01 May 2026 10:00:00 +0200"))}
    undated = {"raw": encode(letter(Date="yesterday"))}
    requests = (
        ann.messages.insert(userId="me", body=dated),
        ann.messages.insert(userId="me", body=dated, internalDateSource="dateHeader"),
        ann.messages.import_(userId="me", body=dated),
        ann.messages.import_(userId="me", body=dated, internalDateSource="receivedTime"),
        ann.messages.import_(userId="me", body=undated),
    )
    ids = [ann.run(request)["id"] for request in requests]
    found = [ann.run(ann.messages.get(userId="me", id=each, format="minimal"))["internalDate"] for each in ids]
    assert found == [now_ms, "1777622400000", "1777622400000", now_ms, now_ms]


def test_an_import_is_scanned_for_spam_unless_told_not_to(ann: Checked) -> None:
    body = {"raw": encode(letter(X_Sandbox_Spam="yes")), "labelIds": ["INBOX", "UNREAD"]}
    scanned = ann.run(ann.messages.import_(userId="me", body=body))
    trusted = ann.run(ann.messages.import_(userId="me", body=body, neverMarkSpam=True))
    assert (scanned["labelIds"], trusted["labelIds"]) == (["SPAM", "UNREAD"], ["INBOX", "UNREAD"])


@pytest.mark.parametrize(
    "body", [{}, {"addLabelIds": ["SENT"]}, {"removeLabelIds": ["DRAFT"]}, {"addLabelIds": ["Label_9"]}]
)
def test_labels_that_cannot_be_set_by_hand_are_refused(ann: Checked, body: dict[str, list[str]]) -> None:
    sent = ann.send(letter())["id"]
    assert ann.refused(ann.messages.modify(userId="me", id=sent, body=body))[:2] == (400, "invalidArgument")


def test_many_can_be_changed_and_deleted_at_once(ann: Checked) -> None:
    ids = [ann.send(letter())["id"] for _ in range(3)]
    body = {"ids": [*ids, "1f"], "addLabelIds": ["STARRED"]}
    ann.run(ann.messages.batchModify(userId="me", body=body))
    assert set(ann.ids(labelIds="STARRED")) == set(ids)
    ann.run(ann.messages.batchDelete(userId="me", body={"ids": [*ids[:2], ids[0]]}))
    assert ann.ids() == [ids[2]]
    assert ann.refused(ann.messages.batchDelete(userId="me", body={"ids": []}))[0] == 400


def test_a_whole_thread_can_be_labelled(ann: Checked) -> None:
    first = ann.send(letter())
    reply = letter(Subject="Re: Lunch", References=ann.headers(first["id"])["Message-ID"])
    second = ann.send(reply, threadId=first["threadId"])
    request = ann.threads.modify(userId="me", id=first["threadId"], body={"addLabelIds": ["STARRED"]})
    assert [each["labelIds"] for each in ann.run(request)["messages"]] == [["SENT", "STARRED"]] * 2
    assert set(ann.ids(q="is:starred")) == {first["id"], second["id"]}


def test_a_draft_keeps_its_id_and_changes_its_message_at_each_update(ann: Checked) -> None:
    start = ann.history_id()
    made = ann.run(ann.drafts.create(userId="me", body={"message": {"raw": encode(letter())}}))
    body = {"message": {"raw": encode(letter("Dinner?", Bcc="carol@example.net"))}}
    updated = ann.run(ann.drafts.update(userId="me", id=made["id"], body=body))
    assert (updated["id"], updated["message"]["labelIds"]) == (made["id"], ["DRAFT"])
    assert updated["message"]["id"] != made["message"]["id"]
    assert ann.changes(start) == [
        ("messagesAdded", made["message"]["id"]),
        ("messagesAdded", updated["message"]["id"]),
        ("messagesDeleted", made["message"]["id"]),
    ]
    found = ann.run(ann.drafts.get(userId="me", id=made["id"], format="minimal"))
    assert (found["message"]["id"], found["message"]["snippet"]) == (updated["message"]["id"], "Dinner?")
    outline = {"id": updated["message"]["id"], "threadId": updated["message"]["threadId"]}
    assert ann.run(ann.drafts.list(userId="me"))["drafts"] == [{"id": made["id"], "message": outline}]


def test_a_sent_draft_is_gone_and_a_new_message_is_there(ann: Checked, posted: list[Letter], clock: Clock) -> None:
    mime = letter(To="carol@example.net", Message_ID=OURS)
    made = ann.run(ann.drafts.create(userId="me", body={"message": {"raw": encode(mime)}}))
    start = ann.history_id()
    sent = ann.run(ann.drafts.send(userId="me", body={"id": made["id"]}))
    clock.advance(timedelta(minutes=1))
    assert sent["id"] != made["message"]["id"]
    assert (sent["threadId"], sent["labelIds"]) == (made["message"]["threadId"], ["SENT"])
    assert sorted(ann.changes(start)) == [("messagesAdded", sent["id"]), ("messagesDeleted", made["message"]["id"])]
    assert ann.run(ann.drafts.list(userId="me")) == {"resultSizeEstimate": 0}
    assert ann.headers(sent["id"])["Message-ID"] != OURS
    assert len(posted) == 1


def test_a_draft_can_be_replaced_while_it_is_sent(ann: Checked, posted: list[Letter], clock: Clock) -> None:
    made = ann.run(ann.drafts.create(userId="me", body={"message": {"raw": encode(letter())}}))
    body = {"id": made["id"], "message": {"raw": encode(letter("Anew", To="carol@example.net"))}}
    sent = ann.run(ann.drafts.send(userId="me", body=body))
    clock.advance(timedelta(minutes=1))
    assert ann.raw(sent["id"]).endswith(b"Anew\r\n")
    assert len(posted) == 1


def test_a_draft_that_cannot_leave_stays(google: Google, ann: Checked) -> None:
    made = ann.run(ann.drafts.create(userId="me", body={"message": {"raw": encode(b"Subject: x\r\n\r\n")}}))
    assert ann.refused(ann.drafts.send(userId="me", body={"id": made["id"]}))[0] == 400
    assert list(google.account(ANN).drafts) == [made["id"]]


def test_an_update_without_its_thread_leaves_it(ann: Checked) -> None:
    first = ann.send(letter())
    reply = encode(letter(Subject="Re: Lunch", In_Reply_To=ann.headers(first["id"])["Message-ID"]))
    thread = first["threadId"]
    made = ann.run(ann.drafts.create(userId="me", body={"message": {"raw": reply, "threadId": thread}}))
    body = {"message": {"raw": reply, "threadId": thread}}
    kept = ann.run(ann.drafts.update(userId="me", id=made["id"], body=body))
    left = ann.run(ann.drafts.update(userId="me", id=made["id"], body={"message": {"raw": reply}}))
    assert [each["message"]["threadId"] == thread for each in (made, kept, left)] == [True, True, False]


def test_drafts_can_be_deleted_and_take_no_other_label(ann: Checked) -> None:
    made = ann.run(ann.drafts.create(userId="me", body={"message": {"raw": encode(letter())}}))
    message = made["message"]["id"]
    star = ann.messages.modify(userId="me", id=message, body={"addLabelIds": ["STARRED"]})
    assert ann.refused(star)[:2] == (400, "invalidArgument")
    ann.run(ann.drafts.delete(userId="me", id=made["id"]))
    for request in (
        ann.drafts.get(userId="me", id=made["id"]),
        ann.drafts.delete(userId="me", id=made["id"]),
        ann.drafts.send(userId="me", body={"id": made["id"]}),
        ann.drafts.update(userId="me", id=made["id"], body={"message": {"raw": encode(letter())}}),
        ann.messages.get(userId="me", id=message),
    ):
        assert ann.refused(request)[:2] == (404, "notFound")


def test_deleting_its_message_deletes_the_draft(google: Google, ann: Checked) -> None:
    made = ann.run(ann.drafts.create(userId="me", body={"message": {"raw": encode(letter())}}))
    ann.run(ann.messages.delete(userId="me", id=made["message"]["id"]))
    assert google.account(ANN).drafts == {}


@pytest.mark.parametrize("pieces", [None, 1, 4], ids=["at once", "resumable", "resumable in pieces"])
def test_large_messages_can_be_uploaded(ann: Checked, pieces: int | None) -> None:
    mime = letter("x" * 600_000)
    chunk = -1 if pieces == 1 else 256 * 1024
    media = MediaInMemoryUpload(mime, mimetype="message/rfc822", chunksize=chunk, resumable=pieces is not None)
    sent = ann.run(ann.messages.send(userId="me", media_body=media))
    assert ann.raw(sent["id"]).endswith(mime.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("resumable", [False, True])
def test_an_upload_can_bring_its_resource_along(ann: Checked, resumable: bool) -> None:
    def media(text: str) -> MediaInMemoryUpload:
        return MediaInMemoryUpload(letter(text), mimetype="message/rfc822", resumable=resumable)

    body = {"labelIds": ["STARRED"]}
    inserted = ann.run(ann.messages.insert(userId="me", body=body, media_body=media("One")))
    made = ann.run(ann.drafts.create(userId="me", body={"message": {}}, media_body=media("Two")))
    updated = ann.run(ann.drafts.update(userId="me", id=made["id"], body={"message": {}}, media_body=media("Three")))
    assert inserted["labelIds"] == ["STARRED"]
    assert ann.raw(updated["message"]["id"]).endswith(b"Three\r\n")


def test_what_is_too_large_to_send_is_refused(
    ann: Checked, monkeypatch: pytest.MonkeyPatch, sign_in: Callable[..., Checked]
) -> None:
    monkeypatch.setattr("sandbox.google.writing.MOST_TO_SEND", 1_000)
    media = MediaInMemoryUpload(letter("x" * 1_000), mimetype="message/rfc822", resumable=False)
    assert ann.refused(ann.messages.send(userId="me", media_body=media))[:2] == (413, "uploadTooLarge")
