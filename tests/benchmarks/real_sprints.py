"""The forecast on real sprints of five organisations, each forecast blind (Choetkiertikul et al., TSE 2017).

The data holds no histories: of each sprint it tells, at 0, 30, 50 and 80 % of its planned time, how many
issues and points were to do, in progress and done, and how many were delivered in the end. So what is
learnt from is put together from these sums: issues of a column have its mean size, and which of them became
done follows from what was delivered, those in progress first. How long each stood there nobody knows.
The forecast itself is the product's, with its calibration.

Sprints follow each other in the order of the file, board by board: the data has no dates. Scored are those
that have five earlier ones on their board.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from app.domain.forecast.backtest import SHARES
from app.domain.forecast.forecast import BlindForecast, blind_forecasts
from app.domain.forecast.record import Moment, OpenItem, SprintRecord, Witness
from app.domain.forecast.trials import Trials
from tests.benchmarks.backtest import scored
from tests.benchmarks.lines import Line
from tests.benchmarks.published import DATA

SPRINTS = DATA / "sprints"
ORGANISATIONS = ("apache", "jboss", "jira", "mongodb", "spring")
BEGIN = datetime(2000, 1, 1, tzinfo=UTC)
COLUMNS = {"todo": 0, "inprogress": 1}


@dataclass(frozen=True, slots=True)
class Seen:
    """A sprint at one share of its time; answers what the forecast asks of a `SprintRecord`."""

    sprint_id: int
    name: str
    closed_at: datetime
    planned_days: float
    final: float
    moment: Moment

    def with_days_left(self, _: float) -> Moment:
        return self.moment

    def witnesses(self, days: float) -> Mapping[int, Sequence[Witness]]:
        if days != self.moment.days_left:
            return {}
        found: dict[int, list[Witness]] = defaultdict(list)
        for item in self.moment.items:
            found[item.column].append(Witness(item.points, 0.0, days, item.becomes_done))
        return found


def forecasting() -> Iterator[Line]:
    """Of each organisation and share: sprints, coverage of 85 %, and the error beside the median sprint's."""
    if not SPRINTS.exists():
        return
    together: dict[float, list[BlindForecast]] = defaultdict(list)
    for organisation in ORGANISATIONS:
        for share in SHARES:
            told = _told(organisation, share)
            together[share] += told
            yield from scored(f"real_sprints_{organisation}_{share:.0%}".replace("%", ""), told)
    for share, told in together.items():
        yield from scored(f"real_sprints_all_{share:.0%}".replace("%", ""), told)


def _told(organisation: str, share: float) -> list[BlindForecast]:
    boards: dict[int, list[dict[str, float]]] = defaultdict(list)
    for row in _rows(SPRINTS / f"{organisation}_iteration_{share * 100:.0f}.csv"):
        boards[int(row["boardid"])].append(row)
    told: list[BlindForecast] = []
    for rows in boards.values():
        seen = [_seen(row, place, share) for place, row in enumerate(rows) if _issues(row)]
        records = cast("list[SprintRecord]", seen)
        told += blind_forecasts(records, records, None, Trials(0), elapsed=share)[0]
    return told


def _issues(row: Mapping[str, float]) -> float:
    return row["no_issuetodo"] + row["no_issueinprogress"] + row["no_issuedone"]


def _seen(row: Mapping[str, float], place: int, share: float) -> Seen:
    at = BEGIN + timedelta(days=place)
    days = row["planday"] or 1.0
    committed = row["vel_starttime"] + row["vel_added"] - row["vel_removed"]
    final = committed + row["vel_diff"]
    left = days * (1 - share)
    items: list[OpenItem] = []
    rest = final - row["vel_done"]
    for column in ("inprogress", "todo"):
        number, points = int(row[f"no_issue{column}"]), row[f"vel_{column}"]
        for _ in range(number):
            size = points / number
            done = rest >= size / 2 and rest > 0
            rest -= size if done else 0.0
            items.append(OpenItem(f"{len(items)}", COLUMNS[column], size, 0.0, done))
    moment = Moment(at, left, row["vel_done"], tuple(items))
    return Seen(int(row["sprintid"]), f"{place}", at + timedelta(hours=12), days, final, moment)


def _rows(path: Path) -> Iterator[dict[str, float]]:
    """Names of sprints hold commas that nothing marks, so a row is split from both ends."""
    with path.open(encoding="utf-8", errors="replace", newline="") as lines:
        header = next(csv.reader([next(lines)]))
        for line in lines:
            parts = line.rstrip("\r\n").split(",")
            values = parts[:2] + parts[3 - len(header) :]
            yield dict(zip(header[:2] + header[3:], map(float, values), strict=True))
