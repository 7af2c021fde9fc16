"""The two or three things to do today, from the signals that are not on track."""

import functools
from collections.abc import Callable, Mapping

from app.domain.forecast.forecast import Forecast
from app.domain.reports import naming
from app.domain.reports.document import Inline, Inlines, say
from app.domain.reports.outlook import MOST_NAMED, UNLIKELY
from app.domain.reports.words import counted, day, measured, number, percent, sized
from app.domain.sprint_health.health import Signal, SignalName, SprintHealth, Verdict

MOST_ADVICE = 3
MOST_KEYS = 5


def advice(health: SprintHealth) -> tuple[Inlines, ...]:
    """At most three sentences, the worst signal first; none where all is on track."""
    troubled = [signal for signal in health.signals if signal.level is not Verdict.ON_TRACK]
    sentences = AFTERWARDS if health.closed else TODAY
    said = (sentences[signal.name](signal, health) for signal in troubled if signal.name in sentences)
    return tuple(said)[:MOST_ADVICE]


def _issues(keys: tuple[str, ...]) -> tuple[str | Inline, ...]:
    return tuple(naming.keys(keys, MOST_KEYS))


def _work(health: SprintHealth) -> str:
    left = health.ledger.remaining
    issues = counted(left.issues, "issue")
    return issues if health.counts_issues else f"{measured(left.points, health.unit)} in {issues}"


def _pace(_: Signal, health: SprintHealth) -> Inlines:
    days = health.timing.working_days_left
    left = f" for {counted(days, 'working day')}" if days else ""
    return say(f"Decide what leaves the sprint: {_work(health)} remain{left}.")


def _scope_change(signal: Signal, health: SprintHealth) -> Inlines:
    return say(f"Settle the scope with the product owner: it changed by {_change(signal, health)}.")


def _scope_changed(signal: Signal, health: SprintHealth) -> Inlines:
    return say(f"Ask in the retrospective why the scope changed by {_change(signal, health)}.")


def _change(signal: Signal, health: SprintHealth) -> str:
    ledger = health.ledger
    told = functools.partial(sized, unit=health.unit)
    what = f"+{told(ledger.added.points)} added, -{told(ledger.removed.points)} removed"
    if ledger.re_estimated.gross:
        what += f", {told(ledger.re_estimated.gross)} re-estimated"
    much = f"{percent(signal.value)} of the commitment" if signal.value is not None else "with no commitment"
    return f"{much} ({what})"


def _overdue(_: Signal, health: SprintHealth) -> Inlines:
    end = health.timing.planned_end
    when = f" on {day(end, health.calendar)}" if end else ""
    return say(f"Close the sprint: it was to end{when}, {_work(health)} remain.")


def _blocked(signal: Signal, health: SprintHealth) -> Inlines:
    since = [issue.blocked_since for issue in health.blocked if issue.blocked_since]
    longest = f", blocked since {day(min(since), health.calendar)}" if since else ""
    return say("Unblock ", *_issues(signal.keys), f"{longest}.")


def _stalled(signal: Signal, _: SprintHealth) -> Inlines:
    limit = counted(int(signal.threshold), "working day")
    return say("Ask about ", *_issues(signal.keys), f": in progress, and not moved for {limit} or longer.")


def _goal(signal: Signal, health: SprintHealth) -> Inlines:
    """What will be done instead, and what to let go of first."""
    told = health.outlook.forecast if health.outlook else None
    if not isinstance(told, Forecast):
        return say(f"Talk about the sprint goal. {signal.fact}")
    scope = health.ledger.scope
    much = f": about {told.expected:.0f} of {number(scope)} {health.unit} will be done"
    # What may yet be added is expected, too, so that it may be all that is there now, or more.
    said = f"Talk about the sprint goal{much if round(told.expected) < scope else ''}. {signal.fact}"
    unlikely = tuple(item.key for item in told.items if item.chance < UNLIKELY)[:MOST_NAMED]
    return say(said, " Drop or split first: ", *_issues(unlikely), ".") if unlikely else say(said)


def _carried_over(signal: Signal, _: SprintHealth) -> Inlines:
    most = number(signal.value) if signal.value is not None else "several"
    return say("Split or drop ", *_issues(signal.keys), f": unfinished in up to {most} earlier sprints.")


def _unestimated(signal: Signal, health: SprintHealth) -> Inlines:
    """What is still to do first; what is done without an estimate is missing from the velocity only."""
    remaining = tuple(issue.key for issue in health.unestimated if issue.remains)
    keys = (*remaining, *(key for key in signal.keys if key not in remaining))
    return say("Estimate ", *_issues(keys), ": without an estimate they count 0.")


def _not_on_board(signal: Signal, _: SprintHealth) -> Inlines:
    return say("Show ", *_issues(signal.keys), " on the board: their status has no column.")


def _leftovers(_: Signal, health: SprintHealth) -> Inlines:
    keys = tuple(issue.key for issue in health.carry_over if not issue.is_subtask)
    return say(f"{_work(health)} carried over: ", *_issues(keys), ".")


Advice = Callable[[Signal, SprintHealth], Inlines]

TODAY: Mapping[SignalName, Advice] = {
    SignalName.OVERDUE: _overdue,
    SignalName.BLOCKED: _blocked,
    SignalName.STALLED: _stalled,
    SignalName.PACE: _pace,
    SignalName.GOAL: _goal,
    SignalName.SCOPE_CHANGE: _scope_change,
    SignalName.CARRIED_OVER: _carried_over,
    SignalName.UNESTIMATED: _unestimated,
    SignalName.NOT_ON_BOARD: _not_on_board,
}
"""What to do about a signal while the sprint runs."""

AFTERWARDS: Mapping[SignalName, Advice] = {
    SignalName.PACE: _leftovers,
    SignalName.SCOPE_CHANGE: _scope_changed,
    SignalName.CARRIED_OVER: _carried_over,
    SignalName.UNESTIMATED: _unestimated,
}
"""What to look at again once it is closed."""
