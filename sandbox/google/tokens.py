"""Codes, access and refresh tokens: who holds which, until when, and every way they end."""

import hashlib
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

CODE_LIFE = timedelta(minutes=10)
ACCESS_LIFE = timedelta(seconds=3599)
#: a client in publishing status "Testing"
TESTING_LIFE = timedelta(days=7)
#: a refresh token nobody used for so long ends
UNUSED_LIFE = timedelta(days=182)
#: live refresh tokens per account and client; the oldest gives way without a word
MOST_REFRESH_TOKENS = 100

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
#: why a grant ended → what the token endpoint says besides `invalid_grant`
_ENDINGS = {
    **{key: {"error_description": "Token has been expired or revoked."} for key in ("revoked", "expired", "password")},
    "session": {"error_description": "reauth related error (invalid_rapt)", "error_subtype": "invalid_rapt"},
    "deleted": {"error_description": "Account has been deleted"},
}


def says(description: str) -> dict[str, str]:
    """The sentence beside an error code."""
    return {"error_description": description}


class TokenRefused(Exception):
    """The token endpoint's answer when it gives nothing (RFC 6749 section 5.2)."""

    def __init__(self, error: str, *, status: int = 400, more: Mapping[str, str] | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error, **(more or {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registered application of type "Desktop app"."""

    id: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a person agreed to on the consent page, to be fetched once with its code."""

    client: str
    address: str
    scopes: tuple[str, ...]
    redirect_uri: str
    #: PKCE (RFC 7636); empty if the client sent none
    challenge: str
    #: `S256` or `plain`
    challenge_method: str
    #: access_type=offline was asked for, and consent is fresh or was asked anew
    offline: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A live refresh token, or the online grant behind an access token."""

    refresh_token: str
    client: str
    address: str
    scopes: tuple[str, ...]
    given_at: datetime
    used_at: datetime
    #: why it no longer lives, a key of `_ENDINGS`; empty while it does
    ended: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What an access token opens."""

    address: str
    scopes: frozenset[str]
    until: datetime
    grant: str


class Tokens:
    """Everything the sandbox's Google has given out; thread-safe."""

    def __init__(self, now: Callable[[], datetime], chance: Random) -> None:
        self._now = now
        self._chance = chance
        self._lock = threading.RLock()
        self._codes: dict[str, Consent] = {}
        self._grants: dict[str, Grant] = {}
        self._access: dict[str, Access] = {}
        #: the application's publishing status is "Testing": refresh tokens last seven days
        self.testing = False

    def granted_before(self, client: str, address: str) -> frozenset[str]:
        """Scopes this person has agreed to for this client and not taken back."""
        with self._lock:
            live = (each for each in self._grants.values() if (each.client, each.address) == (client, address))
            return frozenset(scope for each in live if not each.ended for scope in each.scopes)

    def code_for(self, consent: Consent) -> str:
        """A one-time code, `4/0…`."""
        with self._lock:
            code = f"4/0A{self._word(60)}"
            self._codes[code] = consent
            return code

    def redeem(self, code: str, *, client: str, redirect_uri: str, verifier: str) -> dict[str, str | int]:
        """Change a code for tokens.

        :returns: the token endpoint's answer
        :raises TokenRefused: used before, too old, not this client's, wrong redirect or verifier
        """
        with self._lock:
            consent = self._codes.pop(code, None)
            if consent is None or consent.client != client or self._now() - consent.at > CODE_LIFE:
                raise TokenRefused("invalid_grant", more=says("Bad Request"))
            if consent.redirect_uri != redirect_uri:
                raise TokenRefused("redirect_uri_mismatch", more=says("Bad Request"))
            _check_verifier(consent, verifier)
            grant = Grant(
                refresh_token=f"1//0{self._word(95)}",
                client=client,
                address=consent.address,
                scopes=consent.scopes,
                given_at=self._now(),
                used_at=self._now(),
            )
            self._grants[grant.refresh_token] = grant
            self._drop_oldest(grant)
            answer = self._access_for(grant)
            if consent.offline:
                answer["refresh_token"] = grant.refresh_token
            return answer

    def refresh(self, refresh_token: str, *, client: str) -> dict[str, str | int]:
        """A new access token; the refresh token stays the same.

        :raises TokenRefused: the grant has ended, or is another client's
        """
        with self._lock:
            grant = self._grants.get(refresh_token)
            if grant is None:
                raise TokenRefused("invalid_grant", more=says("Bad Request"))
            if grant.client != client:
                raise TokenRefused("unauthorized_client", status=401, more=says("Unauthorized"))
            ending = grant.ended or self._ending(grant)
            if ending:
                raise TokenRefused("invalid_grant", more=_ENDINGS[ending])
            self._grants[refresh_token] = replace(grant, used_at=self._now())
            return self._access_for(grant)

    def revoke(self, token: str) -> None:
        """End a grant by its refresh token, or by any access token made from it.

        :raises TokenRefused: nothing known by that name
        """
        with self._lock:
            access = self._access.get(token)
            grant = self._grants.get(access.grant if access else token)
            if grant is None or grant.ended:
                raise TokenRefused("invalid_token", more=says("Token expired or revoked"))
            self._end(grant, "revoked")

    def end_grants(self, address: str, reason: str) -> None:
        """End every grant of a person: `revoked`, `expired`, `password`, `session` or `deleted`."""
        with self._lock:
            for grant in list(self._grants.values()):
                if grant.address == address:
                    self._end(grant, reason)

    def opens(self, access_token: str) -> Access | None:
        """What an access token opens now; None if it is unknown or has run out."""
        with self._lock:
            access = self._access.get(access_token)
            return access if access and self._now() < access.until else None

    def expire(self, access_token: str) -> None:
        """Let an access token run out now."""
        with self._lock:
            self._access.pop(access_token, None)

    def _end(self, grant: Grant, reason: str) -> None:
        if reason not in _ENDINGS:
            raise ValueError(f"a grant ends by one of {', '.join(_ENDINGS)}, not by {reason}")
        self._grants[grant.refresh_token] = replace(grant, ended=reason)
        self._access = {token: each for token, each in self._access.items() if each.grant != grant.refresh_token}

    def _ending(self, grant: Grant) -> str:
        too_old = self.testing and self._now() - grant.given_at >= TESTING_LIFE
        return "expired" if too_old or self._now() - grant.used_at >= UNUSED_LIFE else ""

    def _access_for(self, grant: Grant) -> dict[str, str | int]:
        token = f"ya29.a0{self._word(190)}"
        until = self._now() + ACCESS_LIFE
        self._access[token] = Access(
            address=grant.address, scopes=frozenset(grant.scopes), until=until, grant=grant.refresh_token
        )
        answer: dict[str, str | int] = {
            "access_token": token,
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "scope": " ".join(sorted(grant.scopes, reverse=True)),
            "token_type": "Bearer",
        }
        if self.testing:
            answer["refresh_token_expires_in"] = int((grant.given_at + TESTING_LIFE - self._now()).total_seconds())
        return answer

    def _drop_oldest(self, newest: Grant) -> None:
        same = [
            each
            for each in self._grants.values()
            if not each.ended and (each.client, each.address) == (newest.client, newest.address)
        ]
        for grant in same[:-MOST_REFRESH_TOKENS]:
            self._end(grant, "revoked")

    def _word(self, length: int) -> str:
        return "".join(self._chance.choices(_ALPHABET, k=length))


def _check_verifier(consent: Consent, verifier: str) -> None:
    if not consent.challenge:
        return
    if not verifier:
        raise TokenRefused("invalid_grant", more=says("Missing code verifier."))
    digest = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    if consent.challenge != (digest if consent.challenge_method == "S256" else verifier):
        raise TokenRefused("invalid_grant", more=says("Invalid code verifier."))
