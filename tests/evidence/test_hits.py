"""What a request to the relay is worth, by the signatures loaders are known by."""

from ipaddress import ip_network

import pytest

from evidence.hits import RULE_OF, RULES, Report, Shown, graded
from evidence.model import Grade, HitKind
from evidence.networks import GATEWAYS, HOSTING, MICROSOFT, Networks, address_of

HOME = address_of("203.0.113.7")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SCANNER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135"
    " Safari/537.36 Edge/12.246 Mozilla/5.0"
)
IMAGE_LOADERS = {
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)": (
        "gmail-proxy",
        "weak",
    ),
    SCANNER: ("gmail-scanner", "none"),
    "Mozilla/5.0": ("apple-prefetch", "none"),
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html": ("yahoo-proxy", "weak"),
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)": ("outlook-desktop", "fair"),
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)": ("outlook-desktop", "fair"),
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.1.0": ("mail-program", "fair"),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)": ("browser", "fair"),
    FIREFOX: ("browser", "fair"),
    "Barracuda Sentinel (EE)": ("gateway", "none"),
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": ("program", "none"),
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0": ("program", "none"),
    "python-requests/2.32": ("program", "none"),
    "okhttp/4.9.0": ("program", "none"),
    "curl/8.5.0": ("program", "none"),
    "HubSpot Connect 2.0 (http://dev.hubspot.com/)": ("program", "none"),
    "": ("nameless", "none"),
    "SomethingNobodyHeardOf/1": ("unknown", "none"),
}


@pytest.mark.parametrize("agent", IMAGE_LOADERS)
def test_an_image_is_graded_by_who_loads_it(agent: str) -> None:
    rule = graded(Shown(kind=HitKind.PIXEL, agent=agent.lower(), address=HOME))
    assert (rule.name, rule.grade) == IMAGE_LOADERS[agent]


@pytest.mark.parametrize(
    ("shown", "rule"),
    [
        ({"method": "HEAD"}, "head"),
        ({"method": "POST"}, "odd-method"),
        ({"is_prefetch": True}, "prefetch"),
        ({"is_partial": True}, "range"),
        ({"is_own": True}, "own-network"),
        ({"is_machine": True}, "machine-network"),
        ({"address": address_of("40.94.25.7")}, "microsoft-network"),
        ({"address": address_of("2a01:111:f400::7")}, "microsoft-network"),
        ({"address": address_of("148.163.150.2")}, "gateway-network"),
        ({"address": address_of("66.249.84.1")}, "hosting-network"),
    ],
)
@pytest.mark.parametrize("kind", [HitKind.PIXEL, HitKind.LINK])
def test_a_browser_counts_for_nothing_where_something_else_speaks_against_a_person(
    shown: dict[str, object], rule: str, kind: HitKind
) -> None:
    values: dict[str, object] = {"kind": kind, "agent": FIREFOX.lower(), "address": HOME, **shown}
    found = graded(Shown(**values))  # type: ignore[arg-type]  # values of several types by name
    assert (found.name, found.grade) == (rule, Grade.NONE)


@pytest.mark.parametrize("kind", [HitKind.PIXEL, HitKind.LINK, HitKind.VIEW])
def test_what_comes_from_where_the_owner_is_may_be_the_owners_own(kind: HitKind) -> None:
    rules = {graded(Shown(kind=kind, agent=each.lower(), address=HOME, is_near_owner=True)) for each in IMAGE_LOADERS}
    assert {rule.grade for rule in rules} == {Grade.WEAK, Grade.NONE}
    assert {rule.name for rule in rules if rule.grade is Grade.WEAK} <= {"near-owner", "gmail-proxy", "yahoo-proxy"}


def test_a_link_followed_in_a_browser_is_a_click() -> None:
    assert graded(Shown(kind=HitKind.LINK, agent=FIREFOX.lower(), address=HOME)).name == "click"


def test_a_link_followed_by_a_mail_proxy_is_no_click() -> None:
    agents = [agent for agent, (_, grade) in IMAGE_LOADERS.items() if grade in {"none", "weak"} or "ffice" in agent]
    rules = [graded(Shown(kind=HitKind.LINK, agent=each.lower())) for each in agents]
    assert {rule.grade for rule in rules} == {Grade.NONE}


@pytest.mark.parametrize("report", Report)
def test_what_a_web_view_reports_names_its_rule(report: Report) -> None:
    rule = graded(Shown(kind=HitKind.VIEW, method="POST", agent=FIREFOX.lower(), address=HOME, report=report))
    assert (rule.name, rule.grade) == (f"view-{report}", Grade.STRONG)


def test_a_web_view_opened_by_a_scanner_that_runs_scripts_counts_for_nothing() -> None:
    shown = Shown(
        kind=HitKind.VIEW,
        method="POST",
        agent=FIREFOX.lower(),
        address=address_of("40.94.25.7"),
        report=Report.VISIBLE,
    )
    assert graded(shown).grade is Grade.NONE


def test_every_rule_has_a_name_of_its_own_and_a_reason() -> None:
    assert len(RULE_OF) == len(RULES)
    assert [rule.name for rule in RULES if not rule.why] == []


def test_an_image_alone_is_never_better_than_fair() -> None:
    agents = [*IMAGE_LOADERS, FIREFOX]
    grades = {graded(Shown(kind=HitKind.PIXEL, agent=agent.lower(), address=HOME)).grade for agent in agents}
    assert grades == {Grade.FAIR, Grade.WEAK, Grade.NONE}


@pytest.mark.parametrize("networks", [MICROSOFT, GATEWAYS, HOSTING])
def test_each_network_holds_its_first_and_last_address(networks: str) -> None:
    held = Networks(networks.split())
    parsed = [ip_network(each) for each in networks.split()]
    assert [
        each for each in parsed if address_of(str(each[0])) not in held or address_of(str(each[-1])) not in held
    ] == []


def test_networks_hold_nothing_beside_them() -> None:
    held = Networks(["192.0.2.0/25", "192.0.2.128/25", "2001:db8::/64", "198.51.100.7"])
    inside = [
        "192.0.2.0",
        "192.0.2.127",
        "192.0.2.128",
        "192.0.2.255",
        "2001:db8::1",
        "198.51.100.7",
        "::ffff:192.0.2.9",
    ]
    outside = ["192.0.1.255", "192.0.3.0", "2001:db8:0:1::", "198.51.100.8", "0.0.0.0", "::", "no address", ""]
    assert [each for each in inside if address_of(each) not in held] == []
    assert [each for each in outside if address_of(each) in held] == []


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not a network"):
        Networks(["not a network"])
