"""What is said once when a sprint was closed: what came of it, with facts to talk about in the retrospective.

The facts ask about the system, never about people: no name of a person is in them.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from app.domain.flow.flow import OUTLIER_PERCENT
from app.domain.flow.spent import where_time_goes
from app.domain.reports import naming
from app.domain.reports.charts.pictures import below_numbers, of_sprint
from app.domain.reports.document import (
    Block,
    BulletList,
    Heading,
    Inlines,
    Paragraph,
    Report,
    Text,
    quote,
    say,
)
from app.domain.reports.measures import WEAK, estimates, kind_of_work, punctual
from app.domain.reports.outlook import outlook
from app.domain.reports.since import Before
from app.domain.reports.spent import spent_in
from app.domain.reports.sprint_health import (
    differences,
    footer,
    goal,
    issues,
    notes,
    numbers,
    panel,
    receipts,
)
from app.domain.reports.words import counted, estimate, measured, percent, sized
from app.domain.scrum.scope import Entered, Left, Reestimated, Reopened, ScopeEvent
from app.domain.sprint_health.health import SprintHealth
from app.domain.sprint_health.measures import Measures, measures

MOST_NAMED = 6
DAY = timedelta(days=1)
LONG_STREAK = 2
FEWEST_SPENT = 5
"""Finished issues, below which a mean says little."""


def report(health: SprintHealth, before: Before | None = None) -> Report:
    """The whole report; with an earlier one comes how the forecast moved."""
    return Report(f"Sprint end: {quote(health.sprint_name, 120)}", tuple(_blocks(health, before)))


def _blocks(health: SprintHealth, before: Before | None) -> Iterator[Block]:
    yield panel(health)
    yield from notes(health, partial=True)
    yield from goal(health)
    yield from _kept(health)
    yield from of_sprint(health)
    yield from numbers(health)
    yield from _retrospective(health)
    yield from outlook(health)
    yield from below_numbers(health, None if before is None else before.told)
    yield from issues(health)
    yield from kind_of_work(health)
    yield from differences(health)
    yield from notes(health, partial=False)
    yield receipts(health)
    yield from footer(health)


def _kept(health: SprintHealth) -> Iterator[Block]:
    ratios = health.ratios
    if ratios.say_do is None:
        return
    told = f"{percent(ratios.say_do)} of what was committed is done"
    if ratios.unplanned:
        told += f"; {percent(ratios.unplanned)} of the issues done were not planned"
    past = health.outlook.velocity if health.outlook else None
    if past is not None and past.median is not None:
        done = measured(health.ledger.burned.points, health.unit)
        told += f"; {done}, where the median sprint has {sized(past.median, health.unit)}"
    yield Paragraph(say(Text("Promise:", strong=True), f" {told}."))


def _retrospective(health: SprintHealth) -> Iterator[Block]:
    """Facts, each with a question; nothing to ask is said, too."""
    found = measures(health)
    items = (
        *_punctual(found, health),
        *_scope(health),
        *_unfinished(health),
        *_flow(health),
        *_estimates(found),
    )
    yield Heading(3, say("For the retrospective"))
    if items:
        yield BulletList(tuple(items))
    else:
        yield Paragraph(
            say("Nothing came in, nothing was left, nothing waited: ask what made that possible.")
        )


def _punctual(found: Measures, health: SprintHealth) -> Iterator[Inlines]:
    if found.empty_at_start and health.issues:
        yield say(Text("Nothing was in it at its start.", strong=True), " When do we plan?")
    for sentence in punctual(found):
        yield say(Text(f"{sentence}.", strong=True), " What kept us, or what drove us?")


def _estimates(found: Measures) -> Iterator[Inlines]:
    """Only where they are worth talking about."""
    if found.estimates and found.estimates.correlation < WEAK:
        yield say(estimates(found.estimates))


def _scope(health: SprintHealth) -> Iterator[Inlines]:
    happened = [event for event in health.events if not event.is_subtask]
    came = [event for event in happened if isinstance(event, Entered)]
    if came:
        yield _fact("Came in after the start:", _told(came, health), "What could have waited for planning?")
    went = [event for event in happened if isinstance(event, Left)]
    if went:
        yield _fact("Was taken out:", _told(went, health), "What did we know too late?")
    changed = [event for event in happened if isinstance(event, Reestimated)]
    if changed:
        first = {one.key: one.before for one in reversed(changed)}
        last = {one.key: one.after for one in changed}
        unit = health.unit
        told = [(key, f" from {estimate(first[key], unit)} to {estimate(last[key], unit)}") for key in last]
        yield _fact("Was re-estimated:", told, "What had refinement missed?")
    back = [event for event in happened if isinstance(event, Reopened)]
    if back:
        yield _fact("Was reopened:", _told(back, health), "What would have shown it before?")


def _unfinished(health: SprintHealth) -> Iterator[Inlines]:
    streaks = dict(health.outlook.velocity.streaks) if health.outlook else {}
    left = [issue for issue in health.carry_over if not issue.is_subtask]
    if left:
        told = []
        for issue in left:
            often = max(issue.earlier_sprints, streaks.get(issue.key, 0)) + 1
            told.append((issue.key, f" (now {often} sprints)" if often >= LONG_STREAK else ""))
        yield _fact("Was not finished:", told, "What stood in the way, and is it still wanted?")
    unsized = [(issue.key, "") for issue in health.unestimated]
    if unsized:
        yield _fact("Had no estimate:", unsized, "Why could nobody tell?")


def _flow(health: SprintHealth) -> Iterator[Inlines]:
    if health.outlook is None:
        return
    flow, own = health.outlook.flow, {issue.issue_id for issue in health.issues}
    since = health.timing.started_at
    done = [path for path in flow.finished if path.issue.id in own and path.done_at and path.done_at >= since]
    waited = sorted((path for path in done if path.blocked_time), key=lambda path: -path.blocked_time)
    if waited:
        told = [(path.issue.key, f" ({_days(path.blocked_time)})") for path in waited]
        yield _fact("Was blocked on its way:", told, "Who could have helped sooner?")
    spent = where_time_goes(done, health.calendar)
    if spent is not None and spent.sample >= FEWEST_SPENT:
        went = Text("Where the time of an issue went, on average:", strong=True)
        yield say(went, f" {spent_in(spent)}. Where did work wait for us?")
    usual = flow.cycle_times.days[OUTLIER_PERCENT] if flow.cycle_times else None
    slow = [path for path in done if usual is not None and path.cycle_time and path.cycle_time / DAY > usual]
    if slow:
        told = [
            (path.issue.key, f" ({_days(path.cycle_time)})")
            for path in sorted(slow, key=lambda path: -(path.cycle_time or DAY))
            if path.cycle_time
        ]
        begins = f"Took longer than {OUTLIER_PERCENT} % of the team's work:"
        yield _fact(begins, told, "Could it have been smaller?")


def _told(events: Sequence[ScopeEvent], health: SprintHealth) -> list[tuple[str, str]]:
    return [
        (one.key, "" if health.counts_issues else f" ({sized(one.points, health.unit)})") for one in events
    ]


def _days(time: timedelta) -> str:
    whole = round(time / DAY)
    return counted(whole, "working day") if whole else "less than a day"


def _fact(begins: str, told: Sequence[tuple[str, str]], question: str) -> Inlines:
    return say(Text(begins, strong=True), " ", *naming.named(told, MOST_NAMED), f". {question}")
