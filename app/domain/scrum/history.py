"""What an issue was at an instant, read backwards from what it is now.

Jira keeps no creation values: an issue made straight into a sprint has no Sprint item in its changelog. So
the present value is what we know, and each change takes it one step back: before the first change after
an instant, the field had that change's `before`; with no later change it has its present value.

Where two neighbouring changes contradict each other (one ends with 5 points, the next begins with 3), the
later witness is believed and the place is reported by `gaps`: no number may hide that its history has a hole.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from itertools import zip_longest
from operator import attrgetter

import msgspec

from app.domain.scrum.issue import ASSIGNEE, PRIORITY, STATUS, Change, Issue
from app.domain.scrum.numbers import number_said
from app.domain.scrum.units import in_unit

MOST_DIGITS = 9
MOST_DECIMALS = 17
"""Estimates outside these are unreadable: sums of thousands of them must stay exact in 28 digits."""


@dataclass(frozen=True, slots=True)
class Fields:
    """Ids of the fields that differ from site to site and board to board.

    Attributes:
        sprint: the site's Sprint field, such as `customfield_10020`.
        estimate: the board's estimation field; None where the board counts issues.
    """

    sprint: str
    estimate: str | None


class State(msgspec.Struct, frozen=True, gc=False):
    """What an issue was between two changes; a missing estimate is None, not 0.

    There are a million of these and of steps at once; none can be part of a circle, so garbage is not looked
    for among them.
    """

    status_id: str
    status_name: str
    sprint_ids: frozenset[int]
    estimate: Decimal | None


class Step(msgspec.Struct, frozen=True, gc=False):
    """All that one changelog entry changed at once: status, Sprint and estimate have no order among them."""

    at: datetime
    before: State
    after: State
    status: Change | None = None
    sprint: Change | None = None
    estimate: Change | None = None


_WHEN = attrgetter("at")


@dataclass(frozen=True, slots=True)
class History:
    """The states of an issue, oldest first.

    Attributes:
        initial: as created, as far as the changelog tells.
        changes: of whatever field, by field, each oldest first.
    """

    initial: State
    steps: tuple[Step, ...]
    changes: Mapping[str, Sequence[Change]]

    def changes_of(self, field: str) -> Sequence[Change]:
        """All changes of one field, oldest first."""
        return self.changes.get(field, ())

    def at(self, instant: datetime) -> State:
        """The state at an instant; a change at exactly that instant has already happened."""
        return self._after(bisect_right(self.steps, instant, key=_WHEN))

    def between(self, start: datetime, end: datetime) -> tuple[State, Sequence[Step], State]:
        """The state at an instant, the steps after it up to a later one, and the state then."""
        first = bisect_right(self.steps, start, key=_WHEN)
        last = bisect_right(self.steps, end, first, key=_WHEN)
        return self._after(first), self.steps[first:last], self._after(last)

    def _after(self, number: int) -> State:
        return self.steps[number - 1].after if number else self.initial


@dataclass(frozen=True, slots=True)
class Gap:
    """A change whose new value is not what the field had next, or a value that cannot be read."""

    field: str
    at: datetime
    said: str
    had: str


in_order: Callable[[Change], tuple[datetime, int, int]] = attrgetter("at", "history_id", "position")
"""Key that puts changes in the order in which they happened."""
_SAID = 10_000
"""Texts of sprints and of estimates that are remembered: histories say the same few again and again."""


def changes_of(issue: Issue, field: str) -> list[Change]:
    """All changes of one field, oldest first."""
    found = [change for change in issue.changes if change.field == field]
    return sorted(found, key=in_order) if len(found) > 1 else found


def _by_field(changes: Iterable[Change]) -> dict[str, list[Change]]:
    found: defaultdict[str, list[Change]] = defaultdict(list)
    for change in changes:
        found[change.field].append(change)
    return found


@lru_cache(_SAID)
def read_sprint_ids(text: str | None) -> frozenset[int]:
    """The ids in a Sprint item's `from` or `to`: "1, 2", "1,2", "" or nothing."""
    parts = (part.strip() for part in (text or "").split(","))
    return frozenset(int(part) for part in parts if part.isascii() and part.isdigit())


@lru_cache(_SAID)
def read_estimate(text: str | None, field: str | None) -> Decimal | None:
    """An estimate as a changelog writes it: "3.0", "3", "" or nothing; what is not a number is None.

    It comes in the board's unit: of a `field` that holds seconds, hours.
    """
    number = number_said(text or "")
    if number is None:
        return None
    exponent = number.as_tuple().exponent
    fits = number.adjusted() < MOST_DIGITS and isinstance(exponent, int) and exponent >= -MOST_DECIMALS
    return in_unit(number, field) if fits else None


def read_history(issue: Issue, fields: Fields) -> History:
    """Rewind status, Sprint and estimate through the whole changelog, the newest entry first."""
    of_sprints = fields.sprint
    wanted = {STATUS, of_sprints, fields.estimate}
    every = sorted(issue.changes, key=in_order)
    changes = [change for change in every if change.field in wanted]
    keys = [in_order(change) for change in changes]
    status_id, status_name = issue.status_id, issue.status_name
    sprint_ids, estimate = issue.sprint_ids, issue.estimate
    state = State(status_id, status_name, sprint_ids, estimate)
    steps: list[Step] = []
    while keys:
        key, after = keys[-1], state
        of_status = of_sprint = of_estimate = None
        while keys and keys[-1] == key:
            keys.pop()
            change = changes.pop()
            field = change.field
            if field == STATUS:
                of_status = of_status or change
                status_id, status_name = _status_before(change, changes)
            elif field == of_sprints:
                of_sprint = of_sprint or change
                sprint_ids = read_sprint_ids(change.before)
            else:
                of_estimate = of_estimate or change
                estimate = read_estimate(change.before_text, field)
        state = State(status_id, status_name, sprint_ids, estimate)
        steps.append(Step(key[0], state, after, of_status, of_sprint, of_estimate))
    return History(state, tuple(reversed(steps)), _by_field(every))


def _status_before(change: Change, earlier: Sequence[Change]) -> tuple[str, str]:
    """Migrated and imported histories may lack the old status: then the change before it knows."""
    if change.before:
        return change.before, change.before_text or ""
    last = next((each for each in reversed(earlier) if each.field == STATUS), None)
    return ("", "") if last is None else (last.after or "", last.after_text or "")


class Histories:
    """Histories of issues, each read once however many sprints and figures ask.

    Attributes:
        read: by id, issues with the histories that were read of them.
    """

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self.read: dict[str, tuple[Issue, History]] = {}

    def of(self, issue: Issue) -> History:
        """Its history."""
        known = self.read.get(issue.id)
        if known is None or known[0] is not issue:
            known = self.read[issue.id] = (issue, read_history(issue, self._fields))
        return known[1]

    def take(self, others: "Histories") -> None:
        """What was read elsewhere of the same fields."""
        self.read |= others.read


def status_at(issue: Issue, at: datetime) -> str:
    """Id of the status that an issue had at an instant; as created, for instants before its creation."""
    return read_history(issue, Fields(sprint="", estimate=None)).at(at).status_id


def flagged_since(
    issue: Issue, at: datetime, *, flag_field: str, history: History | None = None
) -> datetime | None:
    """When the flag was raised that the issue carried at an instant; None where it carried none.

    A flag without any change was raised when the issue was created. `history` is given where it was read.
    """
    changes = changes_of(issue, flag_field) if history is None else history.changes_of(flag_field)
    up_to = [change for change in changes if change.at <= at]
    later = changes[len(up_to) :]
    flagged = _is_flag(later[0].before, later[0].before_text) if later else issue.flagged
    if not flagged:
        return None
    since = issue.created
    for change in up_to:
        if not _is_flag(change.before, change.before_text):
            since = change.at
    return since


def assignee_at(issue: Issue, at: datetime, *, history: History) -> str | None:
    """Who had the issue at an instant, by name."""
    later = _first_after(history, ASSIGNEE, at)
    return issue.assignee if later is None else later.before_text


def priority_at(issue: Issue, at: datetime, *, history: History) -> str | None:
    """Id of the priority that an issue had at an instant."""
    later = _first_after(history, PRIORITY, at)
    return issue.priority if later is None else later.before


def _first_after(history: History, field: str, at: datetime) -> Change | None:
    return next((change for change in history.changes_of(field) if change.at > at), None)


def gaps(issue: Issue, fields: Fields, history: History | None = None) -> tuple[Gap, ...]:
    """Places where the changelog contradicts itself or cannot be read, oldest first."""
    by_field = history.changes if history else _by_field(sorted(issue.changes, key=in_order))
    found: list[Gap] = []
    for field in (STATUS, fields.sprint, fields.estimate):
        if field is None:
            continue
        changes = by_field.get(field, ())
        for change, following in zip_longest(changes, changes[1:]):
            if following and (change.after, change.after_text) == (following.before, following.before_text):
                continue
            said, had = _readings(issue, field, fields, change, following)
            if said != had:
                found.append(Gap(field, change.at, said, had))
    if fields.estimate:
        found += [
            Gap(fields.estimate, change.at, text, "not a number")
            for change in by_field.get(fields.estimate, ())
            for text in (change.before_text, change.after_text)
            if text and text.strip() and read_estimate(text, fields.estimate) is None
        ]
    return tuple(sorted(found, key=lambda gap: (gap.at, gap.field, gap.said)))


def _readings(
    issue: Issue, field: str, fields: Fields, change: Change, following: Change | None
) -> tuple[str, str]:
    """What a change says the new value is, and what the field had next, both as text."""
    if field == STATUS:
        return (change.after or "", (following.before or "") if following else issue.status_id)
    if field == fields.sprint:
        had_ids = read_sprint_ids(following.before) if following else issue.sprint_ids
        return (_listed(read_sprint_ids(change.after)), _listed(had_ids))
    had = read_estimate(following.before_text, field) if following else issue.estimate
    return (_number(read_estimate(change.after_text, field)), _number(had))


@lru_cache(_SAID)
def _listed(ids: frozenset[int]) -> str:
    return ", ".join(map(str, sorted(ids)))


def _number(value: Decimal | None) -> str:
    return "" if value is None else format(value.normalize(), "f")


def _is_flag(value: str | None, text: str | None) -> bool:
    return bool((value or "").strip() or (text or "").strip())
