"""Exchange's and Outlook's own report classes, wrapped in TNEF (MS-OXTNEF, MS-OXCMAIL, MS-OXOMSG)."""

from evidence.letter import Letter
from evidence.model import Evidence


def read_exchange(letter: Letter) -> tuple[Evidence, ...] | None:
    return None
