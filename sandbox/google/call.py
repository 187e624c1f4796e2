"""One call of the API on its way through: who asks, for what, with what, and what leaves because of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from werkzeug.datastructures import MultiDict

from sandbox.faults import Fault
from sandbox.google.account import GmailAccount
from sandbox.google.message import Message
from sandbox.google.methods import METADATA, Method
from sandbox.google.refusal import invalid, not_found
from sandbox.google.represent import FORMATS
from sandbox.google.upload import Incoming
from sandbox.post import Letter

Json = dict[str, Any]
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that is signed in, allowed and paid for. The account's lock is held while it is handled."""

    account: GmailAccount
    method: Method
    #: the variable parts of the path
    path: Mapping[str, str]
    args: MultiDict[str, str]
    scopes: frozenset[str]
    incoming: Incoming
    now: datetime
    #: the provider's own trouble this call meets, if one is switched on
    trouble: Callable[[str], Fault | None]
    #: what goes to the post after the lock is given back
    letters: list[Letter] = field(default_factory=list)

    @property
    def metadata_only(self) -> bool:
        """The grant holds gmail.metadata: its limits hold, whatever wider scope stands beside it."""
        return METADATA in self.scopes

    def message(self, identity: str) -> Message:
        """The message a path or body names.

        :raises Refusal: 404 gone, 400 not an id at all
        """
        try:
            int(identity, 16)
        except ValueError:
            raise invalid("Invalid id value") from None
        found = self.account.mailbox.find(identity)
        if found is None:
            raise not_found()
        return found

    def names(self, field: str) -> tuple[str, ...]:
        """A list of strings in the body's resource, empty if absent.

        :raises Refusal: 400, something else stands there
        """
        found = self.incoming.resource.get(field, [])
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise invalid(f"Invalid value at '{field}' (TYPE_STRING)")
        return tuple(found)

    def flag(self, name: str) -> bool:
        """A boolean parameter, false if absent."""
        return self.args.get(name, "false").lower() in ("true", "1", "")

    def number(self, name: str, default: int, most: int) -> int:
        """A counting parameter; more than the most is cut down without a word, as Google does.

        :raises Refusal: 400, not a number
        """
        text = self.args.get(name, str(default))
        if not text.isdecimal():
            raise invalid(f"Invalid value at '{name}' (TYPE_UINT32), \"{text}\"")
        return min(int(text) or default, most)

    def format(self, *, default: str = "full") -> str:
        """The `format` parameter.

        :raises Refusal: 400, there is no such format
        """
        form = self.args.get("format", default).lower()
        if form not in FORMATS:
            raise invalid(f"Invalid value at 'format' (type.googleapis.com/gmail.v1.Format), \"{form}\"")
        return form

    def page(self, items: Sequence[_Item], place: Callable[[_Item], int]) -> tuple[Sequence[_Item], Json]:
        """The asked-for page of a listing, and its `nextPageToken` if there is more.

        A token says behind which place the next page begins, so that what comes or goes meanwhile shifts nothing.

        :param items: in growing order of place
        :param place: where an item stands; no two stand at the same
        :raises Refusal: 400, not a token
        """
        size = self.number("maxResults", 100, 500)
        token = self.args.get("pageToken", "")
        if token and not token.isdecimal():
            raise invalid("Invalid pageToken")
        rest = [item for item in items if not token or place(item) > int(token)]
        page = rest[:size]
        return page, {"nextPageToken": f"{place(page[-1]):020d}"} if len(rest) > size else {}
