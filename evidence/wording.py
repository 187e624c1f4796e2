"""A person's own words in an answer, told apart from what they quote."""

from evidence.phrases import QUOTE_BEGINS

_MOST_LINES = 2000
#: what programs put before each line they quote
_MARKS = (">", "|")


def own_words(text: str) -> str:
    """What the writer added: quoted lines, the quoted mail below, and the signature left out.

    Where every quoted line is marked, what stands between or below them is the writer's too.
    """
    kept: list[str] = []
    lines = [line.strip() for line in text.split("\n")[:_MOST_LINES]]
    for number, line in enumerate(lines):
        announces = QUOTE_BEGINS.match(line[:400])
        if line == "--" or (announces and not _is_marked(lines[number + 1 : number + 4])):
            break
        if not announces and not line.startswith(_MARKS):
            kept.append(line)
    return "\n".join(kept).strip()


def quotes(text: str) -> bool:
    """Whether a mail is quoted in it, by marked lines or below a line that announces it."""
    lines = (line.strip() for line in text.split("\n")[:_MOST_LINES])
    return any(line.startswith(">") or QUOTE_BEGINS.match(line[:400]) for line in lines)


def _is_marked(following: list[str]) -> bool:
    return next((line.startswith(_MARKS) for line in following if line), False)
