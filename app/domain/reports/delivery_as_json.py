"""What is delivered when, for machines."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.delivery.backtest import Score
from app.domain.delivery.ledger import Moved, Standing, Sum
from app.domain.delivery.outlook import Dates, Delivery
from app.domain.delivery.rhythm import Train
from app.domain.delivery.risks import Risks
from app.domain.delivery.since import Since, place_of
from app.domain.delivery.verdict import part, verdict
from app.domain.reports.delivery_parts import BoardDelivery, Part, fixed_days
from app.domain.reports.json_values import estimating_board, instant, plain_number


def to_json(told: BoardDelivery) -> dict[str, Any]:
    """Sums and sizes in the board's unit, days as ISO dates, shares and chances from 0 to 1."""
    return {
        "board": estimating_board(told.board, told.unit),
        "at": instant(told.at),
        "missing": list(told.missing),
        "restricted_issues": told.restricted,
        "parts": [_part(one, told) for one in told.parts],
    }


def _part(one: Part, told: BoardDelivery) -> dict[str, Any]:
    pace, outlook = one.outlook.pace, one.outlook
    return {
        "kind": one.kind.value,
        "refused": outlook.refused or None,
        "not_looked_at": one.left_out,
        "trials": outlook.trials,
        "seed": outlook.seed,
        "usual_size": _number(outlook.usual),
        "side_by_side": outlook.side_by_side,
        "share_of_first_in_line": None if outlook.in_line is None else _number(outlook.in_line),
        "fixed_days": None if outlook.train is None else _train(outlook.train),
        "pace": {
            "days": [
                {"day": day.day.isoformat(), "finished": _number(day.finished), "added": _number(day.added)}
                for day in pace.days
            ],
            "issues": pace.issues,
            "finished_a_day": _number(pace.finished),
            "added_a_day": _number(pace.added),
        },
        "scopes": [{**_delivery(each, told), **_risks(one.risks_of(each))} for each in outlook.deliveries],
        "since": None if one.since is None else _since(one.since, one, told),
        "backtest": None if one.score is None else _score(one.score),
    }


def _delivery(one: Delivery, told: BoardDelivery) -> dict[str, Any]:
    scope, placed = one.scope, part(one, told.today)
    return {
        "id": None if scope.key is not None else scope.id,
        "key": scope.key,
        "name": scope.name,
        "due": _day(scope.due),
        "verdict": verdict(one, told.today).value,
        "road_map": None if placed is None else placed.value,
        **_standing(one.standing),
        **({} if one.dates is None else _dates(one.dates)),
    }


def _risks(risks: Risks) -> dict[str, Any]:
    return {
        "blocked": [
            {
                "key": one.key,
                "by": one.block.by.value,
                "what": one.block.what,
                "since": instant(one.block.since),
            }
            for one in risks.blocked
        ],
        "stalled": [{"key": one.key, "working_days": _number(one.days_in_column)} for one in risks.stalled],
    }


def _since(since: Since, part_told: Part, told: BoardDelivery) -> dict[str, Any]:
    scopes = [one.scope for one in part_told.outlook.deliveries]
    there = {place_of(scope) for scope in (*scopes, *since.closed)}
    return {
        "at": instant(since.before.at),
        "told": {
            place: {
                "verdict": one.verdict,
                "sure": _day(one.sure),
                "due": _day(one.due),
            }
            for place, one in since.before.scopes.items()
            if place in there  # others may have become restricted
        },
        "moved": {
            place_of(scope): _moved(since.moved[scope.id], told)
            for scope in scopes
            if scope.id in since.moved
        },
        "closed": [place_of(scope) for scope in since.closed],
        "gone": list(since.gone),
    }


def _moved(moved: Moved, told: BoardDelivery) -> dict[str, Any]:
    def issues(ids: Sequence[str], size: float) -> dict[str, Any]:
        return {"issues": [told.keys[one] for one in ids if one in told.keys], "size": _number(size)}

    return {
        "came": issues(moved.came, moved.came_size),
        "went": issues(moved.went, moved.went_size),
        "done": issues(moved.done, moved.done_size),
        "re_estimated_by": _number(moved.grown),
    }


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "done": _sum(standing.done),
        "in_progress": _sum(standing.in_progress),
        "to_do": _sum(standing.to_do),
        "unestimated_issues": standing.unestimated,
        "left": _number(standing.left),
        "size": _number(standing.size),
        "share_done": _number(standing.share),
        "added_in_four_weeks": _number(standing.added),
        "removed_in_four_weeks": _number(standing.removed),
    }


def _dates(dates: Dates) -> dict[str, Any]:
    return {
        "done_by": _by(dates.by),
        "chance": _number(dates.chance),
        "take_out": _number(dates.take_out),
        "left_before_it": _number(dates.before),
        "next_fixed_day": _day(dates.following),
    }


def _train(train: Train) -> dict[str, Any]:
    return {
        "words": fixed_days(train.rhythm),
        "slips": list(train.slips),
        "error_in_working_days": _number(train.error),
        "error_by_work_left": _number(train.queue_error),
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "coverage": {str(percent): _number(share) for percent, share in score.coverage.items()},
        "error_in_working_days": _number(score.error),
        "forecasts": [
            {
                "id": None if one.scope.key is not None else one.scope.id,
                "key": one.scope.key,
                "name": one.scope.name,
                "at": instant(one.told_at),
                "done_by": _by(one.by),
                "done": one.ended.isoformat(),
                "off_by": one.off,
                "by_fixed_days": one.fixed,
            }
            for one in score.blind
        ],
    }


def _by(days: Mapping[int, date | None]) -> dict[str, str | None]:
    return {str(percent): _day(day) for percent, day in days.items()}


def _sum(told: Sum) -> dict[str, Any]:
    return {"issues": told.issues, "points": _number(told.points)}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _number(value: float | None) -> int | float | None:
    return None if value is None else plain_number(round(Decimal(value), 4))
