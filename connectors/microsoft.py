"""Signing in to Microsoft: which permissions each feature needs, the two ways to consent, and what was given.

How this provider differs: permissions are given all or none on its own page, though an organisation may hold some
back; there is no way for an app to revoke its grant; a grant lasts ninety days after each use.
"""

import random
import time
import warnings
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import msal

from connectors.budget import Budget
from connectors.entra import Entra, Result, SavedSignIn, failed_sign_in
from connectors.errors import ConsentTimedOut, GrantGone
from connectors.graph import REQUESTS, WINDOW, Graph, Tokens
from connectors.loopback import Loopback
from connectors.mailbox import Now, Profile, Quota, Sleep
from connectors.outlook import READ, SEND, TASKS, WHOAMI, WRITE, OutlookMailbox, profile
from connectors.provider import Feature, Grant, Microsoft, SignIn
from connectors.retry import Retry
from connectors.vault import Vault, reconnect

#: what a feature asks for. Sending needs to write: mail leaves as a draft with our mark, or its copy could not be found
#: again, since sending answers no id (`sendMail` alone would do with Mail.Send, and send blind)
SCOPES = {
    Feature.READ: frozenset({WHOAMI, READ}),
    Feature.SEND: frozenset({WHOAMI, SEND, WRITE}),
    Feature.DRAFTS: frozenset({WHOAMI, SEND, WRITE}),
    Feature.ARM: frozenset({WHOAMI, WRITE}),
    Feature.MARK: frozenset({WHOAMI, WRITE}),
    Feature.TASKS: frozenset({WHOAMI, TASKS}),
}
_WITHOUT = {
    READ: "mail cannot be read",
    WRITE: "mail cannot be sent through Heardback, and no receipt request can be turned on in drafts",
    SEND: "mail cannot be sent through Heardback",
    TASKS: "no task can be added to To Do",
    WHOAMI: "your own address cannot be told",
}
#: clouds of their own; a permission there is named with its Graph, for a short name means the global one
_NATIONAL = frozenset({"graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"})
#: tenant of every personal account (id-token-claims)
PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"


class MicrosoftProvider:
    """See `connectors.provider.Provider`."""

    name = "outlook"

    def __init__(self, microsoft: Microsoft, vault: Vault, *, now: Now, sleep: Sleep = time.sleep) -> None:
        self._microsoft = microsoft
        self._vault = vault
        self._now = now
        self._sleep = sleep
        self._retry = Retry("Microsoft", sleep=sleep, chance=random.random)
        self._entra = Entra(microsoft, retry=self._retry)

    def connect(self, features: frozenset[Feature], sign_in: SignIn, *, address: str | None = None) -> Grant:
        """Lead the person through the sign-in, see whose mailbox it is, and only then keep the tokens."""
        scopes = sorted(frozenset[str]().union(*(SCOPES[each] for each in features)))
        cache = msal.SerializableTokenCache()
        led = self._by_code if sign_in.device_code else self._by_browser
        result = led(cache, self._named(scopes), sign_in, address)
        if "access_token" not in result:
            raise failed_sign_in(result)
        given = _given(result)
        owner = next(iter(cache.search(msal.TokenCache.CredentialType.ACCOUNT)))["home_account_id"]
        whose = self._whose(str(result["access_token"]), owner)
        account = f"{self.name}:{whose.address}"
        saved = {"cache": cache.serialize(), "owner": owner, "scopes": " ".join(self._named(sorted(given)))}
        with self._vault.locked(account):
            self._vault.put(account, saved)
        return Grant(
            account=account,
            address=whose.address,
            aliases=whose.aliases,
            features=frozenset(each for each in features if SCOPES[each] <= given),
            missing=tuple(f"{each} was not given: {_WITHOUT[each]}." for each in scopes if each not in given),
            granted_at=self._now(),
        )

    def mailbox(self, account: str, quota: Quota | None = None) -> OutlookMailbox:
        """Open an account's mailbox with the saved sign-in; no request is made yet."""
        saved = self._vault.get(account)
        if saved is None:
            raise GrantGone(f"{account}: no sign-in is saved; {reconnect(account)}")
        whom = account.partition(":")[2]
        budget = self._budget(quota)
        retry = Retry(f"Outlook, {whom}", sleep=self._sleep, chance=random.random)
        tokens = SavedSignIn(account, entra=self._entra, vault=self._vault).token
        return OutlookMailbox(
            account,
            graph=self._graph(whom, tokens, budget, retry),
            retry=retry,
            spend=budget.record,
            scopes=frozenset(each.rpartition("/")[2] for each in saved["scopes"].split()),
            is_personal=_is_personal(saved["owner"]),
            now=self._now,
            sleep=self._sleep,
        )

    def disconnect(self, account: str) -> bool:
        """Forget the saved sign-in. Microsoft lets no app revoke its grant; the person can, at their account page."""
        with self._vault.locked(account):
            self._vault.forget(account)
        return False

    def _named(self, permissions: list[str]) -> list[str]:
        """Permissions as the sign-in service of this cloud knows them."""
        host = urlsplit(self._microsoft.graph_root).hostname
        return [f"https://{host}/{each}" for each in permissions] if host in _NATIONAL else permissions

    def _by_browser(
        self, cache: msal.SerializableTokenCache, scopes: list[str], sign_in: SignIn, hint: str | None
    ) -> Result:
        """Authorization code with PKCE, back to a loopback address."""
        with Loopback(sign_in.time_limit, gives_up=sign_in.gives_up) as back:
            flow = self._call(cache, lambda app: _begun(app, scopes, back, hint))
            sign_in.show(flow["auth_uri"])
            answer = back.wait()
        if "error" in answer:
            return dict(answer)
        return self._call(cache, lambda app: app.acquire_token_by_auth_code_flow(dict(flow), answer))

    def _by_code(
        self,
        cache: msal.SerializableTokenCache,
        scopes: list[str],
        sign_in: SignIn,
        hint: str | None,  # noqa: ARG002 - the device code page knows no hint
    ) -> Result:
        """Device code: the person types a short code on any device, we ask until they have."""
        flow = self._call(cache, lambda app: app.initiate_device_flow(scopes))
        if "user_code" not in flow:
            return flow
        sign_in.tell(f"Open {flow['verification_uri']} on any device and enter the code {flow['user_code']}")
        pause, end = float(flow.get("interval", 5)), self._now() + timedelta(seconds=sign_in.time_limit)
        while self._now() < end:
            # one question each time: MSAL's own loop could not be stopped
            result = self._call(
                cache, lambda app: app.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)
            )
            if result.get("error") not in ("authorization_pending", "slow_down"):
                return result
            pause += 5.0 if result["error"] == "slow_down" else 0.0  # RFC 8628 section 3.5
            self._sleep(pause)
        raise ConsentTimedOut(f"Nobody entered the code within {sign_in.time_limit:.0f} seconds; start again.")

    def _call(self, cache: msal.SerializableTokenCache, exchange: Any) -> Result:
        return self._entra.call(cache, exchange) or {}

    def _whose(self, token: str, owner: str) -> Profile:
        """Whose mailbox was consented to, and that it can be reached at all.

        :raises NoMailbox: the account has no mail service
        """

        def only_this(refused: str | None, _claims: str | None) -> str:
            if refused:
                raise GrantGone("Microsoft does not accept the sign-in it just gave; try again")
            return token

        graph = self._graph("The account you chose", only_this, self._budget(), self._retry)
        try:
            graph.get("/me/mailFolders/inbox", params={"$select": "id"})
            return profile(graph, is_personal=_is_personal(owner))
        finally:
            graph.close()

    def _graph(self, whom: str, tokens: Tokens, budget: Budget, retry: Retry) -> Graph:
        return Graph(
            self._microsoft.graph_root,
            whom=whom,
            tokens=tokens,
            ca_bundle=self._microsoft.ca_bundle,
            patience=self._microsoft.patience,
            budget=budget,
            retry=retry,
            now=self._now,
        )

    def _budget(self, quota: Quota | None = None) -> Budget:
        return Budget(now=self._now, sleep=self._sleep, allowance=REQUESTS, window=WINDOW, quota=quota)


def _begun(app: Any, scopes: list[str], back: Loopback, hint: str | None) -> Result:
    with warnings.catch_warnings():
        # MSAL recommends form_post; a page of Microsoft's posting to plain http on this machine makes browsers warn
        warnings.simplefilter("ignore", UserWarning)
        flow: Result = app.initiate_auth_code_flow(
            scopes, redirect_uri=back.redirect_uri, state=back.state, prompt="select_account", login_hint=hint
        )
    return flow


def _given(result: Result) -> frozenset[str]:
    """Short names of the permissions in an answer. Graph's may come as full addresses; writing covers reading."""
    said = {each.rpartition("/")[2] for each in str(result.get("scope") or "").split()}
    known = {each.lower(): each for each in (*_WITHOUT,)}
    given = {known[each.lower()] for each in said if each.lower() in known}
    return frozenset(given | ({READ} if WRITE in given else set()))


def _is_personal(owner: str) -> bool:
    """:param owner: MSAL's home_account_id, `<oid>.<tid>`"""
    return owner.rpartition(".")[2] == PERSONAL_TENANT
