"""What one request to the relay is worth: an ordered table of rules over what the request shows.

The request is looked at once, in memory; what is kept of it is the name of the rule and its grade. What needs the time
of sending or other hits (seconds after delivery, a burst over one domain) is left to whoever holds the sent item.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from evidence.model import Grade, HitKind
from evidence.networks import GATEWAYS, HOSTING, MICROSOFT, Address, Networks


class Report(StrEnum):
    """What the script of the web view may tell, in one word each; durations are coarse on purpose."""

    VISIBLE = "visible"
    TEN_SECONDS = "10s"
    ONE_MINUTE = "1min"
    FIVE_MINUTES = "5min"
    END = "end"


@dataclass(slots=True, kw_only=True)
class Shown:
    """What a request shows of the program behind it; lives no longer than the request.

    Not frozen, for that alone would take as long as finding the rule.
    """

    kind: HitKind
    #: HTTP method, upper case
    method: str = "GET"
    #: lower case
    agent: str = ""
    #: address of the client, as the last trusted proxy saw it; None if it cannot be told
    address: Address | None = None
    #: `Purpose`, `Sec-Purpose` or `X-Moz` says that nobody is looking yet
    is_prefetch: bool = False
    #: a `Range` was asked for
    is_partial: bool = False
    #: it comes from a network the sender named as their own
    is_own: bool = False
    #: from where the owner's own worker has asked for hits lately
    is_near_owner: bool = False
    #: from a network the settings call a machine's
    is_machine: bool = False
    #: `view` only: what the page's script said
    report: Report | None = None


#: what door a request came by and how the program behind it names itself, lower case
_Program = Callable[[HitKind, str], bool]


def _anything(*_: object) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way to tell what stands behind a request; the first rule of which both conditions hold decides."""

    #: what is stored of the hit
    name: str
    grade: Grade
    #: a sentence a person can read
    why: str
    #: of door and program; there are few of them, so what this leaves open is remembered
    program: _Program = _anything
    holds: Callable[[Shown], bool] = _anything


#: Google's scanner, seen seconds after delivery and while the sender's own Gmail is open (Groundhogg, Keila filter it)
_GMAIL_SCANNER = (
    "mozilla/5.0 (windows nt 10.0; win64; x64) applewebkit/537.36 (khtml, like gecko) chrome/42.0.2311.135"
    " safari/537.36 edge/12.246 mozilla/5.0"
)
#: all that Apple Mail Privacy Protection says of itself (SocketLabs, Groundhogg)
_APPLE_PREFETCH = "mozilla/5.0"
_GMAIL_PROXY = ("googleimageproxy", "via ggpht.com")
_YAHOO_PROXY = ("yahoomailproxy", "yahoocachesystem")
_OUTLOOK_DESKTOP = ("ms-office", "msoffice", "microsoft office", "microsoft outlook")
_MAIL_PROGRAMS = ("thunderbird/", "applemail/", "airmail", "evolution/", "kmail", "mailspring", "k-9 mail", "emclient")
_GATEWAYS = (
    "barracuda", "mimecast", "proofpoint", "ironport", "fortimail", "fortinet", "sophos", "trendmicro", "trend micro",
    "symantec", "messagelabs", "forcepoint", "trustwave", "zscaler", "checkpoint", "safelinks", "avanan", "cloudmark",
)  # fmt: skip
_PROGRAMS = (
    "bot/", "bot;", "bot)", "bot-", "robot", "crawl", "spider", "slurp", "curl/", "wget/", "python", "aiohttp",
    "httpx/", "okhttp", "go-http-client", "java/",
    "libwww", "perl", "php", "ruby", "node-fetch", "axios", "apache-httpclient", "headless", "phantomjs",
    "scan", "preview", "monitor", "facebookexternalhit", "whatsapp", "skypeuripreview", "slack-imgproxy", "hubspot",
    "postman", "playwright", "puppeteer", "selenium", "lua-resty", "winhttp", "dataprovider", "validator",
)  # fmt: skip
_NETWORKS = {"ms": Networks(MICROSOFT.split()), "gate": Networks(GATEWAYS.split()), "rent": Networks(HOSTING.split())}


def _names(*marks: str) -> _Program:
    """The program's name contains one of these."""
    return lambda _, agent: any(mark in agent for mark in marks)


def _image(*marks: str) -> _Program:
    """The image was asked for, by a program that names itself so."""
    named = _names(*marks)
    return lambda kind, agent: kind is HitKind.PIXEL and named(kind, agent)


def _reports(report: Report) -> Callable[[Shown], bool]:
    return lambda shown: shown.report is report


def _is_browser(_: HitKind, agent: str) -> bool:
    return agent.startswith("mozilla/5.0 (")


def _is_view(kind: HitKind, _: str) -> bool:
    return kind is HitKind.VIEW


_is_fetcher = _names(*_GMAIL_PROXY, *_YAHOO_PROXY, *_OUTLOOK_DESKTOP)
_is_mail_program = _names(*_OUTLOOK_DESKTOP, *_MAIL_PROGRAMS)


RULES = (
    Rule(name="opt-out", grade=Grade.NONE, why="the reader asked not to be tracked",
         program=lambda kind, _: kind is HitKind.OPT_OUT),
    Rule(name="head", grade=Grade.NONE, why="only asked whether it is there (HEAD), as scanners do",
         holds=lambda shown: shown.method == "HEAD"),
    Rule(name="odd-method", grade=Grade.NONE, why="asked in a way no mail program does",
         program=lambda kind, _: kind is not HitKind.VIEW, holds=lambda shown: shown.method != "GET"),
    Rule(name="prefetch", grade=Grade.NONE, why="loaded ahead of time, as its headers say; nobody was looking",
         holds=lambda shown: shown.is_prefetch),
    Rule(name="range", grade=Grade.NONE, why="asked for a part of it, as download programs do",
         holds=lambda shown: shown.is_partial),
    Rule(name="own-network", grade=Grade.NONE, why="came from a network of the sender's",
         holds=lambda shown: shown.is_own),
    Rule(name="machine-network", grade=Grade.NONE, why="came from a network the settings call a machine's",
         holds=lambda shown: shown.is_machine),
    Rule(name="gmail-scanner", grade=Grade.NONE, why="Google's scanner loaded it, not a reader",
         program=lambda _, agent: agent == _GMAIL_SCANNER),
    Rule(name="apple-prefetch", grade=Grade.NONE, why="Apple's mail privacy loads every image, read or not",
         program=lambda _, agent: agent == _APPLE_PREFETCH),
    Rule(name="gmail-proxy", grade=Grade.WEAK, why="Gmail's proxy fetched the image, mostly when the mail is displayed",
         program=_image(*_GMAIL_PROXY)),
    Rule(name="yahoo-proxy", grade=Grade.WEAK, why="Yahoo's proxy fetched the image, mostly when the mail is displayed",
         program=_image(*_YAHOO_PROXY)),
    Rule(name="fetcher", grade=Grade.NONE, why="a mail proxy or Office looked the link up by itself",
         program=lambda kind, agent: kind is not HitKind.PIXEL and _is_fetcher(kind, agent)),
    Rule(name="gateway", grade=Grade.NONE, why="a mail filter that names itself",
         program=_names(*_GATEWAYS)),
    Rule(name="gateway-network", grade=Grade.NONE, why="came from the network of a mail filter",
         holds=lambda shown: shown.address in _NETWORKS["gate"]),
    Rule(name="program", grade=Grade.NONE, why="a robot, a preview or a script that names itself",
         program=_names(*_PROGRAMS)),
    Rule(name="nameless", grade=Grade.NONE, why="a program that does not say what it is",
         program=lambda _, agent: not agent.strip()),
    Rule(name="microsoft-network", grade=Grade.NONE,
         why="came from Microsoft's network, where scanners and web mail cannot be told apart",
         holds=lambda shown: shown.address in _NETWORKS["ms"]),
    Rule(name="hosting-network", grade=Grade.NONE, why="came from a network of rented servers, where nobody reads mail",
         holds=lambda shown: shown.address in _NETWORKS["rent"]),
    Rule(name="near-owner", grade=Grade.WEAK, why="came from where your own mailboxes are read, perhaps by yourself",
         program=lambda kind, agent: _is_browser(kind, agent) or _is_mail_program(kind, agent),
         holds=lambda shown: shown.is_near_owner),
    Rule(name="outlook-desktop", grade=Grade.FAIR, why="Outlook on a computer fetched the image; it asks first",
         program=_image(*_OUTLOOK_DESKTOP)),
    Rule(name="mail-program", grade=Grade.FAIR, why="a mail program fetched the image from a person's own network",
         program=_image(*_MAIL_PROGRAMS)),
    Rule(name="browser", grade=Grade.FAIR, why="a browser fetched the image from a person's own network",
         program=lambda kind, agent: kind is HitKind.PIXEL and _is_browser(kind, agent)),
    Rule(name="click", grade=Grade.STRONG, why="a link was followed in a browser",
         program=lambda kind, agent: kind is HitKind.LINK and _is_browser(kind, agent)),
    Rule(name="view-visible", grade=Grade.STRONG, why="the web view was visible in a browser",
         program=_is_view, holds=_reports(Report.VISIBLE)),
    Rule(name="view-10s", grade=Grade.STRONG, why="the web view was visible for ten seconds",
         program=_is_view, holds=_reports(Report.TEN_SECONDS)),
    Rule(name="view-1min", grade=Grade.STRONG, why="the web view was visible for a minute",
         program=_is_view, holds=_reports(Report.ONE_MINUTE)),
    Rule(name="view-5min", grade=Grade.STRONG, why="the web view was visible for five minutes",
         program=_is_view, holds=_reports(Report.FIVE_MINUTES)),
    Rule(name="view-end", grade=Grade.STRONG, why="the web view was scrolled to its end",
         program=_is_view, holds=_reports(Report.END)),
    Rule(name="unknown", grade=Grade.NONE, why="a program nobody here knows"),
)  # fmt: skip

#: rule name to rule, for whoever shows a stored hit
RULE_OF = {rule.name: rule for rule in RULES}


def graded(shown: Shown) -> Rule:
    """The rule that decides about a request; always one, the last holds for anything."""
    return next(rule for rule in _open(shown.kind, shown.agent) if rule.holds(shown))


@lru_cache(maxsize=1_024)
def _open(kind: HitKind, agent: str) -> tuple[Rule, ...]:
    """The rules that door and program leave open."""
    return tuple(rule for rule in RULES if rule.program(kind, agent))
