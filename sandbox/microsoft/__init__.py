"""The local Microsoft: login, Graph v1.0 and Exchange, on one HTTPS server.

Written from what is known of the real one, and as awkward. What the documentation leaves open is an argument.
"""

import random
from collections.abc import Iterable

import trustme
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from sandbox.faults import Environ, Start
from sandbox.microsoft.account import ExchangeAccount, Kind
from sandbox.microsoft.directory import Directory
from sandbox.microsoft.graph import VERSION, Graph
from sandbox.microsoft.login import Login
from sandbox.microsoft.mailbox import Mailbox
from sandbox.microsoft.quota import Limits, Quota
from sandbox.microsoft.tokens import Tokens
from sandbox.microsoft.transport import Naming, Transport
from sandbox.post import Letter, PostOffice
from sandbox.server import Server

__all__ = ["ExchangeAccount", "Limits", "Microsoft"]


class Microsoft:
    """One server with everything on it. Start it, add accounts, point a client at it."""

    def __init__(
        self,
        post: PostOffice,
        authority: trustme.CA,
        *,
        port: int = 0,
        limits: Limits | None = None,
        drafts_keep_id: bool = False,
    ) -> None:
        """Make one, not yet answering.

        :param post: where its mail goes out and comes in
        :param authority: signs its certificate
        :param limits: of each mailbox; those of the real one unless given
        :param drafts_keep_id: an immutable id survives the sending of a draft; the documentation says both
        """
        self.client_id = "11111111-2222-4333-8444-555555555555"
        self._post = post
        self._limits = limits or Limits()
        self._accounts: dict[str, ExchangeAccount] = {}
        # Chance of its own: how often clients ask must not change what the correspondents do.
        chance = random.Random(post.random.getrandbits(64))  # noqa: S311 - a seeded world must repeat itself
        self._tokens = Tokens(post.clock, chance)
        self._transport = Transport(post, drafts_keep_id=drafts_keep_id)
        directory = Directory(accounts=self._accounts, client_id=self.client_id, clock=post.clock, chance=chance)
        self._login = Login(directory, self._tokens)
        self._graph = Graph(self._accounts, self._tokens, self._transport, post.clock, chance)
        self.server = Server(self._application, authority, port=port)
        self._graph.faults = self.server.faults
        #: give this to MSAL, with `instance_discovery=False`
        self.authority = f"{self.server.url}/common"
        self.graph_root = f"{self.server.url}{VERSION}"

    @property
    def naming(self) -> Naming:
        """What becomes of the Message-ID of a draft made from MIME."""
        return self._transport.naming

    @naming.setter
    def naming(self, naming: Naming) -> None:
        self._transport.naming = naming

    def start(self) -> "Microsoft":
        """Begin to answer."""
        self.server.start()
        return self

    def stop(self) -> None:
        """Stop answering and give the port back."""
        self.server.stop()

    def add_account(
        self, address: str, *, kind: Kind = "work", aliases: tuple[str, ...] = (), mail: bool = True, name: str = ""
    ) -> ExchangeAccount:
        """A new person.

        :param kind: personal accounts return no receipts, and sign in under `consumers`
        :param aliases: other addresses they send from and are reached at
        :param mail: without it they can sign in, but have no mailbox
        """
        mailbox = Mailbox(address.lower(), self._post.clock) if mail else None
        quota = Quota(self._post.clock, self._limits)
        account = ExchangeAccount(address, kind=kind, aliases=aliases, mailbox=mailbox, name=name, quota=quota)
        self._accounts[account.address] = account

        def deliver(letter: Letter, where: str) -> None:
            self._transport.deliver(account, letter, where)

        for reached_at in (account.address, *account.aliases) if mail else ():
            self._post.register(reached_at, deliver)
        return account

    def account(self, address: str) -> ExchangeAccount:
        """The person with this primary address.

        :raises KeyError: there is none
        """
        return self._accounts[address.lower()]

    def revoke_grants(self, address: str, *, reason: str = "revoked", at_once: bool = True) -> None:
        """End every grant of an account: only signing in again helps.

        :param reason: `revoked`, `password`, `expired`, `mfa`, `consent` or `device`; decides the AADSTS number
        :param at_once: access tokens end too; otherwise they live on for up to an hour, as those of most services do
        """
        self._tokens.end(address.lower(), reason=reason, at_once=at_once)

    def expire_cursors(self, address: str) -> None:
        """Forget every delta token of an account."""
        self._graph.deltas.forget(address.lower())

    def search_key(self, message_id: str) -> bytes | None:
        """The search key of mail sent from here, by its Message-ID with brackets: what an Exchange reader's receipt
        carries as its correlation key."""
        return self._transport.search_keys.get(message_id)

    def _application(self, environ: Environ, start: Start) -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start)

    def _answer(self, request: Request) -> Response:
        try:
            graph = request.path.startswith(f"{VERSION}/")
            return self._graph.answer(request) if graph else self._login.answer(request)
        except HTTPException as err:
            return Response(err.get_body(), err.code, err.get_headers())
