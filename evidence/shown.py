"""Text from outside made fit to be shown: characters that do something instead of being seen are left out."""

import re
import unicodedata
from collections.abc import Iterator

#: Bidirectional controls can make a line read as something else (Unicode TR 36 section 2.7)
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINER = "\u200d"
#: marks stacked on one letter that any script needs; more of them climb over the lines above and below
_MARKS = 4


def harmless(text: str) -> str:
    """A line without the characters that would do something instead of being seen; spaces stay as they are."""
    return "".join(_unstacked(each for each in re.sub(r"[\t\r\n]+", " ", text) if _is_seen(each)))


def _is_seen(each: str) -> bool:
    if each in _BIDI:
        return False
    return each == _JOINER or unicodedata.category(each) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _unstacked(characters: Iterator[str]) -> Iterator[str]:
    stacked = 0
    for each in characters:
        stacked = stacked + 1 if unicodedata.category(each) in {"Mn", "Me"} else 0
        if stacked <= _MARKS:
            yield each
