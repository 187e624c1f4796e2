"""What only a subject leads to, on the command line: told with the mail, and nothing changes by it."""

import sys
from io import BytesIO, TextIOWrapper

import pytest

from sandbox.post import Letter
from tests.heardback.conftest import GMAIL, Desk

SILAS = "silas@silent.example"
RECEIPT = f"""\
From: {SILAS}
To: {GMAIL}
Subject: Gelesen: Offer
Message-ID: <r1@silent.example>
Date: Tue, 01 Jan 2036 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="b"

--b
Content-Type: text/plain

Gelesen.
--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822; {SILAS}
Original-Message-ID: <rewritten@gateway.example>
Disposition: manual-action/MDN-sent-manually; displayed
--b--
"""


def test_a_receipt_with_nothing_but_the_subject_is_shown_with_its_doubt_and_cancels_no_reminder(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert desk.connect("gmail", "--allow", "send").code == 0
    message = f"To: {SILAS}\r\nSubject: Offer\r\n\r\nHello\r\n"
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(message.encode())))
    item = desk.type("send", "-t", "--json").json["item"]
    desk.wait(hours=1)
    now = desk.world.clock.now()
    mime = RECEIPT.replace("Tue, 01 Jan 2036 10:00:00 +0000", f"{now:%a, %d %b %Y %H:%M:%S} +0000")
    letter = Letter(mime=mime.replace("\n", "\r\n").encode(), sender="", recipients=(GMAIL,), sent_at=now)
    desk.world.post.send(letter)
    desk.wait(minutes=5)
    assert desk.type("run", "--once").code == 0
    told = desk.type("show", item, "--json").json
    assert [(each["kind"], each["doubt"]) for each in told["hints"]] == [
        ("receipt", "no mail with this id was ever sent")
    ]
    assert (told["evidence"], [one["verdict"] for one in told["recipients"]]) == ([], ["unread"])
    assert "only the subject says so, and it counts for nothing" in desk.type("show", item).out
    reminders = desk.type("reminders", "--all", "--json").json
    assert [each["state"] for each in reminders if each["item"] == item] == ["planned"]
