"""Loaders behind which nobody looks: scanners, previews. None that a rule can tell may look like a reader."""

from datetime import timedelta

from sandbox.loaders.loader import Client, Fetch, Loader, What

_EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36"
    " Edg/137.0.0.0"
)
_OLD_CHROME = (
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/103.0.0.0 Safari/537.36"
)
_FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
_HEADLESS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36"
)
_GMAIL_SCANNER = Client(
    agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135"
    " Safari/537.36 Edge/12.246 Mozilla/5.0",
    address="108.177.2.32",
    headers=(("Referer", "http://mail.google.com/"),),
)
_SAFE_LINKS = (
    Client(agent=_EDGE, address="40.94.31.5"),
    Client(agent=_OLD_CHROME, address="104.47.11.10"),
    Client(agent=_EDGE, address="20.190.18.9"),
)
#: scanners of no network anybody lists: a browser's words, from a line like everybody's
_UNLISTED = (Client(agent=_FIREFOX, address="203.0.113.130"), Client(agent=_EDGE, address="198.51.100.130"))


def _image(client: Client, **after: float) -> Fetch:
    return Fetch(what=What.IMAGES, client=client, after=timedelta(**after))


def _everything(client: Client, *methods: str, **after: float) -> tuple[Fetch, ...]:
    """All images and all links, in the same seconds."""
    return tuple(
        Fetch(what=what, client=client, after=timedelta(**after), methods=methods or ("GET",))
        for what in (What.IMAGES, What.LINKS)
    )


def _script(client: Client, **after: float) -> Fetch:
    """The web view, by a program that runs its script."""
    return Fetch(what=What.WEB_VIEW, client=client, after=timedelta(**after), says=("visible",))


def _scanner(name: str, is_what: str, agent: str, address: str) -> Loader:
    """A filter before the mailbox: first asks whether things are there, then fetches them, all links too."""
    return Loader(
        name=name, is_what=is_what, fetches=_everything(Client(agent=agent, address=address), "HEAD", "GET", seconds=4)
    )


MACHINES: tuple[Loader, ...] = (
    # prefetchers of mailboxes
    Loader(name="gmail-scanner", is_what="Gmail's prefetch scanner", fetches=(_image(_GMAIL_SCANNER, seconds=25),)),
    Loader(
        name="gmail-scanner-late",
        is_what="Gmail's prefetch scanner, while the sender's Gmail is open hours later",
        fetches=(_image(_GMAIL_SCANNER, hours=4),),
    ),
    Loader(
        name="apple-privacy",
        is_what="Apple Mail Privacy Protection, hours after delivery",
        fetches=(_image(Client(agent="Mozilla/5.0", address="172.224.224.11"), hours=3),),
    ),
    Loader(
        name="apple-privacy-6",
        is_what="the same over IPv6, within a minute",
        fetches=(_image(Client(agent="Mozilla/5.0", address="2a02:26f7:c9c8:4000::5"), seconds=40),),
    ),
    Loader(
        name="proton",
        is_what="Proton, which loads images at delivery",
        fetches=(_image(Client(agent=_FIREFOX, address="185.70.40.19"), seconds=15),),
    ),
    # filters before mailboxes
    Loader(
        name="safe-links",
        is_what="Microsoft's Safe Links: three regions at delivery, once more hours later",
        fetches=tuple(
            fetch
            for client, seconds in zip(_SAFE_LINKS * 2, (6, 9, 50, 20_000, 20_001, 20_002), strict=True)
            for fetch in _everything(client, seconds=seconds)
        ),
    ),
    _scanner("barracuda", "Barracuda, which names itself", "Barracuda Sentinel (EE)", "209.222.82.40"),
    _scanner("mimecast", "Mimecast, dressed as a browser", _OLD_CHROME, "207.211.31.81"),
    _scanner("proofpoint", "Proofpoint, dressed as a browser", _FIREFOX, "148.163.130.12"),
    _scanner("ironport", "Cisco's filter, dressed as a browser", _FIREFOX, "216.71.140.7"),
    _scanner("cloud", "a filter in a rented cloud, dressed as a browser", _EDGE, "3.120.14.9"),
    _scanner("unlisted", "a filter of no known network, dressed as a browser", _FIREFOX, _UNLISTED[0].address),
    Loader(
        name="unlisted-late",
        is_what="such a filter that looks an hour later",
        fetches=_everything(_UNLISTED[1], hours=1),
    ),
    Loader(
        name="unlisted-late-script",
        is_what="such a filter that looks an hour later and runs the web view's script",
        fetches=(*_everything(_UNLISTED[1], hours=1), _script(_UNLISTED[1], hours=1)),
    ),
    Loader(
        name="unlisted-link",
        is_what="such a filter that follows one link, an hour later, and loads nothing else",
        fetches=(Fetch(what=What.TEXT_LINK, client=_UNLISTED[1], after=timedelta(hours=1)),),
    ),
    Loader(
        name="unlisted-slow",
        is_what="such a filter that loads the image an hour later and goes on ten minutes after",
        fetches=(
            _image(_UNLISTED[1], hours=1),
            Fetch(what=What.LINKS, client=_UNLISTED[1], after=timedelta(hours=1, minutes=10)),
        ),
    ),
    Loader(
        name="unlisted-burst",
        is_what="a company's filter of no known network, a quarter of an hour later, images only",
        fetches=(_image(_UNLISTED[0], minutes=15),),
    ),
    Loader(
        name="unlisted-script",
        is_what="such a filter that runs the web view's script, too",
        fetches=(*_everything(_UNLISTED[1], seconds=8), _script(_UNLISTED[1], seconds=9)),
    ),
    # programs that say what they are
    Loader(
        name="headless",
        is_what="a headless browser that opens everything and scrolls, hours later",
        fetches=(
            *_everything(Client(agent=_HEADLESS, address="203.0.113.140"), hours=3),
            Fetch(
                what=What.WEB_VIEW,
                client=Client(agent=_HEADLESS, address="203.0.113.140"),
                after=timedelta(hours=3),
                says=("visible", "10s", "end"),
            ),
        ),
    ),
    Loader(
        name="chat-preview",
        is_what="the preview of a chat into which the mail's links were copied",
        fetches=(
            Fetch(
                what=What.LINKS,
                client=Client(
                    agent="Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)", address="203.0.113.77"
                ),
                after=timedelta(hours=5),
            ),
            Fetch(
                what=What.LINKS,
                client=Client(agent="WhatsApp/2.23.20.0", address="198.51.100.77"),
                after=timedelta(hours=5),
                methods=("HEAD", "GET"),
            ),
        ),
    ),
    Loader(
        name="link-checker",
        is_what="a script that checks links",
        fetches=_everything(Client(agent="python-requests/2.32.3", address="203.0.113.78"), "HEAD", "GET", hours=8),
    ),
    Loader(
        name="nameless",
        is_what="a program that says nothing of itself",
        fetches=_everything(Client(agent="", address="203.0.113.79"), hours=8),
    ),
    # browsers that are not looking
    Loader(
        name="prefetch",
        is_what="a browser that loads ahead",
        fetches=_everything(
            Client(agent=_EDGE, address="203.0.113.80", headers=(("Sec-Purpose", "prefetch;prerender"),)), hours=2
        ),
    ),
    Loader(
        name="range",
        is_what="a download program that asks for parts",
        fetches=_everything(
            Client(agent=_EDGE, address="203.0.113.81", headers=(("Range", "bytes=0-0"),)), hours=2
        ),
    ),
    Loader(
        name="opts-out-by-get",
        is_what="a scanner that opens the opt-out page with every method but the button's",
        fetches=(
            Fetch(
                what=What.OPT_OUT,
                client=Client(agent=_FIREFOX, address="203.0.113.82"),
                after=timedelta(hours=1),
                methods=("HEAD", "GET", "OPTIONS", "PUT"),
            ),
        ),
    ),
)  # fmt: skip
