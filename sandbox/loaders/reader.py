"""A mailbox read with a loader: takes letters from the post office and fetches what they hold, when its time comes.

The requests are real ones to whatever stands in the mail, but only on this machine; the address they come from
stands in `X-Forwarded-For`, as a web server in front would put it.
"""

import http.client
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import partial
from html.parser import HTMLParser
from urllib.parse import SplitResult, urlsplit

from sandbox.loaders.loader import Client, Fetch, Loader, What
from sandbox.people import Deed
from sandbox.post import Letter, PostOffice

#: seconds for one request
_TIMEOUT = 20.0
_HERE = ("127.0.0.1", "localhost", "::1")


class Reader:
    """Somebody, or something, at one address or several."""

    def __init__(self, post: PostOffice, loader: Loader, *addresses: str) -> None:
        """Give the addresses a door at the post office."""
        self.loader = loader
        #: what was done so far
        self.story: list[Deed] = []
        self._post = post
        for address in addresses:
            post.register(address, self.take)

    def take(self, letter: Letter, address: str) -> None:
        """A letter arrives."""
        mail = message_from_bytes(letter.mime, policy=default)
        for fetch in self.loader.fetches:
            self._post.clock.after(fetch.after, partial(self._fetch, fetch, _Shown(mail), address))
        if self.loader.answers_after is not None:
            self._post.clock.after(self.loader.answers_after, partial(self._answer, mail, letter.sender, address))

    def _fetch(self, fetch: Fetch, shown: "_Shown", address: str) -> None:
        what = f"had {fetch.what} of it fetched by {self.loader.is_what}"
        self.story.append(Deed(at=self._post.clock.now(), who=address, what=what, about_subject=shown.subject))
        for url in shown.urls(fetch.what):
            for method in fetch.methods:
                self._ask(method, url, fetch.client)
            if fetch.what is What.WEB_VIEW:
                self._ask("GET", url._replace(path=f"{url.path}/copy"), fetch.client)
                for word in fetch.says:
                    self._ask("POST", url, fetch.client, word.encode())

    def _ask(self, method: str, url: SplitResult, client: Client, body: bytes | None = None) -> None:
        if url.scheme != "http" or url.hostname not in _HERE:
            return
        agent = [("User-Agent", client.agent)] if client.agent else []
        headers = dict([*agent, ("X-Forwarded-For", client.address), *client.headers])
        connection = http.client.HTTPConnection(url.netloc, timeout=_TIMEOUT)
        try:
            connection.request(method, f"{url.path}?{url.query}" if url.query else url.path, body, headers)
            connection.getresponse().read()
        finally:
            connection.close()

    def _answer(self, mail: EmailMessage, sender: str, address: str) -> None:
        """Write back, quoting all of it."""
        answer = EmailMessage(policy=default.clone(linesep="\r\n"))
        answer["From"], answer["To"], answer["Subject"] = address, sender, f"Re: {mail['Subject']}"
        answer["Message-ID"] = f"<{self._post.random.getrandbits(64):x}@{address.partition('@')[2]}>"
        answer["In-Reply-To"] = answer["References"] = str(mail["Message-ID"])
        answer["Date"] = self._post.clock.now()
        answer.set_content("Yes, that is fine with me.\n")
        answer.add_alternative(f"<p>Yes, that is fine with me.</p><blockquote>{_html(mail)}</blockquote>", "html")
        self._post.send(
            Letter(mime=answer.as_bytes(), sender=address, recipients=(sender,), sent_at=self._post.clock.now())
        )


class _Shown(HTMLParser):
    """What a mail, displayed, may load and lead to."""

    def __init__(self, mail: EmailMessage) -> None:
        super().__init__()
        self.subject = str(mail["Subject"])
        self._images: list[SplitResult] = []
        self._links: list[SplitResult] = []
        self.feed(_html(mail))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note images and links."""
        named = dict(attrs)
        if tag == "img" and named.get("src"):
            self._images.append(urlsplit(named["src"] or ""))
        elif tag == "a" and named.get("href"):
            self._links.append(urlsplit(named["href"] or ""))

    def urls(self, what: What) -> Iterator[SplitResult]:
        """What is meant, each once; a person knows by a link's words, this one by its path (docs/relay.md)."""
        door = {What.TEXT_LINK: "/l/", What.WEB_VIEW: "/v/", What.OPT_OUT: "/o/"}.get(what, "/")
        found = self._images if what is What.IMAGES else self._links
        meant = list(dict.fromkeys(each for each in found if door in each.path))
        yield from meant[:1] if what is What.TEXT_LINK else meant


def _html(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    return str(part.get_content()) if part else ""
