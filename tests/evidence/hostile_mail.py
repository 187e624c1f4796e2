"""Mail made to be dear to read, mostly a megabyte each."""

import struct

#: bytes of each, about
SIZE = 1_000_000

_REPORT = (
    b"From: MAILER-DAEMON@reader.example\nTo: sam@sender.example\nSubject: failure notice\n"
    b"Date: Tue, 3 Mar 2026 10:00:00 +0000\nIn-Reply-To: <a@sender.example>\n"
)
_RECEIPT = _REPORT + b"Content-Type: multipart/report; report-type=disposition-notification; boundary=x\n\n"
_MDN = _RECEIPT + b"--x\nContent-Type: message/disposition-notification\n\n"
_DSN = _RECEIPT.replace(b"disposition-notification", b"delivery-status") + (
    b"--x\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822;a@b.example\nAction: failed\n"
)
_AWAY = _REPORT.replace(b"MAILER-DAEMON", b"rita") + b"Auto-Submitted: auto-replied\n"
#: the header of an ordinary answer
ANSWER = _REPORT.replace(b"MAILER-DAEMON", b"rita").replace(b"failure notice", b"Re: hello")
_HTML = ANSWER + b"Content-Type: text/html\n\n"
_SMIME = ANSWER + b"Content-Type: application/pkcs7-mime; smime-type=signed-data\n\n"
#: up to the content that is signed (RFC 5652 section 5), all lengths indefinite
_SIGNED = _SMIME + bytes.fromhex("30800609 2a864886f70d010702 a080 3080 020101 3100 3080 0609 2a864886f70d010701 a080")


def filled(pattern: bytes) -> bytes:
    """The pattern over and over, a megabyte of it."""
    return pattern * (SIZE // len(pattern))


def _tnef(properties: bytes) -> bytes:
    """A mail of TNEF with this list of MAPI properties (MS-OXTNEF 2.1.3.1)."""
    head = struct.pack("<BHHI", 1, 0x9003, 6, len(properties))
    return ANSWER + b"Content-Type: application/ms-tnef\n\n\x78\x9f\x3e\x22\x00\x00" + head + properties + b"\x00\x00"


#: name of the trick to the mail
HOSTILE: dict[str, bytes] = {
    "blank lines": _REPORT + filled(b"\n"),
    "carriage returns": _REPORT + b"\na" + filled(b"\r"),
    "indented empty lines": _REPORT + b"\na" + filled(b"\n "),
    "dashes": _REPORT + b"\n" + filled(b"-"),
    "addresses": _REPORT + b"\n" + filled(b"a@"),
    "a line of one word": _REPORT + b"\n" + filled(b"a"),
    "reply codes": _REPORT + b"\n" + filled(b"said: \n"),
    "header fields": filled(b"a:\n"),
    "header folds": b"Subject: a" + filled(b"\n ") + b"\n" + _REPORT,
    "blanks in a header": b"Subject: a" + filled(b" ") + b"a\n" + _REPORT,
    "brackets": b"From: " + filled(b"(") + b"\n\nhi",
    "at signs": b"From: <" + filled(b"@") + b"\n" + ANSWER,
    "encoded words": b"Subject: " + filled(b"=?utf-8?q?a?= ") + b"\n" + _REPORT,
    "slow charsets": b"Subject: " + filled(b"=?punycode?q?aaaaaaaaaaaaaaaaaa?= ") + b"\n" + _REPORT,
    "ten thousand recipients": b"To: " + b"a@reader.example,\n " * 10_000 + b"\n" + _REPORT + b"\nhi",
    "one endless recipient": b"To: " + filled(b"a") + b"\n" + _REPORT + b"\nunknown user",
    "references": b"References: " + filled(b"<a@b> ") + b"\n" + ANSWER,
    "delimiters": _RECEIPT + filled(b"--x\n"),
    "parts": _RECEIPT + filled(b"--x\n\na\n"),
    "nesting": _RECEIPT
    + b"".join(b"--%d\nContent-Type: multipart/mixed; boundary=%d\n\n" % (n, n + 1) for n in range(18_000)),
    "parameters": b"Content-Type: multipart/report; " + filled(b'a="b"; ') + b"\n" + _REPORT + b"\n",
    "an endless boundary": b'Content-Type: multipart/report; boundary="' + filled(b" ") + b'"\n' + _REPORT + b"\n",
    "ids in a receipt": _MDN + b"Disposition: x/y; displayed\nOriginal-Message-ID: " + filled(b"<a@b> "),
    "blanks in a receipt": _MDN + b"Disposition: a" + filled(b" ") + b"a\nFinal-Recipient: a" + filled(b" "),
    "disposition modifiers": _MDN + b"Disposition: x/y; displayed/" + filled(b"error,"),
    "recipients in a delivery report": _DSN + filled(b"Final-Recipient: rfc822;a@b.example\n"),
    "groups in a delivery report": _DSN + filled(b"\nFinal-Recipient: rfc822;a@b.example\n"),
    "at signs in a delivery report": _DSN + filled(b"\nFinal-Recipient: <" + b"@" * 990 + b"\n"),
    "blanks in a delivery report": _DSN + b"Diagnostic-Code: smtp;" + filled(b" ") + b"a",
    "tags": _HTML + filled(b"<"),
    "opened style": _HTML + filled(b"<style"),
    "open and closed scripts": _HTML + filled(b"<script></script>"),
    "entities": _HTML + filled(b"&#1;&amp;"),
    "comments": _HTML + filled(b"<!--"),
    "dates": _AWAY + b"\n" + filled(b"until 9 foo "),
    "digits": _AWAY + b"\n" + filled(b"1"),
    "quotes": ANSWER + b"\n" + filled(b"On a wrote:"),
    "broken base64": ANSWER + b"Content-Transfer-Encoding: base64\n\n" + filled(b"YQ=="),
    "broken quoted-printable": ANSWER + b"Content-Transfer-Encoding: quoted-printable\n\n" + filled(b"=\n="),
    "shifts of charset": ANSWER + b"Content-Type: text/plain; charset=iso-2022-jp\n\n" + filled(b"\x1b$B\x1b(B"),
    "a charset that decompresses": ANSWER + b"Content-Type: text/plain; charset=zip\n\n" + filled(b"x\x9c"),
    "TNEF objects": ANSWER + b"Content-Type: application/ms-tnef\n\n\x78\x9f\x3e\x22" + filled(b"\x01\x00"),
    "TNEF properties": ANSWER
    + b"Content-Type: application/ms-tnef\n\n\x78\x9f\x3e\x22\x00\x00"
    + b"\x01\x03\x90\x06\x00\xff\xff\x0f\x00\xf4\x01\x00\x00"
    + filled(b"\x1e\x10\x25\x00\x01\x00\x00\x00"),
    # MAPI property lists of one property, of a type with four thousand million values
    "TNEF values without end": _tnef(b"\x01\x00\x00\x00\x03\x10\x0e\x00\xff\xff\xff\xff"),
    "TNEF texts without end": _tnef(b"\x01\x00\x00\x00\x1e\x00\x0e\x00\xff\xff\xff\xff"),
    "TNEF properties without end": _tnef(b"\xff\xff\xff\xff" + filled(b"\x03\x00\x0e\x00\x00\x00\x00\x00")),
    "nested pieces of signed data": _SIGNED + filled(b"\x24\x80"),
    "open pieces of signed data": _SIGNED + b"\x24\x80" + filled(b"\x04\x00"),
    "sequences around signed data": _SMIME + filled(b"\x30\x80"),
}
