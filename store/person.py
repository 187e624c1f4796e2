"""One person in the ledger's documents: which are about them, and what stays of those that are about others. Pure."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from evidence.copies import without_recipient
from evidence.model import Evidence, SentItem
from store.records import from_document, to_document

Document = dict[str, Any]

#: stands where an address was, in what stays. In the list of those a mail was sent to it also holds the place: a hit
#: names a reader only if the list is of one.
ERASED = "[erased]"

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]]+@[^\s@<>,;:\"()\[\]]+")
_FORMS = (_ADDRESS, re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*"))


def spellings(address: str) -> tuple[str, ...]:
    """The ways an address may lie in the file: as it is, in JSON, and in JSON inside of JSON, as in a cursor."""
    once = json.dumps(address)[1:-1]
    return tuple(dict.fromkeys((address, once, json.dumps(once)[1:-1])))


def without(table: str, document: Document, address: str) -> Document | None:
    """What stays of a document when a person is erased; None if it is about nobody else.

    :param address: normalised
    """
    change = _CHANGES.get(table, _as_it_is)
    kept = change(document, address)
    return None if kept is None else _named_anew(table, struck(kept, address))


def names(text: str, address: str) -> bool:
    """Whether a text names the address: not as part of a longer one, such as `jo-ann@example.org`."""
    return strike(text, address) != text


def strike(text: str, address: str) -> str:
    """A text with `ERASED` in the place of the address; longer addresses that contain it are others'."""
    if _ADDRESS.fullmatch(text):
        return ERASED if text.lower() == address else text
    return _mention(address).sub(ERASED, text)


def longer(text: str, address: str) -> Iterator[str]:
    """The addresses of others in a text that contain this one, in small letters."""
    return (each for each in _ADDRESS.findall(text.lower()) if address in each and each != address)


def texts(value: Any) -> Iterator[str]:
    """Every text in a value of a document."""
    match value:
        case str():
            yield value
        case list():
            for each in value:
                yield from texts(each)
        case dict():
            yield from texts([*value, *value.values()])


def addresses(value: Any) -> set[str]:
    """Every address in a value of a document, in small letters; where signs stand around one, also without them."""
    return {each.lower() for text in texts(value) if "@" in text for form in _FORMS for each in form.findall(text)}


@cache
def _mention(address: str) -> re.Pattern[str]:
    either = "|".join(re.escape(each) for each in spellings(address)[:2])
    return re.compile(rf"(?<![\w.+-])(?:{either})(?![\w-]|\.\w)", re.IGNORECASE)


def struck(value: Any, address: str) -> Any:
    """A value of a document with every text in it struck."""
    match value:
        case str():
            return strike(value, address)
        case list():
            return [struck(each, address) for each in value]
        case dict():
            return {strike(key, address): struck(each, address) for key, each in value.items()}
        case _:
            return value


def _as_it_is(document: Document, _address: str) -> Document | None:
    return document


def _item(document: Document, address: str) -> Document | None:
    item = from_document(SentItem, document)
    if all(each.address != address for each in item.recipients):
        return document
    left = without_recipient(item, address)
    return {**document, **to_document(left)} if left else None


def _evidence(document: Document, address: str) -> Document | None:
    """Matched to somebody else it stays theirs, whoever sent it: an assistant, another address of theirs."""
    whose = document["match"] and document["match"]["recipient"]
    if whose:
        return None if whose == address else document
    about = {document["sender"], document["recipient"], *document["aliases"], _hinted(document)}
    return None if address in about else document


def _hinted(document: Mapping[str, Any]) -> str | None:
    hint = document.get("hint")
    return hint["recipient"] if hint else None


def _tracked(document: Document, address: str) -> Document | None:
    return None if document["recipients"] == [address] else document


def _choice(document: Document, address: str) -> Document | None:
    return None if document["address"] == address else document


_CHANGES: Mapping[str, Callable[[Document, str], Document | None]] = {
    "items": _item,
    "evidence": _evidence,
    "tracked": _tracked,
    "choices": _choice,
}


def _named_anew(table: str, document: Document) -> Document:
    """Evidence is known by an id made from what stands in it."""
    return {**document, "id": from_document(Evidence, document).id} if table == "evidence" else document
