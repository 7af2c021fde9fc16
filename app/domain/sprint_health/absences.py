"""Who is away in what is left of a sprint, and how much of its working time that takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.domain.scrum.calendar import Calendar

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Absence:
    """A share of the team, from 0 to 1, that is away from one day to another, both included."""

    first: date
    last: date
    share: float


@dataclass(frozen=True, slots=True)
class Absences:
    """What absences take from the rest of a sprint.

    Attributes:
        spans: in order of time.
        lost: working days, counted for the whole team: half of it away for a day is half a day.
        left: working days that are left without absences.
        holidays: days on which the team would work, were they none; they are not among those that are left.
    """

    spans: tuple[Absence, ...]
    lost: float
    left: float
    holidays: tuple[date, ...] = ()


def absences_left(
    calendar: Calendar, at: datetime, end: datetime, away: Mapping[date, float]
) -> Absences | None:
    """Those between an instant and the planned end of a sprint; None where nobody is away.

    Holidays are told, too: whoever reads the report plans by them.

    Args:
        calendar: of the team; days that are no working days take nothing.
        at: from then on.
        end: the planned end.
        away: share of the team that is absent, from 0 to 1, by date.
    """
    spans: list[Absence] = []
    lost = left = 0.0
    was_away: float | None = None
    for day, since, to in calendar.parts(at, end):
        share, length = away.get(day, 0.0), (to - since) / _DAY
        left, lost = left + length, lost + length * share
        if share and share == was_away:
            spans[-1] = Absence(spans[-1].first, day, share)
        elif share:
            spans.append(Absence(day, day, share))
        was_away = share
    first, last = calendar.day_of(at), calendar.day_of(end)
    holidays = sorted(
        one for one in calendar.holidays if first <= one <= last and one.weekday() in calendar.weekdays
    )
    return Absences(tuple(spans), lost, left, tuple(holidays)) if spans or holidays else None
