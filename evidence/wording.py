"""A person's own words in an answer, told apart from what they quote."""

from collections.abc import Sequence

from evidence.letter import Letter
from evidence.phrases import (
    QUOTE_BEGINS,
    QUOTE_BROKEN,
    QUOTED_FROM,
    QUOTED_SENT,
    QUOTED_SUBJECT,
    SIGNED_BY_PROGRAM,
)

_MOST_LINES = 2000
#: characters of a line that is looked at
_LONG = 400
#: what programs put before each line they quote
_MARKS = (">", "|")
#: lines into which a program breaks the one that announces a quoted mail
_MOST_BROKEN = 3


def own_words(text: str) -> str:
    """What the writer added: quoted lines, the quoted mail below, and signatures left out.

    Where every quoted line is marked, what stands between or below them is the writer's too; so is what stands below a
    signature that comes first, and the blank line after it.
    """
    kept: list[str] = []
    lines = [line.strip() for line in text.split("\n")[:_MOST_LINES]]
    number = 0
    while number < len(lines):
        line = lines[number]
        announced = _announcement(lines, number)
        if announced and not _is_marked(lines[number + announced : number + announced + 3]):
            break
        if line == "--":
            if any(kept):
                break
            announced = _until_blank(lines, number)
        elif not announced and not line.startswith(_MARKS) and not SIGNED_BY_PROGRAM.match(line[:_LONG]):
            kept.append(line)
        number += announced or 1
    return "\n".join(kept).strip()


def written(letter: Letter) -> str:
    """The writer's own words in all of a letter that is shown first; what HTML itself marks as quoted is left out."""
    return "\n".join(own_words(each.text(quoted=False)) for each in letter.text_parts()).strip()


def quotes(text: str) -> bool:
    """Whether a mail is quoted in it, by marked lines or below a line that announces it."""
    lines = (line.strip() for line in text.split("\n")[:_MOST_LINES])
    return any(line.startswith(">") or QUOTE_BEGINS.match(line[:_LONG]) for line in lines)


def _announcement(lines: Sequence[str], at: int) -> int:
    """How many lines from here on announce a quoted mail; 0 if none."""
    line = lines[at][:_LONG]
    if QUOTE_BEGINS.match(line) or (QUOTED_FROM.match(line) and _is_head(lines[at + 1 : at + 6])):
        return 1
    return _broken(lines[at : at + _MOST_BROKEN]) if QUOTE_BROKEN.match(line) else 0


def _is_head(following: Sequence[str]) -> bool:
    """Whether lines below a From go on as the head of a mail."""
    is_sent = any(QUOTED_SENT.match(each[:_LONG]) for each in following[:2])
    return is_sent and any(QUOTED_SUBJECT.match(each[:_LONG]) for each in following)


def _broken(lines: Sequence[str]) -> int:
    """How many of these lines are one that announces a quoted mail; 0 if none."""
    for count in range(2, len(lines) + 1):
        last = lines[count - 1]
        if not last or QUOTE_BROKEN.match(last[:_LONG]):
            return 0
        if QUOTE_BEGINS.match(" ".join(lines[:count])[:_LONG]):
            return count
    return 0


def _until_blank(lines: Sequence[str], at: int) -> int:
    """How many lines from here on stand together."""
    return next((number for number, line in enumerate(lines[at:]) if not line), len(lines) - at)


def _is_marked(following: Sequence[str]) -> bool:
    return next((line.startswith(_MARKS) for line in following if line), False)
