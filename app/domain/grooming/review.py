"""All checks over a backlog: what they found, worst first, and how ready what waits is.

Of a hundred thousand issues few are ever told. So what was found is kept as marks, a bit for each check, and
sentences are asked for where somebody reads them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Literal, NamedTuple

import msgspec

from app.domain.grooming.catalogue import BY_NAME, CHECKS
from app.domain.grooming.exemptions import NONE, Exemptions, exempt
from app.domain.grooming.facts import Backlog, Item
from app.domain.grooming.finding import Check, Finding, Proposal, Reach, Weight
from app.domain.grooming.readiness import Readiness, readiness
from app.domain.scrum.scope import issue_order

Marks = Mapping[str, int]
"""By issue id, a bit for each check by its place among those that were asked."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A check with what a team wants of it."""

    check: Check
    options: Any
    weight: Weight
    exemptions: Exemptions = NONE


def as_it_is(check: Check) -> Wanted:
    """With all its defaults."""
    return Wanted(check, check.options(), check.weight)


EVERY_CHECK: tuple[Wanted, ...] = tuple(as_it_is(check) for check in CHECKS)


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
        whole: findings, by id, of checks that look at the whole backlog.
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
    whole: Mapping[str, Mapping[str, Sequence[Finding]]] = field(default_factory=dict)

    @cached_property
    def every(self) -> Sequence[str]:
        """Ids of issues with findings, worst first; of equal ones the higher in the backlog, then by key."""
        by_id, weight_of, marks = self.backlog.by_id, self.weight_of, self.marks
        ranked = [item.id for item in self.backlog.ranked if item.id in marks]
        rest = sorted(marks.keys() - set(ranked), key=lambda one: issue_order(by_id[one].key))
        return sorted((*ranked, *rest), key=lambda one: -weight_of[marks[one]])

    @cached_property
    def worst(self) -> Sequence[str]:
        """Those of them that are told: restricted ones only count."""
        return [one for one in self.every if one not in self.hidden]

    @cached_property
    def hidden(self) -> frozenset[str]:
        """Those of them that are not."""
        by_id, hides = self.backlog.by_id, self.backlog.hides
        return frozenset(one for one in self.marks if hides(by_id[one]))

    def hidden_by(self, name: str) -> int:
        """On how many of these a check found something."""
        bit = self._bit(name)
        return sum(bool(self.marks[one] & bit) for one in self.hidden)

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
        return (self.troubles_of(one) for one in self.worst if self.marks[one] & bit)

    def _bit(self, name: str) -> int:
        return 1 << next(place for place, each in enumerate(self.wanted) if each.check.name == name)

    def told_of(self, item: Item, mark: int) -> tuple[Judged, ...]:
        """What checks say of an issue, the heaviest first; other issues that are restricted have no name."""
        view = self.backlog.told.asking((item,))
        told = []
        for each in self.checks_of(mark):
            whole = self.whole.get(each.check.name)
            found = each.check.find(view, each.options) if whole is None else whole.get(item.id, ())
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

    @cached_property
    def waiting(self) -> tuple[Item, ...]:
        """What is ranked and not begun."""
        return tuple(item for item in self.backlog.ranked if not self.backlog.begun(item))


class Verdict(NamedTuple):
    """What the last look said of an issue: marks of what is found, is proposed and will be found soon."""

    issue_id: str
    mark: int
    proposed: int
    soon: int
    ready: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What the last look at the same backlog said, with the same checks.

    Attributes:
        verdicts: of issues that it would say the same of.
        again: ids of issues of which it may say something else.
        at: when that was; by an earlier clock it says nothing.
        soon_until: until then verdicts say what time alone makes checks find.
    """

    verdicts: Iterable[Verdict]
    again: frozenset[str]
    at: datetime
    soon_until: datetime


AHEAD = timedelta(days=35)
"""So far what only the clock changes is worked out in advance: monthly runs are helped, too."""


def review(backlog: Backlog, wanted: Iterable[Wanted] = EVERY_CHECK, known: Known | None = None) -> Review:
    """Ask every wanted check, and leave out what is exempt.

    Of a backlog that is known, checks are asked about those issues again of which they may say something
    else. What time made them find stays found, and what it will make them find was worked out in advance.
    What looks at the whole backlog is asked about all.
    """
    checks = tuple(wanted)
    if known is not None and not known.at <= backlog.now <= known.soon_until:
        known = None
    looking = _Looking(backlog, checks, known)
    for place, each in enumerate(checks):
        looking.ask(place, each)
    return looking.result()


class _Looking:
    """A review while it goes on."""

    def __init__(self, backlog: Backlog, checks: tuple[Wanted, ...], known: Known | None) -> None:
        self.backlog, self.checks = backlog, checks
        self.exempted: Counter[str] = Counter()
        self.left_alone: set[str] = set()
        self.whole: dict[str, dict[str, list[Finding]]] = {}
        self.marks, self.proposed, self.soon = dict[str, int](), dict[str, int](), dict[str, int]()
        self.ready: set[str] = set()
        self.soon_until = backlog.now + AHEAD
        self.again = backlog
        self.before: dict[str, int] = {}
        if known is not None:
            self._go_on_from(known)
        self.ready.update(_ready(self.again))

    def _go_on_from(self, known: Known) -> None:
        bits = sum(
            1 << place for place, each in enumerate(self.checks) if each.check.reach is not Reach.BACKLOG
        )
        for one, mark, proposed, soon, ready in known.verdicts:
            if mark & bits:
                self.marks[one] = mark & bits
            if proposed & bits:
                self.proposed[one] = proposed & bits
            if soon:
                self.soon[one] = soon
            if soon := soon & ~mark:
                self.before[one] = soon
            if ready:
                self.ready.add(one)
        again = known.again
        self.again = self.backlog.asking(tuple(item for item in self.backlog.items if item.id in again))
        self.soon_until = known.soon_until

    def ask(self, place: int, each: Wanted) -> None:
        """Write down what a check finds, and what it will find."""
        if each.check.reach is Reach.ISSUE:
            self._ask(1 << place, each, self.again)
        elif each.check.reach is Reach.CLOCK:
            self._ask(1 << place, each, self._due(1 << place))
            for finding in each.check.find(self.again.at(self.soon_until), each.options):
                one = finding.item.id
                if not self.marks.get(one, 0) >> place & 1:
                    self.soon[one] = self.soon.get(one, 0) | 1 << place
        else:
            self._ask(1 << place, each, self.backlog.told, self.whole.setdefault(each.check.name, {}))

    def _due(self, bit: int) -> Backlog:
        """What is asked again, and what the last look said that time alone would make the check find."""
        by_id, there = self.backlog.by_id, self.again.asked
        due = tuple(by_id[one] for one, soon in self.before.items() if soon & bit)
        return self.backlog.asking((*there, *due)) if due else self.again

    def _ask(self, bit: int, each: Wanted, of: Backlog, told: dict[str, list[Finding]] | None = None) -> None:
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
                told.setdefault(one, []).append(finding)

    def result(self) -> Review:
        """All that was found."""
        return Review(
            self.backlog,
            self.checks,
            self.marks,
            self.proposed,
            frozenset(self.ready),
            dict(self.exempted),
            frozenset(self.left_alone),
            self.soon,
            self.soon_until,
            self.whole,
        )


def _ready(backlog: Backlog) -> Iterator[str]:
    """Ids of those that are asked about, wait to be taken, and are ready."""
    for item in backlog.asked:
        if backlog.is_ranked(item) and not backlog.begun(item) and readiness(backlog, item).ready:
            yield item.id


def read_wanted(name: str, document: Mapping[str, Any]) -> Wanted:
    """A check as a policy names it: its options, and beside them `weight` and `exempt`.

    Raises:
        msgspec.ValidationError: an option that it does not have, or of another kind.
        KeyError: there is no such check.
    """
    check = BY_NAME[name]
    options = {key: value for key, value in document.items() if key not in {"weight", "exempt"}}
    weight = msgspec.convert(document.get("weight"), Literal["low", "medium", "high"] | None)
    return Wanted(
        check,
        msgspec.convert(options, check.options),
        check.weight if weight is None else _WEIGHTS[weight],
        msgspec.convert(document["exempt"], Exemptions) if document.get("exempt") else NONE,
    )


_WEIGHTS: Mapping[str, Weight] = {weight.name.lower(): weight for weight in Weight}
