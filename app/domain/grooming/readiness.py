"""Readiness: how far an issue meets the Definition of Ready of its type, and what is missing.

Each criterion weighs 3 (must), 2 (should) or 1 (nice); the score is the share of the weights that are met, in
per cent. An issue is ready if no must is missing; a person's word in a comment (/ready, /not-ready) stands
above it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeGuard

from app.domain.grooming import sizes
from app.domain.grooming.commands import NOTHING_SAID
from app.domain.grooming.definitions import FIELD, Definition
from app.domain.grooming.facts import Backlog
from app.domain.grooming.faults import Fault, missing_from
from app.domain.grooming.item import Item


class Tier(StrEnum):
    """How much a criterion matters."""

    MUST = "must"
    SHOULD = "should"
    NICE = "nice"


WEIGHTS: Mapping[Tier, int] = {Tier.MUST: 3, Tier.SHOULD: 2, Tier.NICE: 1}


@dataclass(frozen=True, slots=True)
class Missing:
    """A criterion that is not met, as people name it: "an estimate"."""

    tier: Tier
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """How ready an issue is.

    Attributes:
        score: from 0 to 100.
        missing: what must be there first.
        declared: a person said so, or that it is not.
    """

    item: Item
    score: int
    ready: bool
    missing: tuple[Missing, ...] = ()
    declared: bool = False


Test = Callable[[Backlog, Item], bool]


def _has_words(backlog: Backlog, item: Item) -> bool:
    return len(item.summary.split()) >= backlog.definitions.words


def _is_described(backlog: Backlog, item: Item) -> bool:
    return item.description.characters >= backlog.definitions.characters


def _has_criteria(backlog: Backlog, item: Item) -> bool:
    field = backlog.definitions.criteria_field
    return item.description.has_criteria or (field is not None and bool(item.fields.get(field)))


def _fits(backlog: Backlog, item: Item) -> bool:
    """What is not estimated lacks that, and nothing else."""
    field = backlog.board.estimation_field or ""
    return item.estimate is None or item.estimate <= sizes.most(field, backlog.definitions.most)


def _is_free(backlog: Backlog, item: Item) -> bool:
    return not item.flagged and all(blocker.done for blocker in backlog.blockers(item))


CRITERIA: Mapping[str, tuple[str, Test]] = {
    "summary": ("a summary in words", _has_words),
    "description": ("a description", _is_described),
    "acceptance_criteria": ("acceptance criteria", _has_criteria),
    "steps": ("steps to reproduce", lambda _, item: item.description.has_steps),
    "estimate": ("an estimate", lambda _, item: item.estimate is not None),
    "size": ("a size that fits a sprint", _fits),
    "unblocked": ("a free way (something blocks it)", _is_free),
    "priority": ("a priority", lambda _, item: item.priority is not None),
    "epic": ("an epic", lambda _, item: item.parent is not None),
    "owner": ("an assignee", lambda _, item: item.assignee is not None),
    "component": ("a component", lambda _, item: bool(item.components)),
    "version": ("a fix version", lambda _, item: bool(item.fix_versions)),
    "affects": ("the version it was seen in", lambda _, item: bool(item.affects)),
    "due": ("a due date", lambda _, item: item.due is not None),
}
"""By name what is wanted, and whether an issue has it."""

_NOTHING: tuple[object, ...] = (None, "", [], {})
"""An empty field; the number 0 is a value."""
_OF_ESTIMATES = frozenset({"estimate", "size"})


def readiness(backlog: Backlog, item: Item) -> Readiness:
    """How ready an issue is, by its type's definition."""
    whole = met = 0
    missing = []
    for tier, name in _asked(backlog, backlog.definitions.of(item.type_name)):
        words, test = _criterion(name)
        whole += WEIGHTS[tier]
        if test(backlog, item):
            met += WEIGHTS[tier]
        else:
            missing.append(Missing(tier, name, words))
    declared = backlog.said.get(item.id, NOTHING_SAID).ready
    ready = all(one.tier is not Tier.MUST for one in missing) if declared is None else declared
    score = round(100 * met / whole) if whole else 100
    return Readiness(item, score, ready, tuple(missing), declared is not None)


def _asked(backlog: Backlog, definition: Definition) -> Iterator[tuple[Tier, str]]:
    """A board that counts issues asks for no estimates."""
    counts = backlog.board.estimation_field is None
    tiers = (Tier.MUST, definition.must), (Tier.SHOULD, definition.should), (Tier.NICE, definition.nice)
    for tier, names in tiers:
        for name in names:
            if not (counts and name in _OF_ESTIMATES):
                yield tier, name


def _criterion(name: str) -> tuple[str, Test]:
    if name.startswith(FIELD):
        field = name[len(FIELD) :]
        return f"a value in {field}", lambda _, item: item.fields.get(field) not in _NOTHING
    return CRITERIA[name]


def criteria_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Criteria of definitions, as somebody wrote them, that mean nothing: each with its place."""
    by_type = document.get("by_type")
    named = [(f"/by_type/{name}", one) for name, one in by_type.items()] if _is_mapping(by_type) else []
    for place, definition in [("/otherwise", document.get("otherwise")), *named]:
        for tier in Tier if _is_mapping(definition) else ():
            listed = definition.get(tier.value)
            for number, name in enumerate(listed if isinstance(listed, list | tuple) else ()):
                if isinstance(name, str) and name not in CRITERIA and not name.startswith(FIELD):
                    there = missing_from(name, [*CRITERIA, f"{FIELD}NAME"])
                    message = f"{name!r} is no criterion of a definition of ready; {there}"
                    yield f"{place}/{tier.value}/{number}", message


def _is_mapping(value: Any) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def what_is_missing(found: Readiness) -> str:
    """In words, what must be there first; of a person's word, that it was said."""
    musts = [one.words for one in found.missing if one.tier is Tier.MUST]
    return ", ".join(musts) or "what made somebody write /not-ready"
