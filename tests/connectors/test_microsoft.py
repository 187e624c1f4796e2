"""Signing in to the local Microsoft with the real MSAL: what is asked, given, refused, renewed and lost."""

import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.entra import failed_renewal, failed_sign_in
from connectors.errors import (
    ClientMisconfigured,
    ConnectorError,
    ConsentDenied,
    ConsentTimedOut,
    GrantGone,
    NoMailbox,
    Unreachable,
)
from connectors.microsoft import MicrosoftProvider
from connectors.outlook import OutlookMailbox
from connectors.provider import Feature, Grant, Microsoft, SignIn
from connectors.vault import Vault
from sandbox.faults import Fault
from sandbox.visitor import Visitor
from sandbox.world import World

BEN, BEA = "ben@ben-work.example", "bea@outlook.example"
READ = frozenset({Feature.READ})
ALL = frozenset(Feature)
TOKEN = "POST .*/oauth2/v2.0/token"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path) as world:
        yield world


@pytest.fixture
def provider(world: World, vault: Vault) -> MicrosoftProvider:
    return provider_of(world, vault)


def provider_of(world: World, vault: Vault, **changed: str) -> MicrosoftProvider:
    """The provider pointed at the sandbox, some settings changed."""
    settings = Microsoft(
        client_id=changed.get("client_id", world.microsoft.client_id),
        authority=changed.get("authority", world.microsoft.authority),
        graph_root=changed.get("graph_root", world.microsoft.graph_root),
        ca_bundle=changed.get("ca_bundle", str(world.ca_file)),
    )
    return MicrosoftProvider(settings, vault, now=world.clock.now, sleep=world.clock.sleep)


def connect(world: World, provider: MicrosoftProvider, *, who: str = BEN, features: frozenset[Feature] = READ) -> Grant:
    """A person signs in with a browser."""
    sign_in = SignIn(show=Visitor(world.ca_file, account=who), tell=print, time_limit=20)
    return provider.connect(features, sign_in)


def read(world: World, provider: MicrosoftProvider, who: str = BEN) -> OutlookMailbox:
    """Read the mailbox once with the saved sign-in."""
    mailbox = provider.mailbox(f"outlook:{who}")
    try:
        list(mailbox.changes(None, since=world.clock.now() - timedelta(days=1)))
    finally:
        mailbox.close()
    return mailbox


def test_a_sign_in_by_browser_tells_whose_mailbox_it_is_and_what_was_given(
    world: World, provider: MicrosoftProvider
) -> None:
    world.microsoft.add_account("cy@ben-work.example", aliases=("cyrus@ben-work.example",))
    grant = connect(world, provider, who="cy@ben-work.example", features=ALL)
    assert grant == Grant(
        account="outlook:cy@ben-work.example",
        address="cy@ben-work.example",
        aliases=("cyrus@ben-work.example",),
        features=ALL,
        missing=(),
        granted_at=world.clock.now(),
        ends_at=None,
    )


@pytest.mark.parametrize(
    ("features", "asked"),
    [
        (READ, {"User.Read", "Mail.Read"}),
        (frozenset({Feature.SEND}), {"User.Read", "Mail.Send", "Mail.ReadWrite"}),
        (frozenset({Feature.DRAFTS}), {"User.Read", "Mail.Send", "Mail.ReadWrite"}),
        (frozenset({Feature.READ, Feature.ARM}), {"User.Read", "Mail.Read", "Mail.ReadWrite"}),
    ],
)
def test_each_feature_asks_for_the_least_permissions(
    world: World, provider: MicrosoftProvider, features: frozenset[Feature], asked: set[str]
) -> None:
    shown: list[str] = []
    visitor = Visitor(world.ca_file, account=BEN)

    def show(url: str) -> None:
        shown.append(url)
        visitor(url)

    provider.connect(features, SignIn(show=show, tell=print, time_limit=20), address=BEN)
    graph = set(re.findall(r"(?:User|Mail)\.\w+", shown[0]))
    assert graph == asked
    assert "code_challenge_method=S256" in shown[0]
    assert "login_hint=ben%40ben-work.example" in shown[0]


@pytest.mark.parametrize(
    ("graph_root", "asked"),
    [
        ("https://graph.microsoft.us/v1.0", "https://graph.microsoft.us/Mail.Read"),
        ("https://microsoftgraph.chinacloudapi.cn/v1.0", "https://microsoftgraph.chinacloudapi.cn/Mail.Read"),
        ("https://graph.microsoft.com/v1.0", "Mail.Read"),
    ],
)
def test_permissions_are_those_of_the_cloud_the_mailbox_is_in(
    world: World, vault: Vault, graph_root: str, asked: str
) -> None:
    provider = provider_of(world, vault, graph_root=graph_root)
    shown: list[str] = []
    with pytest.raises(ConsentTimedOut):
        provider.connect(READ, SignIn(show=shown.append, tell=print, time_limit=0.01))
    assert asked in parse_qs(urlsplit(shown[0]).query)["scope"][0].split()


def test_a_sign_in_by_device_code_needs_no_browser_here(world: World, provider: MicrosoftProvider) -> None:
    visitor = Visitor(world.ca_file, account=BEN)

    def tell(sentence: str) -> None:
        url, code = re.findall(r"https://\S+|\b[A-Z0-9]{9}\b", sentence)
        visitor.enter_code(url, code)

    def patient(seconds: float) -> None:
        time.sleep(0.02)  # the visitor's thread needs real time
        world.clock.sleep(seconds)

    slow = MicrosoftProvider(provider._microsoft, provider._vault, now=world.clock.now, sleep=patient)
    grant = slow.connect(READ, SignIn(show=pytest.fail, tell=tell, device_code=True))
    assert (grant.account, grant.features) == (f"outlook:{BEN}", READ)


def test_nobody_entering_the_code_ends_in_words(world: World, provider: MicrosoftProvider) -> None:
    sign_in = SignIn(show=pytest.fail, tell=lambda _: None, device_code=True, time_limit=30)
    with pytest.raises(ConsentTimedOut, match="30 seconds"):
        provider.connect(READ, sign_in)


def test_a_denied_consent_saves_nothing(world: World, provider: MicrosoftProvider) -> None:
    sign_in = SignIn(show=Visitor(world.ca_file, account=BEN, deny=True), tell=print, time_limit=20)
    with pytest.raises(ConsentDenied, match="nothing was saved"):
        provider.connect(READ, sign_in)
    with pytest.raises(GrantGone):
        provider.mailbox(f"outlook:{BEN}")


def test_a_person_who_walks_away_is_not_waited_for_for_ever(world: World, provider: MicrosoftProvider) -> None:
    sign_in = SignIn(show=Visitor(world.ca_file, account=BEN, leave=True), tell=print, time_limit=0.1)
    with pytest.raises(ConsentTimedOut):
        provider.connect(READ, sign_in)


def test_an_account_without_mail_service_is_told_and_not_saved(world: World, provider: MicrosoftProvider) -> None:
    world.microsoft.add_account("nomail@ben-work.example", mail=False)
    with pytest.raises(NoMailbox):
        connect(world, provider, who="nomail@ben-work.example")
    with pytest.raises(GrantGone):
        provider.mailbox("outlook:nomail@ben-work.example")


def test_a_wrong_client_id_is_named_as_the_trouble(world: World, vault: Vault) -> None:
    wrong = provider_of(world, vault, client_id="99999999-9999-4999-8999-999999999999")
    sign_in = SignIn(show=pytest.fail, tell=pytest.fail, device_code=True, time_limit=5)
    with pytest.raises(ClientMisconfigured, match="client_id"):
        wrong.connect(READ, sign_in)


@pytest.mark.parametrize("authority", ["http://localhost/common", "nonsense", "https://localhost"])
def test_an_authority_that_is_none_is_named_as_the_trouble(world: World, vault: Vault, authority: str) -> None:
    with pytest.raises(ClientMisconfigured, match=r"microsoft\.authority"):
        connect(world, provider_of(world, vault, authority=authority))


def test_a_tenant_nobody_knows_is_named_as_the_trouble(world: World, vault: Vault) -> None:
    with pytest.raises(ClientMisconfigured, match=r"microsoft\.authority"):
        connect(world, provider_of(world, vault, authority=f"{world.microsoft.server.url}/no-such-tenant"))


def test_a_certificate_that_is_not_trusted_points_at_the_setting(world: World, vault: Vault) -> None:
    with pytest.raises(Unreachable, match=r"microsoft\.ca_bundle"):
        connect(world, provider_of(world, vault, ca_bundle=""))


def test_our_certificates_win_over_the_environment(
    world: World, provider: MicrosoftProvider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    other.write_text("")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
    assert connect(world, provider).address == BEN
    read(world, provider)


def test_personal_and_work_accounts_live_side_by_side(world: World, provider: MicrosoftProvider) -> None:
    work, personal = connect(world, provider, who=BEN), connect(world, provider, who=BEA)
    capabilities = [read(world, provider, each.address).capabilities() for each in (work, personal)]
    assert [each.returns_receipts for each in capabilities] == ["if the admin allows", "if their program asks"]
    assert [len(each.limits) for each in capabilities] == [2, 3]


def test_what_was_not_given_is_told_as_what_will_not_work(world: World, provider: MicrosoftProvider) -> None:
    connect(world, provider)
    capabilities = read(world, provider).capabilities()
    assert (capabilities.reads, capabilities.sends, capabilities.arms_drafts) == (True, False, False)
    assert [limit.split(" ")[0] for limit in capabilities.limits] == ["Mail.Send", "Mail.ReadWrite"]


def test_connecting_again_for_more_keeps_the_account(world: World, provider: MicrosoftProvider) -> None:
    connect(world, provider)
    again = connect(world, provider, features=ALL)
    assert (again.account, again.features) == (f"outlook:{BEN}", ALL)
    assert read(world, provider).capabilities().sends


def test_the_rotated_refresh_token_is_saved_at_once(world: World, provider: MicrosoftProvider, vault: Vault) -> None:
    connect(world, provider)
    before = refresh_tokens(vault)
    world.clock.advance(timedelta(days=2))
    read(world, provider)
    assert refresh_tokens(vault) != before


def test_a_token_another_process_renewed_is_taken_over(world: World, provider: MicrosoftProvider, vault: Vault) -> None:
    connect(world, provider)
    here, there = provider.mailbox(f"outlook:{BEN}"), provider_of(world, vault).mailbox(f"outlook:{BEN}")
    here.profile()
    there.profile()
    world.clock.advance(timedelta(days=2))
    there.profile()
    renewed = refresh_tokens(vault)
    here.profile()
    assert refresh_tokens(vault) == renewed
    here.close()
    there.close()


@pytest.mark.parametrize("reason", ["revoked", "password", "expired", "mfa", "consent", "device"])
def test_a_grant_that_ended_says_so_and_how_to_mend_it(world: World, provider: MicrosoftProvider, reason: str) -> None:
    connect(world, provider)
    world.microsoft.revoke_grants(BEN, reason=reason)
    with pytest.raises(GrantGone, match=r'outlook:ben@ben-work\.example.*run "heardback connect outlook"'):
        read(world, provider)
    connect(world, provider)
    read(world, provider)


def test_a_grant_not_used_for_ninety_days_is_gone(world: World, provider: MicrosoftProvider) -> None:
    connect(world, provider)
    world.clock.advance(timedelta(days=91))
    with pytest.raises(GrantGone):
        read(world, provider)


def test_a_grant_in_use_lives_on(world: World, provider: MicrosoftProvider) -> None:
    connect(world, provider)
    for _ in range(3):
        world.clock.advance(timedelta(days=60))
        read(world, provider)


def test_a_claims_challenge_is_answered(world: World, provider: MicrosoftProvider) -> None:
    connect(world, provider)
    world.microsoft.server.faults.add(Fault(trouble="expire-token", detail="claims"))
    read(world, provider)


def test_a_claims_challenge_after_revocation_needs_a_person(world: World, provider: MicrosoftProvider) -> None:
    connect(world, provider)
    world.microsoft.revoke_grants(BEN, at_once=False)
    world.microsoft.server.faults.add(Fault(trouble="expire-token", detail="claims"))
    with pytest.raises(GrantGone):
        read(world, provider)


@pytest.mark.parametrize("trouble", ["drop", "lose", "cut"])
def test_a_bad_line_to_the_sign_in_service_is_tried_again(
    world: World, provider: MicrosoftProvider, trouble: str
) -> None:
    connect(world, provider)
    world.clock.advance(timedelta(days=2))
    world.microsoft.server.faults.add(Fault(trouble=trouble, pattern=TOKEN, times=2))  # type: ignore[arg-type]  # parametrised
    read(world, provider)


def test_a_sign_in_service_that_is_down_is_unreachable_and_loses_no_grant(
    world: World, provider: MicrosoftProvider
) -> None:
    connect(world, provider)
    world.clock.advance(timedelta(days=2))
    world.microsoft.server.faults.add(Fault(trouble="answer", pattern="oauth2|openid", status=503, times=99))
    with pytest.raises(Unreachable):
        read(world, provider)
    world.microsoft.server.faults.clear()
    read(world, provider)


@pytest.mark.parametrize("body", ["<html>please log in to the WLAN</html>", "[]", "{}", '"text"'])
def test_a_gateways_own_page_is_no_answer_of_the_sign_in_service(
    world: World, provider: MicrosoftProvider, body: str
) -> None:
    connect(world, provider)
    world.clock.advance(timedelta(days=2))
    world.microsoft.server.faults.add(Fault(trouble="answer", pattern="openid", status=200, body=body, times=99))
    with pytest.raises(Unreachable):
        read(world, provider)


def test_a_redirect_is_not_followed_with_a_token(world: World, provider: MicrosoftProvider) -> None:
    connect(world, provider)
    elsewhere = (("Location", "https://evil.example/"),)
    world.microsoft.server.faults.add(Fault(trouble="answer", pattern="/me", status=302, headers=elsewhere, times=99))
    with pytest.raises(Unreachable, match="302"):
        read(world, provider)


def test_disconnecting_forgets_here_and_says_that_microsoft_was_not_told(
    world: World, provider: MicrosoftProvider
) -> None:
    grant = connect(world, provider)
    assert provider.disconnect(grant.account) is False
    with pytest.raises(GrantGone, match="heardback connect outlook"):
        provider.mailbox(grant.account)


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ({}, GrantGone),
        ({"error": "invalid_grant", "error_codes": [50173]}, GrantGone),
        ({"error": "invalid_grant", "suberror": "consent_required", "error_codes": [65001]}, GrantGone),
        ({"error": "interaction_required", "error_codes": [50076]}, GrantGone),
        ({"error": "invalid_grant", "error_codes": [50196]}, Unreachable),
        ({"error": "invalid_grant", "error_description": "AADSTS90033: A transient error has occurred."}, Unreachable),
        ({"error": "temporarily_unavailable"}, Unreachable),
        ({"error": "something_new"}, Unreachable),
        ({"error": "unauthorized_client", "error_codes": [700016]}, ClientMisconfigured),
        ({"error": "invalid_client", "error_codes": [7000218]}, ClientMisconfigured),
    ],
)
def test_what_msal_gives_instead_of_a_token_has_one_meaning(
    result: dict[str, object], kind: type[ConnectorError]
) -> None:
    assert type(failed_renewal(result, "outlook:me@example.com")) is kind


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ({"error": "access_denied", "error_description": "AADSTS65004: User declined"}, ConsentDenied),
        ({"error": "server_error", "error_description": "AADSTS90094: admin consent"}, ConsentDenied),
        ({"error": "authorization_declined"}, ConsentDenied),
        ({"error": "expired_token", "error_codes": [70019]}, ConsentTimedOut),
        ({"error": "invalid_grant", "error_codes": [54005]}, Unreachable),
        ({"error": "invalid_client", "error_codes": [7000218]}, ClientMisconfigured),
        ({}, Unreachable),
    ],
)
def test_a_sign_in_without_a_token_has_one_meaning(result: dict[str, object], kind: type[ConnectorError]) -> None:
    assert type(failed_sign_in(result)) is kind


def refresh_tokens(vault: Vault) -> set[str]:
    """The refresh tokens in the vault."""
    cache = json.loads((vault.get(f"outlook:{BEN}") or {})["cache"])
    return {each["secret"] for each in cache["RefreshToken"].values()}
