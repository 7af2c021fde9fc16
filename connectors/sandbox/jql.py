"""The few forms of JQL that a sync needs; everything else is refused as Jira refuses what it cannot run.

    query  := clause (AND clause)* (ORDER BY field (ASC|DESC)? ("," field (ASC|DESC)?)*)?
    clause := project | key | issuekey | id | sprint | updated | created, an operator and a value or a list

Dates are in the caller's time zone and exact to the minute; a number without quotes is epoch milliseconds.
`!=` and `NOT IN` do not match an empty field. A value that does not exist is an error, not an empty answer.
"""

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nsmallest
from zoneinfo import ZoneInfo

from .model import Issue
from .site import Site

SortKey = tuple[int, ...]
Test = Callable[[Issue], bool]

_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<sign>!=|>=|<=|&&|[=<>(),&])"""
    r"""|(?P<word>[^\s"'=!<>(),&|~\[\]{}*/%+^$#@?;]+))"""
)
_COMPARE = {
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_DATES = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_SETS = frozenset({"=", "!=", "in", "not in", "is", "is not"})
_SORTS: dict[str, Callable[[Issue], int]] = {
    "updated": lambda issue: _milliseconds(issue.updated),
    "created": lambda issue: _milliseconds(issue.created),
    "id": lambda issue: issue.id,
    "key": lambda issue: int(issue.key.rpartition("-")[2]),
    "issuekey": lambda issue: int(issue.key.rpartition("-")[2]),
    "rank": lambda issue: issue.rank,
}
_MOST_SORTS = 7


class JqlNotUnderstoodError(ValueError):
    """The query is wrong, or of a form that the sandbox does not know; says which in Jira's manner."""


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    quoted: bool
    position: int


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; `unbounded` when it restricts nothing."""

    tests: tuple[Test, ...]
    order: tuple[tuple[str, bool], ...]

    @property
    def unbounded(self) -> bool:
        return not self.tests

    def matches(self, issue: Issue) -> bool:
        return all(test(issue) for test in self.tests)

    def sort_key(self, issue: Issue) -> SortKey:
        """Ascending in the order asked for, and never equal for two issues."""
        values = [(-1 if falls else 1) * _SORTS[name](issue) for name, falls in self.order]
        return (*values, -issue.id)

    def page(self, issues: Sequence[Issue], size: int, after: SortKey | None) -> list[Issue]:
        """The next `size` issues behind a place in the order; the place survives changes in between."""
        found = [
            issue
            for issue in issues
            if self.matches(issue) and (after is None or self.sort_key(issue) > after)
        ]
        return nsmallest(size, found, key=self.sort_key)


def parse(text: str, site: Site, zone: ZoneInfo) -> Query:
    return _Parser(text, site, zone).query()


class _Parser:
    def __init__(self, text: str, site: Site, zone: ZoneInfo) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._site = site
        self._zone = zone

    def query(self) -> Query:
        tests: list[Test] = []
        if self._peek() and not self._ahead("order"):
            tests.append(self._clause())
            while self._peek() and not self._ahead("order"):
                self._expect("and", "&&", "&")
                tests.append(self._clause())
        return Query(tuple(tests), self._order())

    def _order(self) -> tuple[tuple[str, bool], ...]:
        order: list[tuple[str, bool]] = []
        if not self._peek():
            return ()
        self._expect("order")
        self._expect("by")
        while True:
            name = self._next("a field").text
            if name.lower() not in _SORTS:
                raise JqlNotUnderstoodError(_no_such_field(name))
            falls = self._ahead("desc")
            if falls or self._ahead("asc"):
                self._at += 1
            order.append((name.lower(), falls))
            if not self._peek():
                break
            self._expect(",")
        if len(order) > _MOST_SORTS:
            message = f"The maximum number of sort fields is {_MOST_SORTS}."
            raise JqlNotUnderstoodError(message)
        return tuple(order)

    def _clause(self) -> Test:
        field = self._next("a field")
        if field.text in {"(", ")"} or field.text.lower() in {"not", "or"}:
            raise JqlNotUnderstoodError(_unexpected(field))
        name = field.text.lower()
        op = self._operator()
        match name:
            case "updated" | "created":
                return self._date(name, op)
            case "project":
                return self._project(op)
            case "key" | "issuekey" | "issue" | "id":
                return self._issue(name, op)
            case "sprint":
                return self._sprint(op)
        raise JqlNotUnderstoodError(_no_such_field(field.text))

    def _operator(self) -> str:
        op = self._next("an operator").text.lower()
        if op == "not":
            self._expect("in")
            return "not in"
        if op == "is" and self._ahead("not"):
            self._at += 1
            return "is not"
        if op not in _COMPARE and op not in _SETS:
            raise JqlNotUnderstoodError(_unexpected(self._tokens[self._at - 1]))
        return op

    def _values(self, field: str, op: str, allowed: frozenset[str]) -> list[Token]:
        if op not in allowed:
            message = f"The operator '{op}' is not supported by the '{field}' field."
            raise JqlNotUnderstoodError(message)
        if op not in {"in", "not in"}:
            return [self._value()]
        self._expect("(")
        values = [self._value()]
        while not self._ahead(")"):
            self._expect(",")
            values.append(self._value())
        self._expect(")")
        return values

    def _value(self) -> Token:
        token = self._next("a value")
        if not token.quoted and token.text in {"(", ")", ",", "=", "<", ">", "&"}:
            raise JqlNotUnderstoodError(_unexpected(token))
        if self._ahead("("):
            raise JqlNotUnderstoodError(_unexpected(self._tokens[self._at]))
        return token

    def _date(self, name: str, op: str) -> Test:
        (value,) = self._values(name, op, frozenset(_COMPARE))
        bound, compare = self._instant(name, value), _COMPARE[op]
        return lambda issue: bool(compare(getattr(issue, name), bound))

    def _instant(self, name: str, value: Token) -> datetime:
        if not value.quoted and value.text.isdecimal():
            return datetime.fromtimestamp(int(value.text) / 1000, UTC)
        for form in _DATES:
            try:
                return datetime.strptime(value.text, form).replace(tzinfo=self._zone)
            except ValueError:
                continue
        message = (
            f"Date value '{value.text}' for field '{name}' is invalid. Valid formats include: "
            "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format "
            "e.g. '-5d', '4w 2d'."
        )
        raise JqlNotUnderstoodError(message)

    def _project(self, op: str) -> Test:
        project = self._site.project
        known = {project.key.lower(), project.id, project.name.lower()}
        for value in self._values("project", op, _SETS - {"is", "is not"}):
            if value.text.lower() not in known:
                raise JqlNotUnderstoodError(_no_such_value(value.text, "project"))
        inside = op in {"=", "in"}
        return lambda _: inside

    def _issue(self, name: str, op: str) -> Test:
        values = self._values(name, op, frozenset(_COMPARE) | {"!=", "in", "not in"})
        if op in {">", ">=", "<", "<="}:
            if not values[0].text.isdecimal():
                raise JqlNotUnderstoodError(_no_such_value(values[0].text, name))
            bound, compare = int(values[0].text), _COMPARE[op]
            return lambda issue: bool(compare(issue.id, bound))
        issues = {self._one_issue(name, value.text) for value in values}
        return _among(issues, lambda issue: (issue.id,), op)

    def _one_issue(self, name: str, text: str) -> int:
        issue = self._site.find(text)
        if issue is None:
            message = f"An issue with key '{text}' does not exist for field '{name}'."
            raise JqlNotUnderstoodError(message)
        return issue.id

    def _sprint(self, op: str) -> Test:
        values = self._values("sprint", op, _SETS)
        if values[0].text.lower() in {"empty", "null"} and op in {"=", "is", "!=", "is not"}:
            wanted = op in {"=", "is"}
            return lambda issue: (not self._site.sprints_of(issue)) is wanted
        for value in values:
            if (
                op in {"is", "is not"}
                or not value.text.isdecimal()
                or int(value.text) not in self._site.sprints
            ):
                raise JqlNotUnderstoodError(_no_such_value(value.text, "sprint"))
        return _among({int(value.text) for value in values}, self._site.sprints_of, op)

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _ahead(self, word: str) -> bool:
        token = self._peek()
        return token is not None and not token.quoted and token.text.lower() == word

    def _next(self, expected: str) -> Token:
        token = self._peek()
        if token is None:
            message = f"Error in the JQL Query: Expecting {expected} before the end of the query."
            raise JqlNotUnderstoodError(message)
        self._at += 1
        return token

    def _expect(self, *words: str) -> None:
        token = self._next(f"'{words[0].upper()}'")
        if token.quoted or token.text.lower() not in words:
            raise JqlNotUnderstoodError(_unexpected(token))


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise JqlNotUnderstoodError(_unexpected(Token(text[at:].strip()[0], quoted=False, position=at)))
        quoted = match["quoted"]
        word = re.sub(r"\\(.)", r"\1", quoted[1:-1]) if quoted else match["sign"] or match["word"]
        found.append(Token(word, bool(quoted), match.start(match.lastgroup or 0)))
        at = match.end()
    return found


def _among(wanted: set[int], values: Callable[[Issue], tuple[int, ...]], op: str) -> Test:
    if op in {"=", "in"}:
        return lambda issue: not wanted.isdisjoint(values(issue))
    return lambda issue: bool(values(issue)) and wanted.isdisjoint(values(issue))


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _unexpected(token: Token) -> str:
    place = f"(line 1, character {token.position + 1})"
    return (
        f"Error in the JQL Query: '{token.text}' is not expected here, or not known to the sandbox. {place}"
    )


def _no_such_field(name: str) -> str:
    return f"Field '{name}' does not exist or you do not have permission to view it."


def _no_such_value(value: str, field: str) -> str:
    return f"The value '{value}' does not exist for the field '{field}'."
