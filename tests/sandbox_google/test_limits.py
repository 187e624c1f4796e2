"""Scopes, prices, budgets, batches and switched-on trouble."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests
import trustme
from googleapiclient.errors import HttpError

from sandbox.clock import Clock
from sandbox.faults import Fault
from sandbox.google import Google
from sandbox.google.methods import BY_NAME
from sandbox.google.quota import Meter
from sandbox.google.refusal import Refusal
from sandbox.post import PostOffice

from .conftest import ANN, BOB, FULL, Checked, Json, Person, encode, letter, refusal, scope

Result = tuple[int, str] | str


def _fill(google: Google, count: int) -> list[str]:
    """Messages in Ann's inbox that nobody has read by the API yet."""
    mailbox = google.account(ANN).mailbox
    return [mailbox.add(letter(f"Mail {number}"), ("INBOX",)).id for number in range(count)]


def _batch(client: Checked, ids: list[str]) -> list[Result]:
    """What becomes of each messages.get of one batch, in the order asked."""
    results: dict[str, Result] = {}

    def take(identity: str, answer: Any, error: HttpError | None) -> None:
        results[identity] = refusal(error)[:2] if error else answer["id"]

    batch = client.service.new_batch_http_request(callback=take)
    for identity in ids:
        batch.add(client.messages.get(userId="me", id=identity, format="minimal"), request_id=identity)
    batch.execute()
    return [results[identity] for identity in ids]


# scopes


@pytest.mark.parametrize(
    ("granted", "allowed"),
    [
        ("metadata", {"getProfile", "messages.list", "messages.get", "history.list", "labels.list"}),
        (
            "readonly",
            {"getProfile", "messages.list", "messages.get", "history.list", "labels.list", "drafts.list", "sendAs"},
        ),
        ("compose", {"getProfile", "drafts.list", "send"}),
        ("send", {"send"}),
        ("insert", {"insert"}),
        ("labels", {"labels.list"}),
    ],
)
def test_each_scope_opens_its_methods_and_no_others(
    google: Google, sign_in: Callable[..., Checked], granted: str, allowed: set[str]
) -> None:
    (message,) = _fill(google, 1)
    client = sign_in(scope(granted))
    raw = {"raw": encode(letter())}
    requests_ = {
        "getProfile": client.users.getProfile(userId="me"),
        "messages.list": client.messages.list(userId="me"),
        "messages.get": client.messages.get(userId="me", id=message, format="metadata"),
        "history.list": client.history.list(userId="me", startHistoryId=google.account(ANN).mailbox.history.last),
        "labels.list": client.labels.list(userId="me"),
        "drafts.list": client.drafts.list(userId="me"),
        "sendAs": client.send_as.list(userId="me"),
        "send": client.messages.send(userId="me", body=raw),
        "insert": client.messages.insert(userId="me", body=raw),
        "delete": client.messages.delete(userId="me", id=message),
    }
    opened = set()
    for name, request in requests_.items():
        if name in allowed:
            client.run(request)
            opened.add(name)
        else:
            found = client.refused(request)
            assert found == (403, "insufficientPermissions", "Request had insufficient authentication scopes.")
    assert opened == allowed


def test_a_missing_scope_names_itself_in_details_and_header(sign_in: Callable[..., Checked]) -> None:
    client = sign_in(scope("send"))
    with pytest.raises(HttpError) as caught:
        client.messages.list(userId="me").execute()
    body = json.loads(caught.value.content)["error"]
    assert (body["status"], body["details"][0]["reason"]) == ("PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT")
    assert 'error="insufficient_scope"' in caught.value.resp["www-authenticate"]


def test_metadata_beside_a_wider_scope_keeps_its_limits(google: Google, sign_in: Callable[..., Checked]) -> None:
    (message,) = _fill(google, 1)
    client = sign_in(scope("metadata"), scope("readonly"))
    found = [
        client.refused(client.messages.get(userId="me", id=message)),
        client.refused(client.messages.get(userId="me", id=message, format="raw")),
        client.refused(client.threads.get(userId="me", id=message)),
        client.refused(client.messages.list(userId="me", q="")),
        client.refused(client.threads.list(userId="me", q="x")),
    ]
    assert found == [
        (403, "forbidden", "Metadata scope doesn't allow format FULL"),
        (403, "forbidden", "Metadata scope doesn't allow format RAW"),
        (403, "forbidden", "Metadata scope doesn't allow format FULL"),
        (403, "forbidden", "Metadata scope does not support 'q' parameter"),
        (403, "forbidden", "Metadata scope does not support 'q' parameter"),
    ]


# prices


def test_every_call_is_charged_and_counted(google: Google, ann: Checked) -> None:
    (message,) = _fill(google, 1)
    account = google.account(ANN)
    ann.ids()
    ann.run(ann.messages.get(userId="me", id=message, format="minimal"))
    assert ann.refused(ann.messages.get(userId="me", id="1f"))[0] == 404
    ann.send(letter())
    assert (account.spent_units, account.requests) == (5 + 20 + 20 + 100, 4)
    assert account.calls == {"messages.list": 1, "messages.get": 2, "messages.send": 1}


def test_a_project_from_before_may_2026_pays_less_and_has_more(post: PostOffice, authority: trustme.CA) -> None:
    get = BY_NAME["messages.get"]
    new, old = Meter("2026", "consumer"), Meter("2025", "consumer")
    assert (new.price(get), new.budget, old.price(get), old.budget) == (20, 6_000, 5, 15_000)


def test_a_spent_minute_answers_429_then_403_and_opens_again(google: Google, ann: Checked, clock: Clock) -> None:
    google.account(ANN).meter.budget = 10
    assert [len(ann.ids()) for _ in range(2)] == [0, 0]
    quota = (
        "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service "
        "'gmail.googleapis.com' for consumer 'project_number:702010401234'."
    )
    assert ann.refused(ann.messages.list(userId="me")) == (
        429,
        "rateLimitExceeded",
        "Resource has been exhausted (e.g. check quota).",
    )
    assert ann.refused(ann.messages.list(userId="me")) == (403, "rateLimitExceeded", quota)
    clock.advance(timedelta(seconds=60))
    assert ann.ids() == []
    assert google.account(ANN).spent_units == 15


def test_the_minute_slides_or_follows_the_clock(clock: Clock) -> None:
    method = BY_NAME["messages.send"]
    found = {}
    for window in ("sliding", "calendar"):
        meter = Meter("2026", "consumer")
        meter.budget, meter.window = 100, window
        start = clock.now() + timedelta(seconds=50)
        meter.charge(method, start)
        try:
            meter.charge(method, start + timedelta(seconds=20))
            found[window] = "served"
        except Refusal as refused:
            found[window] = refused.reason
    assert found == {"sliding": "rateLimitExceeded", "calendar": "served"}


def test_one_accounts_budget_is_not_anothers(google: Google, ann: Checked, bob: Checked) -> None:
    google.account(ANN).meter.budget = 0
    assert ann.refused(ann.messages.list(userId="me"))[0] == 429
    assert bob.ids() == []


# batches


def test_a_batch_answers_every_part_by_itself(google: Google, ann: Checked) -> None:
    ids = _fill(google, 3)
    found = _batch(ann, [ids[0], "19df2005000f6e23", ids[1], "xyz", ids[2]])
    assert found == [ids[0], (404, "notFound"), ids[1], (400, "invalidArgument"), ids[2]]
    assert (google.account(ANN).spent_units, google.account(ANN).requests) == (100, 1)


def test_a_batch_can_write(google: Google, ann: Checked) -> None:
    ids = _fill(google, 2)
    batch = ann.service.new_batch_http_request()
    for identity in ids:
        batch.add(ann.messages.modify(userId="me", id=identity, body={"addLabelIds": ["STARRED"]}))
    batch.add(ann.messages.send(userId="me", body={"raw": encode(letter())}))
    batch.execute()
    assert sorted(ann.ids(q="is:starred")) == sorted(ids)
    assert len(ann.ids(labelIds="SENT")) == 1


def test_twenty_five_cold_parts_pass_again_and_again(google: Google, ann: Checked) -> None:
    ids = _fill(google, 100)
    for start in range(0, 100, 25):
        assert _batch(ann, ids[start : start + 25]) == ids[start : start + 25]


def test_a_cold_hundred_is_throttled_in_part_and_tires_the_mailbox(google: Google, ann: Checked, clock: Clock) -> None:
    ids = _fill(google, 200)
    throttled = (429, "rateLimitExceeded")
    assert _batch(ann, ids[:100]) == [*ids[:50], *[throttled] * 50]
    assert google.account(ANN).spent_units == 1_000
    assert _batch(ann, ids[100:150]) == [*ids[100:125], *[throttled] * 25]
    clock.advance(timedelta(seconds=10))
    assert _batch(ann, ids[150:]) == ids[150:]


def test_what_was_read_before_is_given_out_a_hundred_at_once(google: Google, ann: Checked) -> None:
    ids = _fill(google, 100)
    for start in range(0, 100, 25):
        _batch(ann, ids[start : start + 25])
    assert _batch(ann, ids) == ids


def test_a_hundred_and_one_parts_are_refused_whole(google: Google, ann: Checked) -> None:
    with pytest.raises(HttpError) as caught:
        _batch(ann, [f"{number:016x}" for number in range(1, 102)])
    assert refusal(caught.value) == (
        400,
        "badRequest",
        "Inner request count exceeds the limit. Received: 101, Limit: 100",
    )


def test_the_budget_runs_out_inside_a_batch(google: Google, ann: Checked) -> None:
    ids = _fill(google, 4)
    google.account(ANN).meter.budget = 40
    assert _batch(ann, ids) == [*ids[:2], (429, "rateLimitExceeded"), (403, "rateLimitExceeded")]


def test_a_part_with_a_run_out_token_is_asked_again_by_the_client(
    google: Google, ann: Checked, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # for a batch the library refreshes over an httplib2.Http of its own, which trusts only these
    monkeypatch.setattr("httplib2.CA_CERTS", ca_file)
    ids = _fill(google, 2)
    google.server.faults.add(Fault(trouble="expire-token", pattern=ids[0]))
    assert _batch(ann, ids) == ids
    assert google.account(ANN).requests == 2


def test_parts_come_back_in_another_order_than_they_were_asked(google: Google, ca_file: str, ann: Checked) -> None:
    parts = "".join(
        f"--b\nContent-Type: application/http\nContent-ID: <p + {number}>\n\n"
        f"GET /gmail/v1/users/me/labels/INBOX HTTP/1.1\n\n"
        for number in range(20)
    )
    answer = requests.post(
        f"{google.api_root}/batch/gmail/v1",
        data=f"{parts}--b--",
        headers={"Content-Type": "multipart/mixed; boundary=b", "Authorization": f"Bearer {ann.token}"},
        verify=ca_file,
        timeout=10,
    )
    echoed = [line for line in answer.text.splitlines() if line.startswith("Content-ID")]
    asked = [f"Content-ID: <response-p + {number}>" for number in range(20)]
    assert answer.text.count("HTTP/1.1 200 OK") == 20
    assert (echoed != asked, sorted(echoed)) == (True, sorted(asked))


@pytest.mark.parametrize(
    ("kind", "body"), [("application/json", "{}"), ("multipart/mixed; boundary=b", "nothing"), ("", "")]
)
def test_what_is_no_batch_is_refused(google: Google, ca_file: str, kind: str, body: str) -> None:
    answer = requests.post(
        f"{google.api_root}/batch", data=body, headers={"Content-Type": kind}, verify=ca_file, timeout=10
    )
    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (400, "badRequest")


# trouble


def test_without_or_with_a_wrong_token_it_is_401(google: Google, ca_file: str) -> None:
    address = f"{google.api_root}/gmail/v1/users/me/profile"
    none = requests.get(address, verify=ca_file, timeout=10)
    wrong = requests.get(address, headers={"Authorization": "Bearer x"}, verify=ca_file, timeout=10)
    found = [(each.status_code, each.json()["error"]["errors"][0]["reason"]) for each in (none, wrong)]
    assert found == [(401, "required"), (401, "authError")]
    assert 'error="invalid_token"' in wrong.headers["WWW-Authenticate"]


def test_an_unknown_method_is_a_page_not_found(google: Google, ca_file: str, ann: Checked) -> None:
    headers = {"Authorization": f"Bearer {ann.token}"}
    address = f"{google.api_root}/gmail/v1/users/me/nonsense"
    answer = requests.get(address, headers=headers, verify=ca_file, timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_a_body_that_is_no_json_is_a_parse_error(google: Google, ca_file: str, ann: Checked) -> None:
    headers = {"Authorization": f"Bearer {ann.token}"}
    address = f"{google.api_root}/gmail/v1/users/me/messages/send"
    for body in ("{", "[]"):
        answer = requests.post(address, data=body, headers=headers, verify=ca_file, timeout=10)
        assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (400, "parseError")


def test_a_lost_answer_to_a_send_leaves_the_mail_sent_and_httplib2_sends_it_again(google: Google, ann: Checked) -> None:
    google.server.faults.add(Fault(trouble="lose", pattern="messages/send"))
    ann.send(letter())
    assert len(ann.ids(labelIds="SENT")) == 2


def test_a_call_dropped_before_it_is_handled_leaves_nothing(google: Google, ann: Checked) -> None:
    google.server.faults.add(Fault(trouble="drop", pattern="messages/send", times=2))
    with pytest.raises(ConnectionError):
        ann.messages.send(userId="me", body={"raw": encode(letter())}).execute()
    assert ann.ids(labelIds="SENT") == []


def test_the_same_seed_gives_the_same_world(authority: trustme.CA) -> None:
    def world() -> list[tuple[str, bytes]]:
        post = PostOffice(Clock(), seed=7)
        google = Google(post, authority)
        ann = google.add_account("ann@gmail.com")
        google.add_account("bob@gmail.com")
        ann.send(letter())
        post.clock.advance(timedelta(minutes=1))
        google.server._server.server_close()
        return [(each.id, each.raw) for who in ("ann", "bob") for each in google.account(f"{who}@gmail.com").messages]

    assert world() == world()


def test_scopes_can_be_widened_by_a_second_consent(person: Person, sign_in: Callable[..., Checked]) -> None:
    sign_in(scope("readonly"))
    second = sign_in(scope("readonly"), scope("send"))
    second.send(letter())
    assert FULL not in person.google.tokens.granted_before(person.google.client_id, ANN)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("messages/send", {"raw": 5}),
        ("messages/send", {"raw": encode(letter()), "threadId": 5}),
        ("messages", {"raw": encode(letter()), "labelIds": "INBOX"}),
        ("messages/batchModify", {"ids": 5, "addLabelIds": ["STARRED"]}),
        ("messages/batchModify", {"ids": ["1f"], "addLabelIds": [5]}),
        ("drafts", {"message": "x"}),
        ("drafts/send", {"id": ["x"]}),
        ("labels", {"name": None}),
        ("watch", {"topicName": 5}),
    ],
)
def test_values_of_the_wrong_type_are_refused_not_fatal(
    google: Google, ca_file: str, ann: Checked, path: str, body: Json
) -> None:
    answer = requests.post(
        f"{google.api_root}/gmail/v1/users/me/{path}",
        json=body,
        headers={"Authorization": f"Bearer {ann.token}"},
        verify=ca_file,
        timeout=10,
    )
    assert answer.status_code in (400, 404), answer.text
    assert answer.json()["error"]["code"] == answer.status_code


def test_many_at_once_while_the_clock_moves_lose_nothing_and_block_nobody(
    google: Google, ca_file: str, ann: Checked, bob: Checked, clock: Clock
) -> None:
    def send(token: str, mime: bytes) -> None:
        requests.post(
            f"{google.api_root}/gmail/v1/users/me/messages/send",
            json={"raw": encode(mime)},
            headers={"Authorization": f"Bearer {token}"},
            verify=ca_file,
            timeout=10,
        ).raise_for_status()

    with ThreadPoolExecutor(4) as pool:
        tasks = [
            pool.submit(send, client.token, letter(From=sender, To=to))
            for _ in range(10)
            for client, sender, to in ((ann, ANN, BOB), (bob, BOB, ANN))
        ]
        while not all(task.done() for task in tasks):
            clock.advance(timedelta(milliseconds=1))
    for task in tasks:
        task.result()
    clock.advance(timedelta(minutes=1))
    for address in (ANN, BOB):
        messages = google.account(address).messages
        assert sum("INBOX" in each.labels for each in messages) == 10
        assert len({each.history_id for each in messages}) == len({each.id for each in messages}) == 20
