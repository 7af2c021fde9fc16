"""JQL, as much of it as syncs, boards and the usual clients send. The rest is refused in Jira's words.

    query   := or? (ORDER BY field (ASC|DESC)? ("," field (ASC|DESC)?)*)?
    or      := and (OR and)*        and := not (AND not)*
    not     := (NOT | "!") not | "(" or ")" | field operator value
    operator:= = | != | ~ | !~ | < | > | <= | >= | IN | NOT IN | IS | IS NOT        (no WAS, no CHANGED)

What the fields mean is in `jql_fields`, what they are sorted by in `jql_order`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import nsmallest
from zoneinfo import ZoneInfo

from .jql_fields import Clauses
from .jql_order import SortKey, Sorts
from .jql_tokens import (
    JqlNotUnderstoodError,
    Token,
    Tokens,
    Value,
    no_such_field,
    no_such_operator,
    no_such_value,
    unexpected,
)
from .model import Board, Issue
from .site import Site

Test = Callable[[Issue], bool]

MOST_SORTS = 7
_OPERATORS = frozenset({"=", "!=", "~", "!~", "<", ">", "<=", ">=", "in", "not in", "is", "is not"})
_SIGNS = frozenset({"(", ")", ",", "=", "!=", "<", ">", "<=", ">=", "&", "|", "~", "!", "!~", "&&", "||"})
_FILTERS = frozenset({"filter", "savedfilter", "request", "searchrequest"})

__all__ = ["JqlNotUnderstoodError", "Query", "SortKey", "parse"]


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; `unbounded` when it restricts nothing."""

    test: Test | None
    order: tuple[tuple[str, bool], ...]
    sorts: Sorts

    @property
    def unbounded(self) -> bool:
        return self.test is None

    def matches(self, issue: Issue) -> bool:
        return self.test is None or self.test(issue)

    def sort_key(self, issue: Issue) -> SortKey:
        """Ascending in the order asked for, and never equal for two issues; newest first by default."""
        return (*(self.sorts.part(name, issue, falls=falls) for name, falls in self.order), -issue.id)

    def all(self, issues: Iterable[Issue]) -> list[Issue]:
        return sorted(filter(self.matches, issues), key=self.sort_key)

    def page(self, issues: Iterable[Issue], size: int, after: SortKey | None) -> list[Issue]:
        """The next `size` issues behind a place in the order; the place survives changes in between."""
        keyed = ((self.sort_key(issue), issue) for issue in issues if self.matches(issue))
        found = (pair for pair in keyed if after is None or pair[0] > after)
        return [issue for _, issue in nsmallest(size, found, key=lambda pair: pair[0])]


def parse(text: str, site: Site, zone: ZoneInfo) -> Query:
    """The query; JqlNotUnderstoodError where Jira answers 400."""
    return _Parser(text, site, zone).query()


class _Parser:
    def __init__(self, text: str, site: Site, zone: ZoneInfo) -> None:
        self._site = site
        self._zone = zone
        self._tokens = Tokens(text)
        self._clauses = Clauses(site, zone)
        self._sorts = Sorts(site)

    def query(self) -> Query:
        test: Test | None = None
        if self._tokens.peek() and not self._tokens.ahead("order"):
            test = self._or()
        return Query(test, self._order(), self._sorts)

    def _or(self) -> Test:
        tests = [self._and()]
        while self._tokens.take("or", "||", "|"):
            tests.append(self._and())
        return tests[0] if len(tests) == 1 else lambda issue: any(test(issue) for test in tests)

    def _and(self) -> Test:
        tests = [self._not()]
        while self._tokens.take("and", "&&", "&"):
            tests.append(self._not())
        return tests[0] if len(tests) == 1 else lambda issue: all(test(issue) for test in tests)

    def _not(self) -> Test:
        if self._tokens.take("not", "!"):
            refused = self._not()
            return lambda issue: not refused(issue)
        if self._tokens.take("("):
            inner = self._or()
            self._tokens.expect(")")
            return inner
        field = self._word("a field")
        operator = self._operator()
        values = self._values(operator)
        if field.text.lower() in _FILTERS:
            return self._filter(operator, values)
        return self._clauses.test(field.text, operator, values)

    def _filter(self, operator: str, values: list[Value]) -> Test:
        """What saved filters find, by their ids; the only ones are those of boards."""
        if operator not in {"=", "in"}:
            raise JqlNotUnderstoodError(no_such_operator(operator, "filter"))
        saved = {board.filter_id: board for board in self._site.boards.values()}
        tests: list[Test] = []
        for value in values:
            board = saved.get(value.text)
            if board is None:
                raise JqlNotUnderstoodError(no_such_value(value.text, "filter"))
            tests.append(self._found_by(board))
        return lambda issue: any(test(issue) for test in tests)

    def _found_by(self, board: Board) -> Test:
        if board.jql is None:
            return lambda issue: self._site.on_board(board, issue)
        return parse(board.jql, self._site, self._zone).matches

    def _word(self, expected: str) -> Token:
        token = self._tokens.next(expected)
        if not token.quoted and (token.text in _SIGNS or token.text.lower() in {"and", "or", "not"}):
            raise JqlNotUnderstoodError(unexpected(token))
        return token

    def _operator(self) -> str:
        token = self._tokens.next("an operator")
        operator = token.text.lower()
        if operator == "not":
            self._tokens.expect("in")
            return "not in"
        if operator == "is" and self._tokens.take("not"):
            return "is not"
        if token.quoted or operator not in _OPERATORS:
            raise JqlNotUnderstoodError(unexpected(token))
        return operator

    def _values(self, operator: str) -> list[Value]:
        if operator not in {"in", "not in"}:
            return [self._value()]
        if not self._tokens.ahead("("):  # sprint in openSprints()
            return [self._value()]
        self._tokens.expect("(")
        values = [self._value()]
        while not self._tokens.ahead(")"):
            self._tokens.expect(",")
            values.append(self._value())
        self._tokens.expect(")")
        return values

    def _value(self) -> Value:
        token = self._word("a value")
        if not self._tokens.take("("):
            return Value(token.text, token.quoted)
        arguments: list[str] = []
        while not self._tokens.take(")"):
            if arguments:
                self._tokens.expect(",")
            arguments.append(self._word("an argument").text)
        return Value(token.text, token.quoted, tuple(arguments))

    def _order(self) -> tuple[tuple[str, bool], ...]:
        if not self._tokens.peek():
            return ()
        self._tokens.expect("order")
        self._tokens.expect("by")
        order: list[tuple[str, bool]] = []
        while True:
            name = self._word("a field").text
            if not self._sorts.knows(name):
                raise JqlNotUnderstoodError(no_such_field(name))
            falls = self._tokens.ahead("desc")
            self._tokens.take("desc", "asc")
            order.append((name, falls))
            if not self._tokens.peek():
                break
            self._tokens.expect(",")
        if len(order) > MOST_SORTS:
            message = f"The maximum number of sort fields is {MOST_SORTS}."
            raise JqlNotUnderstoodError(message)
        return tuple(order)
