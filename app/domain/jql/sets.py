"""Histories of fields whose values come and go one by one, each by an item of its own: versions, components.

As Jira's history index has them: with each change stands all that was there before it and after it, so
`fixVersion CHANGED TO 1.0` is true of any change that leaves 1.0 there, and whoever made it left it there.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from app.domain.jql.plan import Changed, Side, Subject, Was, Window, folded
from app.domain.scrum.issue import Change

Says = Callable[[Subject, Side, str | None, str | None], bool]


class Sets:
    """One such field of one issue.

    Args:
        subject: the field.
        changes: all of it, in order.
        says: whether one side of a change names a value.
        has_now: whether the field has it now.
        number_now: of its values.
    """

    def __init__(
        self,
        subject: Subject,
        changes: Sequence[Change],
        says: Says,
        has_now: Callable[[Side], bool],
        number_now: int,
    ) -> None:
        self._subject = subject
        self._entries = [list(each) for _, each in groupby(changes, key=lambda one: (one.at, one.history_id))]
        self._says, self._has_now, self._number_now = says, has_now, number_now

    def had(self, condition: Was, side: Side, created: datetime, first_giver: frozenset[str]) -> bool:
        """Whether it was there within the window, left or put there by one of those people."""
        begins = [created, *(entry[0].at for entry in self._entries)]
        givers = [first_giver, *(frozenset({folded(entry[0].author or "")}) for entry in self._entries)]
        ends = [*begins[1:], None]
        return any(
            was_there
            and _overlap(condition.window, begin, end)
            and (condition.by is None or not condition.by.isdisjoint(people))
            for was_there, begin, end, people in zip(self._states(side), begins, ends, givers, strict=True)
        )

    def changed(self, condition: Changed, inside: Callable[[datetime, Window], bool]) -> bool:
        """Whether there is such a change."""
        sides = (condition.before, condition.after)
        before, after = (None if each is None else self._any_state(each) for each in sides)
        return any(
            inside(one.at, condition.window)
            and (condition.by is None or folded(one.author or "") in condition.by)
            and (
                before is None or before[place] or self._tells(condition.before, one.before, one.before_text)
            )
            and (after is None or after[place + 1] or self._tells(condition.after, one.after, one.after_text))
            for place, entry in enumerate(self._entries)
            for one in entry
        )

    def _tells(self, side: Side | None, ids: str | None, text: str | None) -> bool:
        """Whether a change itself names the value, be it that the issue of now tells otherwise."""
        return side is not None and self._says(self._subject, replace(side, blank=False), ids, text)

    def _any_state(self, side: Side) -> list[bool]:
        """As `_states`, of several values any."""
        sides = [Side(frozenset({term})) for term in sorted(side.terms)]
        sides += [Side(frozenset(), blank=True)] if side.blank else []
        return [any(each) for each in zip(*map(self._states, sides), strict=True)]

    def _states(self, side: Side) -> list[bool]:
        """Whether the value (or none) was there at first, and after each entry: told backwards from now."""
        there, number = self._has_now(side), self._number_now
        found = [number <= 0 if side.blank else there]
        for entry in reversed(self._entries):
            for change in reversed(entry):
                before = self._says(self._subject, side, change.before, change.before_text)
                after = self._says(self._subject, side, change.after, change.after_text)
                there = before if before != after else there
                number += bool(change.before or change.before_text) - bool(change.after or change.after_text)
            found.append(number <= 0 if side.blank else there)
        return found[::-1]


def _overlap(window: Window, begin: datetime, end: datetime | None) -> bool:
    return (window.end is None or begin < window.end) and (
        window.start is None or end is None or end > window.start
    )
