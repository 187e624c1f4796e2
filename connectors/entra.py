"""Microsoft's sign-in service through MSAL: its error dictionaries in our words, and tokens kept in the vault."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import msal
import requests

from connectors.errors import (
    ClientMisconfigured,
    ConnectorError,
    ConsentDenied,
    ConsentTimedOut,
    GrantGone,
    Unreachable,
)
from connectors.provider import Microsoft
from connectors.retry import NETWORK_FAULTS, Passing, Retry
from connectors.vault import Vault, reconnect

# it tells codes and verifiers at DEBUG, for whoever turns that on for every library
logging.getLogger("msal.token_cache").setLevel(logging.INFO)

#: hosts MSAL may ask its own directory of clouds about (graph.md "Clouds"); any other authority is taken at its word
_MICROSOFT_HOSTS = frozenset(
    {
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.chinacloudapi.cn",
        "login.partner.microsoftonline.cn",
    }
)

# AADSTS numbers decide before `error`, which is too coarse for some (reference-error-codes)
_PASSING_CODES = frozenset({50196, 90033, 90055})
_DENIED_CODES = frozenset({65001, 65004, 90094, 90095})

#: `error` to what a caller does about it
_MEANINGS: Mapping[str, type[ConnectorError]] = {
    "invalid_grant": GrantGone,
    "interaction_required": GrantGone,
    "login_required": GrantGone,
    "consent_required": GrantGone,
    "access_denied": ConsentDenied,
    "authorization_declined": ConsentDenied,
    "consent_declined": ConsentDenied,
    "expired_token": ConsentTimedOut,
    "code_expired": ConsentTimedOut,
    "invalid_client": ClientMisconfigured,
    "unauthorized_client": ClientMisconfigured,
    "invalid_request": ClientMisconfigured,
    "invalid_resource": ClientMisconfigured,
    "invalid_scope": ClientMisconfigured,
    "unsupported_grant_type": ClientMisconfigured,
    "unsupported_response_type": ClientMisconfigured,
}

Result = dict[str, Any]
#: an msal.PublicClientApplication; MSAL ships no types
App = Any


class Entra:
    """Makes MSAL applications. Each is used for one exchange: MSAL keeps refusals for a minute and repeats them."""

    def __init__(self, microsoft: Microsoft, *, retry: Retry) -> None:
        self._microsoft = microsoft
        self._retry = retry

    def call(self, cache: msal.SerializableTokenCache, exchange: Callable[[App], Result | None]) -> Result | None:
        """Do one exchange with a new application, again while it meets passing faults.

        :param exchange: harmless to repeat
        :raises Unreachable, ClientMisconfigured:
        """

        def attempt() -> Result | None:
            with closing(_Wire(self._microsoft)) as wire:
                result: Result | None = self._exchanged(lambda: exchange(self._app(cache, wire)))
            if result and _is_passing(result):
                raise Passing(f"{result.get('error')} {_codes(result)}")
            return result

        return self._retry.call(attempt)

    def _app(self, cache: msal.SerializableTokenCache, wire: "_Wire") -> App:
        """A new application; asks the authority where its endpoints are."""
        authority = self._microsoft.authority
        try:
            return msal.PublicClientApplication(
                self._microsoft.client_id,
                authority=authority,
                token_cache=cache,
                http_client=wire,
                client_capabilities=["CP1"],  # takes claims challenges (continuous access evaluation)
                instance_discovery=None if urlsplit(authority).hostname in _MICROSOFT_HOSTS else False,
            )
        except ValueError as err:
            if isinstance(err.__context__, json.JSONDecodeError):  # a gateway's own page
                raise Passing("an answer that is no JSON") from err
            raise ClientMisconfigured(
                f'Microsoft knows no sign-in at {authority}; check the setting "microsoft.authority"'
            ) from err

    def _exchanged(self, exchange: Callable[[], Any]) -> Any:
        try:
            return exchange()
        except requests.exceptions.SSLError as err:
            raise Unreachable(
                f"{urlsplit(self._microsoft.authority).netloc} shows a certificate that is not trusted here; "
                'see the setting "microsoft.ca_bundle"'
            ) from err
        except (*NETWORK_FAULTS, msal.exceptions.MsalServiceError) as err:
            raise Passing(f"sign-in service: {type(err).__name__}") from err
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError, RuntimeError, OverflowError) as err:
            # MSAL takes for granted that the answers have their form; a gateway's own page has not
            raise Passing("sign-in service: an answer that makes no sense") from err


class SavedSignIn:
    """One account's tokens, in the vault; safe for several processes, since refresh tokens change at each use."""

    def __init__(self, account: str, *, entra: Entra, vault: Vault) -> None:
        self._account = account
        self._entra = entra
        self._vault = vault

    def token(self, refused: str | None, claims: str | None) -> str:
        """An access token that Graph has not refused yet.

        :param refused: the one it refused, if any
        :param claims: its claims challenge, if any
        :raises GrantGone: a person must sign in again
        """
        with self._vault.locked(self._account):
            saved = self._vault.get(self._account)
            if saved is None:
                raise GrantGone(f"{self._account}: no sign-in is saved; {reconnect(self._account)}")
            cache = msal.SerializableTokenCache()
            cache.deserialize(saved["cache"])
            result = self._silently(cache, saved, refused, claims)
            if cache.has_state_changed:
                self._vault.put(self._account, {**saved, "cache": cache.serialize()})
        if not result or "access_token" not in result:
            raise failed_renewal(result or {}, self._account)
        return str(result["access_token"])

    def _silently(
        self, cache: msal.SerializableTokenCache, saved: Mapping[str, str], refused: str | None, claims: str | None
    ) -> Result | None:
        def exchange(app: App, *, force: bool = False) -> Result | None:
            owner = next((each for each in app.get_accounts() if each["home_account_id"] == saved["owner"]), None)
            found: Result | None = app.acquire_token_silent_with_error(
                saved["scopes"].split(), owner, force_refresh=force, claims_challenge=claims
            )
            if not found and any(cache.search(msal.TokenCache.CredentialType.REFRESH_TOKEN)):
                # MSAL says nothing of an answer that is neither; what was refused it would have dropped
                raise Passing("sign-in service: an answer that makes no sense")
            return found

        result = self._entra.call(cache, exchange)
        # another process may have renewed it already: only then is the token in the vault not the refused one
        if refused and result and result.get("access_token") == refused:
            result = self._entra.call(cache, lambda app: exchange(app, force=True))
        return result


def failed_renewal(result: Result, account: str) -> ConnectorError:
    """The error that a refusal to renew a saved sign-in stands for.

    :param result: what MSAL gave instead of a token; empty if it found nothing to renew
    :param account: `outlook:me@example.com`
    """
    kind = _MEANINGS.get(str(result.get("error") or "invalid_grant"), Unreachable)
    if kind is ClientMisconfigured:
        return ClientMisconfigured(f"{account}: {_REFUSED_CLIENT.format(said=_said(result))}")
    if kind is Unreachable or _codes(result) & _PASSING_CODES:
        return Unreachable(f"{account}: Microsoft cannot renew the sign-in now{_said(result)}; later it may")
    return GrantGone(f"{account}: Microsoft no longer accepts the saved sign-in{_said(result)}; {reconnect(account)}")


def failed_sign_in(result: Result) -> ConnectorError:
    """The error that a sign-in without a token stands for.

    :param result: what MSAL gave, or the query the consent page sent back
    """
    kind = _MEANINGS.get(str(result.get("error")), Unreachable)
    if kind is ConsentDenied or _codes(result) & _DENIED_CODES:
        return ConsentDenied(f"You or your organisation did not agree to the sign-in{_said(result)}; nothing was saved")
    if kind is ConsentTimedOut:
        return ConsentTimedOut(f"The code was not entered in time{_said(result)}; start again")
    if kind is ClientMisconfigured:
        return ClientMisconfigured(_REFUSED_CLIENT.format(said=_said(result)))
    return Unreachable(f"The sign-in at Microsoft could not be finished{_said(result)}; start again")


_REFUSED_CLIENT = (
    "Microsoft refuses this client{said}; "
    'check the settings "microsoft.client_id" and "microsoft.authority" and the app registration'
)


def _is_passing(result: Result) -> bool:
    return result.get("error") in ("temporarily_unavailable", "server_error") or bool(_codes(result) & _PASSING_CODES)


def _codes(result: Result) -> set[int]:
    """The AADSTS numbers; the answer of the consent page has them only in its text."""
    listed = result.get("error_codes")
    if isinstance(listed, list):
        return {code for code in listed if isinstance(code, int)}
    return {int(code) for code in re.findall(r"AADSTS(\d{4,9})", str(result.get("error_description") or ""))}


def _said(result: Result) -> str:
    """The sentence Microsoft says, which names no token, without the numbers for its support that follow."""
    said = re.split(r"[\r\n]|\s+Trace ID:", str(result.get("error_description") or result.get("error") or ""))[0]
    return f" ({said[:200].rstrip('.')})" if said else ""


class _Wire:
    """What MSAL sends with: every request has a timeout, our certificates, and follows no redirect with a token."""

    def __init__(self, microsoft: Microsoft) -> None:
        self._session = requests.Session()
        # per request: a session's own `verify` loses against REQUESTS_CA_BUNDLE
        self._fixed: Any = {
            "timeout": microsoft.patience,
            "verify": microsoft.ca_bundle or True,
            "allow_redirects": False,
        }

    def get(self, url: str, **given: Any) -> requests.Response:
        return self._session.get(url, **{**given, **self._fixed})

    def post(self, url: str, **given: Any) -> requests.Response:
        return self._session.post(url, **{**given, **self._fixed})

    def close(self) -> None:
        self._session.close()
