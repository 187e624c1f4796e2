"""The letter a report speaks about, as far as a report needs it."""

from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """Read once from the bytes of a letter; missing headers are empty."""

    #: with brackets, as it stands in the letter; empty if it had none
    message_id: str
    #: decoded
    subject: str
    #: as it stands in the letter, encoded and unfolded
    raw_subject: str
    from_name: str
    from_address: str
    #: where an answer goes: Reply-To, else From
    reply_to: str
    to: str
    #: other addresses in To and Cc, in order
    addressed: tuple[str, ...]
    date: str
    #: addresses named in Disposition-Notification-To, as written (the local part is case-sensitive)
    asked_by: tuple[str, ...]
    #: Message-IDs it answers, with brackets
    references: str
    #: its headers, `\n` line ends
    headers: str
    #: headers and body, `\n` line ends
    whole: str
    #: its readable text
    text: str
    #: what its Auto-Submitted and Content-Type say: a machine wrote it, or it is itself a report
    by_machine: bool
    #: UID of the invitation in it, empty if there is none
    event_uid: str

    @classmethod
    def read(cls, mime: bytes) -> "Original":
        """Read a letter, however it is written."""
        letter = message_from_bytes(mime)
        whole = mime.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
        from_name, from_address = (getaddresses([_text(letter, "From")]) or [("", "")])[0]
        reply_to = [address for _, address in getaddresses([_text(letter, "Reply-To")]) if address]
        return cls(
            message_id=_raw(letter, "Message-ID"),
            subject=_text(letter, "Subject"),
            raw_subject=_raw(letter, "Subject"),
            from_name=from_name,
            from_address=from_address,
            reply_to=reply_to[0] if reply_to else from_address,
            to=_text(letter, "To"),
            addressed=tuple(each for _, each in getaddresses([_text(letter, "To"), _text(letter, "Cc")]) if each),
            date=_raw(letter, "Date"),
            asked_by=tuple(each for _, each in getaddresses([_text(letter, "Disposition-Notification-To")]) if each),
            references=_raw(letter, "References"),
            headers=whole.partition("\n\n")[0] + "\n",
            whole=whole,
            text=_readable(letter),
            by_machine=_is_by_machine(letter),
            event_uid=_event_uid(letter),
        )


def _raw(letter: Message, name: str) -> str:
    return " ".join(str(letter.get(name, "")).split())


def _text(letter: Message, name: str) -> str:
    values = ", ".join(str(value) for value in letter.get_all(name, []))
    try:
        return " ".join(str(make_header(decode_header(values))).split())
    except (LookupError, UnicodeError, ValueError):
        return " ".join(values.split())


def _readable(letter: Message) -> str:
    for each in letter.walk():
        if each.get_content_type() == "text/plain":
            return _decoded(each).strip()
    return ""


def _decoded(leaf: Message) -> str:
    content = leaf.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    try:
        text = content.decode(leaf.get_content_charset("utf-8"), "replace")
    except LookupError:
        text = content.decode("utf-8", "replace")
    return text.replace("\r\n", "\n")


def _is_by_machine(letter: Message) -> bool:
    submitted = _raw(letter, "Auto-Submitted").lower()
    bulk = _raw(letter, "Precedence").lower() in ("bulk", "junk", "list", "auto_reply")
    return bulk or submitted not in ("", "no") or letter.get_content_type() == "multipart/report"


def _event_uid(letter: Message) -> str:
    for each in letter.walk():
        if each.get_content_type() == "text/calendar":
            lines = _decoded(each).splitlines()
            return next((line[4:].strip() for line in lines if line.upper().startswith("UID:")), "")
    return ""
