"""The whole sandbox: started, steered by its control desk, visited, and stopped without a trace."""

import json
import ssl
import stat
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from sandbox.faults import Fault
from sandbox.post import Letter
from sandbox.visitor import Visitor
from sandbox.world import World
from tests.sandbox_people.conftest import original


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as world:
        yield world


def call(world: World, path: str, wishes: object = None) -> tuple[int, dict[str, Any]]:
    """One request to the control desk: GET, or POST if there are wishes."""
    body = None if wishes is None else json.dumps(wishes).encode()
    context = ssl.create_default_context(cafile=str(world.ca_file))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(urllib.request.Request(world.control.url + path, body), timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)


def test_only_the_owner_can_read_the_certificate(world: World) -> None:
    assert stat.S_IMODE(world.ca_file.stat().st_mode) == 0o600
    assert world.ca_file.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")


def test_a_client_is_told_every_endpoint(world: World) -> None:
    google, microsoft = world.google, world.microsoft
    assert world.settings() == {
        "google.api_root": google.server.url,
        "google.auth_uri": f"{google.server.url}/o/oauth2/v2/auth",
        "google.token_uri": f"{google.server.url}/token",
        "google.ca_bundle": str(world.ca_file),
        "google.client_id": google.client_id,
        "google.client_secret": google.client_secret,
        "microsoft.authority": f"{microsoft.server.url}/common",
        "microsoft.graph_root": f"{microsoft.server.url}/v1.0",
        "microsoft.ca_bundle": str(world.ca_file),
        "microsoft.client_id": microsoft.client_id,
        "clock": f"{world.control.url}/clock",
    }


def test_a_world_can_be_made_again_in_the_same_folder(tmp_path: Path) -> None:
    threads = threading.active_count()
    for _ in range(2):
        with World(tmp_path) as world:
            assert call(world, "/clock") == (200, {"now": "2026-05-04T08:00:00+00:00"})
    assert threading.active_count() == threads


def test_the_clock_is_read_and_moved(world: World) -> None:
    assert call(world, "/clock", {"advance": 90.5}) == (200, {"now": "2026-05-04T08:01:30.500000+00:00"})
    assert call(world, "/clock") == (200, {"now": "2026-05-04T08:01:30.500000+00:00"})


@pytest.mark.parametrize("server", ["google", "microsoft"])
def test_a_trouble_is_switched_on_and_off(world: World, server: str) -> None:
    wishes = {
        "server": server,
        "trouble": "answer",
        "pattern": "^GET /x",
        "status": 429,
        "headers": [["Retry-After", "7"]],
    }
    faults = {"google": world.google, "microsoft": world.microsoft}[server].server.faults
    assert call(world, "/fault", wishes) == (200, {})
    assert faults.take("GET /x?", ("answer",)) == Fault(
        trouble="answer", pattern="^GET /x", status=429, headers=(("Retry-After", "7"),)
    )
    call(world, "/fault", wishes)
    assert call(world, "/fault/clear", {}) == (200, {})
    assert faults.take("GET /x?", ("answer",)) is None


@pytest.mark.parametrize(
    ("path", "wishes", "status"),
    [
        ("/nowhere", None, 404),
        ("/clock", {"advance": "soon"}, 400),
        ("/clock", {"advance": -1}, 400),
        ("/clock", ["advance"], 400),
        ("/fault", {"server": "yahoo", "trouble": "drop"}, 400),
        ("/fault", {"server": "google", "trouble": "explode"}, 400),
        ("/fault", {"server": "google", "trouble": "drop", "colour": "red"}, 400),
        ("/grants/revoke", {"address": "nobody@nowhere.test"}, 404),
        ("/grants/revoke", {"address": "ana@ana-mail.example", "reason": "boredom"}, 400),
    ],
)
def test_the_control_desk_refuses_what_it_does_not_understand(
    world: World, path: str, wishes: object, status: int
) -> None:
    code, answer = call(world, path, wishes)
    assert (code, list(answer)) == (status, ["error"])


@pytest.mark.parametrize(
    "address", ["ana@ana-mail.example", "wu@workspace.example", "ben@ben-work.example", "bea@outlook.example"]
)
def test_the_sign_in_of_each_default_account_can_be_ended(world: World, address: str) -> None:
    assert call(world, "/grants/revoke", {"address": address, "reason": "revoked"}) == (200, {})


def test_the_cast_answers_the_default_accounts_and_unknown_neighbours_bounce(world: World) -> None:
    for number, (sender, to) in enumerate(
        [
            ("ana@ana-mail.example", "thea@birch.example"),
            ("ben@ben-work.example", "nobody@workspace.example"),
        ]
    ):
        mime = original(to, headers=f"Disposition-Notification-To: {sender}\r\n", message_id=f"<{number}@x.example>")
        world.post.send(Letter(mime=mime, sender=sender, recipients=(to,), sent_at=world.clock.now()))
    world.clock.advance(timedelta(days=1))
    assert [f"{deed.who} {deed.what}" for deed in world.cast.story()] == [
        "nobody@workspace.example has never existed; the mail came back (5.1.1)",
        "Thea Lind read it in Thunderbird and agreed to return a receipt",
    ]
    assert len(world.google.account("ana@ana-mail.example").messages) == 1
    assert len(world.microsoft.account("ben@ben-work.example").messages()) == 1


class Loopback:
    """A client that waits for its code."""

    def __init__(self) -> None:
        self.arrived: list[dict[str, list[str]]] = []
        self._server = make_server("127.0.0.1", 0, Request.application(self._page))
        self.url = f"http://localhost:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def _page(self, request: Request) -> Response:
        self.arrived.append(request.values.to_dict(flat=False))
        return Response("You may close this page.")

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    loopback = Loopback()
    yield loopback
    loopback.stop()


def _authorize(base: str, client_id: str, redirect_uri: str, scope: str) -> str:
    wishes = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": scope,
        "state": "s1",
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
    }
    return f"{base}?{urlencode(wishes)}"


@pytest.mark.parametrize(("deny", "key"), [(False, "code"), (True, "error")])
@pytest.mark.parametrize("provider", ["google", "microsoft"])
def test_the_visitor_gets_through_both_consents(
    world: World, loopback: Loopback, provider: str, *, deny: bool, key: str
) -> None:
    if provider == "google":
        scope = "https://www.googleapis.com/auth/gmail.readonly"
        url = _authorize(world.google.auth_uri, world.google.client_id, loopback.url, scope)
        account = "ana@ana-mail.example"
    else:
        authority = world.microsoft.authority
        scope = "openid profile offline_access Mail.Read"
        url = _authorize(f"{authority}/oauth2/v2.0/authorize", world.microsoft.client_id, loopback.url, scope)
        account = "ben@ben-work.example"
    visitor = Visitor(world.ca_file, account=account, deny=deny)
    visitor(url)
    visitor.join()
    assert visitor.error is None
    (arrived,) = loopback.arrived
    assert key in arrived
    assert arrived["state"] == ["s1"]
    assert parse_qs(urlsplit(visitor.pages[0].url).query)["state"] == ["s1"]
