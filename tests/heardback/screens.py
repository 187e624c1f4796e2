"""A ledger full of awkward mail, and what a command prints about it in a window of some width."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from evidence.model import Action, Confidence, Disposition, Evidence, Grade, Kind, Match, Mode, Recipient, SentItem
from heardback.cli import command
from heardback.clock import Clock
from heardback.house import House
from heardback.output import Output
from heardback.parser import build
from heardback.settings import load
from store.ledger import Account, Decision, Ledger, Reminder, ReminderState

NOW = datetime(2026, 5, 8, 12, 0, tzinfo=UTC)
SENT_AT = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
#: nobody answers there, and nothing leaves this machine
NOWHERE = "https://127.0.0.1:9"

_ANA, _BEN = "gmail:ana@example.com", "outlook:ben@example.org"
_SILAS = Recipient(address="silas@silent.example")


def screen(*words: str) -> str:
    """What a command prints on stdout, in Berlin, at NOW, about the ledger in the folder `data`."""
    flags = {
        "zone": "Europe/Berlin",
        "vault.keyring": "false",
        "google.client_id": "client",
        "google.token_uri": f"{NOWHERE}/token",
        "google.api_root": NOWHERE,
        "microsoft.authority": f"{NOWHERE}/common",
        "microsoft.graph_root": NOWHERE,
    }
    out = Output(out=io.StringIO(), err=io.StringIO())
    args = build().parse_args(words)
    loaded = load(flags, file=None, environment={"HEARDBACK_CONFIG": _no_settings()})
    # as long on every machine
    settings = replace(loaded, values={**loaded.values, "data_folder": "data"})
    with House(settings) as house:
        house.clock = Clock(now=lambda: NOW, sleep=lambda _: None)
        command(args.command)(args, house, out)
    assert isinstance(out.out, io.StringIO)
    return out.out.getvalue()


def _no_settings() -> str:
    file = Path("settings.toml")
    file.touch()
    return str(file)


def fill(ledger: Ledger) -> None:
    """Two accounts, awkward mail, what came back, and reminders in every state."""
    for account in ACCOUNTS:
        ledger.put_account(account)
    ledger.take(_ANA, items=ITEMS, evidence=EVIDENCE)
    for reminder in REMINDERS:
        is_held = reminder.state is ReminderState.HELD
        what, why = ("held", _HELD) if is_held else ("planned", reminder.reason)
        ledger.put_reminder(reminder, Decision(at=NOW, reminder=reminder.id, item=reminder.item, what=what, why=why))


ACCOUNTS = (
    Account(
        id=_ANA,
        provider="gmail",
        address="ana@example.com",
        aliases=("ana.work@example.com",),
        features=("read", "send"),
        capabilities={
            "sends": True,
            "asks_receipts": True,
            "arms_drafts": False,
            "returns_receipts": "no",
            "limits": ["The receipt request cannot be turned on in Gmail drafts where they lie."],
        },
        connected_at=SENT_AT,
        granted_at=SENT_AT,
        last_read_at=NOW - timedelta(minutes=2),
    ),
    Account(
        id=_BEN,
        provider="outlook",
        address="ben@example.org",
        features=("read",),
        capabilities={"sends": False, "asks_receipts": True, "returns_receipts": "if the admin allows"},
        connected_at=SENT_AT,
        granted_at=SENT_AT,
        grant_ends_at=NOW + timedelta(hours=30),
        last_read_at=NOW - timedelta(hours=30),
        problem="ben@example.org: the server did not answer within 60 seconds; it is tried again at the next reading",
    ),
)


def _item(name: str, subject: str, *to: Recipient, asks_receipt: bool = True) -> SentItem:
    return SentItem(
        id=name,
        account=_ANA,
        provider_id=name,
        message_ids=(f"{name}.0a1b2c3d4e5f@mail.example.com",),
        thread_id=name,
        sent_at=SENT_AT,
        sender="ana@example.com",
        recipients=to,
        subject=subject,
        asks_receipt=asks_receipt,
    )


ITEMS = (
    _item("longlong", "Minutes of the meeting about the long subject " * 6, _SILAS),
    _item("hebrewhe", "שלום עולם: הצעת מחיר 42 לחודש יוני", Recipient(address="shai@example.net", name="שי כהן")),
    _item(
        "arabicar", "مرحبا: عرض السعر رقم ٤٢", Recipient(address="m@example.net", name="محمد علي"), asks_receipt=False
    ),
    _item("emojiemo", "Family \U0001f469\u200d\U0001f469\u200d\U0001f467 and a flag \U0001f1e9\U0001f1ea", _SILAS),
    _item("cjkcjkcj", "見積書の件について、ご確認をお願いいたします。" * 4, _SILAS),
    _item("combcomb", "Za" + "\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u0334" * 4 + "lgo e\u0301te\u0301", _SILAS),
    _item(
        "escapees",
        "\x1b[2J\x1b]0;owned\x07pay \u202egnp.exe \x9b31m",
        Recipient(address="eve@rogue.example", name="\x1b[31mEve\u202emoc"),
    ),
    _item("manymany", "To forty people", *(Recipient(address=f"p{n:02}@offices.example") for n in range(40))),
    _item(
        "mixedmix",
        "",
        Recipient(address="thea@birch.example", name="Thea Lind"),
        Recipient(address="george@closed.example"),
        Recipient(address="alice@offices.example"),
    ),
)


def _about(recipient: str, hours: int, why: str, **fields: object) -> Evidence:
    match = Match(
        item="mixedmix", recipient=recipient, confidence=Confidence.CERTAIN, reason="the report names your message"
    )
    shared: dict[str, object] = {"match": match, "source": recipient, "recipient": recipient}
    return Evidence(at=SENT_AT + timedelta(hours=hours), why=why, **(shared | fields))  # type: ignore[arg-type]  # by name


EVIDENCE = (
    _about(
        "thea@birch.example",
        14,
        "the recipient's mail program reports that the message was displayed",
        kind=Kind.RECEIPT,
        grade=Grade.STRONG,
        rule="mdn",
        disposition=Disposition.DISPLAYED,
        mode=Mode.MANUAL,
    ),
    _about(
        "george@closed.example",
        0,
        "a mail server reports that it could not deliver the message: \x1b[5mthere is no such user",
        kind=Kind.DELIVERY,
        grade=Grade.NONE,
        rule="dsn",
        action=Action.FAILED,
    ),
    _about(
        "alice@offices.example",
        0,
        "an automatic answer",
        kind=Kind.AUTO_REPLY,
        grade=Grade.NONE,
        rule="rfc3834",
        until=date(2026, 5, 18),
    ),
)


def _reminder(item: str, number: int, hours: int, state: ReminderState, reason: str) -> Reminder:
    due = NOW + timedelta(hours=hours)
    fired = due if state is ReminderState.FIRED else None
    return Reminder(
        id=f"{item}-{number}",
        item=item,
        account=_ANA,
        round=number,
        due_at=due,
        state=state,
        reason=reason,
        fired_at=fired,
    )


_HELD = "the mailbox could not be read again: the server did not answer in time..."
_SENDING, _BEFORE = "3 business days after sending", "5 business days after the reminder before"
REMINDERS = (
    _reminder("longlong", 1, -26, ReminderState.FIRED, _SENDING),
    _reminder("longlong", 2, 7 * 24, ReminderState.PLANNED, _BEFORE),
    _reminder("hebrewhe", 1, -1, ReminderState.PLANNED, _SENDING),
    _reminder(
        "arabicar",
        1,
        -3,
        ReminderState.HELD,
        _SENDING,
    ),
    _reminder("manymany", 1, 72, ReminderState.PLANNED, "at the time you chose"),
    _reminder("emojiemo", 1, 2, ReminderState.DONE, _SENDING),
    _reminder(
        "mixedmix",
        1,
        -2,
        ReminderState.CANCELLED,
        "thea@birch.example: read (the recipient's mail program reported on 4 May 22:00 UTC that it was displayed)",
    ),
)
