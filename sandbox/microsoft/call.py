"""One authorised Graph call, as its handler sees it, and how handlers answer."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.faults import Fault
from sandbox.microsoft.account import ExchangeAccount
from sandbox.microsoft.item import Item
from sandbox.microsoft.mailbox import Folder, Mailbox
from sandbox.microsoft.refusals import Refusal, bad_request, malformed_id, not_found

_PAGE_SIZE = re.compile(r"odata\.maxpagesize\s*=\s*(\d+)", re.IGNORECASE)
_IMMUTABLE = re.compile(r'IdType\s*=\s*"?ImmutableId"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request of someone who may make it, at their turn."""

    request: Request
    account: ExchangeAccount
    #: permissions of the token
    scopes: frozenset[str]
    #: `https://localhost:…/v1.0`
    root: str
    #: path below the root, still quoted
    path: str
    now: Callable[[], datetime]
    #: what trouble of these kinds this call meets
    trouble: Callable[[tuple[str, ...]], Fault | None]

    @property
    def mailbox(self) -> Mailbox:
        """The person's mailbox.

        :raises Refusal: they have none
        """
        if self.account.mailbox is None:
            message = "The mailbox is either inactive, soft-deleted, or is hosted on-premise."
            raise Refusal(404, "MailboxNotEnabledForRESTAPI", message)
        return self.account.mailbox

    @property
    def url(self) -> str:
        """The absolute address of this call, without its options."""
        return self.root + self.path

    @property
    def args(self) -> dict[str, str]:
        """The options of the address."""
        return self.request.args.to_dict()

    @property
    def immutable(self) -> bool:
        """Whether this request asks for ids that survive a move. It must ask each time."""
        return bool(_IMMUTABLE.search(self._preferences))

    @property
    def page_size(self) -> int | None:
        """`Prefer: odata.maxpagesize`."""
        match = _PAGE_SIZE.search(self._preferences)
        return int(match.group(1)) or None if match else None

    @property
    def is_basic(self) -> bool:
        """The token sees headers only."""
        return not self.scopes & {"Mail.Read", "Mail.ReadWrite"}

    @property
    def sends_mime(self) -> bool:
        """The body is base64 of MIME, not JSON."""
        return self.request.mimetype == "text/plain"

    @property
    def _preferences(self) -> str:
        return ",".join(self.request.headers.getlist("Prefer"))

    def json(self) -> dict[str, Any]:
        """The body, which must be a JSON object.

        :raises Refusal: it is not
        """
        try:
            content = json.loads(self.request.get_data() or b"{}")
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise bad_request("Unable to read JSON request payload.")
        return content

    def message(self, message_id: str) -> Item:
        """The message of that id.

        :raises Refusal: there is none
        """
        try:
            return self.mailbox.find(message_id)
        except KeyError:
            raise not_found() from None
        except ValueError:
            raise malformed_id() from None

    def folder(self, name: str) -> Folder:
        """The folder of that id or well-known name.

        :raises Refusal: there is none
        """
        try:
            return self.mailbox.folder(name)
        except KeyError:
            raise (not_found() if name.startswith("AQMk") else malformed_id()) from None


def reply(content: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(json.dumps(content), status, headers, content_type="application/json;odata.metadata=minimal")


def nothing(status: int) -> Response:
    """An answer without a body."""
    return Response(b"", status)
