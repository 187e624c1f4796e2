"""Enhanced status codes of mail servers (RFC 3463 and the IANA registry of its codes) in plain words."""

import re

#: an enhanced status code wherever it stands in a text
CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
# few blanks, or a run of empty lines is tried again from each of them
_BASIC = re.compile(r"(?:^|;|<<<|said:)\s{0,20}([45]\d\d)(?=[ -])", re.MULTILINE)

#: the second and third number of a code; every entry of the IANA registry
_DETAILS = {
    "1.0": "the address was not accepted",
    "1.1": "there is no such user",
    "1.2": "the domain does not exist or takes no mail",
    "1.3": "the address is not valid",
    "1.4": "the address fits several mailboxes",
    "1.5": "the address is valid",
    "1.6": "the mailbox has moved",
    "1.7": "your address is not valid",
    "1.8": "your domain is not known to the server",
    "1.9": "it was passed on to a server that reports nothing further",
    # Exchange Online says so of unknown users, the registry of domains that take no mail
    "1.10": "there is no such user, or the domain takes no mail",
    "2.0": "the mailbox did not take it",
    "2.1": "the mailbox is disabled",
    "2.2": "the mailbox is full",
    "2.3": "the message is too large for the mailbox",
    "2.4": "the mailing list could not be expanded",
    "3.0": "the mail system has trouble",
    "3.1": "the mail system's disk is full",
    "3.2": "the server takes no mail at present",
    "3.3": "the server lacks a feature that the message needs",
    "3.4": "the message is too large for the server",
    "3.5": "the server is set up wrongly",
    "3.6": "the priority of the message was changed",
    "4.0": "the network has trouble",
    "4.1": "the server did not answer",
    "4.2": "the connection broke",
    "4.3": "the directory of addresses could not be asked",
    "4.4": "no route to the server was found",
    "4.5": "the server is overloaded",
    "4.6": "the mail went in a loop",
    "4.7": "it could not be delivered in time",
    "5.0": "the servers did not understand each other",
    "5.1": "the server did not take the command",
    "5.2": "the server did not understand the command",
    "5.3": "there were too many recipients",
    "5.4": "the server did not take the command's arguments",
    "5.5": "the servers speak different versions of the protocol",
    "5.6": "the sign-in to the server was too long",
    "6.0": "the content was not accepted",
    "6.1": "the server does not take this kind of content",
    "6.2": "the content would have to be converted, which is not allowed",
    "6.3": "the content would have to be converted, which the server cannot do",
    "6.4": "the content was converted with loss",
    "6.5": "the content could not be converted",
    "6.6": "the content could not be fetched",
    "6.7": "the server takes no addresses beyond ASCII",
    "6.8": "the server's answer is beyond ASCII",
    "6.9": "the server takes no headers beyond ASCII",
    "6.10": "the server's answer is beyond ASCII",
    "7.0": "the server refused it by policy",
    "7.1": "the server refused it by policy",
    "7.2": "you may not write to this mailing list",
    "7.3": "it would have to be encrypted otherwise, which is not possible",
    "7.4": "the server lacks a security feature that the message needs",
    "7.5": "encryption failed",
    "7.6": "the server does not know this kind of encryption",
    "7.7": "the message was changed on its way",
    "7.8": "the sign-in to the server is wrong",
    "7.9": "the sign-in to the server is too weak",
    "7.10": "the server wants an encrypted connection",
    "7.11": "the server wants an encrypted connection",
    "7.12": "the server wants a new password",
    "7.13": "the account is disabled",
    "7.14": "the servers do not trust each other",
    "7.15": "the priority of the message is too low",
    "7.16": "the message is too large for its priority",
    "7.17": "the mailbox belongs to somebody else now",
    "7.18": "the domain belongs to somebody else now",
    "7.19": "it could not be checked whether the mailbox changed hands",
    "7.20": "the message bears no valid signature of a domain (DKIM)",
    "7.21": "the message bears no signature the server accepts (DKIM)",
    "7.22": "the message bears no signature of your own domain (DKIM)",
    "7.23": "your server may not send for your domain (SPF)",
    "7.24": "it could not be checked whether your server may send for your domain (SPF)",
    "7.25": "your server has no valid name in the DNS",
    "7.26": "the message failed several checks of its sender",
    "7.27": "your domain takes no mail, so none is taken from it",
    "7.28": "too much mail came at once",
    "7.29": "the chain of servers it came through could not be checked (ARC)",
    "7.30": "the server cannot promise an encrypted way",
}
#: reply codes of SMTP (RFC 5321 section 4.2.3), where a server gives no enhanced one
_BASICS = {
    "421": "the server takes no mail at present",
    "450": "the mailbox is not available at present",
    "451": "the mail system has trouble",
    "452": "the mail system's disk is full",
    "550": "the mailbox is not available",
    "551": "the mailbox has moved",
    "552": "the mailbox is full, or the message too large",
    "553": "the address is not valid",
    "554": "the server refused it",
}


def in_plain_words(status: str, diagnostic: str = "") -> str:
    """A status code as a reason a person understands, marked where it may pass; empty if it says nothing.

    :param status: holds an enhanced status code (RFC 3463)
    :param diagnostic: the server's own words; asked where the status says only `something` (`5.0.0`)
    """
    codes = [found for text in (status, diagnostic) for found in CODE.finditer(text[:8000])]
    telling = [code for code in codes if (code[2], code[3]) != ("0", "0")]
    if telling:
        code = telling[0]
        # an unknown detail still belongs to a known subject (section 3.1)
        reason = _DETAILS.get(f"{code[2]}.{code[3]}") or _DETAILS.get(f"{code[2]}.0", "")
        return f"{reason} (temporary)" if reason and code[1] == "4" else reason
    basic = _BASIC.search(diagnostic[:8000])
    return _BASICS.get(basic[1], "") if basic else ""
