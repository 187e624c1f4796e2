"""How much may be asked of one mailbox, and how much at a time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import timedelta
from typing import Any

from sandbox.microsoft import Limits


def test_too_many_requests_in_ten_minutes_are_turned_away_with_a_decimal_wait(make_world: Callable[..., Any]) -> None:
    world = make_world(limits=Limits(requests=3))
    graph = world.graph()
    graph.get("/me")
    world.advance(60)
    answers = [graph("GET", "/me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json()["error"]["code"] == "ApplicationThrottled"
    assert answers[-1].headers["Retry-After"] == "540.128"
    world.advance(540)
    assert [graph("GET", "/me").status_code for _ in range(2)] == [429, 429]
    world.advance(600)
    assert graph("GET", "/me").status_code == 200


def test_one_mailbox_is_not_throttled_for_another(make_world: Callable[..., Any]) -> None:
    world = make_world(limits=Limits(requests=1, window=timedelta(minutes=10)))
    mine, theirs = world.graph(), world.graph("bob@contoso.example")
    assert [call("GET", "/me").status_code for call in (mine, mine, theirs)] == [200, 429, 200]


def test_parts_of_a_batch_are_throttled_alone(make_world: Callable[..., Any]) -> None:
    graph = make_world(limits=Limits(requests=2)).graph()
    parts = [{"id": str(number), "method": "GET", "url": "/me"} for number in range(4)]
    answer = graph("POST", "/$batch", json={"requests": parts}).json()["responses"]
    assert sorted((part["id"], part["status"]) for part in answer) == [("0", 200), ("1", 200), ("2", 429), ("3", 429)]
    assert [part["headers"].get("Retry-After") for part in answer if part["status"] == 429] == ["600.128"] * 2


def test_a_fifth_request_at_the_same_time_is_turned_away(world: Any, graph: Any) -> None:
    account = world.microsoft.account("ada@contoso.example")
    with ThreadPoolExecutor(5) as pool:
        with account.turn():
            running = [pool.submit(graph, "GET", "/me") for _ in range(5)]
            # Four wait for their turn; the fifth is answered at once.
            refused = next(answer for answer in _done_first(running))
            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1.128")
        codes = sorted(answer.result().status_code for answer in running)
    assert codes == [200, 200, 200, 200, 429]


def test_many_threads_and_a_moving_clock_lose_nothing(world: Any) -> None:
    """Sending holds the account and needs the clock, arriving holds the clock and needs the account."""
    graph = world.graph()
    drafts = [graph.draft(toRecipients=[{"emailAddress": {"address": "ada@contoso.example"}}]) for _ in range(20)]
    with ThreadPoolExecutor(3) as pool:
        sent = [pool.submit(graph, "POST", f"{graph.at(draft['id'])}/send") for draft in drafts]
        moving = [pool.submit(world.advance, 1) for _ in range(60)]
        assert {answer.result().status_code for answer in sent} == {202}
        assert [answer.result() for answer in moving] == [None] * 60
    world.advance(120)
    account = world.microsoft.account("ada@contoso.example")
    assert [len(account.messages(folder)) for folder in ("drafts", "sentitems", "inbox")] == [0, 20, 20]


def _done_first(running: list[Any]) -> Any:
    for future in as_completed(running, timeout=10):
        yield future.result()
