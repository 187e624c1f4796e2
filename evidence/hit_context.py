"""What a hit is worth beside its mail and the other hits: rules that need the time of sending, or several hits.

The relay grades one request by itself. What only shows with more knowledge is worked out here each time anew, from all
that is known, so that the order in which hits come in changes nothing. These rules only ever lower a grade.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from evidence.model import Evidence, Grade, HitKind, Kind, Ruling
from evidence.ruling import set_aside

#: a hit's time is the beginning of this long a time
SLOT = timedelta(minutes=5)
#: our clock, the provider's and the relay's may be as far apart
SKEW = timedelta(minutes=2)
#: how long after sending scanners look: seconds, seldom minutes (Mautic, Groundhogg, Keila filter 2 to 60 seconds)
SCANNING = timedelta(minutes=2)
#: how long after sending hits on several mails to one domain at once are taken for its gateway's
BURST_WITHIN = timedelta(minutes=20)
#: how long a person may look at their own mail after they went there
LOOKING = timedelta(minutes=10)
#: mails to one domain that must be hit at once for that
BURST = 3
#: links of a mail beyond which nobody follows them all within minutes
_MANY = 3

_ORDER = list(Grade)
#: names of relay rules by which a scanner shows itself
_SCANNERS = frozenset({"head", "gateway", "gateway-network"})
#: the relay's rule for hits that may be a reader's in web mail and may be a scanner's
EITHER = "microsoft-network"
#: the relay's rule for a machine that fetches every image once for all, so that a reader causes no hit any more
PREFETCH = "apple-prefetch"
#: the relay's rule for images that a reader in web mail fetched, or a scanner dressed as one
_BROWSER = "browser"
#: the relay's rules for programs that a link to a page of Gmail's or Outlook's cannot start
_ELSEWHERE = frozenset({"outlook-desktop", "mail-program", "yahoo-proxy"})
_OWN_LOOK = "own-look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message as its hits are judged by it."""

    #: when the provider accepted it
    sent_at: datetime
    #: normalised
    recipients: tuple[str, ...] = ()
    #: ids of all tokens in it
    tokens: frozenset[str] = frozenset()
    has_image: bool = False
    #: id of a link's token to where it leads
    links: Mapping[str, str] = field(default_factory=dict)
    #: beginnings of the five minutes in which so many mails to its recipients' domains were hit at once, soon after
    #: sending that it was their gateway
    bursts: frozenset[datetime] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A hit with what is around it."""

    hit: Evidence
    at: datetime
    message: Message
    #: hits on the same message in the same five minutes, this one among them
    together: tuple[Evidence, ...]
    #: the person said of one of those that it was them
    is_own: bool
    #: the person went to look at the mail about then
    is_own_look: bool

    @property
    def followed(self) -> int:
        """How many targets of links were followed in these minutes, if all of them were; else 0."""
        targets = set(self.message.links.values())
        followed = {self.message.links.get(each.token) for each in self.together if each.door is HitKind.LINK}
        return len(targets) if targets <= followed else 0

    @property
    def is_whole(self) -> bool:
        """The image, every link and perhaps the web view were fetched in these minutes, and the image by a browser."""
        images = {each.rule for each in self.together if each.door is HitKind.PIXEL and each.grade is not Grade.NONE}
        went_on = any(each.door in {HitKind.LINK, HitKind.VIEW} for each in self.together)
        return images == {_BROWSER} and went_on and self.followed == len(set(self.message.links.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way in which what is around a hit lowers it; the first that holds decides."""

    name: str
    #: it is worth no more than this
    grade: Grade
    #: a sentence a person can read
    why: str
    holds: Callable[[Seen], bool]


RULES = (
    Rule(name="own-view", grade=Grade.NONE, why="it came together with a view of your own, as you said",
         holds=lambda seen: seen.is_own),
    Rule(name="before-sending", grade=Grade.NONE, why="it came before the mail was sent",
         holds=lambda seen: seen.at + SLOT <= seen.message.sent_at - SKEW),
    Rule(name="at-delivery", grade=Grade.NONE,
         why="it came in the minutes around sending, when scanners look and you may look yourself",
         holds=lambda seen: seen.at <= seen.message.sent_at + SCANNING + SKEW),
    Rule(name="burst", grade=Grade.NONE, why="many mails to this domain were looked at at once, as a mail filter does",
         holds=lambda seen: seen.at in seen.message.bursts),
    Rule(name="every-link", grade=Grade.NONE, why="every link of the mail was followed at once, as a scanner does",
         holds=lambda seen: seen.followed >= _MANY),
    Rule(name="both-links", grade=Grade.WEAK, why="both links of the mail were followed at once, as a scanner would",
         holds=lambda seen: seen.followed == _MANY - 1),
    # not less: a reader in web mail who goes on at once from a mail with one link looks the same
    Rule(name="whole-mail", grade=Grade.WEAK, why="all there is to fetch was fetched at once, as a scanner would",
         holds=lambda seen: seen.is_whole),
    Rule(name="with-scanner", grade=Grade.NONE, why="the image was fetched together with a scanner that named itself",
         holds=lambda seen: seen.hit.door is HitKind.PIXEL and any(each.rule in _SCANNERS for each in seen.together)),
    # not less: a filter that checks a link when a person follows it asks in the same way just before
    Rule(name="probed-link", grade=Grade.WEAK, why="the link was probed and then followed, as scanners do",
         holds=lambda seen: any(each.rule == "head" and each.token == seen.hit.token for each in seen.together)),
    # last, and not less: a reader who looks at the same time looks the same
    Rule(name=_OWN_LOOK, grade=Grade.WEAK, why="it came around the time you went to look at the mail yourself",
         holds=lambda seen: seen.is_own_look and seen.hit.rule not in _ELSEWHERE),
)  # fmt: skip


def seen(
    hits: Iterable[Evidence], messages: Iterable[Message], *, sent_at: datetime, own: frozenset[str] = frozenset()
) -> tuple[Seen, ...]:
    """Each hit on one sent item, once, with what is around it.

    :param hits: all that is known of the item, whatever the relay graded it; of other evidence only own looks are used
    :param messages: of the item
    :param sent_at: of the item, for hits by tokens that none of the messages is known to have
    :param own: ids of hits of which the person said that it was them
    """
    places = (*messages, Message(sent_at=sent_at))
    groups: dict[tuple[int, datetime], list[Evidence]] = {}
    known = {one.id: one for one in hits}.values()
    looks = [each.at for each in known if each.ruling is Ruling.LOOKED and each.at]
    for each in (one for one in known if one.kind is Kind.HIT):
        place = next((number for number, one in enumerate(places) if each.token in one.tokens), len(places) - 1)
        groups.setdefault((place, each.at or sent_at), []).append(each)
    return tuple(
        Seen(
            hit=each,
            at=at,
            message=places[place],
            together=tuple(together),
            is_own=any(one.id in own for one in together),
            is_own_look=any(look - SKEW <= at + SLOT and at <= look + LOOKING + SKEW for look in looks),
        )
        for (place, at), together in groups.items()
        for each in together
    )


def weighed(hits: Iterable[Seen]) -> dict[str, Evidence]:
    """Each hit as it counts, by its id: with the grade and the reason of the first rule that holds."""
    return {each.hit.id: _lowered(each, _rule(each)) for each in hits}


def may_be_web_mail(hits: Iterable[Seen]) -> frozenset[str]:
    """Ids of images fetched from where readers in web mail and scanners both come, with nothing that shows which."""
    return frozenset(
        each.hit.id
        for each in hits
        if each.hit.rule == EITHER and each.hit.door is HitKind.PIXEL and _shows_nothing(_rule(each))
    )


def own_views(evidence: Iterable[Evidence]) -> frozenset[str]:
    """Ids of the hits of which the person said that it was them."""
    return frozenset(each for each, said in set_aside(evidence).items() if said.ruling is Ruling.MINE)


def _rule(seen: Seen) -> Rule | None:
    return next((each for each in RULES if each.holds(seen)), None)


def _shows_nothing(rule: Rule | None) -> bool:
    return rule is None or rule.name == _OWN_LOOK


def _lowered(seen: Seen, rule: Rule | None) -> Evidence:
    if rule is None or not _matters(rule.grade, seen.hit.grade):
        return seen.hit
    return replace(seen.hit, grade=rule.grade, why=f"{seen.hit.why}; {rule.why}")


def _matters(grade: Grade, before: Grade) -> bool:
    """It lowers what came before; or that is weak already, and has one more reason."""
    return _ORDER.index(grade) > _ORDER.index(before) or grade is before is Grade.WEAK
