"""Mail made to be dear to read costs no more than a few times what an ordinary mail of that size costs."""

import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes

import pytest

from connectors import envelope
from evidence.read import UnreadableMessage, read_message
from tests.evidence.hostile_mail import ANSWER, HOSTILE, SIZE, filled

#: a megabyte takes 100 ms at most where the standard library's parser takes 10 for one of ordinary lines; several times
#: that is granted to busy machines, and whatever is quadratic takes hundreds of times as much
_GRANTED = 40
#: bytes taken for each byte of a mail; what is decoded again and again, or decompressed, takes hundreds
_MEMORY = 60

_LINE = b"VGhpcyBpcyBub3RoaW5nIGJ1dCBhbiBvcmRpbmFyeSBhdHRhY2htZW50IG9mIHNvbWUgc2l6ZS4\n"


def spent(work: Callable[[], object]) -> float:
    """CPU seconds, the better of two tries."""
    tries = []
    for _ in range(2):
        begun = time.process_time()
        work()
        tries.append(time.process_time() - begun)
    return min(tries)


@pytest.fixture(scope="module")
def ordinary() -> float:
    """What the standard library takes to parse an ordinary mail of that size, in this run on this machine."""
    return spent(lambda: message_from_bytes(ANSWER + b"\n" + filled(_LINE)))


def read(raw: bytes) -> None:
    """Read it as the worker does."""
    with suppress(UnreadableMessage):
        read_message(raw, in_thread=True)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_costs_little(name: str, ordinary: float) -> None:
    read(HOSTILE[name][:2000])  # libraries that are loaded when first needed are no cost of the mail
    assert spent(lambda: read(HOSTILE[name])) < _GRANTED * ordinary


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_takes_little_memory(name: str) -> None:
    read(HOSTILE[name][:2000])
    tracemalloc.start()
    try:
        read(HOSTILE[name])
        assert tracemalloc.get_traced_memory()[1] < _MEMORY * SIZE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "value", [",", "<", "(", '"', "a@b.example,", "=?utf-8?q?a?= ", "=?idna?q?a?= ", "<a@b.example> ", "\\", "@", " "]
)
def test_hostile_header_values_of_a_provider_cost_little(value: str, ordinary: float) -> None:
    long = "a" + value * (SIZE // 10 // len(value))

    def convert() -> None:
        for _ in envelope.addressees("to", long):
            pass
        envelope.arrival(
            [("From", long), ("References", long), ("Content-Type", long)],
            provider_id="p",
            thread_id="t",
            received_at=None,
        )

    assert spent(convert) < _GRANTED * ordinary
