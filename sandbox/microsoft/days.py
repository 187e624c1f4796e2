"""What becomes of the days of flags and tasks: given in any zone, told in UTC. No HTTP."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.microsoft.refusals import bad_request


def midnight(value: Any) -> dict[str, str]:
    """A dateTimeTimeZone as it is told: the midnight before, by the clock of its own zone, in UTC."""
    try:
        given = datetime.fromisoformat(value["dateTime"][:19]).replace(tzinfo=ZoneInfo(value["timeZone"]))
    except (KeyError, TypeError, ValueError) as err:
        raise bad_request(
            "A date needs a dateTime and a timeZone that is known.", "TimeZoneNotSupportedException"
        ) from err
    day = given.replace(hour=0, minute=0, second=0).astimezone(UTC)
    return {"dateTime": f"{day:%Y-%m-%dT%H:%M:%S}.0000000", "timeZone": "UTC"}
