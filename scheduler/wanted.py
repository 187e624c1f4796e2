"""What may be wanted of reminders, key by key, as a rule of the settings or a word for one mail has it. Pure.

The keys are those of a `[[remind]]` table (`docs/reminders.md`).
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from evidence import normal
from scheduler import delay
from scheduler.calendar import Calendar
from scheduler.policy import Condition, Policy, Quorum
from store.person import ERASED

#: what there is to be wanted
KEYS = ("off", "condition", "after", "again", "times", "grow", "quorum", "bounces", "hours", "weekends", "country",
        "region", "recipient_zone", "recipient_country")  # fmt: skip

#: readers are not asked when they sleep: only which of their days are business days counts
_ALL_DAY = (time(0), time.max)
_TRUTH = {"yes": True, "true": True, "no": False, "false": False}
_WRONG: Mapping[type | tuple[type, ...], str] = {
    bool: "not true or false",
    str: "not text in quotes",
    int: "no whole number",
    (str, list): "neither text in quotes nor a list of such",
    (str, int): "neither text in quotes nor a number of business days",
    (int, float): "no number",
}


class BadKey(ValueError):
    """A value that a key cannot have; the message is a sentence's end that names the key."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"the key {key} cannot be used: {why}")
        self.key = key
        #: a sentence's end without the key
        self.why = why


def take(
    wanted: Mapping[str, Any], key: str, default: Any, kind: type | tuple[type, ...], made: Callable[[Any], Any]
) -> Any:
    """What is made of a key's value, or the default if the key is missing.

    :raises BadKey: it is of another kind, or nothing can be made of it
    """
    if key not in wanted:
        return default
    value = wanted[key]
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise BadKey(key, f"{value!r} is {_WRONG[kind]}")
    try:
        return made(value)
    except ValueError as err:
        raise BadKey(key, str(err)) from err


def changed(policy: Policy, wanted: Mapping[str, Any], source: str) -> Policy:
    """The policy with what is wanted otherwise.

    :param wanted: values by their keys, of the types TOML has; other keys are passed over
    :param source: where it is wanted, as a sentence's end
    :raises BadKey: a value that cannot be used
    :raises ValueError: values that do not fit together; the message is a sentence's end
    """

    def of(key: str, default: Any, kind: type | tuple[type, ...], made: Callable[[Any], Any]) -> Any:
        return take(wanted, key, default, kind, made)

    condition = of("condition", policy.condition, str, condition_of)
    usual = policy.after
    if condition is not policy.condition and Condition.NOT_DELIVERED in (condition, policy.condition):
        # a bounce is told at once, and silence is waited for
        usual = 0 if condition is Condition.NOT_DELIVERED else policy.after or Policy().after
    quorum, named = of("quorum", (policy.quorum, policy.named), (str, list), _quorum)
    return Policy(
        off=of("off", policy.off, bool, bool),
        condition=condition,
        after=of("after", usual, (str, int), lambda said: said if isinstance(said, int) else delay.parse(said)),
        again=of("again", policy.again, (str, int), lambda said: said if isinstance(said, int) else delay.span(said)),
        times=of("times", policy.times, int, int),
        grow=of("grow", policy.grow, (int, float), float),
        quorum=quorum,
        named=named,
        bounces=of("bounces", policy.bounces, bool, bool),
        calendar=_calendar(of, policy.calendar),
        theirs=_theirs(of, policy),
        source=source,
    )


def from_text(key: str, text: str) -> Any:
    """A value as TOML would have it, of one that was typed; what makes no sense stays as it is, to be refused."""
    if key in ("bounces", "weekends"):
        return _TRUTH.get(text.lower(), text)
    if key == "quorum" and text not in set(Quorum):
        return [each for each in (one.strip() for one in re.split("[,;]", text)) if each not in ("", ERASED)]
    number = float if key == "grow" else int
    # none of the other keys takes a number that is typed, but for no further reminder
    if key in ("times", "grow") or (key == "again" and text == "0"):
        with suppress(ValueError):
            return number(text)
    return text


def as_text(key: str, text: str) -> str:
    """A value that was typed, as it is kept: addresses plain and parted by commas.

    :raises BadKey: it cannot be used, or kept
    """
    text = " ".join(text.split())
    if key == "quorum":
        try:
            _, named = _quorum(from_text(key, text))
        except ValueError as err:
            raise BadKey(key, str(err)) from err
        return ",".join(named) or text
    if ";" in text:
        raise BadKey(key, f"{text!r} is several values")
    return text


def hours(text: str) -> tuple[time, time]:
    """`09:00-17:00` as two times.

    :raises ValueError: it is not that
    """
    opens, closes = (time.fromisoformat(each.strip()) for each in text.split("-"))
    return opens, closes


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


def addresses(said: str | list[Any]) -> tuple[str, ...]:
    """Addresses and domains such as `@example.com`, normalised.

    :raises ValueError: one is neither
    """
    listed = [said] if isinstance(said, str) else said
    for each in listed:
        if not isinstance(each, str) or "@" not in each:
            raise ValueError(f"{each!r} is neither an address nor a domain such as @example.com")
    return tuple(each.lower() if each.startswith("@") else normal.address(each) or "" for each in listed)


def _calendar(of: Callable[..., Any], usual: Calendar) -> Calendar:
    """The person's calendar, as far as it is wanted otherwise."""
    opens, closes = of("hours", (usual.opens, usual.closes), str, _hours)
    country = of("country", usual.country, str, str.upper)
    region = of("region", usual.region if country == usual.country else "", str, str.upper)
    if region and not country:
        raise BadKey("region", f"{region} is part of a country, and none is named")
    weekends = of("weekends", usual.weekend, bool, weekend)
    return replace(usual, opens=opens, closes=closes, weekend=weekends, country=country, region=region)


def _theirs(of: Callable[..., Any], policy: Policy) -> Calendar | None:
    """The calendar the readers live by, if it is said where they are; by the person's clock if no zone is named."""
    usual = policy.theirs
    zone = of("recipient_zone", usual.zone if usual else None, str, _zone)
    country = of("recipient_country", usual.country if usual else "", str, str.upper)
    if zone is None and not country:
        return None
    opens, closes = _ALL_DAY
    return Calendar(zone=zone or policy.calendar.zone, country=country, opens=opens, closes=closes)


def _quorum(said: str | list[Any]) -> tuple[Quorum, tuple[str, ...]]:
    if isinstance(said, list):
        return Quorum.ALL if said else Quorum.ANY, addresses(said)
    if said not in set(Quorum):
        raise ValueError(f'{said!r} is none; write "any", "all" or a list of addresses')
    return Quorum(said), ()


def _hours(text: str) -> tuple[time, time]:
    try:
        return hours(text)
    except ValueError as err:
        raise ValueError(f"it takes 09:00-17:00, not {text!r}") from err


def _zone(name: str) -> ZoneInfo:
    with suppress(KeyError, ValueError, OSError):
        return ZoneInfo(name)
    raise ValueError(f"{name!r} is no time zone; write America/New_York")
