"""`inspect`: every fact of every message, from files, mboxes, folders and standard input, without an account."""

import json
import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from heardback.cli import main

SAMPLES = Path(__file__).parents[1] / "data"
DISPLAYED = SAMPLES / "receipt" / "thunderbird.eml"
BOUNCED = SAMPLES / "delivery" / "three-recipients.eml"

Inspect = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def inspect(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Inspect:
    """Types `heardback inspect --json`; gives the exit code and the documents."""

    def type_it(*files: object) -> tuple[int, list[dict[str, Any]]]:
        (tmp_path / "empty.toml").touch()
        words = ("inspect", "--json", *map(str, files), "--data", str(tmp_path / "data"))
        code = main([*words, "--config", str(tmp_path / "empty.toml")])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return type_it


def test_everything_read_from_a_receipt_is_told(inspect: Inspect) -> None:
    assert inspect(DISPLAYED) == (
        0,
        [
            {
                "file": str(DISPLAYED),
                "evidence": [
                    {
                        "kind": "receipt",
                        "disposition": "displayed",
                        "mode": "manual",
                        "action": None,
                        "status": None,
                        "recipient": "rita@reader.example",
                        "aliases": ["rita@reader.example"],
                        "sender": "rita@reader.example",
                        "program": "Thunderbird",
                        "at": "2026-03-03T10:12:00+00:00",
                        "subject": "Return Receipt (displayed) - Report",
                        "message_id": "r1@reader.example",
                        "about": "20260301.1000.q7@sender.example",
                        "original_message_id": "20260301.1000.q7@sender.example",
                        "references": ["20260301.1000.q7@sender.example"],
                        "correlation_key": None,
                        "until": None,
                        "declines": False,
                        "grade": "strong",
                        "rule": "mdn",
                        "why": "the recipient's mail program reports that the message was displayed",
                        "doubt": "",
                    }
                ],
            }
        ],
    )


def test_each_recipient_of_a_delivery_report_is_a_fact_of_its_own(inspect: Inspect) -> None:
    _, (told,) = inspect(BOUNCED)
    assert [(each["recipient"], each["action"], each["status"]) for each in told["evidence"]] == [
        ("rita@reader.example", "failed", "5.1.1"),
        ("bob@reader.example", "delayed", "4.4.1"),
        ("cleo@reader.example", "relayed", "2.0.0"),
    ]


def test_the_messages_of_an_mbox_are_numbered(inspect: Inspect, tmp_path: Path) -> None:
    mbox = tmp_path / "receipts.mbox"
    line = b"From rita@reader.example Tue Mar  3 10:12:00 2026\n"
    mbox.write_bytes(b"\n".join(line + each.read_bytes() for each in (DISPLAYED, BOUNCED)))
    code, told = inspect(mbox)
    assert (code, [(each["message"], len(each["evidence"])) for each in told]) == (0, [(1, 1), (2, 3)])


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_an_mbox_of_one_message_is_that_message(inspect: Inspect, tmp_path: Path, ends: bytes) -> None:
    mbox = tmp_path / "one"
    text = b"From rita@reader.example Tue Mar  3 10:12:00 2026\n" + DISPLAYED.read_bytes() + b"\n\nFrom 12:30 on\n"
    mbox.write_bytes(text.replace(b"\r\n", b"\n").replace(b"\n", ends))
    (told,) = inspect(mbox)[1]
    assert (sorted(told), told["evidence"][0]["kind"]) == (["evidence", "file"], "receipt")


def test_a_folder_is_read_with_the_folders_in_it(inspect: Inspect, tmp_path: Path) -> None:
    for place in ("Maildir/cur/1:2,S", "Maildir/new/2", "Maildir/.hidden", "Maildir/none"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(b"" if place.endswith("none") else DISPLAYED.read_bytes())
    code, told = inspect(tmp_path / "Maildir")
    assert code == 1
    assert [(Path(each["file"]).name, "error" in each) for each in told] == [
        ("1:2,S", False),
        ("2", False),
        ("none", True),
    ]


def test_mail_from_apples_folders_is_read(inspect: Inspect, tmp_path: Path) -> None:
    mail = DISPLAYED.read_bytes()
    file = tmp_path / "1.emlx"
    file.write_bytes(f"{len(mail)}\n".encode() + mail + b'<?xml version="1.0"?><plist/>')
    assert inspect(file)[1][0]["evidence"] == inspect(DISPLAYED)[1][0]["evidence"]


def test_an_outlook_item_is_named_for_what_it_is(inspect: Inspect, tmp_path: Path) -> None:
    file = tmp_path / "read.msg"
    file.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504))
    code, (told,) = inspect(file)
    assert (code, "save it as .eml" in told["error"]) == (1, True)


def test_standard_input_is_read(inspect: Inspect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(DISPLAYED.read_bytes())))
    code, (told,) = inspect("-")
    assert (code, told["file"], told["evidence"][0]["kind"]) == (0, "-", "receipt")
