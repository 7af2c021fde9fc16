"""Signals that need more than the sprint's own ledger: what stands still, what stops work, and its goal.

They are of a sprint that runs; once it is closed nothing can be unblocked in it any more.
"""

from collections.abc import Iterable
from decimal import Decimal

from app.domain.flow.flow import Flow
from app.domain.forecast.forecast import Forecast, NoForecast
from app.domain.scrum.wording import counted
from app.domain.sprint_health.health import Signal, SignalName, SprintHealth, Verdict
from app.domain.sprint_health.hints import hints
from app.domain.sprint_health.ledger import Ledger
from app.domain.sprint_health.signals import Thresholds, percent
from app.domain.sprint_health.velocity import Velocity

URGENCY = (
    SignalName.OVERDUE,
    SignalName.BLOCKED,
    SignalName.STALLED,
    SignalName.PACE,
    SignalName.GOAL,
    SignalName.SCOPE_CHANGE,
    SignalName.CARRIED_OVER,
    SignalName.NOT_ON_BOARD,
    SignalName.UNESTIMATED,
    SignalName.ONE_PERSON,
    SignalName.COMMITTED_TOO_LITTLE,
    SignalName.LOW_PRIORITIES,
)
"""Of signals of one level, what can be acted on soonest."""


def judge_ahead(
    health: SprintHealth,
    flow: Flow,
    told: Forecast | NoForecast | None,
    velocity: Velocity,
    *,
    stalled_after: int,
    thresholds: Thresholds,
) -> tuple[Signal, ...]:
    """All signals of a sprint, the worst first; once it is closed nothing can be moved in it any more."""
    signals = [
        _blocked(signal, flow, thresholds) if signal.name is SignalName.BLOCKED else signal
        for signal in health.signals
    ]
    signals += hints(health, velocity, thresholds)
    if health.closed:
        worst = tuple(reversed(Verdict))
        return tuple(sorted(signals, key=lambda one: worst.index(one.level)))
    signals.append(_stalled(flow, stalled_after))
    if health.goal:
        signals.append(_goal(health.ledger, signals, told, thresholds))
    worst_first = tuple(reversed(Verdict))
    return tuple(sorted(signals, key=lambda one: (worst_first.index(one.level), URGENCY.index(one.name))))


def _blocked(flagged: Signal, flow: Flow, thresholds: Thresholds) -> Signal:
    """By a status or a link, too: people mark what stops them in all three ways."""
    others = tuple(one.key for one in flow.blocked if one.key not in flagged.keys)
    if not others:
        return flagged
    keys = (*flagged.keys, *others)
    level = Verdict.AT_RISK if len(keys) >= thresholds.blocked else Verdict.ON_TRACK
    fact = f"{counted(len(keys), 'issue')} unfinished and blocked by a flag, a status or a link."
    return Signal(SignalName.BLOCKED, level, Decimal(len(keys)), flagged.threshold, fact, keys)


def _stalled(flow: Flow, stalled_after: int) -> Signal:
    keys = tuple(one.key for one in flow.stalled)
    level = Verdict.AT_RISK if keys else Verdict.ON_TRACK
    longest = max((one.days_in_column for one in flow.stalled), default=0.0)
    limit = counted(stalled_after, "working day")
    fact = f"{counted(len(keys), 'issue')} in progress and not moved for {limit} or longer."
    return Signal(SignalName.STALLED, level, round(Decimal(longest), 1), Decimal(stalled_after), fact, keys)


def _goal(
    ledger: Ledger, signals: Iterable[Signal], told: Forecast | NoForecast | None, thresholds: Thresholds
) -> Signal:
    """Jira does not say which issues a goal needs, so it is as safe as the commitment.

    Of a sprint that was made smaller it is as safe as all that is left: nobody can complete what was taken
    out, and whoever took it out did so for the goal's sake.
    """
    limit = thresholds.goal
    if isinstance(told, Forecast) and told.chance_of_commitment is not None:
        chance, what = told.chance_of_commitment, "as much as was committed"
        if ledger.is_smaller:
            chance, what = told.chance_of_all, "all that is left in the sprint"
        value = Decimal(str(chance))
        level = Verdict.AT_RISK if value < limit else Verdict.ON_TRACK
        fact = f"The chance to complete {what} is {percent(value)}."
        return Signal(SignalName.GOAL, level, value, limit, fact)
    off = any(signal.level is Verdict.OFF_TRACK for signal in signals)
    level = Verdict.AT_RISK if off else Verdict.ON_TRACK
    why = "the sprint is off track" if off else "the sprint is not off track"
    fact = f"For the sprint goal there is no forecast, and {why}."
    return Signal(SignalName.GOAL, level, None, limit, fact)
