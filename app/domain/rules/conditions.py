"""Whether a rule's condition holds of an issue at an instant, and why: every clause with the values seen."""

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from app.domain.jql.memory import Facts
from app.domain.jql.plan import folded
from app.domain.rules import patterns
from app.domain.rules.clauses import LONGEST_SEEN, asked_of, matching, reads_history
from app.domain.rules.condition_parts import (
    AllOf,
    AnyOf,
    CompareCondition,
    Compared,
    Condition,
    InGroup,
    InGroupCondition,
    InitiatorCondition,
    InRole,
    InRoleCondition,
    JqlCondition,
    NotOf,
    Related,
    RelatedCondition,
    TimeInStatus,
    TimeInStatusCondition,
)
from app.domain.rules.errors import TemplateRefused
from app.domain.rules.findings import READ_LATER, Asked, Finding
from app.domain.rules.rendering import render
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.issue import STATUS
from app.domain.scrum.numbers import number_said
from app.domain.scrum.values import present_value
from app.errors import NotUnderstood

_LONGEST_MATCHED, _MOST_SECONDS = 10_000, 0.2
"""Characters that a regular expression sees, and for how long: one with repeats inside repeats never ends."""
_GREATER_OR_LESS = frozenset({"<", "<=", ">", ">="})
_ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def find(condition: Condition, asked: Asked) -> Finding:  # noqa: PLR0911 - one for each kind of condition
    """Whether it holds, and why.

    Raises:
        JqlNotUnderstood: the query names what the site does not have (any more).
        TemplateRefused: a text of a comparison cannot be rendered.
    """
    match condition:
        case str(jql) | JqlCondition(jql=jql):
            return asked_of(jql, asked)
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
        case InGroupCondition() | InRoleCondition():
            return _belongs(condition, asked)
        case TimeInStatusCondition(in_status_longer_than=limit):
            return _time_in_status(limit, asked)
        case RelatedCondition(related=related):
            return _related(related, asked)


def _compared(compared: Compared, asked: Asked) -> Finding:
    left, right = _rendered(compared.left, asked), _rendered(compared.right, asked)
    said = f"{compared.left} {compared.operator} {compared.right}"
    seen = f"{left!r} {compared.operator} {right!r}"
    if compared.operator in _GREATER_OR_LESS and (odd := _no_number(left, right)) is not None:
        return Finding(said, holds=False, seen=f"{seen}: {odd!r} is no number")
    return Finding(said, _holds(left, compared.operator, right), seen)


def _no_number(left: str, right: str) -> str | None:
    """Of a number and a text, the text: letter by letter, every word would be greater than any number."""
    first, second = number_said(left), number_said(right)
    if (first is None) == (second is None):
        return None
    return left if first is None else right


def _rendered(text: str, asked: Asked) -> str:
    return render(text, asked.values()) if "{" in text else text


def _holds(left: str, how: str, right: str) -> bool:
    if how == "contains":
        return right.casefold() in left.casefold()
    if how == "matches":
        return _matches(left, right)
    first, second = number_said(left), number_said(right)
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


def _initiator(wanted: list[str], asked: Asked) -> Finding:
    parts = {
        "assignee": _account(asked, "assignee"),
        "reporter": _account(asked, "reporter"),
        "creator": _account(asked, "creator"),
    }
    accounts = {parts.get(one, one) for one in wanted} - {None}
    holds = asked.initiator is not None and asked.initiator in accounts
    return Finding(f"the initiator is {' or '.join(wanted)}", holds, asked.initiator or "nobody")


def _belongs(condition: InGroupCondition | InRoleCondition, asked: Asked) -> Finding:
    if isinstance(condition, InGroupCondition):
        return _in_group(condition.in_group, asked)
    return _in_role(condition.in_role, asked)


def _in_group(wanted: InGroup, asked: Asked) -> Finding:
    members: set[str] = set()
    for name in wanted.groups:
        known = asked.groups.get(folded(name))
        if known is None:
            fault = f"Who is in the group {name!r} is not known: it {READ_LATER}"
            raise NotUnderstood(fault, field="/when")
        members |= known
    account = _who(wanted.who, asked)
    said = f"the {wanted.who} is in {' or '.join(wanted.groups)}"
    return Finding(said, account in members, account or "nobody")


def _in_role(wanted: InRole, asked: Asked) -> Finding:
    project = asked.issue.project_key
    members: set[str] = set()
    for name in wanted.roles:
        known = asked.roles.get((project, name.casefold()))
        if known is None:
            fault = f"Who has the role {name!r} in the project {project} is not known: it {READ_LATER}"
            raise NotUnderstood(fault, field="/when")
        members |= known
    account = _who(wanted.who, asked)
    said = f"the {wanted.who} has the role {' or '.join(wanted.roles)} in {project}"
    seen = account or "nobody"
    return Finding(said, account in members, seen if members else f"{seen}; nobody has it there")


def _who(who: str, asked: Asked) -> str | None:
    """Account id; None where it is nobody, or not known."""
    match who:
        case "initiator":
            return asked.initiator
        case "commenter":
            return asked.commenter
        case "assignee" | "reporter" | "creator":
            return _account(asked, who)
        case account:
            return account


def _account(asked: Asked, field_id: str) -> str | None:
    ids = present_value(field_id, asked.issue.fields.get(field_id)).ids
    return ids[0] if ids else None


def _related(related: Related, asked: Asked) -> Finding:
    others = asked.past.around(asked.issue, related.to, related.link_type)
    kin = related.to if related.link_type is None else f"{related.to} ({related.link_type})"
    lacks = _lacks_around(related, others, asked)
    if related.jql is None:
        keys = ", ".join(other.key for other in others)
        return Finding(f"{kin} exist", bool(others), keys[:LONGEST_SEEN] or "none", lacks=lacks)
    held = [other.key for other in matching(related.jql, others, asked)]
    holds = {"some": bool(held), "all": len(held) == len(others), "none": not held}[related.match]
    listed = ", ".join(held)[:LONGEST_SEEN] or "none"
    return Finding(
        f"{related.match} of {kin}: {related.jql}",
        holds,
        f"{len(held)} of {len(others)}: {listed}",
        lacks=lacks,
    )


def _lacks_around(related: Related, others: Sequence[Facts], asked: Asked) -> tuple[str, ...]:
    """Issues that were not read may stand there, and those that do may have histories that were cut."""
    lacks = list(asked.lacking(asked.issue.id).unread)
    if related.jql is not None and reads_history(related.jql):
        histories = ((other.key, asked.lacking(other.id).history) for other in others)
        lacks += [f"{key}: {why}" for key, why in histories if why is not None]
    return tuple(lacks)


def _time_in_status(limit: TimeInStatus, asked: Asked) -> Finding:
    since = max(
        (change.at for change in asked.issue.changes if change.field == STATUS), default=asked.issue.created
    )
    spent = Calendar().working_time(since, asked.at) if limit.working else asked.at - since
    unit = "working days" if limit.working else "days"
    days = spent / timedelta(days=1)
    said = f"in its status for more than {limit.days:g} {unit}"
    cut = asked.lacking(asked.issue.id).history
    return Finding(
        said,
        spent > timedelta(days=limit.days),
        f"{days:.1f} {unit}, since {since}",
        lacks=() if cut is None else (cut,),
    )
