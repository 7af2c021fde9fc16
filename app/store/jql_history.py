"""What was: conditions on histories as SQL, each of one issue `i`."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from app.domain.jql.plan import NOBODY, Changed, Kind, Side, Subject, Was, Window
from app.store.jql_dialects import Postgresql, Sqlite
from app.store.jql_restricted import Restricted
from app.store.jql_sets import Sets

CREATOR = Subject("creator", Kind.KEYED, frozenset({"creator"}))
REPORTER = Subject("reporter", Kind.KEYED, frozenset({"reporter"}))
_MANY = 150_000
"""Where any change will do, and there are so many, each issue is asked faster than they are listed."""


class Present(Protocol):
    """What the compiler of the present gives."""

    dialect: Sqlite | Postgresql
    is_narrow: bool
    restricted: Restricted

    def bind(self, value: Any) -> str:
        """A parameter."""
        ...

    def are_few(self, found: str, most: int) -> bool:
        """Whether a query finds fewer rows than that."""
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
        self.sets = Sets(self)

    @property
    def _lists_first(self) -> bool:
        return self.dialect.lists_first and not self.present.is_narrow

    def was(self, condition: Was) -> str:
        """Whether the field had one of the values within the window."""
        return f"({' OR '.join(self._had(condition, side) for side in condition.sides) or '1 = 0'})"

    def changed(self, condition: Changed) -> str:
        """Whether there is such a change."""
        when, what = within("c.at", condition.window, self.bind), []
        if condition.by is not None:
            what.append(self._by("c", condition.by))
        what += self.present.restricted.change("c", condition.subject.names)
        if condition.subject.comes_singly and (condition.before or condition.after):
            return self._left_so(condition, [*when, *what])
        for side, end in ((condition.before, "before"), (condition.after, "after")):
            if side is not None:
                what.append(self.says("c", condition.subject, side, end))
        return self._there_is("c", condition.subject, what, when)

    def _left_so(self, condition: Changed, what: Sequence[str]) -> str:
        """Whether a change found and left the field so; only issues are looked at that ever had the value."""
        subject = condition.subject
        ever = [self._there_is("c", subject, what)]
        for side in (condition.before, condition.after):
            if side is not None and not side.blank:
                named = (self.says("m", subject, side, when) for when in ("before", "after"))
                told = self._there_is("m", subject, [f"({' OR '.join(named)})"])
                ever.append(f"({told} OR {self.has_now(subject, side)})")
        wanted = [self.of_issue("c", subject), *what, *self.sets.sides(condition)]
        found = f"EXISTS (SELECT 1 FROM changes c{self.dialect.by_issue} WHERE {' AND '.join(wanted)})"
        return f"({' AND '.join([*ever, found])})"

    def _there_is(self, alias: str, subject: Subject, what: Sequence[str], when: Sequence[str] = ()) -> str:
        """Whether the issue has a change of the field of which all that holds, what it says and its instant.

        Of few issues each is asked, and also where any change will do and there are many: the first one
        that is met ends it. Else the changes of the field are read once, from an index that has all that is
        asked of them, and then it is known of every issue. How many those are is not counted first, which
        would be to read them twice.
        """
        parts = [*when, *what]
        of_all = " AND ".join([f"{alias}.site_id = :site", self._field(alias, subject), *parts])
        found = f"FROM changes {alias}{self.dialect.by_field} WHERE {of_all}"
        if self._lists_first and (what or self.present.are_few(f"SELECT 1 {found}", _MANY)):
            return f"i.id IN (SELECT {alias}.issue_id {found})"
        wanted = " AND ".join([self.of_issue(alias, subject), *parts])
        return f"EXISTS (SELECT 1 FROM changes {alias}{self.dialect.by_issue} WHERE {wanted})"

    def touched(self, people: Sequence[str], window: Window) -> str:
        """Whether one of them changed the issue, in whichever field; as `_there_is` asks."""
        author, when = "COALESCE(c.author, '')", within("c.at", window, self.bind)
        when += self.present.restricted.change("c")
        if self._lists_first:
            wanted = " AND ".join([self.dialect.same(author, people, self.bind), *when])
            of_all = f"FROM changes c{self.dialect.by_field} WHERE c.site_id = :site AND {wanted}"
            return f"i.id IN (SELECT c.issue_id {of_all})"
        wanted = " AND ".join([self.present.is_in(self.dialect.fold(author), people), *when])
        its = "c.site_id = i.site_id AND c.issue_id = i.id"
        return f"EXISTS (SELECT 1 FROM changes c{self.dialect.by_issue} WHERE {its} AND {wanted})"

    def _had(self, condition: Was, side: Side) -> str:
        start, end = condition.window.start, condition.window.end
        if condition.subject.comes_singly and (side.blank or condition.by is not None):
            by = None if condition.by is None else self._by("c", condition.by)
            first = None if condition.by is None else self._gave_first(condition.by)
            return self.sets.had(condition, side, by, first)
        if condition.by is None and (start is None or end is None or start < end):
            return self._had_by_anybody(condition.subject, side, condition.window)
        return self._had_by(condition, side, condition.by)

    def _had_by_anybody(self, subject: Subject, side: Side, window: Window) -> str:
        """The rule of `app.domain.jql.memory`: it came or went within, or was as the next move found it."""
        flips = self._flips(subject, side)
        inside = [] if window.start is None else [f"m.at > {self.bind(window.start)}"]
        has_now = self.has_now(subject, side)
        if window.end is None:
            return f"({has_now} OR {self._there_is('m', subject, [flips], inside)})"
        end = self.bind(window.end)
        moved = self._there_is("m", subject, [flips], [*inside, f"m.at < {end}"])
        later = self._there_is("m", subject, [flips], [f"m.at >= {end}"])
        moves = " AND ".join([self.of_issue("m", subject), flips, f"m.at >= {end}"])
        of_issue = f"changes m{self.dialect.by_issue}"
        said = f"SELECT {self.says('m', subject, side, 'before')} FROM {of_issue} WHERE {moves}"
        next_ = f"({said} ORDER BY m.at, m.history_id, m.position LIMIT 1)"
        is_asked = self.present.is_narrow or (self.dialect.lists_first and later.startswith("EXISTS"))
        throughout = (
            f"COALESCE({next_}, {has_now})"
            if is_asked
            else f"CASE WHEN {later} THEN {next_} ELSE {has_now} END"
        )
        return f"({self.dialect.unsorted}i.created < {end} AND ({moved} OR {throughout}))"

    def _had_by(self, condition: Was, side: Side, by: frozenset[str] | None) -> str:
        """With each span whoever began it."""
        subject, window = condition.subject, condition.window
        moves = self._moves(subject, side)
        after_m = "(m.at, m.history_id, m.position) > (a.at, a.history_id, a.position)"
        before_m = "(m.at, m.history_id, m.position) < (a.at, a.history_id, a.position)"
        arrival = self._arrival(subject, side)
        leaving = [
            self.of_issue("a", subject),
            self.says("a", subject, side, "before"),
            f"NOT {self.says('a', subject, side, 'after')}",
            f"NOT EXISTS (SELECT 1 FROM changes m{self.dialect.by_issue} WHERE {moves} AND {before_m})",
        ]
        if window.start is not None:
            since = f"{moves} AND {after_m} AND m.at <= {self.bind(window.start)}"
            of_issue = f"changes m{self.dialect.by_issue}"
            arrival.append(f"NOT EXISTS (SELECT 1 FROM {of_issue} WHERE {since})")
            leaving.append(f"a.at > {self.bind(window.start)}")
        first = ["1 = 1"]
        if window.end is not None:
            arrival.append(f"a.at < {self.bind(window.end)}")
            first.append(f"{self.dialect.unsorted}i.created < {self.bind(window.end)}")
        if by is not None:
            arrival.append(self._by("a", by))
            first.append(self._gave_first(by))
        at_first = f"EXISTS (SELECT 1 FROM changes a{self.dialect.by_issue} WHERE {' AND '.join(leaving)})"
        never = f"NOT EXISTS (SELECT 1 FROM changes m{self.dialect.by_issue} WHERE {moves})"
        began = f"EXISTS (SELECT 1 FROM changes a{self.dialect.by_issue} WHERE {' AND '.join(arrival)})"
        if by is not None and not self.present.is_narrow:
            began = f"({self._there_is('a', subject, [self._by('a', by)])} AND {began})"
        as_first = f"({at_first} OR ({self.has_now(subject, side)} AND {never}))"
        return f"({began} OR ({' AND '.join(first)} AND {as_first}))"

    def _gave_first(self, people: frozenset[str]) -> str:
        """Whether one of them is whom Jira's history index names for the values at creation."""
        has_reporter = self.present.filled(REPORTER)
        reported, created = (self.present.has(each, people) for each in (REPORTER, CREATOR))
        return f"CASE WHEN {has_reporter} THEN {reported} ELSE {created} END"

    def _moves(self, subject: Subject, side: Side) -> str:
        return f"{self.of_issue('m', subject)} AND {self._flips(subject, side)}"

    def _flips(self, subject: Subject, side: Side) -> str:
        """Whether the value came or went."""
        before, after = (self.says("m", subject, side, when) for when in ("before", "after"))
        return f"{before} <> {after}"

    def _arrival(self, subject: Subject, side: Side) -> list[str]:
        after, before = (self.says("a", subject, side, when) for when in ("after", "before"))
        return [self.of_issue("a", subject), after, f"NOT {before}"]

    def has_now(self, subject: Subject, side: Side) -> str:
        """Whether the field has the value now."""
        found = self.present.has(subject, side.terms) if side.terms else "1 = 0"
        return f"({found} OR NOT {self.present.filled(subject)})" if side.blank else f"({found})"

    def of_issue(self, alias: str, subject: Subject) -> str:
        """A change of the field, of the issue."""
        here = f"{alias}.site_id = i.site_id AND {alias}.issue_id = i.id"
        return f"{here} AND {self._field(alias, subject)}"

    def _field(self, alias: str, subject: Subject) -> str:
        return self.present.is_in(f"{alias}.field", sorted(subject.names))

    def says(self, alias: str, subject: Subject, side: Side, when: str) -> str:
        """Whether one side of a change (`before` or `after`) names the value."""
        columns = (f"{alias}.{when}", f"{alias}.{when}_text")
        hidden = self.present.restricted.side(alias, when, subject)
        parts = []
        if side.blank:
            parts.append(" AND ".join(f"COALESCE({each}, '') = ''" for each in columns))
            parts += hidden
        for column in columns if side.terms else ():
            same = self.dialect.same(column, sorted(side.terms), self.bind)
            if subject.listed:
                same = f"({same} OR {self._lists(column, subject.listed, side.terms)})"
            parts.append(" AND ".join([same, *(f"NOT {each}" for each in hidden)]))
        return f"({' OR '.join(f'({each})' for each in parts)})" if parts else "(1 = 0)"

    def _lists(self, column: str, separator: str, terms: Iterable[str]) -> str:
        """Whether a text that lists several values has one of these among them."""
        found = self.dialect.fold(column, ascii_only=all(each.isascii() for each in terms))
        tight = f"replace({found}, '{separator} ', '{separator}')" if separator != " " else found
        whole = f"('{separator}' || {tight} || '{separator}')"
        among = (self.present.holds(whole, f"{separator}{term}{separator}") for term in sorted(terms))
        several = self.present.holds(column, separator)
        return f"COALESCE({several} AND ({' OR '.join(among)}), 1 = 0)"

    def _by(self, alias: str, people: frozenset[str]) -> str:
        parts = [f"COALESCE({alias}.author, '') = ''"] if NOBODY in people else []
        if known := sorted(people - {NOBODY}):
            parts.append(self.dialect.same(f"{alias}.author", known, self.bind))
        return f"({' OR '.join(parts)})" if len(parts) > 1 else next(iter(parts), "1 = 0")


def within(column: str, window: Window, bind: Callable[[Any], str]) -> list[str]:
    """What holds of an instant in the window."""
    parts = [] if window.start is None else [f"{column} >= {bind(window.start)}"]
    return parts if window.end is None else [*parts, f"{column} < {bind(window.end)}"]
