"""Sign-ins, consents and tokens of the login server. No HTTP."""

import base64
import hashlib
import json
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import Clock
from sandbox.microsoft.aadsts import ENDINGS, LoginError

#: scopes every client may ask for beside those of Graph
RESERVED = frozenset({"openid", "profile", "offline_access", "email"})
#: delegated permissions this Graph knows
KNOWN = frozenset(
    {
        "User.Read",
        "Mail.ReadBasic",
        "Mail.Read",
        "Mail.ReadWrite",
        "Mail.Send",
        "MailboxSettings.Read",
        "MailboxSettings.ReadWrite",
        "Tasks.Read",
        "Tasks.ReadWrite",
    }
)
RESOURCE = "https://graph.microsoft.com/"
ACCESS_LIFE = timedelta(seconds=3599)
#: of a client that can take a claims challenge (continuous access evaluation)
LONG_ACCESS_LIFE = timedelta(hours=28)
REFRESH_LIFE = timedelta(days=90)
CODE_LIFE = timedelta(minutes=10)
DEVICE_LIFE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What a client asks for when it sends a person to the login page, or shows a device code."""

    client_id: str
    tenant: str
    #: short names of Graph permissions
    scopes: frozenset[str]
    redirect_uri: str = ""
    state: str = ""
    nonce: str = ""
    response_mode: str = "query"
    challenge: str = ""
    challenge_method: str = "plain"
    hint: str = ""
    device_code: str = ""
    #: asks for a refresh token (scope offline_access)
    is_lasting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a code or a refresh token stands for."""

    address: str
    sign_in: SignIn
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What an access token stands for."""

    address: str
    scopes: frozenset[str]
    ends: datetime
    #: the claims it was asked with; answers a challenge
    claims: str = ""


@dataclass(slots=True, kw_only=True)
class _Device:
    sign_in: SignIn
    ends: datetime
    grant: Grant | None = None
    is_denied: bool = False


class Tokens:
    """Everything the login server has given out."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self._clock = clock
        self._chance = chance
        self._codes: dict[str, Grant | None] = {}
        self._refresh: dict[str, Grant] = {}
        self._access: dict[str, Access] = {}
        self._devices: dict[str, _Device] = {}
        self._user_codes: dict[str, str] = {}
        #: address to AADSTS number of its ended grants
        self._ended: dict[str, dict[str, int]] = {}
        self._consents: dict[str, frozenset[str]] = {}
        #: address to the claims its next token must be asked with
        self._challenges: dict[str, str] = {}

    def secret(self, prefix: str) -> str:
        """A new unguessable text."""
        return prefix + base64.urlsafe_b64encode(self._chance.randbytes(30)).decode()

    def consent(self, address: str, sign_in: SignIn) -> Grant:
        """The person agrees: everything asked, added to what they agreed to before."""
        self._consents[address] = self._consents.get(address, frozenset()) | sign_in.scopes
        return Grant(address=address, sign_in=sign_in, ends=self._clock.now() + REFRESH_LIFE)

    def issue_code(self, grant: Grant) -> str:
        """An authorization code for the redirect."""
        code = self.secret("1.AX")
        self._codes[code] = replace(grant, ends=self._clock.now() + CODE_LIFE)
        return code

    def redeem_code(self, code: str, *, verifier: str, redirect_uri: str) -> Grant:
        """What a code stands for, once.

        :raises LoginError: unknown, used, too old, or the PKCE verifier (RFC 7636) does not fit
        """
        if code not in self._codes:
            raise LoginError(70000)
        grant = self._codes[code]
        if grant is None:
            raise LoginError(54005)
        if grant.ends < self._clock.now():
            raise LoginError(70008)
        if grant.sign_in.redirect_uri != redirect_uri:
            raise LoginError(500112)
        if not _fits(grant.sign_in, verifier):
            raise LoginError(501481)
        self._codes[code] = None
        return grant

    def start_device(self, sign_in: SignIn) -> tuple[str, str]:
        """A device code for the client and a short one for the person."""
        device_code = self.secret("DA")
        user_code = "".join(self._chance.choices("BCDFGHJKLMNPQRSTVWXZ23456789", k=9))
        self._devices[device_code] = _Device(
            sign_in=replace(sign_in, device_code=device_code), ends=self._clock.now() + DEVICE_LIFE
        )
        self._user_codes[user_code] = device_code
        return device_code, user_code

    def device_sign_in(self, user_code: str) -> SignIn | None:
        """What a short code typed by a person asks for; None if it is unknown, used or too old."""
        device = self._devices.get(self._user_codes.get(user_code.strip().upper(), ""))
        waits = device is not None and device.ends >= self._clock.now() and not device.grant and not device.is_denied
        return device.sign_in if device and waits else None

    def settle_device(self, device_code: str, grant: Grant | None) -> None:
        """The person agreed, or not."""
        self._devices[device_code].grant = grant
        self._devices[device_code].is_denied = grant is None

    def redeem_device(self, device_code: str) -> Grant:
        """What a device code stands for by now.

        :raises LoginError: still waiting, declined, too old, unknown
        """
        device = self._devices.get(device_code)
        if device is None:
            raise LoginError(70000)
        if device.ends < self._clock.now():
            raise LoginError(70019)
        if device.is_denied:
            raise LoginError(65004)
        if device.grant is None:
            raise LoginError(70016)
        del self._devices[device_code]
        return device.grant

    def issue_refresh(self, grant: Grant) -> str:
        """A refresh token; those given out before keep working, as with the real one."""
        token = self.secret("1.AW")
        self._refresh[token] = replace(grant, ends=self._clock.now() + REFRESH_LIFE)
        return token

    def redeem_refresh(self, token: str, *, client_id: str, scopes: frozenset[str]) -> Grant:
        """What a refresh token stands for.

        :raises LoginError: unknown, ended, of another client, or asked for more than was agreed to
        """
        if token not in self._refresh:
            raise LoginError(70000)
        grant = self._refresh[token]
        ended = self._ended.get(grant.address, {}).get(token)
        if ended:
            raise LoginError(ended)
        if grant.ends < self._clock.now():
            raise LoginError(700082)
        if grant.sign_in.client_id != client_id:
            raise LoginError(700084)
        if not scopes <= self.agreed(grant.address):
            raise LoginError(65001)
        return grant

    def agreed(self, address: str) -> frozenset[str]:
        """Every permission the person agreed to so far."""
        return self._consents.get(address, frozenset())

    def issue_access(self, address: str, claims: str) -> tuple[str, timedelta]:
        """An access token for all that was agreed to, and how long it lives."""
        life = LONG_ACCESS_LIFE if "CP1" in _capabilities(claims) else ACCESS_LIFE
        token = self.secret("eyJ0eXAiOiJKV1QiLCJub25jZSI6")
        self._access[token] = Access(
            address=address, scopes=self.agreed(address), ends=self._clock.now() + life, claims=claims
        )
        return token, life

    def access(self, token: str) -> Access | None:
        """What an access token stands for; None when unknown or past its end."""
        access = self._access.get(token)
        return access if access and access.ends > self._clock.now() else None

    def unanswered(self, access: Access) -> str | None:
        """The claims challenge this token does not answer, if there is one."""
        challenge = self._challenges.get(access.address)
        return challenge if challenge and not _answers(access.claims, challenge) else None

    def expire(self, token: str) -> None:
        """Let an access token run out now."""
        self._access.pop(token, None)

    def challenge(self, address: str) -> None:
        """From now on only tokens asked with these claims are good for the account."""
        moment = str(int(self._clock.now().timestamp()))
        self._challenges[address] = json.dumps({"access_token": {"nbf": {"essential": True, "value": moment}}})

    def end(self, address: str, *, reason: str, at_once: bool) -> None:
        """End every grant of an account; with `at_once` its access tokens too."""
        number = ENDINGS.get(reason, ENDINGS["revoked"])
        gone = self._ended.setdefault(address, {})
        gone.update({token: number for token, grant in list(self._refresh.items()) if grant.address == address})
        self._consents.pop(address, None)
        if at_once:
            self._access = {token: access for token, access in list(self._access.items()) if access.address != address}


def graph_scopes(text: str) -> frozenset[str]:
    """The Graph permissions in a scope parameter, by their short names.

    :raises LoginError: one of them does not exist
    """
    names = {name.removeprefix(RESOURCE) for name in text.split()} - RESERVED - {".default"}
    if not names <= KNOWN:
        raise LoginError(650053)
    return frozenset(names)


def _fits(sign_in: SignIn, verifier: str) -> bool:
    if not sign_in.challenge:
        return True
    if sign_in.challenge_method != "S256":
        return verifier == sign_in.challenge
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == sign_in.challenge


def _asked(claims: str) -> dict[str, Any]:
    try:
        asked = json.loads(claims).get("access_token", {}) if claims else {}
    except (ValueError, AttributeError):
        return {}
    return asked if isinstance(asked, dict) else {}


def _capabilities(claims: str) -> list[str]:
    return list(_asked(claims).get("xms_cc", {}).get("values", []))


def _answers(claims: str, challenge: str) -> bool:
    return bool(_asked(claims).get("nbf") == _asked(challenge)["nbf"])
