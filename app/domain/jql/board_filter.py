"""The saved filter of a board as a question about one issue at an instant: whether the board shows it.

A board shows what its filter finds and its sub-query does not hide. In which order is nothing to us, and a
project that the store does not have has no issue in it, so neither makes a filter unanswerable.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime

from app.domain.jql.catalogue import SYSTEM, Catalogue, Named
from app.domain.jql.check import plan
from app.domain.jql.errors import JqlNotUnderstood
from app.domain.jql.needs import Needs, needs_of, terminals_in, values_in
from app.domain.jql.parser import parse
from app.domain.jql.plan import (
    Always,
    Blank,
    Both,
    Changed,
    Compare,
    Condition,
    Either,
    Has,
    Kind,
    Logged,
    Matches,
    Subject,
    Touched,
    Was,
    Window,
    folded,
)
from app.domain.jql.printing import printed
from app.domain.jql.tree import And, Operator, Query
from app.domain.scrum.board import Board

_OF_PROJECTS = frozenset({"project", "space"})
_OF_HISTORIES = frozenset(
    {Operator.WAS, Operator.WAS_NOT, Operator.WAS_IN, Operator.WAS_NOT_IN, Operator.CHANGED}
)
_MOST_SHOWN = 200


class FilterUnanswered(Exception):
    """The store cannot tell what a board shows: a report says so with this sentence, which has no end yet."""


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """What a board's filter asks.

    Attributes:
        parts: its queries, all of which an issue has to match, without their order.
        query: all of them as one.
        needs: what it names.
    """

    parts: tuple[Query, ...]
    query: Query
    needs: Needs

    @property
    def is_of_projects(self) -> bool:
        """Whether an issue's project alone decides, as for most boards."""
        return self.needs.names <= _OF_PROJECTS and not any(
            each.operator in _OF_HISTORIES for each in terminals_in(self.query)
        )

    def condition(self, catalogue: Catalogue) -> Condition:
        """What it asks of an issue, at the catalogue's instant.

        Raises:
            FilterUnanswered: naming the clause.
        """
        known = replace(catalogue, projects=self._projects(catalogue))
        found: list[Condition] = []
        for part in self.parts:
            try:
                found.append(plan(part, known).condition)
            except JqlNotUnderstood as error:
                raise FilterUnanswered(_why(part, error)) from error
        return found[0] if len(found) == 1 else Both(tuple(found))

    def _projects(self, catalogue: Catalogue) -> tuple[Named, ...]:
        """Those of the site, and those that only the filter names."""
        known = {folded(one) for each in catalogue.projects for one in (each.id, each.key, each.name)}
        named = (
            value.value
            for each in terminals_in(self.query)
            if folded(each.field.name) in _OF_PROJECTS
            for value in values_in(each.operand)
        )
        return (*catalogue.projects, *(Named(one, one, key=one) for one in named if folded(one) not in known))


def read_filter(board: Board) -> BoardFilter | None:
    """The filter of a board; None where it shows all there is.

    Raises:
        FilterUnanswered: it was not read, or cannot be.
    """
    if board.filter_id is not None and board.filter_jql is None:
        raise _unknown(board)
    return _filter_of(_parts_of(board.filter_jql, board.sub_query))


@dataclass(frozen=True, slots=True)
class FlowFilter:
    """What flows over a board: what it shows and is not done, and what was finished lately.

    Attributes:
        found: what its filter finds; None is all there is.
        shown: what its sub-query does not hide; None: it hides nothing. Of what is done it says nothing: a
            Kanban board hides what was released, and it was finished all the same.
        done: ids of the statuses of the board's last column.
        closed: ids of statuses that no column shows and that are called done, such as "Won't do" or
            "Released": what stands there is not open; whether it was finished before, its history tells.
    """

    found: BoardFilter | None
    shown: BoardFilter | None
    done: frozenset[str]
    closed: frozenset[str] = frozenset()

    @property
    def query(self) -> Query:
        """All that it names."""
        clauses = [one.query.where for one in (self.found, self.shown) if one and one.query.where]
        return Query(And(tuple(clauses)) if clauses else None)

    def condition(self, catalogue: Catalogue, since: datetime) -> Condition:
        """What it asks of an issue, at the catalogue's instant; `since` begins what is lately.

        Raises:
            FilterUnanswered: naming the clause.
        """
        status, lately = SYSTEM["status"], Window(start=since)
        is_open, shown = Has(status, self.done | self.closed, holds=False), self._of(self.shown, catalogue)
        moved = Either((Changed(status, lately), Compare(SYSTEM["created"], ">=", since)))
        flows = Either((Both((is_open, *shown)), Both((Has(status, self.done | self.closed), moved))))
        return Both((*self._of(self.found, catalogue), flows))

    @staticmethod
    def _of(one: BoardFilter | None, catalogue: Catalogue) -> tuple[Condition, ...]:
        return () if one is None else (one.condition(catalogue),)


def read_flow_filter(
    board: Board,
    *,
    closed: frozenset[str] = frozenset(),
    project: str | None = None,
    hides: bool = True,
) -> FlowFilter:
    """What flows over a board.

    Args:
        board: with columns that tell what is done.
        closed: see FlowFilter.
        project: key of the one whose issues are meant, where the board's own filter cannot be asked.
        hides: whether its sub-query hides anything.

    Raises:
        FilterUnanswered: it was not read, or cannot be.
    """
    if project is not None:
        return FlowFilter(
            _filter_of(_parts_of(f'project = "{project}"')), None, board.done_status_ids, closed
        )
    if board.filter_jql is None:
        raise _unknown(board)
    found, shown = _parts_of(board.filter_jql), _parts_of(board.sub_query if hides else None)
    return FlowFilter(_filter_of(found), _filter_of(shown), board.done_status_ids, closed)


def _parts_of(*texts: str | None) -> list[Query]:
    """What texts ask for, in whatever order; nothing of those that ask for all."""
    found = []
    for text in texts:
        try:
            read = parse(text or "")
        except JqlNotUnderstood as error:
            raise FilterUnanswered(f"the board's filter cannot be read ({_fault(error)})") from error
        found += [] if read.where is None else [replace(read, order_by=())]
    return found


def _filter_of(parts: Sequence[Query]) -> BoardFilter | None:
    if not parts:
        return None
    clauses = tuple(part.where for part in parts if part.where is not None)
    query = Query(clauses[0] if len(clauses) == 1 else And(clauses))
    return BoardFilter(tuple(parts), query, needs_of(query))


def _unknown(board: Board) -> FilterUnanswered:
    if board.filter_id is None:  # as of boards that were imported
        return FilterUnanswered("the board's filter is not known here")
    return FilterUnanswered(
        f"the board's filter ({board.filter_id}) is not known here: it is not shared with Burnish's "
        "account, or was not read yet"
    )


def _why(query: Query, error: JqlNotUnderstood) -> str:
    """A place in a query that is not shown says little, so the clause itself is told."""
    before = (each for each in terminals_in(query) if each.field.position <= error.position)
    clauses = [printed(each) for each in before]
    clause = f"`{clauses[-1][:_MOST_SHOWN]}`: " if clauses else ""
    return f"the board's filter cannot be answered here ({clause}{_fault(error)})"


def _fault(error: JqlNotUnderstood) -> str:
    return error.fault.rstrip(".")


@dataclass(frozen=True, slots=True)
class Reads:
    """What has to be read of an issue to know what it was like in a filter's eyes.

    Attributes:
        fields: names of those whose changes tell it.
        texts: its long texts.
        last_change: when it was changed last, whatever was.
    """

    fields: frozenset[str] = frozenset()
    texts: bool = False
    last_change: bool = False

    def __or__(self, other: "Reads") -> "Reads":
        return Reads(
            self.fields | other.fields,
            self.texts or other.texts,
            self.last_change or other.last_change,
        )


def reads(condition: Condition) -> Reads:
    """Of an issue, for this condition."""
    subjects = set(_subjects(condition))
    names = {name for each in (*subjects, SYSTEM["key"]) for name in (*each.names, each.field)}
    if SYSTEM["resolutiondate"] in subjects:
        names |= SYSTEM["resolution"].names
    texts = any(each.kind is Kind.TEXT and each != SYSTEM["summary"] for each in subjects)
    return Reads(frozenset(names), texts, SYSTEM["updated"] in subjects)


def words_of(part: object) -> str:
    """A condition as text that is the same in every process, for digests."""
    if isinstance(part, frozenset):
        return f"{{{','.join(sorted(map(words_of, part)))}}}"
    if isinstance(part, tuple):
        return f"({','.join(map(words_of, part))})"
    if is_dataclass(part):
        inner = ",".join(words_of(getattr(part, each.name)) for each in fields(part))
        return f"{type(part).__name__}({inner})"
    return repr(part)


def _parts(condition: Condition) -> Iterator[Condition]:
    if isinstance(condition, Both | Either):
        for each in condition.conditions:
            yield from _parts(each)
    else:
        yield condition


def _subjects(condition: Condition) -> Iterator[Subject]:
    for each in _parts(condition):
        match each:
            case Blank() | Has() | Compare() | Was() | Changed():
                yield each.subject
            case Matches():
                yield from each.subjects
            case Always() | Both() | Either() | Logged() | Touched():
                pass
