"""Who is there to do the work: how a forecast counts absences, those to come and those of earlier sprints.

Let p(d) be the share of the team that is there on a working day d, 1 unless absences are known.

    Throughput. Of an earlier sprint h, what was burned on a day d, b, counts in this one

        b * p(d') / max(p_h(d), 1/2)    where b > 0, and b where work was reopened,

    with d' the day of this sprint with as much working time left. So the rhythm stays: who is away on the
    last day before the end, when much is finished, costs more than who is away on a slow one. Their sum is
    never less than what h itself reopened. Half a team is the fewest that a day is scaled up from: from
    fewer, chance would be magnified.

    Issues. With the mean presence m over the days left, and m_h over those of the earlier sprints,
    r = m / max(m_h, 1/2): an issue that becomes done by the chance q if as many are there as then, does so by

        1 - (1 - q) ** r

    as the chance that it stays open falls with each day somebody works on it (hazards are proportional to the
    people there). What came of later additions to h counts r_h times, where it is more than nothing.

Both fall, or stay, with every further absence, and with them all that is told. Where nobody is known to be
away, all factors are 1.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from statistics import fmean

from app.domain.forecast.record import DAY, Moment, SprintRecord

FEWEST_THERE = 0.5
"""The smallest share of a team that an earlier day is scaled up from."""


@dataclass(frozen=True, slots=True)
class Presence:
    """The share of the team that is there in the time left of a sprint.

    Attributes:
        until: working days left at the end of each of its days, the last day first, from 0 on.
        shares: of these days.
        mean: over the working time left; 1 where none is left.
        days: working days left, less what the absent would have worked.
    """

    until: tuple[float, ...]
    shares: tuple[float, ...]
    mean: float
    days: float

    def with_left(self, days: float) -> float:
        """Who is there when so many working days are left; at most at the first day."""
        if not self.shares:
            return 1.0
        return self.shares[max(bisect_left(self.until, days) - 1, 0)]


def presence(each: SprintRecord, at: datetime, away: Mapping[date, float]) -> Presence:
    """Who is there from an instant to the planned end of a sprint; `away` has the absent share by date."""
    until: list[float] = []
    shares: list[float] = []
    left = there = 0.0
    for day, since, to in reversed(each.calendar.parts(at, each.planned_end)):
        until.append(left)
        shares.append(1 - away.get(day, 0.0))
        length = (to - since) / DAY
        left, there = left + length, there + length * shares[-1]
    return Presence(tuple(until), tuple(shares), there / left if left else 1.0, there)


@dataclass(frozen=True, slots=True)
class Crew:
    """How many are there now, measured by earlier sprints.

    Attributes:
        now: in the time left of the sprint that is forecast.
        away: share of the team that was absent, by date.
    """

    now: Presence
    away: Mapping[date, float]

    def ratio(self, *then: tuple[SprintRecord, Moment]) -> float:
        """By how much more or fewer are there than were in earlier sprints, on average."""
        means = [presence(each, moment.at, self.away).mean for each, moment in then]
        return self.now.mean / max(fmean(means), FEWEST_THERE) if means else self.now.mean

    def rest(self, each: SprintRecord, moment: Moment) -> float:
        """What an earlier sprint completed after a moment, done by those who are there now."""
        total, before = 0.0, moment.done
        for at, after in zip(each.burned_at, each.burned, strict=True):
            if at <= moment.at:
                continue
            burned, before = after - before, after
            total += burned * self._factor(each, at) if burned > 0 else burned
        return max(total, min(each.final - moment.done, 0.0))

    def _factor(self, each: SprintRecord, at: datetime) -> float:
        left = each.calendar.working_time(at, each.planned_end) / DAY
        there = 1 - self.away.get(each.calendar.day_of(at), 0.0)
        return self.now.with_left(left) / max(there, FEWEST_THERE)


def by_fewer(chance: float, ratio: float) -> float:
    """An issue's chance, where so many times as many people are there as the chance was learnt from."""
    return chance if ratio == 1 else 1 - (1 - chance) ** ratio
