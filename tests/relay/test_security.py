"""What an attacker tries at the relay's doors."""

import re
import socket
import struct
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from evidence.model import HitKind
from relay.tokens import Keys
from tests.relay.conftest import ANA, Desk

STRANGER = Keys([b"x" * 32])


def not_live(desk: Desk, kind: HitKind) -> dict[str, str]:
    """Tokens nobody may tell apart: made up, forged, changed, of another door, expired."""
    live = desk.seal(desk.token(kind))
    other = HitKind.VIEW if kind is not HitKind.VIEW else HitKind.PIXEL
    return {
        "made up": "abc",
        "forged": STRANGER.seal(desk.token(kind)),
        "changed": live[:-2] + ("AA" if live[-2:] != "AA" else "BB"),
        "of another door": desk.seal(desk.token(other)),
        "expired": desk.seal(desk.token(kind, expires=desk.now - timedelta(days=1))),
    }


def test_no_image_token_can_be_told_from_another(desk: Desk) -> None:
    live = desk.image(desk.token())
    answers = [desk.ask(f"/p/{text}.gif") for text in not_live(desk, HitKind.PIXEL).values()]
    desk.own("/opt-outs", "POST", {"out": [ANA]})
    answers.append(desk.image(desk.token()))
    assert [each.shape for each in answers] == [live.shape] * 6
    assert len(desk.hits()) == 1


@pytest.mark.parametrize(
    ("kind", "path", "method"),
    [
        (HitKind.VIEW, "/v/{}/copy", "GET"),
        (HitKind.VIEW, "/v/{}", "GET"),
        (HitKind.OPT_OUT, "/o/{}", "GET"),
    ],
)
def test_tokens_that_are_not_live_get_one_answer_and_leave_no_trace(
    desk: Desk, kind: HitKind, path: str, method: str
) -> None:
    before = desk.files
    answers = [desk.ask(path.format(text), method).shape for text in not_live(desk, kind).values()]
    assert answers == answers[:1] * 5
    assert desk.files == before


def test_a_forged_opt_out_gets_the_answer_of_a_true_one_and_does_nothing(desk: Desk) -> None:
    before = desk.files.keys()
    texts = {name: text for name, text in not_live(desk, HitKind.OPT_OUT).items() if name != "expired"}
    forged = [desk.ask(f"/o/{text}", "POST").shape for text in texts.values()]
    assert (desk.files.keys(), desk.hits()) == (before, [])
    assert forged == [desk.ask(f"/o/{desk.seal(desk.token(HitKind.OPT_OUT))}", "POST").shape] * 4


def test_every_image_waits_for_the_disk_once_whatever_its_token_is_worth(desk: Desk) -> None:
    """Else the time of the answer would tell which tokens are live."""
    texts = [desk.seal(desk.token()), *not_live(desk, HitKind.PIXEL).values()]
    waits = []
    for text in texts:
        before = desk.disk.asked
        desk.ask(f"/p/{text}.gif")
        waits.append(desk.disk.asked - before)
    assert waits == [1] * 6


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/",
        "//evil.example",
        "%2F%2Fevil.example",
        "https:%2F%2Fevil.example",
        "%0d%0aLocation:%20https://evil.example",
        "x?url=https://evil.example",
        "x?next=//evil.example",
    ],
)
def test_nothing_leads_to_an_address_nobody_signed(desk: Desk, text: str) -> None:
    answer = desk.ask(f"/l/{text}", Host="evil.example", X_Forwarded_Host="evil.example")
    assert (answer.status, answer.headers.get("location")) == (404, None)


@pytest.mark.parametrize("path", ["/hits/", "/healthz/", "/p", "/o/x/", "//evil.example/o/x"])
def test_a_stray_slash_is_never_answered_with_a_redirect(desk: Desk, path: str) -> None:
    answer = desk.ask(path, Host="evil.example")
    assert (answer.status, answer.headers.get("location")) == (404, None)


@pytest.mark.parametrize(
    "path",
    [
        "/p/../key.gif",
        "/p/%2e%2e%2fkey.gif",
        "/v/../../key/copy",
        "/v/%2e%2e%2f%2e%2e%2fkey/copy",
        "/v/..%5c..%5ckey/copy",
        "/p/a\x00b.gif".replace("\x00", "%00"),
        "/pages/view.html",
        "/.git/config",
    ],
)
def test_no_path_reaches_a_file(desk: Desk, path: str) -> None:
    answer = desk.ask(path)
    key = (desk.plan.folder.parent / "key").read_bytes().strip()
    assert key not in answer.body
    assert answer.status in {200, 404}
    assert answer.status == 404 or answer.headers["content-type"] == "image/gif"


@pytest.mark.parametrize("path", ["/o/{}", "/v/{}"])
def test_no_page_repeats_anything_of_the_request(desk: Desk, path: str) -> None:
    evil = "%3Cscript%3Ealert(1)%3C%2Fscript%3E"
    pages = [
        desk.ask(path.format(text), method, Referer="<script>x</script>", Cookie="a=<b>", agent="<script>y</script>")
        for text in (evil, "plain", f"plain?x={evil}")
        for method in ("GET", "POST")
    ]
    assert [page for page in pages if b"alert" in page.body or b"<script>x" in page.body or b"<b>" in page.body] == []


@pytest.mark.parametrize("path", ["/o/x", "/v/x"])
def test_pages_cannot_be_framed_and_run_only_their_own_script(desk: Desk, path: str) -> None:
    headers = desk.ask(path).headers
    policy = headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy.split("; "))
    scripts = re.findall(r"script-src ([^;]+)", policy)
    assert all(re.fullmatch(r"'sha256-[A-Za-z0-9+/=]+'", each) for each in scripts)
    assert len(scripts) == (path == "/v/x")


@pytest.mark.parametrize("path", ["/o/x", "/v/x", "/v/x/copy", "/p/x.gif", "/l/x", "/healthz", "/hits", "/nothing"])
def test_no_answer_sets_a_cookie_or_lets_other_sites_read_it(desk: Desk, path: str) -> None:
    headers = desk.ask(path, Origin="https://evil.example", Cookie="a=b").headers
    assert {
        name for name in headers if "cookie" in name or "access-control" in name or name in {"etag", "server"}
    } == set()
    assert "no-store" in headers["cache-control"]


def test_pages_load_nothing_from_elsewhere(desk: Desk) -> None:
    for path in ("/o/x", "/v/x", "/v/x/copy"):
        assert re.findall(rb"""(?:src|href|url)\s*[=(]\s*["']?https?:""", desk.ask(path).body) == []


def test_nobody_reads_hits_or_writes_anything_without_the_key(desk: Desk) -> None:
    text = desk.seal(desk.token(HitKind.VIEW))
    doors = [
        ("/hits", "GET"),
        (f"/v/{text}", "PUT"),
        (f"/v/{text}", "DELETE"),
        ("/opt-outs", "POST"),
        ("/forget", "POST"),
    ]
    keys = ["", "Bearer", "Bearer ", "Basic x", "Bearer wrong", f"bearer {desk.shared.bearer}"]
    before = desk.files
    for path, method in doors:
        statuses = {desk.ask(path, method, body=b"{}", Authorization=key).status for key in keys}
        desk.now += timedelta(minutes=1)
        assert (path, statuses) == (path, {401})
    assert desk.files == before


def test_guessing_the_key_is_slowed_and_the_owner_is_not(desk: Desk) -> None:
    guesses = [desk.ask("/hits", Authorization=f"Bearer {number}").status for number in range(25)]
    assert (guesses, desk.own("/hits").status) == ([401] * 20 + [429] * 5, 200)


def test_naming_another_client_each_time_does_not_make_more_guesses(desk: Desk) -> None:
    guesses = [
        desk.ask("/hits", Authorization=f"Bearer {number}", X_Forwarded_For=f"203.0.113.{number}").status
        for number in range(25)
    ]
    assert guesses == [401] * 20 + [429] * 5


@pytest.mark.parametrize("kind", [HitKind.PIXEL, HitKind.LINK, HitKind.VIEW, HitKind.OPT_OUT])
def test_no_token_with_a_single_changed_letter_is_good(desk: Desk, kind: HitKind) -> None:
    text = desk.seal(desk.token(kind))
    others = (
        text[:place] + letter + text[place + 1 :]
        for place in range(len(text))
        for letter in "A-z"
        if letter != text[place]
    )
    assert [each for each in others if desk.shared.tokens.open(each)] == []


@pytest.mark.parametrize("door", ["/p/{}.gif", "/l/{}", "/v/{}", "/v/{}/copy", "/o/{}", "/{}", "/hits?after={}"])
def test_no_word_of_a_request_becomes_a_header(desk: Desk, door: str) -> None:
    evil = "x%0d%0aSet-Cookie:%20a=b%0d%0aLocation:%20https://evil.example/%0d%0a%0d%0a<script>"
    for method in ("GET", "POST"):
        answer = desk.ask(
            door.format(evil), method, Host="evil.example", Referer="https://evil.example/", Origin="evil"
        )
        assert {"set-cookie", "location", "access-control-allow-origin"}.isdisjoint(answer.headers)
        assert b"evil" not in answer.body


def test_the_key_is_compared_in_constant_time() -> None:
    """The source is held to it: no clock of a busy machine could."""
    import inspect

    from relay.owner import Owner

    source = inspect.getsource(Owner._shows_key)
    assert "hmac.compare_digest" in source
    assert "==" not in source


def test_one_source_cannot_shut_out_the_others(desk: Desk) -> None:
    place = urlsplit(desk.url)
    to = (place.hostname or "", place.port or 0)
    with ExitStack() as many:
        for _ in range(2_100):
            line = many.enter_context(socket.create_connection(to, timeout=20))
            with suppress(OSError):  # it was hung up on
                line.sendall(b"GET /")
        with socket.create_connection(to, timeout=20, source_address=("127.0.0.9", 0)) as other:
            other.sendall(f"GET /p/{desk.seal(desk.token())}.gif HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            answer = other.recv(65_536)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert desk.ask("/healthz").status == 200


def test_only_a_trusted_proxy_may_name_the_client(desks: Callable[..., Desk]) -> None:
    desk = desks(own_networks=("192.0.2.0/24",))
    desk.start()
    desk.image(desk.token(), X_Forwarded_For="192.0.2.7")
    desk.stop()
    desk.trusted = ("127.0.0.1",)
    desk.start()
    desk.image(desk.token(), X_Forwarded_For="192.0.2.7, 203.0.113.9")
    desk.image(desk.token(), X_Forwarded_For="203.0.113.9, 192.0.2.7")
    desk.image(desk.token(), X_Forwarded_For="not an address")
    assert [rule for _, rule in desk.hits()] == ["browser", "browser", "own-network", "browser"]


def raw(desk: Desk, sent: bytes, *, then_close: bool = False) -> bytes:
    """What comes back for bytes as they are; empty if the relay hangs up or cuts the line."""
    place = urlsplit(desk.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=20) as line:
        try:
            line.sendall(sent)
            if then_close:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return b""
            return line.recv(65_536)
        except (ConnectionResetError, BrokenPipeError):
            return b""


HOST = b"Host: relay.example\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /p/" + b"A" * 200_000 + b".gif HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /p/x.gif HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
        b"GET /p/x.gif HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: a\r\n" % n for n in range(20_000)) + b"\r\n",
        b"A" * 300_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /p/x.gif HTTP/9.9\r\n\r\n",
        b"GET http://evil.example/p/x.gif HTTP/1.1\r\n" + HOST + b"\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"POST /v/x HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v/x HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
        b"GET /p/x.gif HTTP/1.1\r\n" + HOST + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ],
)
def test_malformed_and_oversized_requests_harm_nobody(desk: Desk, sent: bytes) -> None:
    raw(desk, sent)
    raw(desk, sent[: len(sent) // 2], then_close=True)
    assert (desk.image(desk.token()).status, len(desk.hits())) == (200, 1)


def test_a_report_is_read_no_further_than_its_longest_word(desk: Desk) -> None:
    head = b"POST /v/x HTTP/1.1\r\n" + HOST + b"Content-Length: 100000000\r\n\r\n"
    assert raw(desk, head + b"x" * 1_000).startswith(b"HTTP/1.1 204")


@pytest.mark.parametrize("door", ["/v/{}", "/o/{}"])
def test_who_hangs_up_in_the_middle_of_a_body_leaves_no_trace(
    desk: Desk, door: str, caplog: pytest.LogCaptureFixture
) -> None:
    text = desk.seal(desk.token(HitKind.VIEW))
    key = f"Authorization: Bearer {desk.shared.bearer}\r\n".encode()
    for method in (b"PUT", b"POST"):
        head = b"%b %b HTTP/1.1\r\n" % (method, door.format(text).encode()) + HOST + key + b"Content-Length: 9\r\n\r\n"
        raw(desk, head + b"vis", then_close=True)
    desk.image(token := desk.token())
    assert (desk.hits(), caplog.messages) == ([(token.id, "browser")], [])


def test_hits_played_again_are_one_hit_to_whoever_reads_them(desk: Desk) -> None:
    desk.image(desk.token())
    once, again = desk.own("/hits").json, desk.own("/hits").json
    assert once == again
    assert desk.own(f"/hits?after={once['cursor']}").json["hits"] == []
