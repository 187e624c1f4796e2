"""What a person let us do at Google, as it lies in the vault, and access tokens made from it. Knows no mail."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Self

import google.auth.exceptions
import google_auth_httplib2
from google.oauth2.credentials import Credentials

from connectors.errors import VaultError
from connectors.google_http import Http
from connectors.provider import Feature, Google
from connectors.vault import SavedSignIn, Vault, reconnect

_SCOPE = "https://www.googleapis.com/auth/gmail."
READONLY = f"{_SCOPE}readonly"
SEND = f"{_SCOPE}send"
COMPOSE = f"{_SCOPE}compose"
MODIFY = f"{_SCOPE}modify"

#: The least scope that covers a feature. `gmail.send` lets new mail leave and opens no draft; `gmail.compose` lets a
#: draft be changed and sent, and new mail leave as well. Arming is not possible on Gmail at all. `gmail.metadata` is
#: never asked for: held beside a wider scope it still closes bodies and searches.
SCOPES = {Feature.READ: READONLY, Feature.SEND: SEND, Feature.DRAFTS: COMPOSE, Feature.MARK: MODIFY}
#: which scopes open a feature, any one of them
_OPENED_BY = {
    Feature.READ: {READONLY, MODIFY},
    Feature.SEND: {SEND, COMPOSE, MODIFY},
    Feature.DRAFTS: {COMPOSE, MODIFY},
    Feature.MARK: {MODIFY},
}

#: what will not work without a feature
WITHOUT = {
    Feature.READ: "Reading was not allowed: nothing can be followed.",
    Feature.SEND: "Sending was not allowed: no mail can be sent through Heardback, so it cannot ask for read receipts "
    "or remind by mail; receipts asked for elsewhere, replies and bounces are still read.",
    Feature.DRAFTS: 'Drafts of yours cannot be sent through Heardback unless you connect with "--allow drafts".',
    Feature.MARK: 'Sent mail cannot be labelled unless you connect with "--allow mark".',
    Feature.TASKS: "Google has no tasks that Heardback could add to.",
    Feature.ARM: "The receipt request cannot be turned on in Gmail drafts where they lie: Gmail's web page rewrites "
    'them. Send them with "heardback send --draft" instead, which asks for the receipt.',
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GoogleGrant:
    """One saved sign-in."""

    address: str
    aliases: tuple[str, ...]
    refresh_token: str
    access_token: str
    #: aware, UTC: when the access token runs out
    expires_at: datetime
    scopes: tuple[str, ...]

    @classmethod
    def load(cls, saved: SavedSignIn, account: str) -> Self:
        """From the vault.

        :raises VaultError: something is missing
        """
        try:
            return cls(
                address=saved["address"],
                aliases=tuple(saved["aliases"].split()),
                refresh_token=saved["refresh_token"],
                access_token=saved["access_token"],
                expires_at=datetime.fromisoformat(saved["expires_at"]),
                scopes=tuple(saved["scopes"].split()),
            )
        except (KeyError, ValueError) as err:
            raise VaultError(f"{account}: the saved sign-in is incomplete; {reconnect(account)}") from err

    def save(self) -> SavedSignIn:
        """For the vault."""
        return {
            "address": self.address,
            "aliases": " ".join(self.aliases),
            "refresh_token": self.refresh_token,
            "access_token": self.access_token,
            "expires_at": self.expires_at.isoformat(),
            "scopes": " ".join(self.scopes),
        }


class SavedCredentials(Credentials):
    """Credentials that live in the vault: refreshed by one process at a time, and the others take over the result."""

    def __init__(self, grant: GoogleGrant, google: Google, vault: Vault, account: str) -> None:
        super().__init__(  # type: ignore[no-untyped-call]  # google-auth is typed only in part
            grant.access_token,
            refresh_token=grant.refresh_token,
            token_uri=google.token_uri,
            client_id=google.client_id,
            client_secret=google.client_secret,
            expiry=grant.expires_at.astimezone(UTC).replace(tzinfo=None),
        )
        self._google = google
        self._vault = vault
        self._vault_account = account

    def refresh(self, request: Any) -> None:  # noqa: ARG002 - batches hand in one that trusts no CA bundle
        """Get another access token: from the vault if somebody was there first, else from Google."""
        with self._vault.locked(self._vault_account):
            saved = self._vault.get(self._vault_account)
            if saved is None:
                raise _refused("disconnected", {"error": "disconnected"})
            grant = GoogleGrant.load(saved, self._vault_account)
            if grant.access_token != self.token:
                self._take_over(grant)
                return
            http = Http(self._google.ca_bundle, patience=self._google.patience)
            try:
                super().refresh(google_auth_httplib2.Request(http))  # type: ignore[no-untyped-call]  # as above
            except TypeError as err:
                # google-auth looks for the token in whatever text came with a 200
                raise _refused("no token answer") from err
            finally:
                http.close()
            fresh = replace(
                grant,
                access_token=str(self.token),
                refresh_token=str(self.refresh_token),
                expires_at=self.expiry.replace(tzinfo=UTC) if self.expiry else datetime.now(UTC),
            )
            self._vault.put(self._vault_account, fresh.save())

    def _take_over(self, grant: GoogleGrant) -> None:
        self.token = grant.access_token
        self._refresh_token = grant.refresh_token
        self.expiry = grant.expires_at.astimezone(UTC).replace(tzinfo=None)


def _refused(*why: Any) -> google.auth.exceptions.RefreshError:
    return google.auth.exceptions.RefreshError(*why)  # type: ignore[no-untyped-call]  # as above


def scopes_for(features: Iterable[Feature]) -> list[str]:
    """The scopes to ask for, in a fixed order; reading always, for nothing works without."""
    return [SCOPES[each] for each in Feature if each in {Feature.READ, *features} and each in SCOPES]


def features_of(scopes: Iterable[str]) -> frozenset[Feature]:
    """What these scopes allow."""
    given = set(scopes)
    return frozenset(feature for feature, scopes in _OPENED_BY.items() if scopes & given)


def missing(asked: Iterable[Feature], given: frozenset[Feature]) -> tuple[str, ...]:
    """A sentence for each feature that was asked for and not given."""
    return tuple(WITHOUT[each] for each in Feature if each in set(asked) - given)
