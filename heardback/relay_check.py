"""What `doctor` looks at about the relay: the key, the certificate, and what a reader's mail program is given."""

import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

from connectors.errors import ConnectorError
from connectors.relay import RelayClient, is_loopback
from heardback.errors import Failed, explain
from heardback.finding import Finding, How, clock_finding
from heardback.house import House
from heardback.relay_side import client
from heardback.worker_lock import holder

#: seconds a reader's mail program may be made to wait
_PATIENCE = 10
#: settings that do nothing without a relay
_WANT_ONE = ("relay.inside", "tracking.pixel", "tracking.links", "tracking.web_view")
_IMAGE = (200, "image/gif", b"GIF89a")


def relay_findings(house: House) -> Iterator[Finding]:
    """Nothing where no relay is set."""
    try:
        line = client(house.settings)
    except (ConnectorError, Failed) as error:
        yield Finding(what="relay", how="trouble", text=str(error), todo="Correct the settings of the relay.")
        return
    if line is None:
        yield from _unset(house)
        return
    with closing(line):
        yield _owner(line, house)
    yield _public(house.settings.text("relay.url"), house)


def _unset(house: House) -> Iterator[Finding]:
    """That a relay is wanted which no mail can name."""
    wanted = [name for name in _WANT_ONE if house.settings.truth(name)]
    if wanted or house.settings.rules.get("track"):
        text = f"{', '.join(wanted) or 'a rule [[track]]'} is set, but relay.url is not; no mail is tracked"
        yield Finding(what="relay", how="note", text=text, todo="Set relay.url to its public address; docs/relay.md.")


def _owner(line: RelayClient, house: House) -> Finding:
    """Whether it takes the key; what is read is not taken in."""
    try:
        line.hits(house.ledger.tracking.relay().cursor)
    except ConnectorError as error:
        if not house.settings.truth("relay.inside") or holder(house.settings.folder):
            return Finding(what="relay", how="trouble", text=str(error), todo=explain(error).next_step)
        text = "it runs beside the worker, which is not running"
        return Finding(what="relay", how="note", text=text, todo='"heardback run" starts both.')
    return Finding(what="relay", how="ok", text=f"{line.url} answers and takes the key")


def _public(url: str, house: House) -> Finding:
    """Whether its public address gives mail programs the image, over a certificate they trust."""
    what, bundle = "relay for readers", house.settings.text("relay.ca_bundle")
    try:
        shown, date = _shown(f"{url.rstrip('/')}/p/look.gif", bundle)
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        text = f"{url} cannot be reached: {getattr(reason, 'strerror', None) or reason}"
        return Finding(what=what, how="trouble", text=text, todo="Check its web server, its name and its certificate.")
    if shown != _IMAGE:
        text = f"{url} does not answer with the image"
        return Finding(what=what, how="trouble", text=text, todo="Let its web server pass everything on to the relay.")
    if wrong := clock_finding(date, url, house):
        return wrong
    if is_loopback(urlsplit(url).hostname or ""):
        text = f"{url} is this machine; no reader elsewhere can fetch anything from it"
        return Finding(what=what, how="note", text=text, todo="Set relay.url to its public address; docs/relay.md.")
    how: How = "note" if bundle else "ok"
    own = "; mail programs do not know the authority of relay.ca_bundle" if bundle else ""
    return Finding(what=what, how=how, text=f"{url} answers with the image{own}")


def _shown(address: str, bundle: str) -> tuple[tuple[int, str, bytes], str | None]:
    """What a mail program is shown, as far as it tells an image, and the server's date."""
    trust = ssl.create_default_context(cafile=bundle or None)
    try:
        answer = urllib.request.urlopen(address, timeout=_PATIENCE, context=trust)  # noqa: S310 - https
    except urllib.error.HTTPError as refusal:
        answer = refusal
    with answer:
        return (answer.status, answer.headers.get_content_type(), answer.read(len(_IMAGE[2]))), answer.headers["Date"]
