"""Reading, held against the labelled corpus of real mail: floors of precision and recall."""

from collections import Counter
from typing import Any

from evidence import normal
from evidence.model import Evidence
from evidence.read import read_message

Corpus = list[tuple[dict[str, Any], bytes]]

#: kind of the label to the kind of evidence wanted
WANTED = {
    "read-receipt": "receipt",
    "delivery-report": "delivery",
    "bounce": "delivery",
    "auto-reply": "auto-reply",
    "reply": "reply",
}


def readings(corpus: Corpus) -> list[tuple[dict[str, Any], tuple[Evidence, ...]]]:
    """Every message whose label is certain, read."""
    return [(label, read_message(raw)) for label, raw in corpus if not label.get("doubtful")]


def kinds(corpus: Corpus) -> Counter[tuple[str, str]]:
    told: Counter[tuple[str, str]] = Counter()
    for label, found in readings(corpus):
        told[label["kind"], ",".join(sorted({each.kind.value for each in found}))] += 1
    return told


def recall(told: Counter[tuple[str, str]], kind: str) -> float:
    return told[kind, WANTED[kind]] / sum(count for (label, _), count in told.items() if label == kind)


def precision(told: Counter[tuple[str, str]], evidence: str) -> float:
    right = sum(count for (label, found), count in told.items() if found == evidence and WANTED.get(label) == evidence)
    return right / sum(count for (_, found), count in told.items() if evidence in found.split(","))


def test_every_receipt_and_nothing_else_is_read_as_one(corpus: Corpus) -> None:
    told = kinds(corpus)
    assert (precision(told, "receipt"), recall(told, "read-receipt")) == (1.0, 1.0)


def test_every_receipt_says_the_right_disposition(corpus: Corpus) -> None:
    labelled = [(label, found) for label, found in readings(corpus) if label["kind"] == "read-receipt"]
    assert [found[0].disposition for _, found in labelled] == [label["disposition"] for label, _ in labelled]


def test_every_receipt_names_the_right_message(corpus: Corpus) -> None:
    wrong = []
    for label, found in readings(corpus):
        wanted = normal.message_id(label.get("original_message_id"))
        named = {found[0].original_message_id, *found[0].references} if found else set()
        if label["kind"] == "read-receipt" and wanted and wanted not in named:
            wrong.append(label["file"])
    assert wrong == []


def test_every_delivery_report_is_read(corpus: Corpus) -> None:
    told = kinds(corpus)
    assert (precision(told, "delivery"), recall(told, "delivery-report")) == (1.0, 1.0)


def test_nearly_every_delivery_report_has_the_right_action_for_each_recipient(corpus: Corpus) -> None:
    """A few labels speak of reports nested in the returned message, or of the same recipient twice."""
    right = wrong = 0
    for label, found in readings(corpus):
        if label["kind"] != "delivery-report" or not label.get("action"):
            continue
        wanted = {(normal.address(each["final_recipient"]), _action(each["action"])) for each in label["recipients"]}
        told = {(each.recipient, str(each.action)) for each in found}
        right, wrong = (right + 1, wrong) if wanted <= told else (right, wrong + 1)
    assert right / (right + wrong) >= 0.95


def test_nearly_every_bounce_is_read_as_a_failed_or_delayed_delivery(corpus: Corpus) -> None:
    assert recall(kinds(corpus), "bounce") >= 0.95


def test_nearly_every_auto_reply_is_told_from_an_answer(corpus: Corpus) -> None:
    told = kinds(corpus)
    assert recall(told, "auto-reply") >= 0.95
    assert precision(told, "auto-reply") >= 0.99


def test_no_look_alike_and_no_ordinary_mail_is_evidence(corpus: Corpus) -> None:
    taken = {
        label["file"]: found[0].rule
        for label, found in readings(corpus)
        if label["kind"] in {"look-alike", "ordinary"} and found and label.get("subkind") != "quoted-receipt"
    }
    assert taken == {}


def test_an_answer_that_quotes_a_receipt_is_an_answer(corpus: Corpus) -> None:
    quoted = [found for label, found in readings(corpus) if label.get("subkind") == "quoted-receipt"]
    assert [[each.kind for each in found] for found in quoted] == [["reply"]] * len(quoted)


def test_every_answer_of_a_person_is_read(corpus: Corpus) -> None:
    assert recall(kinds(corpus), "reply") == 1.0


def _action(label: str | None) -> str:
    return {"failure": "failed", "deliverable": "delivered"}.get((label or "").lower(), (label or "").lower())
