"""What the way adds to a message: the trace of its servers, and what the last one found out about its sender."""

from datetime import datetime, timedelta
from email.utils import format_datetime

from sandbox.forms.occasion import ip_of


def authenticated(
    mime: bytes, *, sender: str, recipient: str, at: datetime, serial: str, author_domain: str, genuine: bool = True
) -> bytes:
    """The message as the recipient's provider files it.

    :param mime: as the author's program wrote it
    :param sender: envelope sender; empty for reports, whose SPF check falls back to the host (RFC 7208 section 2.4)
    :param recipient: whose provider adds the headers (Return-Path, Received, Authentication-Results: RFC 8601)
    :param at: when the sending server took it
    :param serial: the servers' queue id
    :param author_domain: domain of the server it really comes from
    :param genuine: False: the From header names a domain whose servers never saw the message
    """
    host, gate = f"mail.{author_domain}", f"mx.{recipient.rpartition('@')[2]}"
    spf = f"spf=pass smtp.mailfrom={sender}" if sender else f"spf=pass smtp.helo={host}"
    checks = (
        (f"dkim=pass header.d={author_domain} header.s=mail", spf, f"dmarc=pass header.from={author_domain}")
        if genuine
        else ("dkim=none", spf.replace("pass", "softfail", 1), "dmarc=fail (p=NONE)")
    )
    lines = (
        f"Return-Path: <{sender}>",
        f"Received: from {host} ({host} [{ip_of(author_domain)}])\n\tby {gate} with ESMTPS id {serial}\n"
        f"\tfor <{recipient}>; {format_datetime(at + timedelta(seconds=18))}",
        f"Authentication-Results: {gate};\n\t" + ";\n\t".join(checks),
        f"Received: by {host} id {serial[::-1]}; {format_datetime(at)}",
    )
    return "".join(f"{line}\n" for line in lines).replace("\n", "\r\n").encode("ascii", "replace") + mime
