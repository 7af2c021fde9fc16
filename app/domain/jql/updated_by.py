"""`issue in updatedBy(user, from, to)`: whose doing it was, within some days.

"An update includes creating an issue, updating any of its fields, creating or deleting a comment, or editing
a comment (only the last edit)" (Atlassian's page on functions). The store knows who wrote a comment, and
when it was edited last; that is taken for the writer's edit. Who deleted one is not told.
"""

import re
from datetime import datetime, timedelta

from app.domain.jql.catalogue import SYSTEM, Catalogue
from app.domain.jql.dates import read_instant
from app.domain.jql.errors import JqlNotUnderstood, JqlRefused
from app.domain.jql.plan import Condition, Subject, Touched, Window, folded
from app.domain.jql.tree import Call, Operator, Terminal, Value

FUNCTION = "updatedby"
_MOST = 3
_is_short = re.compile(r"[^wd]*[hm][^wd]*", re.IGNORECASE).fullmatch


def is_asked(clause: Terminal) -> bool:
    """Whether the condition is one of this function."""
    return isinstance(clause.operand, Call) and folded(clause.operand.name.value) == FUNCTION


def condition(
    clause: Terminal, operator: Operator, subjects: list[Subject], catalogue: Catalogue, text: str
) -> Condition:
    """Of an issue, behind IN.

    Raises:
        JqlNotUnderstood: another field or operator; arguments that it does not take.
        JqlRefused: comments cannot be asked for.
    """
    call = clause.operand
    assert isinstance(call, Call)
    if operator not in {Operator.IN, Operator.NOT_IN} or subjects != [SYSTEM["key"]]:
        fault = "updatedBy() stands behind `issue IN` and `issue NOT IN`."
        raise JqlNotUnderstood(text, call.position, fault)
    if not 1 <= len(call.arguments) <= _MOST:
        raise JqlNotUnderstood(
            text, call.position, "updatedBy() takes a user, and perhaps a first and a last day."
        )
    if not catalogue.has_surroundings:
        raise JqlRefused(text, call.position, "updatedBy() is answered by searches of the present only.")
    user, *days = call.arguments
    bounds = [_day(each, catalogue, text) for each in days]
    start = bounds[0] if bounds else None
    end = _following(bounds[1], catalogue) if len(bounds) > 1 else None
    return Touched(catalogue.accounts(user.value), Window(start, end), holds=operator is Operator.IN)


def _day(given: Value, catalogue: Catalogue, text: str) -> datetime:
    """Its beginning; less than a day is rounded up to one, as Atlassian has it."""
    said = "-1d" if _is_short(given.value) else given.value
    found = read_instant(said, now=catalogue.now, zone=catalogue.zone)
    if found is None:
        fault = f'{given.text} is no day. Write "2026/01/31", "2026-01-31" or "-8d".'
        raise JqlNotUnderstood(text, given.position, fault)
    return found.astimezone(catalogue.zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _following(day: datetime, catalogue: Catalogue) -> datetime:
    return (day.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=catalogue.zone)
