"""What a mail is to be tracked by: the settings `tracking.*`, the `[[track]]` rules, and the flags of `send`."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce

from evidence import normal
from heardback.settings import Rule, Settings, SettingsError

#: keys that say which mail a rule is for, and keys that say what is to be done
_MAIL = ("to", "account")
_MEANS = ("pixel", "links", "web_view")
_KEYS = (*_MAIL, *_MEANS, "track")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to go into a mail."""

    pixel: bool
    links: bool
    web_view: bool

    @property
    def anything(self) -> bool:
        """Whether the mail is to be tracked at all."""
        return self.pixel or self.links or self.web_view

    def __and__(self, other: "Wanted") -> "Wanted":
        """What both want: one message is the same for everybody it goes to."""
        return Wanted(
            pixel=self.pixel and other.pixel,
            links=self.links and other.links,
            web_view=self.web_view and other.web_view,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What was asked for on the command line; None: nothing was said, so rules and settings decide."""

    pixel: bool | None = None
    links: bool | None = None
    web_view: bool | None = None

    @property
    def ask(self) -> bool:
        """Whether tracking was asked for by them."""
        return bool(self.pixel or self.links or self.web_view)


def wanted(settings: Settings, account: str, people: Iterable[str], flags: Flags) -> Wanted:
    """What is to go into one message; of several people only what is wanted for each. Flags win.

    :param account: id of the account it is sent from
    :param people: normalised addresses of everybody it goes to; at least one
    :raises SettingsError: a rule cannot be used; says which and why
    """
    check(settings)
    policy = reduce(Wanted.__and__, (_for_one(settings, account, each) for each in people))
    said = {name: getattr(flags, name) for name in _MEANS if getattr(flags, name) is not None}
    return replace(policy, **said)


def check(settings: Settings) -> None:
    """:raises SettingsError: a rule cannot be used; says which and why"""
    for number, rule in enumerate(settings.rules.get("track", ()), start=1):
        for key, value in rule.items():
            _check_key(f"Rule {number} of [[track]]", key, value)


def _check_key(name: str, key: str, value: object) -> None:
    if key not in _KEYS:
        close = difflib.get_close_matches(key, _KEYS, n=1)
        hint = f" Did you mean {close[0]}?" if close else f" It takes {', '.join(_KEYS)}."
        raise SettingsError(f"{name} has the key {key}, which there is not.{hint}")
    if key in _MAIL:
        written: list[object] = value if isinstance(value, list) and key == "to" else [value]
        texts = [each for each in written if isinstance(each, str) and each]
        if not texts or len(texts) < len(written):
            raise SettingsError(f"{name} has no {key} that can be used: {value!r} is not text in quotes.")
        wrong = [each for each in texts if key == "to" and "@" not in each]
        if wrong:
            raise SettingsError(
                f"{name} has no to that can be used: {wrong[0]!r} is no address; of a domain write @example.com."
            )
    elif not isinstance(value, bool):
        raise SettingsError(f"{name} has no {key} that can be used: {value!r} is not true or false.")


def _for_one(settings: Settings, account: str, address: str) -> Wanted:
    """By the first rule that fits; what it leaves open, and all where none fits, by the settings."""
    rule = next((each for each in settings.rules.get("track", ()) if _fits(each, account, address)), {})
    if rule.get("track") is False:
        return Wanted(pixel=False, links=False, web_view=False)
    return Wanted(**{name: bool(rule.get(name, settings.truth(f"tracking.{name}"))) for name in _MEANS})


def _fits(rule: Rule, account: str, address: str) -> bool:
    to = rule.get("to", [])
    people = [each.lower() for each in ([to] if isinstance(to, str) else to)]
    is_to = not people or any(_is_meant(each, address) for each in people)
    return is_to and str(rule.get("account", "")).lower() in account.lower()


def _is_meant(named: str, address: str) -> bool:
    if named.startswith("@"):
        return normal.domain(address) == named[1:]
    return normal.mailbox(address) == normal.mailbox(named)
