"""Signing in, by the real MSAL."""

import base64
import json
import re
import threading
import urllib.request
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msal
import pytest

ME = "ada@contoso.example"
SCOPES = ["User.Read", "Mail.Read"]


def test_a_code_with_pkce_gives_tokens_and_an_account(world: Any) -> None:
    app = world.app()
    answer = world.sign_in(app, scopes=SCOPES)
    person = world.microsoft.account(ME)
    assert (answer["token_type"], answer["expires_in"], set(answer["scope"].split())) == (
        "Bearer",
        3599,
        {"User.Read", "Mail.Read", "openid", "profile", "email"},
    )
    claims = answer["id_token_claims"]
    assert (claims["preferred_username"], claims["oid"], claims["tid"]) == (ME, person.object_id, person.tenant)
    assert [account["home_account_id"] for account in app.get_accounts()] == [f"{person.object_id}.{person.tenant}"]


def test_msal_signs_in_through_its_own_loopback_server(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """MSAL asks for form_post, and its page is posted to http://localhost by the browser."""

    def open_browser(url: str) -> bool:
        fields = world.consent(url)
        where = parse_qs(urlsplit(url).query)["redirect_uri"][0]
        post = urllib.request.Request(where, urlencode(fields).encode())
        threading.Thread(target=lambda: urllib.request.urlopen(post, timeout=10).close()).start()
        return True

    monkeypatch.setattr("msal.oauth2cli.authcode._browse", lambda url, **_: open_browser(url))
    answer = world.app().acquire_token_interactive(SCOPES, timeout=10)
    assert answer["id_token_claims"]["preferred_username"] == ME


def test_a_personal_account_signs_in_at_consumers_and_not_at_organizations(world: Any) -> None:
    world.microsoft.add_account("eve@outlook.example", kind="personal", name="Eve")
    answer = world.sign_in(world.app("consumers"), "eve@outlook.example")
    assert answer["id_token_claims"]["tid"] == "9188040d-6c67-4c5b-b112-36a304b66dad"
    page = world.http.get(_consent_address(world, "organizations")).text
    assert "eve@outlook.example" not in page
    assert ME in page


def test_a_declined_consent_comes_back_as_access_denied_with_the_state(world: Any) -> None:
    flow = world.app().initiate_auth_code_flow(SCOPES, redirect_uri="http://localhost:1", response_mode="form_post")
    answer = world.consent(flow["auth_uri"], action="deny")
    assert (answer["error"], answer["error_subcode"], answer["state"]) == ("access_denied", "cancel", flow["state"])
    assert answer["error_description"].startswith("AADSTS65004: ")


def test_only_localhost_without_a_path_is_a_registered_redirect(world: Any) -> None:
    for redirect in ("http://127.0.0.1:1", "http://localhost:1/back", "https://elsewhere.example", "http://[oops"):
        page = world.http.get(_consent_address(world, "common", redirect_uri=redirect))
        assert (page.status_code, "AADSTS50011" in page.text) == (400, True)


def test_an_unknown_client_is_told_on_the_page(world: Any) -> None:
    page = world.http.get(_consent_address(world, "common", client_id="nobody"))
    assert (page.status_code, "AADSTS700016" in page.text) == (400, True)


def test_a_code_works_once_and_only_with_its_verifier(world: Any) -> None:
    app = world.app()
    flow = app.initiate_auth_code_flow(SCOPES, redirect_uri="http://localhost:1", response_mode="form_post")
    back = world.consent(flow["auth_uri"])
    wrong = _token(world, grant_type="authorization_code", code=back["code"], redirect_uri="http://localhost:1",
                   code_verifier="another")  # fmt: skip
    assert wrong["error_codes"] == [501481]
    assert "access_token" in app.acquire_token_by_auth_code_flow(flow, back)
    again = _token(world, grant_type="authorization_code", code=back["code"], redirect_uri="http://localhost:1")
    assert again["error_codes"] == [54005]


def test_each_refresh_gives_a_new_refresh_token_and_the_old_one_still_works(world: Any) -> None:
    first = world.sign_in(world.app())["refresh_token"]
    second = _token(world, grant_type="refresh_token", refresh_token=first)["refresh_token"]
    third = _token(world, grant_type="refresh_token", refresh_token=first)["refresh_token"]
    assert len({first, second, third}) == 3


def test_there_is_no_refresh_token_without_offline_access(world: Any) -> None:
    back = world.consent(_consent_address(world, "common"))
    answer = _token(world, grant_type="authorization_code", code=back["code"], redirect_uri="http://localhost:1")
    assert ("access_token" in answer, "refresh_token" in answer) == (True, False)


def test_a_refresh_token_dies_after_ninety_days_without_use(world: Any) -> None:
    app = world.app()
    world.sign_in(app, scopes=SCOPES)
    world.advance(90 * 86400 + 1)
    answer = app.acquire_token_silent_with_error(SCOPES, account=app.get_accounts()[0], force_refresh=True)
    assert (answer["error"], answer["error_codes"], answer["classification"]) == (
        "invalid_grant",
        [700082],
        "",
    )


@pytest.mark.parametrize(
    ("reason", "number", "suberror"),
    [("revoked", 50173, "bad_token"), ("password", 50173, "bad_token"), ("mfa", 50076, "basic_action"),
     ("expired", 700082, "token_expired"), ("consent", 65001, "consent_required"), ("device", 530003, "message_only")],
)  # fmt: skip
def test_an_ended_grant_says_why(world: Any, reason: str, number: int, suberror: str) -> None:
    app = world.app()
    world.sign_in(app, scopes=SCOPES)
    world.microsoft.revoke_grants(ME, reason=reason)
    answer = app.acquire_token_silent_with_error(SCOPES, account=app.get_accounts()[0], force_refresh=True)
    assert (answer["error"], answer["error_codes"], answer["suberror"]) == ("invalid_grant", [number], suberror)
    assert re.fullmatch(
        rf"AADSTS{number}: .+ Trace ID: \S+ Correlation ID: \S+ Timestamp: 2026-05-04 08:00:00Z",
        answer["error_description"],
    )


def test_access_tokens_die_with_the_grant_only_when_told_to(world: Any) -> None:
    lasting, ended = world.graph(), world.graph("bob@contoso.example")
    world.microsoft.revoke_grants(ME, at_once=False)
    world.microsoft.revoke_grants("bob@contoso.example")
    assert (lasting("GET", "/me").status_code, ended("GET", "/me").status_code) == (200, 401)
    world.advance(3600)
    assert lasting("GET", "/me").status_code == 401


def test_a_person_can_sign_in_again_after_their_grant_ended(world: Any) -> None:
    world.sign_in(world.app())
    world.microsoft.revoke_grants(ME)
    app = world.app()
    world.sign_in(app, scopes=SCOPES)
    assert "access_token" in app.acquire_token_silent_with_error(
        SCOPES, account=app.get_accounts()[0], force_refresh=True
    )


def test_more_than_was_agreed_to_needs_consent(world: Any) -> None:
    app = world.app()
    world.sign_in(app, scopes=["User.Read"])
    answer = app.acquire_token_silent_with_error(["Mail.Send"], account=app.get_accounts()[0])
    assert (answer["error"], answer["error_codes"], answer["classification"]) == (
        "invalid_grant",
        [65001],
        "consent_required",
    )


def test_consent_adds_up(world: Any) -> None:
    app = world.app()
    world.sign_in(app, scopes=["User.Read"])
    answer = world.sign_in(app, scopes=["Mail.Send"])
    assert set(answer["scope"].split()) == {"User.Read", "Mail.Send", "openid", "profile", "email"}


def test_a_permission_that_does_not_exist_is_refused(world: Any) -> None:
    flow = world.app().initiate_device_flow(["Mail.Everything"])
    assert (flow["error"], flow["error_codes"]) == ("invalid_client", [650053])


def test_a_public_client_must_not_send_a_secret(world: Any) -> None:
    assert _token(world, grant_type="refresh_token", client_secret="x")["error_codes"] == [700025]


def test_a_device_code_waits_until_the_person_has_agreed(world: Any) -> None:
    app = world.app()
    flow = app.initiate_device_flow(SCOPES)
    assert flow["expires_in"] == 900
    waiting = _device_answer(app, flow)
    assert (waiting["error"], waiting["error_codes"]) == ("authorization_pending", [70016])
    _enter_code(world, flow, "allow")
    flow["latest_attempt_at"] = 0
    assert _device_answer(app, flow)["id_token_claims"]["preferred_username"] == ME


def test_a_device_code_can_be_declined_and_runs_out(world: Any) -> None:
    app = world.app()
    flow = app.initiate_device_flow(SCOPES)
    _enter_code(world, flow, "deny")
    assert _device_answer(app, flow)["error"] == "access_denied"
    late = world.app().initiate_device_flow(SCOPES)
    world.advance(901)
    assert _device_answer(world.app(), late)["error"] == "expired_token"


def test_a_wrong_device_code_is_said_on_the_page(world: Any) -> None:
    page = world.http.post(f"{world.microsoft.server.url}/devicelogin", data={"user_code": "NOPE"})
    assert "That code didn&#x27;t work" in page.text


def test_a_claims_challenge_is_answered_only_by_a_token_asked_with_these_claims(world: Any) -> None:
    app = world.app(client_capabilities=["CP1"])
    answer = world.sign_in(app, scopes=SCOPES)
    assert answer["expires_in"] == 28 * 3600
    world.fault("expire-token", "GET /v1.0/me", detail="claims")
    refused = _me(world, answer["access_token"])
    assert refused.status_code == 401
    say = refused.headers["WWW-Authenticate"]
    found = re.search(r'error="insufficient_claims", claims="([^"]+)"', say)
    assert found is not None
    claims = base64.b64decode(found.group(1)).decode()
    account = app.get_accounts()[0]
    plain = app.acquire_token_silent_with_error(SCOPES, account=account, force_refresh=True)
    assert _me(world, plain["access_token"]).status_code == 401
    better = app.acquire_token_silent_with_error(SCOPES, account=account, claims_challenge=claims)
    assert _me(world, better["access_token"]).status_code == 200


def test_a_token_that_runs_out_is_told_and_a_refreshed_one_works(world: Any) -> None:
    app = world.app()
    token = world.sign_in(app, scopes=SCOPES)["access_token"]
    world.fault("expire-token", "GET /v1.0/me")
    refused = _me(world, token)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    fresh = app.acquire_token_silent(SCOPES, account=app.get_accounts()[0], force_refresh=True)
    assert (_me(world, token).status_code, _me(world, fresh["access_token"]).status_code) == (401, 200)


def test_an_unknown_tenant_is_no_authority(world: Any) -> None:
    with pytest.raises(ValueError, match="Unable to get authority configuration"):
        world.app("99999999-9999-4999-8999-999999999999")
    assert isinstance(world.app(world.microsoft.account(ME).tenant), msal.PublicClientApplication)


def test_the_pages_have_what_a_browser_and_a_reader_need(world: Any) -> None:
    server = world.microsoft.server.url
    for address in (f"{server}/", f"{server}/devicelogin", _consent_address(world, "common")):
        page = world.http.get(address).text
        assert page.startswith('<!doctype html><html lang="en">')
        assert 'name="viewport"' in page
        assert re.search(r"<title>[^<]+</title>", page)
        fields = re.findall(r'<(?:select|input type="text") id="(\w+)"', page)
        assert [name for name in fields if f'<label for="{name}">' not in page] == []


def test_text_from_outside_does_not_become_markup(world: Any) -> None:
    world.microsoft.add_account("mallory@contoso.example", name="<script>alert(1)</script>")
    assert "<script>alert" not in world.http.get(_consent_address(world, "common")).text


def _consent_address(world: Any, tenant: str, **other: str) -> str:
    asked = {
        "client_id": world.microsoft.client_id,
        "response_type": "code",
        "redirect_uri": "http://localhost:1",
        "scope": "Mail.Read",
        **other,
    }
    return f"{world.microsoft.server.url}/{tenant}/oauth2/v2.0/authorize?{urlencode(asked)}"


def _token(world: Any, **form: str) -> Any:
    address = f"{world.microsoft.authority}/oauth2/v2.0/token"
    return json.loads(world.http.post(address, data={"client_id": world.microsoft.client_id, **form}).text)


def _device_answer(app: Any, flow: dict[str, Any]) -> Any:
    return app.acquire_token_by_device_flow(flow, exit_condition=lambda _: True)


def _enter_code(world: Any, flow: dict[str, Any], action: str) -> None:
    page = world.http.post(flow["verification_uri"], data={"user_code": flow["user_code"].lower()})
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert ticket is not None
    server = world.microsoft.server.url
    world.http.post(f"{server}/consent", data={"ticket": ticket.group(1), "account": ME, "action": action})


def _me(world: Any, token: str) -> Any:
    return world.http.get(f"{world.microsoft.graph_root}/me", headers={"Authorization": f"Bearer {token}"})
