"""The program behind a message, as it names itself."""

import pytest

from evidence import normal
from evidence.read import read_message

NAMES = [
    ("Mozilla Thunderbird", "Thunderbird"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Thunderbird/102.6.0", "Thunderbird"),
    ("Mozilla/5.0 (Windows)", ""),
    ("Roundcube Webmail/1.6.9", "Roundcube Webmail"),
    ("Apple Mail (2.3731.700.6)", "Apple Mail"),
    ("Microsoft Outlook Express 6.00.2900.5512", "Microsoft Outlook Express"),
    ("Microsoft Office Outlook, Build 11.0.5510", "Microsoft Office Outlook"),
    ("Lotus Notes Release 9.0.1", "Lotus Notes"),
    ("K-9 Mail for Android", "K-9 Mail for Android"),
    ("Zimbra 8.8.15_GA_4508 (ZimbraWebClient - GC109 (Win)/8.8.15_GA_4508)", "Zimbra"),
    ("", ""),
    (None, ""),
]


@pytest.mark.parametrize(("written", "name"), NAMES)
def test_a_program_is_known_by_its_name_without_version_and_platform(written: str | None, name: str) -> None:
    assert normal.program(written) == name


def test_a_receipt_names_the_program_that_made_it() -> None:
    (read,) = read_message(
        b"From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report;"
        b' report-type=disposition-notification; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nread\r\n'
        b"--x\r\nContent-Type: message/disposition-notification\r\n\r\n"
        b"Reporting-UA: mail.b.example; Evolution 3.54.2\r\n"
        b"Final-Recipient: rfc822;a@b.example\r\nOriginal-Message-ID: <1@c.example>\r\n"
        b"Disposition: manual-action/MDN-sent-manually; displayed\r\n\r\n--x--\r\n"
    )
    assert read.program == "Evolution"


def test_an_answer_names_the_program_it_was_written_with() -> None:
    (read,) = read_message(
        b"From: a@b.example\r\nTo: me@c.example\r\nSubject: Re: x\r\nIn-Reply-To: <1@c.example>\r\n"
        b"X-Mailer: iPhone Mail (20F75)\r\n\r\nYes.\r\n"
    )
    assert read.program == "iPhone Mail"
