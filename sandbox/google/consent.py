"""The pages a person sees: choose an account, tick what the application may do, allow or deny."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from urllib.parse import urlencode

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox.google.methods import FULL, GRANTABLE
from sandbox.google.tokens import Client, Consent, Tokens

#: loopback addresses a desktop client may be sent back to, any port and path (identity guide "native-app")
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/.*)?")
#: older and shorter names for the same scopes
_SAME_SCOPE = {
    "email": "https://www.googleapis.com/auth/userinfo.email",
    "profile": "https://www.googleapis.com/auth/userinfo.profile",
}
_WORDS = {
    "gmail.metadata": "View your email message metadata such as labels and headers, but not the email body",
    "gmail.readonly": "View your email messages and settings",
    "gmail.compose": "Manage drafts and send emails",
    "gmail.send": "Send email on your behalf",
    "gmail.modify": "Read, compose, and send emails from your Gmail account",
    "gmail.insert": "Add emails into your Gmail mailbox",
    "gmail.labels": "See and edit your email labels",
    "gmail.settings.basic": "See, edit, create, or change your email settings and filters in Gmail",
    FULL: "Read, compose, send, and permanently delete all your email from Gmail",
    "openid": "Associate you with your personal info on Google",
    "userinfo.email": "See your primary Google Account email address",
    "userinfo.profile": "See your personal info, including any personal info you've made publicly available",
}
_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:3rem auto;padding:0 1rem;color:#1f1f1f}
fieldset{border:1px solid #c4c7c5;border-radius:8px;margin:1rem 0;padding:1rem}label{display:block;margin:.4rem 0}
select{font:inherit;width:100%;padding:.5rem}button{font:inherit;padding:.5rem 1.5rem;border-radius:99px;
border:1px solid #747775;background:#fff;cursor:pointer}
button[value=allow]{background:#0b57d0;border-color:#0b57d0;color:#fff}
.note{color:#444746}code{overflow-wrap:anywhere}"""


class _PageError(Exception):
    """The sign-in cannot go on; the person is told on a page, and nothing goes back to the application."""

    def __init__(self, status: int, title: str, text: str) -> None:
        super().__init__(title)
        self.page = Response(
            html_page(title, f"<h1>Access blocked: {escape(title)}</h1><p>{escape(text)}</p>"),
            status,
            mimetype="text/html",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """One checked authorization request (RFC 6749 section 4.1.1, with RFC 7636)."""

    client: str
    redirect_uri: str
    scopes: tuple[str, ...]
    parameters: Mapping[str, str]


class ConsentPages:
    """GET shows the form, POST of it sends the browser back to the application with a code or an error."""

    def __init__(
        self, client: Client, tokens: Tokens, now: Callable[[], datetime], addresses: Callable[[], list[str]]
    ) -> None:
        """`addresses` yields the accounts there are to choose from."""
        self._client = client
        self._tokens = tokens
        self._now = now
        self._addresses = addresses

    def answer(self, request: Request) -> Response:
        """Serve `/o/oauth2/v2/auth`."""
        try:
            ask = self._read(request.args.to_dict())
            if request.method == "GET":
                return Response(self._form(request, ask), mimetype="text/html")
            return self._decide(request, ask)
        except _PageError as error:
            return error.page

    def _read(self, parameters: Mapping[str, str]) -> _Ask:
        if parameters.get("client_id") != self._client.id:
            raise _PageError(401, "Error 401: invalid_client", "The OAuth client was not found.")
        redirect_uri = parameters.get("redirect_uri", "")
        if not _LOOPBACK.fullmatch(redirect_uri):
            raise _PageError(
                400,
                "Error 400: redirect_uri_mismatch",
                "This application asked to be called back at a foreign address.",
            )
        if parameters.get("response_type") != "code":
            raise _PageError(400, "Error 400: invalid_request", "Required parameter is missing: response_type")
        scopes = tuple(dict.fromkeys(_SAME_SCOPE.get(each, each) for each in parameters.get("scope", "").split()))
        if not scopes or set(scopes) - GRANTABLE:
            unknown = " ".join(sorted(set(scopes) - GRANTABLE))
            raise _PageError(400, "Error 400: invalid_scope", f"Some requested scopes cannot be shown: [{unknown}]")
        if parameters.get("code_challenge_method", "plain") not in ("S256", "plain"):
            raise _PageError(400, "Error 400: invalid_request", "Invalid code_challenge_method")
        return _Ask(client=self._client.id, redirect_uri=redirect_uri, scopes=scopes, parameters=parameters)

    def _form(self, request: Request, ask: _Ask) -> str:
        hint = ask.parameters.get("login_hint", "").lower()
        options = "".join(
            f"<option{' selected' if address == hint else ''}>{escape(address)}</option>"
            for address in self._addresses()
        )
        boxes = "".join(
            f'<label><input type="checkbox" name="scope" value="{scope}" checked> {escape(_in_words(scope))}</label>'
            for scope in ask.scopes
        )
        return html_page(
            "Sign in with Google (sandbox)",
            f"""<h1>Heardback wants access to your Google Account</h1>
<p class="note">This is the sandbox's Google: nothing leaves this machine. The real one would add here that it has not
verified this app.</p>
<form method="post" action="{escape(request.full_path)}">
<label for="account">Account</label>
<select name="account" id="account">{options}</select>
<fieldset><legend>Select what Heardback can access</legend>{boxes}</fieldset>
<button name="action" value="deny">Cancel</button>
<button name="action" value="allow">Continue</button>
</form>""",
        )

    def _decide(self, request: Request, ask: _Ask) -> Response:
        address = request.form.get("account", "").lower()
        if address not in self._addresses():
            raise _PageError(400, "Error 400: no such account", "Couldn't find your Google Account.")
        ticked = tuple(scope for scope in ask.scopes if scope in request.form.getlist("scope"))
        if request.form.get("action") != "allow" or not ticked:
            return _back(ask, {"error": "access_denied"})
        consent = self._consent(ask, address, ticked)
        return _back(ask, {"code": self._tokens.code_for(consent), "scope": " ".join(consent.scopes)})

    def _consent(self, ask: _Ask, address: str, ticked: tuple[str, ...]) -> Consent:
        before = self._tokens.granted_before(ask.client, address)
        merged = before if ask.parameters.get("include_granted_scopes") == "true" else frozenset()
        scopes = tuple(dict.fromkeys((*ticked, *sorted(merged))))
        # without prompt=consent a person who agreed to all of it before yields no second refresh token
        fresh = not set(scopes) <= before or "consent" in ask.parameters.get("prompt", "").split()
        return Consent(
            client=ask.client,
            address=address,
            scopes=scopes,
            redirect_uri=ask.redirect_uri,
            challenge=ask.parameters.get("code_challenge", ""),
            challenge_method=ask.parameters.get("code_challenge_method", "plain"),
            offline=fresh and ask.parameters.get("access_type") == "offline",
            at=self._now(),
        )


def html_page(title: str, body: str) -> str:
    """A whole page; `body` is HTML."""
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title><style>{_STYLE}</style></head>
<body><main>{body}</main></body>
</html>
"""


def _back(ask: _Ask, answer: dict[str, str]) -> Response:
    state = {"state": ask.parameters["state"]} if "state" in ask.parameters else {}
    joint = "&" if "?" in ask.redirect_uri else "?"
    return redirect(f"{ask.redirect_uri}{joint}{urlencode({**state, **answer})}", 302)


def _in_words(scope: str) -> str:
    return _WORDS.get(scope) or _WORDS.get(scope.rpartition("/auth/")[2]) or scope
