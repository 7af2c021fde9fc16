"""The simulated team's sprints as a forecast knows them."""

from collections.abc import Iterable, Iterator
from functools import cache

from app.domain.forecast.forecast import Forecast, forecast
from app.domain.forecast.record import SprintRecord, record
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import changes_of, read_sprint_ids
from app.domain.scrum.sprint import Sprint
from tests.domain.team import OPENED, TeamHistory, played, team_history


def recorded(team: TeamHistory, sprint: Sprint) -> SprintRecord:
    field = team.fields.sprint or ""
    ever = [
        issue
        for issue in team.issues
        if sprint.id in issue.sprint_ids
        or any(sprint.id in read_sprint_ids(change.before) for change in changes_of(issue, field))
    ]
    known = record(sprint, team.board, ever, sprint_field=field, calendar=Calendar(), now=OPENED)
    assert known is not None
    return known


@cache
def records(seed: int) -> tuple[SprintRecord, ...]:
    """Thirty closed sprints, oldest first."""
    return records_of(team_history(30, seed))


def records_of(team: TeamHistory) -> tuple[SprintRecord, ...]:
    return tuple(recorded(team, sprint) for sprint in team.closed)


def each_team(seeds: Iterable[int]) -> Iterator[tuple[SprintRecord, ...]]:
    """Thirty closed sprints of each of these teams, one team after the other."""
    for seed in seeds:
        yield records_of(played(30, seed))


def running() -> SprintRecord:
    team = team_history(30, 21)
    return recorded(team, next(one for one in team.sprints if one.activated is None and not one.completed))


def told(past: tuple[SprintRecord, ...] | None = None, **values: object) -> Forecast:
    found = forecast(running(), records(21) if past is None else past, at=OPENED, **values)  # type: ignore[arg-type]
    assert isinstance(found, Forecast)
    return found
