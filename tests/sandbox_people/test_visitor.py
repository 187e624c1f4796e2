"""The visitor against pages of a real server, up to a loopback redirect that a real client listens at."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from werkzeug.serving import make_server
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox.server import Server
from sandbox.visitor import LostVisitor, Visitor

NEXT = '<button name="action" value="next">Next</button></form>'
CHOOSE = f"""<form method="post" action="/consent?step=2"><input type="hidden" name="ticket" value="t&amp;1">
<select name="account"><option value="ana@x.example">Ana (ana@x.example)</option><option>bob@x.example</option></select>
{NEXT}"""
CONSENT = """<form method="get" action="/search"><input name="q"></form>
<form method="post"><input type="hidden" name="ticket" value="t&amp;1"/>
<label><input type="checkbox" name="scope" value="https://x.example/auth/mail.read" checked> Read</label>
<label><input type="checkbox" name="scope" value="https://x.example/auth/mail.send" checked> Send</label>
<label><input type="checkbox" name="scope" value="newsletter"> News</label>
<button name="action" value="deny">Cancel</button><button name="action" value="allow">Allow</button></form>"""
CODE = f'<form method="post" action="/consent?step=2"><input type="text" name="user_code">{NEXT}'


class Desk:
    """Consent pages, and the client they send the visitor back to."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.ca_file = folder / "ca.pem"
        self.ca_file.write_bytes(authority.cert_pem.bytes())
        self.posted: list[dict[str, list[str]]] = []
        self.arrived: list[str] = []
        self.server = Server(Request.application(self._pages), authority).start()
        self._client = make_server("127.0.0.1", 0, Request.application(self._client_page))
        self._thread = threading.Thread(target=self._client.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self) -> None:
        self._client.shutdown()
        self._thread.join()
        self._client.server_close()
        self.server.stop()

    def _pages(self, request: Request) -> Response:
        if request.method == "POST":
            self.posted.append({name: request.form.getlist(name) for name in request.form})
            if request.args.get("step") == "2":
                return redirect("/consent", 303)
            if request.path == "/loop":
                return Response(CONSENT, mimetype="text/html")
            code = 302 if request.form.get("action") == "allow" else 303
            return redirect(f"http://127.0.0.1:{self._client.server_port}/?code={request.form.get('action')}", code)
        pages = {"/": CHOOSE, "/consent": CONSENT, "/loop": CONSENT, "/device": CODE}
        if request.path == "/round":
            return redirect("/round")
        if request.path == "/ftp":
            return redirect("file:///etc/hostname")
        return Response(pages.get(request.path, "no such page"), 200 if request.path in pages else 404)

    def _client_page(self, request: Request) -> Response:
        self.arrived.append(request.full_path)
        return Response("<p>You may close this page.</p>")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.stop()


def visit(desk: Desk, path: str = "/", account: str = "ana@x.example", **wishes: object) -> Visitor:
    visitor = Visitor(desk.ca_file, account=account, **wishes)  # type: ignore[arg-type]  # each test hands in its own
    visitor(desk.server.url + path)
    visitor.join()
    return visitor


def test_the_visitor_chooses_allows_and_ends_at_the_loopback_redirect(desk: Desk) -> None:
    visitor = visit(desk)
    assert (visitor.error, desk.arrived, desk.posted, visitor.pages[-1].text) == (
        None,
        ["/?code=allow"],
        [
            {"ticket": ["t&1"], "account": ["ana@x.example"], "action": ["next"]},
            {
                "ticket": ["t&1"],
                "scope": ["https://x.example/auth/mail.read", "https://x.example/auth/mail.send"],
                "action": ["allow"],
            },
        ],
        "<p>You may close this page.</p>",
    )


def test_an_option_without_a_value_can_be_chosen(desk: Desk) -> None:
    visit(desk, account="bob@x.example")
    assert desk.posted[0]["account"] == ["bob@x.example"]


def test_an_unticked_scope_is_left_out(desk: Desk) -> None:
    visit(desk, untick=("mail.send",))
    assert desk.posted[1]["scope"] == ["https://x.example/auth/mail.read"]


def test_a_visitor_who_denies_presses_the_other_button(desk: Desk) -> None:
    visitor = visit(desk, "/consent", deny=True)
    assert (visitor.error, desk.arrived) == (None, ["/?code=deny"])


def test_a_visitor_who_leaves_sends_nothing(desk: Desk) -> None:
    visitor = visit(desk, leave=True)
    assert (visitor.error, desk.posted, desk.arrived, len(visitor.pages)) == (None, [], [], 1)


def test_a_device_code_is_typed_before_the_rest(desk: Desk) -> None:
    Visitor(desk.ca_file, account="ana@x.example").enter_code(desk.server.url + "/device", "ABCD-1234")
    assert (desk.posted[0], desk.arrived) == ({"user_code": ["ABCD-1234"], "action": ["next"]}, ["/?code=allow"])


@pytest.mark.parametrize(
    ("path", "account", "complaint"),
    [
        ("/", "eve@x.example", "eve@x.example is not among the accounts: ana@x.example, bob@x.example"),
        ("/nowhere", "ana@x.example", "/nowhere answered 404: no such page"),
        ("/round", "ana@x.example", "/round redirects again and again"),
        ("/loop", "ana@x.example", "/loop asks again and again"),
        ("/ftp", "ana@x.example", "a browser does not open file:///etc/hostname"),
    ],
)
def test_what_goes_wrong_is_kept(desk: Desk, path: str, account: str, complaint: str) -> None:
    error = visit(desk, path, account).error
    assert isinstance(error, LostVisitor)
    assert complaint in str(error)


def test_a_code_that_cannot_be_entered_raises(desk: Desk) -> None:
    with pytest.raises(LostVisitor, match="404"):
        Visitor(desk.ca_file, account="ana@x.example").enter_code(desk.server.url + "/nowhere", "ABCD")


def test_a_server_that_is_not_there_is_kept_as_the_error(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    visitor = Visitor(desk.ca_file, account="ana@x.example")
    visitor(f"https://localhost:{port}/")
    visitor.join()
    assert isinstance(visitor.error, OSError)


def test_a_certificate_of_another_authority_is_refused(desk: Desk, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(trustme.CA().cert_pem.bytes())
    visitor = Visitor(other, account="ana@x.example")
    visitor(desk.server.url)
    visitor.join()
    assert "CERTIFICATE_VERIFY_FAILED" in str(visitor.error)
