"""What the charts of a flow show, in a sentence each: for those who see them, and for those who do not."""

from collections.abc import Iterator, Sequence
from math import ceil, floor

from app.domain.flow.control import FAR_PERCENT, ROLLING, Control
from app.domain.flow.cumulative import FEWEST_DAYS, Change, CumulativeFlow, changes, grown_most
from app.domain.flow.flow import OUTLIER_PERCENT
from app.domain.flow.littles_law import LittlesLaw
from app.domain.flow.weeks import RECENT, RUN, NaturalLimits, Week
from app.domain.reports import naming
from app.domain.reports.document import Inline, quote
from app.domain.reports.words import and_more, counted, of_date, within, within_days

MOST_COLUMNS = 10
"""That are told one by one."""
LONGEST_NAME, MOST_NAMED = 40, 5


def cumulative_said(told: CumulativeFlow, law: LittlesLaw | None) -> str:
    """What came and what was finished, which column grew, and how long work takes where that is stable."""
    parts = [_rates(told), *_grown(grown_most(told), told)]
    if law is not None and law.days is not None:
        parts.append(f"work takes about {_days(law.days)} on average (Little's law)")
    return f"{'; '.join(parts)}."


def _rates(told: CumulativeFlow) -> str:
    since, finished = of_date(told.days[0].day), told.finished
    done = "finished" if finished >= 0 else "reopened again"
    if len(told.days) < FEWEST_DAYS:
        return f"{counted(told.came, 'issue')} came since {since}, {abs(finished)} {done}"
    came, rate = told.came / told.weeks, abs(finished) / told.weeks
    return f"{came:.1f} issues a week came since {since} and {rate:.1f} were {done}"


def _grown(change: Change | None, told: CumulativeFlow) -> Sequence[str]:
    if change is None:
        return [] if not changes(told) else ["no column is much fuller or emptier than at first"]
    name = quote(told.columns[change.column], LONGEST_NAME)
    words = "grew most" if change.now > change.then else "shrank most"
    return [f"{name} {words}, from {round(change.then)} to {round(change.now)}"]


def columns_said(told: CumulativeFlow) -> str:
    """Each column as the first day began, and now."""
    pairs = list(zip(told.columns, told.before, told.now, strict=True))
    said = [
        f"{quote(name, LONGEST_NAME)} {then}, {now}"
        for name, then, now in (*pairs[: MOST_COLUMNS - 1], *pairs[-1:] * (len(pairs) >= MOST_COLUMNS))
    ]
    left = and_more(len(pairs), len(said)).removeprefix(" and ")
    return f"By column, on {of_date(told.days[0].day)} and now: {'; '.join(said)}{left and f'; {left}'}."


def control_said(told: Control) -> str:
    """How long the last ones took beside all of them, and whether that means anything."""
    if told.is_signal:
        word = "longer" if told.run > 0 else "less"
        return f"Signal: the last {abs(told.run)} all took {word} than the middle one: something changed."
    last = told.issues[-1].median
    if last is None:
        return f"Too few to tell whether it changes: that takes {ROLLING}."
    took = "as long as"
    if told.run:
        took = "longer than" if told.run > 0 else "less than"
    last_ones = "the last" if abs(told.run) <= 1 else f"the last {abs(told.run)}"
    return f"Noise: {last_ones} took {took} the middle one; {RUN} in a row would be a signal."


def lines_said(told: Control) -> str:
    """The team's own percentiles."""
    most, all_but_few = (within(told.lines[percent]) for percent in (OUTLIER_PERCENT, FAR_PERCENT))
    return (
        f"Half of {counted(len(told.issues), 'issue')} took {within_days(told.lines[50])} or less, "
        f"{OUTLIER_PERCENT} % {most}, {FAR_PERCENT} % {all_but_few}."
    )


def longest(told: Control) -> Iterator[str | Inline]:
    """Those that took longer than nearly all others, as the end of a paragraph."""
    if told.outliers:
        yield " Longest: "
        yield from naming.named(
            [(one.key, f" ({within_days(one.days)})") for one in told.outliers], MOST_NAMED
        )
        yield "."


def weeks_said(told: NaturalLimits) -> tuple[str, str]:
    """Whether the last weeks tell anything: one word, and why."""
    within = (
        f"{ceil(told.low)} to {floor(told.high)}, what chance alone makes of these {len(told.weeks)} weeks"
    )
    if told.odd:
        return "signal", f"the week of {_named(told.odd)} lies beyond {within}: ask what was different"
    if told.run:
        side = "above" if len(told.run[-1].finished) > told.middle else "below"
        middle = f"the mean of {told.middle:.1f}"
        return "signal", f"the last {len(told.run)} weeks all lie {side} {middle}: ask what changed"
    before = f"; before, {_named(told.outside)} did not" if told.outside else ""
    return "noise", f"each of the last {RECENT} weeks lies within {within}{before}"


def _named(weeks: Sequence[Week]) -> str:
    return ", ".join(f"{of_date(week.monday)} ({len(week.finished)})" for week in weeks)


def _days(days: float) -> str:
    return "less than a working day" if days < 1 else counted(round(days), "working day")
