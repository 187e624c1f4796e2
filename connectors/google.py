"""Signing in to Google: which scopes each feature needs, the consent in the browser, and what was given.

How this provider differs: on its consent page a person can untick single permissions; its sign-ins last until they are
revoked, but only seven days while the project of the OAuth client is in "Testing"; an app can revoke its own.
"""

import json
import logging
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow
from oauthlib.oauth2.rfc6749.errors import MissingTokenError, OAuth2Error

from connectors.budget import Budget
from connectors.errors import (
    ClientMisconfigured,
    ConnectorError,
    ConsentDenied,
    GrantGone,
    Unreachable,
    VaultError,
)
from connectors.gmail import GmailMailbox, profile
from connectors.gmail_calls import GmailCalls
from connectors.gmail_drafting import GmailDrafting
from connectors.gmail_line import NEW_PRICES, Line, Prices, prices_at
from connectors.gmail_sending import GmailSending
from connectors.google_grant import WITHOUT, GoogleGrant, SavedCredentials, features_of, missing, scopes_for
from connectors.google_http import gmail_service, untrusted
from connectors.loopback import Loopback
from connectors.mailbox import Now, Profile, Quota, Sleep
from connectors.provider import Feature, Google, Grant, SignIn
from connectors.retry import Retry
from connectors.vault import Vault, reconnect

# it tells whole tokens at DEBUG, for whoever turns that on for every library
logging.getLogger("requests_oauthlib.oauth2_session").setLevel(logging.INFO)

#: errors of the consent page and the token endpoint that mean that the OAuth client is wrong
_CLIENT_ERRORS = frozenset(
    {"invalid_client", "unauthorized_client", "deleted_client", "redirect_uri_mismatch", "invalid_scope"}
)
#: seconds; what is said to last longer is a garbled answer
_LONGEST_LIFE = 1e9
_NOBODY = "The account you chose"


class GoogleProvider:
    """See `connectors.provider.Provider`."""

    name = "gmail"

    def __init__(self, google: Google, vault: Vault, *, now: Now, sleep: Sleep = time.sleep) -> None:
        self._google = google
        self._vault = vault
        self._now = now
        self._sleep = sleep

    def connect(self, features: frozenset[Feature], sign_in: SignIn, *, address: str | None = None) -> Grant:
        """Lead the person through the sign-in, see whose mailbox it is, and only then keep the tokens."""
        if not self._google.client_id:
            raise ClientMisconfigured("No Google OAuth client is set up; see the README on how to register one.")
        scopes = scopes_for(features)
        token = self._consented(scopes, sign_in, address)
        given = _given(token, scopes)
        try:
            whose = self._whose(str(token["access_token"]), given)
        except ConnectorError:
            self._revoke(str(token["refresh_token"]))
            raise
        account, now = f"{self.name}:{whose.address}", self._now()
        grant = GoogleGrant(
            address=whose.address,
            aliases=whose.aliases,
            refresh_token=str(token["refresh_token"]),
            access_token=str(token["access_token"]),
            expires_at=_expiry(token),
            scopes=given,
        )
        with self._vault.locked(account):
            self._vault.put(account, grant.save())
        allowed = features_of(given) & {Feature.READ, *features}
        return Grant(
            account=account,
            address=whose.address,
            aliases=whose.aliases,
            features=allowed,
            missing=missing(features, allowed),
            granted_at=now,
            ends_at=_end(token, now),
        )

    def mailbox(self, account: str, quota: Quota | None = None) -> GmailMailbox:
        """Open an account's mailbox with the saved sign-in; no request is made yet."""
        saved = self._vault.get(account)
        if saved is None:
            raise GrantGone(f"{account}: no sign-in is saved; {reconnect(account)}")
        grant = GoogleGrant.load(saved, account)
        prices = prices_at(quota.allowance if quota else 0)
        budget = self._budget(prices, quota)
        retry = Retry(f"Gmail, {grant.address}", sleep=self._sleep, chance=random.random)
        line = Line(account=account, address=grant.address, budget=budget, retry=retry, now=self._now, prices=prices)
        credentials = SavedCredentials(grant, self._google, self._vault, account)
        calls = GmailCalls(gmail_service(self._google, credentials), line)
        addresses = (grant.address, *grant.aliases)
        return GmailMailbox(
            account,
            calls=calls,
            line=line,
            sending=GmailSending(calls, account, addresses, retry=retry, now=self._now, sleep=self._sleep),
            drafting=GmailDrafting(calls, whom=grant.address, now=self._now),
            spend=budget.record,
            scopes=frozenset(grant.scopes),
        )

    def disconnect(self, account: str) -> bool:
        """Forget the saved sign-in and revoke it; what cannot be read or revoked any more is forgotten all the same."""
        with self._vault.locked(account):
            try:
                saved = self._vault.get(account)
            except VaultError:
                saved = None
            self._vault.forget(account)
        return bool(saved) and self._revoke(str(saved and saved.get("refresh_token")))

    def _consented(self, scopes: list[str], sign_in: SignIn, hint: str | None) -> Mapping[str, Any]:
        """The token endpoint's answer to what the person agreed to (authorization code with PKCE, RFC 7636)."""
        with Loopback(sign_in.time_limit, gives_up=sign_in.gives_up) as back:
            flow = Flow.from_client_config(
                {"installed": _client(self._google)}, scopes, redirect_uri=back.redirect("127.0.0.1")
            )
            asked = {"login_hint": hint} if hint else {}
            # consent anew, or Google gives no refresh token for an account that agreed before
            address, _ = flow.authorization_url(state=back.state, prompt="consent", access_type="offline", **asked)
            sign_in.show(address)
            answer = back.wait()
        if "error" in answer:
            raise _refused(answer["error"])
        with flow.oauth2session:
            return self._redeemed(flow, answer["code"])

    def _redeemed(self, flow: Flow, code: str) -> Mapping[str, Any]:
        # the answer holds secrets: it must not follow a redirect to another host
        flow.oauth2session.max_redirects = 0
        try:
            token: Mapping[str, Any] = flow.fetch_token(
                code=code, verify=self._google.ca_bundle or True, timeout=self._google.patience
            )
        except Warning as changed:
            # what oauthlib raises when the person unticked something; the tokens are good
            token = changed.token  # type: ignore[attr-defined]  # oauthlib puts it there
        except (MissingTokenError, ValueError, TypeError, AttributeError, RecursionError, OverflowError) as err:
            # all but the first are what oauthlib raises over JSON that is no token answer
            raise Unreachable("Google's sign-in server gave no tokens now; start the sign-in again later") from err
        except OAuth2Error as err:
            raise _refused(str(err.error), str(err.description or "")) from err
        except requests.exceptions.SSLError as err:
            raise untrusted("sign-in") from err
        except requests.RequestException as err:
            raise Unreachable(
                f"Google's sign-in server cannot be reached now ({type(err).__name__}); start the sign-in again"
            ) from err
        if not all(str(token.get(name) or "").isascii() for name in ("access_token", "refresh_token")):
            raise Unreachable("Google's sign-in server gave tokens that are none now; start the sign-in again later")
        if not token.get("refresh_token"):
            raise ClientMisconfigured('Google gave no lasting sign-in; the OAuth client must be of type "Desktop app"')
        return token

    def _whose(self, access_token: str, given: tuple[str, ...]) -> Profile:
        """Whose mailbox was consented to.

        :raises ConsentDenied: nothing may be read, so it cannot even be told
        :raises NoMailbox: the account has no Gmail
        """
        if Feature.READ not in features_of(given):
            raise ConsentDenied(
                f"{WITHOUT[Feature.READ]} Sign in again and leave the box for viewing your messages ticked."
            )
        retry = Retry("Gmail", sleep=self._sleep, chance=random.random)
        line = Line(
            account=f"{self.name}:the account you chose", address=_NOBODY, budget=self._budget(), retry=retry,
            now=self._now,
        )  # fmt: skip
        credentials = Credentials(access_token)  # type: ignore[no-untyped-call]  # google-auth is typed only in part
        calls = GmailCalls(gmail_service(self._google, credentials), line)
        try:
            return profile(calls)
        finally:
            calls.close()

    def _revoke(self, token: str) -> bool:
        """Whether Google ended the sign-in (identity guide "native-app", "Revoking a token")."""
        address = f"{self._google.token_uri.rpartition('/')[0]}/revoke"
        try:
            answer = requests.post(
                address,
                data={"token": token},
                timeout=self._google.patience,
                verify=self._google.ca_bundle or True,
                allow_redirects=False,
            )
        except requests.RequestException:
            return False
        return bool(answer.status_code == requests.codes.ok)

    def _budget(self, prices: Prices = NEW_PRICES, quota: Quota | None = None) -> Budget:
        probes = prices is NEW_PRICES
        return Budget(now=self._now, sleep=self._sleep, allowance=prices.allowance, probes=probes, quota=quota)


def load_client_file(path: Path) -> tuple[str, str]:
    """Client id and secret from the file that the Google Cloud console offers to download.

    :raises ClientMisconfigured: it cannot be read, or is for another kind of client
    """
    try:
        content = json.loads(path.read_text("utf-8"))
    except OSError as err:
        raise ClientMisconfigured(f"{path}: the OAuth client file cannot be read ({err.strerror})") from err
    except ValueError as err:
        raise ClientMisconfigured(f"{path} is no JSON; download the OAuth client file from Google again") from err
    kinds = content if isinstance(content, dict) else {}
    client = kinds.get("installed")
    if "web" in kinds and not client:
        raise ClientMisconfigured(
            f'{path} is for a client of type "Web application"; make one of type "Desktop app" and download that'
        )
    if kinds.get("type") == "service_account":
        raise ClientMisconfigured(
            f'{path} is the key of a service account; make an OAuth client of type "Desktop app" and download that'
        )
    if not isinstance(client, dict) or not client.get("client_id") or not client.get("client_secret"):
        raise ClientMisconfigured(f'{path} holds no OAuth client of type "Desktop app"; download it from Google again')
    return str(client["client_id"]), str(client["client_secret"])


def _client(google: Google) -> dict[str, str]:
    return {
        "client_id": google.client_id,
        "client_secret": google.client_secret,
        "auth_uri": google.auth_uri,
        "token_uri": google.token_uri,
    }


def _given(token: Mapping[str, Any], asked: list[str]) -> tuple[str, ...]:
    """The scopes a person left ticked; all, if Google does not say (RFC 6749 section 5.1)."""
    scope = token.get("scope")
    if not scope:
        return tuple(asked)
    return tuple(scope.split() if isinstance(scope, str) else map(str, scope))


def _expiry(token: Mapping[str, Any]) -> datetime:
    # by the machine's own clock, as google-auth compares it
    return datetime.now(UTC) + timedelta(seconds=_seconds(token, "expires_in"))


def _end(token: Mapping[str, Any], now: datetime) -> datetime | None:
    """When the sign-in ends by itself: told for clients in "Testing", and where the person chose a time."""
    seconds = _seconds(token, "refresh_token_expires_in")
    return now + timedelta(seconds=seconds) if seconds else None


def _seconds(token: Mapping[str, Any], name: str) -> float:
    """A length of time in a token answer; 0 if it names none that makes sense."""
    try:
        seconds = float(token.get(name) or 0)
    except (TypeError, ValueError):
        return 0.0
    return seconds if 0 < seconds < _LONGEST_LIFE else 0.0


def _refused(error: str, description: str = "") -> ConnectorError:
    """The error for what the consent page or the token endpoint answered (RFC 6749 sections 4.1.2.1 and 5.2)."""
    if error == "access_denied":
        # Google says the same to a press of Cancel and to taking away the last tick
        return ConsentDenied(
            "Google was told no, or the box for viewing your messages was not ticked; without reading them nothing can "
            "be followed, so nothing was connected."
        )
    if error in ("admin_policy_enforced", "org_internal"):
        return ConsentDenied(f"Your organisation does not allow this at Google ({error}); ask its administrator.")
    if error in _CLIENT_ERRORS:
        return ClientMisconfigured(
            f"Google does not accept the OAuth client ({error}); check its id and secret in the settings"
        )
    if error in ("server_error", "temporarily_unavailable"):
        return Unreachable("Google's sign-in server has trouble; start the sign-in again later")
    return ConsentDenied(f"Google broke the sign-in off ({error} {description}".rstrip() + "); start it again.")
