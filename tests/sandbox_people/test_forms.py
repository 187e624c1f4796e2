"""Each form is read back with the standard library: the fields a reader relies on, and the oddities it must survive."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message

import pytest

from sandbox.forms import away, bounces, lookalikes, receipts, replies
from sandbox.forms.envelope import authenticated
from sandbox.forms.occasion import Language, Occasion
from sandbox.forms.original import Original
from sandbox.forms.receipts import Sent
from tests.sandbox_people.conftest import ANA, original, report_groups

THEA = "thea@birch.example"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
BACK = date(2026, 5, 18)
ID = "<one@mail.gmail.com>"


def occasion(
    *,
    message_id: str = ID,
    language: Language = Language.ENGLISH,
    headers: str = f"Disposition-Notification-To: {ANA}\r\n",
    search_key: str = "",
    seed: int = 1,
) -> Occasion:
    return Occasion(
        original=Original.read(original(f"Thea Lind <{THEA}>", headers=headers, message_id=message_id)),
        envelope_sender=ANA,
        reader=THEA,
        writes_as=THEA,
        name="Thea Lind",
        at=NOON,
        arrived_at=NOON,
        chance=random.Random(seed),
        language=language,
        search_key=search_key,
    )


def fields(mime: bytes, kind: str) -> list[dict[str, str]]:
    """The field groups of a report part, values with their folds closed."""
    return [
        {name: " ".join(str(value).split()) for name, value in group.items()} for group in report_groups(mime, kind)
    ]


def mdn(mime: bytes) -> dict[str, str]:
    (group,) = fields(mime, "message/disposition-notification")
    return group


def subject(mime: bytes) -> str:
    return str(make_header(decode_header(message_from_bytes(mime)["Subject"])))


def text(mime: bytes) -> str:
    body = message_from_bytes(mime, policy=policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


RECEIPTS: list[tuple[Callable[[Occasion], bytes], dict[str, str], tuple[bool, bool]]] = [
    (
        receipts.thunderbird_receipt,
        {
            "Reporting-UA": "Mozilla Thunderbird",
            "Final-Recipient": f"rfc822;{THEA}",
            "Original-Message-ID": ID,
            "Disposition": "manual-action/MDN-sent-manually; displayed",
        },
        (False, True),
    ),
    (
        lambda each: receipts.thunderbird_receipt(each, Sent.AUTOMATICALLY),
        {
            "Reporting-UA": "Mozilla Thunderbird",
            "Final-Recipient": f"rfc822;{THEA}",
            "Original-Message-ID": ID,
            "Disposition": "manual-action/MDN-sent-automatically; displayed",
        },
        (False, True),
    ),
    (
        receipts.roundcube_receipt,
        {
            "Reporting-UA": "Roundcube Webmail/1.6.9",
            "Original-Recipient": THEA,
            "Final-Recipient": f"rfc822; {THEA}",
            "Original-Message-ID": ID,
            "Disposition": "manual-action/MDN-sent-manually; displayed",
        },
        (True, True),
    ),
    (
        receipts.evolution_receipt,
        {
            "Reporting-UA": "mail.birch.example; Evolution 3.54.2",
            "Final-Recipient": THEA,
            "Original-Message-ID": ID,
            "Disposition": "manual-action/MDN-sent-manually;displayed",
        },
        (False, False),
    ),
    (
        receipts.workspace_receipt,
        {
            "Reporting-UA": "mail.google.com; Gmail",
            "Original-Recipient": f"rfc822;{THEA}",
            "Final-Recipient": f"rfc822;{THEA}",
            "Original-Message-ID": ID,
            "Disposition": "automatic-action/MDN-sent-automatically; displayed",
        },
        (True, True),
    ),
    (
        receipts.denied,
        {
            "Reporting-UA": "mail.birch.example; Horde Application Framework 5",
            "Final-Recipient": f"rfc822;{THEA}",
            "Original-Message-ID": ID,
            "Disposition": "manual-action/MDN-sent-manually; denied",
        },
        (False, False),
    ),
    (
        receipts.dispatched,
        {
            "Reporting-UA": "mail.birch.example; Horde Application Framework 5",
            "Final-Recipient": f"rfc822;{THEA}",
            "Original-Message-ID": ID,
            "Disposition": "automatic-action/MDN-sent-automatically; dispatched",
        },
        (False, False),
    ),
    (
        receipts.processed,
        {
            "Reporting-UA": "mail.birch.example; Horde Application Framework 5",
            "Final-Recipient": f"rfc822;{THEA}",
            "Original-Message-ID": ID,
            "Disposition": "automatic-action/MDN-sent-automatically; processed",
        },
        (False, False),
    ),
    (
        lookalikes.machine_rejection,
        {
            "Reporting-UA": "mail.birch.example; Dovecot Mail Delivery Agent",
            "Final-Recipient": f"rfc822; {THEA}",
            "Original-Message-ID": ID,
            "Disposition": "automatic-action/MDN-sent-automatically; deleted",
        },
        (False, False),
    ),
    (
        lookalikes.as2_receipt,
        {
            "Reporting-UA": "ExampleEDI AS2 Gateway",
            "Original-Recipient": "rfc822; EXAMPLE-EDI",
            "Final-Recipient": "rfc822; EXAMPLE-EDI",
            "Original-Message-ID": ID,
            "Received-Content-MIC": "ZmFrZSBkaWdlc3Q=, sha-256",
            "Disposition": "automatic-action/MDN-sent-automatically; processed",
        },
        (False, False),
    ),
    (
        lambda each: lookalikes.forged_receipt(each, "postbox@stranger.example"),
        {
            "Reporting-UA": "Mozilla Thunderbird",
            "Final-Recipient": "rfc822;postbox@stranger.example",
            "Original-Message-ID": ID,
            "Disposition": "manual-action/MDN-sent-manually; displayed",
        },
        (False, False),
    ),
]


@pytest.mark.parametrize(("form", "expected", "threading"), RECEIPTS)
def test_a_receipt_carries_its_programs_fields_and_threading(
    form: Callable[[Occasion], bytes], expected: dict[str, str], threading: tuple[bool, bool]
) -> None:
    mime = form(occasion())
    outer = message_from_bytes(mime)
    assert (mdn(mime), ("In-Reply-To" in outer, "References" in outer), _report_type(outer)) == (
        expected,
        threading,
        ("multipart/report", "disposition-notification"),
    )


def _report_type(outer: Message) -> tuple[str, str]:
    return outer.get_content_type(), str(outer.get_param("report-type"))


def test_an_exchange_receipt_folds_the_id_and_names_the_known_search_key() -> None:
    mime = receipts.exchange_receipt(occasion(search_key="a2V5IG9mIGJlbnMgbWFpbA=="))
    outer = message_from_bytes(mime)
    assert b"Original-Message-ID:\r\n\t<one@mail.gmail.com>\r\n" in mime
    assert "In-Reply-To" not in outer
    assert "References" not in outer
    assert mdn(mime) == {
        "Final-recipient": f"RFC822; {THEA}",
        "Disposition": "automatic-action/MDN-sent-automatically; displayed",
        "X-MSExch-Correlation-Key": "a2V5IG9mIGJlbnMgbWFpbA==",
        "Original-Message-ID": ID,
        "X-Display-Name": "Thea Lind",
    }


def test_an_old_exchange_receipt_has_no_original_message_id() -> None:
    mime = receipts.old_exchange_receipt(occasion())
    assert (message_from_bytes(mime)["In-Reply-To"], sorted(mdn(mime))) == (
        ID,
        ["Disposition", "Final-recipient", "X-Display-Name", "X-MSExch-Correlation-Key"],
    )


@pytest.mark.parametrize(
    ("language", "read", "not_read"),
    [
        (Language.ENGLISH, "Read: ", "Not read: "),
        (Language.GERMAN, "Gelesen: ", "Nicht gelesen: "),
        (Language.FRENCH, "Lu : ", "Non lu : "),
        (Language.SPANISH, "Leído: ", "No leído: "),
    ],
)
def test_exchange_says_read_and_not_read_in_the_readers_language(language: Language, read: str, not_read: str) -> None:
    read_mime, not_read_mime = (
        receipts.exchange_receipt(occasion(language=language)),
        receipts.exchange_not_read(occasion(language=language)),
    )
    assert (subject(read_mime), subject(not_read_mime), mdn(not_read_mime)["Disposition"]) == (
        f"{read}Angebot – 2026",
        f"{not_read}Angebot – 2026",
        "automatic-action/MDN-sent-automatically; deleted",
    )


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (receipts.thunderbird_receipt, None),
        (receipts.roundcube_receipt, "mid:4"),
        (receipts.evolution_receipt, ""),
        (receipts.exchange_receipt, None),
    ],
)
def test_where_the_original_had_no_id_each_program_writes_its_own_placeholder(
    form: Callable[[Occasion], bytes], expected: str | None
) -> None:
    assert mdn(form(occasion(message_id=""))).get("Original-Message-ID") == expected


def test_thunderbird_glues_the_encoded_subject_on_and_folds_the_disposition() -> None:
    mime = receipts.thunderbird_receipt(occasion())
    assert b"Subject: Return Receipt (displayed) -=?utf-8?q?Angebot" in mime
    assert b"MDN-sent-manually;\r\n displayed\r\n" in mime


REPORTS: list[tuple[Callable[[Occasion], bytes], str, str]] = [
    (bounces.failed, "failed", "5.1.1"),
    (bounces.no_such_host, "failed", "5.4.4"),
    (bounces.gave_up, "failed", "4.4.1"),
    (bounces.mailbox_full, "failed", "5.2.2"),
    (bounces.delayed, "delayed", "4.4.1"),
    (bounces.delivered, "delivered", "2.0.0"),
    (bounces.relayed, "relayed", "2.0.0"),
]


@pytest.mark.parametrize(("form", "action", "status"), REPORTS)
def test_a_delivery_report_names_recipient_action_and_status_and_returns_the_headers(
    form: Callable[[Occasion], bytes], action: str, status: str
) -> None:
    mime = form(occasion())
    about, recipient = fields(mime, "message/delivery-status")
    assert "Reporting-MTA" in about
    lowered = {name.lower(): value for name, value in recipient.items()}
    assert (lowered["final-recipient"].lower(), lowered["action"], lowered["status"]) == (
        f"rfc822; {THEA}",
        action,
        status,
    )
    assert f"Message-ID: {ID}".encode() in mime
    assert _report_type(message_from_bytes(mime)) == ("multipart/report", "delivery-status")


def test_a_qmail_bounce_is_plain_text_without_mime_or_id() -> None:
    mime = bounces.qmail_bounce(occasion())
    outer = message_from_bytes(mime)
    assert (sorted(outer.keys()), outer.get_content_type()) == (["Date", "From", "Subject", "To"], "text/plain")
    assert f"Message-ID: {ID}".encode() in mime


AWAY_DATES = {
    Language.ENGLISH: "18 May 2026",
    Language.GERMAN: "18. Mai 2026",
    Language.FRENCH: "18 mai 2026",
    Language.SPANISH: "18 de mayo de 2026",
}


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    ("form", "auto_submitted", "suppress"),
    [
        (away.exchange_away, "auto-generated", "All"),
        (away.vacation, "auto-replied (vacation)", "All"),
        (away.bare_vacation, None, None),
    ],
)
def test_an_automatic_reply_is_marked_as_its_program_does_and_names_the_day_back(
    form: Callable[[Occasion, date], bytes], auto_submitted: str | None, suppress: str | None, language: Language
) -> None:
    mime = form(occasion(language=language), BACK)
    outer = message_from_bytes(mime)
    assert (outer["Auto-Submitted"], outer["X-Auto-Response-Suppress"], outer["In-Reply-To"]) == (
        auto_submitted,
        suppress,
        ID,
    )
    assert AWAY_DATES[language] in text(mime)


def test_a_plain_reply_quotes_the_original_and_names_it() -> None:
    mime = replies.plain_reply(occasion())
    outer = message_from_bytes(mime)
    assert (subject(mime), outer["From"], outer["To"], outer["In-Reply-To"], outer["References"]) == (
        "Re: Angebot – 2026",
        f"Thea Lind <{THEA}>",
        f"Ana Lima <{ANA}>",
        ID,
        ID,
    )
    assert "> Please find the offer attached.\n> Ana\n" in text(mime)


def test_a_reply_goes_to_reply_to_and_keeps_the_whole_thread() -> None:
    mime = replies.plain_reply(
        occasion(headers="Reply-To: ana.work@ana-mail.example\r\nReferences: <zero@mail.gmail.com>\r\n")
    )
    outer = message_from_bytes(mime)
    assert (outer["To"], " ".join(outer["References"].split())) == (
        "Ana Lima <ana.work@ana-mail.example>",
        f"<zero@mail.gmail.com> {ID}",
    )


def test_an_html_reply_has_both_bodies() -> None:
    letter = message_from_bytes(replies.html_reply(occasion()), policy=policy.default)
    kinds = [part.get_content_type() for part in letter.walk()]
    html = letter.get_body(("html",))
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    assert html is not None
    assert "<blockquote" in str(html.get_content())


def test_thanks_from_a_phone_has_references_only() -> None:
    mime = replies.thanks(occasion())
    outer = message_from_bytes(mime)
    assert (outer["In-Reply-To"], outer["References"], text(mime)) == (None, ID, "Thanks!\n")


def test_a_list_reply_comes_from_a_member_with_the_lists_headers() -> None:
    mime = replies.list_reply(occasion(), "circle@lists.example", ("Lars Member", "lars@member.example"))
    outer = message_from_bytes(mime)
    assert (outer["From"], outer["List-Id"], outer["Reply-To"], outer["In-Reply-To"]) == (
        "Lars Member <lars@member.example>",
        "<circle.lists.example>",
        "circle@lists.example",
        ID,
    )


def test_a_calendar_answer_repeats_the_invitations_uid() -> None:
    invitation = (
        b"From: Ana <ana@ana-mail.example>\r\nTo: thea@birch.example\r\nSubject: Kick-off\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:kick-off-1@ana\r\n"
        b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    assert Original.read(invitation).event_uid == "kick-off-1@ana"
    answer = message_from_bytes(replies.calendar_answer(occasion()), policy=policy.default)
    assert [(part.get_content_type(), part.get_param("method")) for part in answer.walk()][2] == (
        "text/calendar",
        "REPLY",
    )


def test_a_challenge_is_marked_automatic_and_asks_for_an_answer() -> None:
    mime = lookalikes.challenge(occasion())
    outer = message_from_bytes(mime)
    assert (outer["Auto-Submitted"], outer["From"]) == (
        "auto-replied",
        '"Thea Lind (verification)" <verify@birch.example>',
    )


EVERY_FORM: list[Callable[[Occasion], bytes]] = [
    *(form for form, _, _ in RECEIPTS),
    *(form for form, _, _ in REPORTS),
    receipts.exchange_receipt,
    receipts.old_exchange_receipt,
    receipts.exchange_not_read,
    receipts.deleted,
    bounces.qmail_bounce,
    lambda each: away.exchange_away(each, BACK),
    lambda each: away.vacation(each, BACK),
    lambda each: away.bare_vacation(each, BACK),
    replies.plain_reply,
    replies.html_reply,
    replies.thanks,
    replies.stop,
    replies.calendar_answer,
    lookalikes.challenge,
]


@pytest.mark.parametrize("form", EVERY_FORM)
@pytest.mark.parametrize("message_id", [ID, ""])
def test_every_form_is_whole_repeatable_and_ends_its_lines_with_crlf(
    form: Callable[[Occasion], bytes], message_id: str
) -> None:
    mime = form(occasion(message_id=message_id))
    assert mime == form(occasion(message_id=message_id))
    assert mime != form(occasion(message_id=message_id, seed=2)) or form is bounces.qmail_bounce
    assert mime.count(b"\n") == mime.count(b"\r\n") > 0
    assert [part.defects for part in message_from_bytes(mime).walk() if part.defects] == []
    assert message_from_bytes(mime)["From"]


@pytest.mark.parametrize("form", EVERY_FORM)
def test_a_form_survives_an_original_that_is_hardly_mail(form: Callable[[Occasion], bytes]) -> None:
    broken = Original.read(b"Subject: =?nonsense?b?////?= \xff\xfe\r\nFrom: \xe4\r\nno colon here\r\n\x00\r\n")
    given = occasion()
    mime = form(
        Occasion(
            original=broken,
            envelope_sender=given.envelope_sender,
            reader=given.reader,
            writes_as=given.writes_as,
            name=given.name,
            at=given.at,
            arrived_at=given.arrived_at,
            chance=given.chance,
        )
    )
    assert message_from_bytes(mime)["From"]


@pytest.mark.parametrize(
    ("host", "sender", "expected"),
    [
        ("mail.birch.example", "", ("dkim=pass", "spf=pass smtp.helo=mail.birch.example", "dmarc=pass")),
        ("mail.birch.example", THEA, ("dkim=pass", f"spf=pass smtp.mailfrom={THEA}", "dmarc=pass")),
        ("mail.rogue.example", "", ("dkim=pass", "spf=pass smtp.helo=mail.rogue.example", "dmarc=fail")),
    ],
)
def test_the_receiving_gate_tells_whether_the_author_is_who_sent_it(
    host: str, sender: str, expected: tuple[str, str, str]
) -> None:
    mime = receipts.thunderbird_receipt(occasion())
    traced = authenticated(mime, sender=sender, recipient=ANA, host=host, at=NOON, serial="ABC123")
    gate, dkim, spf, dmarc = (each.strip() for each in message_from_bytes(traced)["Authentication-Results"].split(";"))
    assert (gate, dkim.split(" ")[0], spf, dmarc.split(" ")[0]) == ("mx.ana-mail.example", *expected)
    assert traced.endswith(mime)
