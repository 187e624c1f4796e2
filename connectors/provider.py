"""The contract of a provider: signing in, opening a mailbox, the health of a grant, signing out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from connectors.mailbox import Mailbox, Quota


class Feature(StrEnum):
    """What a person lets Heardback do; each asks for the least scopes that cover it."""

    READ = "read"
    SEND = "send"
    DRAFTS = "drafts"
    ARM = "arm"
    MARK = "mark"
    TASKS = "tasks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Google:
    """Where Google is and who we are to it. Revocation lives beside the token endpoint."""

    client_id: str
    client_secret: str
    api_root: str = "https://gmail.googleapis.com"
    auth_uri: str = "https://accounts.google.com/o/oauth2/v2/auth"
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, not a secret
    #: path of a PEM file to trust instead of the system's, empty for the system's
    ca_bundle: str = ""
    #: seconds to wait for an answer
    patience: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Microsoft:
    """Where Microsoft is and who we are to it."""

    client_id: str
    authority: str = "https://login.microsoftonline.com/common"
    graph_root: str = "https://graph.microsoft.com/v1.0"
    #: path of a PEM file to trust instead of the system's, empty for the system's
    ca_bundle: str = ""
    #: seconds to wait for an answer
    patience: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """How the person is led through the sign-in."""

    #: opens or prints the address of the consent page
    show: Callable[[str], None]
    #: prints a sentence
    tell: Callable[[str], None]
    #: seconds until we stop waiting for the person
    time_limit: float = 300.0
    #: asked again and again while the person is waited for: they gave it up
    gives_up: Callable[[], bool] = lambda: False
    #: type a code on another device instead of being redirected here (Microsoft only)
    device_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the person agreed to. The tokens lie in the vault under the account's id."""

    #: `gmail:me@example.com`
    account: str
    address: str
    aliases: tuple[str, ...]
    features: frozenset[Feature]
    #: sentences: what was asked and not given, and what will not work without it
    missing: tuple[str, ...]
    granted_at: datetime
    #: when it is expected to end by itself; None: as long as it is used
    ends_at: datetime | None = None


class Provider(Protocol):
    """Gmail or Outlook as a place to sign in to."""

    name: str

    def connect(self, features: frozenset[Feature], sign_in: SignIn, *, address: str | None = None) -> Grant:
        """Lead the person through the sign-in and keep the tokens in the vault.

        :param address: hint which account is meant (reconnecting)
        :raises ConsentDenied, ConsentTimedOut, ClientMisconfigured, NoMailbox, Unreachable:
        """

    def mailbox(self, account: str, quota: Quota | None = None) -> Mailbox:
        """Open an account's mailbox with the saved sign-in; no request is made yet.

        :param quota: what earlier processes learnt and spent
        :raises GrantGone: nothing is saved for it
        """

    def disconnect(self, account: str) -> bool:
        """Forget the saved sign-in and revoke it at the provider, where it can be; True if the provider revoked it."""
