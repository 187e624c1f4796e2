"""Challenges: a filter that wants the sender to confirm himself before it lets the mail in."""

from evidence.letter import Letter
from evidence.phrases import CHALLENGE
from evidence.wording import own_words


def is_challenge(letter: Letter) -> bool:
    """Whether the subject or the beginning of the text asks for a confirmation, as Boxbe, TMDA and Spam Arrest do."""
    return bool(CHALLENGE.search(letter.subject) or CHALLENGE.search(own_words(letter.text)[:1500]))
