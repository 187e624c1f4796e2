"""What `accounts`, `reminders` and `doctor` look like, with troubles and texts that break lists."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from heardback.errors import UsageError
from store.tiny import TinyLedger
from tests.heardback.screens import ACCOUNTS, EVIDENCE, screen

ACCOUNTS_80 = """\
gmail:ana@example.com  connected
    Signed in Mon 2026-05-04 10:00, 4 days ago; lasts as long as it is used.
    Last read Fri 2026-05-08 13:58.
    Also ana.work@example.com.
    Reads your sent mail and what comes back; never marks mail read, never
      rewrites sent mail.
    Asks for read receipts in mail sent through Heardback.
    Others get no read receipts from this mailbox: its provider sends none.
    The receipt request cannot be turned on in Gmail drafts where they lie.
outlook:ben@example.org  connected
    Signed in Mon 2026-05-04 10:00, 4 days ago; ends Sat 2026-05-09 20:00,
      tomorrow. Run "heardback connect outlook" before then.
    Last read Thu 2026-05-07 08:00.
    TROUBLE: the server did not answer within 60 seconds; it is tried again at
      the next reading.
    Reads your sent mail and what comes back; never marks mail read, never
      rewrites sent mail.
    Sends nothing. To ask for receipts:
      "heardback connect outlook --allow send".
    Others get read receipts from this mailbox only if its admin allows that.
"""

ACCOUNTS_120 = """\
gmail:ana@example.com  connected
    Signed in Mon 2026-05-04 10:00, 4 days ago; lasts as long as it is used.
    Last read Fri 2026-05-08 13:58.
    Also ana.work@example.com.
    Reads your sent mail and what comes back; never marks mail read, never rewrites sent mail.
    Asks for read receipts in mail sent through Heardback.
    Others get no read receipts from this mailbox: its provider sends none.
    The receipt request cannot be turned on in Gmail drafts where they lie.
outlook:ben@example.org  connected
    Signed in Mon 2026-05-04 10:00, 4 days ago; ends Sat 2026-05-09 20:00, tomorrow. Run "heardback connect outlook"
      before then.
    Last read Thu 2026-05-07 08:00.
    TROUBLE: the server did not answer within 60 seconds; it is tried again at the next reading.
    Reads your sent mail and what comes back; never marks mail read, never rewrites sent mail.
    Sends nothing. To ask for receipts: "heardback connect outlook --allow send".
    Others get read receipts from this mailbox only if its admin allows that.
"""

REMINDERS_ALL_80 = """\
CAME DUE (1 reminder)
  longlong-1  Minutes of the meeting about the long subject Minutes of the meet…
      came due Thu 2026-05-07 12:00, yesterday
      to silas@silent.example: unread
      3 business days after sending; once more Fri 2026-05-15 14:00

DUE NOW: told at the next reading, if that finds no sign (1 reminder)
  hebrewhe-1  שלום עולם: הצעת מחיר 42 לחודש יוני
      due Fri 2026-05-08 13:00, 1 hour ago
      to shai@example.net: unread
      3 business days after sending

HELD BACK: due, but it cannot be made sure that no sign came (1 reminder)
  arabicar-1  مرحبا: عرض السعر رقم ٤٢
      due Fri 2026-05-08 11:00, 3 hours ago
      to m@example.net: unknowable
      the mailbox could not be read again: the server did not answer in time...

COMING (1 reminder)
  manymany-1  To forty people
      comes Mon 2026-05-11 14:00, in 3 days
      to p00@offices.example, p01@offices.example, p02@offices.example,
        p03@offices.example, p04@offices.example and 35 more: unread
      at the time you chose

SETTLED (2 reminders)
  mixedmix-1  (no subject)
      cancelled, was planned for Fri 2026-05-08 12:00
      to george@closed.example: not delivered
      to alice@offices.example: away
      thea@birch.example: read (the recipient's mail program reported on Tue
        2026-05-05 00:00 that it was displayed)
  emojiemo-1  Family 👩\u200d👩\u200d👧 and a flag 🇩🇪
      done, was planned for Fri 2026-05-08 16:00
      to silas@silent.example: unread
      3 business days after sending

"heardback snooze ID 2d" lets one come later, "heardback done ID" settles it for
good.
"""

REMINDERS_ALL_120 = """\
CAME DUE (1 reminder)
  longlong-1  Minutes of the meeting about the long subject Minutes of the meeting about the long subject Minutes of th…
      came due Thu 2026-05-07 12:00, yesterday
      to silas@silent.example: unread
      3 business days after sending; once more Fri 2026-05-15 14:00

DUE NOW: told at the next reading, if that finds no sign (1 reminder)
  hebrewhe-1  שלום עולם: הצעת מחיר 42 לחודש יוני
      due Fri 2026-05-08 13:00, 1 hour ago
      to shai@example.net: unread
      3 business days after sending

HELD BACK: due, but it cannot be made sure that no sign came (1 reminder)
  arabicar-1  مرحبا: عرض السعر رقم ٤٢
      due Fri 2026-05-08 11:00, 3 hours ago
      to m@example.net: unknowable
      the mailbox could not be read again: the server did not answer in time...

COMING (1 reminder)
  manymany-1  To forty people
      comes Mon 2026-05-11 14:00, in 3 days
      to p00@offices.example, p01@offices.example, p02@offices.example, p03@offices.example, p04@offices.example and 35
        more: unread
      at the time you chose

SETTLED (2 reminders)
  mixedmix-1  (no subject)
      cancelled, was planned for Fri 2026-05-08 12:00
      to george@closed.example: not delivered
      to alice@offices.example: away
      thea@birch.example: read (the recipient's mail program reported on Tue 2026-05-05 00:00 that it was displayed)
  emojiemo-1  Family 👩\u200d👩\u200d👧 and a flag 🇩🇪
      done, was planned for Fri 2026-05-08 16:00
      to silas@silent.example: unread
      3 business days after sending

"heardback snooze ID 2d" lets one come later, "heardback done ID" settles it for good.
"""

DOCTOR_80 = """\
ok      ledger: data/ledger.db is whole, 2 accounts.
ok      permissions: only you can read data.
note    keyring: sign-ins are encrypted in data/vault, but no usable system
        keyring was found: the key is beside them in data/vault/key, readable by
        you only.
ok      gmail client: is set.
trouble outlook client: No Microsoft client is set: register one
        ("heardback setup" says how) and put its id into the setting
        microsoft.client_id.
trouble google.token_uri: https://127.0.0.1:9/ cannot be reached: Connection
        refused.
        Check the network, the proxy and the setting.
trouble google.api_root: https://127.0.0.1:9/ cannot be reached: Connection
        refused.
        Check the network, the proxy and the setting.
trouble microsoft.authority: https://127.0.0.1:9/ cannot be reached: Connection
        refused.
        Check the network, the proxy and the setting.
trouble microsoft.graph_root: https://127.0.0.1:9/ cannot be reached: Connection
        refused.
        Check the network, the proxy and the setting.
trouble gmail:ana@example.com: no sign-in is saved; run
        "heardback connect gmail" and sign in as ana@example.com.
trouble outlook:ben@example.org: No Microsoft client is set: register one
        ("heardback setup" says how) and put its id into the setting
        microsoft.client_id.
        "heardback config" shows what is set, "heardback setup" asks for what is
          missing.
note    worker: does not run; nothing is read and no reminder comes until it
        does.
        "heardback run" starts it, and "heardback service install" lets it start
          with your session.
7 troubles found.
"""

DOCTOR_120 = """\
ok      ledger: data/ledger.db is whole, 2 accounts.
ok      permissions: only you can read data.
note    keyring: sign-ins are encrypted in data/vault, but no usable system keyring was found: the key is beside them in
        data/vault/key, readable by you only.
ok      gmail client: is set.
trouble outlook client: No Microsoft client is set: register one ("heardback setup" says how) and put its id into the
        setting microsoft.client_id.
trouble google.token_uri: https://127.0.0.1:9/ cannot be reached: Connection refused.
        Check the network, the proxy and the setting.
trouble google.api_root: https://127.0.0.1:9/ cannot be reached: Connection refused.
        Check the network, the proxy and the setting.
trouble microsoft.authority: https://127.0.0.1:9/ cannot be reached: Connection refused.
        Check the network, the proxy and the setting.
trouble microsoft.graph_root: https://127.0.0.1:9/ cannot be reached: Connection refused.
        Check the network, the proxy and the setting.
trouble gmail:ana@example.com: no sign-in is saved; run "heardback connect gmail" and sign in as ana@example.com.
trouble outlook:ben@example.org: No Microsoft client is set: register one ("heardback setup" says how) and put its id
        into the setting microsoft.client_id.
        "heardback config" shows what is set, "heardback setup" asks for what is missing.
note    worker: does not run; nothing is read and no reminder comes until it does.
        "heardback run" starts it, and "heardback service install" lets it start with your session.
7 troubles found.
"""

#: what was typed in a window of so many columns, and what it must show
SCREENS = {
    ("accounts", 80): ACCOUNTS_80,
    ("accounts", 120): ACCOUNTS_120,
    ("reminders --all", 80): REMINDERS_ALL_80,
    ("reminders --all", 120): REMINDERS_ALL_120,
    ("doctor", 80): DOCTOR_80,
    ("doctor", 120): DOCTOR_120,
}


@pytest.mark.usefixtures("awkward_ledger")
@pytest.mark.parametrize(("words", "columns"), SCREENS)
def test_a_screen_reads_well_in_this_window(monkeypatch: pytest.MonkeyPatch, words: str, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert screen(*words.split()) == SCREENS[words, columns]


@pytest.mark.usefixtures("awkward_ledger")
@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("manymany-1", "manymany-1"),
        ("many-1", "manymany-1"),
        ("MANY", "manymany-1"),
        ("long", "longlong-1"),  # what came due before what follows it
        ("long-2", "longlong-2"),
        ("emoji-1", "emojiemo-1"),
    ],
)
def test_a_reminder_is_found_by_the_beginning_of_its_id(named: str, found: str) -> None:
    assert screen("done", named).startswith(f"Reminder {found} of ")


@pytest.mark.usefixtures("awkward_ledger")
@pytest.mark.parametrize("named", ["", "-1", "many-2", "many-", "many-1-1"])
def test_what_is_the_beginning_of_no_reminder_is_refused(named: str) -> None:
    with pytest.raises(UsageError, match="There is no reminder"):
        screen("done", named)


@pytest.mark.usefixtures("awkward_ledger")
def test_what_came_before_comes_again_and_what_did_not_comes() -> None:
    assert "comes again Fri 2026-05-08 18:00." in screen("snooze", "longlong-1", "4h")
    assert "comes Fri 2026-05-08 18:00." in screen("snooze", "manymany-1", "4h")


@pytest.mark.usefixtures("awkward_ledger")
def test_status_says_in_plain_words_what_came_back_about_no_mail_that_is_known() -> None:
    with closing(TinyLedger(Path("data/ledger.db"))) as ledger:
        ledger.take(ACCOUNTS[0].id, evidence=[replace(EVIDENCE[0], match=None, source="elsewhere")])
    assert (
        "1 report came back about mail that is not among your sent mail here. It is kept, and counts for nothing "
        "unless that mail turns up." in " ".join(screen("status").split())
    )


@pytest.mark.usefixtures("awkward_ledger")
def test_status_tells_what_is_held_back_from_what_is_planned() -> None:
    assert '3 reminders planned, 1 held back: "heardback reminders" says why.' in " ".join(screen("status").split())
