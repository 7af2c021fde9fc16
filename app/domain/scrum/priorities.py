"""The priorities of a site, by their order: their names are everybody's own."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Priority:
    """One of a site's priorities."""

    id: str
    name: str


Priorities = Sequence[Priority]
"""All that a site has, the most urgent first."""


def high(priorities: Priorities) -> tuple[Priority, ...]:
    """The upper half, the one in the middle left out: of Jira's own five the first two."""
    return tuple(priorities[: len(priorities) // 2])
