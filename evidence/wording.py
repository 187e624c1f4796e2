"""A person's own words in an answer, told apart from what they quote."""

import re

#: lines after which only the quoted mail follows, as mail programs write them
_QUOTE_BEGINS = re.compile(
    r"^\s*(?:-{2,} ?(?:original message|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale"
    r"|forwarded message|weitergeleitete nachricht|message transféré|oorspronkelijk bericht|mensagem original)\b.*"
    r"|_{10,}\s*|begin forwarded message:.*"
    r"|(?:on|am|le|el|il|op|em|den|dnia|w dniu|пн|вт|ср|чт|пт|сб|вс)\b.{4,200}(?:wrote|schrieb|écrit|escribió|ha scritto|schreef|escreveu"
    r"|skrev|napisał|написал)\w*.{0,80}:\s*"
    r"|(?:from|von|de|da|van|från|od|от)\s?:\s.{0,200}@.*)$",
    re.IGNORECASE,
)  # fmt: skip
_MOST_LINES = 2000


def own_words(text: str) -> str:
    """What the writer added: quoted lines, the quoted mail below, and the signature left out."""
    kept: list[str] = []
    for line in text.split("\n")[:_MOST_LINES]:
        bare = line.strip()
        if bare == "--" or _QUOTE_BEGINS.match(bare[:400]):
            break
        if not bare.startswith((">", "|")):
            kept.append(bare)
    return "\n".join(kept).strip()
