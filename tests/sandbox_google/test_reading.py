"""Looking at mail through the real client."""

from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import timedelta

import pytest

from sandbox.clock import Clock
from sandbox.google import Google
from sandbox.post import Letter, PostOffice

from .conftest import ANN, BOB, Checked, encode, letter

REPORT = b"""From: bob@example.net
To: ann@gmail.com
Subject: Read: Lunch
Message-Id: <r1@example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="b"

--b
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Gelesen: sch=F6n & gut
--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822;bob@example.net
Original-Message-ID: <m1@example.org>
Disposition: manual-action/MDN-sent-manually; displayed

--b
Content-Type: message/rfc822

Subject: Lunch
X-Inner: yes

Hello
--b
Content-Type: application/pdf; name="menu.pdf"
Content-Disposition: attachment; filename="menu.pdf"
Content-Transfer-Encoding: base64

JVBERg==
--b--
"""


def _insert(client: Checked, mime: bytes, *labels: str) -> str:
    body = {"raw": encode(mime), "labelIds": list(labels)}
    return str(client.run(client.messages.insert(userId="me", body=body))["id"])


def test_the_profile_names_the_account_and_where_its_history_stands(ann: Checked) -> None:
    before = ann.run(ann.users.getProfile(userId=ANN))
    _insert(ann, letter(), "INBOX")
    after = ann.run(ann.users.getProfile(userId="me"))
    assert (after["emailAddress"], after["messagesTotal"], after["threadsTotal"]) == (ANN, 1, 1)
    assert int(after["historyId"]) > int(before["historyId"])


def test_another_persons_mailbox_is_refused(ann: Checked) -> None:
    found = ann.refused(ann.users.getProfile(userId=BOB))
    assert found == (403, "forbidden", f"Delegation denied for {ANN}")


def test_an_empty_listing_has_no_messages_key(ann: Checked) -> None:
    assert ann.run(ann.messages.list(userId="me")) == {"resultSizeEstimate": 0}


def test_a_listing_gives_only_ids_newest_first(ann: Checked, clock: Clock) -> None:
    ids = []
    for _ in range(3):
        ids.append(_insert(ann, letter(), "INBOX"))
        clock.advance(timedelta(seconds=1))
    found = ann.run(ann.messages.list(userId="me"))["messages"]
    assert found == [{"id": each, "threadId": each} for each in reversed(ids)]
    assert all(len(each) == 16 and int(each, 16) for each in ids)


def test_labels_are_anded_and_unknown_ones_refused(ann: Checked) -> None:
    both = _insert(ann, letter(), "INBOX", "STARRED")
    _insert(ann, letter(), "INBOX")
    assert ann.ids(labelIds=["INBOX", "STARRED"]) == [both]
    assert ann.refused(ann.messages.list(userId="me", labelIds="Label_9")) == (
        400,
        "invalidArgument",
        "Invalid label: Label_9",
    )


def test_spam_and_trash_are_listed_only_when_asked_for(ann: Checked) -> None:
    spam = _insert(ann, letter(), "SPAM")
    assert ann.ids() == []
    assert ann.ids(includeSpamTrash=True) == ann.ids(labelIds="SPAM") == ann.ids(q="in:spam") == [spam]


def test_pages_lose_and_double_nothing_while_mail_comes_and_goes(ann: Checked, clock: Clock) -> None:
    ids = []
    for _ in range(7):
        clock.advance(timedelta(seconds=1))
        ids.append(_insert(ann, letter(), "INBOX"))
    first = ann.run(ann.messages.list(userId="me", maxResults=3))
    clock.advance(timedelta(seconds=1))
    _insert(ann, letter(), "INBOX")
    ann.run(ann.messages.delete(userId="me", id=ids[3]))
    seen = [each["id"] for each in first["messages"]]
    token = first["nextPageToken"]
    while token:
        page = ann.run(ann.messages.list(userId="me", maxResults=3, pageToken=token))
        seen += [each["id"] for each in page["messages"]]
        token = page.get("nextPageToken")
    assert seen == [each for each in reversed(ids) if each != ids[3]]


@pytest.mark.parametrize(("name", "value"), [("pageToken", "x"), ("q", "is:unread")])
def test_what_cannot_be_used_is_refused_or_searched_as_text(ann: Checked, name: str, value: str) -> None:
    request = ann.messages.list(userId="me", **{name: value})
    if name == "pageToken":
        assert ann.refused(request) == (400, "invalidArgument", "Invalid pageToken")
    else:
        assert ann.run(request) == {"resultSizeEstimate": 0}


def test_at_most_500_come_at_once_and_100_unless_told(google: Google, ann: Checked) -> None:
    mailbox = google.account(ANN).mailbox
    for _ in range(510):
        mailbox.add(letter(), ("INBOX",))
    assert (len(ann.ids()), len(ann.ids(maxResults=900))) == (100, 500)
    assert ann.run(ann.messages.list(userId="me"))["resultSizeEstimate"] == 201


def test_the_four_formats_hold_what_they_hold(ann: Checked) -> None:
    message = _insert(ann, letter("Hello & goodbye", Date="Mon, 04 May 2026 08:00:00 +0000"), "INBOX")
    found = {
        form: ann.run(ann.messages.get(userId="me", id=message, format=form))
        for form in ("minimal", "metadata", "full", "raw")
    }
    common = {"id", "threadId", "labelIds", "snippet", "sizeEstimate", "historyId", "internalDate"}
    assert {form: set(answer) - common for form, answer in found.items()} == {
        "minimal": set(),
        "metadata": {"payload"},
        "full": {"payload"},
        "raw": {"raw"},
    }
    assert (found["minimal"]["snippet"], found["minimal"]["internalDate"]) == ("Hello &amp; goodbye", "1777881600000")
    assert set(found["metadata"]["payload"]) == {"mimeType", "headers"}
    assert set(found["full"]["payload"]) == {"partId", "mimeType", "filename", "headers", "body"}
    assert urlsafe_b64decode(found["full"]["payload"]["body"]["data"]) == b"Hello & goodbye\r\n"


def test_metadata_headers_are_chosen_in_any_letter_case_and_come_in_the_senders(ann: Checked) -> None:
    mime = (
        b"message-id: <a@b.c>\nReceived: one\nReceived: two\nSubject: =?utf-8?q?Gr=C3=BC?=\n =?utf-8?q?=C3=9Fe?=\n\nx\n"
    )
    message = _insert(ann, mime, "INBOX")
    wanted = ["Message-ID", "RECEIVED", "subject", "Nothing"]
    found = ann.run(ann.messages.get(userId="me", id=message, format="metadata", metadataHeaders=wanted))
    assert found["payload"]["headers"] == [
        {"name": "message-id", "value": "<a@b.c>"},
        {"name": "Received", "value": "one"},
        {"name": "Received", "value": "two"},
        {"name": "Subject", "value": "Grüße"},
    ]


def test_metadata_without_a_wanted_header_has_no_headers(ann: Checked) -> None:
    message = _insert(ann, letter(), "INBOX")
    request = ann.messages.get(userId="me", id=message, format="metadata", metadataHeaders=["X-Nothing"])
    assert ann.run(request)["payload"] == {"mimeType": "text/plain"}


def test_an_encoded_name_with_a_comma_comes_quoted(ann: Checked) -> None:
    message = _insert(ann, letter(To="=?utf-8?q?M=C3=BCller=2C_J=C3=BCrgen?= <j@example.net>"), "INBOX")
    assert ann.headers(message)["To"] == '"Müller, Jürgen" <j@example.net>'


def test_a_report_hides_its_fields_behind_an_attachment_id_that_changes(ann: Checked) -> None:
    message = _insert(ann, REPORT, "INBOX")
    first, second = (ann.run(ann.messages.get(userId="me", id=message))["payload"] for _ in range(2))
    assert [(part["partId"], part["mimeType"], part["filename"]) for part in first["parts"]] == [
        ("0", "text/plain", ""),
        ("1", "message/disposition-notification", ""),
        ("2", "message/rfc822", ""),
        ("3", "application/pdf", "menu.pdf"),
    ]
    assert urlsafe_b64decode(first["parts"][0]["body"]["data"]).decode() == "Gelesen: schön & gut"
    assert first["parts"][2]["parts"][0]["headers"][1] == {"name": "X-Inner", "value": "yes"}
    tokens = [payload["parts"][1]["body"]["attachmentId"] for payload in (first, second)]
    assert tokens[0] != tokens[1]
    attachments = ann.messages.attachments()
    contents = [
        ann.run(attachments.get(userId="me", messageId=message, id=part["body"]["attachmentId"]))
        for part in first["parts"][1:]
    ]
    texts = [urlsafe_b64decode(content["data"]) for content in contents]
    assert texts[0].startswith(b"Final-Recipient: rfc822;bob@example.net\r\nOriginal-Message-ID: <m1@example.org>\r\n")
    assert texts[1].startswith(b"Subject: Lunch\r\n")
    assert texts[2] == b"%PDF"


def test_an_attachment_id_of_another_message_is_refused(ann: Checked) -> None:
    one, other = _insert(ann, REPORT, "INBOX"), _insert(ann, REPORT, "INBOX")
    token = ann.run(ann.messages.get(userId="me", id=one))["payload"]["parts"][1]["body"]["attachmentId"]
    attachments = ann.messages.attachments()
    for message, identity in ((other, token), (one, "ANGjdJ"), (one, "é")):
        found = ann.refused(attachments.get(userId="me", messageId=message, id=identity))
        assert found == (400, "invalidArgument", "Invalid attachment token")


@pytest.mark.parametrize(
    "mime",
    [
        b"",
        b"\r\n",
        b"no header at all",
        b"Subject: \xff\xfe\n\n\xff",
        b"Content-Type: text/plain; charset=klingon\n\nqapla",
        b"Content-Type: multipart/mixed\n\nno boundary",
        b'Content-Type: multipart/mixed; boundary="x"\n\n--x\n',
        b"Subject: =?utf-8?b?!!!?= =?klingon?q?x?=\nFrom: =?utf-8?q?=ff?= <>\n\n",
        b"Content-Type: message/rfc822\n\nSubject: x\n\ny",
        b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n%%%",
        b"Content-Disposition: attachment; filename*=klingon''%ff\n\nx",
        b"Content-Type: text/plain; charset=a\x00b\nSubject: =?utf-8?b?A?=\n\nx",
        b"Content-Type: application/x; name*=a\x00b''%ff\n\nx",
    ],
)
def test_malformed_mail_is_shown_in_every_format(google: Google, ann: Checked, mime: bytes) -> None:
    message = google.account(ANN).mailbox.add(mime, ("INBOX",)).id
    for form in ("minimal", "metadata", "full", "raw"):
        ann.run(ann.messages.get(userId="me", id=message, format=form))
    assert ann.ids(q="something -has:attachment OR filename:x") == []


@pytest.mark.parametrize(
    ("mask", "left"),
    [
        ("id", {"id"}),
        ("id,labelIds", {"id", "labelIds"}),
        ("payload/headers", {"payload"}),
        ("payload(mimeType,headers(name))", {"payload"}),
        ("*", {"id", "threadId", "labelIds", "snippet", "sizeEstimate", "historyId", "internalDate", "payload"}),
    ],
)
def test_fields_cut_the_answer(ann: Checked, mask: str, left: set[str]) -> None:
    message = _insert(ann, letter(), "INBOX")
    found = ann.run(ann.messages.get(userId="me", id=message, format="metadata", fields=mask))
    assert set(found) == left
    if mask == "payload/headers":
        assert set(found["payload"]) == {"headers"}
    if mask.startswith("payload("):
        assert found["payload"]["headers"] == [{"name": name} for name in ("From", "To", "Subject")]


def test_a_forgotten_next_page_token_ends_paging_in_silence(ann: Checked) -> None:
    for _ in range(2):
        _insert(ann, letter(), "INBOX")
    found = ann.run(ann.messages.list(userId="me", maxResults=1, fields="messages(id,threadId)"))
    assert set(found) == {"messages"}


@pytest.mark.parametrize("mask", ["nonsense", "messages(id", "messages(id))", "messages/", "a b;c"])
def test_a_wrong_field_mask_is_refused(ann: Checked, mask: str) -> None:
    status, reason, message = ann.refused(ann.messages.list(userId="me", fields=mask))
    assert (status, reason, message.startswith("Invalid field selection")) == (400, "invalidParameter", True)


@pytest.mark.parametrize(
    ("identity", "expected"), [("19df2005000f6e23", (404, "notFound")), ("xyz", (400, "invalidArgument"))]
)
def test_a_message_that_is_gone_and_an_id_that_is_none(ann: Checked, identity: str, expected: tuple[int, str]) -> None:
    assert ann.refused(ann.messages.get(userId="me", id=identity))[:2] == expected


def test_an_unknown_format_is_refused(google: Google, ann: Checked) -> None:
    message = _insert(ann, letter(), "INBOX")
    request = ann.messages.get(userId="me", id=message)
    request.uri = f"{google.api_root}/gmail/v1/users/me/messages/{message}?format=html"
    assert ann.refused(request)[:2] == (400, "invalidArgument")


def test_reading_changes_nothing(google: Google, ann: Checked) -> None:
    message = _insert(ann, letter(), "INBOX", "UNREAD")
    before = ann.history_id()
    for form in ("minimal", "metadata", "full", "raw"):
        ann.run(ann.messages.get(userId="me", id=message, format=form))
    ann.run(ann.threads.get(userId="me", id=message))
    ann.ids(q="hello")
    assert (ann.history_id(), google.account(ANN).messages[0].labels) == (before, ("INBOX", "UNREAD"))


def test_threads_hold_the_answers_that_name_them_and_share_their_subject(
    google: Google, post: PostOffice, ann: Checked, bob: Checked, clock: Clock
) -> None:
    sent = ann.send(letter())
    wire = ann.headers(sent["id"])["Message-ID"]
    clock.advance(timedelta(minutes=1))
    bob.send(letter("Yes", From=BOB, To=ANN, Subject="RE: Lunch", In_Reply_To=wire))
    bob.send(letter("Read", From=BOB, To=ANN, Subject="Read: Lunch", In_Reply_To=wire))
    clock.advance(timedelta(minutes=1))
    thread = ann.run(ann.threads.get(userId="me", id=sent["threadId"], format="minimal"))
    assert [(each["snippet"], each["labelIds"]) for each in thread["messages"]] == [
        ("Hello", ["SENT"]),
        ("Yes", ["UNREAD", "CATEGORY_PERSONAL", "INBOX"]),
    ]
    listed = ann.run(ann.threads.list(userId="me", labelIds="INBOX"))["threads"]
    assert [each["snippet"] for each in listed] == ["Read", "Yes"]
    assert thread["historyId"] == listed[1]["historyId"]
    assert ann.refused(ann.threads.get(userId="me", id="19df2005000f6e23"))[:2] == (404, "notFound")


def test_delivered_mail_carries_the_traces_of_the_last_server(
    google: Google, post: PostOffice, ann: Checked, clock: Clock
) -> None:
    mime = letter(From="x@example.net", To=ANN)
    post.send(Letter(mime=mime, sender="bounce@example.net", recipients=(ANN,), sent_at=clock.now()))
    clock.advance(timedelta(minutes=1))
    (message,) = ann.ids()
    raw = ann.raw(message)
    assert raw.endswith(mime)
    assert [line.split(b":")[0] for line in raw[: -len(mime)].splitlines()] == [
        b"Delivered-To",
        b"Received",
        b"Return-Path",
    ]
    assert b"Return-Path: <bounce@example.net>" in raw


def test_mail_marked_as_spam_by_its_sender_is_filed_as_spam(google: Google, post: PostOffice, clock: Clock) -> None:
    mime = letter(To="ann+tag@gmail.com", X_Sandbox_Spam="yes")
    post.send(Letter(mime=mime, sender=BOB, recipients=("ann+tag@gmail.com",), sent_at=clock.now()))
    clock.advance(timedelta(minutes=1))
    assert [each.labels for each in google.account(ANN).messages] == [("SPAM", "UNREAD")]


def test_labels_can_be_made_listed_counted_and_deleted(ann: Checked) -> None:
    made = ann.run(ann.labels.create(userId="me", body={"name": "Heardback"}))
    message = _insert(ann, letter(), made["id"], "UNREAD")
    assert ann.run(ann.labels.get(userId="me", id=made["id"])) == {
        **made,
        "messagesTotal": 1,
        "messagesUnread": 1,
        "threadsTotal": 1,
        "threadsUnread": 1,
    }
    assert made in ann.run(ann.labels.list(userId="me"))["labels"]
    assert ann.ids(q="label:heardback") == [message]
    assert ann.refused(ann.labels.create(userId="me", body={"name": "HEARDBACK"}))[:2] == (409, "aborted")
    ann.run(ann.labels.delete(userId="me", id=made["id"]))
    assert ann.refused(ann.labels.get(userId="me", id=made["id"]))[:2] == (404, "notFound")
    assert ann.run(ann.messages.get(userId="me", id=message, format="minimal"))["labelIds"] == ["UNREAD"]
    assert ann.refused(ann.labels.delete(userId="me", id="INBOX"))[:2] == (400, "invalidArgument")


def test_send_as_lists_the_account_and_its_aliases(ann: Checked) -> None:
    found = ann.run(ann.send_as.list(userId="me"))["sendAs"]
    assert [(each["sendAsEmail"], each.get("isPrimary"), each.get("verificationStatus")) for each in found] == [
        (ANN, True, None),
        ("ann@example.org", None, "accepted"),
    ]
    assert ann.run(ann.send_as.get(userId="me", sendAsEmail=ANN)) == found[0]
    assert ann.refused(ann.send_as.get(userId="me", sendAsEmail="x@y"))[:2] == (404, "notFound")


def test_a_watch_is_noted_for_seven_days_and_stopped(google: Google, ann: Checked, clock: Clock) -> None:
    body = {"topicName": "projects/p/topics/t", "labelIds": ["INBOX"]}
    found = ann.run(ann.users.watch(userId="me", body=body))
    assert int(found["expiration"]) == int((clock.now() + timedelta(days=7)).timestamp() * 1000)
    assert google.account(ANN).watch is not None
    ann.run(ann.users.stop(userId="me"))
    assert google.account(ANN).watch is None
    assert ann.refused(ann.users.watch(userId="me", body={"topicName": "t"}))[:2] == (400, "invalidArgument")


def test_an_account_without_mail_says_so(google: Google, sign_in: Callable[..., Checked]) -> None:
    google.add_account("empty@gmail.com", mail=False)
    client = sign_in(account="empty@gmail.com")
    expected = (400, "failedPrecondition", "Mail service not enabled")
    assert client.refused(client.users.getProfile(userId="me")) == expected
