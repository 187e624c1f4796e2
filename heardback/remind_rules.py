"""The `[[remind]]` rules of the settings file, checked key by key, as rules of the scheduler."""

import difflib
import re

from heardback.settings import Rule as Written
from heardback.settings import SettingsError
from scheduler import wanted
from scheduler.policy import Policy
from scheduler.rules import Rule

#: keys that say which mail a rule is for; the others say what is to be done
MAIL = ("account", "label", "to", "subject", "asks_question")

_REGEX = re.compile(r"/(.*)/")


def rules_of(written: tuple[Written, ...], last: Policy) -> tuple[Rule, ...]:
    """The rules as they are written, each filled up from the policy that holds where no rule does.

    :raises SettingsError: a key or a value that cannot be used; names the rule and the key
    """
    return tuple(_checked(each, number, last) for number, each in enumerate(written, start=1))


def _checked(written: Written, number: int, last: Policy) -> Rule:
    name = f"Rule {number} of [[remind]]"
    for key in written:
        if key not in (known := (*MAIL, *wanted.KEYS)):
            close = difflib.get_close_matches(key, known, n=1)
            hint = f" Did you mean {close[0]}?" if close else f" It takes {', '.join(known)}."
            raise SettingsError(f"{name} has the key {key}, which there is not.{hint}")
    try:
        return _rule(written, last, f"as rule {number} of your settings says")
    except wanted.BadKey as err:
        raise SettingsError(f"{name}: {err}.") from err
    except ValueError as err:
        raise SettingsError(f"{name} cannot be used: {err}.") from err


def _rule(written: Written, last: Policy, source: str) -> Rule:
    text, fits = wanted.take(written, "subject", ("", None), str, _subject)
    return Rule(
        account=wanted.take(written, "account", "", str, str.lower),
        label=wanted.take(written, "label", "", str, str.lower),
        to=wanted.take(written, "to", (), (str, list), wanted.addresses),
        subject_has=text,
        subject_fits=fits,
        asks_question=wanted.take(written, "asks_question", None, bool, bool),
        policy=wanted.changed(last, written, source),
    )


def _subject(text: str) -> tuple[str, re.Pattern[str] | None]:
    """A part of the subject, or between slashes a regular expression."""
    form = _REGEX.fullmatch(text)
    if not form:
        return text.lower(), None
    try:
        return "", re.compile(form[1], re.IGNORECASE)
    except re.error as err:
        raise ValueError(f"{text} is no regular expression: {err}") from err
