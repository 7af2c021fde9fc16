"""The two or three things to do today, from the signals that are not on track."""

import functools
from collections.abc import Callable, Mapping

from app.domain.forecast.forecast import Forecast
from app.domain.reports import naming
from app.domain.reports.document import Inline, Inlines, quote, say
from app.domain.reports.outlook import MOST_NAMED, UNLIKELY
from app.domain.reports.words import counted, day, measured, number, percent, sized
from app.domain.scrum.priorities import high
from app.domain.sprint_health.health import Signal, SignalName, SprintHealth, Verdict

MOST_ADVICE = 3
MOST_KEYS = 5


def advice(health: SprintHealth) -> tuple[Inlines, ...]:
    """At most three sentences, the worst signal first, one hint at most; none where all is on track."""
    sentences = AFTERWARDS if health.closed else TODAY
    crossed = [signal for signal in health.signals if signal.name in sentences and signal.crossed]
    troubled = [signal for signal in crossed if signal.level is not Verdict.ON_TRACK]
    told = (*troubled, *[signal for signal in crossed if signal.hint][:1])
    return tuple(sentences[signal.name](signal, health) for signal in told[:MOST_ADVICE])


def plan_hints(health: SprintHealth) -> tuple[Inlines, ...]:
    """What is worth a sentence when a sprint is planned."""
    crossed = [signal for signal in health.signals if signal.hint and signal.name in PLANNING]
    return tuple(PLANNING[signal.name](signal, health) for signal in crossed)


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
    named = (": ", *_issues(keys)) if keys else ()
    return say(f"{_work(health)} carried over", *named, ".")


def _one_person(signal: Signal, health: SprintHealth) -> Inlines:
    """By name: whoever has too much can give something away today."""
    row = next((one for one in health.issues if one.key in signal.keys), None)
    who = quote(row.assignee or "", 60) if row else "one person"
    much = f"{who} has {percent(signal.value)} of what was added since the start"
    return say(f"Share out what came in: {much} (", *_issues(signal.keys), ").")


def _take_more(signal: Signal, health: SprintHealth) -> Inlines:
    return say(f"Take more in as soon as there is room: {_too_little(signal, health)}.")


def _commit_more(signal: Signal, health: SprintHealth) -> Inlines:
    return say(f"Commit to more next time: {_too_little(signal, health)}.")


def _too_little(signal: Signal, health: SprintHealth) -> str:
    row = counted(int(signal.value or 0), "sprint")
    usual = health.outlook.velocity.median if health.outlook else None
    told = "" if usual is None else f"; {measured(usual, health.unit)} are usual"
    return f"{row} running completed more than was committed{told}"


def _low_priorities(signal: Signal, health: SprintHealth) -> Inlines:
    names = " or ".join(quote(one.name, 40) for one in high(health.priorities))
    much = f"only {percent(signal.value)} of the issues have" if signal.value else "none of the issues has"
    asked = "what mattered" if health.closed else "whether this is what matters most"
    return say(f"Ask the product owner {asked}: {much} priority {names}.")


def _left_blocked(signal: Signal, _: SprintHealth) -> Inlines:
    return say("Carried over while blocked, so unblock first: ", *_issues(signal.keys), ".")


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
    SignalName.ONE_PERSON: _one_person,
}
"""What to do about a signal while the sprint runs."""

PLANNING: Mapping[SignalName, Advice] = {
    SignalName.COMMITTED_TOO_LITTLE: _take_more,
    SignalName.LOW_PRIORITIES: _low_priorities,
}
"""What to do about it when the sprint has just begun; later it helps nobody before the next one."""

AFTERWARDS: Mapping[SignalName, Advice] = {
    SignalName.PACE: _leftovers,
    SignalName.BLOCKED: _left_blocked,
    SignalName.SCOPE_CHANGE: _scope_changed,
    SignalName.CARRIED_OVER: _carried_over,
    SignalName.UNESTIMATED: _unestimated,
    SignalName.NOT_ON_BOARD: _not_on_board,
    SignalName.COMMITTED_TOO_LITTLE: _commit_more,
    SignalName.LOW_PRIORITIES: _low_priorities,
}
"""What to look at again once it is closed."""
