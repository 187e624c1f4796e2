"""The person in front of the browser, as code: goes where the consent pages lead, fills in what they ask."""

import http.client
import ssl
import threading
import time
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode, urljoin

#: seconds for one request, and for the whole visit
_TIMEOUT = 20.0
_WHOLE_VISIT = 60.0
#: pages in one visit, and redirects in one step
_PATIENCE = 12
_REDIRECTS = (301, 302, 303, 307, 308)
_KEEPING_THE_BODY = (307, 308)
#: what device pages call the field for the code
_CODE_FIELDS = ("code", "user_code", "otc")


class LostVisitor(Exception):
    """The pages led nowhere: an error page, no end, or a form a person could not fill in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page the visitor saw."""

    url: str
    status: int
    text: str


class Visitor:
    """Opens an address like a browser would and goes through the consent pages, to the loopback redirect and its page.

    What went wrong stays in `error`, what was seen in `pages`.
    """

    def __init__(
        self,
        ca_file: Path,
        *,
        account: str,
        untick: tuple[str, ...] = (),
        deny: bool = False,
        leave: bool = False,
    ) -> None:
        """Decide beforehand what to do.

        :param ca_file: the sandbox's certificate authority
        :param account: the address to choose
        :param untick: scopes to take the tick from, whole or by their last part (`gmail.send`)
        :param deny: press the button that refuses
        :param leave: look at the first page and close it
        """
        self.account = account
        self.error: Exception | None = None
        self.pages: list[Page] = []
        self._untick = untick
        self._deny = deny
        self._leave = leave
        self._context = ssl.create_default_context(cafile=str(ca_file))
        self._thread: threading.Thread | None = None

    def __call__(self, url: str) -> None:
        """Open the address in a thread of its own, and return at once."""
        self._thread = threading.Thread(target=self._visit, args=(url, ""), daemon=True, name="visitor")
        self._thread.start()

    def enter_code(self, url: str, code: str) -> None:
        """Open the device page, type the code, and go through the rest; returns when that is done.

        :raises Exception: whatever went wrong, also kept in `error`
        """
        self._visit(url, code)
        if self.error:
            raise self.error

    def join(self, timeout: float = 30.0) -> None:
        """Wait until the visit has ended.

        :raises TimeoutError: it has not
        """
        if self._thread:
            self._thread.join(timeout)
            if self._thread.is_alive():
                raise TimeoutError(f"the visitor is still on {self.pages[-1].url if self.pages else 'no page'}")

    def _visit(self, url: str, code: str) -> None:
        try:
            browser = _Browser(self._context, self.pages)
            page = browser.get(url)
            if not self._leave:
                self._go_on(browser, page, code)
        except (LostVisitor, OSError, http.client.HTTPException, ValueError) as err:
            self.error = err

    def _go_on(self, browser: "_Browser", page: Page, code: str) -> None:
        for _ in range(_PATIENCE):
            form = _Form.on(page)
            if form is None:
                return
            page = browser.post(urljoin(page.url, form.action), self._fill(form, code))
        raise LostVisitor(f"{page.url} asks again and again")

    def _fill(self, form: "_Form", code: str) -> list[tuple[str, str]]:
        filled = [*form.hidden, *((name, code) for name in form.texts if name in _CODE_FIELDS)]
        if "account" in form.texts:
            filled.append(("account", self._chosen(form)))
        filled += [(name, value) for name, value in form.ticked if not self._unticks(value)]
        return filled + [("action", button) for button in self._pressed(form)]

    def _pressed(self, form: "_Form") -> list[str]:
        wanted = "deny" if self._deny else "allow"
        return [wanted] if wanted in form.buttons else form.buttons[:1]

    def _chosen(self, form: "_Form") -> str:
        if form.options and self.account not in form.options:
            raise LostVisitor(f"{self.account} is not among the accounts: {', '.join(form.options)}")
        return self.account

    def _unticks(self, scope: str) -> bool:
        return any(scope == each or scope.endswith(f"/{each}") for each in self._untick)


class _Form(HTMLParser):
    """The first form with method=post of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.hidden: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.options: list[str] = []
        self.ticked: list[tuple[str, str]] = []
        self.buttons: list[str] = []
        self.found = False
        self._inside = False
        self._option: list[str] | None = None

    @classmethod
    def on(cls, page: Page) -> "_Form | None":
        """The form of a page, if it has one."""
        form = cls()
        form.feed(page.text)
        form.close()
        return form if form.found else None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of fields and buttons."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.found and given.get("method", "").lower() == "post":
            self.found = self._inside = True
            self.action = given.get("action", "")
        elif self._inside and tag == "input":
            self._input(given, checked="checked" in given)
        elif self._inside and tag == "select":
            self.texts.append(given.get("name", ""))
        elif self._inside and tag == "option":
            self._option = [given["value"]] if "value" in given else []
        elif self._inside and tag == "button" and given.get("name") == "action":
            self.buttons.append(given.get("value", ""))

    def handle_data(self, data: str) -> None:
        """The text of an option without a value is its value."""
        if self._option is not None and not self._option:
            self._option.append(data.strip())

    def handle_endtag(self, tag: str) -> None:
        """Close what was open."""
        if tag == "form":
            self._inside = False
        elif tag == "option" and self._option is not None:
            self.options.extend(self._option)
            self._option = None

    def _input(self, given: dict[str, str], *, checked: bool) -> None:
        name, value, kind = given.get("name", ""), given.get("value", ""), given.get("type", "text").lower()
        if kind == "hidden":
            self.hidden.append((name, value))
        elif kind == "checkbox":
            self.ticked += [(name, value)] if checked else []
        elif kind != "submit":
            self.texts.append(name)


class _Browser:
    """Fetches pages, keeps cookies, and follows redirects itself: also from https to the loopback http address."""

    def __init__(self, context: ssl.SSLContext, pages: list[Page]) -> None:
        self._pages = pages
        self._until = time.monotonic() + _WHOLE_VISIT
        # Put together by hand: no proxy, whatever the environment says; answers of any status come back as they are.
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPCookieProcessor(),
        ):
            self._opener.add_handler(handler)

    def get(self, url: str) -> Page:
        """Fetch a page."""
        return self._follow(url, None)

    def post(self, url: str, fields: list[tuple[str, str]]) -> Page:
        """Send a form."""
        return self._follow(url, urlencode(fields).encode())

    def _follow(self, url: str, body: bytes | None) -> Page:
        for _ in range(_PATIENCE):
            if not url.startswith(("http://", "https://")):
                raise LostVisitor(f"a browser does not open {url}")
            if time.monotonic() > self._until:
                raise LostVisitor(f"{url} took too long to reach")
            request = urllib.request.Request(url, body)  # noqa: S310 - the scheme is checked above
            with self._opener.open(request, timeout=_TIMEOUT) as answer:
                page = Page(url=url, status=answer.status, text=answer.read(1_000_000).decode("utf-8", "replace"))
                location = answer.headers.get("Location", "")
            if page.status not in _REDIRECTS:
                return self._seen(page)
            url = urljoin(url, location)
            body = body if page.status in _KEEPING_THE_BODY else None
        raise LostVisitor(f"{url} redirects again and again")

    def _seen(self, page: Page) -> Page:
        self._pages.append(page)
        if page.status >= HTTPStatus.BAD_REQUEST:
            raise LostVisitor(f"{page.url} answered {page.status}: {page.text[:300]}")
        return page
