"""A mail, the follow-up that `draft` leaves about it, and the answer to that: at both providers, over the wire."""

from email.utils import format_datetime

import pytest

from sandbox.post import Letter
from tests.heardback.conftest import GMAIL, OUTLOOK, Desk

SILAS = "silas@silent.example"


def answer(desk: Desk, to: str, *message_ids: str) -> None:
    """The reader answers the last of these messages in their own mail program, which names them all."""
    now = desk.world.clock.now()
    lines = (
        f"From: {SILAS}",
        f"To: {to}",
        "Subject: Re: Offer",
        f"Date: {format_datetime(now)}",
        "Message-ID: <answer@silent.example>",
        f"In-Reply-To: <{message_ids[-1]}>",
        f"References: {' '.join(f'<{each}>' for each in message_ids)}",
        "",
        "Yes, fine.",
        "",
    )
    letter = Letter(mime="\r\n".join(lines).encode(), sender=SILAS, recipients=(to,), sent_at=now)
    desk.world.post.send(letter)


def fired(desk: Desk) -> list[str]:
    found = desk.type("run", "--once", "--json").json["outcomes"]
    return [each["reminder"]["id"] for each in found if each["what"] == "fired"]


@pytest.mark.parametrize(
    ("provider", "me", "allow"),
    [("gmail", GMAIL, ("send", "drafts")), ("outlook", OUTLOOK, ("send", "drafts"))],
    ids=["gmail", "outlook"],
)
def test_no_reminder_of_a_mail_comes_after_its_follow_up_was_answered(
    desk: Desk, provider: str, me: str, allow: tuple[str, ...]
) -> None:
    desk.connect(provider, *(word for each in allow for word in ("--allow", each)))
    mail = desk.folder / "mail.eml"
    mail.write_bytes(f"From: {me}\nTo: {SILAS}\nSubject: Offer\n\nHello?\n".encode())
    item = desk.type("send", "--file", str(mail), "--json").json["item"]
    desk.wait(days=3, hours=2)
    assert fired(desk) == [f"{item}-1"]
    assert desk.type("draft", item).code == 0
    again = desk.type("send", "--draft", "Re: Offer", "--json").json["item"]
    desk.wait(days=1)
    answer(desk, me, *(desk.type("show", each, "--json").json["message_id"] for each in (item, again)))
    desk.wait(minutes=1)
    assert fired(desk) == []
    assert [each["verdict"] for each in desk.type("sent", "--json").json] == ["answered", "answered"]
    assert "answered later in the thread" in desk.type("show", item).out
    assert "nobody is left to write to again" in desk.type("draft", item).err
    desk.wait(days=9)
    assert fired(desk) == []
