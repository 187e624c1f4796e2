"""Mail to a list is read by its members: who they are is not known, that one of them read it may be."""

from collections.abc import Iterable
from dataclasses import replace

from evidence.model import Action, Confidence, Evidence, Kind

#: the doubt about evidence by somebody who was not written to
NO_RECIPIENT = "comes from an address that was no recipient"
#: what a member may send; a bounce of one member says nothing of the list
_BY_MEMBERS = frozenset({Kind.RECEIPT, Kind.REPLY, Kind.INVITATION})


def heard_from_lists(about: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """What came from addresses nobody wrote to, as evidence about the one list that was written to; () without one.

    That a recipient is a list is known by a server's report that it passed the mail on to several (`expanded`), or by
    somebody else's answer through it. That may be learnt last, so it is looked at each time anew, and not in matching.
    Only what names the very message counts, without other doubt; with two lists it cannot be told which.

    :param about: all evidence matched to one item; a person's decisions are passed on
    """
    known = tuple(about)
    lists = {each.match.recipient for each in known if each.match and not each.doubt and _shows_list(each)}
    if len(lists) != 1:
        return ()
    decisions = (each for each in known if each.kind is Kind.RULING)
    (address,) = lists
    return (*(_as_of_list(each, address) for each in known if _may_be_member(each)), *decisions)


def _shows_list(evidence: Evidence) -> bool:
    if evidence.action is Action.EXPANDED:
        return True
    return evidence.rule == "list-reply" and evidence.match is not None and evidence.match.recipient != evidence.sender


def _may_be_member(evidence: Evidence) -> bool:
    names_message = evidence.match is not None and evidence.match.confidence is not Confidence.WEAK
    return evidence.kind in _BY_MEMBERS and evidence.doubt == NO_RECIPIENT and names_message


def _as_of_list(evidence: Evidence, address: str | None) -> Evidence:
    """The same fact with the list as its recipient."""
    if evidence.match is None:
        return evidence
    reason = f"{evidence.match.reason}; {evidence.sender} is taken for somebody on the list {address}"
    match = replace(evidence.match, recipient=address, confidence=Confidence.LIKELY, reason=reason)
    return replace(evidence, match=match, doubt="")
