"""The JQL of a rule, asked clause by clause, so that each says of which value it was true or false.

Of 1,000 live rules the same queries are asked of every event, so what a clause means on a site is worked out
once, where its meaning does not hang on the instant, and what rules have in common is asked of an event once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from app.domain.jql.catalogue import find_subjects
from app.domain.jql.check import plan
from app.domain.jql.memory import Facts, matches
from app.domain.jql.parser import parse
from app.domain.jql.plan import Condition, Kind, Subject, folded
from app.domain.jql.printing import printed
from app.domain.jql.tree import And, Call, Clause, Listed, Not, Operand, Operator, Or, Query, Terminal
from app.domain.rules.findings import Asked, Finding
from app.domain.rules.seen_past import seen_past
from app.domain.scrum.values import present_value

LONGEST_SEEN = 200
_PAST = frozenset({Operator.WAS, Operator.WAS_NOT, Operator.WAS_IN, Operator.WAS_NOT_IN, Operator.CHANGED})
_TIMED = frozenset({Kind.INSTANT, Kind.DATE})
_TIMELESS_CALLS = frozenset({"currentuser", "opensprints", "closedsprints", "futuresprints"})


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    """A clause, or what is made of some.

    Attributes:
        said: as people read it.
        query: of this clause alone; None where it has parts.
        terminal: the condition in it, without NOT.
    """

    said: str
    query: Query | None = None
    terminal: Terminal | None = None
    parts: tuple["_Node", ...] = ()

    @property
    def is_any(self) -> bool:
        """Whether one of the parts is enough."""
        return self.said == _ANY


_ALL, _ANY = "all of", "any of"


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a clause means on a site."""

    condition: Condition
    subjects: tuple[Subject, ...]
    looks_back: bool


def asked_of(jql: str, asked: Asked) -> Finding:
    """Whether the issue matches, and why.

    Raises:
        JqlNotUnderstood: the query names what the site does not have (any more).
    """
    known = asked.findings.get(jql)
    if known is None:
        node = _read(jql)
        known = Finding("every issue", holds=True) if node is None else _finding(node, asked)
        asked.findings[jql] = known
    return known


def matching(jql: str, others: Sequence[Facts], asked: Asked) -> list[Facts]:
    """Those of other issues that match."""
    condition = plan(_parsed(jql), asked.catalogue).condition
    return [other for other in others if matches(condition, other)]


@lru_cache(maxsize=10_000)
def _parsed(jql: str) -> Query:
    return parse(jql)


@lru_cache(maxsize=10_000)
def _read(jql: str) -> _Node | None:
    query = _parsed(jql)
    return None if query.where is None else _node(query.where, query)


def _node(clause: Clause, query: Query) -> _Node:
    if isinstance(clause, And | Or):
        said = _ALL if isinstance(clause, And) else _ANY
        return _Node(said, parts=tuple(_node(each, query) for each in clause.clauses))
    # NOT goes into the operators, so it is asked with what it negates.
    return _Node(printed(clause), Query(clause, text=query.text), _terminal(clause))


def _terminal(clause: Clause) -> Terminal | None:
    if isinstance(clause, Not):
        return _terminal(clause.clause)
    return clause if isinstance(clause, Terminal) else None


def _finding(node: _Node, asked: Asked) -> Finding:
    if node.query is None:
        parts = tuple(_finding(each, asked) for each in node.parts)
        found = (each.holds for each in parts)
        return Finding(node.said, any(found) if node.is_any else all(found), parts=parts)
    known = asked.findings.get(node.said)
    if known is None:
        meaning = asked.plans.get(node.said)
        if meaning is None:
            meaning = _meaning(node, node.query, asked)
        holds, seen = matches(meaning.condition, asked.issue), _seen(meaning, asked)
        known = Finding(node.said, holds, seen, lacks=_lacks(meaning, asked))
        asked.findings[node.said] = known
    return known


def _lacks(meaning: _Meaning, asked: Asked) -> tuple[str, ...]:
    """Why what a clause reads is not whole."""
    lacking = asked.lacking(asked.issue.id)
    cut = lacking.history if meaning.looks_back else None
    hidden = lacking.hidden
    read = [hidden[each.field] for each in meaning.subjects if each.field in hidden] if hidden else []
    return (*read, *(() if cut is None else (cut,)))


def reads_history(jql: str) -> bool:
    """Whether a query asks for what an issue was."""
    node = _read(jql)
    return node is not None and _looks_back(node)


def _looks_back(node: _Node) -> bool:
    own = node.terminal is not None and node.terminal.operator in _PAST
    return own or any(_looks_back(part) for part in node.parts)


def _meaning(node: _Node, query: Query, asked: Asked) -> _Meaning:
    condition = plan(query, asked.catalogue).condition
    terminal = node.terminal
    subjects: tuple[Subject, ...] = ()
    if terminal is not None:
        is_id = terminal.field.is_custom_id
        subjects = tuple(find_subjects(terminal.field.name, asked.catalogue, is_custom_id=is_id))
    meaning = _Meaning(condition, subjects, _looks_back(node))
    if terminal is not None and _is_timeless(terminal, subjects):
        asked.plans[node.said] = meaning
    return meaning


def _is_timeless(terminal: Terminal, subjects: tuple[Subject, ...]) -> bool:
    """Whether it means the same at any instant: it names no date, be it `-1w`, `now()` or a day."""
    known = subjects and not any(each.kind in _TIMED for each in subjects)
    return bool(known) and not terminal.predicates and _names_no_time(terminal.operand)


def _names_no_time(operand: Operand | None) -> bool:
    match operand:
        case Call():
            return folded(operand.name.value) in _TIMELESS_CALLS
        case Listed(operands=operands):
            return all(_names_no_time(each) for each in operands)
        case _:
            return True


def _seen(meaning: _Meaning, asked: Asked) -> str:
    """The value at the instant; of WAS and CHANGED what was before."""
    subjects = meaning.subjects
    if meaning.looks_back:
        past = seen_past(meaning.condition, asked.issue, sprint_field=asked.catalogue.sprint_field)
        return past[:LONGEST_SEEN]
    if len(subjects) == 1:
        return _shown(subjects[0].field, asked)
    return ", ".join(sorted({_shown(each.field, asked) for each in subjects}))


def _shown(field_id: str, asked: Asked) -> str:
    issue = asked.issue
    match field_id:
        case "issuekey" | "key":
            own = issue.key
        case "summary":
            own = issue.summary
        case "project":
            own = issue.project_key
        case "created" | "updated":
            own = str(issue.created if field_id == "created" else issue.updated)
        case _:
            sprint_field = asked.catalogue.sprint_field
            own = present_value(field_id, issue.fields.get(field_id), sprint_field=sprint_field).text
    return (own or "empty")[:LONGEST_SEEN]
