"""What the clauses of a query mean: which values a field knows, and how an issue is held against them.

Dates are in the caller's time zone and exact to the minute; a number without quotes is epoch milliseconds.
`!=`, `NOT IN` and `!~` do not match an empty field. A value that does not exist is an error, not an empty
answer.
"""

import operator
import re
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from zoneinfo import ZoneInfo

from .jql_dates import instant
from .jql_tokens import JqlNotUnderstoodError, Value, no_such_field, no_such_operator, no_such_value
from .jql_values import Choice, choices
from .model import Issue
from .site import Site
from .texts import as_wiki

Test = Callable[[Issue], bool]
Make = Callable[[str, str, list[Value]], Test]

COMPARE: dict[str, Callable[[object, object], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,  # type: ignore[dict-item]
    ">=": operator.ge,  # type: ignore[dict-item]
    "<": operator.lt,  # type: ignore[dict-item]
    "<=": operator.le,  # type: ignore[dict-item]
}
_SETS = frozenset({"=", "!=", "in", "not in", "is", "is not"})
_NEGATIVE = frozenset({"!=", "not in", "is not", "!~"})
_DATES = {
    "updated": lambda issue: issue.updated,
    "updateddate": lambda issue: issue.updated,
    "created": lambda issue: issue.created,
    "createddate": lambda issue: issue.created,
    "resolved": lambda issue: issue.resolved,
    "resolutiondate": lambda issue: issue.resolved,
}
_DUE = frozenset({"due", "duedate"})
_ISSUE = frozenset({"key", "issuekey", "issue", "id"})


def _words(texts: Iterable[str]) -> str:
    return " ".join(texts).casefold()


_TEXTS: dict[str, Callable[[Issue], str]] = {
    "summary": lambda issue: _words([issue.summary]),
    "description": lambda issue: _words([as_wiki(issue.description or "")]),
    "environment": lambda issue: _words([as_wiki(issue.environment or "")]),
    "comment": lambda issue: _words(as_wiki(one.body) for one in issue.comments),
}


class Clauses:
    """Makes a test of one clause."""

    def __init__(self, site: Site, zone: ZoneInfo) -> None:
        self._site = site
        self._zone = zone
        self._choices: dict[str, Choice] | None = None
        self._kinds: tuple[tuple[AbstractSet[str], Make], ...] = (
            (_DATES.keys() | _DUE, self._date),
            (_TEXTS.keys() | {"text"}, self._text),
            (_ISSUE, self._issue),
            (frozenset({"parent", "epic link", "parentepic"}), self._parent),
            (frozenset({"sprint"}), self._sprint),
        )

    def test(self, field: str, op: str, values: list[Value]) -> Test:
        name = field.lower()
        for names, make in self._kinds:
            if name in names:
                return make(name, op, values)
        custom = self._custom(name)
        if custom is not None:
            make = self._number if custom else self._sprint
            return make(custom or name, op, values)
        self._choices = self._choices or choices(self._site)
        if name in self._choices:
            return self._choice(name, self._choices[name], op, values)
        raise JqlNotUnderstoodError(no_such_field(field))

    def _custom(self, name: str) -> str | None:
        """The role of a field of the site's own; empty for the Sprint field, None where it is no number."""
        for one in self._site.catalogue.fields.values():
            if name in {one.name.lower(), one.id, f"cf[{one.id.partition('_')[2]}]"}:
                if one.role == "sprint":
                    return ""
                return one.id if one.schema["type"] == "number" else None
        return None

    def _empty(self, op: str, values: list[Value]) -> bool | None:
        """Whether a clause asks for emptiness (True), for its contrary (False), or for a value (None).

        `resolution = Unresolved` asks for emptiness too.
        """
        if values[0].empty and op in {"=", "is", "!=", "is not"}:
            return op in {"=", "is"}
        if op in {"is", "is not"}:
            message = f"The operator '{op}' can only be used with EMPTY or NULL."
            raise JqlNotUnderstoodError(message)
        return None

    def _date(self, name: str, op: str, values: list[Value]) -> Test:
        get = _DATES.get(name)
        empty = self._empty(op, values)
        if empty is not None:
            return lambda issue: ((get(issue) if get else issue.due) is None) is empty
        if op not in COMPARE or op == "!=":
            raise JqlNotUnderstoodError(no_such_operator(op, name))
        clock, compare = self._site.clock, COMPARE[op]
        bound = instant(name, values[0], self._zone, clock.shown()) - clock.skew
        if get is None:
            day = bound.astimezone(self._zone).date()
            return lambda issue: issue.due is not None and compare(issue.due, day)
        return lambda issue: (at := get(issue)) is not None and compare(at, bound)

    def _text(self, name: str, op: str, values: list[Value]) -> Test:
        empty = self._empty(op, values) if name != "text" else None
        get = _TEXTS.get(name) or (lambda issue: _words(one(issue) for one in _TEXTS.values()))
        if empty is not None:
            return lambda issue: (not get(issue)) is empty
        if op not in {"~", "!~"}:
            raise JqlNotUnderstoodError(no_such_operator(op, name))
        sought = values[0].text.casefold()
        exact = re.fullmatch(r'"(.*)"', sought)
        words = [exact[1]] if exact else re.findall(r"\w+", sought.replace("*", ""))
        wanted = op == "~"
        return lambda issue: bool(text := get(issue)) and all(word in text for word in words) is wanted

    def _issue(self, name: str, op: str, values: list[Value]) -> Test:
        empty = self._empty(op, values)
        if empty is not None:
            return lambda _: not empty
        if op in {">", ">=", "<", "<="}:
            bound, compare = self._place(name, values[0].text), COMPARE[op]
            return lambda issue: compare(issue.id, bound)
        if op not in _SETS:
            raise JqlNotUnderstoodError(no_such_operator(op, name))
        wanted = {self._one_issue(name, value.text) for value in values}
        return lambda issue: (issue.id in wanted) is (op not in _NEGATIVE)

    def _place(self, name: str, text: str) -> int:
        """Comparisons are by id; an id need not exist for that."""
        return int(text) if text.isdecimal() else self._one_issue(name, text)

    def _one_issue(self, name: str, text: str) -> int:
        issue = self._site.find(text)
        if issue is None or issue.concealed:
            message = f"An issue with key '{text}' does not exist for field '{name}'."
            raise JqlNotUnderstoodError(message)
        return issue.id

    def _parent(self, name: str, op: str, values: list[Value]) -> Test:
        epics_only = name == "epic link"
        if not epics_only and not self._site.edition.cloud:
            return self._held(op, values, lambda issue: issue.type.subtask, name)
        return self._held(op, values, lambda issue: not (epics_only and issue.type.subtask), name)

    def _held(self, op: str, values: list[Value], counts: Test, name: str) -> Test:
        empty = self._empty(op, values)
        if empty is not None:
            return lambda issue: (issue.parent is None or not counts(issue)) is empty
        if op not in _SETS:
            raise JqlNotUnderstoodError(no_such_operator(op, name))
        wanted, positive = {self._one_issue(name, value.text) for value in values}, op not in _NEGATIVE
        return lambda issue: (
            issue.parent is not None and counts(issue) and (issue.parent in wanted) is positive
        )

    def _sprint(self, _: str, op: str, values: list[Value]) -> Test:
        if op not in _SETS:
            raise JqlNotUnderstoodError(no_such_operator(op, "sprint"))
        of = self._site.sprints_of
        empty = self._empty(op, values)
        if empty is not None:
            return lambda issue: (not of(issue)) is empty
        wanted: set[int] = set()
        for value in values:
            wanted |= self._sprints_named(value)
        if op in _NEGATIVE:
            return lambda issue: bool(of(issue)) and wanted.isdisjoint(of(issue))
        return lambda issue: not wanted.isdisjoint(of(issue))

    def _sprints_named(self, value: Value) -> set[int]:
        sprints = self._site.sprints
        for function, state in (
            ("openSprints", "active"),
            ("closedSprints", "closed"),
            ("futureSprints", "future"),
        ):
            if value.calls(function):
                return {number for number, sprint in sprints.items() if sprint.state == state}
        if value.text.isdecimal() and int(value.text) in sprints:
            return {int(value.text)}
        found = {number for number, one in sprints.items() if one.name.casefold() == value.text.casefold()}
        if not found or value.arguments is not None:
            raise JqlNotUnderstoodError(no_such_value(value.text, "sprint"))
        return found

    def _number(self, number: str, op: str, values: list[Value]) -> Test:
        kind = self._site.catalogue.fields[number]
        is_points, field = kind.role == "points", kind.name

        def get(issue: Issue) -> float | None:
            return issue.points if is_points else issue.extra.get(number)

        empty = self._empty(op, values)
        if empty is not None:
            return lambda issue: (get(issue) is None) is empty
        try:
            numbers = [float(value.text) for value in values]
        except ValueError:
            raise JqlNotUnderstoodError(no_such_value(values[0].text, field)) from None
        if op in {"in", "not in"}:
            return lambda issue: (at := get(issue)) is not None and (at in numbers) is (op == "in")
        if op not in COMPARE:
            raise JqlNotUnderstoodError(no_such_operator(op, field))
        compare = COMPARE[op]
        return lambda issue: (at := get(issue)) is not None and compare(at, numbers[0])

    def _choice(self, name: str, choice: Choice, op: str, values: list[Value]) -> Test:
        if name == "resolution" and [value.text.lower() for value in values] == ["unresolved"]:
            values = [Value("empty")]
        empty = self._empty(op, values)
        if empty is not None:
            return lambda issue: (not choice.of(issue)) is empty
        if op in {"<", "<=", ">", ">="} and choice.order:
            return self._ordered(name, choice, op, values[0])
        if op not in _SETS:
            raise JqlNotUnderstoodError(no_such_operator(op, name))
        wanted: set[str] = set()
        for value in values:
            wanted |= choice.ids(value, name)
        if op in _NEGATIVE:
            return lambda issue: bool(own := choice.of(issue)) and wanted.isdisjoint(own)
        return lambda issue: not wanted.isdisjoint(choice.of(issue))

    def _ordered(self, name: str, choice: Choice, op: str, value: Value) -> Test:
        places = {number: place for place, number in enumerate(choice.order)}
        (wanted,) = choice.ids(value, name)
        compare = COMPARE[op]
        return lambda issue: any(compare(places[one], places[wanted]) for one in choice.of(issue))
