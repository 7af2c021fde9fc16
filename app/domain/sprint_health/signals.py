"""Is the sprint on track? Named signals with open thresholds; the verdict is the worst of them.

No score: each signal is a number that the report shows, compared with a limit that a team can set.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.scrum.scope import NOTHING
from app.domain.sprint_health.health import IssueHealth, Ratios, Signal, SignalName, Timing, Verdict
from app.domain.sprint_health.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a signal is no longer on track. Shares are from 0 to 1.

    Attributes:
        behind: how far the share of work done may lag behind the share of working time elapsed.
        far_behind: the same, for off track.
        scope_change: scope change relative to the commitment; more than this is at risk.
        blocked: this many blocked issues are at risk.
        carried_over: an unfinished issue that already was in this many earlier sprints is at risk.
        unestimated: share of the sprint's issues without an estimate; more than this is at risk.
        not_on_board: this many issues that the board does not show are at risk.
        goal: with a lower chance to complete as much as was committed, the sprint goal is at risk.
        one_person: more than this share of what was added while the sprint ran, with one person, is told.
        too_little: so many sprints running in which more was completed than committed are told.
        high_priority: a lower share of issues with high priority is told.
    """

    behind: Decimal = Decimal("0.20")
    far_behind: Decimal = Decimal("0.40")
    scope_change: Decimal = Decimal("0.25")
    blocked: int = 1
    carried_over: int = 2
    unestimated: Decimal = Decimal("0.20")
    not_on_board: int = 1
    goal: Decimal = Decimal("0.50")
    one_person: Decimal = Decimal("0.30")
    too_little: int = 3
    high_priority: Decimal = Decimal("0.30")


DEFAULT_THRESHOLDS = Thresholds()


def judge(
    issues: Sequence[IssueHealth],
    ledger: Ledger,
    ratios: Ratios,
    timing: Timing,
    *,
    counts_issues: bool,
    thresholds: Thresholds,
) -> tuple[Signal, ...]:
    """All signals, the worst first; of one level, what can be acted on soonest."""
    signals = [
        _overdue(timing, ledger),
        _blocked(issues, thresholds),
        _pace(ratios, timing, ledger, thresholds),
        _scope_change(ratios, ledger, timing, thresholds),
        _carried_over(issues, thresholds),
        _not_on_board(issues, thresholds),
    ]
    if not counts_issues:
        signals.append(_unestimated(issues, thresholds))
    worst_first = tuple(reversed(Verdict))
    return tuple(sorted(signals, key=lambda signal: worst_first.index(signal.level)))


def verdict(signals: Iterable[Signal]) -> Verdict:
    """The worst level among the signals."""
    levels = {signal.level for signal in signals}
    return next((level for level in reversed(Verdict) if level in levels), Verdict.ON_TRACK)


def percent(share: Decimal) -> str:
    """A share as people read it: 0.256 is 26 %."""
    return f"{share:.0%}".replace("%", " %")


def _pace(ratios: Ratios, timing: Timing, ledger: Ledger, thresholds: Thresholds) -> Signal:
    # Once it is closed, no time is left, whenever that was and whatever was planned.
    elapsed = timing.elapsed if timing.closed_at is None else Decimal(1)
    if elapsed is None or ratios.work_done is None:
        why = "no work to compare" if ratios.work_done is None else "no planned working time to compare with"
        return Signal(SignalName.PACE, Verdict.ON_TRACK, None, thresholds.behind, f"Pace unknown: {why}.")
    behind = elapsed - ratios.work_done
    level = Verdict.ON_TRACK
    if behind > thresholds.far_behind:
        level = Verdict.OFF_TRACK
    elif behind > thresholds.behind:
        level = Verdict.AT_RISK
    fact = f"{percent(ratios.work_done)} of the work is done, {percent(elapsed)} of the time is gone."
    if timing.closed_at is not None:
        fact = f"{percent(ratios.work_done)} of the work was done when the sprint was closed."
    return Signal(SignalName.PACE, level, behind, thresholds.behind, fact, _keys_left(ledger))


def _keys_left(ledger: Ledger) -> tuple[str, ...]:
    left: dict[str, int] = {}
    for posting in ledger.remaining.receipts:
        left[posting.event.key] = left.get(posting.event.key, 0) + posting.issues
    return tuple(key for key, issues in left.items() if issues)


def _scope_change(ratios: Ratios, ledger: Ledger, timing: Timing, thresholds: Thresholds) -> Signal:
    """Once nothing is left, a changed scope no longer endangers the sprint; it is asked about at the end."""
    keys = tuple(dict.fromkeys((*ledger.added.keys, *ledger.removed.keys, *ledger.re_estimated.keys)))
    limit = thresholds.scope_change
    if ratios.scope_change is None:
        level = Verdict.AT_RISK if keys and ledger.added.points else Verdict.ON_TRACK
        fact = "Nothing was committed, so no scope change can be measured against it."
        return Signal(SignalName.SCOPE_CHANGE, level, None, limit, fact, keys)
    harmless = timing.closed_at is None and not ledger.remaining.issues
    level = Verdict.AT_RISK if ratios.scope_change > limit and not harmless else Verdict.ON_TRACK
    fact = f"Scope changed by {percent(ratios.scope_change)} of the commitment since the start."
    return Signal(SignalName.SCOPE_CHANGE, level, ratios.scope_change, limit, fact, keys)


def _overdue(timing: Timing, ledger: Ledger) -> Signal:
    level = Verdict.ON_TRACK
    fact = "Within its planned time."
    if timing.closed_at is not None:
        fact = "Closed."
    elif timing.overdue:
        level = Verdict.OFF_TRACK if ledger.remaining.issues else Verdict.AT_RISK
        fact = f"Planned to end already, {ledger.remaining.issues} issues are unfinished."
    return Signal(SignalName.OVERDUE, level, Decimal(timing.overdue), Decimal(1), fact)


def _blocked(issues: Iterable[IssueHealth], thresholds: Thresholds) -> Signal:
    keys = [issue.key for issue in issues if issue.remains and issue.flagged]
    return _counted(SignalName.BLOCKED, keys, thresholds.blocked, "unfinished and flagged as blocked")


def _carried_over(issues: Iterable[IssueHealth], thresholds: Thresholds) -> Signal:
    limit = thresholds.carried_over
    often = [issue for issue in issues if issue.remains and issue.earlier_sprints >= limit]
    most = max((issue.earlier_sprints for issue in often), default=0)
    level = Verdict.AT_RISK if often else Verdict.ON_TRACK
    fact = f"{_number_of(len(often))} unfinished after {limit} or more earlier sprints."
    keys = tuple(issue.key for issue in often)
    return Signal(SignalName.CARRIED_OVER, level, Decimal(most), Decimal(limit), fact, keys)


def _not_on_board(issues: Iterable[IssueHealth], thresholds: Thresholds) -> Signal:
    keys = [issue.key for issue in issues if issue.in_sprint and not issue.on_board]
    what = "in a status that the board does not show"
    return _counted(SignalName.NOT_ON_BOARD, keys, thresholds.not_on_board, what)


def _counted(name: SignalName, keys: Sequence[str], limit: int, what: str) -> Signal:
    level = Verdict.AT_RISK if keys and len(keys) >= limit else Verdict.ON_TRACK
    fact = f"{_number_of(len(keys))} {what}."
    return Signal(name, level, Decimal(len(keys)), Decimal(limit), fact, tuple(keys))


def _unestimated(issues: Sequence[IssueHealth], thresholds: Thresholds) -> Signal:
    counted = [issue for issue in issues if issue.in_sprint and not issue.is_subtask]
    keys = tuple(issue.key for issue in counted if issue.estimate is None)
    share = Decimal(len(keys)) / Decimal(len(counted)) if counted else NOTHING
    level = Verdict.AT_RISK if share > thresholds.unestimated else Verdict.ON_TRACK
    fact = f"{len(keys)} of {_number_of(len(counted))} without an estimate; they count 0."
    return Signal(SignalName.UNESTIMATED, level, share, thresholds.unestimated, fact, keys)


def _number_of(issues: int) -> str:
    return f"{issues} issue" if issues == 1 else f"{issues} issues"
