"""The words a person gives a mail on its way, in a copy to themselves or a label, and answers a reminder with. Pure.

The grammar is in `docs/verbs.md`: `off`, a condition, a delay, or a condition and a delay; `done`, and `snooze` with a
delay. It is the same in `me+noreply-1w@example.com` and in the label `heardback/noreply 1w`. What `heardback remind`
keeps may go on with keys of a rule: `noreply 1w; again 3bd; times 4`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from connectors.envelope import LABEL
from evidence import normal
from evidence.model import SentItem
from evidence.shown import harmless
from scheduler import delay, wanted
from scheduler.delay import Delay
from scheduler.policy import Condition, Policy

OFF = "off"
#: keys of a rule that a verb may have behind its condition and delay
MORE = tuple(each for each in wanted.KEYS if each not in (OFF, "condition", "after"))
#: a condition's words, without marks between them
_CONDITIONS = {
    **{each.replace("-", ""): each for each in Condition},
    "noanswer": Condition.NO_REPLY,
    "readnoanswer": Condition.READ_NO_REPLY,
    "bounce": Condition.NOT_DELIVERED,
    "bounced": Condition.NOT_DELIVERED,
    "always": Condition.REGARDLESS,
}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "monday", "tuesday", "wednesday", "thursday", "friday",
         "saturday", "sunday", "today", "tomorrow")  # fmt: skip
#: a word near one of these was meant as a verb, unless it is short, as short words are near to many
_WORDS = (*_CONDITIONS, *_DAYS, OFF)
_SHORT = 5
#: words before a number that make a verb of no address, and yet were meant as one
_BEFORE_NUMBER = ("snooze", "remind", "reminder", "later", "after", "wait")
#: every English word one letter away from one of them, and a name
_OTHER_WORDS = frozenset((
    "allays", "bouncer", "bounces", "bouncy", "bounded", "frida", "jounce", "jounced", "ounce", "pounce", "pounced",
    "sundae", "sundas", "sundry", "unready", "unreal", "mondays", "tuesdays", "wednesdays", "thursdays", "fridays",
    "saturdays", "sundays",
))  # fmt: skip
_NUMBER = re.compile(r"[-._]*(\d)")
_DONE = frozenset({"done", "stop", "off", "ok"})
#: what may stand around an answer: signs of bold and italic text, the end of a sentence; quotation marks do not, as our
#: own mails have the words in them
_EMPHASIS = "*_ .!"
#: what may stand before the time of a snooze
_UNTIL = re.compile(r"(?:for|until|till|til|to|bis)\s+(?=\S)")
_MARKS = re.compile(r"[-._ ]+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:t\d{1,2}:?\d{2})?")


class NoVerb(ValueError):
    """A text is no verb; the message says why, and what would be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """What a person wants for one mail; what is None stays as the rules have it."""

    off: bool = False
    condition: Condition | None = None
    after: Delay | None = None
    #: keys among `MORE`, each with its value as it was typed
    more: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """As `parse` takes it."""
        after = delay.written(self.after) if self.after is not None else ""
        first = OFF if self.off else " ".join(filter(None, (self.condition, after)))
        return "; ".join(filter(None, (first, *(f"{key} {value}" for key, value in self.more))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A verb as it was met, read or not."""

    #: where it stood, as a sentence's end: `as your copy to me+3d@example.com asks`
    source: str
    verb: Verb | None
    #: why it is none; empty if it is one
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person answers a reminder with: when to come again, or None for never."""

    snooze: Delay | None


def parse(text: str) -> Verb:
    """What a verb asks for.

    :raises NoVerb: nothing that is understood
    """
    clauses = [each.strip().partition(" ") for each in text.split(";")]
    more = tuple((key, value.strip()) for key, _, value in clauses if key in MORE)
    said = " ".join("".join(each).lower() for each in clauses if each[0] not in MORE)
    if said == OFF:
        return Verb(off=True)
    condition, rest = _condition(" ".join(said.split()))
    try:
        after = _delay(rest) if rest or not (condition or more) else None
    except ValueError as err:
        raise NoVerb(str(err)) from err
    return Verb(condition=condition, after=after, more=more)


def parse_answer(text: str) -> Answer:
    """What the first line of an answer to a reminder asks for.

    :raises NoVerb: nothing that is understood
    """
    said = next((line for each in text.splitlines() if (line := _bare(each))), "")
    if said in _DONE:
        return Answer(snooze=None)
    if not said:
        raise NoVerb("your answer holds no words of your own; write done, or snooze 2d, above what it quotes")
    word, _, rest = said.partition(" ")
    if word not in ("snooze", "later") or not rest:
        raise NoVerb(f'"{said[:60]}" is no answer to a reminder; write done, or snooze 2d')
    try:
        return Answer(snooze=_delay(_UNTIL.sub("", rest)))
    except ValueError as err:
        raise NoVerb(f"{err}, after the word snooze") from err


def in_mail(item: SentItem, own: Iterable[str]) -> tuple[Said, ...]:
    """The verbs a sent item carries, those that count most first: labels, then copies to oneself.

    :param own: the person's addresses, normalised
    """
    found = [_said(each[len(LABEL) :], f'as the label "{each}" asks') for each in labels_of(item)]
    boxes = {normal.mailbox(each) for each in own}
    for each in item.recipients:
        detail = each.address.rpartition("@")[0].partition("+")[2]
        if each.field == "bcc" and normal.mailbox(each.address) in boxes and is_meant(detail):
            found.append(_said(detail, f"as your copy to {each.address} asks"))
    return tuple(found)


def labels_of(item: SentItem) -> tuple[str, ...]:
    """The labels of a sent item that are meant as verbs."""
    return tuple(each for each in item.labels if each.lower().startswith(LABEL))


def by_label(labels: Iterable[str]) -> Verb | None:
    """What the first of these labels asks for that is understood."""
    said = (_said(each[len(LABEL) :], "") for each in labels)
    return next((each.verb for each in said if each.verb), None)


def is_meant(detail: str) -> bool:
    """Whether what stands after the plus of an address is meant as a verb: people have plus-addresses for other ends.

    It is one, or begins with a digit, or comes near one and is no other word.
    """
    said = detail.lower()
    if said[:1].isdigit() or _is_verb(said):
        return True
    head, has_number, _ = _NUMBER.split(said, maxsplit=1) if _NUMBER.search(said) else (said, "", "")
    name = _MARKS.sub("", head)
    if has_number and name in (*_WORDS, *_BEFORE_NUMBER):
        return True
    return name not in _OTHER_WORDS and any(len(each) > _SHORT and _is_near(name, each) for each in _WORDS)


def applied(policy: Policy, verb: Verb, source: str) -> Policy:
    """The policy as a verb changes it.

    :param source: where the verb stood, as a sentence's end
    :raises ValueError: it makes no sense; the message is a sentence's end
    """
    keys = {key: wanted.from_text(key, value) for key, value in verb.more}
    if verb.condition:
        keys["condition"] = verb.condition
    changed = replace(wanted.changed(policy, keys, source), off=verb.off)
    return changed if verb.after is None else replace(changed, after=verb.after)


def over(before: Verb, verb: Verb) -> Verb:
    """What was asked for one mail before, as far as it is not asked otherwise now."""
    if verb.off or before.off:
        return verb
    # a bounce is told at once, whatever was waited for
    conditions = {before.condition, verb.condition or before.condition}
    is_other = len(conditions) > 1 and Condition.NOT_DELIVERED in conditions
    kept = dict(before.more)
    if "country" in dict(verb.more):
        kept.pop("region", None)  # it is part of the other country
    return Verb(
        condition=verb.condition or before.condition,
        after=before.after if verb.after is None and not is_other else verb.after,
        more=tuple({**kept, **dict(verb.more)}.items()),
    )


def _bare(line: str) -> str:
    """A line in lower case without what makes it bold, ends it, or is not seen."""
    return " ".join(harmless(line).lower().split()).strip(_EMPHASIS)


def _is_verb(said: str) -> bool:
    """Whether a verb stands there. A day in three letters must be English: in some language most are one."""
    try:
        verb = parse(said)
    except NoVerb:
        return False
    is_day = isinstance(verb.after, str) and not any(each.isdigit() for each in said)
    return not verb.more and (not is_day or len(said) > 3 or said in _DAYS)


def _is_near(word: str, other: str) -> bool:
    """Whether one letter is too many, missing or another, or two are exchanged."""
    if abs(len(word) - len(other)) > 1:
        return False
    same = next((at for at, pair in enumerate(zip(word, other, strict=False)) if pair[0] != pair[1]), None)
    if same is None:
        return True
    end, there = word[same:], other[same:]
    is_exchanged = end[:2] == there[1::-1] and end[2:] == there[2:]
    return is_exchanged or end[1:] == there[1:] or end[1:] == there or end == there[1:]


def _said(text: str, source: str) -> Said:
    try:
        verb = parse(text)
    except NoVerb as err:
        return Said(source=source, verb=None, problem=str(err))
    if verb.more:
        return Said(source=source, verb=None, problem=f'"{verb.more[0][0]}" can be asked for by command alone')
    return Said(source=source, verb=verb)


def _condition(said: str) -> tuple[Condition | None, str]:
    """The condition a text begins with, and what is left of it; the longest name counts."""
    parts = _MARKS.split(said)
    for count in range(min(len(parts), 4), 0, -1):
        name = "".join(parts[:count])
        if name in _CONDITIONS:
            seen = re.match(_MARKS.pattern.join(map(re.escape, parts[:count])), said)
            return _CONDITIONS[name], said[seen.end() if seen else 0 :].lstrip("-._ ")
    return None, said


def _delay(said: str) -> Delay:
    """A delay whose words may be parted by marks, as in an address, which has no blanks."""
    if _DATE.fullmatch(said) or " " in said:
        return delay.parse(said)
    return delay.parse(_MARKS.sub(" ", said).strip())
