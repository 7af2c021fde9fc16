"""Whether a rule's condition holds of an issue at an instant, and why: every clause with the values seen."""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Protocol

from app.domain.jql.catalogue import Catalogue, find_subjects
from app.domain.jql.check import plan
from app.domain.jql.memory import Facts, matches
from app.domain.jql.parser import parse
from app.domain.jql.printing import printed
from app.domain.jql.tree import And, Clause, Not, Or, Query, Terminal
from app.domain.rules import patterns
from app.domain.rules.condition_parts import (
    AllOf,
    AnyOf,
    CompareCondition,
    Compared,
    Condition,
    InitiatorCondition,
    JqlCondition,
    NotOf,
    Related,
    RelatedCondition,
    TimeInStatus,
    TimeInStatusCondition,
)
from app.domain.rules.errors import TemplateRefused
from app.domain.rules.rendering import render
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import STATUS
from app.domain.scrum.values import present_value

_LONGEST_SEEN = 200
_LONGEST_MATCHED, _MOST_SECONDS = 10_000, 0.2
"""Characters that a regular expression sees, and for how long: one with repeats inside repeats never ends."""
_ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One clause of a condition, and whether it was true.

    Attributes:
        clause: as people read it.
        holds: whether it was true.
        seen: the value that it was true or false of; empty where it has parts.
        parts: what it is made of.
    """

    clause: str
    holds: bool
    seen: str = ""
    parts: tuple["Finding", ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For the store and for people."""
        found: dict[str, Any] = {"clause": self.clause, "holds": self.holds}
        if self.seen:
            found["seen"] = self.seen
        if self.parts:
            found["parts"] = [part.as_json() for part in self.parts]
        return found


class Past(Protocol):
    """The site as it was at the instant of the event."""

    def around(self, issue: Facts, to: str, link_type: str | None) -> Sequence[Facts]:
        """The issues that stand so to an issue; see `condition_parts.Kin`. In the order of their keys."""
        ...

    def found(self, jql: str, most: int) -> Sequence[Facts]:
        """The issues that a query finds, in the order of their keys; not more than `most`."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What conditions are asked of.

    Attributes:
        issue: as it was at the instant.
        catalogue: of the site, its `now` the instant.
        values: for texts; see `smart_values`.
        initiator: account id.
        past: other issues.
    """

    issue: Facts
    catalogue: Catalogue
    past: Past
    values: Mapping[str, Any] = field(default_factory=dict)
    initiator: str | None = None

    @property
    def at(self) -> datetime:
        """The instant."""
        return self.catalogue.now


def find(condition: Condition, asked: Asked) -> Finding:  # noqa: PLR0911 - one for each kind of condition
    """Whether it holds, and why.

    Raises:
        JqlNotUnderstood: the query names what the site does not have (any more).
        TemplateRefused: a text of a comparison cannot be rendered.
    """
    match condition:
        case str(jql) | JqlCondition(jql=jql):
            return _jql(jql, asked)
        case AllOf(all=conditions):
            parts = tuple(find(each, asked) for each in conditions)
            return Finding("all of", all(part.holds for part in parts), parts=parts)
        case AnyOf(any=conditions):
            parts = tuple(find(each, asked) for each in conditions)
            return Finding("any of", any(part.holds for part in parts), parts=parts)
        case NotOf(negated=negated):
            part = find(negated, asked)
            return Finding("not", not part.holds, parts=(part,))
        case CompareCondition(compare=compared):
            return _compared(compared, asked)
        case InitiatorCondition(initiator=wanted):
            return _initiator(wanted, asked)
        case TimeInStatusCondition(in_status_longer_than=limit):
            return _time_in_status(limit, asked)
        case RelatedCondition(related=related):
            return _related(related, asked)


# --- JQL ------------------------------------------------------------------------------------------


@lru_cache(maxsize=10_000)
def _parsed(jql: str) -> Query:
    """Of live rules the same queries are asked of every event."""
    return parse(jql)


def _jql(jql: str, asked: Asked) -> Finding:
    query = _parsed(jql)
    if query.where is None:
        return Finding("every issue", holds=True)
    return _clause(query.where, query, asked)


def _clause(clause: Clause, query: Query, asked: Asked) -> Finding:
    match clause:
        case And(clauses):
            parts = tuple(_clause(each, query, asked) for each in clauses)
            return Finding("all of", all(part.holds for part in parts), parts=parts)
        case Or(clauses):
            parts = tuple(_clause(each, query, asked) for each in clauses)
            return Finding("any of", any(part.holds for part in parts), parts=parts)
        case _:
            # NOT goes into the operators, so it is asked with what it negates.
            holds = matches(plan(Query(clause, text=query.text), asked.catalogue).condition, asked.issue)
            return Finding(printed(clause), holds, _seen(clause, asked))


def _seen(clause: Clause, asked: Asked) -> str:
    while isinstance(clause, Not):
        clause = clause.clause
    if not isinstance(clause, Terminal):
        return ""
    subjects = find_subjects(clause.field.name, asked.catalogue, is_custom_id=clause.field.is_custom_id)
    shown = {_shown(subject.field, asked) for subject in subjects}
    return ", ".join(sorted(shown))


def _shown(field_id: str, asked: Asked) -> str:
    own = {
        "issuekey": asked.issue.key,
        "key": asked.issue.key,
        "summary": asked.issue.summary,
        "project": asked.issue.project_key,
        "created": str(asked.issue.created),
        "updated": str(asked.issue.updated),
    }
    if field_id in own:
        return own[field_id][:_LONGEST_SEEN]
    sprint_field = asked.catalogue.sprint_field
    value = present_value(field_id, asked.issue.fields.get(field_id), sprint_field=sprint_field)
    return (value.text or "empty")[:_LONGEST_SEEN]


# --- others ---------------------------------------------------------------------------------------


def _compared(compared: Compared, asked: Asked) -> Finding:
    left, right = render(compared.left, asked.values), render(compared.right, asked.values)
    said = f"{compared.left} {compared.operator} {compared.right}"
    return Finding(said, _holds(left, compared.operator, right), f"{left!r} {compared.operator} {right!r}")


def _holds(left: str, how: str, right: str) -> bool:
    if how == "contains":
        return right.casefold() in left.casefold()
    if how == "matches":
        return _matches(left, right)
    first, second = _number(left), _number(right)
    if first is not None and second is not None:
        return _ORDERED[how](first, second)
    return _ORDERED[how](left, right)


def _matches(text: str, expression: str) -> bool:
    pattern = patterns.compiled(expression)
    try:
        return pattern.search(text[:_LONGEST_MATCHED], timeout=_MOST_SECONDS) is not None
    except TimeoutError as error:
        message = f"{expression!r} takes too long; write it without repeats inside repeats"
        raise TemplateRefused(message) from error


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _initiator(wanted: list[str], asked: Asked) -> Finding:
    parts = {
        "assignee": _account(asked, "assignee"),
        "reporter": _account(asked, "reporter"),
        "creator": _account(asked, "creator"),
    }
    accounts = {parts.get(one, one) for one in wanted} - {None}
    holds = asked.initiator is not None and asked.initiator in accounts
    return Finding(f"the initiator is {' or '.join(wanted)}", holds, asked.initiator or "nobody")


def _account(asked: Asked, field_id: str) -> str | None:
    ids = present_value(field_id, asked.issue.fields.get(field_id)).ids
    return ids[0] if ids else None


def _related(related: Related, asked: Asked) -> Finding:
    others = asked.past.around(asked.issue, related.to, related.link_type)
    kin = related.to if related.link_type is None else f"{related.to} ({related.link_type})"
    if related.jql is None:
        keys = ", ".join(other.key for other in others)
        return Finding(f"{kin} exist", bool(others), keys[:_LONGEST_SEEN] or "none")
    condition = plan(_parsed(related.jql), asked.catalogue).condition
    held = [other.key for other in others if matches(condition, other)]
    holds = {"some": bool(held), "all": len(held) == len(others), "none": not held}[related.match]
    listed = ", ".join(held)[:_LONGEST_SEEN] or "none"
    return Finding(
        f"{related.match} of {kin}: {related.jql}", holds, f"{len(held)} of {len(others)}: {listed}"
    )


def _time_in_status(limit: TimeInStatus, asked: Asked) -> Finding:
    since = max(
        (change.at for change in asked.issue.changes if change.field == STATUS), default=asked.issue.created
    )
    spent = Calendar().working_time(since, asked.at) if limit.working else asked.at - since
    unit = "working days" if limit.working else "days"
    days = spent / timedelta(days=1)
    said = f"in its status for more than {limit.days:g} {unit}"
    return Finding(said, spent > timedelta(days=limit.days), f"{days:.1f} {unit}, since {since}")
