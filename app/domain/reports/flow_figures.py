"""Figures of a board's flow that people know by name: percentiles, total age, predictability, load."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from app.domain.flow.flow import FEWEST, PERCENTS, Flow, Percentiles
from app.domain.flow.totals import NOTICED, Having, having
from app.domain.forecast.throughput import ERRATIC, STEADY, ThroughputForecast
from app.domain.reports import naming
from app.domain.reports.document import Block, Expand, Heading, Inlines, Table, quote, say
from app.domain.reports.words import counted, within

PEOPLE = 3
"""Gives way before the issues."""
MOST_NAMED = 5


def total_age(flow: Flow, now: float, before: float | None) -> tuple[str, str]:
    """How old all that is in progress is together, and what it was four weeks ago."""
    told = f"of {counted(flow.wip, 'issue')} in progress together"
    if before is not None:
        word = "about as much as"
        if abs(now - before) > NOTICED * max(now, before):
            word = "more than" if now > before else "less than"
        told += f"; {word} four weeks ago ({before:.1f})"
        if word == "more than":
            told += ": work ages faster than it is finished"
    return f"{now:.1f} working days", told


def predictability(forecast: ThroughputForecast) -> tuple[str, str] | None:
    """How far what is nearly sure lies below what is likely."""
    score = forecast.predictability
    if score is None:
        return None
    longest = forecast.how_many[-1]
    word = "steady: forecasts say much" if score >= STEADY else "so so"
    if score < ERRATIC:
        word = "erratic: forecasts say little"
    sure = f"{longest.issues[95]} or more with 95 % confidence, {longest.issues[50]} with 50 %"
    return f"{score} of 100", f"{word}; in {longest.weeks} weeks {sure}"


def how_long(flow: Flow) -> Iterator[Block]:
    """Working days by percent of the finished issues; nothing where too few were."""
    lines = (
        ("From start to done", flow.cycle_times),
        ("From creation to done", flow.lead_times),
    )
    rows = tuple(_percentiles(name, one) for name, one in lines if one is not None and one.sample >= FEWEST)
    if rows:
        yield Heading(3, say("How long it takes, in working days"))
        yield Table(("", *(f"{percent} %" for percent in PERCENTS), "Issues"), rows)


def _percentiles(name: str, one: Percentiles) -> tuple[Inlines, ...]:
    days = (say(within(one.days[percent])) for percent in PERCENTS)
    return say(name), *days, say(str(one.sample))


def people(flow: Flow) -> Iterator[Block]:
    """Who has what in progress; nothing where nobody has anything."""
    found = having(flow)
    if any(one.person is not None for one in found):
        header = ("Person", "Issues", "Working days in all", "Blocked", "Which")
        rows = zip(found, _adding_up([one.age for one in found]), strict=True)
        table = Table(header, tuple(_having(one, age) for one, age in rows), shorten=PEOPLE)
        yield Expand("Who has what in progress", (table,))


def _adding_up(ages: Sequence[float]) -> list[float]:
    """To the tenth of a day, so that they come to the total age as it is told."""
    so_far = [round(each, 1) for each in accumulate(ages)]
    return [after - before for before, after in pairwise([0.0, *so_far])]


def _having(one: Having, age: float) -> tuple[Inlines, ...]:
    which = say(*naming.keys(one.keys, MOST_NAMED))
    who = quote(one.person or "nobody", 60)
    return say(who), say(str(len(one.keys))), say(f"{age:.1f}"), say(str(one.blocked)), which
