"""Receipts of certified mail (posta elettronica certificata, RFC 6109): what its providers attest of delivery."""

import re
from dataclasses import replace

from evidence import normal
from evidence.letter import Letter
from evidence.model import Action, Evidence, Grade, Kind

#: X-Ricevuta (RFC 6109 section 3) and what it attests
_TOLD = {
    "accettazione": (Action.RELAYED, "your provider accepted the message and passes it on"),
    "avvenuta-consegna": (Action.DELIVERED, "the message was put into the mailbox, which says nothing of reading"),
    "non-accettazione": (Action.FAILED, "your provider refused the message"),
    "errore-consegna": (Action.FAILED, "the message could not be put into the mailbox"),
    "preavviso-errore-consegna": (Action.DELAYED, "the message is not yet delivered, and may not be"),
    "rilevazione-virus": (Action.FAILED, "the message was stopped because a virus was found in it"),
}
#: receipts between the providers themselves
_AMONG_PROVIDERS = frozenset({"presa-in-carico"})
_DATA = frozenset({"application/xml", "text/xml"})
_DELIVERED_TO = re.compile(r"<consegna>\s*([^<\s]+@[^<\s]+)\s*</consegna>")
_WRITTEN_TO = re.compile(r"<destinatari\b[^>]*>\s*([^<\s]+@[^<\s]+)\s*</destinatari>")


def read_certified(letter: Letter) -> tuple[Evidence, ...] | None:
    """One piece of evidence for each recipient a certified-mail receipt is about; None if it is none.

    It names the message in X-Riferimento-Message-ID and the recipients in `daticert.xml`. None of them says that
    anybody read it.
    """
    kind = letter.part.get("x-ricevuta").lower()
    if kind in _AMONG_PROVIDERS:
        return ()
    if kind not in _TOLD:
        return None
    action, told = _TOLD[kind]
    read = replace(
        letter.evidence(
            Kind.DELIVERY, Grade.NONE, rule="certified-mail", why=f"a mail server reports by certified mail that {told}"
        ),
        action=action,
        original_message_id=normal.message_id(letter.part.raw("x-riferimento-message-id")),
    )
    named = _recipients(letter)
    if not named:
        return (replace(read, recipient=None, aliases=()),)
    return tuple(replace(read, recipient=each, aliases=(each,)) for each in named)


def _recipients(letter: Letter) -> tuple[str, ...]:
    """Who the receipt is about; one of delivery is about the mailbox it was delivered to."""
    data = "\n".join(part.text() for part in letter.parts if part.type in _DATA)
    found = _DELIVERED_TO.findall(data) or _WRITTEN_TO.findall(data)
    return tuple(dict.fromkeys(address for each in found if (address := normal.address(each))))
