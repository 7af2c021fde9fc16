"""A sprint beside the team's earlier ones: forecast, flow, and issues that contradict the board."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import chain

from app.domain.flow.flow import flow
from app.domain.flow.path import Path, Policy, path_of
from app.domain.forecast.forecast import Forecast, NoForecast, forecast
from app.domain.forecast.record import record
from app.domain.scrum.board import Board
from app.domain.scrum.calendar import WorkingClock
from app.domain.scrum.history import Fields, Histories
from app.domain.scrum.issue import Issue
from app.domain.scrum.restricted import public
from app.domain.scrum.sprint import Sprint
from app.domain.sprint_health.absences import Absences, absences_left
from app.domain.sprint_health.contradictions import Surroundings, contradictions
from app.domain.sprint_health.data_quality import Flaw
from app.domain.sprint_health.health import Outlook, SprintHealth
from app.domain.sprint_health.memory import Memory, Past, remember
from app.domain.sprint_health.signals import DEFAULT_THRESHOLDS, Thresholds, verdict
from app.domain.sprint_health.signals_ahead import judge_ahead
from app.domain.sprint_health.velocity import JIRAS_SPRINTS, Velocity, read_result, velocity


def look_ahead(
    health: SprintHealth,
    sprint: Sprint,
    board: Board,
    issues: Sequence[Issue],
    past: Past | Memory,
    *,
    sprint_field: str,
    policy: Policy,
    away: Mapping[date, float] | None = None,
    parents: Mapping[str, str] | None = None,
    open_sprints: frozenset[int] = frozenset(),
    past_boards: Mapping[int, Board] | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
) -> SprintHealth:
    """The assessment with its outlook, its signals, and notes about issues that contradict the board.

    Args:
        health: what was assessed; its calendar and its instant are used.
        sprint: the one that was assessed.
        board: its board.
        issues: what it was assessed from.
        past: sprints that were closed by then; or with what is known of them, which was made with this board,
            calendar and policy, and gets more.
        sprint_field: id of the site's Sprint field.
        policy: what the team calls work in progress.
        away: share of the team that is absent, by date.
        parents: id of a sub-task to the id of its parent.
        open_sprints: ids of sprints that were not closed by then, of whatever board.
        past_boards: by sprint id the board as it was when that one was closed; the same board unless given,
            and for those that are remembered.
        thresholds: limits of the verdict.
    """
    at = health.timing.as_of
    fields = Fields(sprint_field, board.estimation_field)
    memory = past if isinstance(past, Memory) else remember(past, fields, past_boards)
    past, histories = memory.past, memory.histories
    known = {issue.id: issue for issue in public(chain(*(inside for _, inside in past), issues))}
    shown = frozenset(row.issue_id for row in health.issues if row.in_sprint)
    flowing = flow(
        known.values(),
        board,
        at=at,
        calendar=health.calendar,
        policy=policy,
        only=shown,
        histories=histories,
        paths=memory.paths,
    )
    ahead = None
    if not health.closed:
        ahead = _forecast(health, sprint, issues, board, memory, sprint_field=sprint_field, away=away)
    figures = _velocity(memory, board, sprint_field)
    touched = {row.issue_id for row in health.issues}
    paths = _paths([one for one in issues if one.id in touched], board, policy, health, at, histories)
    by_id = {path.issue.id: path for path in paths}
    around = Surroundings(board, policy, by_id, parents or {}, open_sprints)
    notes = contradictions(paths, around)
    signals = judge_ahead(
        health, flowing, ahead, figures, stalled_after=policy.stalled_after, thresholds=thresholds
    )
    return replace(
        health,
        outlook=Outlook(ahead, flowing, figures, _absences(health, away)),
        notes=(*health.notes, *notes),
        signals=signals,
        verdict=verdict(signals),
    )


def _absences(health: SprintHealth, away: Mapping[date, float] | None) -> Absences | None:
    """Of a sprint that runs, to its planned end."""
    end = health.timing.planned_end
    if health.closed or end is None or end <= health.timing.as_of:
        return None
    return absences_left(health.calendar, health.timing.as_of, end, away or {})


def _velocity(memory: Memory, board: Board, sprint_field: str) -> Velocity:
    last = memory.past[-JIRAS_SPRINTS:]
    for one, every in last:
        if one.id not in memory.results:
            then = memory.board_of(one, board)
            memory.results[one.id] = read_result(
                one, then, every, sprint_field=sprint_field, histories=memory.histories
            )
    results = (memory.results[one.id] for one, _ in last)
    return velocity(one for one in results if one is not None)


def _as_it_was(issue: Issue, histories: Histories, at: datetime) -> Issue:
    """In the sprints that it was in then."""
    return replace(issue, sprint_ids=histories.of(issue).at(at).sprint_ids)


def _paths(
    issues: Sequence[Issue],
    board: Board,
    policy: Policy,
    health: SprintHealth,
    at: datetime,
    histories: Histories,
) -> list[Path]:
    first = min((issue.created for issue in issues), default=at)
    walk = partial(path_of, board=board, policy=policy, at=at, clock=WorkingClock(health.calendar, first, at))
    read = [(_as_it_was(issue, histories, at), histories.of(issue)) for issue in issues]
    found = (walk(issue, history=history) for issue, history in read)
    return [path for path in found if path is not None]


def _forecast(
    health: SprintHealth,
    sprint: Sprint,
    issues: Sequence[Issue],
    board: Board,
    memory: Memory,
    *,
    sprint_field: str,
    away: Mapping[date, float] | None,
) -> Forecast | NoForecast:
    if any(note.flaw is Flaw.HISTORY_INCOMPLETE for note in health.notes):
        return NoForecast("Part of the changelog of the sprint's issues has not been read yet.")
    if any(note.flaw is Flaw.NOT_ALL_READ for note in health.notes):
        return NoForecast("Not all that it rests on could be read from Jira.")
    recorded = partial(
        record,
        board=board,
        sprint_field=sprint_field,
        calendar=health.calendar,
        now=health.timing.as_of,
        histories=memory.histories,
    )
    current = recorded(sprint, issues=issues)
    if current is None:
        return NoForecast("The sprint has no planned end, or nothing is in it.")
    for one, every in memory.past:
        if one.id not in memory.records:
            complete = all(issue.history_complete for issue in every)
            then = memory.board_of(one, board)
            memory.records[one.id] = recorded(one, issues=every, board=then) if complete else None
    known = (memory.records[one.id] for one, _ in memory.past)
    earlier = [found.anew() for found in known if found is not None]
    found = forecast(
        current, earlier, at=health.timing.as_of, commitment=float(health.ledger.commitment.points), away=away
    )
    return found if isinstance(found, NoForecast) else replace(found, items=tuple(public(found.items)))
