"""`app.domain.jql.sets` as SQL: what was among the values of a field when, each of one issue `i`."""

from collections.abc import Callable
from typing import Any, Protocol

from app.domain.jql.plan import Changed, Side, Subject, Was
from app.store.jql_dialects import Postgresql, Sqlite

_PLACE = "{alias}.at, {alias}.history_id, {alias}.position"
_ENTRY = "({alias}.at, {alias}.history_id)"


class Pieces(Protocol):
    """What `Histories` gives."""

    dialect: Sqlite | Postgresql

    @property
    def bind(self) -> Callable[[Any], str]:
        """A parameter."""
        ...

    def of_issue(self, alias: str, subject: Subject) -> str:
        """A change of the field, of the issue."""
        ...

    def says(self, alias: str, subject: Subject, side: Side, when: str) -> str:
        """Whether one side of a change (`before` or `after`) names the value."""
        ...

    def has_now(self, subject: Subject, side: Side) -> str:
        """Whether the field has the value now."""
        ...


class Sets:
    """Compiles what was there at the ends of each entry of a history."""

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces

    def had(self, condition: Was, side: Side, by: str | None, first: str | None) -> str:
        """Whether the value was there within the window, left or put there by one of some people.

        Args:
            condition: of one value, or none.
            side: the value.
            by: whether they made a change `c`; None for whoever.
            first: whether they gave the issue its first values.
        """
        subject, window = condition.subject, condition.window
        bind, hint = self.pieces.bind, self.pieces.dialect.by_issue
        after_c = [self.pieces.of_issue("c", subject), self._state(subject, side, "c", ">")]
        at_first = [self._state(subject, side, None, "")]
        if by is not None and first is not None:
            after_c.append(by)
            at_first.append(first)
        if window.end is not None:
            after_c.append(f"c.at < {bind(window.end)}")
            at_first.append(f"{self.pieces.dialect.unsorted}i.created < {bind(window.end)}")
        if window.start is not None:
            gone = f"{self.pieces.of_issue('m', subject)} AND m.at <= {bind(window.start)}"
            later = f"{_ENTRY.format(alias='m')} > {_ENTRY.format(alias='c')}"
            after_c.append(f"NOT EXISTS (SELECT 1 FROM changes m{hint} WHERE {gone} AND {later})")
            at_first.append(f"NOT EXISTS (SELECT 1 FROM changes m{hint} WHERE {gone})")
        then = f"EXISTS (SELECT 1 FROM changes c{hint} WHERE {' AND '.join(after_c)})"
        return f"({then} OR ({' AND '.join(at_first)}))"

    def sides(self, condition: Changed) -> list[str]:
        """What a change `c` has to be like, with regard to all that stood there before it and after it."""
        found = []
        subject = condition.subject
        for side, when, sign in ((condition.before, "before", ">="), (condition.after, "after", ">")):
            if side is not None:
                each = [Side(frozenset({term})) for term in sorted(side.terms)]
                each += [Side(frozenset(), blank=True)] if side.blank else []
                told = self.pieces.says("c", subject, Side(side.terms), when)
                states = (self._state(subject, one, "c", sign) for one in each)
                found.append(f"({' OR '.join([told, *states])})")
        return found

    def _state(self, subject: Subject, side: Side, entry: str | None, sign: str) -> str:
        """Whether the value was there before (`>=`) or after (`>`) an entry; without one, at first."""
        hint = self.pieces.dialect.by_issue
        wanted = [self.pieces.of_issue("s", subject)]
        if entry is not None:
            wanted.append(f"{_ENTRY.format(alias='s')} {sign} {_ENTRY.format(alias=entry)}")
        if side.blank:
            before, after = (
                f"CASE WHEN COALESCE(s.{when}, s.{when}_text, '') <> '' OR COALESCE(s.{when}_text, '') <> '' "
                "THEN 1 ELSE 0 END"
                for when in ("before", "after")
            )
            moved = (
                f"SELECT COALESCE(sum({before} - {after}), 0) FROM changes s{hint} "
                f"WHERE {' AND '.join(wanted)}"
            )
            return f"({self.pieces.dialect.number_of_values(subject)} + ({moved}) <= 0)"
        was, became = (self.pieces.says("s", subject, side, when) for when in ("before", "after"))
        wanted.append(f"{was} <> {became}")
        following = f"SELECT {was} FROM changes s{hint} WHERE {' AND '.join(wanted)}"
        next_ = f"({following} ORDER BY {_PLACE.format(alias='s')} LIMIT 1)"
        return f"COALESCE({next_}, {self.pieces.has_now(subject, side)})"
