import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme

from connectors.errors import (
    ClientMisconfigured,
    ConsentDenied,
    ConsentTimedOut,
    GrantGone,
    NoMailbox,
    ScopeMissing,
    Unreachable,
)
from connectors.gmail import GmailMailbox
from connectors.google import GoogleProvider, load_client_file
from connectors.google_grant import COMPOSE, READONLY, SEND, WITHOUT
from connectors.provider import Feature, Google, Grant, SignIn
from connectors.vault import Vault
from sandbox.faults import Fault
from sandbox.visitor import Visitor
from sandbox.world import World

ANA = "ana@ana-mail.example"
ACCOUNT = f"gmail:{ANA}"
BOTH = frozenset({Feature.READ, Feature.SEND})


class Browser:
    """Opens the address like a person does, and remembers it."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.address = ""

    def __call__(self, address: str) -> None:
        self.address = address
        self.visitor(address)

    @property
    def asked(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.address).query)


def browser(world: World, account: str = ANA, **habits: bool | tuple[str, ...]) -> Browser:
    return Browser(Visitor(world.ca_file, account=account, **habits))  # type: ignore[arg-type]  # passed through


def connect(
    provider: GoogleProvider, show: Browser, features: frozenset[Feature] = BOTH, time_limit: float = 20
) -> Grant:
    return provider.connect(features, SignIn(show=show, tell=print, time_limit=time_limit))


def profile(mailbox: GmailMailbox) -> str:
    try:
        return mailbox.profile().address
    finally:
        mailbox.close()


def test_a_sign_in_tells_address_aliases_and_what_was_allowed(world: World, provider: GoogleProvider) -> None:
    assert connect(provider, browser(world)) == Grant(
        account=ACCOUNT,
        address=ANA,
        aliases=("ana.work@ana-mail.example",),
        features=BOTH,
        missing=(),
        granted_at=world.clock.now(),
        ends_at=None,
    )
    assert profile(provider.mailbox(ACCOUNT)) == ANA


def test_the_consent_is_asked_for_with_pkce_state_and_a_loopback_address(
    world: World, provider: GoogleProvider
) -> None:
    show = browser(world)
    connect(provider, show)
    assert (show.asked["code_challenge_method"], show.asked["prompt"], show.asked["access_type"]) == (
        ["S256"],
        ["consent"],
        ["offline"],
    )
    assert len(show.asked["state"][0]) >= 32
    assert show.asked["redirect_uri"][0].startswith("http://127.0.0.1:")
    assert "client_secret" not in show.asked


@pytest.mark.parametrize(
    ("features", "scopes"),
    [
        ({Feature.READ}, READONLY),
        ({Feature.READ, Feature.SEND}, f"{READONLY} {SEND}"),
        ({Feature.SEND}, f"{READONLY} {SEND}"),
        ({Feature.DRAFTS}, f"{READONLY} {COMPOSE}"),
        ({Feature.SEND, Feature.DRAFTS}, f"{READONLY} {SEND} {COMPOSE}"),
        ({Feature.READ, Feature.ARM}, READONLY),
    ],
)
def test_only_the_scopes_of_the_features_are_asked_for(
    world: World, provider: GoogleProvider, features: set[Feature], scopes: str
) -> None:
    show = browser(world)
    connect(provider, show, frozenset(features))
    assert show.asked["scope"] == [scopes]


def test_arming_and_tasks_are_told_to_be_impossible(world: World, provider: GoogleProvider) -> None:
    grant = connect(provider, browser(world), frozenset(Feature))
    impossible = {Feature.ARM, Feature.TASKS}
    assert set(grant.features) == set(Feature) - impossible
    assert set(grant.missing) == {WITHOUT[each] for each in impossible}


def test_reconnecting_hints_at_the_account(world: World, provider: GoogleProvider) -> None:
    show = browser(world)
    provider.connect(BOTH, SignIn(show=show, tell=print, time_limit=20), address=ANA)
    assert show.asked["login_hint"] == [ANA]


def test_an_unticked_box_is_told_by_what_will_not_work(world: World, provider: GoogleProvider) -> None:
    grant = connect(provider, browser(world, untick=("gmail.send",)))
    assert (grant.features, grant.missing) == (frozenset({Feature.READ}), (WITHOUT[Feature.SEND],))
    mailbox = provider.mailbox(ACCOUNT)
    assert WITHOUT[Feature.SEND] in mailbox.capabilities().limits
    with pytest.raises(ScopeMissing, match=r"Sending was not allowed.*heardback connect gmail --allow send"):
        mailbox.send(b"To: you@example.com\r\n\r\n", tag="t", receipt=True)
    mailbox.close()


def test_permission_to_send_opens_no_draft_and_says_what_would(world: World, provider: GoogleProvider) -> None:
    connect(provider, browser(world))
    account = world.google.account(ANA)
    draft = account.mailbox.add_draft(b"To: you@example.com\r\nSubject: Offer\r\n\r\nhello\r\n")
    mailbox = provider.mailbox(ACCOUNT)
    can = mailbox.capabilities()
    assert (can.sends, can.sends_drafts, WITHOUT[Feature.DRAFTS] in can.limits) == (True, False, True)
    with pytest.raises(ScopeMissing, match=r"heardback connect gmail --allow drafts"):
        mailbox.send_draft(draft, tag="t", receipt=True)
    mailbox.close()


def test_permission_for_drafts_lets_plain_mail_leave_too(world: World, provider: GoogleProvider) -> None:
    grant = connect(provider, browser(world), frozenset({Feature.DRAFTS}))
    mailbox = provider.mailbox(ACCOUNT)
    can = mailbox.capabilities()
    mailbox.close()
    assert grant.features == {Feature.READ, Feature.DRAFTS}
    assert (can.sends, can.sends_drafts) == (True, True)


def test_without_reading_nothing_is_connected_and_the_grant_is_given_back(
    world: World, provider: GoogleProvider, vault: Vault
) -> None:
    with pytest.raises(ConsentDenied, match="nothing can be followed"):
        connect(provider, browser(world, untick=("gmail.readonly",)))
    assert vault.get(ACCOUNT) is None
    assert not world.google.tokens.granted_before(world.google.client_id, ANA)


def test_a_no_connects_nothing(world: World, provider: GoogleProvider, vault: Vault) -> None:
    with pytest.raises(ConsentDenied, match="was told no"):
        connect(provider, browser(world, deny=True))
    assert vault.get(ACCOUNT) is None


def test_a_person_who_leaves_is_not_waited_for_longer_than_the_limit(world: World, provider: GoogleProvider) -> None:
    with pytest.raises(ConsentTimedOut):
        connect(provider, browser(world, leave=True), time_limit=0.2)


def test_an_account_without_mail_is_named_and_given_back(world: World, provider: GoogleProvider) -> None:
    world.google.add_account("nomail@ana-mail.example", mail=False)
    with pytest.raises(NoMailbox, match="no Gmail mailbox"):
        connect(provider, browser(world, "nomail@ana-mail.example"))
    assert not world.google.tokens.granted_before(world.google.client_id, "nomail@ana-mail.example")


def test_a_client_in_testing_is_told_to_end_after_seven_days(world: World, provider: GoogleProvider) -> None:
    world.google.testing = True
    grant = connect(provider, browser(world))
    assert grant.ends_at == world.clock.now() + timedelta(days=7)
    world.clock.advance(timedelta(days=7, minutes=1))
    with pytest.raises(GrantGone):
        profile(provider.mailbox(ACCOUNT))


@pytest.mark.parametrize(
    ("change", "words"),
    [({"client_secret": "wrong"}, "check its id and secret"), ({"client_id": ""}, "No Google OAuth client is set up")],
)
def test_a_wrong_client_is_told(world: World, google: Google, vault: Vault, change: dict[str, Any], words: str) -> None:
    provider = GoogleProvider(replace(google, **change), vault, now=world.clock.now, sleep=world.clock.sleep)
    with pytest.raises(ClientMisconfigured, match=words):
        connect(provider, browser(world))


def test_a_server_nobody_vouches_for_is_not_trusted_whatever_the_environment_says(
    world: World, google: Google, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(world.ca_file))
    monkeypatch.setenv("HTTPLIB2_CA_CERTS", str(world.ca_file))
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    distrustful = replace(google, ca_bundle=str(tmp_path / "other.pem"))
    provider = GoogleProvider(distrustful, vault, now=world.clock.now, sleep=world.clock.sleep)
    with pytest.raises(Unreachable, match=r"google\.ca_bundle"):
        connect(provider, browser(world))


@pytest.mark.parametrize(
    "fault",
    [
        Fault(trouble="drop", pattern="POST /token"),
        Fault(trouble="answer", pattern="POST /token", status=503, body="<html>down</html>"),
        Fault(trouble="answer", pattern="POST /token", status=200, body="[]"),
        Fault(
            trouble="answer", pattern="POST /token", status=307, headers=(("Location", "https://localhost:1/token"),)
        ),
    ],
    ids=["hang-up", "page", "list", "redirect"],
)
def test_a_sign_in_server_in_trouble_is_unreachable(world: World, provider: GoogleProvider, fault: Fault) -> None:
    world.google.server.faults.add(fault)
    with pytest.raises(Unreachable):
        connect(provider, browser(world))


@pytest.mark.parametrize("reason", ["revoked", "password", "session", "deleted"])
def test_a_grant_that_ended_says_to_reconnect(world: World, provider: GoogleProvider, reason: str) -> None:
    connect(provider, browser(world))
    world.google.revoke_grants(ANA, reason=reason)
    with pytest.raises(GrantGone) as caught:
        profile(provider.mailbox(ACCOUNT))
    assert str(caught.value) == (
        f'{ANA}: Google no longer accepts the saved sign-in; run "heardback connect gmail" and sign in as {ANA}'
    )


def test_a_new_access_token_is_kept_and_taken_over_by_the_next_process(
    world: World, google: Google, provider: GoogleProvider, vault: Vault
) -> None:
    connect(provider, browser(world))
    early, late = provider.mailbox(ACCOUNT), provider.mailbox(ACCOUNT)
    old = (vault.get(ACCOUNT) or {})["access_token"]
    world.clock.advance(timedelta(hours=2))
    assert profile(early) == ANA
    new = (vault.get(ACCOUNT) or {})["access_token"]
    world.google.server.faults.add(Fault(trouble="drop", pattern="POST /token"))
    assert profile(late) == ANA
    assert old != new == (vault.get(ACCOUNT) or {})["access_token"]


def test_several_at_once_renew_the_access_token_a_single_time(world: World, provider: GoogleProvider) -> None:
    connect(provider, browser(world))
    world.clock.advance(timedelta(hours=2))
    mailboxes = [provider.mailbox(ACCOUNT) for _ in range(4)]
    renew, renewals = world.google.tokens.refresh, []

    def counted(refresh_token: str, *, client: str) -> dict[str, str | int]:
        renewals.append(refresh_token)
        return renew(refresh_token, client=client)

    world.google.tokens.refresh = counted  # type: ignore[method-assign]  # the side of the server, to count
    with ThreadPoolExecutor() as pool:
        assert list(pool.map(profile, mailboxes)) == [ANA] * 4
    assert len(renewals) == 1


def test_a_client_google_forgot_is_told_when_the_token_is_renewed(
    world: World, google: Google, provider: GoogleProvider, vault: Vault
) -> None:
    connect(provider, browser(world))
    world.clock.advance(timedelta(hours=2))
    wrong = GoogleProvider(replace(google, client_secret="wrong"), vault, now=world.clock.now, sleep=world.clock.sleep)
    with pytest.raises(ClientMisconfigured):
        profile(wrong.mailbox(ACCOUNT))


def test_disconnecting_revokes_and_forgets(world: World, provider: GoogleProvider, vault: Vault) -> None:
    connect(provider, browser(world))
    assert provider.disconnect(ACCOUNT)
    assert vault.get(ACCOUNT) is None
    assert not world.google.tokens.granted_before(world.google.client_id, ANA)
    assert not provider.disconnect(ACCOUNT)


def test_disconnecting_forgets_even_if_google_cannot_be_reached(
    world: World, provider: GoogleProvider, vault: Vault
) -> None:
    connect(provider, browser(world))
    world.google.server.faults.add(Fault(trouble="drop", pattern="/revoke"))
    assert not provider.disconnect(ACCOUNT)
    assert vault.get(ACCOUNT) is None


def test_disconnecting_forgets_a_damaged_sign_in(
    world: World, provider: GoogleProvider, vault: Vault, tmp_path: Path
) -> None:
    connect(provider, browser(world))
    next((tmp_path / "vault").glob("*.sealed")).write_bytes(b"?")
    assert not provider.disconnect(ACCOUNT)
    assert vault.get(ACCOUNT) is None


def test_several_accounts_lie_side_by_side(world: World, provider: GoogleProvider) -> None:
    connect(provider, browser(world))
    connect(provider, browser(world, "wu@workspace.example"))
    assert [profile(provider.mailbox(each)) for each in (ACCOUNT, "gmail:wu@workspace.example")] == [
        ANA,
        "wu@workspace.example",
    ]


def test_a_client_file_gives_id_and_secret(tmp_path: Path) -> None:
    file = tmp_path / "client.json"
    file.write_text(json.dumps({"installed": {"client_id": "1-a.apps", "client_secret": "GOCSPX-x", "auth_uri": "y"}}))
    assert load_client_file(file) == ("1-a.apps", "GOCSPX-x")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is no JSON"),
        ("[]", 'holds no OAuth client of type "Desktop app"'),
        ("{}", 'holds no OAuth client of type "Desktop app"'),
        ('{"installed": {"client_id": "x"}}', "holds no OAuth client"),
        ('{"installed": []}', "holds no OAuth client"),
        ('{"web": {"client_id": "x", "client_secret": "y"}}', 'of type "Web application"'),
        ('{"type": "service_account"}', "key of a service account"),
        ("\udcff", "is no JSON"),
    ],
)
def test_a_wrong_client_file_is_told_apart(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "client.json"
    file.write_text(content, "utf-8", "surrogateescape")
    with pytest.raises(ClientMisconfigured, match=words):
        load_client_file(file)


def test_a_missing_client_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClientMisconfigured, match=r"client\.json: the OAuth client file cannot be read"):
        load_client_file(tmp_path / "client.json")
