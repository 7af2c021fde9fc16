"""What a clause about the past was true or false of: the changes and the periods that decided, in short."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from app.domain.jql.memory import Facts, matches
from app.domain.jql.plan import Both, Changed, Condition, Either, Subject, Was, Window
from app.domain.scrum.history import in_order
from app.domain.scrum.issue import Change
from app.domain.scrum.values import present_value

MOST = 3
"""So many changes or periods are told, the newest; of the others how many there are."""
_INSTANT = timedelta(microseconds=1)
LONGEST = 60
"""Characters of a value."""


def seen_past(condition: Condition, issue: Facts, *, sprint_field: str | None = None) -> str:
    """Instants are in UTC. Empty where the condition does not ask for the past.

    Args:
        condition: as planned: WAS or CHANGED, or such of several fields that share a name.
        issue: with its changes until the instant of the question.
        sprint_field: of the site.
    """
    told = [_told(each, issue, sprint_field) for each in _pasts(condition)]
    return "; ".join(dict.fromkeys(told))


def _pasts(condition: Condition) -> Iterator[Was | Changed]:
    match condition:
        case Was() | Changed():
            yield condition
        case Both(conditions) | Either(conditions):
            for each in conditions:
                yield from _pasts(each)
        case _:
            pass


def _told(condition: Was | Changed, issue: Facts, sprint_field: str | None) -> str:
    own = sorted((each for each in issue.changes if each.field in condition.subject.names), key=in_order)
    if isinstance(condition, Changed):
        return _changes(condition, own, issue)
    if condition.subject.comes_singly:
        return _listed([_arrow(each) for each in own]) or f"{_now(condition.subject, issue, None)} all along"
    return _periods(condition, own, issue, sprint_field)


def _changes(condition: Changed, own: Sequence[Change], issue: Facts) -> str:
    """Those that fit; where none does, those of the asked time, or that there were none."""
    within = [each for each in own if _inside(each.at, condition.window)]
    asked = Changed(condition.subject, condition.window, condition.before, condition.after, condition.by)
    if condition.subject.comes_singly:  # what was there besides counts, so all changes are looked at
        at_once = [replace(asked, window=Window(each.at, each.at + _INSTANT)) for each in within]
        fitting = [each for each, one in zip(within, at_once, strict=True) if matches(one, issue)]
    else:
        fitting = [each for each in within if matches(asked, _with_only(issue, each))]
    if fitting:
        return _listed([_arrow(each) for each in fitting])
    if within:
        return f"only {_listed([_arrow(each) for each in within])}"
    return "never changed" if not own else "no change in the asked time"


def _with_only(issue: Facts, change: Change) -> Facts:
    return Facts(
        issue.id,
        issue.key,
        issue.project_key,
        issue.status_id,
        issue.summary,
        issue.created,
        issue.updated,
        issue.fields,
        (change,),
    )


def _periods(condition: Was, own: Sequence[Change], issue: Facts, sprint_field: str | None) -> str:
    """What it was during the asked time, one after the other."""
    if not own:
        return f"{_now(condition.subject, issue, sprint_field)} all along"
    begins = [(issue.created, own[0].before_text or own[0].before, own[0].author)]
    begins += [(each.at, each.after_text or each.after, each.author) for each in own]
    ends = [at for at, *_ in begins[1:]]
    found = [
        _period(text, at, end)
        for (at, text, _), end in zip(begins, [*ends, None], strict=True)
        if _overlaps(at, end, condition.window)
    ]
    return _listed(found) or "not there in the asked time"


def _period(text: str | None, since: datetime, until: datetime | None) -> str:
    if until is None:
        return f"{_short(text)} since {_day(since)}"
    return f"{_short(text)} {_day(since)} to {_day(until)}"


def _now(subject: Subject, issue: Facts, sprint_field: str | None) -> str:
    if subject.field == "status":
        return _short(present_value("status", issue.fields.get("status")).text or issue.status_id)
    return _short(
        present_value(subject.field, issue.fields.get(subject.field), sprint_field=sprint_field).text
    )


def _arrow(change: Change) -> str:
    before, after = change.before_text or change.before, change.after_text or change.after
    by = f" by {change.author}" if change.author else ""
    return f"{_short(before)} → {_short(after)} on {_day(change.at)}{by}"


def _listed(told: Sequence[str]) -> str:
    more = len(told) - MOST
    return ", ".join([*([f"{more} earlier"] if more > 0 else []), *told[-MOST:]])


def _short(text: str | None) -> str:
    said = " ".join((text or "").split())
    return (said[: LONGEST - 1] + "…" if len(said) > LONGEST else said) or "empty"


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _inside(at: datetime, window: Window) -> bool:
    return (window.start is None or at >= window.start) and (window.end is None or at < window.end)


def _overlaps(since: datetime, until: datetime | None, window: Window) -> bool:
    begins_in_time = window.end is None or since < window.end
    return begins_in_time and (window.start is None or until is None or until > window.start)
