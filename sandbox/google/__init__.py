"""A local Google: the consent page, the token endpoint and the Gmail API v1, on one HTTPS server.

Built from Google's discovery document and the behaviour users report, and meant to be as awkward as the real thing.
"""

from collections.abc import Iterable

import trustme
from werkzeug.wrappers import Request, Response

from sandbox.faults import Environ, Fault, Start
from sandbox.google.account import GmailAccount, Kind
from sandbox.google.api import Api, json_response
from sandbox.google.batch import Batches
from sandbox.google.consent import ConsentPages, html_page
from sandbox.google.token_endpoint import TokenEndpoint
from sandbox.google.tokens import Client, Tokens
from sandbox.post import PostOffice
from sandbox.server import Server

__all__ = ["GmailAccount", "Google"]

_FRONT = html_page(
    "Sandbox: Google",
    "<h1>A local Google</h1><p>Sign-in and Gmail API for trying Heardback out; nothing here leaves this machine.</p>",
)


class Google:
    """Accounts, their sign-in and their mailboxes. Start it, point a client at `api_root`, `auth_uri`, `token_uri`."""

    def __init__(self, post: PostOffice, authority: trustme.CA, *, port: int = 0, price_table: str = "2026") -> None:
        """Make it; it answers after `start`.

        :param authority: signs its certificate
        :param port: 0 takes a free one
        :param price_table: `2026` (6,000 units a minute) or `2025`, a project from before May 2026 (15,000)
        """
        self._post = post
        self._price_table = price_table
        self._accounts: dict[str, GmailAccount] = {}
        self.client_id = "702010401234-sandbox.apps.googleusercontent.com"
        self.client_secret = "GOCSPX-not-a-secret-in-a-sandbox"  # noqa: S105 - desktop clients have no secret to keep
        client = Client(id=self.client_id, secret=self.client_secret)
        self.tokens = Tokens(post.clock.now, post.random)
        self._token_endpoint = TokenEndpoint(client, self.tokens)
        self._consent = ConsentPages(client, self.tokens, post.clock.now, lambda: list(self._accounts))
        self._api = Api(self._accounts, self.tokens, post, self._take)
        self._batches = Batches(self._api, post)
        self.server = Server(self._serve, authority, port=port)

    @property
    def api_root(self) -> str:
        """Stands for `https://gmail.googleapis.com`; batch and upload live below it too."""
        return self.server.url

    @property
    def auth_uri(self) -> str:
        """The consent page."""
        return f"{self.server.url}/o/oauth2/v2/auth"

    @property
    def token_uri(self) -> str:
        """The token endpoint; `/revoke` lies beside it."""
        return f"{self.server.url}/token"

    @property
    def testing(self) -> bool:
        """The client's publishing status is "Testing": sign-ins last seven days."""
        return self.tokens.testing

    @testing.setter
    def testing(self, status: bool) -> None:
        self.tokens.testing = status

    def add_account(
        self, address: str, *, kind: Kind = "consumer", aliases: tuple[str, ...] = (), mail: bool = True, name: str = ""
    ) -> GmailAccount:
        """Make an account, and give its addresses a door at the post office.

        :param mail: False: a Google account without Gmail
        :param aliases: further addresses it receives at and may send from
        """
        account = GmailAccount(
            address.lower(),
            self._post,
            kind=kind,
            aliases=tuple(alias.lower() for alias in aliases),
            mail=mail,
            name=name,
            price_table=self._price_table,
        )
        self._accounts[account.address] = account
        for each in (account.address, *account.identity.aliases) if mail else ():
            self._post.register(each, account.deliver)
        return account

    def account(self, address: str) -> GmailAccount:
        """An account by its primary address.

        :raises KeyError: there is none
        """
        return self._accounts[address.lower()]

    def revoke_grants(self, address: str, *, reason: str = "revoked") -> None:
        """End every sign-in of a person.

        :param reason: `revoked`, `expired`, `password`, `session` (Workspace session control) or `deleted`
        """
        self.tokens.end_grants(address.lower(), reason)

    def start(self) -> None:
        """Begin to answer."""
        self.server.start()

    def stop(self) -> None:
        """Stop answering."""
        self.server.stop()

    def _take(self, call: str, troubles: tuple[str, ...]) -> Fault | None:
        return self.server.faults.take(call, troubles)

    def _serve(self, environ: Environ, start: Start) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start)

    def _answer(self, request: Request) -> Response:
        path = request.path
        if path.startswith(("/gmail/v1/", "/upload/gmail/v1/")):
            return self._api.respond(request)
        if path in ("/batch", "/batch/gmail/v1") and request.method == "POST":
            return self._batches.respond(request)
        if path == "/o/oauth2/v2/auth" and request.method in ("GET", "POST"):
            return self._consent.answer(request)
        if path == "/token" and request.method == "POST":
            return json_response(*self._token_endpoint.token(request))
        if path == "/revoke" and request.method == "POST":
            return json_response(*self._token_endpoint.revoke(request))
        if path == "/":
            return Response(_FRONT, mimetype="text/html")
        return Response(html_page("Error 404", "<h1>404. That’s an error.</h1>"), 404, mimetype="text/html")
