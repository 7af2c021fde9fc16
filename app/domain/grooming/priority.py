"""Priority by a formula: what each issue scores, and how the order by scores differs from today's ranks.

Nothing is ranked here: the difference is shown, with what explains it, for a product owner to decide.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec

from app.domain.grooming.facts import Backlog
from app.domain.grooming.faults import Fault, missing_from, shown
from app.domain.grooming.formula import Formula, FormulaNotUnderstood, read_formula
from app.domain.grooming.item import Item
from app.domain.scrum.numbers import number_said

KNOWN: Mapping[str, str] = {
    "rice": "reach * impact * confidence / effort",
    "wsjf": "(value + time_criticality + risk_reduction) / size",
    "ice": "impact * confidence * ease",
    "moscow": "moscow",
}
"""Formulas in general use, in the words of those who made them. RICE: Intercom; WSJF: Reinertsen's cost of
delay by size, with SAFe's parts; ICE: Ellis; MoSCoW: Clegg, as a scale from 4 (must) to 1 (won't)."""
MOSCOW: Mapping[str, float] = {"must": 4, "should": 3, "could": 2, "won't": 1, "wont": 1, "would": 1}
COUNTED: Mapping[str, tuple[str, str]] = {"votes": ("votes", "votes"), "watchers": ("watches", "watchCount")}
"""Names that Jira counts people under: its field, and where in it the count stands."""
BUILT_IN = frozenset({"age_days", "estimate", "urgency", "blocks", *COUNTED})
"""Names that need no field: days since it was made; its estimate; 1 for the least urgent priority and one
more for each step up; how many open issues wait for it; how many people voted for it, and watch it."""


class Links(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a name of a formula counts among the issues that one is linked with.

    Attributes:
        type: name of the type of links, or its words as the issue shows them; without, all count.
        project: key of the others' project; without, of any.
        sum: name of their field whose numbers are added up; without, they are counted.
    """

    type: str | None = None
    project: str | None = None
    sum: str | None = None

    def value(self, linked: Iterable["Linked"]) -> float:
        """Of one issue; what has no number adds nothing."""
        wanted = [one for one in linked if self._means(one)]
        if self.sum is None:
            return float(len(wanted))
        return float(sum(number_in(one.fields.get(self.sum)) or 0 for one in wanted))

    def _means(self, one: "Linked") -> bool:
        said = {one.type_name.casefold(), one.words.casefold()}
        return (self.type is None or self.type.casefold() in said) and self.project in {None, one.project_key}


@dataclass(frozen=True, slots=True)
class Linked:
    """An issue that another one is linked with.

    Attributes:
        words: how the other one reads the link: "is blocked by".
        fields: of the linked issue, by name, where they were asked for.
    """

    type_name: str
    words: str
    project_key: str
    fields: Mapping[str, object]


NOT_LINKED: Mapping[str, tuple[Linked, ...]] = MappingProxyType({})


class Scoring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a team scores its backlog.

    Attributes:
        formula: one of `KNOWN`, or an expression.
        fields: by a name of the formula, the name of the field that holds it.
        links: by a name of the formula, which linked issues it counts.
        otherwise: by a name of the formula, what an empty field counts; without, the issue has no score.
    """

    formula: str
    fields: Mapping[str, str] = msgspec.field(default_factory=dict)
    otherwise: Mapping[str, float] = msgspec.field(default_factory=dict)
    links: Mapping[str, Links] = msgspec.field(default_factory=dict)

    def read(self) -> Formula:
        """The formula, all of whose names have a field or a meaning of their own.

        Raises:
            FormulaNotUnderstood: it is none, or names mean nothing; it tells all of these.
        """
        formula = read_formula(KNOWN.get(self.formula.lower(), self.formula))
        if faults := list(self._meaningless(formula)):
            raise FormulaNotUnderstood(" ".join(fault for _, fault in faults))
        return formula

    def faults(self) -> Iterator[Fault]:
        """All that is wrong with it, each with its place; also words on names that the formula lacks."""
        try:
            formula = read_formula(KNOWN.get(self.formula.lower(), self.formula))
        except FormulaNotUnderstood as error:
            yield "/formula", str(error)
            return
        yield from self._meaningless(formula)
        for part in ("fields", "links", "otherwise"):
            for name, value in getattr(self, part).items():
                if name not in formula.names:
                    there = missing_from(name, sorted(formula.names))
                    told = shown(msgspec.to_builtins(value))
                    yield f"/{part}/{name}", f"the formula has no {name!r}, so {told} means nothing; {there}"

    def _meaningless(self, formula: Formula) -> Iterator[Fault]:
        for name in sorted(self.fields.keys() & self.links.keys()):
            yield f"/links/{name}", f"{name!r} stands under `fields` and under `links`; say one of them."
        if nameless := sorted(formula.names - BUILT_IN - self.fields.keys() - self.links.keys()):
            yield "/fields", _nameless(nameless)

    @property
    def asked(self) -> frozenset[str]:
        """Fields of an issue that the formula needs, by name, or by id where Jira gives them no other."""
        names = read_formula(KNOWN.get(self.formula.lower(), self.formula)).names - self.fields.keys()
        names -= self.links.keys()
        return frozenset(self.fields.values()) | {COUNTED[name][0] for name in names & COUNTED.keys()}


def _nameless(names: Sequence[str]) -> str:
    """Names of a formula that nothing holds; the words of formulas in general use are theirs."""
    if len(names) == 1:
        return f"{names[0]!r} needs a field: say which one holds it, under `fields`."
    told = f"{', '.join(map(repr, names[:-1]))} and {names[-1]!r}"
    shown = ", ".join(f'{name} = "\u2026"' for name in names)
    return f"{told} need fields: say which one holds each, as in fields = {{ {shown} }}."


@dataclass(frozen=True, slots=True)
class ScoringVersion:
    """Which version of a board's scoring is meant.

    Attributes:
        since: when the settings first said it.
        made_by: whose edit that was, as the audit names them; None where it is not known.
    """

    number: int
    since: datetime
    made_by: str | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """An issue with its score.

    Attributes:
        value: None where a value is missing; `missing` says which.
        parts: what went into it.
        today, proposed: its place in the backlog, from 1; what has no score keeps its place among the others.
    """

    item: Item
    value: float | None
    parts: Mapping[str, float]
    missing: tuple[str, ...]
    today: int
    proposed: int = 0

    @property
    def moves(self) -> int:
        """Places upwards; negative downwards."""
        return self.today - self.proposed


@dataclass(frozen=True, slots=True)
class Inversion:
    """An issue that scores more and stands below one that scores less."""

    above: Scored
    below: Scored


@dataclass(frozen=True)
class Ranking:
    """Today's order beside the one by scores.

    Attributes:
        scored: in the proposed order.
        inversions: the largest first; for each issue the one with the highest score below it.
    """

    formula: Formula
    scored: tuple[Scored, ...]
    inversions: tuple[Inversion, ...] = field(default=())


def rank(
    backlog: Backlog, scoring: Scoring, linked: Mapping[str, tuple[Linked, ...]] = NOT_LINKED
) -> Ranking:
    """What the backlog would look like by scores, the highest first.

    What has no score stays in its place: nobody knows whether it is worth more or less than its neighbours.

    Args:
        backlog: whose issues.
        scoring: how.
        linked: by issue id what it is linked with, where the scoring counts links.

    Raises:
        FormulaNotUnderstood: see `Scoring.read`.
    """
    formula = scoring.read()
    waits: dict[str, int] = {}
    for blocker, _ in backlog.blocks:
        waits[blocker] = waits.get(blocker, 0) + 1
    lowest = max((one.priority_place or 0 for one in backlog.items), default=0)
    today = [
        _score(
            backlog,
            item,
            scoring,
            formula,
            place,
            {"blocks": waits.get(item.id, 0), "lowest": lowest},
            linked.get(item.id, ()),
        )
        for place, item in enumerate(backlog.ranked, 1)
    ]
    by_score = iter(sorted((one for one in today if one.value is not None), key=_order))
    proposed = [one if one.value is None else next(by_score) for one in today]
    scored = tuple(_placed(one, place) for place, one in enumerate(proposed, 1))
    return Ranking(formula, scored, _inversions(scored))


def _order(one: Scored) -> tuple[float, int]:
    return -(one.value or 0), one.today


def _placed(one: Scored, place: int) -> Scored:
    return Scored(one.item, one.value, one.parts, one.missing, one.today, place)


def _score(
    backlog: Backlog,
    item: Item,
    scoring: Scoring,
    formula: Formula,
    place: int,
    known: Mapping[str, int],
    linked: Sequence[Linked],
) -> Scored:
    parts: dict[str, float] = {}
    missing = []
    for name in sorted(formula.names):
        counts = scoring.links.get(name)
        value = counts.value(linked) if counts else _part(backlog, item, scoring, name, known)
        if value is None:
            value = scoring.otherwise.get(name)
        if value is None:
            missing.append(name)
        else:
            parts[name] = value
    return Scored(item, None if missing else formula.value(parts), parts, tuple(missing), place)


def _part(
    backlog: Backlog, item: Item, scoring: Scoring, name: str, known: Mapping[str, int]
) -> float | None:
    if name in scoring.fields:
        return number_in(item.fields.get(scoring.fields[name]))
    if name in COUNTED:
        counted, part = COUNTED[name]
        found = item.fields.get(counted)
        return number_in(found.get(part)) if isinstance(found, Mapping) else None
    if name == "age_days":
        return backlog.days_since(item.created)
    if name == "estimate":
        return None if item.estimate is None else float(item.estimate)
    if name == "urgency":
        return None if item.priority_place is None else known["lowest"] - item.priority_place + 1
    return known["blocks"]


def number_in(value: Any) -> float | None:
    """The number that a field holds: itself, a choice that is one ("3", "80 %"), or a word of MoSCoW's."""
    if isinstance(value, Mapping):
        value = value.get("value") or value.get("name")
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float | Decimal):
        return float(value)
    text = str(value).strip().lower()
    word, *behind = text.replace("\u2019", "'").split() or [""]
    if word in MOSCOW and behind[:1] != ["not"]:
        return MOSCOW[word]
    share = text.endswith("%")
    found = number_said(text.rstrip("% "))
    if found is None:
        return None
    return float(found) / 100 if share else float(found)


def _inversions(scored: Sequence[Scored]) -> tuple[Inversion, ...]:
    """For each issue the best one that stands below it today and scores more."""
    best: Scored | None = None
    found = []
    for one in sorted(scored, key=lambda each: -each.today):
        if one.value is None:
            continue
        if best is not None and (best.value or 0) > one.value:
            found.append(Inversion(one, best))
        if best is None or one.value >= (best.value or 0):
            best = one
    return tuple(sorted(found, key=lambda each: (each.above.value or 0) - (each.below.value or 0)))
