"""When an absent person says they return, read from the text of their auto-reply."""

import re
from datetime import date, datetime, timedelta

from evidence.letter import Letter
from evidence.wording import own_words


def announced_return(letter: Letter) -> date | None:
    return None
