"""Consent, codes and tokens, through google-auth-oauthlib and over the wire."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import google.auth.transport.requests
import pytest
import requests
from google.auth.exceptions import RefreshError

from sandbox.clock import Clock
from sandbox.google import Google
from sandbox.google.tokens import Consent

from .conftest import ANN, BOB, FULL, HOME, Checked, Json, Person, scope


def _token(google: Google, ca_file: str, **form: str) -> tuple[int, Json]:
    client = {"client_id": google.client_id, "client_secret": google.client_secret}
    answer = requests.post(google.token_uri, data={**client, **form}, verify=ca_file, timeout=10)
    return answer.status_code, answer.json()


def _code(person: Person, **parameters: str) -> str:
    query = {
        "client_id": person.google.client_id,
        "redirect_uri": HOME,
        "response_type": "code",
        "scope": FULL,
        "access_type": "offline",
        **parameters,
    }
    return person.decide(f"{person.google.auth_uri}?{urlencode(query)}")["code"]


def _redeem(person: Person, code: str, **form: str) -> tuple[int, Json]:
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": HOME, **form}
    return _token(person.google, person.ca_file, **fields)


def _refresh(person: Person, token: str, **form: str) -> tuple[int, Json]:
    return _token(person.google, person.ca_file, grant_type="refresh_token", refresh_token=token, **form)


def test_the_real_flow_signs_in_with_pkce_and_state(person: Person) -> None:
    credentials = person.sign_in(scope("readonly"))
    assert credentials.granted_scopes == [scope("readonly")]
    assert str(credentials.token).startswith("ya29.")
    assert credentials.refresh_token.startswith("1//0")


def test_access_tokens_last_3599_seconds_of_the_clock(person: Person) -> None:
    status, answer = _redeem(person, _code(person))
    assert (status, answer["expires_in"], answer["token_type"], answer["scope"]) == (200, 3599, "Bearer", FULL)
    assert set(answer) == {"access_token", "expires_in", "refresh_token", "scope", "token_type"}


def test_an_unticked_scope_is_not_granted_and_the_library_warns(person: Person) -> None:
    flow = person.flow(scope("readonly"), scope("send"))
    url, _ = flow.authorization_url(access_type="offline", prompt="consent")
    back = person.decide(url, untick=(scope("send"),))
    assert back["scope"] == scope("readonly")
    with pytest.raises(Warning, match="Scope has changed") as caught:
        flow.fetch_token(code=back["code"], verify=person.ca_file)
    flow.oauth2session.close()
    granted: Any = caught.value
    assert granted.new_scope == [scope("readonly")]


@pytest.mark.parametrize("how", [{"action": "deny"}, {"untick": (FULL,)}], ids=["cancelled", "nothing ticked"])
def test_a_denial_goes_back_as_access_denied_with_the_state(person: Person, how: dict[str, Any]) -> None:
    url, state = person.flow(FULL).authorization_url()
    assert person.decide(url, **how) == {"error": "access_denied", "state": state}


@pytest.mark.parametrize(
    ("changed", "status", "word"),
    [
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"redirect_uri": "https://example.com/"}, 400, "redirect_uri_mismatch"),
        ({"redirect_uri": "urn:ietf:wg:oauth:2.0:oob"}, 400, "redirect_uri_mismatch"),
        ({"response_type": "token"}, 400, "invalid_request"),
        ({"scope": "https://www.googleapis.com/auth/gmail.everything"}, 400, "invalid_scope"),
        ({"code_challenge_method": "S512"}, 400, "invalid_request"),
    ],
    ids=["client", "foreign redirect", "out of band", "implicit", "scope", "challenge"],
)
def test_a_wrong_request_ends_on_a_page_and_tells_the_application_nothing(
    google: Google, ca_file: str, changed: dict[str, str], status: int, word: str
) -> None:
    query = {"client_id": google.client_id, "redirect_uri": HOME, "response_type": "code", "scope": FULL, **changed}
    page = requests.get(f"{google.auth_uri}?{urlencode(query)}", verify=ca_file, timeout=10, allow_redirects=False)
    assert (page.status_code, f"Error {status}: {word}" in page.text) == (status, True)


def test_the_page_offers_every_account_and_ticks_every_scope(person: Person) -> None:
    url, _ = person.flow("openid", "email", scope("send")).authorization_url(login_hint=BOB)
    form = person.open(url)
    assert form.accounts == [ANN, BOB]
    assert form.boxes == ["openid", "https://www.googleapis.com/auth/userinfo.email", scope("send")]


def test_a_code_works_once(person: Person) -> None:
    code = _code(person)
    assert _redeem(person, code)[0] == 200
    assert _redeem(person, code) == (400, {"error": "invalid_grant", "error_description": "Bad Request"})


def test_a_code_lives_ten_minutes(person: Person, clock: Clock) -> None:
    code = _code(person)
    clock.advance(timedelta(minutes=10, seconds=1))
    assert _redeem(person, code) == (400, {"error": "invalid_grant", "error_description": "Bad Request"})


@pytest.mark.parametrize(
    ("form", "says"), [({}, "Missing code verifier."), ({"code_verifier": "x" * 43}, "Invalid code verifier.")]
)
def test_a_challenged_code_wants_its_verifier(person: Person, form: dict[str, str], says: str) -> None:
    code = _code(person, code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method="S256")
    assert _redeem(person, code, **form) == (400, {"error": "invalid_grant", "error_description": says})


def test_the_verifier_of_rfc_7636_appendix_b_opens_its_challenge(person: Person) -> None:
    code = _code(person, code_challenge="E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method="S256")
    assert _redeem(person, code, code_verifier="dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")[0] == 200


def test_a_code_wants_the_same_redirect(person: Person) -> None:
    answer = _redeem(person, _code(person), redirect_uri="http://localhost:1/")
    assert answer == (400, {"error": "redirect_uri_mismatch", "error_description": "Bad Request"})


def test_a_wrong_client_or_secret_is_invalid_client(person: Person) -> None:
    unknown = _refresh(person, "1//0", client_id="nobody")
    wrong = _refresh(person, "1//0", client_secret="guess")
    assert unknown == (401, {"error": "invalid_client", "error_description": "The OAuth client was not found."})
    assert wrong == (401, {"error": "invalid_client", "error_description": "The provided client secret is invalid."})


def test_an_unknown_kind_of_grant_is_refused(person: Person) -> None:
    status, answer = _token(person.google, person.ca_file, grant_type="password")
    assert (status, answer["error"]) == (400, "unsupported_grant_type")


def test_refreshing_gives_no_new_refresh_token(person: Person) -> None:
    _, first = _redeem(person, _code(person))
    status, second = _refresh(person, first["refresh_token"])
    assert (status, set(second)) == (200, {"access_token", "expires_in", "scope", "token_type"})
    assert second["access_token"] != first["access_token"]
    assert _refresh(person, first["refresh_token"])[0] == 200


def test_without_prompt_consent_a_second_sign_in_gives_no_refresh_token(person: Person) -> None:
    answers = [_redeem(person, _code(person))[1], _redeem(person, _code(person))[1]]
    answers.append(_redeem(person, _code(person, prompt="consent"))[1])
    assert ["refresh_token" in answer for answer in answers] == [True, False, True]


def test_include_granted_scopes_brings_old_scopes_back(person: Person) -> None:
    _redeem(person, _code(person, scope=scope("metadata")))
    _, answer = _redeem(person, _code(person, scope=scope("readonly"), include_granted_scopes="true"))
    assert set(answer["scope"].split()) == {scope("metadata"), scope("readonly")}


@pytest.mark.parametrize(
    ("reason", "body"),
    [
        ("revoked", {"error_description": "Token has been expired or revoked."}),
        ("expired", {"error_description": "Token has been expired or revoked."}),
        ("password", {"error_description": "Token has been expired or revoked."}),
        ("session", {"error_description": "reauth related error (invalid_rapt)", "error_subtype": "invalid_rapt"}),
        ("deleted", {"error_description": "Account has been deleted"}),
    ],
)
def test_an_ended_grant_is_invalid_grant_for_the_real_client(
    google: Google, person: Person, ca_file: str, reason: str, body: dict[str, str]
) -> None:
    credentials = person.sign_in(FULL)
    google.revoke_grants(ANN, reason=reason)
    with requests.Session() as session:
        transport = _Transport(session, ca_file)
        with pytest.raises(RefreshError) as caught:
            credentials.refresh(transport)  # type: ignore[no-untyped-call]  # google-auth's methods have no types
    # the library tells of session control in a sentence of its own, without the body
    assert caught.value.args[1:] == (() if reason == "session" else ({"error": "invalid_grant", **body},))
    assert caught.value.retryable is False
    assert _refresh(person, credentials.refresh_token) == (400, {"error": "invalid_grant", **body})


class _Transport(google.auth.transport.requests.Request):
    """google-auth's own transport, trusting the sandbox's authority."""

    def __init__(self, session: requests.Session, ca_file: str) -> None:
        super().__init__(session)
        self._ca_file = ca_file

    def __call__(self, *args: Any, **more: Any) -> Any:
        # google-auth's methods have no types
        return super().__call__(*args, verify=self._ca_file, **more)  # type: ignore[no-untyped-call]


def test_a_grant_ends_only_for_a_reason_there_is(google: Google, person: Person) -> None:
    person.sign_in(FULL)
    with pytest.raises(ValueError, match="not by boredom"):
        google.revoke_grants(ANN, reason="boredom")


def test_in_testing_status_a_sign_in_lasts_seven_days(google: Google, person: Person, clock: Clock) -> None:
    google.testing = True
    _, answer = _redeem(person, _code(person))
    clock.advance(timedelta(days=6, hours=23))
    _, later = _refresh(person, answer["refresh_token"])
    assert (answer["refresh_token_expires_in"], later["refresh_token_expires_in"]) == (604_800, 3_600)
    clock.advance(timedelta(hours=1))
    assert _refresh(person, answer["refresh_token"]) == (
        400,
        {"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
    )


def test_in_production_status_a_sign_in_lasts_while_it_is_used(person: Person, clock: Clock) -> None:
    _, answer = _redeem(person, _code(person))
    found = []
    for days in (150, 150, 183):
        clock.advance(timedelta(days=days))
        found.append(_refresh(person, answer["refresh_token"])[0])
    assert found == [200, 200, 400]


def test_beyond_a_hundred_refresh_tokens_the_oldest_dies_silently(google: Google, person: Person, clock: Clock) -> None:
    consent = Consent(
        client=google.client_id,
        address=ANN,
        scopes=(FULL,),
        redirect_uri=HOME,
        challenge="",
        challenge_method="plain",
        offline=True,
        at=clock.now(),
    )
    answers = [
        google.tokens.redeem(google.tokens.code_for(consent), client=google.client_id, redirect_uri=HOME, verifier="")
        for _ in range(101)
    ]
    tokens = [str(answers[place]["refresh_token"]) for place in (0, 1, 100)]
    assert [_refresh(person, token)[0] for token in tokens] == [400, 200, 200]


@pytest.mark.parametrize("which", ["refresh_token", "access_token"])
def test_revoking_either_token_ends_the_grant(person: Person, which: str) -> None:
    _, answer = _redeem(person, _code(person))
    address = person.google.token_uri.replace("/token", "/revoke")
    first = requests.post(address, data={"token": answer[which]}, verify=person.ca_file, timeout=10)
    second = requests.post(address, data={"token": answer[which]}, verify=person.ca_file, timeout=10)
    assert (first.status_code, first.json()) == (200, {})
    assert (second.status_code, second.json()["error"]) == (400, "invalid_token")
    assert _refresh(person, answer["refresh_token"])[0] == 400


def test_a_run_out_access_token_is_refreshed_by_the_client(
    sign_in: Callable[..., Checked], google: Google, clock: Clock, ca_file: str
) -> None:
    client = sign_in()
    clock.advance(timedelta(hours=1))
    assert client.refused(client.users.getProfile(userId="nobody@x"))[0] == 403
    assert google.account(ANN).requests == 1


def test_the_front_page_says_what_this_is(google: Google, ca_file: str) -> None:
    page = requests.get(google.server.url, verify=ca_file, timeout=10)
    assert (page.status_code, "A local Google" in page.text) == (200, True)
    assert requests.get(f"{google.server.url}/nothing", verify=ca_file, timeout=10).status_code == 404


def test_the_consent_page_is_a_page_for_people(person: Person) -> None:
    url, _ = person.flow(scope("readonly")).authorization_url()
    text = requests.get(url, verify=person.ca_file, timeout=10).text
    for piece in ('<html lang="en">', 'name="viewport"', "<title>", '<label for="account">', "<legend>"):
        assert piece in text
    assert "View your email messages and settings" in text


def test_what_a_stranger_writes_into_the_address_is_escaped(person: Person) -> None:
    url, _ = person.flow(FULL).authorization_url(state='"><script>alert(1)</script>')
    assert "<script>" not in requests.get(url, verify=person.ca_file, timeout=10).text
    back = person.decide(url)
    assert back["state"] == '"><script>alert(1)</script>'


def test_signing_in_to_an_account_there_is_not_ends_on_a_page(person: Person) -> None:
    url, _ = person.flow(FULL).authorization_url()
    answer = requests.post(url, data={"account": "x@y", "action": "allow"}, verify=person.ca_file, timeout=10)
    assert (answer.status_code, "find your Google Account" in answer.text) == (400, True)
    assert parse_qs(urlsplit(url).query)["access_type"] == ["offline"]
