"""Reading sent mail as lieer does (gmailieer, `remote.py`): ids a hundred at a time, messages whole, fifty in a batch.

Its units are not counted beforehand: it runs into refusals, and then waits.
"""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

from benchmarks.mailboxes import GMAIL, bare_gmail
from sandbox.world import World

_BATCH = 50
#: seconds waited after a refusal, doubled for each further one
_FIRST, _LONGEST = 1.0, 60.0


def fetch_like_lieer(world: World, folder: Path) -> int:
    """Read all sent mail of the connected Gmail account; gives how many parts of batches were refused."""
    world.google.account(GMAIL).warm.clear()
    service = bare_gmail(world.settings(), folder)
    messages = service.users().messages()
    waiting = list(_ids(messages))
    refused, pause = 0, _FIRST
    while waiting:
        waiting, turned_away = _batch(service, messages, waiting)
        refused += turned_away
        if turned_away:
            world.clock.sleep(pause)
        pause = min(pause * 2, _LONGEST) if turned_away else _FIRST
    return refused


def _ids(messages: Any) -> Iterator[str]:
    page = None
    while True:
        answer = messages.list(userId="me", q="in:sent", pageToken=page).execute()
        yield from (each["id"] for each in answer["messages"])
        page = answer.get("nextPageToken")
        if not page:
            return


def _batch(service: Any, messages: Any, waiting: list[str]) -> tuple[list[str], int]:
    """Ask for the first of those waiting; gives who still waits and how many were refused."""
    done: set[str] = set()
    refused = 0

    def take(message: str, _: object, error: Any) -> None:
        nonlocal refused
        if error is None:
            done.add(message)
        elif error.resp.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.FORBIDDEN):
            refused += 1

    batch = service.new_batch_http_request(callback=take)
    for each in waiting[:_BATCH]:
        batch.add(messages.get(userId="me", id=each, format="raw"), request_id=each)
    batch.execute()
    return [each for each in waiting if each not in done], refused
