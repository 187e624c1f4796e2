"""Header values of any make become sent items and arrivals; nothing in them can end the program or lose the rest."""

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from connectors import envelope
from connectors.mailbox import Arrival
from evidence.model import Recipient, SentItem, item_id

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def people(value: str) -> list[tuple[str, str]]:
    """Names and addresses of one To value."""
    return [(each.name, each.address) for each in envelope.addressees("to", value)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@x.org", [("", "a@x.org")]),
        ("Ann <A@X.org>", [("Ann", "a@x.org")]),
        ('"Smith, Ann" <a@x.org>, b@y.org', [("Smith, Ann", "a@x.org"), ("", "b@y.org")]),
        (r'"Ann \"A\" Smith" <a@x.org>', [('Ann "A" Smith', "a@x.org")]),
        ("a@x.org (Ann, at home)", [("Ann, at home", "a@x.org")]),
        ("Bob <b@x.org> (work)", [("Bob", "b@x.org")]),
        ("=?utf-8?q?J=C3=B6rg?= <j@x.org>", [("Jörg", "j@x.org")]),
        ("=?utf-8?B?8J+YgA==?=\r\n =?utf-8?B?8J+YgA==?= <j@x.org>", [("😀😀", "j@x.org")]),
        ("Jörg <j@ü.example>", [("Jörg", "j@ü.example")]),
        ("'q@x.org' <q@x.org>", [("", "q@x.org")]),
        ("undisclosed-recipients:;", []),
        ("Friends: a@x.org, B <b@y.org>;, c@z.org", [("", "a@x.org"), ("B", "b@y.org"), ("", "c@z.org")]),
        ("a@x.org,, b@y.org; c@z.org,", [("", "a@x.org"), ("", "b@y.org"), ("", "c@z.org")]),
        ("no address here, b@y.org", [("", "b@y.org")]),
        ("<@relay,@other:c@d.org>", [("", "c@d.org")]),
        ("user@[IPv6:1::2]", [("", "user@[ipv6:1::2]")]),
        ("", []),
    ],
)
def test_addresses_are_read_in_every_form_they_come_in(value: str, expected: list[tuple[str, str]]) -> None:
    assert people(value) == expected


@pytest.mark.parametrize(
    "hostile",
    [
        '"' * 9000,
        "(" * 9000,
        "<" * 9000,
        '"a\\' * 9000,
        "," * 9000,
        "[" * 9000,
        "a@b " * 9000,
        "<" + "(" * 9000 + "@b>",
    ],
)
def test_a_hostile_address_header_takes_no_time_and_no_stack(hostile: str) -> None:
    begun = time.perf_counter()
    assert ("", "good@x.org") in [*people(f"good@x.org, {hostile}"), *people(hostile)]
    assert time.perf_counter() - begun < 20


def test_ten_thousand_recipients_are_read_quickly() -> None:
    value = ", ".join(f'"Person, {number}" <p{number}@example.org>' for number in range(10_000))
    begun = time.perf_counter()
    found = envelope.deduped(envelope.addressees("to", value))
    assert time.perf_counter() - begun < 20
    assert (len(found), found[-1]) == (10_000, Recipient(address="p9999@example.org", name="Person, 9999", field="to"))


def test_a_recipient_named_twice_counts_where_it_stood_first() -> None:
    named = [*envelope.addressees("to", "Ann <a@x.org>, b@x.org"), *envelope.addressees("cc", "A@x.org, c@x.org")]
    assert envelope.deduped(named) == (
        Recipient(address="a@x.org", name="Ann", field="to"),
        Recipient(address="b@x.org", field="to"),
        Recipient(address="c@x.org", field="cc"),
    )


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?iso-8859-1?q?Gr=FC=DFe?= und mehr", "Grüße und mehr"),
        ("=?utf-8?q?a?=\r\n =?utf-8?q?b?=", "ab"),
        ("folded\r\n\tsubject", "folded subject"),
        ("=?x-unknown?q?a?=", "=?x-unknown?q?a?="),
        ("=?utf-8?b?8J+Yg?=", "=?utf-8?b?8J+Yg?="),
        ("half \ud800 a letter\x00\x1b[31m", "half ? a letter [31m"),
        ("=?utf-8?q?two=0D=0ABcc:_x?=", "two Bcc: x"),
        ("שלום 😀", "שלום 😀"),
        ("", ""),
    ],
)
def test_a_header_value_becomes_one_printable_line(raw: str, shown: str) -> None:
    assert envelope.decoded(raw) == shown


def test_headers_become_a_sent_item() -> None:
    made = envelope.sent_item(
        [
            ("from", "Me <Me@Example.com>"),
            ("TO", "Ann <a@x.org>"),
            ("Cc", "b@x.org"),
            ("Cc", "c@x.org, a@x.org"),
            ("Bcc", "d@x.org"),
            ("Subject", "=?utf-8?q?Gr=C3=BC=C3=9Fe?="),
            ("Message-Id", "<CA123@mail.gmail.com>"),
            ("X-Google-Original-Message-ID", "<own@example.com>"),
            ("Disposition-Notification-To", "me@example.com"),
            ("X-Heardback-Tag", " t1 "),
        ],
        account="gmail:me@example.com",
        provider_id="m1",
        thread_id="t1",
        sent_at=NOON.astimezone(timezone(timedelta(hours=2))),
    )
    assert made == SentItem(
        id=item_id("gmail:me@example.com", "m1"),
        account="gmail:me@example.com",
        provider_id="m1",
        message_ids=("CA123@mail.gmail.com", "own@example.com"),
        thread_id="t1",
        sent_at=NOON,
        sender="me@example.com",
        recipients=(
            Recipient(address="a@x.org", name="Ann", field="to"),
            Recipient(address="b@x.org", field="cc"),
            Recipient(address="c@x.org", field="cc"),
            Recipient(address="d@x.org", field="bcc"),
        ),
        subject="Grüße",
        asks_receipt=True,
        tag="t1",
    )


def test_a_sent_item_without_any_header_is_still_one() -> None:
    made = envelope.sent_item([], account="a", provider_id="p", thread_id="t", sent_at=NOON)
    assert (made.sender, made.recipients, made.subject, made.message_ids, made.tag) == ("", (), "", (), None)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        envelope.sent_item([], account="a", provider_id="p", thread_id="t", sent_at=datetime(2026, 5, 4))  # noqa: DTZ001 - the point


def test_headers_become_an_arrival_with_its_references_nearest_first() -> None:
    made = envelope.arrival(
        [("From", "Ann <Ann@X.org>"), ("References", "<a@x> <b@x>"), ("In-Reply-To", "<b@x>")],
        provider_id="p",
        thread_id="t",
        received_at=NOON,
    )
    assert made == Arrival(
        provider_id="p", thread_id="t", received_at=NOON, sender="ann@x.org", is_report=False, references=("b@x", "a@x")
    )


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([("Content-Type", 'Multipart/Report; report-type=disposition-notification; boundary="b"')], True),
        ([("Content-Type", "multipart/report; report-type=delivery-status")], True),
        ([("Content-Type", "application/ms-tnef")], True),
        ([("Auto-Submitted", "auto-replied")], True),
        ([("Auto-Submitted", "Auto-Generated; reason=x")], True),
        ([("Auto-Submitted", "no")], False),
        ([("Precedence", "auto_reply")], True),
        ([("Precedence", "bulk")], False),
        ([("Return-Path", "<>")], True),
        ([("Return-Path", "<a@x.org>")], False),
        ([("X-Autoreply", "yes")], True),
        ([("X-Ricevuta", "avvenuta-consegna")], True),
        ([("From", "Mail Delivery System <MAILER-DAEMON@mx.example>")], True),
        ([("From", "Ann <a@x.org>"), ("Content-Type", "multipart/alternative")], False),
        ([], False),
    ],
)
def test_what_has_the_form_of_a_report_or_an_automatic_answer_is_told_apart(
    headers: list[tuple[str, str]], expected: bool
) -> None:
    made = envelope.arrival(headers, provider_id="p", thread_id="t", received_at=NOON)
    assert made.is_report is expected
