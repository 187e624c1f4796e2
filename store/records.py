"""Records to documents and back, exactly: frozen dataclasses of plain values, times, choices, tuples and records."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from evidence.normal import utc

Record = TypeVar("Record")
#: turns a JSON value into a field's value; raises ValueError or TypeError if it cannot
Reader = Callable[[Any], Any]


def moment_text(moment: datetime) -> str:
    """A moment in UTC at one fixed width, so that the order of the texts is the order of the moments.

    :raises ValueError: it has no time zone
    """
    return utc(moment).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def moment_from(text: str) -> datetime:
    """The moment a text names.

    :raises ValueError: it names none, or has no time zone
    """
    return utc(datetime.fromisoformat(text))


_TIMES: dict[type, Reader] = {datetime: moment_from, date: date.fromisoformat}


def to_document(record: Any) -> dict[str, Any]:
    """A record as a document of JSON values, with every field.

    :raises ValueError: a datetime in it has no time zone
    """
    return {field.name: _plain(getattr(record, field.name)) for field in fields(record)}


def from_document(kind: type[Record], document: Mapping[str, Any]) -> Record:
    """The record a document was made from; fields the record does not know are left aside.

    :raises ValueError: a field is missing or is not what it should be
    """
    values = {}
    readers = _readers(kind)  # type: ignore[arg-type] # mypy does not see that a class can be hashed
    for name, (read, is_required) in readers.items():
        if name in document:
            try:
                values[name] = read(document[name])
            except (TypeError, ValueError) as error:
                raise ValueError(f"{kind.__name__} with a wrong {name}: {error}") from error
        elif is_required:
            raise ValueError(f"{kind.__name__} without {name}")
    return kind(**values)


def _plain(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case Enum():
            return value.value
        case str():  # most values are one of these
            return value
        case datetime():
            return moment_text(value)
        case date():
            return value.isoformat()
        case tuple() | list():
            return [_plain(each) for each in value]
        case Mapping():
            return {key: _plain(each) for key, each in value.items()}
        case _:
            return to_document(value) if is_dataclass(value) else value


@cache
def _readers(kind: type) -> dict[str, tuple[Reader, bool]]:
    """How to read each field of a dataclass, and whether it must be there."""
    hints = get_type_hints(kind)
    return {
        field.name: (_reader(hints[field.name]), field.default is MISSING and field.default_factory is MISSING)
        for field in fields(kind)
    }


def _reader(hint: Any) -> Reader:
    """What turns a JSON value into a value of this type."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return _one_of(inner)
    if origin is tuple:
        each, listed = _reader(inner[0]), _exactly(list)
        return lambda value: tuple(map(each, listed(value)))
    if origin is dict:
        each, paired = _reader(inner[1]), _exactly(dict)
        return lambda value: {key: each(item) for key, item in paired(value).items()}
    return _plain_reader(hint)


def _plain_reader(kind: type[Any]) -> Reader:
    if is_dataclass(kind):
        fields_of = _exactly(dict)
        return lambda value: from_document(kind, fields_of(value))
    if issubclass(kind, Enum):
        return kind
    return _TIMES.get(kind) or _exactly(kind)


def _one_of(choices: tuple[Any, ...]) -> Reader:
    """A reader for `X | None`, or for a choice of plain values, which JSON keeps apart by itself."""
    others = [each for each in choices if each is not NoneType]
    if len(others) > 1:
        return lambda value: value
    read = _reader(others[0])
    return lambda value: None if value is None else read(value)


def _exactly(kind: type) -> Reader:
    """A reader for values of this very type: a ledger is read field by field, so each call counts."""

    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"{value!r} is no {kind.__name__}")
        return value

    return read
