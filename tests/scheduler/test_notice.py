"""The words of a reminder."""

import pytest

from evidence.model import Verdict
from scheduler.notice import Notice
from scheduler.policy import Condition, Policy, Quorum
from tests.scheduler.test_planning import reminder, stands


@pytest.mark.parametrize(
    ("condition", "verdicts", "what"),
    [
        (Condition.UNREAD, (Verdict.UNREAD, Verdict.UNKNOWABLE), "no sign of reading"),
        (Condition.UNREAD, (Verdict.UNREAD, Verdict.MAYBE_READ), "no sure sign of reading"),
        (Condition.UNREAD, (Verdict.DELETED_UNREAD, Verdict.READ), "no sign of reading"),
        (Condition.NO_REPLY, (Verdict.MAYBE_READ,), "no answer"),
    ],
)
def test_a_reminder_says_no_more_than_was_heard(condition: Condition, verdicts: tuple[Verdict, ...], what: str) -> None:
    policy = Policy(condition=condition, quorum=Quorum.ALL)
    note = Notice(reminder=reminder(), verdict=stands(*verdicts), policy=policy)
    assert (note.what, f"Reminder: {what} of mail" in note.line, f"has had {what}:" in note.body) == (what, True, True)
