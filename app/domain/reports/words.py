"""How reports write numbers, days and what happened to an issue."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from math import ceil

from app.domain.scrum.calendar import Calendar
from app.domain.scrum.scope import (
    Committed,
    Completed,
    Destination,
    Entered,
    Left,
    Reestimated,
    Reopened,
    ScopeEvent,
    Source,
)
from app.domain.scrum.wording import MONTHS, and_more, counted, measured, number, sized

__all__ = [
    "BARS",
    "MONTHS",
    "aged",
    "and_more",
    "bars",
    "counted",
    "day",
    "estimate",
    "happened",
    "measured",
    "minute",
    "number",
    "percent",
    "signed",
    "sized",
    "within",
    "within_days",
]

BARS = "▁▂▃▄▅▆▇█"


def signed(value: Decimal) -> str:
    """A number with its sign: +3, -0.5, 0."""
    told = number(value)
    return f"+{told}" if value > 0 and told != "0" else told


def within(days: float) -> str:
    """A limit that so many percent keep, in working days: rounded up, for rounded down they would not.

    Whole from one day on, and tenths below.
    """
    tenths = Decimal(ceil(round(days * 10, 6))) / 10
    return number(tenths if tenths < 1 else Decimal(ceil(round(days, 6))))


def within_days(days: float) -> str:
    """The same with its unit."""
    told = within(days)
    return f"{told} working day{'' if told == '1' else 's'}"


def aged(days: float, beyond: float | None = None) -> str:
    """How long something has lasted; where that is beyond a limit, no less than the limit is told as."""
    whole = round(days)
    if beyond is not None and (days < 1 or whole < Decimal(within(beyond))):
        return within_days(days)
    return "less than a day" if days < 1 else counted(whole, "working day")


def percent(share: Decimal | None) -> str:
    """A share as people read it; a dash where there is none."""
    return "–" if share is None else f"{share:.0%}".replace("%", " %")  # noqa: RUF001 - a dash is meant


def bars(values: Sequence[Decimal], highest: Decimal | None = None) -> str:
    """Numbers as a row of bars, the highest in full; nothing where all are 0."""
    top = max(values, default=Decimal(0)) if highest is None else highest
    if top <= 0:
        return ""
    return "".join(BARS[min(max(0, int(value * (len(BARS) - 1) / top)), len(BARS) - 1)] for value in values)


def day(at: datetime, calendar: Calendar) -> str:
    """A day as people write it, where the team is: 6 Mar."""
    return of_date(calendar.day_of(at))


def of_date(one: date) -> str:
    """A date as people write it: 6 Mar."""
    return f"{one.day} {MONTHS[one.month - 1]}"


def minute(at: datetime, calendar: Calendar) -> str:
    """An instant to the minute, where the team is, with its distance to UTC."""
    there = at.astimezone(calendar.zone)
    zone = there.strftime("%z")
    return f"{there:%Y-%m-%d %H:%M} UTC{'' if zone == '+0000' else f'{zone[:3]}:{zone[3:]}'}"


def happened(event: ScopeEvent, unit: str) -> str:
    """What an event was, in a few words and with its values."""
    points = sized(event.points, unit)
    match event:
        case Committed(done=done):
            return f"in the sprint at its start ({points}{', already done' if done else ''})"
        case Entered():
            return _entered(event, points)
        case Left():
            return _left(event, points)
        case Reestimated(before=before, after=after, while_done=while_done):
            late = ", after it was done" if while_done else ""
            return f"re-estimated from {estimate(before, unit)} to {estimate(after, unit)}{late}"
        case Completed():
            return f"completed ({points})"
        case Reopened(in_sprint=in_sprint):
            return f"reopened ({points}{'' if in_sprint else ', outside the sprint'})"


def _entered(event: Entered, points: str) -> str:
    how = {
        Source.CREATED: "created into the sprint",
        Source.BACKLOG: "added from the backlog",
        Source.OTHER_SPRINT: "added from another sprint",
    }[event.source]
    done = ""
    if event.done:
        done = ", already done" if event.credit is None else ", completed here before"
    return f"{how} ({points}{done})"


def _left(event: Left, points: str) -> str:
    where = {
        Destination.BACKLOG: "removed to the backlog",
        Destination.OTHER_SPRINT: "moved to another sprint",
        Destination.DELETED: "deleted",
        Destination.OUT_OF_SIGHT: "seen no more",
    }[event.to]
    return f"{where} ({points}{', done' if event.done else ''})"


def estimate(value: Decimal | None, unit: str) -> str:
    """An estimate, or that there is none."""
    return "none" if value is None else sized(value, unit)
