"""What a check is and what it finds."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

import msgspec

from app.domain.effects import IssueEffect
from app.domain.grooming.facts import Backlog
from app.domain.grooming.item import Item
from app.domain.grooming.items import Overview


class Weight(IntEnum):
    """How much a finding matters; an issue's findings are added up to say which is worst."""

    LOW = 1
    MEDIUM = 3
    HIGH = 5


class Area(StrEnum):
    """What a check is about, as reports group them."""

    AGE = "Age"
    CONTENT = "Content"
    DATES = "Dates and versions"
    LINKS = "Links"
    HIERARCHY = "Hierarchy"
    SPRINTS = "Sprints"
    ORDER = "Order"
    PEOPLE = "People"
    FLOW = "Flow"


class Reach(StrEnum):
    """What a finding on an issue may depend on, so that nobody asks again where nothing can have changed."""

    ISSUE = "the issue, its parent, its children, its blockers, its sprints, versions and people"
    CLOCK = "likewise, and the instant of the question: what is found stays found while nothing else changes"
    COMMON = "likewise, and which groups of issues it is found in at all: see `Common`"
    BACKLOG = "any other issue of the backlog, too"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change in Jira that would mend what was found.

    Attributes:
        words: what it does, as an order: "Take the fix version 2.0 away".
        effects: what Burnish would do if somebody says yes, in this order.
    """

    words: str
    effects: tuple[IssueEffect, ...]


class Finding(msgspec.Struct, frozen=True, gc=False):
    """One thing that is wrong with one issue.

    Attributes:
        item: the issue that has to be mended.
        reason: a sentence with the values seen.
        todo: what a person does about it, as an order.
        since: since when it is so, where that is known.
    """

    item: Item
    reason: str
    todo: str
    since: datetime | None = None
    proposal: Proposal | None = None


@dataclass(frozen=True, slots=True)
class Common:
    """What a check asks of all issues at once: it is found in some groups of issues, and in no others.

    Attributes:
        found_in: the groups in which something may be found.
        group_of: of each issue its group, as the overview has them.
    """

    found_in: Callable[[Backlog, Any], frozenset[str]]
    group_of: Callable[[Overview], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of finding.

    Attributes:
        name: as policies and the store know it.
        title: as people read it.
        options: a frozen struct whose fields have defaults; `find` is given one.
        find: every issue of a backlog that has it.
        manual: what it finds, why it matters, its options and exemptions, how to mend it.
        reach: what a finding depends on. Unless that is the whole backlog, `find` looks at `backlog.asked`.
        common: of a check of that reach.
    """

    name: str
    title: str
    area: Area
    weight: Weight
    options: type[Any]
    find: Callable[[Backlog, Any], Iterator[Finding]]
    manual: str
    reach: Reach = Reach.ISSUE
    common: Common | None = None
