"""Messages in the form of a report or an answer that speak about no sent mail."""

from evidence.letter import Letter
from evidence.model import Evidence

_COMPLAINTS = frozenset({"message/feedback-report", "message/rfc822-feedback"})


def read_lookalike(letter: Letter) -> tuple[Evidence, ...] | None:
    """() for abuse, DMARC and TLS reports (RFC 5965, 6591, 8460), AS2 (RFC 4130) and Exchange's journal; else None."""
    part = letter.part
    if part.has("x-ms-journal-report") or any(name.startswith(("as2-", "ediint-")) for name, _ in part.fields):
        return ()
    if part.type == "multipart/report" and part.parameter("report-type").lower() in {"feedback-report", "tlsrpt"}:
        return ()
    if part.type == "multipart/report":
        return () if any(each.type in _COMPLAINTS for each in letter.parts) else None
    return None
