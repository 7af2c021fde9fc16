"""The flow of a board at an instant, with all that its report tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median

from app.domain.flow.columns import ColumnLoad
from app.domain.flow.control import Control, control
from app.domain.flow.cumulative import CumulativeFlow
from app.domain.flow.flow import FEWEST, OUTLIER_PERCENT, Flow
from app.domain.flow.littles_law import LittlesLaw
from app.domain.flow.totals import total_age
from app.domain.flow.weeks import Balance, NaturalLimits, Trend, Week, balance, natural_limits, trend
from app.domain.forecast.forecast import NoForecast
from app.domain.forecast.throughput import ThroughputForecast
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.data_quality import Note

BEFORE = timedelta(weeks=4)


@dataclass(frozen=True, slots=True)
class BoardFlow:
    """The flow of a board at an instant.

    Attributes:
        since: the Monday that what was finished is told from.
        cumulative: its columns, day by day.
        law: what Little's law says; None before the first working day is over.
        issues: on the board and not done, sub-tasks left out.
        asked: how many issues the forecast was asked about; None: those in progress.
        summaries: of the issues in progress, by key.
        missing: what it rests on and could not be read, in sentences without their end.
        restricted: issues of the project of which nothing here knows, at whatever instant.
    """

    board: Board
    at: datetime
    since: datetime
    calendar: Calendar
    flow: Flow
    weeks: tuple[Week, ...]
    columns: tuple[ColumnLoad, ...]
    issues: int
    cumulative: CumulativeFlow
    law: LittlesLaw | None
    forecast: ThroughputForecast | NoForecast
    asked: int | None = None
    summaries: Mapping[str, str] | None = None
    missing: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    restricted: int = 0

    @property
    def trend(self) -> Trend | None:
        """Of what is finished a week."""
        return trend(self.weeks)

    @property
    def limits(self) -> NaturalLimits | None:
        """Between which the issues finished in a week lie by chance alone."""
        return natural_limits(self.weeks)

    @property
    def control(self) -> Control | None:
        """Cycle times one after the other; None where nothing was begun and finished."""
        return control(self.flow)

    @property
    def balance(self) -> Balance:
        """What arrived against what was finished."""
        return balance(self.weeks)

    @property
    def service_level(self) -> int | None:
        """Working days within which 85 % of the finished issues were done; None where too few were."""
        taken = self.flow.cycle_times
        return ceil(taken.days[OUTLIER_PERCENT]) if taken and taken.sample >= FEWEST else None

    @property
    def total_age(self) -> float:
        """Working days, of all issues in progress together."""
        return total_age(self.flow, self.calendar)

    @property
    def total_age_before(self) -> float | None:
        """The same four weeks ago; None where that was before what is measured."""
        then = self.at - BEFORE
        return total_age(self.flow, self.calendar, at=then) if then > self.since else None

    @property
    def usual_wip(self) -> float | None:
        """The median of the working days' issues in progress; None without a day."""
        counts = [one.in_progress for one in self.flow.days]
        return median(counts) if counts else None

    @property
    def over_limit(self) -> tuple[ColumnLoad, ...]:
        """Columns with more issues than they are to hold."""
        return tuple(one for one in self.columns if one.over)
