"""Bad input gets a clear message and an exit code, and nothing is lost."""

import json
import sqlite3
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from tests.heardback.conftest import GMAIL, OUTLOOK, Desk


@pytest.fixture
def connected(desk: Desk) -> Desk:
    """Both mailboxes connected and read once, with one sent mail each."""
    for provider in ("gmail", "outlook"):
        assert desk.connect(provider, "--allow", "send").code == 0
    mime = "From: {}\r\nTo: paul@harbour.example\r\nSubject: Before\r\n\r\nHello\r\n"
    desk.world.google.account(GMAIL).send(mime.format(GMAIL).encode())
    desk.wait(minutes=5)
    assert desk.type("run", "--once").code == 0
    return desk


def history(desk: Desk) -> object:
    return desk.type("sent", "--json").json


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("not json", "no JSON"),
        ('{"web": {"client_id": "x"}}', "Desktop"),
        ("{}", "client"),
    ],
)
def test_a_wrong_client_file_is_named_and_explained(desk: Desk, tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "client.json"
    file.write_text(text, "utf-8")
    done = desk.type("connect", "gmail", "--client-file", str(file))
    assert (done.code, str(file) in done.err, told in done.err) == (1, True, True), done.err


def test_a_missing_client_file_is_named(desk: Desk, tmp_path: Path) -> None:
    done = desk.type("connect", "gmail", "--client-file", str(tmp_path / "none.json"))
    assert (done.code, "none.json" in done.err) == (1, True), done.err


@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_denied_consent_is_said_and_connects_nothing(desk: Desk, provider: str) -> None:
    done = desk.connect(provider, deny=True)
    assert (done.code, desk.type("accounts", "--json").json) == (1, []), done.err
    assert "agree" in done.err


@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_a_person_who_leaves_the_consent_page_is_not_waited_for_beyond_the_limit(desk: Desk, provider: str) -> None:
    done = desk.connect(provider, "--time-limit", "1", leave=True)
    assert (done.code, "again" in done.err) == (1, True), done.err


def test_an_unticked_scope_is_told_by_what_will_not_work(desk: Desk) -> None:
    done = desk.connect("gmail", "--allow", "send", "--json", untick=("gmail.send",))
    assert done.code == 0, done.err
    assert done.json["features"] == ["read"]
    assert any("cannot ask for read receipts" in line for line in done.json["missing"])


@pytest.mark.parametrize(("provider", "other"), [("gmail", "wu@workspace.example"), ("outlook", "bea@outlook.example")])
def test_a_second_mailbox_is_never_given_what_the_first_may_do(desk: Desk, provider: str, other: str) -> None:
    desk.connect(provider, "--allow", "send")
    done = desk.connect(provider, account=other)
    assert (done.code, f"--address {other}" in done.err) == (2, True), done.err
    (first,) = desk.type("accounts", "--json").json
    assert desk.connect(provider, "--address", other, account=other).code == 0
    features = {each["address"]: each["features"] for each in desk.type("accounts", "--json").json}
    assert features == {first["address"]: ["read", "send"], other: ["read"]}


def test_connecting_again_keeps_what_was_allowed(desk: Desk) -> None:
    desk.connect("gmail", "--allow", "send")
    assert desk.connect("gmail", "--json").json["features"] == ["read", "send"]


def test_an_export_replaces_no_file_unless_told_to(desk: Desk, tmp_path: Path) -> None:
    desk.connect("gmail")
    file = tmp_path / "mine.json"
    file.write_text("mine", "utf-8")
    for words in (("export", str(file)), ("export", "--person", "paul@harbour.example", str(file))):
        done = desk.type(*words)
        assert (done.code, "--force" in done.err, file.read_text("utf-8")) == (1, True, "mine"), done.err
    assert desk.type("export", str(file), "--force").code == 0
    assert json.loads(file.read_text("utf-8"))["accounts"]


def test_unticking_the_reading_scope_connects_nothing_and_says_why(desk: Desk) -> None:
    for allow in ((), ("--allow", "send")):
        done = desk.connect("gmail", *allow, untick=("gmail.readonly",))
        assert (done.code, desk.type("accounts", "--json").json) == (1, []), done.err
        told = " ".join(done.err.split())
        assert ("ticked" in told, "nothing can be followed" in told) == (True, True), told


@pytest.mark.parametrize(("provider", "account"), [("gmail", GMAIL), ("outlook", OUTLOOK)])
@pytest.mark.parametrize("reason", ["revoked", "expired", "password"])
def test_a_grant_that_is_gone_parks_the_account_and_keeps_its_history(
    connected: Desk, provider: str, account: str, reason: str
) -> None:
    before = history(connected)
    place = connected.world.google if provider == "gmail" else connected.world.microsoft
    place.revoke_grants(account, reason=reason)
    connected.wait(hours=2)
    done = connected.type("run", "--once")
    assert done.code == 1
    assert f"heardback connect {provider}" in " ".join(done.out.split())
    states = {each["provider"]: each["state"] for each in connected.type("accounts", "--json").json}
    other = "outlook" if provider == "gmail" else "gmail"
    assert states == {provider: "parked", other: "connected"}
    assert history(connected) == before
    assert connected.connect(provider).code == 0
    assert connected.type("run", "--once").code == 0
    assert connected.type("status").code == 0


@pytest.mark.parametrize("provider", ["gmail", "outlook"])
def test_a_sign_in_in_use_is_never_said_to_end_and_an_unused_one_is(desk: Desk, provider: str) -> None:
    connected = desk.connect(provider)
    assert (connected.code, "connect again before" in connected.out) == (0, False), connected.out
    for _ in range(3):
        desk.wait(days=60)
        assert desk.type("run", "--once").code == 0
    (account,) = desk.type("accounts", "--json").json
    assert "lasts as long as it is used" in account["grant"]
    desk.wait(days=200)
    (account,) = desk.type("accounts", "--json").json
    assert "should have ended by now" in account["grant"]


def test_an_account_without_a_mail_service_is_told_so(desk: Desk) -> None:
    desk.world.google.add_account("nomail@workspace.example", kind="workspace", mail=False)
    desk.world.microsoft.add_account("nomail@ben-work.example", mail=False)
    for provider, account in (("gmail", "nomail@workspace.example"), ("outlook", "nomail@ben-work.example")):
        done = desk.connect(provider, account=account)
        assert (done.code, "mail" in done.err) == (1, True), done.err
    assert desk.type("accounts", "--json").json == []


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"just words and no header"])
def test_malformed_mail_is_refused_before_it_leaves(
    connected: Desk, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(content)))
    before = len(connected.world.google.account(GMAIL).messages)
    done = connected.type("send", "-t", "--account", "gmail")
    assert (done.code in (1, 2), len(connected.world.google.account(GMAIL).messages)) == (True, before), done.err


def test_inspect_says_which_file_is_no_mail_and_reads_the_others(desk: Desk, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.eml", tmp_path / "good.eml"
    bad.write_bytes(b"")
    good.write_bytes(b"From: a@b.example\r\nSubject: hi\r\n\r\nhi\r\n")
    done = desk.type("inspect", "--json", str(bad), str(good), str(tmp_path / "none.eml"))
    first, second, third = (json.loads(line) for line in done.out.splitlines())
    assert (done.code, "error" in first, second, "error" in third) == (
        1,
        True,
        {"file": str(good), "evidence": []},
        True,
    )


@pytest.mark.parametrize(
    "words",
    [
        ("show", "ffffffff"),
        ("done", "ffffffff-1"),
        ("snooze", "ffffffff-1", "2d"),
        ("unread", "--account", "nobody@example.com"),
        ("disconnect", "nobody@example.com", "--keep"),
        ("unread", "--older-than", "soon"),
        ("unread", "--no-such-flag"),
        ("fly",),
        ("unread", "--set", "windw_days=3"),
        ("unread", "--set", "window_days"),
        ("web", "--no-browser", "--set", "web.port=65536"),
        ("web", "--no-browser", "--set", "web.port=-1"),
        ("calendar", "--address", "--set", "web.port=99999999"),
    ],
)
def test_an_unknown_thing_or_a_wrong_flag_ends_with_2_and_a_sentence(desk: Desk, words: tuple[str, ...]) -> None:
    done = desk.type(*words)
    assert (done.code, done.out, bool(done.err.strip()), "Traceback" in done.err) == (2, "", True, False)


def test_a_ledger_from_a_newer_version_is_left_alone(connected: Desk) -> None:
    ledger = connected.folder / "ledger.db"
    with sqlite3.connect(ledger) as database:
        database.execute("PRAGMA user_version = 9999")
    database.close()
    before = ledger.read_bytes()
    done = connected.type("unread")
    assert (done.code, "Update Heardback" in done.err, ledger.read_bytes() == before) == (1, True, True), done.err


def test_a_ledger_that_is_no_database_is_named_and_kept(desk: Desk) -> None:
    ledger = desk.folder / "ledger.db"
    ledger.parent.mkdir(parents=True)
    ledger.write_bytes(b"this is not a database, but a shopping list" * 100)
    done = desk.type("unread")
    assert (done.code, str(ledger) in done.err, ledger.read_bytes()[:4]) == (1, True, b"this"), done.err
