"""The `[[remind]]` rules of the settings file, checked key by key, as rules of the scheduler."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from evidence import normal
from heardback.settings import Rule as Written
from heardback.settings import SettingsError, is_zone
from scheduler import delay
from scheduler.calendar import Calendar
from scheduler.policy import Condition, Policy, Quorum
from scheduler.rules import Rule

#: keys that say which mail a rule is for, and keys that say what is to be done
MAIL = ("account", "label", "to", "subject", "asks_question")
POLICY = ("off", "condition", "after", "again", "times", "grow", "quorum", "bounces", "hours", "weekends", "country",
          "region", "recipient_zone", "recipient_country")  # fmt: skip

_REGEX = re.compile(r"/(.*)/")
#: readers are not asked when they sleep: only which of their days are business days counts
_ALL_DAY = (time(0), time.max)


def rules_of(written: tuple[Written, ...], last: Policy) -> tuple[Rule, ...]:
    """The rules as they are written, each filled up from the policy that holds where no rule does.

    :raises SettingsError: a key or a value that cannot be used; names the rule and the key
    """
    return tuple(_rule(each, number, last) for number, each in enumerate(written, start=1))


def hours(text: str) -> tuple[time, time]:
    """`09:00-17:00` as two times.

    :raises ValueError: it is not that
    """
    opens, closes = (time.fromisoformat(each.strip()) for each in text.split("-"))
    return opens, closes


class _Table:
    """One rule as it is written; each value is checked where it is taken."""

    def __init__(self, written: Written, number: int) -> None:
        self._written = written
        self._name = f"Rule {number} of [[remind]]"
        for key in written:
            if key not in (*MAIL, *POLICY):
                close = difflib.get_close_matches(key, (*MAIL, *POLICY), n=1)
                hint = f" Did you mean {close[0]}?" if close else f" It takes {', '.join((*MAIL, *POLICY))}."
                raise SettingsError(f"{self._name} has the key {key}, which there is not.{hint}")

    def take(self, key: str, default: Any, kind: type | tuple[type, ...], made: Callable[[Any], Any]) -> Any:
        """What is made of a key's value, or the default if the key is missing."""
        if key not in self._written:
            return default
        value = self._written[key]
        is_kind = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        try:
            return made(value) if is_kind else self._refuse(key, f"{value!r} is {_WRONG.get(kind, 'of no use there')}")
        except ValueError as err:
            return self._refuse(key, str(err))

    def _refuse(self, key: str, why: str) -> Any:
        raise SettingsError(f"{self._name}: the key {key} cannot be used: {why}.")

    def refuse_all(self, why: str) -> SettingsError:
        """What is wrong with the rule as such."""
        return SettingsError(f"{self._name} cannot be used: {why}.")


_WRONG: Mapping[type | tuple[type, ...], str] = {
    bool: "not true or false",
    str: "not text in quotes",
    int: "no whole number",
    (str, list): "neither text in quotes nor a list of such",
    (str, int): "neither text in quotes nor a number of business days",
    (int, float): "no number",
}


def _rule(written: Written, number: int, last: Policy) -> Rule:
    table = _Table(written, number)
    text, fits = table.take("subject", ("", None), str, _subject)
    return Rule(
        account=table.take("account", "", str, str.lower),
        label=table.take("label", "", str, str.lower),
        to=table.take("to", (), (str, list), _addresses),
        subject_has=text,
        subject_fits=fits,
        asks_question=table.take("asks_question", None, bool, bool),
        policy=_policy(table, last, f"as rule {number} of your settings says"),
    )


def _policy(table: _Table, last: Policy, source: str) -> Policy:
    condition = table.take("condition", last.condition, str, condition_of)
    quorum, named = table.take("quorum", (last.quorum, last.named), (str, list), _quorum)
    at_once = 0 if condition is Condition.NOT_DELIVERED else last.after
    try:
        return Policy(
            off=table.take("off", False, bool, bool),  # noqa: FBT003 - the default of the key
            condition=condition,
            after=table.take(
                "after", at_once, (str, int), lambda said: said if isinstance(said, int) else delay.parse(said)
            ),
            again=table.take(
                "again", last.again, (str, int), lambda said: said if isinstance(said, int) else delay.span(said)
            ),
            times=table.take("times", last.times, int, int),
            grow=table.take("grow", last.grow, (int, float), float),
            quorum=quorum,
            named=named,
            bounces=table.take("bounces", last.bounces, bool, bool),
            calendar=_calendar(table, last.calendar),
            theirs=_theirs(table, last.calendar.zone),
            source=source,
        )
    except ValueError as err:
        raise table.refuse_all(str(err)) from err


def _calendar(table: _Table, usual: Calendar) -> Calendar:
    """The person's calendar, as far as a rule has it otherwise."""
    opens, closes = table.take("hours", (usual.opens, usual.closes), str, _hours)
    country = table.take("country", usual.country, str, str.upper)
    return replace(
        usual,
        opens=opens,
        closes=closes,
        weekend=table.take("weekends", usual.weekend, bool, weekend),
        country=country,
        region=table.take("region", usual.region if country == usual.country else "", str, str.upper),
    )


def _theirs(table: _Table, own: ZoneInfo) -> Calendar | None:
    """The calendar the readers live by, if the rule says where they are; by the person's clock if it names no zone."""
    zone = table.take("recipient_zone", None, str, _zone)
    country = table.take("recipient_country", "", str, str.upper)
    if zone is None and not country:
        return None
    opens, closes = _ALL_DAY
    return Calendar(zone=zone or own, country=country, opens=opens, closes=closes)


def weekend(comes: bool) -> frozenset[int] | None:
    """The days without reminders; None for those of the country.

    :param comes: reminders come on weekends as well
    """
    return frozenset() if comes else None


def condition_of(text: str) -> Condition:
    """The condition of that name.

    :raises ValueError: there is none
    """
    if text not in set(Condition):
        raise ValueError(f"{text!r} is no condition; there are {', '.join(Condition)}")
    return Condition(text)


def _subject(text: str) -> tuple[str, re.Pattern[str] | None]:
    """A part of the subject, or between slashes a regular expression."""
    form = _REGEX.fullmatch(text)
    if not form:
        return text.lower(), None
    try:
        return "", re.compile(form[1], re.IGNORECASE)
    except re.error as err:
        raise ValueError(f"{text} is no regular expression: {err}") from err


def _addresses(said: str | list[Any]) -> tuple[str, ...]:
    listed = [said] if isinstance(said, str) else said
    for each in listed:
        if not isinstance(each, str) or "@" not in each:
            raise ValueError(f"{each!r} is neither an address nor a domain such as @example.com")
    return tuple(each.lower() if each.startswith("@") else normal.address(each) or "" for each in listed)


def _quorum(said: str | list[Any]) -> tuple[Quorum, tuple[str, ...]]:
    if isinstance(said, list):
        return Quorum.ALL, _addresses(said)
    if said not in set(Quorum):
        raise ValueError(f'{said!r} is none; write "any", "all" or a list of addresses')
    return Quorum(said), ()


def _hours(text: str) -> tuple[time, time]:
    try:
        return hours(text)
    except ValueError as err:
        raise ValueError(f"it takes 09:00-17:00, not {text!r}") from err


def _zone(name: str) -> ZoneInfo:
    if not is_zone(name):
        raise ValueError(f"{name!r} is no time zone; write America/New_York")
    return ZoneInfo(name)
