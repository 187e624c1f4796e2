"""A provider's answers are input: whatever is in them, a call gives a result or an error of this room, and it ends."""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import exchange, listing
from connectors import gmail_words as words
from connectors.delta import Place as OutlookPlace
from connectors.errors import ConnectorError, Unreachable
from connectors.gmail_changes import Place as GmailPlace
from connectors.gmail_history import happened
from connectors.mailbox import Arrival
from connectors.provider import SignIn
from connectors.vault import NoKeyring, Vault
from evidence.model import SentItem
from sandbox.faults import Fault
from sandbox.visitor import Visitor
from sandbox.world import World
from tests.connectors.test_mailbox_contract import ALL, READER, Bench, GmailBench, OutlookBench

#: an answer that leads in a circle is met by giving up, not by asking for ever
_MOST_CALLS = 400

Garble = Callable[[bytes], bytes]


def in_json(change: Callable[[Any], Any]) -> Garble:
    """Change an answer's JSON, also that inside a batch of Google's; leave what is none."""

    def garbled(body: bytes) -> bytes:
        if body.startswith(b"--"):
            lines = body.split(b"\r\n")
            return b"\r\n".join(garbled(line) if line.startswith(b"{") else line for line in lines)
        try:
            return json.dumps(change(json.loads(body))).encode()
        except ValueError:
            return body

    return garbled


def everywhere(change: Callable[[Any], Any]) -> Garble:
    """Change every value that holds no other."""

    def deep(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: deep(each) for name, each in value.items()}
        return [deep(each) for each in value] if isinstance(value, list) else change(value)

    return in_json(deep)


def each_object(change: Callable[[dict[str, Any]], Any]) -> Garble:
    """Change every object, the inner ones first."""

    def deep(value: Any) -> Any:
        if isinstance(value, dict):
            return change({name: deep(each) for name, each in value.items()})
        return [deep(each) for each in value] if isinstance(value, list) else value

    return in_json(deep)


def lists(change: Callable[[list[Any]], Any]) -> Garble:
    """Change every list."""

    def deep(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: deep(each) for name, each in value.items()}
        return change([deep(each) for each in value]) if isinstance(value, list) else value

    return in_json(deep)


def lacks(*names: str) -> Garble:
    """The answer without these keys, wherever they stand."""
    return each_object(lambda each: {name: value for name, value in each.items() if name not in names})


_GARBLES: dict[str, Garble] = {
    "nothing": lambda _: b"",
    "not JSON": lambda body: body[:-1],
    "a page in HTML": lambda _: b"<html><title>Sign in to this network</title></html>",
    "another charset": lambda body: body.decode("latin-1").encode("utf-16"),
    "bytes in no charset": lambda body: body.replace(b"e", b"\xff"),
    "null": lambda _: b"null",
    "a number": lambda _: b"-1",
    "an empty list": lambda _: b"[]",
    "an empty object": lambda _: b"{}",
    "endless brackets": lambda _: b"[" * 200_000,
    "endless braces": lambda _: b'{"a":' * 200_000,
    "an endless number": lambda _: b'{"id": ' + b"9" * 10_000 + b"}",
    "null everywhere": everywhere(lambda _: None),
    "numbers for texts": everywhere(lambda value: 7 if isinstance(value, str) else value),
    "texts for everything": everywhere(lambda value: f"{value}"),
    "objects for texts": everywhere(lambda value: {"text": value} if isinstance(value, str) else value),
    "lists for texts": everywhere(lambda value: [value] if isinstance(value, str) else value),
    "negative numbers": everywhere(lambda value: -value - 1 if isinstance(value, int) else value),
    "the same text everywhere": everywhere(lambda value: "same" if isinstance(value, str) else value),
    "unknown words": everywhere(
        lambda value: value.upper() + "X" if isinstance(value, str) and value.isalpha() else value
    ),
    "control characters": everywhere(lambda value: f"\x1b[2J\u202e{value}\0" if isinstance(value, str) else value),
    "half surrogates": everywhere(lambda value: f"{value}\ud800" if isinstance(value, str) else value),
    "numbers not finite": everywhere(lambda value: float("inf") if isinstance(value, int) else value),
    "lists with each entry twice": lists(lambda each: each * 2),
    "lists with nulls": lists(lambda each: [None, *each, 3, "x"]),
    "objects for lists": lists(lambda each: {"0": each}),
    "texts for lists": lists(lambda _: "none"),
    "long lists": lists(lambda each: each * 20),
    "a list within a list": lists(lambda each: [each]),
    "no ids": lacks("id"),
    "no threads": lacks("threadId", "conversationId"),
    "no times": lacks("internalDate", "sentDateTime", "receivedDateTime", "historyId"),
    "no headers": lacks("payload", "from", "toRecipients", "singleValueExtendedProperties"),
    "no bodies": lacks("raw", "body", "messages", "value"),
    "no way on": lacks("@odata.nextLink", "@odata.deltaLink", "nextPageToken"),
    "no status": lacks("status"),
    "the same page for ever": each_object(lambda each: {**each, "nextPageToken": "again"}),
    "links to another host": each_object(
        lambda each: {**each, "@odata.nextLink": "https://127.0.0.1:9/v1.0/x", "nextPageToken": "https://127.0.0.1:9/"}
    ),
    "links of another kind": each_object(lambda each: {**each, "@odata.nextLink": "file:///etc/passwd"}),
}


@pytest.fixture(scope="module", params=[OutlookBench, GmailBench], ids=["outlook", "gmail"])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A world with one connected account and some mail in it; one for all, since nothing garbled may change it."""
    folder = tmp_path_factory.mktemp("world")
    with World(folder) as world:
        bench: Bench = request.param(world, Vault(folder / "vault", keyring_backend=NoKeyring()))
        item = bench.send("question")
        bench.receive("Re: question", about=item)
        bench.receive("news")
        yield bench
        bench.close()


@pytest.fixture(scope="module")
def asked(bench: Bench) -> dict[str, Callable[[], object]]:
    """Everything that can be asked of a mailbox."""
    return acts(bench)


def acts(bench: Bench) -> dict[str, Callable[[], object]]:
    """Everything that can be asked of a mailbox."""
    box, since = bench.mailbox, bench.since
    pages = bench.read()
    cursor = pages[-1].cursor
    ((item,), *_) = [page.sent for page in pages if page.sent]
    arrivals = tuple(each for page in pages for each in page.received)
    open_ones = tuple(Arrival(provider_id=each.provider_id, thread_id=each.thread_id) for each in arrivals)
    bench.send("and another")
    draft = bench.draft("a draft")
    mime = f"From: {bench.address}\r\nTo: {READER}\r\nSubject: hi\r\n\r\nhello\r\n".encode()
    return {
        "a first reading": lambda: list(box.changes(None, since=since)),
        "a later reading": lambda: list(box.changes(cursor, since=since)),
        "pricing": lambda: box.price(since=since),
        "describing": lambda: box.describe(open_ones),
        "fetching": lambda: box.fetch(arrivals[0].provider_id),
        "a thread": lambda: box.thread(item.thread_id),
        "the profile": box.profile,
        "looking for sent mail": lambda: box.find_sent(str(item.tag), since=since),
        "looking for what left": lambda: box.left((item.provider_id,), since=since),
        "arming": lambda: box.arm_drafts(marked_only=False),
        "sending": lambda: box.send(mime, tag="hostile", receipt=True),
        "sending a draft": lambda: box.send_draft(draft, tag="hostile-draft", receipt=True),
    }


def garbled(bench: Bench, garble: str, act: Callable[[], object]) -> int:
    """Ask while every answer is garbled; how many calls were made until a result or an error of the room came."""
    calls: list[str] = []
    bench.server.watch(lambda request: calls.append(request.path))
    bench.fault(Fault(trouble="garble", pattern=r"/gmail/|/batch|/v1\.0", times=10_000, garbled=_GARBLES[garble]))
    try:
        with suppress(ConnectorError):
            act()
    finally:
        bench.server.faults.clear()
    return len(calls)


@pytest.mark.parametrize("garble", _GARBLES)
@pytest.mark.parametrize("act", ["a first reading", "describing"])
def test_garbled_answers_to_reading_end_in_a_result_or_an_error_of_this_room(
    bench: Bench, asked: dict[str, Callable[[], object]], act: str, garble: str
) -> None:
    assert garbled(bench, garble, asked[act]) < _MOST_CALLS


@pytest.mark.slow
@pytest.mark.parametrize("garble", _GARBLES)
def test_garbled_answers_to_whatever_is_asked_end_in_a_result_or_an_error_of_this_room(
    bench: Bench, asked: dict[str, Callable[[], object]], garble: str
) -> None:
    calls = {name: garbled(bench, garble, act) for name, act in asked.items()}
    assert {name: count for name, count in calls.items() if count >= _MOST_CALLS} == {}


@pytest.mark.slow
@pytest.mark.parametrize("garble", _GARBLES)
def test_garbled_answers_of_the_sign_in_server_end_in_an_error_of_this_room(bench: Bench, garble: str) -> None:
    bench.wait(timedelta(hours=2))
    bench.fault(Fault(trouble="garble", pattern=r"/token|well-known", times=10_000, garbled=_GARBLES[garble]))
    visitor = Visitor(bench.world.ca_file, account=bench.address)
    try:
        with suppress(ConnectorError):
            bench.open().profile()
        with suppress(ConnectorError):
            bench.provider.connect(ALL, SignIn(show=visitor, tell=print, time_limit=2))
    finally:
        bench.server.faults.clear()
    bench.provider.connect(ALL, SignIn(show=visitor, tell=print, time_limit=20))


@pytest.mark.parametrize(
    "page",
    [
        {"messages": [{"id": "1", "threadId": "1"}], "nextPageToken": "again", "historyId": "5"},
        {"history": [], "nextPageToken": "again", "historyId": "5"},
        {"value": [], "@odata.nextLink": "ROOT/me/messages?$skiptoken=again"},
        {"value": [], "@odata.nextLink": "ROOT/me/messages?$skiptoken=again", "@odata.count": 1},
    ],
)
def test_a_listing_that_leads_in_a_circle_is_given_up(
    bench: Bench, asked: dict[str, Callable[[], object]], page: dict[str, Any]
) -> None:
    calls: list[str] = []
    bench.server.watch(lambda request: calls.append(request.path))
    body = json.dumps(page).replace("ROOT", bench.world.microsoft.graph_root)
    bench.fault(Fault(trouble="answer", pattern="GET /(gmail|v1)", status=200, times=10_000, body=body))
    for act in ("a first reading", "a later reading", "a thread", "pricing", "arming"):
        with suppress(ConnectorError):
            asked[act]()
    bench.server.faults.clear()
    assert len(calls) < _MOST_CALLS


def given_up(bench: Bench, act: Callable[[], object], entries: list[dict[str, str]]) -> tuple[str, int]:
    """What is said of a listing of which every page names another one, and after how many pages; NEW is always new."""
    numbers = itertools.count()
    gmail: dict[str, Any] = {"messages": entries, "history": entries, "nextPageToken": "NEW", "historyId": "5"}
    way_on = f"{bench.world.microsoft.graph_root}/me/messages?$skiptoken=NEW"
    page = gmail | {"value": entries, "@odata.nextLink": way_on}
    endless = Fault(
        trouble="answer",
        pattern="GET /(gmail|v1)",
        status=200,
        times=10_000,
        body=json.dumps(page),
        garbled=lambda body: body.replace(b"NEW", b"%d" % next(numbers)),
    )
    bench.fault(endless)
    try:
        with pytest.raises(Unreachable) as raised:
            act()
    finally:
        bench.server.faults.clear()
    return str(raised.value).partition(bench.address)[2], next(numbers)


@pytest.mark.parametrize("entries", [[], [{"id": "1"}, {"id": "2"}]], ids=["none", "two"])
@pytest.mark.parametrize("act", ["a later reading", "looking for what left"])
def test_a_listing_that_goes_on_and_names_nothing_new_is_given_up(
    bench: Bench, asked: dict[str, Callable[[], object]], act: str, entries: list[dict[str, str]]
) -> None:
    said, pages = given_up(bench, asked[act], entries)
    assert said.endswith("goes on but names nothing new now; try again later")
    assert pages < _MOST_CALLS


@pytest.mark.parametrize("act", ["a later reading", "looking for what left"])
def test_a_listing_longer_than_any_mailbox_is_given_up(
    bench: Bench, asked: dict[str, Callable[[], object]], act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "LONGEST", 30)
    said, pages = given_up(bench, asked[act], [{"id": "NEW"}])
    assert said.endswith("has no end after 30 pages; try again later")
    assert pages < _MOST_CALLS


@pytest.mark.parametrize(
    "trouble",
    [
        Fault(trouble="expire-cursor", times=10_000),
        Fault(trouble="answer", pattern="token=", status=410, times=10_000),
        Fault(trouble="answer", pattern="pageToken=", status=400, times=10_000),
        Fault(trouble="answer", pattern="history", status=404, times=10_000),
    ],
    ids=["expired", "link gone", "page refused", "history gone"],
)
@pytest.mark.parametrize("act", ["a first reading", "a later reading"])
@pytest.mark.parametrize("more", [pytest.param(True, marks=pytest.mark.slow), False], ids=["always more", "once"])
def test_cursors_refused_over_and_over_are_not_begun_anew_for_ever(
    bench: Bench, asked: dict[str, Callable[[], object]], act: str, more: bool, trouble: Fault
) -> None:
    calls: list[str] = []
    bench.server.watch(lambda request: calls.append(request.path))
    ways_on = {"nextPageToken": "7", "@odata.nextLink": f"{bench.world.microsoft.graph_root}/me/messages?$skiptoken=7"}
    bench.fault(trouble)
    if more:
        led_on = in_json(lambda page: page | ways_on)
        bench.fault(Fault(trouble="garble", pattern="GET /(gmail|v1)", times=10_000, garbled=led_on))
    with suppress(ConnectorError):
        asked[act]()
    bench.server.faults.clear()
    assert len(calls) < _MOST_CALLS


_GMAIL = {
    "id": "19df",
    "threadId": "19d0",
    "labelIds": ["SENT"],
    "internalDate": "1772530000000",
    "raw": "RnJvbTog",
    "payload": {"headers": [{"name": "From", "value": "Ana <ana@a.example>"}, {"name": "To", "value": "b@b.example"}]},
    "messagesAdded": [{"message": {"id": "19df", "threadId": "19d0", "labelIds": ["INBOX"]}}],
    "labelsAdded": [{"message": {"id": "19df", "threadId": "19d0"}, "labelIds": ["TRASH"]}],
}
_GRAPH = {
    "id": "AAkA",
    "conversationId": "AAQk",
    "internetMessageId": "<a@b.example>",
    "subject": "offer",
    "from": {"emailAddress": {"name": "Ben", "address": "ben@b.example"}},
    "toRecipients": [{"emailAddress": {"name": "Rita", "address": "rita@r.example"}}],
    "sentDateTime": "2026-03-03T10:00:00Z",
    "receivedDateTime": "2026-03-03T10:00:00Z",
    "isReadReceiptRequested": True,
    "isDraft": False,
    "singleValueExtendedProperties": [
        {"id": "String 0x1a", "value": "IPM.Note"},
        {"id": "String 0x7d", "value": "From: rita@r.example\r\nSubject: x\r\n"},
    ],
}
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["9" * 400, "<a@"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
_EARLY = datetime(2020, 1, 1, tzinfo=UTC)


@st.composite
def mutated(draw: st.DrawFn, recorded: dict[str, Any]) -> dict[str, Any]:
    """A recorded answer with up to four values at any depth replaced or taken out."""
    answer: dict[str, Any] = json.loads(json.dumps(recorded))
    for _ in range(draw(st.integers(1, 4))):
        inside: Any = answer
        while True:
            keys = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(inside[key], dict | list) and draw(st.booleans()):
                inside = inside[key]
            elif draw(st.booleans()):
                inside[key] = draw(_VALUES)
                break
            else:
                del inside[key]
                break
    return answer


@settings(max_examples=300)
@given(mutated(_GMAIL))
def test_whatever_gmail_says_of_a_message_is_read_or_skipped_with_a_reason(raw: dict[str, Any]) -> None:
    told = words.sent_item(raw, account="gmail:ana@a.example", since=_EARLY)
    assert isinstance(told, SentItem) or told.reason
    assert isinstance(words.arrival(raw), Arrival)
    story = happened([raw])
    assert all(each.reason for each in story.skipped)
    words.not_received(raw)
    with suppress(Unreachable):
        words.mime(raw)


@settings(max_examples=300)
@given(mutated(_GRAPH))
def test_whatever_graph_says_of_a_message_is_read_or_skipped_with_a_reason(raw: dict[str, Any]) -> None:
    properties = exchange.properties_of(raw)
    told = exchange.sent_item(raw, properties, account="outlook:ben@b.example", since=_EARLY)
    assert isinstance(told, SentItem) or told.reason
    came = exchange.arrival(raw, properties, is_listed=True, since=_EARLY)
    assert isinstance(came, Arrival) or came.reason


@given(
    mutated({"form": 1, "stage": "sent", "base": "1", "page": "", "pending": ["1"], "links": {"inbox": "x"}, "done": 1})
)
def test_a_cursor_that_is_none_of_ours_begins_anew(kept: dict[str, Any]) -> None:
    for place in (GmailPlace.read(json.dumps(kept)), OutlookPlace.read(json.dumps(kept))):
        assert place is None or isinstance(place.text(), str)
