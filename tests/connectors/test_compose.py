"""Mail is made ready to leave by adding header lines as text; nothing else of it changes, and bad input says why."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from connectors.compose import header, prepare, recipients, simple_mail, with_recipients
from connectors.errors import MalformedMail

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
SIGNED_BODY = (
    b"\r\n--s\r\nContent-Type: text/plain\r\n\r\nline with blanks  \r\n-- \r\n\r\n--s\r\n"
    b"Content-Type: application/pkcs7-signature\r\n\r\nMII\xff\xfe\r\n--s--\r\n"
)
SIGNED = (
    b"From: Me <me@example.com>\r\nTo: you@example.org\r\nDate: Mon, 4 May 2026 07:00:00 +0000\r\n"
    b"Message-ID: <mine@example.com>\r\nSubject: signed\r\n   folded\r\n"
    b'Content-Type: multipart/signed; boundary="s"\r\n' + SIGNED_BODY
)


def ready(message: bytes, *, receipt: bool = True, sender: str = "me@example.com", tag: str = "t1") -> bytes:
    """`prepare` with the usual things."""
    return prepare(message, sender=sender, tag=tag, receipt=receipt, now=NOW, message_id="<new@example.com>")


def test_only_the_missing_headers_are_added_and_the_body_stays_byte_exact() -> None:
    head, body = ready(SIGNED).split(b"\r\n\r\n", 1)
    original_head, original_body = SIGNED.split(b"\r\n\r\n", 1)
    assert body == original_body
    assert head == original_head + b"\r\nDisposition-Notification-To: me@example.com\r\nX-Heardback-Tag: t1"


def test_date_sender_and_message_id_are_filled_in() -> None:
    message = ready(b"To: you@example.org\n\nhello\n", receipt=False)
    assert message == (
        b"To: you@example.org\nDate: Mon, 04 May 2026 08:00:00 +0000\nFrom: me@example.com\n"
        b"Message-ID: <new@example.com>\nX-Heardback-Tag: t1\n\nhello\n"
    )


def test_a_message_id_is_made_of_the_tag() -> None:
    message = prepare(b"To: a@b.c\n\n", sender="me@example.com", tag="t-1", receipt=False, now=NOW)
    assert header(message, "Message-ID") == "<t-1@example.com>"


def test_a_request_to_another_address_is_replaced_by_one_to_the_envelope_sender() -> None:
    message = ready(
        b"To: a@b.c\r\nDisposition-Notification-To: collector@example.net\r\nX-Confirm-Reading-To: x@example.net\r\n"
        b"Return-Receipt-To: y@example.net\r\n\r\n"
    )
    assert email.message_from_bytes(message).get_all("Disposition-Notification-To") == ["me@example.com"]
    assert b"example.net" not in message


def test_a_request_already_written_stays_when_none_is_asked_for() -> None:
    message = ready(b"To: a@b.c\r\nDisposition-Notification-To: me@example.com\r\n\r\n", receipt=False)
    assert header(message, "Disposition-Notification-To") == "me@example.com"


def test_an_old_mark_is_replaced() -> None:
    message = ready(ready(SIGNED, tag="old"), tag="new")
    assert email.message_from_bytes(message).get_all("X-Heardback-Tag") == ["new"]


def test_a_message_of_headers_only_gets_an_empty_body() -> None:
    assert ready(b"To: a@b.c").endswith(b"X-Heardback-Tag: t1\n\n")
    assert ready(b"To: a@b.c\n").endswith(b"X-Heardback-Tag: t1\n\n")


def test_a_mailbox_files_separator_line_and_a_byte_order_mark_are_dropped() -> None:
    message = ready(b"\xef\xbb\xbfFrom me@example.com Mon May  4 08:00:00 2026\nTo: a@b.c\n\nx\n")
    assert message.startswith(b"To: a@b.c\n")


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (b"", "no headers"),
        (b"\nTo: a@b.c\n\nhello", "no headers"),
        (b"hello, this is only text\n", "Line 1 of the headers is no header"),
        (b"To: a@b.c\nhello there\n\n", "Line 2 of the headers is no header"),
        (b" folded: first\n\n", "Line 1"),
        (b"To: a@b.c\n\nbo\0dy", "NUL"),
        (b"To: a@b.c\nSubject: Gr\xc3\xbc\xc3\x9fe\n\n", "Line 2 .Subject. has letters outside ASCII"),
        (b"To: a@b.c\nSubject: \xff\n\n", "outside ASCII"),
        (b"To: a@b.c\rBcc: evil@b.c\n\n", "bare carriage return"),
    ],
)
def test_malformed_mail_is_refused_with_the_line_and_the_reason(message: bytes, says: str) -> None:
    with pytest.raises(MalformedMail, match=says):
        ready(message)


@pytest.mark.parametrize(
    "evil", ["a@b.c\r\nBcc: x@y.z", "a@b.c\nX: y", "a@b.c, x@y.z", "<a@b.c>", "", "a b@c.d", "a@b.c\0"]
)
def test_nothing_can_be_smuggled_in_by_the_sender_or_the_tag(evil: str) -> None:
    with pytest.raises(MalformedMail):
        ready(b"To: a@b.c\n\n", sender=evil)
    with pytest.raises(MalformedMail):
        ready(b"To: a@b.c\n\n", tag=evil)


@pytest.mark.parametrize("identity", ["<a@b>\r\nBcc: x@y.z", "a@b", "<a b@c>", "<a>"])
def test_nothing_can_be_smuggled_in_by_a_message_id(identity: str) -> None:
    with pytest.raises(MalformedMail):
        prepare(b"To: a@b.c\n\n", sender="me@b.c", tag="t", receipt=False, now=NOW, message_id=identity)


def test_ten_thousand_header_lines_take_no_time() -> None:
    message = ready(b"To: a@b.c\n" + b"X-Filler: yes\n" * 10_000 + b"\nbody")
    assert message.endswith(b"\n\nbody")


class TestRecipients:
    def test_reading_them_from_the_headers_changes_nothing(self) -> None:
        assert with_recipients(SIGNED, (), from_headers=True) == SIGNED

    def test_given_ones_that_the_headers_lack_become_a_bcc(self) -> None:
        message = with_recipients(SIGNED, ("You@Example.ORG", "boss@example.org", "b2@x.org"), from_headers=False)
        assert header(message, "Bcc") == "boss@example.org, b2@x.org"
        assert message.endswith(SIGNED_BODY)

    def test_both_add_up_with_t(self) -> None:
        message = with_recipients(SIGNED, ("boss@example.org",), from_headers=True)
        assert [each.address for each in recipients(message)] == ["you@example.org", "boss@example.org"]

    def test_someone_who_is_only_in_the_headers_is_not_sent_to_unasked(self) -> None:
        with pytest.raises(MalformedMail, match=r"you@example\.org, who is not among"):
            with_recipients(SIGNED, ("boss@example.org",), from_headers=False)

    @pytest.mark.parametrize(
        ("message", "given", "says"),
        [
            (b"Subject: x\n\n", (), "Nobody to send to"),
            (b"To: undisclosed-recipients:;\n\n", (), "Nobody to send to"),
            (b"To: a@b.c\n\n", ("nonsense",), "no mail address"),
            (b"To: a@b.c\n\n", ("a@b.c\nBcc: x@y.z", "x y"), "no mail address"),
            (b"To: a@b.c\nResent-To: d@e.f\n\n", (), "Resent"),
        ],
    )
    def test_mail_for_nobody_or_for_the_wrong_ones_is_refused(
        self, message: bytes, given: tuple[str, ...], says: str
    ) -> None:
        with pytest.raises(MalformedMail, match=says):
            with_recipients(message, given, from_headers=True)

    def test_ten_thousand_are_folded_within_the_line_limit(self) -> None:
        given = tuple(f"person{number}@example.org" for number in range(10_000))
        message = with_recipients(b"Subject: x\n\nbody", given, from_headers=False)
        assert tuple(each.address for each in recipients(message)) == given
        assert max(map(len, message.split(b"\n"))) < 998


def test_a_mail_to_oneself_says_that_a_program_wrote_it_and_asks_for_nothing() -> None:
    made = simple_mail(
        sender="me@example.com",
        to="me@example.com",
        subject="Not read: Grüße\r\nBcc: x@y.z",
        text="Still silent: Jörg\n",
        now=NOW,
    )
    read = email.message_from_bytes(made, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    assert {name: read[name] for name in ("From", "To", "Subject", "Auto-Submitted", "X-Auto-Response-Suppress")} == {
        "From": "me@example.com",
        "To": "me@example.com",
        "Subject": "Not read: Grüße Bcc: x@y.z",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    assert read.get_content() == "Still silent: Jörg\r\n"
    assert "Disposition-Notification-To" not in read
    assert header(ready(made, receipt=False), "Message-ID") == "<new@example.com>"
