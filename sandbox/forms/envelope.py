"""What the way adds to a message: the trace of its servers, and what the last one found out about its sender."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.utils import format_datetime, parseaddr

from sandbox.forms.occasion import ip_of


def authenticated(mime: bytes, *, sender: str, recipient: str, host: str, at: datetime, serial: str) -> bytes:
    """The message with the headers the recipient's gate puts on top (Received, Authentication-Results: RFC 8601).

    Return-Path is left to the mailbox, which knows the envelope (RFC 5321 section 4.4).

    :param mime: as the author's program wrote it
    :param sender: envelope sender; empty for reports, whose SPF check falls back to the host (RFC 7208 section 2.4)
    :param host: the server that really sent it; if the From header names another organisation, DMARC fails, as it
        does for forgeries and for mailing lists alike (RFC 7489 section 3.1)
    :param at: when the sending server took it
    :param serial: that server's queue id
    """
    gate, domain = f"mx.{_domain(recipient)}", _organisation(host)
    author = _domain(parseaddr(str(message_from_bytes(mime).get("From", "")))[1])
    aligned = _organisation(author) == domain
    checks = (
        f"dkim=pass header.d={domain} header.s=mail",
        f"spf=pass smtp.mailfrom={sender}" if sender else f"spf=pass smtp.helo={host}",
        f"dmarc={'pass' if aligned else 'fail'} (p=NONE) header.from={author}",
    )
    lines = (
        f"Received: from {host} ({host} [{ip_of(domain)}])\n\tby {gate} with ESMTPS id {serial}\n"
        f"\tfor <{recipient}>; {format_datetime(at + timedelta(seconds=18))}",
        f"Authentication-Results: {gate};\n\t" + ";\n\t".join(checks),
        f"Received: by {host} id {serial[::-1]}; {format_datetime(at)}",
    )
    return "".join(f"{line}\n" for line in lines).replace("\n", "\r\n").encode("ascii", "replace") + mime


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _organisation(domain: str) -> str:
    return ".".join(domain.split(".")[-2:])
