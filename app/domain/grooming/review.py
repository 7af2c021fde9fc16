"""All checks over a backlog: what they found, worst first, and how ready what waits is."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import msgspec

from app.domain.grooming.catalogue import BY_NAME, CHECKS
from app.domain.grooming.exemptions import NONE, Exemptions, exempt
from app.domain.grooming.facts import Backlog, Item
from app.domain.grooming.finding import Check, Finding, Weight
from app.domain.grooming.readiness import Readiness, readiness
from app.domain.scrum.scope import issue_order


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

    @property
    def identity(self) -> tuple[str, str]:
        """What tells it from others, today and next week: the check and the issue's id."""
        return self.check.name, self.finding.item.id


@dataclass(frozen=True, slots=True)
class Troubled:
    """An issue with all that was found on it, the heaviest first."""

    item: Item
    judged: tuple[Judged, ...]

    @property
    def weight(self) -> int:
        """How bad it is."""
        return sum(one.weight for one in self.judged)


@dataclass(frozen=True)
class Review:
    """What all checks said.

    Attributes:
        exempted: how many findings were left out, by reason.
    """

    backlog: Backlog
    wanted: tuple[Wanted, ...]
    judged: tuple[Judged, ...]
    exempted: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def troubled(self) -> tuple[Troubled, ...]:
        """Issues with findings, worst first; of equal ones the higher in the backlog, then by key."""
        found: defaultdict[str, list[Judged]] = defaultdict(list)
        for one in self.judged:
            found[one.finding.item.id].append(one)
        places = {item.id: place for place, item in enumerate(self.backlog.ranked)}
        every = [
            Troubled(group[0].finding.item, tuple(sorted(group, key=lambda one: -one.weight)))
            for group in found.values()
        ]
        last = len(places)
        every.sort(key=lambda one: (-one.weight, places.get(one.item.id, last), issue_order(one.item.key)))
        return tuple(every)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Findings by the name of their check, those that found nothing included."""
        found = Counter(one.check.name for one in self.judged)
        return {each.check.name: found[each.check.name] for each in self.wanted}

    @cached_property
    def readiness(self) -> tuple[Readiness, ...]:
        """Of what waits in the backlog, in its order; what is in progress is past it."""
        return tuple(
            readiness(self.backlog, item) for item in self.backlog.ranked if not self.backlog.begun(item)
        )


def review(backlog: Backlog, wanted: Iterable[Wanted] = EVERY_CHECK) -> Review:
    """Ask every wanted check, and leave out what is exempt."""
    checks = tuple(wanted)
    judged: list[Judged] = []
    exempted: Counter[str] = Counter()
    for each in checks:
        for finding in each.check.find(backlog, each.options):
            why = exempt(backlog, finding.item, each.exemptions)
            if why is None:
                judged.append(Judged(each.check, each.weight, finding))
            else:
                exempted[why] += 1
    return Review(backlog, checks, tuple(judged), dict(exempted))


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
        msgspec.convert(document.get("exempt") or {}, Exemptions),
    )


_WEIGHTS: Mapping[str, Weight] = {weight.name.lower(): weight for weight in Weight}
