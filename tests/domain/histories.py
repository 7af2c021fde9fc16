"""Random but legal issue histories, played forward as a team would, and recorded as Jira would.

Times are minutes around a sprint from minute 100 to minute 200, few enough that several things often happen
in one minute, at exactly the start and at exactly the end.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

from hypothesis import strategies as st

from app.domain.scrum.issue import Change, Issue
from tests.factories import (
    DONE,
    IN_PROGRESS,
    SPRINT_FIELD,
    SPRINT_ID,
    TO_DO,
    UNMAPPED,
    a_change,
    an_issue,
    estimated,
    moved,
)

ZERO = datetime(2026, 3, 2, tzinfo=UTC)
START_MINUTE, END_MINUTE, LAST_MINUTE = 100, 200, 260
STATUSES = (TO_DO, DONE, IN_PROGRESS, DONE, UNMAPPED)
SPRINTS = (frozenset[int](), frozenset({SPRINT_ID}), frozenset({3}), frozenset({3, SPRINT_ID}))
ESTIMATES = (None, Decimal(0), Decimal("0.5"), Decimal(3), Decimal(5), Decimal(8))


@dataclass(frozen=True)
class Now:
    """What an issue is at present."""

    status: str
    sprints: frozenset[int]
    estimate: Decimal | None


@dataclass(frozen=True)
class Played:
    """One issue's life, told twice: as it went, and as the issue with its changelog that Jira ends up with.

    Attributes:
        entries: minute and what the issue was after it, in order.
    """

    created: int
    deleted: int | None
    first: Now
    entries: tuple[tuple[int, Now], ...]
    issue: Issue


def at(minute: int) -> datetime:
    return ZERO + timedelta(minutes=minute)


def ids(sprints: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(sprints)))


_MINUTES = st.one_of(
    st.sampled_from([START_MINUTE - 1, START_MINUTE, START_MINUTE + 1, END_MINUTE, END_MINUTE + 1]),
    st.integers(0, LAST_MINUTE),
)
_NOWS = st.builds(Now, st.sampled_from(STATUSES), st.sampled_from(SPRINTS), st.sampled_from(ESTIMATES))
_ENTRIES = st.lists(st.tuples(_MINUTES, _NOWS, st.sampled_from("sssppeea")), max_size=12)
_CREATED = st.one_of(st.just(0), st.integers(0, END_MINUTE + 20))
_ONE_IN_FOUR = st.sampled_from([False, False, False, True])


@st.composite
def plays(draw: Callable[..., object], number: int = 1) -> Played:
    """A life: most entries change one field, some change all at once."""
    created = draw(_CREATED)
    deleted = draw(st.integers(created, LAST_MINUTE)) if draw(_ONE_IN_FOUR) else None
    first, wishes, is_subtask = draw(_NOWS), draw(_ENTRIES), draw(_ONE_IN_FOUR)
    return _lived(number, created, deleted, first, wishes, is_subtask=is_subtask)


def random_lives(chance: random.Random) -> list[Played]:
    """The issues around one sprint, thrown fast: for many thousands of histories."""
    return [_random_life(chance, number) for number in range(1, chance.randint(2, 7))]


def _random_life(chance: random.Random, number: int) -> Played:
    edges = (START_MINUTE - 1, START_MINUTE, START_MINUTE + 1, END_MINUTE, END_MINUTE + 1)

    def minute() -> int:
        return chance.choice(edges) if chance.random() < 0.4 else chance.randint(0, LAST_MINUTE)

    def wish() -> Now:
        return Now(chance.choice(STATUSES), chance.choice(SPRINTS), chance.choice(ESTIMATES))

    created = 0 if chance.random() < 0.5 else chance.randint(0, END_MINUTE + 20)
    deleted = chance.randint(created, LAST_MINUTE) if chance.random() < 0.2 else None
    wishes = [(minute(), wish(), chance.choice("sssppeea")) for _ in range(chance.randint(0, 12))]
    is_subtask = chance.random() < 0.2
    return _lived(number, created, deleted, wish(), wishes, is_subtask=is_subtask)


def _lived(
    number: int,
    created: int,
    deleted: int | None,
    first: Now,
    wishes: list[tuple[int, Now, str]],
    *,
    is_subtask: bool,
) -> Played:
    now = first
    entries: list[tuple[int, Now]] = []
    changes: list[Change] = []
    for order, (minute, wish, what) in enumerate(sorted(wishes, key=lambda wish: wish[0])):
        if minute < created or (deleted is not None and minute > deleted):
            continue
        after = {
            "s": replace(now, status=wish.status),
            "p": replace(now, sprints=wish.sprints),
            "e": replace(now, estimate=wish.estimate),
            "a": wish,
        }[what]
        changes += recorded(minute, order + 1000 * number, now, after)
        now = after
        entries.append((minute, now))
    issue = an_issue(
        f"BURN-{number}",
        created=at(created),
        deleted_at=None if deleted is None else at(deleted),
        status=now.status,
        sprints=now.sprints,
        points=now.estimate,
        is_subtask=is_subtask,
        changes=tuple(changes),
    )
    return Played(created, deleted, first, tuple(entries), issue)


def recorded(minute: int, history_id: int, before: Now, after: Now) -> list[Change]:
    """The items of one changelog entry."""
    items = []
    if before.status != after.status:
        items.append(moved(at(minute), before.status, after.status, history_id=history_id))
    if before.sprints != after.sprints:
        lists = (ids(before.sprints), ids(after.sprints))
        items.append(a_change(SPRINT_FIELD, at(minute), *lists, history_id=history_id))
    if before.estimate != after.estimate:
        items.append(estimated(at(minute), before.estimate, after.estimate, history_id=history_id))
    return items


def sprints_of(most: int = 6) -> st.SearchStrategy[list[Played]]:
    """The issues around one sprint."""
    return st.integers(1, most).flatmap(_so_many)


@cache  # Hypothesis looks a strategy over when it first meets it, which takes longer than a draw
def _so_many(count: int) -> st.SearchStrategy[list[Played]]:
    return st.tuples(*(plays(number) for number in range(1, count + 1))).map(list)
