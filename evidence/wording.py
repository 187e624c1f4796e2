"""A person's own words in an answer, told apart from what they quote."""

from evidence.phrases import QUOTE_BEGINS

_MOST_LINES = 2000


def own_words(text: str) -> str:
    """What the writer added: quoted lines, the quoted mail below, and the signature left out."""
    kept: list[str] = []
    for line in text.split("\n")[:_MOST_LINES]:
        bare = line.strip()
        if bare == "--" or QUOTE_BEGINS.match(bare[:400]):
            break
        if not bare.startswith((">", "|")):
            kept.append(bare)
    return "\n".join(kept).strip()
