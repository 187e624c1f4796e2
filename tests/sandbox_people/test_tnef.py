"""TNEF receipts are read back with the library their readers use."""

import base64
import random
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import pytest
from tnefparse import TNEF

from sandbox.forms import outlook
from sandbox.forms.occasion import Occasion
from sandbox.forms.original import Original
from sandbox.forms.receipts import Sent
from sandbox.forms.tnef import Property, Tag, tnef
from tests.sandbox_people.conftest import ANA, original

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def occasion() -> Occasion:
    return Occasion(
        original=Original.read(original("otto@altbau.example", headers=f"Disposition-Notification-To: {ANA}\r\n")),
        envelope_sender=ANA,
        reader="otto@altbau.example",
        writes_as="otto@altbau.example",
        name="Otto Kern",
        at=NOON,
        arrived_at=NOON,
        chance=random.Random(1),
        search_key=base64.b64encode(b"sixteen bytes...").decode(),
    )


def read(stream: bytes) -> tuple[str, dict[int, Any]]:
    """Message class and properties; every checksum must be right."""
    parsed = TNEF(stream)
    assert all(each.good_checksum for each in parsed.objects)
    (message_class,) = (each.data for each in parsed.msgprops if each.name == TNEF.ATTMESSAGECLASS)
    return message_class, {each.name: each.data for each in parsed.mapiprops}


def wrapped(mime: bytes) -> bytes:
    content = message_from_bytes(mime).get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def test_the_legacy_receipt_names_the_original_only_outside() -> None:
    mime = outlook.tnef_receipt(occasion())
    outer = message_from_bytes(mime)
    assert (outer.get_content_type(), outer["In-Reply-To"]) == ("application/ms-tnef", "<one@mail.gmail.com>")
    assert read(wrapped(mime)) == (
        "IPM.Microsoft Mail.Read Receipt",
        {
            Tag.REPORT_TIME: datetime(2026, 5, 4, 12),  # noqa: DTZ001 - the library gives naive times, in UTC
            Tag.SUBJECT: "Read: Angebot – 2026",
            Tag.ORIGINAL_SUBJECT: "Angebot – 2026",
            Tag.REPORT_DISPOSITION: "displayed",
            Tag.REPORT_DISPOSITION_MODE: "MDN-sent-manually",
        },
    )


@pytest.mark.parametrize(
    ("message_class", "disposition", "prefix"),
    [("REPORT.IPM.Note.IPNRN", "displayed", "Read: "), ("REPORT.IPM.Note.IPNNRN", "deleted", "Not read: ")],
)
def test_the_other_receipts_name_the_original_only_inside(message_class: str, disposition: str, prefix: str) -> None:
    mime = outlook.tnef_receipt(occasion(), Sent.AUTOMATICALLY, message_class=message_class)
    assert "In-Reply-To" not in message_from_bytes(mime)
    assert read(wrapped(mime)) == (
        message_class,
        {
            Tag.REPORT_TIME: datetime(2026, 5, 4, 12),  # noqa: DTZ001 - the library gives naive times, in UTC
            Tag.SUBJECT: f"{prefix}Angebot – 2026",
            Tag.ORIGINAL_SUBJECT: "Angebot – 2026",
            Tag.REPORT_DISPOSITION: disposition,
            Tag.REPORT_DISPOSITION_MODE: "MDN-sent-automatically",
            Tag.MESSAGE_CLASS: message_class,
            Tag.ORIGINAL_MESSAGE_ID: "<one@mail.gmail.com>",
            Tag.PARENT_KEY: b"sixteen bytes...",
        },
    )


@pytest.mark.parametrize("length", range(9))
def test_values_of_any_length_are_padded_so_that_the_next_is_found(length: int) -> None:
    given = (
        Property(tag=Tag.SUBJECT, value="x" * length),
        Property(tag=Tag.PARENT_KEY, value=b"y" * length),
        Property(tag=Tag.ORIGINAL_SUBJECT, value="last"),
    )
    assert read(tnef("IPM.Note", given)) == (
        "IPM.Note",
        {Tag.SUBJECT: "x" * length, Tag.PARENT_KEY: b"y" * length, Tag.ORIGINAL_SUBJECT: "last"},
    )
