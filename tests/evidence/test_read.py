"""Reading, held against small samples. Each row says where its form was seen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from evidence.delivery import reported_action
from evidence.model import Action, Disposition, Evidence, Grade, Kind, Mode
from evidence.read import UnreadableMessage, read_message
from evidence.status import in_plain_words

Read = Callable[..., tuple[Evidence, ...]]

REPORT = "20260301.1000.q7@sender.example"
RITA = "rita@reader.example"
MANUAL = Mode.MANUAL
AUTOMATIC = Mode.AUTOMATIC

#: sample, where the form was seen, disposition, mode, recipient, original id
RECEIPTS = [
    ("thunderbird", "Thunderbird 140 and later", "displayed", MANUAL, RITA, REPORT),
    ("thunderbird-folded", "Thunderbird and SOGo fold before the type", "displayed", MANUAL, RITA, REPORT),
    ("exchange-online-folded-id", "Exchange Online, as Graph's $value shows it", "displayed", AUTOMATIC, RITA, REPORT),
    ("exchange-2013-no-original-id", "Exchange 2013-2019: In-Reply-To only", "displayed", AUTOMATIC, RITA, None),
    ("exchange-not-read", "Exchange, class IPNNRN", "deleted", AUTOMATIC, RITA, REPORT),
    ("base64-fields", "gateways that encode every part", "displayed", MANUAL, RITA, REPORT),
    ("quoted-printable-fields", "gateways that encode every part", "displayed", MANUAL, RITA, REPORT),
    ("blank-line-before-fields", "web mailers that add an empty line", "displayed", MANUAL, RITA, REPORT),
    ("fields-among-part-header", "a Direct secure-mail agent", "displayed", MANUAL, RITA, REPORT),
    ("fields-in-text-part", "gateways that turn unknown types into text", "displayed", MANUAL, RITA, REPORT),
    ("internationalised", "RFC 6533", "displayed", MANUAL, "rîta@reader.example", REPORT),
    ("name-in-final-recipient", "KMail, Direct", "displayed", MANUAL, RITA, REPORT),
    ("no-original-id-but-returned-header", "minimal web mailers", "displayed", MANUAL, RITA, REPORT),
    ("placeholder-id", "Claws, for mail without an id", "displayed", MANUAL, RITA, None),
    ("denied", "RFC 2298; Horde", "denied", MANUAL, RITA, REPORT),
    ("dispatched", "Horde, Direct; no blank after the semicolon", "dispatched", AUTOMATIC, RITA, REPORT),
    ("signed", "S/MIME around the report", "displayed", MANUAL, RITA, REPORT),
    ("evolution", "Evolution 3.52", "displayed", MANUAL, RITA, REPORT),
    ("kmail", "KMail with KMime 5", "displayed", MANUAL, RITA, REPORT),
    ("zimbra", "Zimbra 9: marked auto-replied", "displayed", MANUAL, RITA, REPORT),
    ("outlook-imap", "Outlook without Exchange", "displayed", MANUAL, RITA, REPORT),
    ("roundcube", "Roundcube 1.6", "displayed", MANUAL, RITA, REPORT),
    ("fairemail", "FairEmail on a phone", "displayed", MANUAL, RITA, REPORT),
    ("notes", "Domino 12", "displayed", AUTOMATIC, RITA, REPORT),
    ("workspace", "Gmail with Google Workspace", "displayed", MANUAL, RITA, REPORT),
    ("subject-in-greek-no-report-type", "containers that do not name their kind", "displayed", MANUAL, RITA, REPORT),
    ("top-level-report", "scripts that send the report part alone", "displayed", MANUAL, RITA, REPORT),
    ("the-bat", "The Bat! 11", "displayed", MANUAL, RITA, REPORT),
    ("horde", "Horde 5", "displayed", MANUAL, RITA, REPORT),
    ("groupwise", "GroupWise 18", "displayed", AUTOMATIC, RITA, REPORT),
    ("exchange-html-only", "Exchange 2016, text in HTML, no original id", "displayed", AUTOMATIC, RITA, None),
    ("modifiers", "RFC 8098 section 3.2.6.3, with comment and fold", "displayed", AUTOMATIC, RITA, REPORT),
    ("upper-case-spaced", "RFC 5322 section 4.5.3: blanks before colons", "displayed", MANUAL, RITA, REPORT),
    ("tnef-as-octet-stream", "gateways that know no TNEF", "displayed", Mode.UNKNOWN, RITA, REPORT),
    ("gateway-attached", "gateways that attach what they scanned", "displayed", MANUAL, RITA, REPORT),
    ("smime-opaque", "S/MIME around the report, opaque", "displayed", MANUAL, RITA, REPORT),
    ("smime-opaque-streamed", "the same, signed while it was written (BER)", "displayed", MANUAL, RITA, REPORT),
    ("smime-signed-receipt", "RFC 2634, Outlook", "displayed", Mode.UNKNOWN, RITA, None),
    ("wrapped-by-list-footer", "virus scanners that add a part", "displayed", MANUAL, RITA, REPORT),
    ("byte-order-mark", "a Direct agent", "displayed", MANUAL, RITA, REPORT),
    ("no-closing-boundary", "James, Direct", "displayed", MANUAL, RITA, REPORT),
    ("other-boundary-than-declared", "rewritten by a gateway", "displayed", MANUAL, RITA, REPORT),
    ("indented-fields", "SquirrelMail and scripts like it", "displayed", MANUAL, RITA, REPORT),
    ("tnef-outlook-2003", "Outlook 2003, TNEF only", "displayed", MANUAL, RITA, None),
    ("tnef-exchange-class", "Exchange inside an organisation", "displayed", Mode.UNKNOWN, RITA, REPORT),
    ("tnef-not-read", "Exchange inside an organisation", "deleted", Mode.UNKNOWN, RITA, REPORT),
]


@pytest.mark.parametrize(("name", "seen", "disposition", "mode", "recipient", "original"), RECEIPTS)
def test_a_receipt_says_what_became_of_which_message_for_whom(
    read: Read, name: str, seen: str, disposition: str, mode: Mode, recipient: str, original: str | None
) -> None:
    (found,) = read(f"receipt/{name}")
    grade = Grade.STRONG if disposition == "displayed" else Grade.NONE
    assert (found.kind, found.disposition, found.mode, found.recipient, found.original_message_id, found.grade) == (
        Kind.RECEIPT,
        Disposition(disposition),
        mode,
        recipient,
        original,
        grade,
    ), seen
    assert found.doubt == ""


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("two-reports-in-one-mail", [REPORT, "20260302.1100.q7@sender.example"]),
        ("additional-ids", [REPORT, "20260302.1100.q7@sender.example", "20260302.1200.q7@sender.example"]),
    ],
)
def test_one_mail_may_carry_receipts_for_several_messages(read: Read, name: str, ids: list[str]) -> None:
    assert [each.original_message_id for each in read(f"receipt/{name}")] == ids


@pytest.mark.parametrize(
    ("name", "grade", "doubt"),
    [
        ("no-disposition", Grade.NONE, "the report names no disposition"),
        ("failed-authentication", Grade.STRONG, "failed the provider's check"),
        ("free-text", Grade.NONE, "only says in free words"),
        ("free-text-samsung", Grade.NONE, "only says in free words"),
        ("free-text-notes", Grade.NONE, "only says in free words"),
        ("free-text-pegasus", Grade.NONE, "only says in free words"),
        ("free-text-dutch", Grade.NONE, "only says in free words"),
    ],
)
def test_a_receipt_that_cannot_be_trusted_is_kept_with_a_doubt(read: Read, name: str, grade: Grade, doubt: str) -> None:
    (found,) = read(f"receipt/{name}")
    assert (found.kind, found.grade) == (Kind.RECEIPT, grade)
    assert doubt in found.doubt


@pytest.mark.parametrize(
    ("results", "is_doubted"),
    [
        ("spf=none; dkim=none; dmarc=fail action=none; compauth=softpass reason=202", False),
        ("spf=fail; dkim=fail; dmarc=fail action=oreject; compauth=fail reason=000", True),
        ("spf=pass; dkim=none; dmarc=fail", True),
        ("spf=pass; dkim=pass; dmarc=pass", False),
    ],
)
def test_what_the_providers_checks_come_to_counts(
    sample: Callable[[str], bytes], results: str, is_doubted: bool
) -> None:
    (found,) = read_message(f"Authentication-Results: {results}\n".encode() + sample("receipt/thunderbird"))
    assert bool(found.doubt) is is_doubted


@pytest.mark.parametrize("name", ["quota-rejection", "mailutils-rejection", "sieve-rejection"])
def test_a_rejection_in_the_form_of_a_receipt_is_no_reading_but_a_failed_delivery(read: Read, name: str) -> None:
    (found,) = read(f"receipt/{name}")
    assert (found.kind, found.disposition, found.action, found.grade, found.rule) == (
        Kind.RECEIPT,
        Disposition.DELETED,
        Action.FAILED,
        Grade.NONE,
        "mdn-rejection",
    )


def test_the_exchange_key_of_the_original_is_read_from_the_report_and_from_tnef(read: Read) -> None:
    keys = [read(f"receipt/{name}")[0].correlation_key for name in ("exchange-online-folded-id", "tnef-exchange-class")]
    assert keys == ["3q2+78r+ur4AAAAAAAAAAA=="] * 2


#: sample, where the form was seen, (recipient, action, status) of each
DELIVERIES = [
    ("delivery/postfix-failed", "Postfix", [(RITA, "failed", "5.1.1")]),
    (
        "delivery/three-recipients",
        "RFC 3464 section 2.3",
        [
            (RITA, "failed", "5.1.1"),
            ("bob@reader.example", "delayed", "4.4.1"),
            ("cleo@reader.example", "relayed", "2.0.0"),
        ],
    ),
    (
        "delivery/recipients-without-blank-line",
        "AOL",
        [(RITA, "failed", "5.1.1"), ("bob@reader.example", "failed", "5.2.2")],
    ),
    ("delivery/non-standard-action", "an older Postfix", [(RITA, "delivered", None)]),
    ("delivery/action-missing", "Netscape and mobile carriers", [(RITA, "delayed", "4.2.2")]),
    ("delivery/inside-mixed", "servers that forget the container", [(RITA, "failed", "5.1.1")]),
    ("delivery/internationalised", "RFC 6533", [("rîta@reader.example", "failed", "5.6.7")]),
    ("delivery/expanded", "list servers", [("team@reader.example", "expanded", "2.0.0")]),
    (
        "delivery/tnef-non-delivery",
        "Exchange inside an organisation",
        [(RITA, "failed", None), ("bob@reader.example", "failed", None)],
    ),
    ("delivery/office-365", "Exchange Online", [(RITA, "failed", "5.1.10")]),
    ("delivery/exchange-delayed", "Exchange 2010 and later", [(RITA, "delayed", "4.4.7")]),
    ("delivery/exchange-relayed", "Exchange 2010 and later", [(RITA, "relayed", "2.0.0")]),
    ("delivery/gmail", "Gmail, which returns no header but names the id", [(RITA, "failed", "5.1.1")]),
    ("delivery/courier", "Courier, from nobody", [(RITA, "failed", "5.0.0")]),
    ("delivery/opensmtpd", "OpenSMTPD", [(RITA, "failed", "5.0.0")]),
    ("delivery/domino", "Domino", [(RITA, "failed", "5.0.0")]),
    ("delivery/recipients-encoded-by-a-gateway", "Proofpoint Essentials", [(RITA, "failed", "5.1.1")]),
    (
        "delivery/borders-taken-away",
        "PMDF behind a gateway",
        [(RITA, "failed", "5.0.0"), ("bob@reader.example", "failed", "5.0.0")],
    ),
    ("delivery/fields-of-recipients-lost", "Postfix behind a filter", [(RITA, "failed", "5.1.1")]),
    ("delivery/nameless-gateway", "McAfee's gateway, from <>", [(RITA, "failed", "5.1.1")]),
    ("delivery/header-behind-a-damaged-boundary", "Sendmail, anonymised", [(RITA, "failed", "5.2.1")]),
    ("delivery/tnef-beside-the-report-in-text", "Amazon WorkMail", [(RITA, "failed", "5.1.1")]),
    ("delivery/certified-mail", "RFC 6109: delivered", [(RITA, "delivered", None)]),
    ("delivery/certified-mail-not-delivered", "RFC 6109: not delivered", [(RITA, "failed", None)]),
    ("bounce/mms-gateway", "mobile carriers' MMS, under a person's address", [(None, "failed", None)]),
    ("bounce/groupwise", "GroupWise, which names no whole address", [(RITA, "failed", None)]),
    ("bounce/yahoo", "Yahoo", [(RITA, "failed", "5.1.1")]),
    ("bounce/mdaemon", "MDaemon", [(RITA, "failed", "5.1.1")]),
    ("bounce/sendmail-old", "Sendmail 8.8", [(RITA, "failed", None)]),
    ("bounce/icewarp", "IceWarp", [(RITA, "failed", "5.1.1")]),
    ("bounce/qmail", "qmail and its heirs", [(RITA, "failed", "5.1.1")]),
    ("bounce/exim-header", "Exim, Gmail", [(RITA, "failed", None), ("bob@reader.example", "failed", None)]),
    ("bounce/exim-delayed", "Exim", [(RITA, "delayed", None)]),
    ("bounce/exchange-5.5", "Exchange 5.5", [(RITA, "failed", None)]),
    ("bounce/in-japanese", "au one net", [(RITA, "failed", None)]),
]


@pytest.mark.parametrize(("name", "seen", "told"), DELIVERIES)
def test_a_delivery_report_says_for_each_recipient_what_happened(
    read: Read, name: str, seen: str, told: list[tuple[str | None, str, str | None]]
) -> None:
    found = read(name)
    assert {each.kind for each in found} == {Kind.DELIVERY}
    assert [(each.recipient, str(each.action), each.status) for each in found] == told, seen
    assert {each.grade for each in found} == {Grade.NONE}


@pytest.mark.parametrize(
    "name",
    [
        "delivery/postfix-failed",
        "delivery/gmail",
        "bounce/yahoo",
        "bounce/qmail",
        "bounce/exim-header",
        "bounce/in-japanese",
        "delivery/nameless-gateway",
        "delivery/header-behind-a-damaged-boundary",
        "delivery/tnef-beside-the-report-in-text",
        "delivery/certified-mail",
        "delivery/borders-taken-away",
    ],
)
def test_the_returned_message_tells_which_one_it_was(read: Read, name: str) -> None:
    assert {each.original_message_id for each in read(name)} == {REPORT}


def test_a_status_code_is_put_into_plain_words(read: Read) -> None:
    (found,) = read("delivery/postfix-failed")
    assert found.why == "a mail server reports that it could not deliver the message: there is no such user"


@pytest.mark.parametrize(
    ("status", "diagnostic", "words"),
    [
        ("5.1.1", "", "there is no such user"),
        ("5.1.2", "", "the domain does not exist or takes no mail"),
        ("4.2.2", "", "the mailbox is full (temporary)"),
        ("5.7.1", "", "the server refused it by policy"),
        ("5.7.26", "", "the message failed several checks of its sender"),
        ("5.7.509", "", "the server refused it by policy"),
        ("5.0.0", "smtp; 550 5.1.1 <rita@reader.example>: no such person", "there is no such user"),
        ("5.0.0", "smtp; 552 over the limit", "the mailbox is full, or the message too large"),
        ("4.0.0", "smtp;451 try later", "the mail system has trouble"),
        ("5.9.9", "", ""),
        ("2.0.0", "", ""),
        ("10.5.1.1", "", ""),
        ("", "", ""),
    ],
)
def test_every_status_code_has_its_words(status: str, diagnostic: str, words: str) -> None:
    assert in_plain_words(status, diagnostic) == words


#: sample, where the form was seen, rule, announced return
AUTO_REPLIES = [
    ("sieve-vacation", "Dovecot Pigeonhole", "rfc3834", date(2026, 3, 9)),
    ("exchange-oof", "Exchange 2010 and later", "exchange-oof", date(2026, 3, 9)),
    ("tnef-oof-template", "Exchange inside an organisation", "exchange-oof", date(2026, 3, 9)),
    ("exchange-online-oof", "Exchange Online", "subject", date(2026, 3, 9)),
    ("icloud", "iCloud", "vendor-mark", date(2026, 3, 9)),
    ("gmail-vacation", "Gmail; the date stands in the quoted mail only", "rfc3834", None),
    ("procmail", "procmail with formail -r", "procmail", date(2026, 3, 9)),
    ("vacation-subject-only", "GNU Mailutils: no mark at all", "subject", date(2026, 3, 9)),
    ("wrapped-as-delivery-report", "Courier maildrop", "rfc3834", None),
    ("exchange-internal", "Exchange 2019", "exchange-oof", date(2026, 3, 13)),
    ("outlook-com", "Outlook.com", "subject", date(2026, 3, 13)),
    ("kolab-evolution-sieve", "Cyrus Sieve", "rfc3834", date(2026, 3, 13)),
    ("zimbra", "Zimbra", "rfc3834", date(2026, 3, 9)),
    ("domino", "Domino", "subject", date(2026, 3, 9)),
    ("title-in-brackets", "Polish web mail, which names no message", "subject", None),
    ("null-sender-in-bulk", "GMX and others of 1&1", "null-sender", None),
    ("notes-by-name", "Notes 9, which marks nothing", "subject", date(2026, 3, 9)),
    ("groupwise", "GroupWise", "vendor-mark", date(2026, 3, 9)),
    ("cpanel", "Exim's autoreply, as cPanel sets it up", "vendor-mark", date(2026, 3, 9)),
    ("yahoo", "Yahoo", "rfc3834", date(2026, 3, 9)),
    ("ticket-desk", "help desks: an acknowledgement", "rfc3834", None),
    ("help-desk-generated", "help desks: generated, yet an answer", "rfc3834-generated", None),
    ("mailman-held", "Mailman holds mail for a moderator", "rfc3834", None),
    ("null-sender", "RFC 3834 section 3.3, with no other mark", "null-sender", None),
    ("precedence-and-words", "the old vacation program", "precedence", date(2026, 3, 9)),
]


@pytest.mark.parametrize(("name", "seen", "rule", "until"), AUTO_REPLIES)
def test_an_automatic_answer_is_told_from_a_persons(
    read: Read, name: str, seen: str, rule: str, until: date | None
) -> None:
    (found,) = read(f"auto-reply/{name}")
    assert (found.kind, found.grade, found.rule, found.until, found.doubt) == (
        Kind.AUTO_REPLY,
        Grade.NONE,
        rule,
        until,
        "",
    ), seen


def test_an_acknowledgement_may_come_from_an_address_that_takes_no_answers(read: Read) -> None:
    (found,) = read("auto-reply/from-an-address-without-answers")
    assert (found.kind, found.rule, found.sender) == (Kind.AUTO_REPLY, "rfc3834", "no-reply@reader.example")


@pytest.mark.parametrize(
    "name", ["challenge", "challenge-tmda", "challenge-spamarrest", "challenge-as-failed-delivery"]
)
def test_a_challenge_is_an_automatic_answer_with_a_doubt(read: Read, name: str) -> None:
    (found,) = read(f"auto-reply/{name}")
    assert (found.kind, found.rule) == (Kind.AUTO_REPLY, "challenge")
    assert "confirm yourself" in found.doubt


@pytest.mark.parametrize(
    ("name", "rule", "declines"),
    [
        ("thanks", "reply", False),
        ("quotes-a-receipt", "reply", False),
        ("references-only", "reply", False),
        ("suppresses-auto-replies", "reply", False),
        ("quotes-unsubscribe", "reply", False),
        ("asks-to-stop", "reply", True),
        ("outlook-thread-index", "thread-reply", False),
        ("iphone", "reply", False),
        ("samsung", "reply", False),
        ("outlook-ios-with-auto-suppress", "reply", False),
        ("out-of-office-as-topic", "reply", False),
        ("attaches-what-it-answers", "reply", False),
        ("forwards-and-answers", "reply", False),
        ("outlook-external", "reply", False),
        ("through-a-list", "list-reply", False),
        ("quotes-without-naming", "quoting-reply", False),
        ("answers-below-the-quote", "quoting-reply", True),
    ],
)
def test_a_persons_answer_is_proof(read: Read, name: str, rule: str, declines: bool) -> None:
    (found,) = read(f"reply/{name}")
    assert (found.kind, found.grade, found.rule, found.declines) == (Kind.REPLY, Grade.PROOF, rule, declines)


@pytest.mark.parametrize(
    "subject",
    [
        "Automatische Antwort: Report",
        "Réponse automatique : Report",
        "Automatski odgovor: Report",
        "Samodejni odgovor: Report",
        "Automaatvastus: Report",
        "Automātiskā atbilde: Report",
        "Automatinis atsakymas: Report",
        "Sjálfvirkt svar: Report",
        "Trả lời tự động: Report",
        "Balasan otomatis: Report",
        "Аутоматски одговор: Report",
        "ตอบกลับอัตโนมัติ: Report",
        "מענה אוטומטי: Report",
        "رد تلقائي: Report",
        "自动答复: Report",
    ],
)
def test_exchange_announces_an_absence_in_the_language_of_the_absent(
    sample: Callable[[str], bytes], subject: str
) -> None:
    before = sample("auto-reply/exchange-online-oof")
    told = b"\n".join(
        f"Subject: {subject}".encode() if line.startswith(b"Subject:") else line for line in before.split(b"\n")
    )
    assert [each.kind for each in read_message(told)] == [Kind.AUTO_REPLY]


@pytest.mark.parametrize(
    ("words", "declines"),
    [
        ("Not interested, please stop emailing me.", True),
        ("Please take us off your list.", True),
        ("Bitte keine weiteren Mails.", True),
        ("Merci de ne plus me contacter.", True),
        ("Por favor, no me escriba más.", True),
        ("Non mi scriva più.", True),
        ("Graag geen e-mails meer.", True),
        ("Não me envie mais e-mails.", True),
        ("Proszę o usunięcie mnie z listy.", True),
        ("Sluta mejla mig.", True),
        ("Please do not contact the supplier before Monday.", False),
        ("Do not email the contract, send it by post.", False),
        ("I unsubscribed from the old plan; can you renew?", False),
    ],
)
def test_who_asks_for_no_more_mail_is_understood_and_who_asks_for_something_else_is_not(
    sample: Callable[[str], bytes], words: str, declines: bool
) -> None:
    head, _, _ = sample("reply/thanks").partition(b"\n\n")
    (found,) = read_message(head + b"\n\n" + words.encode() + b"\n")
    assert found.declines is declines


#: sample, where the form was seen, what it says, grade
INVITATION_ANSWERS = [
    ("outlook-accepted", "Exchange Online", "the recipient accepted the invitation", Grade.FAIR),
    ("google-declined", "Google Calendar, marked auto-generated", "the recipient declined the invitation", Grade.FAIR),
    ("counter", "RFC 5546 section 3.2.7", "the recipient proposed another time", Grade.FAIR),
    ("room", "Exchange's booking of rooms", "the calendar of a room or device answered by itself", Grade.NONE),
    ("tnef-meeting-answer", "Outlook, TNEF only", "the recipient accepted the invitation", Grade.FAIR),
]


@pytest.mark.parametrize(("name", "seen", "says", "grade"), INVITATION_ANSWERS)
def test_an_answer_to_an_invitation_is_neither_a_receipt_nor_a_reply(
    read: Read, name: str, seen: str, says: str, grade: Grade
) -> None:
    (found,) = read(f"invitation-answer/{name}")
    assert (found.kind, found.rule, found.why, found.grade) == (
        Kind.INVITATION,
        "invitation-answer",
        says,
        grade,
    ), seen
    assert bool(found.doubt) == (grade is Grade.NONE)


def test_references_are_given_nearest_first(read: Read) -> None:
    (found,) = read("reply/references-only")
    assert found.references == (REPORT, "older@sender.example")


def test_mail_that_names_nothing_is_an_answer_where_the_provider_puts_it_in_the_thread(read: Read) -> None:
    assert read("ordinary/new-mail") == ()
    (found,) = read("ordinary/new-mail", in_thread=True, thread_id="t1")
    assert (found.kind, found.rule, found.thread_id) == (Kind.REPLY, "thread-reply", "t1")


def test_an_answer_that_came_through_ones_own_rule_is_an_answer(sample: Callable[[str], bytes]) -> None:
    looped = b"X-MS-Exchange-Inbox-Rules-Loop: sam@old.example\n" + sample("reply/thanks")
    assert [each.kind for each in read_message(looped)] == [Kind.REPLY]


def test_own_mail_is_never_an_answer(read: Read) -> None:
    assert read("reply/thanks", own=frozenset({"Rita+x@reader.example".lower()})) == ()


@pytest.mark.parametrize(
    "name",
    [
        "ordinary/new-mail",
        "ordinary/read-subject",
        "ordinary/newsletter",
        "ordinary/notification-in-thread",
        "ordinary/forwarded-receipt",
        "ordinary/loose-report-attached",
        "ordinary/tracker-notification",
        "ordinary/tnef-ordinary-note",
        "ordinary/tnef-forged-count",
        "ordinary/tnef-recall-report",
        "ordinary/forwards-a-receipt-in-text",
        "ordinary/newsletter-about-holidays",
        "ordinary/alert-about-a-full-mailbox",
        "ordinary/exchange-moderation",
        "look-alike/as2",
        "look-alike/as2-without-header",
        "look-alike/as2-payload",
        "look-alike/arf",
        "look-alike/calendar-answer",
        "look-alike/calendar-answer-undeclared",
        "look-alike/invitation-cancelled",
        "look-alike/phishing-free-text",
        "look-alike/dmarc",
        "look-alike/dmarc-failure",
        "look-alike/tls-report",
        "look-alike/exchange-journal",
        "look-alike/forwarded-by-a-rule",
        "look-alike/forwarded-bounce-as-attachment",
    ],
)
def test_ordinary_mail_and_look_alikes_say_nothing(read: Read, name: str) -> None:
    assert read(name) == ()


def test_evidence_remembers_where_it_was_read(read: Read) -> None:
    (found,) = read("receipt/thunderbird", source="m7", thread_id="t1")
    plain = replace(found, why="", rule="")
    assert plain == Evidence(
        kind=Kind.RECEIPT,
        grade=Grade.STRONG,
        rule="",
        why="",
        source="m7",
        at=datetime(2026, 3, 3, 10, 12, tzinfo=UTC),
        sender=RITA,
        message_id="r1@reader.example",
        recipient=RITA,
        aliases=(RITA,),
        program="Thunderbird",
        disposition=Disposition.DISPLAYED,
        mode=Mode.MANUAL,
        original_message_id=REPORT,
        references=(REPORT,),
        thread_id="t1",
        subject="Return Receipt (displayed) - Report",
    )


def test_the_arrival_counts_where_the_date_is_missing(sample: Callable[[str], bytes]) -> None:
    arrived = datetime(2026, 3, 4, tzinfo=UTC)
    undated = sample("reply/thanks").replace(b"Date: Tue, 03 Mar 2026 10:12:00 +0000\n", b"")
    assert read_message(undated, arrived_at=arrived)[0].at == arrived


def test_a_date_later_than_the_arrival_is_a_wrong_clocks_and_the_arrival_counts(sample: Callable[[str], bytes]) -> None:
    raw, written = sample("reply/thanks"), datetime(2026, 3, 3, 10, 12, tzinfo=UTC)
    came = {hours: written + timedelta(hours=hours) for hours in (-9000, -5, 5)}
    assert [read_message(raw, arrived_at=each)[0].at for each in came.values()] == [came[-9000], came[-5], written]


def test_a_date_that_is_known_to_be_wrong_is_not_taken(sample: Callable[[str], bytes]) -> None:
    raw, arrived = sample("reply/thanks"), datetime(2026, 3, 4, tzinfo=UTC)
    assert read_message(raw, arrived_at=arrived, believes_date=False)[0].at == arrived
    assert read_message(raw, believes_date=False)[0].at == datetime(2026, 3, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize("line_end", [b"\r\n", b"\r"])
def test_line_ends_do_not_matter(sample: Callable[[str], bytes], line_end: bytes) -> None:
    raw = sample("delivery/three-recipients")
    assert read_message(raw.replace(b"\n", line_end)) == read_message(raw)


@pytest.mark.parametrize(
    ("raw", "wrong"),
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary"),
        (b'{"file": "x"}', "does not begin with a mail header"),
        (b"Just a sentence.\n\nAnd another.", "does not begin with a mail header"),
    ],
)
def test_what_is_no_mail_is_refused_with_a_reason(raw: bytes, wrong: str) -> None:
    with pytest.raises(UnreadableMessage, match=wrong):
        read_message(raw)


def test_a_naive_arrival_is_refused(sample: Callable[[str], bytes]) -> None:
    naive: Any = datetime(2026, 3, 4)  # noqa: DTZ001 - what is refused
    with pytest.raises(ValueError, match="no time zone"):
        read_message(sample("reply/thanks"), arrived_at=naive)


@pytest.mark.parametrize(
    ("written", "status", "meant"),
    [
        ("failed", "", Action.FAILED),
        ("failure", "", Action.FAILED),
        ("expired", "", Action.FAILED),
        ("Delayed", "", Action.DELAYED),
        ("deliverable", "", Action.DELIVERED),
        ("", "4.2.2", Action.DELAYED),
        ("", "5.1.1", Action.FAILED),
        ("", "", Action.UNKNOWN),
    ],
)
def test_an_action_is_understood_in_the_words_that_servers_write(written: str, status: str, meant: Action) -> None:
    assert reported_action(written, status) is meant
