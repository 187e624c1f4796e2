"""From the settings to the policy of reminders."""

from datetime import time

from heardback.settings import Settings, SettingsError
from scheduler.calendar import SATURDAY, SUNDAY, Calendar
from scheduler.policy import Policy


def policy_of(settings: Settings) -> Policy:
    """When to remind, as the settings say.

    :raises SettingsError: the hours or the country cannot be used
    """
    opens, closes = _hours(settings.text("reminders.hours"), settings.sources["reminders.hours"])
    weekend = frozenset() if settings.truth("reminders.weekends") else frozenset({SATURDAY, SUNDAY})
    try:
        calendar = Calendar(
            zone=settings.zone, opens=opens, closes=closes, country=settings.text("country").upper(), weekend=weekend
        )
    except ValueError as error:
        raise SettingsError(f"The settings of the reminders do not fit together: {error}.") from error
    return Policy(
        after=settings.number("reminders.after_days"),
        again=settings.number("reminders.again_after_days"),
        calendar=calendar,
    )


def _hours(text: str, source: str) -> tuple[time, time]:
    try:
        opens, closes = (time.fromisoformat(each.strip()) for each in text.split("-"))
    except ValueError as error:
        raise SettingsError(f"The setting reminders.hours (from {source}) takes 09:00-17:00, not {text!r}.") from error
    return opens, closes
