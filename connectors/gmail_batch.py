"""Many messages.get in one request. The outer answer is 200 whatever becomes of the parts, and Google's library tries
none of them again but those with 401."""

from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from itertools import islice
from typing import Any

from connectors.gmail_line import Line
from connectors.google_http import Json, Refusal
from connectors.retry import Passing

#: parts of a first batch: cold batches of 100 are refused, 25 pass (amd/gaia#2720)
BATCH = 25
#: parts of a batch that follows good ones; Google advises against more (Gmail API, "Batching requests")
LARGEST = 50
#: the smallest batch it is worth making
SMALLEST = 5

#: makes the request for one message id
Get = Callable[[str], Any]


def batches(messages: int) -> int:
    """How many batches so many messages take if none is refused."""
    made, size = 0, BATCH
    while messages > 0:
        made, messages, size = made + 1, messages - size, min(LARGEST, size + SMALLEST)
    return made


class Batches:
    """Asks for messages batch by batch; the batches shrink when Gmail asks to go slower, and grow again.

    :param service: Gmail as a resource of Google's client library
    """

    def __init__(self, service: Any, line: Line) -> None:
        self._service = service
        self._line = line
        self._size = BATCH

    def each(self, messages: Iterable[str], get: Get) -> Iterator[tuple[list[str], dict[str, Json]]]:
        """Ask for messages.

        :param messages: ids; repeated and empty ones are asked for once and never
        :return: for each batch the ids asked for, and the answers by id; those without are gone
        :raises GrantGone, ScopeMissing, NoMailbox, ClientMisconfigured, Unreachable:
        """
        waiting = iter(dict.fromkeys(filter(None, messages)))
        while chunk := list(islice(waiting, self._size)):
            yield chunk, self._answers(chunk, get)

    def _answers(self, messages: list[str], get: Get) -> dict[str, Json]:
        parts = _Parts(messages, self._line)
        self._line.retry.call(lambda: self._round(parts, get))
        return {message: answer for message, answer in parts.answers.items() if answer is not None}

    def _round(self, parts: "_Parts", get: Get) -> None:
        """Ask for what is not answered yet, in batches of the present size.

        :raises Passing: parts are still without an answer
        """
        waiting = parts.unanswered
        for start in range(0, len(waiting), self._size):
            self._once(waiting[start : start + self._size], parts, get)
            self._adapt(parts.faults)
            if parts.faults:
                raise max(parts.faults, key=lambda fault: fault.retry_after or 0.0)

    def _once(self, messages: list[str], parts: "_Parts", get: Get) -> None:
        """One batch, one try.

        :raises Exception: a part was refused for good
        """
        parts.faults.clear()
        batch = self._service.new_batch_http_request(callback=parts.take)
        for message in messages:
            batch.add(get(message), request_id=message)
        try:
            with self._line.paid(len(messages) * self._line.prices.get):
                batch.execute()
        except Passing as fault:
            parts.faults.append(fault)
        except (LookupError, TypeError, AttributeError) as err:
            # what the library raises over parts that are missing or garbled
            parts.faults.append(Passing(f"an answer that is no batch ({type(err).__name__})"))
        else:
            self._slow_down(parts.faults)
        if parts.refusal:
            raise parts.refusal

    def _slow_down(self, faults: list[Passing]) -> None:
        """Parts that were refused for haste count once a batch, however many they are."""
        throttled = [fault for fault in faults if fault.throttled]
        if throttled:
            self._line.note(throttled[0])

    def _adapt(self, faults: list[Passing]) -> None:
        """The size of the next batch: half after a refusal, a few more after each good one."""
        if any(fault.throttled for fault in faults):
            self._size = max(SMALLEST, self._size // 2)
        elif not faults:
            self._size = min(LARGEST, self._size + SMALLEST)


class _Parts:
    """What became of the parts of a batch."""

    def __init__(self, messages: list[str], line: Line) -> None:
        #: None: it is gone
        self.answers: dict[str, Json | None] = {}
        #: passing faults of the last try
        self.faults: list[Passing] = []
        #: a refusal that concerns the person
        self.refusal: Exception | None = None
        self._messages = messages
        self._line = line

    @property
    def unanswered(self) -> list[str]:
        """Ids not heard of yet."""
        return [message for message in self._messages if message not in self.answers]

    def take(self, message: str, answer: Any, error: Exception | None) -> None:
        """Called by the library for each part; must not raise, or the parts after it are lost."""
        outcome = self._line.judged(error) if error else None
        if isinstance(outcome, Passing):
            self.faults.append(outcome)
        elif isinstance(outcome, Refusal) and outcome.status == HTTPStatus.NOT_FOUND:
            self.answers[message] = None
        elif outcome:
            self.refusal = outcome
        elif isinstance(answer, dict):
            self.answers[message] = answer
        else:
            self.faults.append(Passing("a part of a batch that is no JSON object"))
