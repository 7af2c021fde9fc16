"""What was: conditions on histories as SQL, each of one issue `i`."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from app.domain.jql.plan import Changed, Kind, Side, Subject, Was, Window
from app.store.jql_dialects import Postgresql, Sqlite

_CREATOR = Subject("creator", Kind.KEYED, frozenset({"creator"}))
_IN_ORDER = "m.at {way}, m.history_id {way}, m.position {way}"


class Present(Protocol):
    """What the compiler of the present gives."""

    dialect: Sqlite | Postgresql
    is_narrow: bool

    def bind(self, value: Any) -> str:
        """A parameter."""
        ...

    def is_in(self, expression: str, values: Sequence[str]) -> str:
        """Whether a text is one of several."""
        ...

    def has(self, subject: Subject, terms: frozenset[str]) -> str:
        """Whether the field has one of the terms now."""
        ...

    def filled(self, subject: Subject) -> str:
        """Whether the field has a value now."""
        ...

    def holds(self, whole: str, part: str) -> str:
        """Whether a text holds another."""
        ...


class Histories:
    """Compiles WAS and CHANGED."""

    def __init__(self, present: Present) -> None:
        self.present = present
        self.dialect, self.bind = present.dialect, present.bind

    def was(self, condition: Was) -> str:
        """Whether the field had one of the values within the window."""
        return f"({' OR '.join(self._had(condition, side) for side in condition.sides) or '1 = 0'})"

    def changed(self, condition: Changed) -> str:
        """Whether there is such a change."""
        parts = [self._of("c", condition.subject), *within("c.at", condition.window, self.bind)]
        is_recent = condition.window.start is not None and not self.present.is_narrow
        if is_recent:
            # Few changes are that new: they are found first, by field and instant, and then their issues.
            parts[0] = parts[0].replace("c.site_id = i.site_id AND c.issue_id = i.id", "c.site_id = :site")
        if condition.by is not None:
            parts.append(self._by("c", condition.by))
        for side, when in ((condition.before, "before"), (condition.after, "after")):
            if side is not None:
                parts.append(self._says("c", condition.subject, side, when))
        if is_recent:
            return f"i.id IN (SELECT c.issue_id FROM changes c WHERE {' AND '.join(parts)})"
        return f"EXISTS (SELECT 1 FROM changes c WHERE {' AND '.join(parts)})"

    def _had(self, condition: Was, side: Side) -> str:
        """The spans of `app.domain.jql.memory`: from an arrival, or the creation, to the next move."""
        start, end = condition.window.start, condition.window.end
        if condition.by is None and (start is None or end is None or start < end):
            return self._had_by_anybody(condition.subject, side, condition.window)
        return self._had_by(condition, side, condition.by)

    def _had_by_anybody(self, subject: Subject, side: Side, window: Window) -> str:
        """It was so when the window began, or became so within it."""
        moves = self._moves(subject, side)
        arrival = self._arrival(subject, side)
        begun = "1 = 1"
        if window.start is not None:
            arrival.append(f"a.at > {self.bind(window.start)}")
        if window.end is not None:
            arrival.append(f"a.at < {self.bind(window.end)}")
            begun = f"i.created < {self.bind(window.end)}"
        before = self._one(moves, self._says("m", subject, side, "before"), "ASC")
        had = f"({begun} AND COALESCE({before}, {self._has_now(subject, side)}))"
        if window.start is not None:
            earlier = f"{moves} AND m.at <= {self.bind(window.start)}"
            after = self._one(earlier, self._says("m", subject, side, "after"), "DESC")
            had = f"COALESCE({after}, {had})"
        return f"({had} OR EXISTS (SELECT 1 FROM changes a WHERE {' AND '.join(arrival)}))"

    def _one(self, moves: str, said: str, way: str) -> str:
        """What the first or the last of some moves says; NULL where there is none."""
        return f"(SELECT {said} FROM changes m WHERE {moves} ORDER BY {_IN_ORDER.format(way=way)} LIMIT 1)"

    def _had_by(self, condition: Was, side: Side, by: frozenset[str] | None) -> str:
        """With each span whoever began it."""
        subject, window = condition.subject, condition.window
        moves = self._moves(subject, side)
        after_m = "(m.at, m.history_id, m.position) > (a.at, a.history_id, a.position)"
        before_m = "(m.at, m.history_id, m.position) < (a.at, a.history_id, a.position)"
        arrival = self._arrival(subject, side)
        leaving = [
            self._of("a", subject),
            self._says("a", subject, side, "before"),
            f"NOT {self._says('a', subject, side, 'after')}",
            f"NOT EXISTS (SELECT 1 FROM changes m WHERE {moves} AND {before_m})",
        ]
        if window.start is not None:
            ended = f"m.at <= {self.bind(window.start)}"
            arrival.append(f"NOT EXISTS (SELECT 1 FROM changes m WHERE {moves} AND {after_m} AND {ended})")
            leaving.append(f"a.at > {self.bind(window.start)}")
        first = ["1 = 1"]
        if window.end is not None:
            arrival.append(f"a.at < {self.bind(window.end)}")
            first.append(f"i.created < {self.bind(window.end)}")
        if by is not None:
            arrival.append(self._by("a", by))
            first.append(self.present.has(_CREATOR, by))
        at_first = f"EXISTS (SELECT 1 FROM changes a WHERE {' AND '.join(leaving)})"
        never = f"NOT EXISTS (SELECT 1 FROM changes m WHERE {moves})"
        return (
            f"(EXISTS (SELECT 1 FROM changes a WHERE {' AND '.join(arrival)}) OR "
            f"({' AND '.join(first)} AND ({at_first} OR ({self._has_now(subject, side)} AND {never}))))"
        )

    def _moves(self, subject: Subject, side: Side) -> str:
        before, after = (self._says("m", subject, side, when) for when in ("before", "after"))
        return f"{self._of('m', subject)} AND {before} <> {after}"

    def _arrival(self, subject: Subject, side: Side) -> list[str]:
        after, before = (self._says("a", subject, side, when) for when in ("after", "before"))
        return [self._of("a", subject), after, f"NOT {before}"]

    def _has_now(self, subject: Subject, side: Side) -> str:
        found = self.present.has(subject, side.terms) if side.terms else "1 = 0"
        return f"({found} OR NOT {self.present.filled(subject)})" if side.blank else f"({found})"

    def _of(self, alias: str, subject: Subject) -> str:
        fields = self.present.is_in(f"{alias}.field", sorted(subject.names))
        return f"{alias}.site_id = i.site_id AND {alias}.issue_id = i.id AND {fields}"

    def _says(self, alias: str, subject: Subject, side: Side, when: str) -> str:
        """Whether one side of a change (`before` or `after`) names the value."""
        columns = (f"{alias}.{when}", f"{alias}.{when}_text")
        parts = []
        if side.blank:
            parts.append(" AND ".join(f"COALESCE({each}, '') = ''" for each in columns))
        plain = all(each.isascii() for each in side.terms)
        for column in columns if side.terms else ():
            found = self.dialect.fold(column, ascii_only=plain)
            parts.append(f"COALESCE({self.present.is_in(found, sorted(side.terms))}, 1 = 0)")
            if subject.listed:
                parts += [self._lists(found, subject.listed, term) for term in sorted(side.terms)]
        return f"({' OR '.join(f'({each})' for each in parts)})" if parts else "(1 = 0)"

    def _lists(self, found: str, separator: str, term: str) -> str:
        tight = f"replace({found}, '{separator} ', '{separator}')" if separator != " " else found
        whole = f"('{separator}' || {tight} || '{separator}')"
        found_in = self.present.holds(whole, f"{separator}{term}{separator}")
        return f"COALESCE({found_in}, 1 = 0)"

    def _by(self, alias: str, people: frozenset[str]) -> str:
        return (
            self.present.is_in(self.dialect.fold(f"COALESCE({alias}.author, '')"), sorted(people))
            if people
            else "1 = 0"
        )


def within(column: str, window: Window, bind: Callable[[Any], str]) -> list[str]:
    """What holds of an instant in the window."""
    parts = [] if window.start is None else [f"{column} >= {bind(window.start)}"]
    return parts if window.end is None else [*parts, f"{column} < {bind(window.end)}"]
