"""The search language, term by term, over one mailbox."""

from datetime import UTC, datetime
from random import Random

import pytest

from sandbox.google.mailbox import Mailbox
from sandbox.google.query import read_query

NOW = datetime(2026, 5, 14, 12, 0, tzinfo=UTC)


def _add(mailbox: Mailbox, mime: str, labels: tuple[str, ...], day: int) -> str:
    moment = datetime(2026, 5, day, 12, 0, tzinfo=UTC)
    return mailbox.add(mime.encode(), labels, received_ms=int(moment.timestamp() * 1000)).id


LUNCH = """From: Ann Lee <ann@gmail.com>
To: bob@example.net
Cc: carol@example.org
Subject: Lunch on Monday
Message-ID: <Abc.1@mail.gmail.com>

At the old harbour
"""
REPLY = """From: Bob <bob@example.net>
To: ann@gmail.com
Subject: Re: Lunch on Monday
Message-ID: <r1@example.net>

With pleasure
"""
BILL = """From: Shop <no-reply@shop.example>
To: ann+bills@gmail.com
Subject: Bill
Message-ID: <b1@shop.example>
Content-Type: application/pdf; name="bill.pdf"
Content-Disposition: attachment; filename="bill.pdf"

%PDF
"""
JUNK = """From: win@junk.example
To: ann@gmail.com
Subject: Lunch for free
Message-ID: <j1@junk.example>

<p>Click</p>
"""


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "lunch reply bill"),
        ("lunch", "lunch reply"),
        ("LUNCH monday", "lunch reply"),
        ("lun", ""),
        ('"old harbour"', "lunch"),
        ('"harbour old"', ""),
        ("subject:lunch", "lunch reply"),
        ('subject:"on monday"', "lunch reply"),
        ("subject:(lunch monday)", "lunch reply"),
        ("from:ann@gmail.com", "lunch"),
        ("from:lee", "lunch"),
        ("from:(bob OR shop)", "reply bill"),
        ("to:bob@example.net", "lunch"),
        ("to:carol@example.org", "lunch"),
        ("cc:carol", "lunch"),
        ("to:ann+bills@gmail.com", "bill"),
        ("rfc822msgid:abc.1@mail.gmail.com", "lunch"),
        ("rfc822msgid:<r1@example.net>", "reply"),
        ("{rfc822msgid:r1@example.net rfc822msgid:<b1@shop.example>}", "reply bill"),
        ("(rfc822msgid:r1@example.net OR rfc822msgid:b1@shop.example) is:unread", "bill"),
        ("in:sent", "lunch"),
        ("-in:sent", "reply bill"),
        ("-in:sent -in:drafts newer_than:2d", "bill"),
        ("in:inbox is:unread", "bill"),
        ("is:read", "lunch reply"),
        ("is:starred", "reply"),
        ("label:heardback-test", "lunch"),
        ('label:"heardback test"', "lunch"),
        ("category:primary", "reply"),
        ("has:attachment", "bill"),
        ("filename:pdf", "bill"),
        ("-has:attachment -from:bob", "lunch"),
        ("-(from:bob OR from:ann)", "bill"),
        ("in:spam", "junk"),
        ("in:anywhere lunch", "lunch reply junk"),
        ("in:trash", ""),
        ("after:1778500800", "reply bill"),
        ("before:1778500800", "lunch"),
        ("after:2026/05/10 before:2026/05/12", "lunch reply"),
        ("after:2026-5-13", "bill"),
        ("newer_than:2d", "bill"),
        ("older_than:3d", "lunch"),
        ("newer_than:1y", "lunch reply bill"),
        ("lunch OR bill", "lunch reply bill"),
        ("lunch bill OR pleasure", "reply"),
        ("lunch AND pleasure", "reply"),
        ("larger:150", "lunch bill"),
        ("smaller:150", "reply"),
        ("larger:1M", ""),
        ("unknown:thing", ""),
        ("newer_than:soon", ""),
        ("https://example.net/lunch", ""),
        ("(lunch", "lunch reply"),
        ("lunch)", "lunch reply"),
        ('"lunch', "lunch reply"),
        ("-", "lunch reply bill"),
        ("lunch OR", "lunch reply"),
    ],
)
def test_a_search_finds(query: str, found: str) -> None:
    mailbox = Mailbox(lambda: NOW, Random(1))
    label = mailbox.add_label("Heardback Test", "show", "labelShow").id
    names = {
        _add(mailbox, LUNCH, ("SENT", label), 10): "lunch",
        _add(mailbox, REPLY, ("INBOX", "STARRED", "CATEGORY_PERSONAL"), 11): "reply",
        _add(mailbox, BILL, ("INBOX", "UNREAD"), 13): "bill",
        _add(mailbox, JUNK, ("SPAM", "UNREAD"), 13): "junk",
    }
    asked = read_query(query, now=NOW, labels={each.name.lower(): each.id for each in mailbox.labels.values()})
    hidden = set() if asked.everywhere else {"SPAM", "TRASH"}
    matching = [each for each in mailbox.newest_first() if asked.matches(each) and hidden.isdisjoint(each.labels)]
    assert {names[each.id] for each in matching} == set(found.split())
