"""The rules that are never traded, held against every request that a life of both mailboxes puts on the wire."""

import json
import re
import sys
from email import message_from_bytes
from io import BytesIO, TextIOWrapper

import pytest
from werkzeug.wrappers import Request

from sandbox.microsoft import mime as exchange_mime
from sandbox.world import World
from tests.heardback.conftest import GMAIL, OUTLOOK, Desk

MAIL = "From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nHello, is it done?\r\n"
PEOPLE = ("thea@birch.example", "paul@harbour.example", "george@closed.example", "silas@silent.example")
IMMUTABLE = 'IdType="ImmutableId"'

#: all that may be asked of Gmail: nothing here changes a label, a received message or a sent one
GMAIL_CALLS = {
    "GET profile",
    "GET settings/sendAs",
    "GET messages",
    "GET messages/*",
    "GET history",
    "GET threads/*",
    "GET drafts",
    "GET drafts/*",
    "PUT drafts/*",
    "POST messages/send",
    "POST drafts/send",
}
#: all that may be asked of Graph besides reading
GRAPH_CHANGES = {"POST /me/messages", "POST /me/messages/*/send", "PATCH /me/messages/*"}
#: all that may be set on a message, and only while it is a draft
SETTABLE = {"isReadReceiptRequested", "singleValueExtendedProperties"}


class Witness:
    """Sees every request and keeps what breaks a rule."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.gmail: set[str] = set()
        self.graph: set[str] = set()
        self.wrong: list[str] = []
        world.google.server.watch(self._see_google)
        world.microsoft.server.watch(self._see_microsoft)

    def _see_google(self, request: Request) -> None:
        if request.path == "/batch":
            self._see_batch(request)
        elif request.path.startswith(("/gmail/", "/upload/")):
            self._see_gmail(request.method, request.path)

    def _see_batch(self, request: Request) -> None:
        head = f"Content-Type: {request.content_type}\r\n\r\n".encode()
        for part in message_from_bytes(head + request.get_data()).get_payload():
            method, target, _ = str(part.get_payload()).split(" ", 2)  # type: ignore[union-attr]  # a part of a batch
            self._see_gmail(method, target.partition("?")[0])
            if method != "GET":
                self.wrong.append(f"a batch that changes something: {method} {target}")

    def _see_gmail(self, method: str, path: str) -> None:
        parts = path.partition("/users/me/")[2].split("/")
        if parts[0] in ("messages", "threads", "drafts") and parts[1:] not in ([], ["send"]):
            parts[1] = "*"
        self.gmail.add(f"{method} {'/'.join(parts)}")

    def _see_microsoft(self, request: Request) -> None:
        if not request.path.startswith("/v1.0"):
            return
        if IMMUTABLE not in request.headers.get("Prefer", ""):
            self.wrong.append(f"ids that change: {request.method} {request.path}")
        if request.path == "/v1.0/$batch":
            self._see_graph_batch(json.loads(request.get_data()))
        elif request.method != "GET":
            self._see_change(request)

    def _see_graph_batch(self, batch: dict[str, list[dict[str, object]]]) -> None:
        self.wrong += [f"in a batch: {each}" for each in batch["requests"] if each["method"] != "GET"]
        self.wrong += [
            f"ids that change: {each}" for each in batch["requests"] if IMMUTABLE not in str(each["headers"])
        ]

    def _see_change(self, request: Request) -> None:
        path = request.path.removeprefix("/v1.0")
        self.graph.add(f"{request.method} {re.sub(r'(?<=/me/messages/)[^/].*?(?=/send$|$)', '*', path)}")
        if request.method == "PATCH":
            self._see_patch(path.removeprefix("/me/messages/"), json.loads(request.get_data()))

    def _see_patch(self, message: str, change: dict[str, object]) -> None:
        mailbox = self.world.microsoft.account(OUTLOOK).mailbox
        assert mailbox
        if set(change) - SETTABLE or not mailbox.find(message).is_draft:
            self.wrong.append(f"a message was changed: {change}")


@pytest.fixture
def witness(desk: Desk) -> Witness:
    """Sees what the desk's commands put on the wire."""
    return Witness(desk.world)


def live(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything a person does with two mailboxes in a week."""
    for provider in ("gmail", "outlook"):
        allow = ("--allow", "send", "--allow", "drafts", "--allow", "arm")
        assert desk.connect(provider, *allow).code == 0
    for number, to in enumerate(PEOPLE):
        for provider, sender in (("gmail", GMAIL), ("outlook", OUTLOOK)):
            message = MAIL.format(sender=sender, to=to, subject=f"Mail {number}")
            monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(message.encode())))
            assert desk.type("send", "-t", "--account", provider).code == 0
    draft = MAIL.format(sender=GMAIL, to=PEOPLE[0], subject="A draft").encode()
    outlook = desk.world.microsoft.account(OUTLOOK).mailbox
    assert outlook
    desk.world.google.account(GMAIL).mailbox.add_draft(draft)
    outlook.add(
        "drafts", exchange_mime.read(draft.replace(GMAIL.encode(), OUTLOOK.encode())), is_draft=True, is_read=True
    )
    armed = outlook.add("drafts", exchange_mime.read(draft), is_draft=True, is_read=True)
    armed.head.subject, armed.categories = "For later", ("Heardback",)
    for provider in ("gmail", "outlook"):
        assert desk.type("send", "--draft", "A draft", "--account", provider).code == 0
    for _ in range(3):
        desk.wait(days=2)
        assert desk.type("run", "--once").code == 0
    assert armed.head.wants_receipt
    for account in (GMAIL, OUTLOOK):
        assert desk.type("disconnect", account, "--erase").code == 0


def test_no_request_marks_mail_read_or_changes_what_was_sent(
    desk: Desk, witness: Witness, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(desk, monkeypatch)
    assert witness.wrong == []
    assert witness.gmail <= GMAIL_CALLS
    assert witness.graph == GRAPH_CHANGES
    # what changes something was really done, so that the witness had something to see
    assert {"PUT drafts/*", "POST drafts/send", "POST messages/send", "GET messages/*"} <= witness.gmail
    received = desk.world.microsoft.account(OUTLOOK).messages("inbox")
    assert received
    assert [each for each in received if each.is_read] == []
    inbox = [each for each in desk.world.google.account(GMAIL).messages if "INBOX" in each.labels]
    assert inbox
    assert [each for each in inbox if "UNREAD" not in each.labels] == []
