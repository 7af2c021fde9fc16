"""What stands behind a report on a backlog: every check, what was left alone, and what it is about."""

from collections.abc import Iterator

from app.domain.grooming.commands import Command, Unread
from app.domain.grooming.facts import Backlog
from app.domain.grooming.health import BacklogHealth
from app.domain.reports.document import Block, BulletList, Expand, IssueLink, Paragraph, Table, quote, say
from app.domain.reports.words import counted, minute

CHECKS = 4
"""It gives way before all else when a report is too long."""
MOST_LEFT_ALONE = 20


def all_checks(health: BacklogHealth) -> Expand:
    """Those that found something, now or last time."""
    counts = health.review.counts
    before = health.earlier.counts if health.earlier else None
    rows = []
    for wanted in health.review.wanted:
        check = wanted.check
        found, last = counts[check.name], 0 if before is None else before.get(check.name, 0)
        if not found and not last:
            continue
        meaning = check.manual.split("\n", 1)[0].partition(": ")[2]
        cells = [say(check.title), say(check.area.value), say(str(found))]
        if before is not None:
            cells.append(say(str(last)))
        rows.append((*cells, say(meaning[:1].upper() + meaning[1:])))
    header = ("Check", "About", "Found", *(("Last time",) if before is not None else ()), "What it means")
    rest = len(health.review.wanted) - len(rows)
    nothing = (Paragraph(say(f"{counted(rest, 'other check')} found nothing.")),) if rest else ()
    table = (Table(header, tuple(rows), shorten=CHECKS),) if rows else ()
    return Expand("All checks", (*table, *nothing))


def left_alone(health: BacklogHealth) -> Iterator[Block]:
    """How many findings were left out, by reason."""
    exempted = health.review.exempted
    if not exempted:
        return
    items = tuple(
        say(f"{quote(why, 120)}: {counted(count, 'finding')}")
        for why, count in sorted(exempted.items(), key=lambda one: -one[1])[:MOST_LEFT_ALONE]
    )
    yield Expand("Left alone", (BulletList(items, shorten=CHECKS),))


def refused(health: BacklogHealth) -> Iterator[Block]:
    """Commands in comments that were not heeded: who wrote them should know."""
    backlog = health.backlog
    if health.unread:
        items = tuple(
            say(IssueLink(item.key), f": {_unread(backlog, line)}. ") + say(line.way_out)
            for item, line in health.unread[:MOST_LEFT_ALONE]
        )
        yield Expand("Commands that could not be understood", (BulletList(items, shorten=CHECKS),))
    if not health.refused:
        return
    items = tuple(
        say(IssueLink(item.key), f": /{command.word} by {_writer(backlog, command)}")
        for item, command in health.refused[:MOST_LEFT_ALONE]
    )
    title = "Commands that were not heeded, since their writers have no role that may give them"
    yield Expand(title, (BulletList(items, shorten=CHECKS),))


def _unread(backlog: Backlog, line: Unread) -> str:
    words = "a line" if line.limited else quote(line.line, 120)
    return f"{words} by {_writer(backlog, line)}"


def _writer(backlog: Backlog, one: Command | Unread) -> str:
    """Whoever may read the report may not read every comment."""
    return "somebody in a comment for some readers" if one.limited else quote(backlog.name_of(one.by), 120)


def footer(health: BacklogHealth) -> str:
    """As of when, of which issues, and how it was counted."""
    backlog = health.backlog
    told = f"As of {minute(backlog.now, backlog.calendar)}. {quote(health.scope)}."
    if health.velocity is not None:
        told += " Velocity is the median of the last closed sprints."
    if health.incomplete:
        told += (
            f" Part of the history of {counted(health.incomplete, 'issue')} has not been read, so people may"
            " have touched them later than it seems."
        )
    return f"{told} Only what people do counts as a touch; Burnish, other bots and automations do not."
