"""history.list through the real client."""

from datetime import timedelta

import pytest

from sandbox.clock import Clock
from sandbox.faults import Fault
from sandbox.google import Google

from .conftest import ANN, BOB, Checked, encode, letter


def test_nothing_new_has_no_history_key(ann: Checked) -> None:
    now = ann.history_id()
    assert ann.run(ann.history.list(userId="me", startHistoryId=now)) == {"historyId": now}


def test_changes_come_in_order_with_ids_that_grow_with_gaps(ann: Checked) -> None:
    start = ann.history_id()
    sent = ann.send(letter())["id"]
    ann.run(ann.messages.modify(userId="me", id=sent, body={"addLabelIds": ["STARRED", "IMPORTANT"]}))
    ann.run(ann.messages.modify(userId="me", id=sent, body={"removeLabelIds": ["STARRED"]}))
    found = ann.run(ann.history.list(userId="me", startHistoryId=start))
    inner = {"id": sent, "threadId": sent, "labelIds": ["SENT", "IMPORTANT"]}
    outline = [{"id": sent, "threadId": sent}]
    ids = [each.pop("id") for each in found["history"]]
    assert found["history"] == [
        {"messages": outline, "messagesAdded": [{"message": inner}]},
        {"messages": outline, "labelsAdded": [{"message": inner, "labelIds": ["STARRED", "IMPORTANT"]}]},
        {"messages": outline, "labelsRemoved": [{"message": inner, "labelIds": ["STARRED"]}]},
    ]
    numbers = [int(start), *map(int, ids)]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] - numbers[0] > len(ids)
    assert found["historyId"] == ids[-1]
    assert ann.changes(ids[1]) == [("labelsRemoved", sent)]


def test_trash_is_a_label_and_only_deletion_is_deletion(ann: Checked) -> None:
    sent = ann.send(letter())["id"]
    start = ann.history_id()
    ann.run(ann.messages.trash(userId="me", id=sent))
    ann.run(ann.messages.untrash(userId="me", id=sent))
    ann.run(ann.messages.delete(userId="me", id=sent))
    assert ann.changes(start) == [("labelsAdded", sent), ("labelsRemoved", sent), ("messagesDeleted", sent)]


def test_types_are_chosen_by_their_singular_names(ann: Checked) -> None:
    start = ann.history_id()
    sent = ann.send(letter())["id"]
    ann.run(ann.messages.trash(userId="me", id=sent))
    assert ann.changes(start, historyTypes="messageAdded") == [("messagesAdded", sent)]
    request = ann.history.list(userId="me", startHistoryId=start, historyTypes="messageAdded")
    request.uri = request.uri.replace("messageAdded", "messagesAdded")
    assert ann.refused(request)[:2] == (400, "invalidArgument")


def test_a_label_is_matched_against_the_labels_of_today(ann: Checked) -> None:
    start = ann.history_id()
    kept, left = (_insert(ann) for _ in range(2))
    ann.run(ann.messages.modify(userId="me", id=left, body={"removeLabelIds": ["INBOX"]}))
    assert ann.changes(start, labelId="INBOX") == [("messagesAdded", kept)]


def _insert(client: Checked) -> str:
    body = {"raw": encode(letter()), "labelIds": ["INBOX"]}
    return str(client.run(client.messages.insert(userId="me", body=body))["id"])


def test_pages_carry_the_newest_history_id_from_the_first_one_on(ann: Checked) -> None:
    start = ann.history_id()
    sent = [ann.send(letter())["id"] for _ in range(5)]
    request = ann.history.list(userId="me", startHistoryId=start, maxResults=2)
    seen: list[str] = []
    while request is not None:
        page = ann.run(request)
        seen += [each["messagesAdded"][0]["message"]["id"] for each in page["history"]]
        assert page["historyId"] == ann.history_id()
        request = ann.history.list_next(request, page)
    assert seen == sent


@pytest.mark.parametrize(("start", "expected"), [("1", (404, "notFound")), ("99999999", (404, "notFound"))])
def test_an_id_of_no_time_we_know_is_not_found(ann: Checked, start: str, expected: tuple[int, str]) -> None:
    assert ann.refused(ann.history.list(userId="me", startHistoryId=start))[:2] == expected


def test_without_a_start_it_is_refused(ann: Checked) -> None:
    assert ann.refused(ann.history.list(userId="me"))[:2] == (400, "invalidArgument")
    assert ann.refused(ann.history.list(userId="me", startHistoryId="abc"))[:2] == (400, "invalidArgument")


def test_records_older_than_about_a_week_are_gone_and_their_cursor_with_them(ann: Checked, clock: Clock) -> None:
    start = ann.history_id()
    ann.send(letter())
    between = ann.history_id()
    clock.advance(timedelta(days=7))
    assert ann.changes(start) != []
    clock.advance(timedelta(days=2))
    assert ann.refused(ann.history.list(userId="me", startHistoryId=start))[:2] == (404, "notFound")
    assert ann.changes(between) == []


def test_the_fault_expires_a_cursor_once(google: Google, ann: Checked) -> None:
    start = ann.history_id()
    google.server.faults.add(Fault(trouble="expire-cursor", pattern="history"))
    assert ann.refused(ann.history.list(userId="me", startHistoryId=start))[:2] == (404, "notFound")
    assert ann.changes(ann.history_id()) == []


def test_received_mail_shows_up_for_the_receiver(ann: Checked, bob: Checked, clock: Clock) -> None:
    start = bob.history_id()
    ann.send(letter())
    assert bob.changes(start) == []
    clock.advance(timedelta(minutes=1))
    (message,) = bob.ids(labelIds="INBOX")
    assert bob.changes(start) == [("messagesAdded", message)]


def test_marking_read_is_visible_to_whoever_looks_for_it(google: Google, ann: Checked, clock: Clock) -> None:
    google.account(BOB).send(letter(From=BOB, To=ANN))
    clock.advance(timedelta(minutes=1))
    (message,) = ann.ids()
    start = ann.history_id()
    ann.run(ann.messages.modify(userId="me", id=message, body={"removeLabelIds": ["UNREAD"]}))
    assert ann.changes(start) == [("labelsRemoved", message)]
