from datetime import UTC, datetime

import pytest

from connectors.errors import MessageGone, Unreachable
from connectors.retry import Passing, Policy, Retry, passing_answer, seconds_asked_for

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)


class Flaky:
    """Fails with each of these, then answers."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.faults:
            raise self.faults.pop(0)
        return "answer"


def retry(slept: list[float], **policy: float) -> Retry:
    return Retry("Gmail", sleep=slept.append, chance=lambda: 0.5, policy=Policy(**policy))  # type: ignore[arg-type]


def test_a_passing_fault_is_tried_again_after_growing_pauses() -> None:
    slept: list[float] = []
    assert retry(slept).call(Flaky(*[Passing("503")] * 3)) == "answer"
    assert slept == [1.25, 2.5, 5.0]


def test_pauses_grow_no_further_than_the_cap() -> None:
    policy = retry([], cap=4.0)
    assert [policy.pause(attempt, None) for attempt in (1, 2, 3, 4, 9)] == [1.25, 2.5, 5.0, 5.0, 5.0]


def test_what_the_provider_asks_to_wait_is_never_cut_short() -> None:
    slept: list[float] = []
    retry(slept).call(Flaky(Passing("429", retry_after=7.5)))
    assert slept == [8.0]


def test_a_wait_beyond_our_patience_gives_up_at_once() -> None:
    slept: list[float] = []
    flaky = Flaky(Passing("429", retry_after=3600.0))
    with pytest.raises(Unreachable, match="it asks to wait 3600 s"):
        retry(slept).call(flaky)
    assert (flaky.calls, slept) == (1, [])


def test_a_fault_that_lasts_is_named_after_the_last_try() -> None:
    slept: list[float] = []
    flaky = Flaky(*[Passing("503 backendError")] * 9)
    with pytest.raises(Unreachable, match=r"Gmail cannot be reached now \(503 backendError\)"):
        retry(slept, attempts=3).call(flaky)
    assert (flaky.calls, len(slept)) == (3, 2)


def test_a_final_error_is_not_tried_again() -> None:
    flaky = Flaky(MessageGone("gone"))
    with pytest.raises(MessageGone):
        retry([]).call(flaky)
    assert flaky.calls == 1


@pytest.mark.parametrize(
    ("status", "reasons", "passing", "throttled"),
    [
        (429, ["rateLimitExceeded"], True, True),
        (403, ["userRateLimitExceeded"], True, True),
        (403, ["rateLimitExceeded"], True, True),
        (503, [], True, True),
        (509, [], True, True),
        (500, ["backendError"], True, False),
        (502, [], True, False),
        (504, [], True, False),
        (408, [], True, False),
        (403, ["insufficientPermissions"], False, False),
        (403, ["dailyLimitExceeded"], False, False),
        (400, ["failedPrecondition"], False, False),
        (401, [], True, False),
        (404, ["notFound"], False, False),
        (501, [], False, False),
    ],
)
def test_which_answers_pass_and_which_are_final(
    status: int, reasons: list[str], passing: bool, throttled: bool
) -> None:
    fault = passing_answer(status, reasons=reasons, now=NOW)
    assert (fault is not None, bool(fault and fault.throttled)) == (passing, throttled)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10", 10.0),
        ("1.75", 1.75),
        ("0", 0.0),
        ("Mon, 04 May 2026 08:00:30 GMT", 30.0),
        ("Mon, 04 May 2026 07:00:00 GMT", 0.0),
        ("-5", None),
        ("inf", None),
        ("nan", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_how_long_a_retry_after_asks_to_wait(text: str | None, seconds: float | None) -> None:
    assert seconds_asked_for(text, now=NOW) == seconds
