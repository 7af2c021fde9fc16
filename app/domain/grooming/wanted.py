"""A check with what a team wants of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from app.domain.grooming.catalogue import BY_NAME, CHECKS
from app.domain.grooming.exemptions import NONE, Exemptions
from app.domain.grooming.faults import Fault, faults_of
from app.domain.grooming.finding import Check, Weight

_Weight = Literal["low", "medium", "high"] | None


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


def read_wanted(name: str, document: Mapping[str, Any]) -> Wanted:
    """A check as a policy names it: its options, and beside them `weight` and `exempt`.

    Raises:
        msgspec.ValidationError: an option that it does not have, or of another kind.
        KeyError: there is no such check.
    """
    check = BY_NAME[name]
    options = {key: value for key, value in document.items() if key not in {"weight", "exempt"}}
    weight = msgspec.convert(document.get("weight"), _Weight)
    return Wanted(
        check,
        msgspec.convert(options, check.options),
        check.weight if weight is None else _WEIGHTS[weight],
        msgspec.convert(document["exempt"], Exemptions) if document.get("exempt") else NONE,
    )


def faults_of_options(name: str, document: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with what a policy says of a check that there is."""
    yield from faults_of(document, BY_NAME[name].options, also=("weight", "exempt"))
    yield from faults_of(document.get("weight"), _Weight, "/weight")
    if document.get("exempt"):
        yield from faults_of(document["exempt"], Exemptions, "/exempt")


_WEIGHTS: Mapping[str, Weight] = {weight.name.lower(): weight for weight in Weight}
