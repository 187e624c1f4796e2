"""Rules of reminders in the settings file: what they take, and what is said of those that cannot be used."""

from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from heardback.policy import policies_of
from heardback.settings import SettingsError, load
from scheduler.policy import Condition, Quorum
from scheduler.rules import Rules
from tests.scheduler.scenario import Scenario, life


def rules(tmp_path: Path, text: str) -> Rules:
    file = tmp_path / "settings.toml"
    file.write_text(f'zone = "Europe/Berlin"\n{text}', "utf-8")
    return policies_of(load(file=file, environment={}))


def test_every_key_of_a_rule_is_taken(tmp_path: Path) -> None:
    (rule,) = rules(
        tmp_path,
        """
[[remind]]
account = "gmail"
label = "Heardback/Important"
to = ["@Example.org", "bob@elsewhere.example"]
subject = "/^re: .*offer/"
asks_question = true
condition = "no-reply"
after = "36h"
again = "2 business days"
times = 4
grow = 2
quorum = ["bob@elsewhere.example"]
bounces = false
hours = "08:00-20:00"
weekends = true
country = "de"
region = "by"
recipient_zone = "America/New_York"
recipient_country = "us"
""",
    ).rules
    policy = rule.policy
    assert (rule.account, rule.label, rule.to, rule.asks_question) == (
        "gmail",
        "heardback/important",
        ("@example.org", "bob@elsewhere.example"),
        True,
    )
    assert (policy.condition, policy.after, policy.again, policy.times, policy.grow) == (
        Condition.NO_REPLY,
        timedelta(hours=36),
        2,
        4,
        2.0,
    )
    assert (policy.quorum, policy.named, policy.bounces) == (Quorum.ALL, ("bob@elsewhere.example",), False)
    assert (policy.calendar.country, policy.calendar.region, policy.calendar.weekend) == ("DE", "BY", frozenset())
    assert policy.theirs
    assert (policy.theirs.zone, policy.theirs.country) == (ZoneInfo("America/New_York"), "US")
    assert policy.source == "as rule 1 of your settings says"


def test_readers_of_whom_only_the_country_is_named_have_its_weekend_and_the_persons_zone(tmp_path: Path) -> None:
    (rule,) = rules(tmp_path, "[[remind]]\nrecipient_country = 'il'\n").rules
    assert rule.policy.theirs
    assert rule.policy.theirs.zone == ZoneInfo("Europe/Berlin")
    assert not rule.policy.theirs.is_business_day(date(2026, 5, 8))


def test_the_first_rule_that_fits_holds_and_the_settings_where_none_does(tmp_path: Path) -> None:
    book = rules(
        tmp_path,
        """
reminders.after_days = 7
[[remind]]
to = "@example.org"
subject = "newsletter"
off = true
[[remind]]
to = "bob@example.org"
after = 1
""",
    )
    letters = {
        "Our Newsletter": "bob",
        "Offer": "bob",
        "Anything": "eve",
    }
    found = {
        subject: book.of(life(Scenario(about="", subject=subject, to=(who,))).item) for subject, who in letters.items()
    }
    assert [(each.off, each.after) for each in found.values()] == [(True, 7), (False, 1), (False, 7)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "conditon = 'unread'",
            "Rule 1 of [[remind]] has the key conditon, which there is not. Did you mean",
        ),
        ("condition = 'ignored'", "the key condition cannot be used: 'ignored' is no condition; there are unread,"),
        ("after = 'soon'", 'the key after cannot be used: "soon" is not understood as a time'),
        ("after = true", "the key after cannot be used: True is neither text in quotes nor a number"),
        ("again = 'mon9'", 'the key again cannot be used: "mon9" is a day; what comes again needs a length of time'),
        ("times = 99", "cannot be used: reminders about one mail come between 1 and 12 times, not 99"),
        ("grow = 'fast'", "the key grow cannot be used: 'fast' is no number"),
        ("off = 'yes'", "the key off cannot be used: 'yes' is not true or false"),
        ("to = 'example'", "the key to cannot be used: 'example' is neither an address nor a domain"),
        ("subject = '/(/'", "the key subject cannot be used: /(/ is no regular expression"),
        ("quorum = 'most'", "the key quorum cannot be used: 'most' is none"),
        ("hours = '9 to 5'", "the key hours cannot be used: it takes 09:00-17:00, not '9 to 5'"),
        ("hours = '17:00-09:00'", "cannot be used: reminders cannot come between 17:00 and 09:00"),
        ("country = 'XX'", "cannot be used: no public holidays are known for XX"),
        ("recipient_zone = 'Mars/Olympus'", "'Mars/Olympus' is no time zone"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_with_its_number_and_its_key(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        rules(tmp_path, f"[[remind]]\n{text}\n")
    assert said in str(refused.value)


def test_settings_of_the_last_rule_are_checked_too(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'never' is no condition"):
        rules(tmp_path, 'reminders.condition = "never"')
