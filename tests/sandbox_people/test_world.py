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
    return fetch(world, world.control.url + path, None if wishes is None else json.dumps(wishes))


def fetch(world: World, url: str, body: str | None) -> tuple[int, dict[str, Any]]:
    """One request that gives JSON."""
    context = ssl.create_default_context(cafile=str(world.ca_file))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    request = urllib.request.Request(url, body.encode() if body is not None else None)
    try:
        with opener.open(request, timeout=10) as answer:
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
    before = set(threading.enumerate())
    for _ in range(2):
        with World(tmp_path) as world:
            assert call(world, "/clock") == (200, {"now": "2026-05-04T08:00:00+00:00"})
    assert set(threading.enumerate()) <= before


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
    faults = (world.google.server if server == "google" else world.microsoft.server).faults
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


#: RFC 7636 appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


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
        "code_challenge": CHALLENGE,
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


def test_a_sign_in_ended_at_the_control_desk_is_gone(world: World, loopback: Loopback) -> None:
    scope = "https://www.googleapis.com/auth/gmail.readonly"
    url = _authorize(world.google.auth_uri, world.google.client_id, loopback.url, scope) + "&access_type=offline"
    visitor = Visitor(world.ca_file, account="ana@ana-mail.example")
    visitor(url)
    visitor.join()
    client = {"client_id": world.google.client_id, "client_secret": world.google.client_secret}
    exchange = {
        "grant_type": "authorization_code",
        "code": loopback.arrived[0]["code"][0],
        "redirect_uri": loopback.url,
        "code_verifier": VERIFIER,
    }
    status, tokens = fetch(world, world.google.token_uri, urlencode(client | exchange))
    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    ana = {"address": "ana@ana-mail.example"}
    assert status == 200
    assert fetch(world, world.google.token_uri, urlencode(client | refresh))[0] == 200
    assert call(world, "/grants/revoke", ana | {"reason": "boredom"})[0] == 400
    assert call(world, "/grants/revoke", ana)[0] == 200
    assert fetch(world, world.google.token_uri, urlencode(client | refresh))[1]["error"] == "invalid_grant"


def test_the_visitor_enters_a_device_code(world: World) -> None:
    endpoint = f"{world.microsoft.authority}/oauth2/v2.0"
    wishes = {"client_id": world.microsoft.client_id, "scope": "offline_access https://graph.microsoft.com/Mail.Read"}
    _, device = fetch(world, f"{endpoint}/devicecode", urlencode(wishes))
    visitor = Visitor(world.ca_file, account="bea@outlook.example")
    visitor.enter_code(device["verification_uri"], device["user_code"])
    poll = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "client_id": world.microsoft.client_id,
        "device_code": device["device_code"],
    }
    status, tokens = fetch(world, f"{endpoint}/token", urlencode(poll))
    assert (status, visitor.error, sorted(tokens.keys() & {"access_token", "refresh_token"})) == (
        200,
        None,
        ["access_token", "refresh_token"],
    )


def _played(folder: Path, seed: int) -> tuple[list[bytes], list[str]]:
    with World(folder, seed=seed) as world:
        asks = "Disposition-Notification-To: ana@ana-mail.example\r\n"
        to = "thea@birch.example, clara@ben-work.example, eve@rogue.example, nobody@closed.example"
        world.google.account("ana@ana-mail.example").send(original(to, headers=asks))
        world.clock.advance(timedelta(days=3))
        inbox = [message.raw for message in world.google.account("ana@ana-mail.example").messages]
        return inbox, [str(deed) for deed in world.cast.story()]


def test_a_world_repeats_itself_from_the_same_seed(tmp_path: Path) -> None:
    first = _played(tmp_path, 1)
    assert len(first[0]) == 5
    assert _played(tmp_path, 1) == first
    assert _played(tmp_path, 2) != first
