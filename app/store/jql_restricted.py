"""What of other issues a search is not told that may not know of restricted ones: links with them, parents.

In SQL what `app.domain.jql.unseen.seen` does to one issue. `i` is the issue that is asked about.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol

from app.domain.jql.plan import Subject
from app.domain.jql.unseen import PARENT, naming_fields
from app.store.jql_dialects import Postgresql, Sqlite, checked
from app.store.jql_texts import beside
from app.store.restricted import Hidden
from app.store.sites import Site

_OTHER_END = {"source_id": "target_id", "target_id": "source_id"}


class Present(Protocol):
    """What the compiler of the present gives."""

    dialect: Sqlite | Postgresql
    site: Site

    def bind(self, value: Any) -> str:
        """A parameter."""
        ...

    def is_in(self, expression: str, values: Sequence[str]) -> str:
        """Whether a text is one of several."""
        ...


class Restricted:
    """Conditions on what names a hidden issue, never NULL; where none is hidden, nothing is added.

    Args:
        present: of the search.
        hidden: what is not there for who asks.
    """

    def __init__(self, present: Present, hidden: Hidden) -> None:
        self._present = present
        epic_link = present.site.fields.epic_link
        self._epic_link = None if epic_link is None else checked(epic_link)
        self._naming = naming_fields(self._epic_link)
        self._hidden = hidden

    def linked(self, marks: Sequence[str]) -> str:
        """Whether there is a link that the issue is the source of, or the target; see `link_marks`."""
        sides = []
        for way, end in (("out:", "source_id"), ("in:", "target_id")):
            types = [each.removeprefix(way) for each in marks if each.startswith(way)]
            if types:
                sides.append(self._link(end, self._present.is_in("k.type_id", types)))
        return f"({' OR '.join(sides) or '1 = 0'})"

    def is_linked(self) -> str:
        """Whether there is any link."""
        return f"({' OR '.join(self._link(end, '1 = 1') for end in _OTHER_END)})"

    def _link(self, end: str, wanted: str) -> str:
        known = f" AND NOT {self._is_id(f'k.{_OTHER_END[end]}')}" if self._hidden.ids else ""
        return beside("issue_links", wanted + known, end)

    def without(self, condition: str, subject: Subject) -> str:
        """A condition on the present value, false where that is a restricted issue."""
        return f"({condition} AND NOT {self._value(subject)})" if self._is_asked(subject) else condition

    def sorted_by(self, expression: str, subject: Subject) -> str:
        """What issues are sorted by; nothing where it is a restricted issue."""
        if not self._is_asked(subject):
            return expression
        return f"CASE WHEN {self._value(subject)} THEN NULL ELSE {expression} END"

    def side(self, alias: str, when: str, subject: Subject) -> list[str]:
        """Whether one side of a change (`before` or `after`) is a restricted issue, which is no value."""
        if not self._may_name(subject.names):
            return []
        return [f"({self._is_naming(alias)} AND {self._named(alias, when)})"]

    def change(self, alias: str, fields: Iterable[str] | None = None) -> list[str]:
        """That a change does not just come from or lead to restricted issues, of which nothing else is left.

        Args:
            alias: of the change.
            fields: its field is one of these; whichever where it is left out.
        """
        if not self._may_name(fields):
            return []
        named, nothing = [], []
        for when in ("before", "after"):
            named.append(self._named(alias, when))
            empty = " AND ".join(f"COALESCE({each}, '') = ''" for each in _columns(alias, when))
            nothing.append(f"({named[-1]} OR ({empty}))")
        return [f"NOT ({self._is_naming(alias)} AND ({' OR '.join(named)}) AND {' AND '.join(nothing)})"]

    def _may_name(self, fields: Iterable[str] | None) -> bool:
        """Whether changes of these fields, or of whichever, may name a restricted issue."""
        return bool(self._hidden.ids) and (fields is None or not self._naming.isdisjoint(fields))

    def _is_naming(self, alias: str) -> str:
        of = ", ".join(f"'{each}'" for each in sorted(self._naming))
        return f"{alias}.field IN ({of})"

    def _is_asked(self, subject: Subject) -> bool:
        return bool(self._hidden.ids) and subject.field in {PARENT, self._epic_link}

    def _value(self, subject: Subject) -> str:
        if subject.field == PARENT:
            return f"({self._is_id('i.parent_id')} OR {self._is_key('i.parent_key')})"
        return self._is_key(self._present.dialect.string(subject))

    def _named(self, alias: str, when: str) -> str:
        """By id or by key, as changelogs of different fields do."""
        ids, text = _columns(alias, when)
        return f"({self._is_id(ids)} OR {self._is_key(ids)} OR {self._is_key(text)})"

    def _is_id(self, column: str) -> str:
        return self._is_among(column, self._hidden.ids)

    def _is_key(self, column: str) -> str:
        return self._is_among(column, self._hidden.names)

    def _is_among(self, column: str, values: Collection[str]) -> str:
        found = self._present.dialect.among(f"COALESCE({column}, '')", sorted(values), self._present.bind)
        return f"({found})"


def _columns(alias: str, when: str) -> tuple[str, str]:
    """What one side of a change says: the id, and the text."""
    return f"{alias}.{when}", f"{alias}.{when}_text"
