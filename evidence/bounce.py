"""Bounces without a standard report."""

from evidence.letter import Letter
from evidence.model import Evidence


def read_bounce(letter: Letter) -> tuple[Evidence, ...] | None:
    return None
