"""A local Google on a free port, and the real client libraries to talk to it.

Every answer the clients get is held against the discovery document that comes with google-api-python-client.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import google_auth_httplib2
import httplib2
import pytest
import requests
import trustme
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from sandbox.clock import Clock
from sandbox.google import Google
from sandbox.post import PostOffice

ANN = "ann@gmail.com"
BOB = "bob@gmail.com"
HOME = "http://localhost:8765/"
FULL = "https://mail.google.com/"

Json = dict[str, Any]


def scope(name: str) -> str:
    """`readonly` as a Gmail scope."""
    return f"https://www.googleapis.com/auth/gmail.{name}"


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def post(clock: Clock) -> PostOffice:
    return PostOffice(clock)


@pytest.fixture
def google(post: PostOffice, authority: trustme.CA) -> Iterator[Google]:
    google = Google(post, authority)
    google.add_account(ANN, name="Ann", aliases=("ann@example.org",))
    google.add_account(BOB, name="Bob")
    google.start()
    yield google
    google.stop()


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.boxes: list[str] = []
        self.accounts: list[str] = []
        self._in_option = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "form":
            self.action = named["action"] or ""
        if tag == "input" and named.get("type") == "checkbox" and "checked" in named:
            self.boxes.append(named["value"] or "")
        self._in_option = tag == "option"

    def handle_data(self, data: str) -> None:
        if self._in_option:
            self.accounts.append(data)
            self._in_option = False


class Person:
    """Someone in front of the consent page."""

    def __init__(self, google: Google, ca_file: str) -> None:
        self.google = google
        self.ca_file = ca_file

    def open(self, url: str) -> _Form:
        """The form on the page."""
        page = requests.get(url, verify=self.ca_file, timeout=10)
        assert page.status_code == 200, page.text
        form = _Form()
        form.feed(page.text)
        return form

    def decide(
        self, url: str, *, account: str = ANN, untick: tuple[str, ...] = (), action: str = "allow"
    ) -> dict[str, str]:
        """What the browser is sent back to the application with."""
        form = self.open(url)
        answer = requests.post(
            urljoin(url, form.action),
            data={"account": account, "scope": [box for box in form.boxes if box not in untick], "action": action},
            allow_redirects=False,
            verify=self.ca_file,
            timeout=10,
        )
        assert answer.status_code == 302, answer.text
        location = answer.headers["Location"]
        assert location.startswith(HOME)
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    def flow(self, *scopes: str, **more: Any) -> Flow:
        """The real client's flow, pointed at the sandbox."""
        installed = {
            "client_id": self.google.client_id,
            "client_secret": self.google.client_secret,
            "auth_uri": self.google.auth_uri,
            "token_uri": self.google.token_uri,
            **more,
        }
        return Flow.from_client_config(
            {"installed": installed}, scopes=list(scopes), redirect_uri=HOME, autogenerate_code_verifier=True
        )

    def sign_in(self, *scopes: str, account: str = ANN) -> Credentials:
        """Go through the whole sign-in with the real client."""
        flow = self.flow(*scopes)
        url, state = flow.authorization_url(access_type="offline", prompt="consent")
        back = self.decide(url, account=account)
        assert back["state"] == state
        flow.fetch_token(code=back["code"], verify=self.ca_file)
        flow.oauth2session.close()
        credentials: Credentials = flow.credentials
        return credentials


@pytest.fixture
def person(google: Google, ca_file: str) -> Person:
    return Person(google, ca_file)


@pytest.fixture(scope="session")
def document() -> Json:
    """The discovery document that comes with the client library."""
    text = files("googleapiclient").joinpath("discovery_cache/documents/gmail.v1.json").read_text("utf-8")
    found: Json = json.loads(text)
    return found


class Checked:
    """The real Gmail client; `run` executes a request and holds its answer against the discovery document."""

    def __init__(self, document: Json, api_root: str, credentials: Credentials, ca_file: str) -> None:
        self.document = document
        #: the first access token
        self.token = str(credentials.token)
        http = httplib2.Http(ca_certs=ca_file)
        # as googleapiclient.http.build_http does it: 308 asks for the next piece of an upload
        http.redirect_codes = http.redirect_codes - {308}
        self.service = build_from_document(
            {**document, "rootUrl": f"{api_root}/"},
            http=google_auth_httplib2.AuthorizedHttp(credentials, http=http),
        )
        users = self.service.users()
        self.users = users
        self.messages = users.messages()
        self.threads = users.threads()
        self.drafts = users.drafts()
        self.history = users.history()
        self.labels = users.labels()
        self.send_as = users.settings().sendAs()

    def run(self, request: Any) -> Json:
        """Execute and check."""
        answer = request.execute()
        check_answer(self.document, request.methodId, answer)
        return answer or {}

    def refused(self, request: Any) -> tuple[int, str, str]:
        """Status, reason code and message of a request that must fail."""
        with pytest.raises(HttpError) as caught:
            request.execute()
        return refusal(caught.value)

    def send(self, mime: bytes, **more: Any) -> Json:
        """messages.send."""
        return self.run(self.messages.send(userId="me", body={"raw": encode(mime), **more}))

    def raw(self, message: str) -> bytes:
        """The bytes of a message."""
        found = self.run(self.messages.get(userId="me", id=message, format="raw"))
        return urlsafe_b64decode(found["raw"])

    def headers(self, message: str) -> dict[str, str]:
        """The headers of a message by name."""
        found = self.run(self.messages.get(userId="me", id=message, format="metadata"))
        return {each["name"]: each["value"] for each in found["payload"].get("headers", [])}

    def ids(self, **parameters: Any) -> list[str]:
        """The ids messages.list answers."""
        found = self.run(self.messages.list(userId="me", **parameters))
        return [each["id"] for each in found.get("messages", [])]

    def history_id(self) -> str:
        """Where the mailbox stands."""
        return str(self.run(self.users.getProfile(userId="me"))["historyId"])

    def changes(self, since: str, **more: Any) -> list[tuple[str, str]]:
        """Kind and message of each change."""
        found = self.run(self.history.list(userId="me", startHistoryId=since, **more))
        return [
            (kind, change["message"]["id"])
            for record in found.get("history", [])
            for kind, changes in record.items()
            if kind not in ("id", "messages")
            for change in changes
        ]


@pytest.fixture
def sign_in(google: Google, person: Person, document: Json, ca_file: str) -> Iterator[Callable[..., Checked]]:
    """Signs a person in with scopes, and gives the client."""
    clients: list[Checked] = []

    def sign_in(*scopes: str, account: str = ANN) -> Checked:
        client = Checked(document, google.api_root, person.sign_in(*(scopes or (FULL,)), account=account), ca_file)
        clients.append(client)
        return client

    yield sign_in
    for client in clients:
        client.service.close()


@pytest.fixture
def ann(sign_in: Callable[..., Checked]) -> Checked:
    return sign_in()


@pytest.fixture
def bob(sign_in: Callable[..., Checked]) -> Checked:
    return sign_in(account=BOB)


def letter(text: str = "Hello", **headers: str) -> bytes:
    """A small message; `In_Reply_To="…"` sets In-Reply-To."""
    fields = {"From": f"Ann <{ANN}>", "To": BOB, "Subject": "Lunch", **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value]
    return "\r\n".join([*lines, "", text, ""]).encode()


def encode(mime: bytes) -> str:
    """base64url, as `raw` wants it."""
    return urlsafe_b64encode(mime).decode()


def refusal(error: HttpError) -> tuple[int, str, str]:
    """Status, reason code and message."""
    body = json.loads(error.content)["error"]
    assert body["code"] == error.status_code
    return error.status_code, body["errors"][0]["reason"], body["message"]


def find_method(document: Json, method: str) -> Json:
    """A method of the discovery document by its id."""
    place = document
    *rooms, name = method.split(".")[1:]
    for room in rooms:
        place = place["resources"][room]
    found: Json = place["methods"][name]
    return found


def check_answer(document: Json, method: str, answer: Any) -> None:
    """Every key is in the schema of the method's response, and every value of its type."""
    response = find_method(document, method).get("response")
    if response is None:
        assert answer in (None, "", b""), f"{method} answers nothing, but got {answer!r}"
        return
    _check(document, response, answer, method)


_TYPES = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}


def _check(document: Json, schema: Json, value: Any, where: str) -> None:
    if "$ref" in schema:
        schema = document["schemas"][schema["$ref"]]
    kind = type(value)  # a bool is no integer
    assert kind is _TYPES[schema["type"]], f"{where}: {value!r} is no {schema['type']}"
    for name, inner in value.items() if schema["type"] == "object" else ():
        assert name in schema["properties"], f"{where}: no such field: {name}"
        _check(document, schema["properties"][name], inner, f"{where}.{name}")
    for place, inner in enumerate(value if schema["type"] == "array" else ()):
        _check(document, schema["items"], inner, f"{where}[{place}]")
    assert value != [], f"{where}: an empty list is left out"
    if schema.get("format") in ("int64", "uint64"):
        int(value)
    assert "enum" not in schema or value in schema["enum"], where
