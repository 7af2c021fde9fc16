"""All checks over a backlog: what they found, worst first, and how ready what waits is.

Of a hundred thousand issues few are ever told. So what was found is kept as marks, a bit for each check, and
sentences are asked for where somebody reads them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import compress, repeat

from app.domain.grooming.exemptions import NONE, exempt
from app.domain.grooming.facts import Backlog
from app.domain.grooming.finding import Check, Common, Finding, Proposal, Reach, Weight
from app.domain.grooming.item import Item
from app.domain.grooming.known import Known
from app.domain.grooming.readiness import Readiness, readiness
from app.domain.grooming.wanted import EVERY_CHECK, Wanted
from app.domain.scrum.scope import issue_order

Marks = Mapping[str, int]
"""By issue id, a bit for each check by its place among those that were asked."""

OneOrMore = Finding | tuple[Finding, ...]
"""Nearly every issue has one finding of a check: a list for each would cost more than all of these."""


def _all_of(found: OneOrMore | None) -> tuple[Finding, ...]:
    if found is None:
        return ()
    return found if isinstance(found, tuple) else (found,)


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding, of which check, and how much it weighs."""

    check: Check
    weight: Weight
    finding: Finding


@dataclass(frozen=True)
class Troubled:
    """An issue on which something was found."""

    item: Item
    mark: int
    weight: int
    review: "Review"

    @cached_property
    def judged(self) -> tuple[Judged, ...]:
        """All that was found on it, the heaviest first."""
        return self.review.told_of(self.item, self.mark)


@dataclass(frozen=True)
class Review:
    """What all checks said.

    Attributes:
        marks: what was found on which issue.
        proposed: likewise, where the finding proposes something.
        ready: ids of issues that wait and are ready.
        exempted: how many findings were left out, by reason; `left_alone`: ids of their issues.
        soon: what time alone will make checks of the clock find, until `soon_until`.
        whole: by the name of a check that looks at the whole backlog what it found, by issue id.
        common: by the name of a check the groups of issues in which something may be found.
    """

    backlog: Backlog
    wanted: tuple[Wanted, ...]
    marks: Marks
    proposed: Marks = field(default_factory=dict)
    ready: Collection[str] = frozenset()
    exempted: Mapping[str, int] = field(default_factory=dict)
    left_alone: frozenset[str] = frozenset()
    soon: Marks = field(default_factory=dict)
    soon_until: datetime | None = None
    whole: Mapping[str, Mapping[str, OneOrMore]] = field(default_factory=dict)
    common: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def every(self) -> Sequence[str]:
        """Ids of issues with findings, worst first; of equal ones the higher in the backlog, then by key."""
        backlog, marks, ranked = self.backlog, self.marks, self.backlog.ranked.places
        ids = list(map(backlog.overview.ids.__getitem__, ranked))
        rest = sorted(marks.keys() - set(ids), key=lambda one: issue_order(backlog.by_id[one].key))
        by_weight: dict[int, list[str]] = {}
        by_mark: dict[int, list[str]] = {0: []}
        by_mark |= {mark: by_weight.setdefault(weight, []) for mark, weight in self.weight_of.items()}
        for one, mark in zip(ids, map(self.found.__getitem__, ranked), strict=True):
            by_mark[mark].append(one)
        for one in rest:
            by_mark[marks[one]].append(one)
        return [one for weight in sorted(by_weight, reverse=True) for one in by_weight[weight]]

    @cached_property
    def found(self) -> Sequence[int]:
        """The marks of the items, in their order; 0 where nothing was found."""
        return list(map(self.marks.get, self.backlog.overview.ids, repeat(0)))

    @cached_property
    def worst(self) -> Sequence[str]:
        """Those of them that are told."""
        hidden = self.hidden
        return [one for one in self.every if one not in hidden] if hidden else self.every

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Those of them that are not."""
        return frozenset(one for one in self.backlog.hidden if one in self.marks)

    @property
    def troubled(self) -> Iterator[Troubled]:
        """Issues that are told, in that order."""
        return (self.troubles_of(one) for one in self.worst)

    def troubles_of(self, issue_id: str) -> Troubled:
        """One of them."""
        mark = self.marks[issue_id]
        return Troubled(self.backlog.by_id[issue_id], mark, self.weight_of[mark], self)

    @property
    def judged(self) -> Iterator[Judged]:
        """Every finding that is told, the worst issue first; each is asked for as it is reached."""
        return (one for troubled in self.troubled for one in troubled.judged)

    @cached_property
    def weight_of(self) -> Mapping[int, int]:
        """By mark how bad an issue is."""
        return {mark: sum(each.weight for each in self.checks_of(mark)) for mark in set(self.marks.values())}

    def checks_of(self, mark: int) -> tuple[Wanted, ...]:
        """Those whose bit is set. Few marks stand on many issues, so each is read once."""
        found = self._checks_by_mark.get(mark)
        if found is None:
            found = tuple(each for place, each in enumerate(self.wanted) if mark >> place & 1)
            self._checks_by_mark[mark] = found
        return found

    @cached_property
    def _checks_by_mark(self) -> dict[int, tuple[Wanted, ...]]:
        return {}

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Issues by the name of the check that found something on them, those that found nothing included."""
        found = dict.fromkeys((each.check.name for each in self.wanted), 0)
        for mark, count in Counter(self.marks.values()).items():
            for each in self.checks_of(mark):
                found[each.check.name] += count
        return found

    def found_by(self, name: str) -> Iterator[Troubled]:
        """Issues that are told and on which a check found something, worst first."""
        bit = self._bit(name)
        those = (one for one, mark in zip(self.worst, self._of_worst, strict=True) if mark & bit)
        return map(self.troubles_of, those)

    @cached_property
    def _of_worst(self) -> Sequence[int]:
        """What was found on each of these."""
        return list(map(self.marks.__getitem__, self.worst))

    def _bit(self, name: str) -> int:
        return 1 << next(place for place, each in enumerate(self.wanted) if each.check.name == name)

    def told_of(self, item: Item, mark: int) -> tuple[Judged, ...]:
        """What checks say of an issue, the heaviest first; other issues that are restricted have no name."""
        view = self.backlog.told.asking((item,))
        told = []
        for each in self.checks_of(mark):
            whole = self.whole.get(each.check.name)
            found = each.check.find(view, each.options) if whole is None else _all_of(whole.get(item.id))
            told += [Judged(each.check, each.weight, one) for one in found if one.item.id == item.id]
        return tuple(sorted(told, key=lambda one: -one.weight))

    def proposals_of(self, item: Item) -> tuple[Proposal, ...]:
        """What would mend what was found on an issue, as it is done: to real issues, restricted ones, too."""
        view = self.backlog.asking((item,))
        found = (
            one.proposal
            for each in self.checks_of(self.proposed.get(item.id, 0))
            for one in each.check.find(view, each.options)
        )
        return tuple(one for one in found if one is not None)

    def only(self, keys: Collection[str]) -> "Review":
        """What was found on the issues of those keys."""
        by_id = self.backlog.by_id
        marks = {one: mark for one, mark in self.marks.items() if by_id[one].key in keys}
        return Review(self.backlog, self.wanted, marks, self.proposed, self.ready, whole=self.whole)

    @cached_property
    def readiness(self) -> tuple[Readiness, ...]:
        """Of what waits in the backlog, in its order; what is in progress is past it."""
        return tuple(readiness(self.backlog, item) for item in self.waiting)

    @property
    def waiting(self) -> Iterator[Item]:
        """What is ranked and not begun."""
        return (item for item in self.backlog.ranked if not self.backlog.begun(item))


AHEAD = timedelta(days=35)
"""So far what only the clock changes is worked out in advance: monthly runs are helped, too."""
_AT_ONCE = 2000


def review(backlog: Backlog, wanted: Iterable[Wanted] = EVERY_CHECK, known: Known | None = None) -> Review:
    """Ask every wanted check, and leave out what is exempt.

    Of a backlog that is known, checks are asked about those issues again of which they may say something
    else. What time made them find stays found, and what it will make them find was worked out in advance;
    where that has passed, checks of the clock are asked about all. What looks at the whole backlog always is.
    """
    checks = tuple(wanted)
    if known is not None and backlog.now < known.at:
        known = None
    looking = _Looking(backlog, checks, known)
    for place, each in enumerate(checks):
        looking.ask(place, each)
    if known is not None and backlog.now > known.soon_until:
        looking.ask_the_others_by_the_clock(known)
    return looking.result()


class _Looking:
    """A review while it goes on."""

    def __init__(self, backlog: Backlog, checks: tuple[Wanted, ...], known: Known | None) -> None:
        self.backlog, self.checks = backlog, checks
        self.exempted: Counter[str] = Counter()
        self.left_alone: set[str] = set()
        self.whole: dict[str, dict[str, OneOrMore]] = {}
        self.marks, self.proposed, self.soon = dict[str, int](), dict[str, int](), dict[str, int]()
        self.ready: set[str] = set()
        self.soon_until = backlog.now + AHEAD
        self.common: dict[str, frozenset[str]] = {}
        self.again, self.known = backlog, known
        self.due = dict[int, list[str]]()
        if known is not None:
            self._go_on_from(known)
        self.ready.update(_ready(self.again))

    def _go_on_from(self, known: Known) -> None:
        lasting = clocked = 0
        for place, each in enumerate(self.checks):
            lasting |= (each.check.reach is not Reach.BACKLOG) << place
            clocked |= (each.check.reach is Reach.CLOCK) << place
        self.marks, self.proposed = known.of(known.found, lasting), known.of(known.proposed, lasting)
        self.ready.update(compress(known.ids, known.ready))
        self.ready -= known.again
        new = range(len(known.ids), len(self.backlog.issues))
        self.again = self._asking({*new, *self._places(known.again)})
        if self.backlog.now <= known.soon_until:
            self.soon, self.soon_until = known.of(known.soon, clocked), known.soon_until
            self.due = _due(self.soon, self.marks)

    def ask(self, place: int, each: Wanted) -> None:
        """Write down what a check finds, and what it will find."""
        if each.check.reach is Reach.ISSUE:
            self._ask(1 << place, each, self.again)
        elif each.check.common is not None:
            self._ask(1 << place, each, self.again)
            for some in self._some_at_a_time(self._of_other_groups(1 << place, each, each.check.common)):
                self._ask(1 << place, each, some)
        elif each.check.reach is Reach.CLOCK:
            self._ask(1 << place, each, self._again_or_due(1 << place))
            self._ask_ahead(1 << place, each, self.again)
        else:
            self._ask(1 << place, each, self.backlog.told, self.whole.setdefault(each.check.name, {}))

    def _asking(self, places: Collection[int]) -> Backlog:
        items = self.backlog.issues
        return self.backlog.asking([items[place] for place in sorted(places)])

    def _places(self, ids: Iterable[str]) -> Iterator[int]:
        """Of those that are judged."""
        places = self.backlog.overview.places
        return (places[one] for one in ids if one in places)

    def _of_other_groups(self, bit: int, each: Wanted, common: Common) -> list[int]:
        """Places of what is in a group in which something may be found since then, or no more: not known."""
        name, overview = each.check.name, self.backlog.overview
        self.common[name] = now = common.found_in(self.backlog, each.options)
        other = frozenset() if self.known is None else now ^ self.known.common.get(name, frozenset())
        if not other:
            return []
        again = {item.id for item in self.again.asked}
        of_groups = zip(overview.ids, common.group_of(overview), strict=True)
        places = [
            place for place, (one, group) in enumerate(of_groups) if group in other and one not in again
        ]
        for one in map(overview.ids.__getitem__, places):
            if one in self.marks:
                self.marks[one] &= ~bit
        return places

    def _some_at_a_time(self, places: Sequence[int]) -> Iterator[Backlog]:
        """Of many that are asked once: they are not kept."""
        for start in range(0, len(places), _AT_ONCE):
            yield self.backlog.asking(self.backlog.issues.read(places[start : start + _AT_ONCE]))

    def _again_or_due(self, bit: int) -> Backlog:
        """What is asked of a check of the clock: of other issues it says what it said."""
        by_id = self.backlog.by_id
        due = (by_id[one] for mark, ids in self.due.items() if mark & bit for one in ids)
        return self.backlog.asking((*self.again.asked, *due)) if self.due else self.again

    def _ask_ahead(self, bit: int, each: Wanted, of: Backlog) -> None:
        for finding in each.check.find(of.at(self.soon_until), each.options):
            one = finding.item.id
            if not self.marks.get(one, 0) & bit:
                self.soon[one] = self.soon.get(one, 0) | bit

    def ask_the_others_by_the_clock(self, known: Known) -> None:
        """What was worked out for them in advance has passed."""
        others = sorted(set(range(len(known.ids))).difference(self._places(known.again)))
        for some in self._some_at_a_time(others):
            for place, each in enumerate(self.checks):
                if each.check.reach is Reach.CLOCK:
                    self._ask(1 << place, each, some)
                    self._ask_ahead(1 << place, each, some)

    def _ask(self, bit: int, each: Wanted, of: Backlog, told: dict[str, OneOrMore] | None = None) -> None:
        exemptions, marks, proposed, said = each.exemptions, self.marks, self.proposed, self.backlog.said
        for finding in each.check.find(of, each.options):
            one = finding.item.id
            if exemptions is not NONE or one in said:
                why = exempt(self.backlog, finding.item, exemptions)
                if why is not None:
                    self.exempted[why] += 1
                    self.left_alone.add(one)
                    continue
            marks[one] = marks.get(one, 0) | bit
            if finding.proposal is not None:
                proposed[one] = proposed.get(one, 0) | bit
            if told is not None:
                told[one] = (*_all_of(told[one]), finding) if one in told else finding

    def result(self) -> Review:
        """All that was found."""
        return Review(
            self.backlog,
            self.checks,
            {one: mark for one, mark in self.marks.items() if mark},
            self.proposed,
            frozenset(self.ready),
            dict(self.exempted),
            frozenset(self.left_alone),
            self.soon,
            self.soon_until,
            self.whole,
            self.common,
        )


def _due(soon: Marks, found: Marks) -> dict[int, list[str]]:
    """Ids of issues by the checks that time will make find something, and that have not found it yet."""
    due: dict[int, list[str]] = {}
    for one, mark in soon.items():
        if left := mark & ~found.get(one, 0):
            due.setdefault(left, []).append(one)
    return due


def _ready(backlog: Backlog) -> Iterator[str]:
    """Ids of those that are asked about, wait to be taken, and are ready."""
    for item in backlog.asked:
        if backlog.is_ranked(item) and not backlog.begun(item) and readiness(backlog, item).ready:
            yield item.id
