"""Loaders behind which somebody looks at the mail: some show it to the sender, some hide it."""

from datetime import timedelta

from sandbox.loaders.loader import Client, Fetch, Loader, What

_HOME, _OFFICE, _PHONE, _SENDER = "203.0.113.25", "198.51.100.14", "2001:db8:5::7", "192.0.2.30"
_CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36"
)
_IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5"
    " Mobile/15E148 Safari/604.1"
)
GMAIL_PROXY = Client(
    agent="Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    address="66.102.9.14",
)
_YAHOO_PROXY = Client(
    agent="YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", address="98.137.66.20"
)
_OUTLOOK = Client(
    agent="Mozilla/4.0 (compatible; ms-office; MSOffice 16)", address=_OFFICE, headers=(("UA-CPU", "AMD64"),)
)
_THUNDERBIRD = Client(
    agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.1.0", address=_HOME
)
_APPLE_MAIL = Client(
    agent="Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)", address=_HOME
)
_ANDROID = Client(
    agent="Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/BP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
    " Chrome/138.0.0.0 Mobile Safari/537.36",
    address=_PHONE,
)
_BROWSER = Client(agent=_CHROME, address=_HOME, headers=(("Referer", "https://webmail.example/"),))
_OWA = Client(agent=_CHROME, address="40.94.28.10")
_SAFARI = Client(agent=f"{_APPLE_MAIL.agent} Version/18.5 Safari/605.1.15", address=_HOME)
_PHONE_BROWSER = Client(agent=_ANDROID.agent.replace("; wv)", ")").replace("Version/4.0 ", ""), address=_PHONE)
_IPHONE_BROWSER = Client(agent=_IPHONE, address=_PHONE)
#: the sender's own program at the sender's desk
_OWN = Client(agent=_THUNDERBIRD.agent, address=_SENDER)
#: where the sender sits, for `relay.own_networks`
OWN_NETWORK = "192.0.2.0/24"
#: where the sender's worker runs, which nobody named
OWN_HOME = "203.0.113.91"


def _sees(client: Client, **after: float) -> Fetch:
    return Fetch(what=What.IMAGES, client=client, after=timedelta(**after))


def _goes_on(name: str, program: str, look: Client, browser: Client) -> tuple[Loader, Loader]:
    """A reader who looks at the image and follows a link, later or in the same minutes."""
    later, at_once = (
        (_sees(look, hours=2), Fetch(what=What.TEXT_LINK, client=browser, after=timedelta(hours=2, minutes=minutes)))
        for minutes in (10, 1)
    )
    return (
        Loader(name=f"{name}-clicks-later", is_what=f"{program}, a link followed ten minutes later", fetches=later),
        Loader(name=f"{name}-clicks-at-once", is_what=f"{program}, a link followed at once", fetches=at_once),
    )


PEOPLE: tuple[Loader, ...] = (
    # programs that load images themselves, from where the person is
    Loader(name="outlook", is_what="Outlook on a computer, images allowed", fetches=(_sees(_OUTLOOK, hours=2),)),
    Loader(name="thunderbird", is_what="Thunderbird, images allowed", fetches=(_sees(_THUNDERBIRD, hours=3),)),
    Loader(name="apple-direct", is_what="Apple Mail without its privacy", fetches=(_sees(_APPLE_MAIL, hours=5),)),
    Loader(name="android", is_what="K-9 Mail on a phone", fetches=(_sees(_ANDROID, hours=1),)),
    Loader(name="webmail", is_what="web mail whose browser loads images itself", fetches=(_sees(_BROWSER, hours=26),)),
    Loader(
        name="rereads",
        is_what="Thunderbird, the mail looked at five times",
        fetches=tuple(_sees(_THUNDERBIRD, hours=each) for each in (2, 3, 9, 25, 49)),
    ),
    # people who go to the browser
    Loader(
        name="clicks",
        is_what="a reader who follows a link",
        fetches=(Fetch(what=What.TEXT_LINK, client=_BROWSER, after=timedelta(hours=4)),),
    ),
    Loader(
        name="web-view",
        is_what="a reader who opens the web view",
        fetches=(
            Fetch(
                what=What.WEB_VIEW, client=_IPHONE_BROWSER, after=timedelta(hours=4), says=("visible", "10s", "end")
            ),
        ),
    ),
    *_goes_on("outlook", "Outlook on a computer", _OUTLOOK, Client(agent=_CHROME, address=_OFFICE)),
    *_goes_on("thunderbird", "Thunderbird", _THUNDERBIRD, Client(agent=_CHROME, address=_HOME)),
    *_goes_on("apple-direct", "Apple Mail without its privacy", _APPLE_MAIL, _SAFARI),
    *_goes_on("android", "K-9 Mail on a phone", _ANDROID, _PHONE_BROWSER),
    *_goes_on("webmail", "web mail whose browser loads images itself", _BROWSER, _BROWSER),
    *_goes_on("gmail", "Gmail", GMAIL_PROXY, Client(agent=_CHROME, address=_HOME)),
    Loader(
        name="webmail-views",
        is_what="web mail whose browser loads images itself, the web view opened at once",
        fetches=(
            _sees(_BROWSER, hours=2),
            Fetch(
                what=What.WEB_VIEW,
                client=_BROWSER,
                after=timedelta(hours=2, minutes=1),
                says=("visible", "10s", "1min", "end"),
            ),
        ),
    ),
    # proxies that fetch when somebody looks, and do not say who
    Loader(name="gmail", is_what="Gmail: its proxy, at display", fetches=(_sees(GMAIL_PROXY, hours=2),)),
    Loader(name="yahoo", is_what="Yahoo: its proxy, at display", fetches=(_sees(_YAHOO_PROXY, hours=6),)),
    Loader(name="owa", is_what="Outlook on the web: Microsoft's network", fetches=(_sees(_OWA, hours=2),)),
    # readers nobody can see
    Loader(name="plain-text", is_what="a plain-text reader"),
    Loader(name="hey", is_what="HEY, which removes the image"),
    # looks that are not the recipient's
    Loader(name="own-desk", is_what="the sender, at the sender's own desk", fetches=(_sees(_OWN, hours=2),)),
    Loader(
        name="own-home",
        is_what="the sender, hours after, where the worker runs",
        fetches=(_sees(Client(agent=_THUNDERBIRD.agent, address=OWN_HOME), hours=9),),
    ),
    Loader(
        name="own-gmail-early",
        is_what="the sender's look through Gmail, a minute after sending",
        fetches=(_sees(GMAIL_PROXY, seconds=60),),
    ),
    Loader(
        name="own-gmail-late",
        is_what="the sender's look through Gmail, hours after",
        fetches=(_sees(GMAIL_PROXY, hours=7),),
    ),
    Loader(
        name="forwarded",
        is_what="a plain-text reader forwards it; a second reader sees it in Outlook",
        fetches=(_sees(_OUTLOOK, hours=30),),
    ),
    Loader(
        name="forwarded-gmail",
        is_what="a plain-text reader forwards it; a second reader sees it in Gmail",
        fetches=(_sees(GMAIL_PROXY, hours=30),),
    ),
    Loader(
        name="answers",
        is_what="a plain-text reader answers; the sender sees the image quoted in the answer",
        answers_after=timedelta(hours=5),
        fetches=(_sees(GMAIL_PROXY, hours=6),),
    ),
    # the wish to be left alone
    Loader(
        name="opts-out",
        is_what="a reader who opts out, then looks in Thunderbird",
        fetches=(
            Fetch(what=What.OPT_OUT, client=_BROWSER, after=timedelta(hours=1), methods=("GET", "POST")),
            _sees(_THUNDERBIRD, hours=3),
        ),
    ),
    Loader(
        name="looks-at-opt-out",
        is_what="a reader who opens the opt-out page and does not press, then looks in Thunderbird",
        fetches=(
            Fetch(what=What.OPT_OUT, client=_BROWSER, after=timedelta(hours=1)),
            _sees(_THUNDERBIRD, hours=3),
        ),
    ),
)  # fmt: skip
