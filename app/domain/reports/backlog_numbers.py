"""The figures of a report on a backlog, so that they add up: in its first sentence, and as a table."""

from collections.abc import Iterator

from app.domain.grooming.health import LONG_UNTOUCHED, BacklogHealth, Figures
from app.domain.reports.document import Block, Heading, Table, say
from app.domain.reports.words import counted, number
from app.domain.scrum.units import ISSUES

DASH = "\u2013"


def headline(health: BacklogHealth) -> str:
    """How long what is ready lasts, and how much needs something."""
    return f"{_stock(health)} {_mend(health.figures)}."


def _mend(figures: Figures) -> str:
    """Epics and sub-tasks have findings, too, so each kind is held against its own number."""
    if not figures.issues_found:
        return f"Nothing was found on {counted(figures.open_issues, 'open issue')}"
    parts = list(_parts(figures))
    if len(parts) == 1:
        return f"{parts[0]} need{'s' if figures.issues_found == 1 else ''} something"
    return f"{figures.issues_found} need something: {', '.join(parts[:-1])} and {parts[-1]}"


def _parts(figures: Figures) -> Iterator[str]:
    for found, every, name in (
        (figures.issues_to_mend, figures.open_issues, "open issue"),
        (figures.epics_to_mend, figures.epics, "open epic"),
        (figures.subtasks_to_mend, figures.subtasks, "open sub-task"),
    ):
        if found:
            yield f"{found} of {counted(every or 0, name)}"
    if figures.others_to_mend:
        yield f"{figures.others_to_mend} beside the backlog (done, or another team's)"


def _stock(health: BacklogHealth) -> str:
    figures = health.figures
    ready = f"{counted(figures.ready, 'issue')} {'is' if figures.ready == 1 else 'are'} ready"
    if health.unit != ISSUES and figures.ready:
        ready += f" ({number(figures.ready_points)} {health.unit})"
    if figures.ready_sprints is None or health.velocity is None:
        return f"{ready}; no closed sprint tells for how long that lasts."
    return f"{ready}: enough for {_sprints(health)} at {number(health.velocity)} {health.unit} a sprint."


def _sprints(health: BacklogHealth) -> str:
    left = health.figures.ready_sprints
    return DASH if left is None else f"{number(left)} sprint{'' if left == 1 else 's'}"


def numbers(health: BacklogHealth) -> Iterator[Block]:
    """A table of them, beside those of last time."""
    now, then = health.figures, health.earlier.figures if health.earlier else None
    lines = list(_lines(health, now))
    before = [value for _, value in _lines(health, then)] if then else []
    yield Heading(3, say("Numbers"))
    if then is None:
        yield Table(("What is counted", "Now"), tuple((say(name), say(value)) for name, value in lines))
    else:
        rows = zip(lines, before, strict=True)
        table = tuple((say(name), say(value), say(last)) for (name, value), last in rows)
        yield Table(("What is counted", "Now", "Last time"), table)


def _lines(health: BacklogHealth, figures: Figures) -> Iterator[tuple[str, str]]:
    yield "Open issues (without epics and sub-tasks)", str(figures.open_issues)
    yield "Of these, waiting in the backlog", str(figures.waiting)
    if health.unit != ISSUES:
        yield f"Their {health.unit}", number(figures.points)
        yield "Not estimated", str(figures.unestimated)
    yield "Ready", str(figures.ready)
    yield "Ready for (sprints)", DASH if figures.ready_sprints is None else number(figures.ready_sprints)
    yield "Readiness of the first 20, per cent", _known(figures.score)
    yield "Median age, days", _known(figures.median_age)
    yield "Oldest, days", _known(figures.oldest_age)
    yield "Older than a year", str(figures.old)
    yield f"Untouched by people for {LONG_UNTOUCHED} days", str(figures.untouched)
    yield "Open epics", _known(figures.epics)
    yield "Open sub-tasks", _known(figures.subtasks)
    yield "Open issues with something to mend", _known(figures.issues_to_mend)
    yield "Open epics with something to mend", _known(figures.epics_to_mend)
    yield "Open sub-tasks with something to mend", _known(figures.subtasks_to_mend)
    yield "Others with something to mend (done, or another team's)", _known(figures.others_to_mend)
    yield "All with something to mend", str(figures.issues_found)
    yield "Findings on these", str(figures.findings)


def _known(value: int | None) -> str:
    return DASH if value is None else str(value)
