"""Whatever mail and providers say, no command prints a character that does something instead of being seen."""

import argparse
import unicodedata
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from evidence.model import Confidence, Evidence, Grade, Kind, Match, Recipient, SentItem
from heardback.parser import build
from sandbox.faults import Fault
from store.ledger import Decision, Outgoing, Reminder, ReminderState, Tally
from store.tiny import TinyLedger
from tests.heardback.conftest import GMAIL, Desk

#: escape sequences of both kinds, line ends of all kinds, overrides, isolates, invisible and private letters
HOSTILE = "a\x1b[2J\x1b]0;owned\x07b\u202ec\u2066d\r\nFORGED: e\x9b31mf\u2028g\u0085h\x7fi\u200ej\u200bk\ue000l\x00m"
_SEEN_THOUGH = {"\n", "\u200d"}
#: a program that reads JSON gets the words as they are; a terminal shows nothing for these, and does nothing
_UNSEEN_IN_JSON = {"\u200b", "\ue000"}
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def raw_in(text: str) -> set[str]:
    """The characters a terminal would act upon, and lines that a mail has begun."""
    unseen = {each for each in text if unicodedata.category(each) in _UNSEEN and each not in _SEEN_THOUGH}
    return unseen | {line for line in text.splitlines() if line.startswith("FORGED")}


def poison(folder: Path) -> str:
    """Put hostile words into every text the ledger keeps; the id of the sent item they speak about."""
    ledger = TinyLedger(folder / "ledger.db")
    accounts = ledger.accounts()
    for account in accounts:
        can = {**account.capabilities, "limits": [HOSTILE], "returns_receipts": HOSTILE}
        ledger.put_account(replace(account, aliases=(HOSTILE,), capabilities=can, problem=f"{account.id}: {HOSTILE}"))
    gmail = next(each for each in accounts if each.provider == "gmail")
    when = gmail.connected_at
    address = f"{HOSTILE}@rogue.example"
    item = SentItem(
        id="poisoned",
        account=gmail.id,
        provider_id=HOSTILE,
        message_ids=(f"{HOSTILE}@rogue.example",),
        thread_id=HOSTILE,
        sent_at=when,
        sender=address,
        recipients=(Recipient(address=address, name=HOSTILE), Recipient(address="rita@reader.example")),
        subject=HOSTILE,
        tag=HOSTILE,
    )
    evidence = Evidence(
        kind=Kind.DELIVERY,
        grade=Grade.NONE,
        rule=HOSTILE,
        why=HOSTILE,
        source=HOSTILE,
        at=when,
        sender=address,
        message_id=HOSTILE,
        recipient=address,
        aliases=(address,),
        status=HOSTILE,
        subject=HOSTILE,
        match=Match(item=item.id, recipient=address, confidence=Confidence.WEAK, reason=HOSTILE),
        doubt=HOSTILE,
    )
    stray = replace(evidence, source="stray", match=None)
    ledger.take(
        gmail.id,
        items=(item,),
        evidence=(evidence, stray),
        tally=Tally(listed=1, skipped={HOSTILE: 1}),
    )
    for number, state in enumerate((ReminderState.PLANNED, ReminderState.HELD, ReminderState.FIRED), 1):
        reminder = Reminder(
            id=f"{item.id}-{number}",
            item=item.id,
            account=gmail.id,
            round=number,
            due_at=when + timedelta(days=number),
            state=state,
            reason=HOSTILE,
            fired_at=when,
        )
        decision = Decision(at=when, reminder=reminder.id, item=item.id, what="held", why=HOSTILE)
        ledger.put_reminder(reminder, decision)
    ledger.begin_sending(Outgoing(tag="t", account=gmail.id, subject=HOSTILE, begun_at=when))
    ledger.close()
    return item.id


@pytest.fixture
def poisoned(desk: Desk) -> Desk:
    """A desk with two connected mailboxes and a ledger full of hostile words."""
    for provider in ("gmail", "outlook"):
        assert desk.connect(provider, "--allow", "send").code == 0
    poison(desk.folder)
    return desk


def spellings(desk: Desk, tmp_path: Path) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Every command that prints, as one would type it here."""
    mail = tmp_path / "hostile.eml"
    fields = HOSTILE.replace("\r\n", "\r\n ").replace("\x00", "").encode()
    mail.write_bytes(
        b"From: " + fields + b" <eve\x1b@rogue.example>\r\nSubject: Read: " + fields + b"\r\nDate: " + fields + b"\r\n"
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
        b"Final-Recipient: rfc822; " + fields + b"@rogue.example\r\nAction: " + fields + b"\r\n"
        b"Status: 5.1.1 " + fields + b"\r\n\r\n--b--\r\n"
    )  # fmt: skip
    return {
        "accounts": (("accounts",),),
        "contacts": (("contacts",),),
        "unread": (("unread",), ("unread", "--subject", HOSTILE), ("unread", "--account", HOSTILE)),
        "sent": (("sent",), ("sent", "--to", HOSTILE)),
        "show": (("show", "poisoned"), ("show", HOSTILE)),
        "reminders": (("reminders",), ("reminders", "--all")),
        "snooze": (("snooze", "poisoned-1", "2d"), ("snooze", HOSTILE, "2d")),
        "done": (("done", "poisoned-2"), ("done", HOSTILE)),
        "remind": (("remind", "poisoned", "--after", "3d"), ("remind", "poisoned", "--after", HOSTILE)),
        "why": (("why", "poisoned"), ("why", HOSTILE)),
        "replay": (("replay",), ("replay", "--policy", str(tmp_path / "p\x1b[2J.toml"))),
        "draft": (("draft", "poisoned"), ("draft", HOSTILE)),
        "stats": (
            ("stats",),
            *(("stats", "--by", each) for each in ("recipient", "subject", "program")),
            ("stats", "--export", str(tmp_path / "s\x1b[2J.csv")),
        ),
        "calendar": (("calendar", str(tmp_path / "c\x1b[2J.ics")),),
        "status": (("status",), ("status", "--verbose")),
        "doctor": (("doctor",),),
        "config": (("config",), ("config", "--set", f"zone={HOSTILE}"), ("config", "--set", f"{HOSTILE}=1")),
        "inspect": (("inspect", str(mail)), ("inspect", str(tmp_path / "none\x1b[2J.eml"))),
        "send": (("send", "--file", str(mail)), ("send", "--draft", HOSTILE, "--account", "gmail")),
        "export": (("export", str(tmp_path / "e\x1b[2J.json")), ("export", "--person", "eve@rogue.example")),
        "consent": (
            ("consent", "add", "eve@rogue.example", "--how", HOSTILE, "--wording", HOSTILE),
            ("consent", "list", "eve@rogue.example"),
            ("consent", "import", str(mail), "--how", HOSTILE),
            ("consent", "import", str(tmp_path / "none\x1b[2J.csv")),
        ),
        "optout": (("optout", "add", HOSTILE), ("optout", "list")),
        "prune": (("prune", "--dry-run"),),
        "forget": (("forget", HOSTILE, "--yes"), ("forget", "eve@rogue.example", "--yes"), ("forget", "--list")),
        "backup": (("backup", str(tmp_path / "b\x1b[2J.db")),),
        "run": (("run", "--once"),),
        "connect": (("connect", "gmail", "--client-file", str(tmp_path / "c\x1b[2J.json")),),
        "disconnect": (("disconnect", HOSTILE, "--keep"), ("disconnect", "outlook", "--keep")),
    }


def test_no_command_prints_anything_raw(poisoned: Desk, tmp_path: Path) -> None:
    raw: dict[tuple[str, ...], set[str]] = {}
    for lines in spellings(poisoned, tmp_path).values():
        for words in lines:
            for more in ((), ("--json",)):
                done = poisoned.type(*words, *more)
                assert done.out or done.err, words
                found = raw_in(done.out) | raw_in(done.err)
                raw |= {(*words, *more): found - _UNSEEN_IN_JSON if more else found}
    raw = {words: found for words, found in raw.items() if found}
    assert raw == {}


def test_every_command_is_among_those_tried(desk: Desk, tmp_path: Path) -> None:
    """Those left out print nothing of a mail: they play, complete, or take what `export` and `backup` wrote."""
    commands = next(each for each in build()._actions if isinstance(each, argparse._SubParsersAction)).choices
    others = {"demo", "completion", "import", "restore", "relay", "web", "overrule", "setup", "manual", "service"}
    assert set(commands) - others <= set(spellings(desk, tmp_path))


@pytest.mark.parametrize("status", [400, 403, 404, 500])
@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_what_a_provider_says_of_an_error_is_shown_harmless(desk: Desk, provider: str, status: int) -> None:
    assert desk.connect(provider, "--allow", "send").code == 0
    place = desk.world.google if provider == "gmail" else desk.world.microsoft
    escaped = HOSTILE.encode("unicode_escape").decode().replace("\\x", "\\u00")
    body = (
        f'{{"error": {{"code": "{escaped}", "message": "{escaped}", "errors": [{{"reason": "{escaped}"}}]}}, '
        f'"error_description": "{escaped}"}}'
    )
    place.server.faults.add(Fault(trouble="answer", status=status, times=10_000, body=body))
    told = [desk.type(*words) for words in (("run", "--once"), ("doctor",), ("status",), ("accounts",))]
    told += [desk.connect(provider, "--time-limit", "1")]
    assert [raw_in(each.out) | raw_in(each.err) for each in told] == [set()] * len(told)


def test_the_mail_to_oneself_hides_nothing_and_forges_no_line(desk: Desk) -> None:
    assert desk.connect("gmail", "--allow", "send").code == 0
    account = desk.world.google.account(GMAIL)
    subject = "=?utf-8?q?pay_=E2=80=AEgnp=1B[2J=0D=0AFORGED?="
    account.send(f"From: {GMAIL}\r\nTo: silas@silent.example\r\nSubject: {subject}\r\n\r\nHello\r\n".encode())
    assert desk.type("run", "--once").code == 0
    desk.wait(days=4, hours=2)
    assert desk.type("run", "--once").code == 0
    mails = [message_from_bytes(each.raw, policy=default) for each in account.messages]
    told = [each for each in mails if each["Auto-Submitted"]]
    assert told
    assert [raw_in(str(each["Subject"])) | raw_in(each.get_content().replace("\r\n", "\n")) for each in told] == [
        set()
    ] * len(told)
