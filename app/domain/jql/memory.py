"""One interpreter: a plan asked of one issue. The store's SQL is the other; one table of cases runs both."""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from app.domain.jql.catalogue import AROUND, KEY_NUMBER, WORK_RATIO
from app.domain.jql.plan import (
    Always,
    Blank,
    Both,
    Changed,
    Compare,
    Comparison,
    Condition,
    Either,
    Has,
    Kind,
    Logged,
    Matches,
    Side,
    Subject,
    Touched,
    Was,
    Window,
    folded,
)
from app.domain.jql.sets import Sets
from app.domain.jql.terms import terms_of_field
from app.domain.jql.text_search import sought
from app.domain.scrum.history import in_order
from app.domain.scrum.issue import Change
from app.domain.scrum.issue_columns import day_of, instant_of, seconds_of
from app.domain.scrum.texts import plain_text


@dataclass(frozen=True, slots=True)
class Work:
    """Logged work; `author` is an account id."""

    author: str | None
    started: datetime | None
    comment: Any = None


@dataclass(frozen=True, slots=True)
class Writing:
    """Who wrote a comment, when, and when it was edited last."""

    author: str | None
    created: datetime | None
    updated: datetime | None


@dataclass(frozen=True, slots=True)
class Around:
    """What is held beside an issue, without what was deleted.

    Attributes:
        comments: their bodies, text or document (ADF).
        writings: of the comments.
        files: how many are attached.
        links: a mark for each, see `Catalogue.link_marks`.
    """

    comments: tuple[Any, ...] = ()
    worklogs: tuple[Work, ...] = ()
    files: int = 0
    links: frozenset[str] = frozenset()
    writings: tuple[Writing, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """An issue as queries see it.

    Attributes:
        fields: Jira's fields by id, long texts included.
        changes: its whole changelog.
        project_id: of its project, where it is known.
        history_complete: whether `changes` are known to be all of them.
        around: what is held beside it; None where that was not read.
    """

    id: str
    key: str
    project_key: str
    status_id: str
    summary: str
    created: datetime
    updated: datetime
    fields: Mapping[str, Any]
    changes: tuple[Change, ...] = ()
    around: Around | None = None
    project_id: str | None = None
    history_complete: bool = True


_COMPARISONS: Mapping[Comparison, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


_CREATOR = Subject("creator", Kind.KEYED, frozenset({"creator"}))
_REPORTER = Subject("reporter", Kind.KEYED, frozenset({"reporter"}))


def matches(condition: Condition, issue: Facts) -> bool:  # noqa: C901, PLR0911 - one for each kind
    """Whether the condition is true of the issue."""
    match condition:
        case Always(true):
            return true
        case Both(conditions):
            return all(matches(each, issue) for each in conditions)
        case Either(conditions):
            return any(matches(each, issue) for each in conditions)
        case Blank(subject, holds):
            return is_blank(subject, issue) == holds
        case Has(subject, terms, holds):
            found = _terms(subject, issue)
            return bool(found) and (not found.isdisjoint(terms)) == holds
        case Compare(subject, comparison, bound):
            value = read_value(subject, issue)
            return value is not None and _COMPARISONS[comparison](value, bound)
        case Matches(subjects, query, language, holds):
            texts = [text for each in subjects for text in _texts_of(each, issue) if text]
            return bool(texts) and any(map(sought(query, language).matches, texts)) == holds
        case Was():
            return _was(condition, issue) == condition.holds
        case Changed():
            return _changed(condition, issue) == condition.holds
        case Logged():
            works = _around(issue).worklogs
            return bool(works) and any(_is_logged(condition, each) for each in works) == condition.holds
        case Touched(by, window, holds):
            return any(_inside(at, window) for at in _touches(issue, by)) == holds


def _touches(issue: Facts, by: frozenset[str]) -> Iterator[datetime]:
    """When one of them had a hand in it."""
    if not by.isdisjoint(terms_of_field(_CREATOR, issue.fields.get("creator"))):
        yield issue.created
    yield from (each.at for each in issue.changes if folded(each.author or "") in by)
    for each in _around(issue).writings:
        if folded(each.author or "") in by:
            yield from (at for at in (each.created, each.updated) if at is not None)


def _is_logged(condition: Logged, work: Work) -> bool:
    if condition.by is not None and folded(work.author or "") not in condition.by:
        return False
    return condition.window == Window() or (
        work.started is not None and _inside(work.started, condition.window)
    )


def _terms(subject: Subject, issue: Facts) -> frozenset[str]:
    if subject.kind is Kind.ISSUE:
        before = (
            folded(each.before_text) for each in issue.changes if each.field == "Key" and each.before_text
        )
        return frozenset({folded(issue.key), issue.id, *before})
    if subject.field == "project":
        return frozenset({issue.project_key})
    if subject.field == "status":
        return frozenset({folded(issue.status_id)})
    if subject in AROUND.values():
        return _terms_around(subject, _around(issue))
    return terms_of_field(subject, _value(subject, issue))


def _terms_around(subject: Subject, around: Around) -> frozenset[str]:
    if subject is AROUND["issuelinktype"]:
        return around.links
    there = around.files if subject is AROUND["attachments"] else len(around.worklogs)
    return frozenset({"there"} if there else ())


def is_blank(subject: Subject, issue: Facts) -> bool:
    """Whether the field has no value."""
    if subject.kind in {Kind.KEYED, Kind.ISSUE, Kind.PARENT}:
        return not _terms(subject, issue)
    if subject.kind is Kind.TEXT:
        return not text_of(subject, issue)
    return read_value(subject, issue) is None


def text_of(subject: Subject, issue: Facts) -> str:
    """A text; of a document (ADF) all its texts, each on a line."""
    if subject.field == "summary":
        return issue.summary
    return plain_text(issue.fields.get(subject.field))


def _texts_of(subject: Subject, issue: Facts) -> list[str]:
    """All texts of the field: one, but for comments."""
    if subject is AROUND["comment"]:
        return [plain_text(each) for each in _around(issue).comments]
    if subject is AROUND["worklogcomment"]:
        return [plain_text(each.comment) for each in _around(issue).worklogs]
    return [text_of(subject, issue)]


def _around(issue: Facts) -> Around:
    if issue.around is None:
        message = f"What is held beside {issue.key} was not read."
        raise ValueError(message)
    return issue.around


def read_value(  # noqa: PLR0911 - one for each kind
    subject: Subject, issue: Facts
) -> Decimal | datetime | date | None:
    """A number, an instant or a date; None where there is none, or it cannot be read."""
    if subject is KEY_NUMBER:
        return Decimal(issue.key.rpartition("-")[2] or 0)
    if subject.field in {"created", "updated"}:
        return issue.created if subject.field == "created" else issue.updated
    value = _value(subject, issue)
    if read := _AS_COLUMNS.get(subject.field):
        return read(value)
    try:
        if subject.kind is Kind.NUMBER:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            found = Decimal(str(value)) if number else None
            return None if found is not None and subject is WORK_RATIO and found < 0 else found
        if subject.kind is Kind.DATE:
            return date.fromisoformat(value[:10]) if isinstance(value, str) else None
        return _instant(value) if isinstance(value, str) else None
    except (ValueError, InvalidOperation):
        return None


def _value(subject: Subject, issue: Facts) -> Any:
    """As Jira's documents have it: of a field that is looked into, the part."""
    value = issue.fields.get(subject.field)
    if not subject.part:
        return value
    if isinstance(value, msgspec.Raw):
        value = msgspec.json.decode(value)
    return value.get(subject.part) if isinstance(value, Mapping) else None


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _day(value: Any) -> date | None:
    found = day_of(value)
    return None if found is None else date.fromisoformat(found)


def _seconds(value: Any) -> Decimal | None:
    found = seconds_of(value)
    return None if found is None else Decimal(found)


# Read as the columns of the store are: there a search reads the columns.
_AS_COLUMNS: Mapping[str, Callable[[Any], Decimal | datetime | date | None]] = {
    "duedate": _day,
    "resolutiondate": instant_of,
    **dict.fromkeys(("timeoriginalestimate", "timeestimate", "timespent"), _seconds),
}


# --- history -----------------------------------------------------------------------------------------


def _was(condition: Was, issue: Facts) -> bool:
    changes = sorted((each for each in issue.changes if each.field in condition.subject.names), key=in_order)
    if not condition.subject.comes_singly:
        return any(_had(condition, side, changes, issue) for side in condition.sides)
    sets = _sets(condition.subject, changes, issue)
    giver = _first_giver(issue)
    return any(
        sets.had(condition, side, issue.created, giver)
        if side.blank or condition.by is not None
        else _had(condition, side, changes, issue)
        for side in condition.sides
    )


def _sets(subject: Subject, changes: list[Change], issue: Facts) -> Sets:
    value = issue.fields.get(subject.field)
    if isinstance(value, msgspec.Raw):
        value = msgspec.json.decode(value)
    number = len(value) if isinstance(value, list | tuple) else 0
    return Sets(subject, changes, said, lambda side: _has_now(subject, side, issue), number)


def _had(condition: Was, side: Side, changes: list[Change], issue: Facts) -> bool:
    subject, window = condition.subject, condition.window
    moves = [
        (after, change)
        for change in changes
        if said(subject, side, change.before, change.before_text)
        != (after := said(subject, side, change.after, change.after_text))
    ]
    is_open = window.start is None or window.end is None or window.start < window.end
    if condition.by is None and is_open:
        return _had_by_anybody(subject, side, [change for _, change in moves], issue, window)
    return any(
        (window.end is None or begin < window.end)
        and (window.start is None or end is None or end > window.start)
        and (condition.by is None or not condition.by.isdisjoint(people))
        for begin, end, people in _spans(subject, side, moves, issue)
    )


def _had_by_anybody(subject: Subject, side: Side, moves: list[Change], issue: Facts, window: Window) -> bool:
    """As the present with later changes taken back tells: what came or went within the window, was there.

    If nothing did, it was throughout as the next move found it, or as it is now.
    """
    if window.end is not None and issue.created >= window.end:
        return False
    first = next((each for each in moves if window.start is None or each.at > window.start), None)
    if first is None:
        return _has_now(subject, side, issue)
    is_inside = window.end is None or first.at < window.end
    return is_inside or said(subject, side, first.before, first.before_text)


def _spans(
    subject: Subject, side: Side, moves: list[tuple[bool, Change]], issue: Facts
) -> list[tuple[datetime, datetime | None, frozenset[str]]]:
    """From when to when it had the value, and who gave it: from arrival or creation to the next move."""
    spans: list[tuple[datetime, datetime | None, frozenset[str]]] = []
    start: tuple[datetime, frozenset[str]] | None = None
    if _at_first(subject, side, moves, issue):
        start = (issue.created, _first_giver(issue))
    for arrives, change in moves:
        if start is not None:
            spans.append((start[0], change.at, start[1]))
        start = (change.at, frozenset({folded(change.author or "")})) if arrives else None
    return spans if start is None else [*spans, (start[0], None, start[1])]


def _first_giver(issue: Facts) -> frozenset[str]:
    """Whom Jira's history index names for the values that an issue was created with."""
    reporter = terms_of_field(_REPORTER, issue.fields.get("reporter"))
    return reporter or terms_of_field(_CREATOR, issue.fields.get("creator"))


def _at_first(subject: Subject, side: Side, moves: list[tuple[bool, Change]], issue: Facts) -> bool:
    """Whether the issue was created with the value."""
    if moves:
        first = moves[0][1]
        return said(subject, side, first.before, first.before_text)
    return _has_now(subject, side, issue)


def _has_now(subject: Subject, side: Side, issue: Facts) -> bool:
    terms = _terms(subject, issue)
    return not terms.isdisjoint(side.terms) or (side.blank and is_blank(subject, issue))


def said(subject: Subject, side: Side, ids: str | None, text: str | None) -> bool:
    """Whether one side of a change names the value, by id or by name."""
    if not (ids or text):
        return side.blank
    found = {folded(ids or ""), folded(text or "")}
    if subject.listed:
        found |= {folded(each) for one in (ids, text) for each in (one or "").split(subject.listed)}
    return not side.terms.isdisjoint(found - {""})


def _changed(condition: Changed, issue: Facts) -> bool:
    if condition.subject.comes_singly and (condition.before or condition.after):
        names = condition.subject.names
        changes = sorted((each for each in issue.changes if each.field in names), key=in_order)
        return _sets(condition.subject, changes, issue).changed(condition, _inside)
    return any(
        change.field in condition.subject.names
        and _inside(change.at, condition.window)
        and (condition.by is None or folded(change.author or "") in condition.by)
        and _side_fits(condition.subject, condition.before, change.before, change.before_text)
        and _side_fits(condition.subject, condition.after, change.after, change.after_text)
        for change in issue.changes
    )


def _side_fits(subject: Subject, side: Side | None, ids: str | None, text: str | None) -> bool:
    return side is None or said(subject, side, ids, text)


def _inside(at: datetime, window: Window) -> bool:
    return (window.start is None or at >= window.start) and (window.end is None or at < window.end)
