"""Who can sign in where, and which app is known."""

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.microsoft.aadsts import LoginError
from sandbox.microsoft.account import ExchangeAccount

#: names that stand for more than one tenant
SHARED = ("common", "organizations", "consumers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """What the parts of the login server all look at."""

    #: by primary address; filled while it runs
    accounts: Mapping[str, ExchangeAccount]
    #: of the one app that is registered: public, redirected to http://localhost
    client_id: str
    clock: Clock
    chance: random.Random

    def of_tenant(self, tenant: str) -> list[ExchangeAccount]:
        """Everyone who can sign in at an authority."""
        everyone = list(self.accounts.values())
        if tenant == "common":
            return everyone
        if tenant in SHARED:
            kind = "work" if tenant == "organizations" else "personal"
            return [account for account in everyone if account.kind == kind]
        return [account for account in everyone if account.tenant == tenant]

    def check_client(self, client_id: str | None) -> None:
        """:raises LoginError: no such app is registered"""
        if client_id != self.client_id:
            raise LoginError(700016)

    def new_id(self) -> str:
        """An id for a trace or a session."""
        return str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
