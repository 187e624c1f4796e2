"""From the settings to the policies of reminders."""

from heardback.remind_rules import rules_of
from heardback.settings import Settings, SettingsError
from scheduler.calendar import Calendar
from scheduler.policy import Condition, Policy, Quorum
from scheduler.rules import Rules
from scheduler.wanted import condition_of, hours, weekend


def policies_of(settings: Settings) -> Rules:
    """When to remind, as the settings say: the rules in their order, then the settings `reminders.*`.

    :raises SettingsError: a rule, the hours or the country cannot be used
    """
    try:
        condition = condition_of(settings.text("reminders.condition"))
        is_told_at_once = condition is Condition.NOT_DELIVERED and settings.sources["reminders.after_days"] == "default"
        last = Policy(
            condition=condition,
            after=0 if is_told_at_once else settings.number("reminders.after_days"),
            again=settings.number("reminders.again_after_days"),
            times=settings.number("reminders.times"),
            quorum=_quorum(settings.text("reminders.quorum")),
            bounces=settings.truth("reminders.bounces"),
            calendar=_calendar(settings),
        )
    except ValueError as error:
        raise SettingsError(f"The settings of the reminders do not fit together: {error}.") from error
    return Rules(rules=rules_of(settings.rules.get("remind", ()), last), last=last)


def _calendar(settings: Settings) -> Calendar:
    text, source = settings.text("reminders.hours"), settings.sources["reminders.hours"]
    try:
        opens, closes = hours(text)
    except ValueError as error:
        raise SettingsError(f"The setting reminders.hours (from {source}) takes 09:00-17:00, not {text!r}.") from error
    return Calendar(
        zone=settings.zone,
        opens=opens,
        closes=closes,
        country=settings.text("country").upper(),
        region=settings.text("region").upper(),
        weekend=weekend(settings.truth("reminders.weekends")),
    )


def _quorum(text: str) -> Quorum:
    if text not in set(Quorum):
        raise ValueError(f"the quorum is any or all, not {text!r}")
    return Quorum(text)
