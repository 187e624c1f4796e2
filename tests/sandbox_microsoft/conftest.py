"""A local Microsoft on a free port, a person who signs in by the real client, and Graph by plain requests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

import msal
import pytest
import requests
import trustme

from sandbox.clock import Clock
from sandbox.faults import Fault, Trouble
from sandbox.microsoft import Microsoft
from sandbox.post import PostOffice

ME = "ada@contoso.example"
OTHER = "bob@contoso.example"
SCOPES = ["User.Read", "Mail.ReadWrite", "Mail.Send", "MailboxSettings.ReadWrite", "Tasks.ReadWrite"]
REDIRECT = "http://localhost:43210"


class Pinned:
    """The http client MSAL is given: `verify` with each request, or the environment would win over it."""

    def __init__(self, ca_file: Path) -> None:
        self._ca_file = str(ca_file)
        self._session = requests.Session()

    def get(self, url: str, **kwargs: Any) -> requests.Response:
        return self._session.get(url, verify=self._ca_file, timeout=10, **kwargs)

    def post(self, url: str, **kwargs: Any) -> requests.Response:
        return self._session.post(url, verify=self._ca_file, timeout=10, **kwargs)

    def close(self) -> None:
        self._session.close()


class Form(HTMLParser):
    """The first form of a page: where it goes, its fields as they stand."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.action = found.get("action") or ""
        elif tag == "input" and found.get("name"):
            self.fields[str(found["name"])] = found.get("value") or ""


@dataclass
class World:
    """Everything together."""

    clock: Clock
    post: PostOffice
    microsoft: Microsoft
    ca_file: Path
    http: Pinned

    def app(self, tenant: str = "common", **kwargs: Any) -> Any:
        return msal.PublicClientApplication(
            self.microsoft.client_id,
            authority=f"{self.microsoft.server.url}/{tenant}",
            instance_discovery=False,
            http_client=self.http,
            **kwargs,
        )

    def consent(self, url: str, account: str = ME, action: str = "allow") -> dict[str, str]:
        """What the browser would bring back to the redirect address."""
        form = Form(self.http.get(url).text)
        answer = self.http.post(
            urljoin(url, form.action),
            data={**form.fields, "account": account, "action": action},
            allow_redirects=False,
        )
        if "Location" in answer.headers:
            return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
        return Form(answer.text).fields

    def sign_in(self, app: Any, account: str = ME, scopes: list[str] | None = None) -> dict[str, Any]:
        flow = app.initiate_auth_code_flow(scopes or SCOPES, redirect_uri=REDIRECT, response_mode="form_post")
        answer: dict[str, Any] = app.acquire_token_by_auth_code_flow(flow, self.consent(flow["auth_uri"], account))
        return answer

    def graph(self, account: str = ME, scopes: list[str] | None = None) -> "Graph":
        return Graph(self, self.sign_in(self.app(), account, scopes)["access_token"])

    def fault(self, trouble: Trouble, pattern: str, **kwargs: Any) -> None:
        self.microsoft.server.faults.add(Fault(trouble=trouble, pattern=pattern, **kwargs))

    def advance(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))


class Graph:
    """A client that hides nothing: each call is one request."""

    def __init__(self, world: World, token: str) -> None:
        self._world = world
        self.token = token

    def __call__(self, method: str, url: str, *, headers: dict[str, str] | None = None, **kwargs: Any) -> Any:
        address = url if url.startswith("https:") else self._world.microsoft.graph_root + url
        return requests.request(
            method,
            address,
            headers={"Authorization": f"Bearer {self.token}", **(headers or {})},
            verify=str(self._world.ca_file),
            timeout=10,
            **kwargs,
        )

    def get(self, url: str, **kwargs: Any) -> Any:
        answer = self("GET", url, **kwargs)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def draft(self, **wanted: Any) -> Any:
        body = {"subject": "Plans", "toRecipients": [{"emailAddress": {"address": OTHER}}], **wanted}
        answer = self("POST", "/me/messages", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def at(self, message_id: str) -> str:
        """The address of a message, its id quoted."""
        return f"/me/messages/{quote(message_id, safe='')}"

    def copy_in(self, folder: str) -> Any:
        """The newest message of a folder."""
        return self.get(f"/me/mailFolders/{folder}/messages")["value"][0]

    def send(self, **wanted: Any) -> Any:
        """Send mail and wait until the copy is filed and the letter has arrived; the copy as it now is."""
        draft = self.draft(**wanted)
        assert self("POST", f"{self.at(draft['id'])}/send").status_code == 202
        self._world.advance(60)
        return self.copy_in("sentitems")


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def open_world(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Starts a world for as long as a `with` lasts."""

    @contextmanager
    def opened(**kwargs: Any) -> Iterator[World]:
        ca_file = tmp_path_factory.mktemp("world") / "ca.pem"
        authority.cert_pem.write_to_path(str(ca_file))
        clock = Clock()
        post = PostOffice(clock)
        microsoft = Microsoft(post, authority, **kwargs).start()
        microsoft.add_account(ME, name="Ada Lovelace", aliases=("countess@contoso.example",))
        microsoft.add_account(OTHER, name="Bob Ross")
        http = Pinned(ca_file)
        try:
            yield World(clock=clock, post=post, microsoft=microsoft, ca_file=ca_file, http=http)
        finally:
            http.close()
            microsoft.stop()

    return opened


@pytest.fixture
def make_world(open_world: Callable[..., Any]) -> Iterator[Callable[..., World]]:
    """Starts worlds with other limits or habits; they stop with the test."""
    with ExitStack() as running:
        yield lambda **kwargs: running.enter_context(open_world(**kwargs))


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()


@pytest.fixture
def graph(world: World) -> Graph:
    return world.graph()
