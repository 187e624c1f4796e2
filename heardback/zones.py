"""Which time zones lie in which country, as the tz database has it."""

from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

#: one country a line, or those that keep the same time
_TABLES = ("zone.tab", "zone1970.tab")
#: where a machine that nobody told its place says it is
_NOWHERE = ("UTC", "GMT", "UCT", "Universal", "Zulu", "local")


def is_place(zone: ZoneInfo) -> bool:
    """Whether a machine's zone says where it is; most servers are set to UTC."""
    return str(zone) not in _NOWHERE and not str(zone).startswith("Etc/")


def fits(zone: ZoneInfo, country: str) -> bool:
    """Whether a zone lies in a country, as far as is known: old names such as US/Eastern are in no table."""
    where = _countries().get(str(zone), frozenset())
    return not country or not where or country in where


def zone_in(country: str) -> str:
    """The zone of a country that is named first, as an example; Berlin's where none is."""
    return next((zone for zone, countries in _countries().items() if country in countries), "Europe/Berlin")


@cache
def _countries() -> dict[str, frozenset[str]]:
    """Zone to the two letters of the countries where it holds."""
    found: dict[str, frozenset[str]] = {}
    for table in _TABLES:
        for line in (files("tzdata") / "zoneinfo" / table).read_text("utf-8").splitlines():
            if not line.startswith("#"):
                countries, _, zone, *_ = line.split("\t")
                found[zone] = found.get(zone, frozenset()) | frozenset(countries.split(","))
    return found
