"""Habits of a team that a sprint shows: worth a sentence, and no reason to call the sprint at risk.

Each speaks only where it could also be silent: of three issues somebody always has a third.
"""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from app.domain.scrum.priorities import high
from app.domain.scrum.wording import counted
from app.domain.sprint_health.health import IssueHealth, Signal, SignalName, SprintHealth, Verdict
from app.domain.sprint_health.signals import Thresholds, percent
from app.domain.sprint_health.velocity import Velocity

UNEVEN = Decimal("1.5")
"""Times an even share from which on work lies unevenly: among five people 30 %, among two 75 %."""
FEWEST = 3
"""Issues added to one person, below which it is chance: of three, two are the same one's every other time."""


def hints(health: SprintHealth, velocity: Velocity, thresholds: Thresholds) -> tuple[Signal, ...]:
    """All of them, whether they are crossed or not."""
    return (
        one_person(health.issues, running=not health.closed, limit=thresholds.one_person),
        committed_too_little(health, velocity, limit=thresholds.too_little),
        low_priorities(health, limit=thresholds.high_priority),
    )


def people_in(issues: Sequence[IssueHealth]) -> frozenset[str]:
    """Who has an issue in the sprint."""
    names = (issue.assignee for issue in issues if issue.in_sprint and not issue.is_subtask)
    return frozenset(name for name in names if name)


def one_person(issues: Sequence[IssueHealth], *, running: bool, limit: Decimal) -> Signal:
    """Who has most of what was added after the start, beside a share that is not even.

    What counts is points; where nothing that was added has any, the number of issues.
    """
    added = [one for one in issues if one.added and one.in_sprint and not one.is_subtask]
    team = people_in(issues)
    limit = max(limit, UNEVEN / max(min(len(added), len(team)), 1))
    has_points = any(one.points for one in added)
    worth = {one.key: one.points if has_points else Decimal(1) for one in added}
    theirs: dict[str, list[IssueHealth]] = defaultdict(list)
    for one in added:
        if one.assignee in team:
            theirs[one.assignee or ""].append(one)
    if not theirs:
        fact = f"{counted(len(added), 'issue')} added since the start, none of them with anybody."
        return Signal(SignalName.ONE_PERSON, Verdict.ON_TRACK, None, limit, fact)
    name, most = max(theirs.items(), key=lambda each: sum(worth[one.key] for one in each[1]))
    share = Decimal(sum(worth[one.key] for one in most)) / sum(worth.values())
    left = tuple(one.key for one in most if one.remains)
    enough = len(most) >= FEWEST
    fact = (
        f"{name} has {percent(share)} of what was added since the start: {len(most)} of {len(added)} issues."
    )
    hint = running and enough and bool(left) and share > limit
    return Signal(SignalName.ONE_PERSON, Verdict.ON_TRACK, share, limit, fact, left, hint)


def committed_too_little(health: SprintHealth, velocity: Velocity, *, limit: int) -> Signal:
    """Sprints running, up to the last that is closed, that completed more than was committed.

    One that was empty at its start was not planned, which is another matter: it ends the row. While a sprint
    runs that has more in it than is usually done, nothing is said.
    """
    results = [(one.commitment, one.completed) for one in velocity.counted]
    if health.closed:
        results.append((health.ledger.commitment.points, health.ledger.burned.points))
    row = too_little_running(results)
    usual = velocity.median
    is_more = not health.closed and usual is not None and health.ledger.scope >= usual
    fact = f"In {counted(row, 'sprint')} running more was completed than committed."
    hint = row >= limit and not is_more
    name = SignalName.COMMITTED_TOO_LITTLE
    return Signal(name, Verdict.ON_TRACK, Decimal(row), Decimal(limit), fact, (), hint)


def too_little_running(results: Sequence[tuple[Decimal, Decimal]]) -> int:
    """How many of the last sprints completed more than was committed, one after the other.

    Args:
        results: committed and completed, by sprint, the oldest first.
    """
    row = 0
    for committed, completed in reversed(results):
        if not completed > committed > 0:
            break
        row += 1
    return row


def low_priorities(health: SprintHealth, *, limit: Decimal) -> Signal:
    """Share of the issues with a priority of the upper half of the site's.

    Nothing is said where all have the same one: then the team does not use them.
    """
    urgent = high(health.priorities)
    ids = {one.id for one in urgent}
    known = {one.id for one in health.priorities}
    counts = [one for one in health.issues if one.in_sprint and not one.is_subtask and one.priority in known]
    if not counts or not urgent:
        fact = "Priorities are not known."
        return Signal(SignalName.LOW_PRIORITIES, Verdict.ON_TRACK, None, limit, fact)
    keys = tuple(one.key for one in counts if one.priority in ids)
    share = Decimal(len(keys)) / len(counts)
    names = " or ".join(one.name for one in urgent)
    fact = f"{len(keys)} of {counted(len(counts), 'issue')} with priority {names} ({percent(share)})."
    differ = len({one.priority for one in counts}) > 1
    hint = share < limit and differ and len(counts) * limit >= 1
    return Signal(SignalName.LOW_PRIORITIES, Verdict.ON_TRACK, share, limit, fact, keys, hint)
