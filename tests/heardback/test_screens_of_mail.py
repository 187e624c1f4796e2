"""What `unread`, `sent` and `show` look like, with long, right-to-left, wide, stacked and hostile texts."""

import pytest

from tests.heardback.screens import screen

UNREAD_80 = """\
UNREAD: had it been read, something would probably have told (7 mails)
  manymany  To forty people
      Mon 2026-05-04 10:00, 4 days ago, to p00@offices.example,
        p01@offices.example, p02@offices.example, p03@offices.example,
        p04@offices.example and 35 more
      unread: a receipt was asked for and nothing has come back
  escapees  [2J]0;ownedpay gnp.exe 31m
      Mon 2026-05-04 10:00, 4 days ago, to eve@rogue.example
      unread: a receipt was asked for and nothing has come back
  combcomb  Za\u0351\u036b\u0343\u036algo e\u0301te\u0301
      Mon 2026-05-04 10:00, 4 days ago, to silas@silent.example
      unread: a receipt was asked for and nothing has come back
  cjkcjkcj  見積書の件について、ご確認をお願いいたします。見積書の件について、…
      Mon 2026-05-04 10:00, 4 days ago, to silas@silent.example
      unread: a receipt was asked for and nothing has come back
  emojiemo  Family 👩\u200d👩\u200d👧 and a flag 🇩🇪
      Mon 2026-05-04 10:00, 4 days ago, to silas@silent.example
      unread: a receipt was asked for and nothing has come back
  hebrewhe  שלום עולם: הצעת מחיר 42 לחודש יוני
      Mon 2026-05-04 10:00, 4 days ago, to shai@example.net
      unread: a receipt was asked for and nothing has come back
  longlong  Minutes of the meeting about the long subject Minutes of the meetin…
      Mon 2026-05-04 10:00, 4 days ago, to silas@silent.example
      unread: a receipt was asked for and nothing has come back

UNKNOWABLE: nothing would have told; it may have been read (1 mail)
  arabicar  مرحبا: عرض السعر رقم ٤٢
      Mon 2026-05-04 10:00, 4 days ago, to m@example.net
      unknowable: no receipt was asked for, so it may have been read without a
        sign

UNDECIDED: what came does not tell whether it was read (1 mail)
  mixedmix  (no subject)
      Mon 2026-05-04 10:00, 4 days ago, to alice@offices.example
      away: an automatic answer came on Mon 2026-05-04 10:00, away until Mon
        2026-05-18; the report names your message

WAITING WILL NOT HELP: not delivered, deleted unread or declined (1 mail)
  mixedmix  (no subject)
      Mon 2026-05-04 10:00, 4 days ago, to george@closed.example
      not delivered: a mail server on Mon 2026-05-04 10:00 reports that it could
        not deliver the message: [5mthere is no such user; the report names your
        message

9 of 9 mails sent since Wed 2026-04-08 14:00.
outlook:ben@example.org was last read yesterday; "heardback run" reads on.
"heardback show ITEM" tells the whole story of one; ITEM is the id before its
subject.
"""

UNREAD_120 = """\
UNREAD: had it been read, something would probably have told (7 mails)
  manymany  To forty people
      Mon 2026-05-04 10:00, 4 days ago, to p00@offices.example, p01@offices.example, p02@offices.example,
        p03@offices.example, p04@offices.example and 35 more
      unread: a receipt was asked for and nothing has come back
  escapees  [2J]0;ownedpay gnp.exe 31m
      Mon 2026-05-04 10:00, 4 days ago, to eve@rogue.example
      unread: a receipt was asked for and nothing has come back
  combcomb  Za\u0351\u036b\u0343\u036algo e\u0301te\u0301
      Mon 2026-05-04 10:00, 4 days ago, to silas@silent.example
      unread: a receipt was asked for and nothing has come back
  cjkcjkcj  見積書の件について、ご確認をお願いいたします。見積書の件について、ご確認をお願いいたします。見積書の件につ…
      Mon 2026-05-04 10:00, 4 days ago, to silas@silent.example
      unread: a receipt was asked for and nothing has come back
  emojiemo  Family 👩\u200d👩\u200d👧 and a flag 🇩🇪
      Mon 2026-05-04 10:00, 4 days ago, to silas@silent.example
      unread: a receipt was asked for and nothing has come back
  hebrewhe  שלום עולם: הצעת מחיר 42 לחודש יוני
      Mon 2026-05-04 10:00, 4 days ago, to shai@example.net
      unread: a receipt was asked for and nothing has come back
  longlong  Minutes of the meeting about the long subject Minutes of the meeting about the long subject Minutes of the…
      Mon 2026-05-04 10:00, 4 days ago, to silas@silent.example
      unread: a receipt was asked for and nothing has come back

UNKNOWABLE: nothing would have told; it may have been read (1 mail)
  arabicar  مرحبا: عرض السعر رقم ٤٢
      Mon 2026-05-04 10:00, 4 days ago, to m@example.net
      unknowable: no receipt was asked for, so it may have been read without a sign

UNDECIDED: what came does not tell whether it was read (1 mail)
  mixedmix  (no subject)
      Mon 2026-05-04 10:00, 4 days ago, to alice@offices.example
      away: an automatic answer came on Mon 2026-05-04 10:00, away until Mon 2026-05-18; the report names your message

WAITING WILL NOT HELP: not delivered, deleted unread or declined (1 mail)
  mixedmix  (no subject)
      Mon 2026-05-04 10:00, 4 days ago, to george@closed.example
      not delivered: a mail server on Mon 2026-05-04 10:00 reports that it could not deliver the message: [5mthere is no
        such user; the report names your message

9 of 9 mails sent since Wed 2026-04-08 14:00.
outlook:ben@example.org was last read yesterday; "heardback run" reads on.
"heardback show ITEM" tells the whole story of one; ITEM is the id before its subject.
"""

SHOW_MIXEDMIX_80 = """\
(no subject)
  item mixedmix, sent Mon 2026-05-04 10:00, 4 days ago
  from ana@example.com (gmail:ana@example.com)
  a read receipt was asked for
  Message-ID <mixedmix.0a1b2c3d4e5f@mail.example.com>

  Thea Lind <thea@birch.example>: READ
      the recipient's mail program reported on Tue 2026-05-05 00:00 that the
      message was displayed; the report names your message
  george@closed.example: NOT DELIVERED
      a mail server on Mon 2026-05-04 10:00 reports that it could not deliver
      the message: [5mthere is no such user; the report names your message
  alice@offices.example: AWAY until Mon 2026-05-18
      an automatic answer came on Mon 2026-05-04 10:00, away until Mon
      2026-05-18; the report names your message

  thea@birch.example: this address returned a receipt for 1 of 1 request; ask
    for a receipt: one came before
  george@closed.example: none of 1 mail to this address could be delivered; find
    another address
  alice@offices.example: nothing is known yet of how this address reacts; ask
    for a receipt and see

What came back (grade: how far it can prove reading; rule: what recognised it)
  Mon 2026-05-04 10:00  sent
  Mon 2026-05-04 10:00  89a27642  delivery failed, george@closed.example, grade
      none, rule dsn
      a mail server reports that it could not deliver the message: [5mthere is
      no such user
      matched, certain: the report names your message
  Mon 2026-05-04 10:00  72841559  auto-reply, alice@offices.example, grade none,
      rule rfc3834
      an automatic answer
      matched, certain: the report names your message
  Tue 2026-05-05 00:00  0a2a1d08  receipt displayed, thea@birch.example, grade
      strong, rule mdn
      the recipient's mail program reports that the message was displayed
      matched, certain: the report names your message
  Not theirs, or not about this?
    "heardback overrule mixedmix ID --because 'not about this'", with the ID
    behind its time.

Reminders
  Fri 2026-05-08 14:00  planned: thea@birch.example: read (the recipient's mail
      program reported on Tue 2026-05-05 00:00 that it was displayed)
"""

SHOW_MIXEDMIX_120 = """\
(no subject)
  item mixedmix, sent Mon 2026-05-04 10:00, 4 days ago
  from ana@example.com (gmail:ana@example.com)
  a read receipt was asked for
  Message-ID <mixedmix.0a1b2c3d4e5f@mail.example.com>

  Thea Lind <thea@birch.example>: READ
      the recipient's mail program reported on Tue 2026-05-05 00:00 that the message was displayed; the report names
      your message
  george@closed.example: NOT DELIVERED
      a mail server on Mon 2026-05-04 10:00 reports that it could not deliver the message: [5mthere is no such user; the
      report names your message
  alice@offices.example: AWAY until Mon 2026-05-18
      an automatic answer came on Mon 2026-05-04 10:00, away until Mon 2026-05-18; the report names your message

  thea@birch.example: this address returned a receipt for 1 of 1 request; ask for a receipt: one came before
  george@closed.example: none of 1 mail to this address could be delivered; find another address
  alice@offices.example: nothing is known yet of how this address reacts; ask for a receipt and see

What came back (grade: how far it can prove reading; rule: what recognised it)
  Mon 2026-05-04 10:00  sent
  Mon 2026-05-04 10:00  89a27642  delivery failed, george@closed.example, grade none, rule dsn
      a mail server reports that it could not deliver the message: [5mthere is no such user
      matched, certain: the report names your message
  Mon 2026-05-04 10:00  72841559  auto-reply, alice@offices.example, grade none, rule rfc3834
      an automatic answer
      matched, certain: the report names your message
  Tue 2026-05-05 00:00  0a2a1d08  receipt displayed, thea@birch.example, grade strong, rule mdn
      the recipient's mail program reports that the message was displayed
      matched, certain: the report names your message
  Not theirs, or not about this? "heardback overrule mixedmix ID --because 'not about this'", with the ID behind its
    time.

Reminders
  Fri 2026-05-08 14:00  planned: thea@birch.example: read (the recipient's mail program reported on Tue 2026-05-05 00:00
      that it was displayed)
"""

SENT_80 = """\
mixedmix  Mon 2026-05-04 10:00  (no subject)
    read            thea@birch.example
    not delivered   george@closed.example
    away            alice@offices.example
manymany  Mon 2026-05-04 10:00  To forty people
    unread          p00@offices.example, p01@offices.example,
                    p02@offices.example, p03@offices.example,
                    p04@offices.example and 35 more
escapees  Mon 2026-05-04 10:00  [2J]0;ownedpay gnp.exe 31m
    unread          eve@rogue.example
combcomb  Mon 2026-05-04 10:00  Za\u0351\u036b\u0343\u036algo e\u0301te\u0301
    unread          silas@silent.example
cjkcjkcj  Mon 2026-05-04 10:00  見積書の件について、ご確認をお願いいたします。…
    unread          silas@silent.example
emojiemo  Mon 2026-05-04 10:00  Family 👩\u200d👩\u200d👧 and a flag 🇩🇪
    unread          silas@silent.example
arabicar  Mon 2026-05-04 10:00  مرحبا: عرض السعر رقم ٤٢
    unknowable      m@example.net
hebrewhe  Mon 2026-05-04 10:00  שלום עולם: הצעת מחיר 42 לחודש יוני
    unread          shai@example.net
longlong  Mon 2026-05-04 10:00  Minutes of the meeting about the long subject M…
    unread          silas@silent.example
9 mails sent since Wed 2026-04-08 14:00.
outlook:ben@example.org was last read yesterday; "heardback run" reads on.
"heardback show ITEM" tells the whole story of one; ITEM is the id before its
subject.
"""

SHOW_ESCAPEES_80 = """\
[2J]0;ownedpay gnp.exe 31m
  item escapees, sent Mon 2026-05-04 10:00, 4 days ago
  from ana@example.com (gmail:ana@example.com)
  a read receipt was asked for
  Message-ID <escapees.0a1b2c3d4e5f@mail.example.com>

  [31mEvemoc <eve@rogue.example>: UNREAD
      a receipt was asked for and nothing has come back

  eve@rogue.example: nothing is known yet of how this address reacts; ask for a
    receipt and see

What came back (grade: how far it can prove reading; rule: what recognised it)
  Mon 2026-05-04 10:00  sent
      nothing has come back
"""

#: what was typed in a window of so many columns, and what it must show
SCREENS = {
    ("unread", 80): UNREAD_80,
    ("unread", 120): UNREAD_120,
    ("show mixedmix", 80): SHOW_MIXEDMIX_80,
    ("show mixedmix", 120): SHOW_MIXEDMIX_120,
    ("sent", 80): SENT_80,
    ("show escapees", 80): SHOW_ESCAPEES_80,
}


@pytest.mark.usefixtures("awkward_ledger")
@pytest.mark.parametrize(("words", "columns"), SCREENS)
def test_a_screen_reads_well_in_this_window(monkeypatch: pytest.MonkeyPatch, words: str, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert screen(*words.split()) == SCREENS[words, columns]
