"""The flow of a board for machines; numbers and instants as in the sprint report."""

from app.domain.flow.columns import ColumnLoad
from app.domain.flow.control import ROLLING, Control
from app.domain.flow.cumulative import CumulativeFlow, changes
from app.domain.flow.littles_law import LittlesLaw
from app.domain.flow.totals import Having, having
from app.domain.flow.weeks import NaturalLimits, Week
from app.domain.forecast.forecast import NoForecast
from app.domain.forecast.throughput import ThroughputForecast
from app.domain.reports.board_flow import BoardFlow
from app.domain.reports.json_values import Json, instant
from app.domain.reports.notes import notes_as_json
from app.domain.reports.outlook_as_json import flow_as_json


def to_json(told: BoardFlow) -> Json:
    """All that the report says, with its receipts."""
    board, trend, balance = told.board, told.trend, told.balance
    return {
        "board": {"id": board.id, "name": board.name, "kind": board.kind},
        "at": instant(told.at),
        "since": instant(told.since),
        "missing": list(told.missing),
        "notes": notes_as_json(told.notes),
        "service_level_days": told.service_level,
        "wip": told.flow.wip,
        "usual_wip": told.usual_wip,
        "not_done": told.issues,
        "restricted_issues": told.restricted,
        "weeks": [_week(one) for one in told.weeks],
        "trend": trend
        and {
            "recent": round(trend.recent, 4),
            "before": round(trend.before, 4),
            "direction": trend.direction.value,
        },
        "limits": _limits(told.limits),
        "balance": {
            "arrived": balance.arrived,
            "finished": balance.finished,
            "net": balance.net,
            "backlog": balance.direction.value,
        },
        "columns": [_column(one) for one in told.columns],
        "cumulative": _cumulative(told.cumulative),
        "littles_law": _law(told.law),
        "control": _control(told.control),
        "total_age_days": round(told.total_age, 4),
        "total_age_days_before": None if told.total_age_before is None else round(told.total_age_before, 4),
        "people": [_having(one) for one in having(told.flow)],
        "forecast": _forecast(told.forecast),
        "flow": flow_as_json(told.flow, told.calendar),
    }


def _week(week: Week) -> Json:
    return {
        "monday": week.monday.isoformat(),
        "arrived": list(week.arrived),
        "finished": list(week.finished),
        "whole": week.whole,
    }


def _column(one: ColumnLoad) -> Json:
    return {
        "name": one.name,
        "issues": list(one.keys),
        "min": one.limits and one.limits.least,
        "max": one.limits and one.limits.most,
        "over_limit": one.over,
    }


def _having(one: Having) -> Json:
    return {
        "person": one.person,
        "issues": list(one.keys),
        "age_days": round(one.age, 4),
        "blocked": one.blocked,
    }


def _limits(found: NaturalLimits | None) -> Json | None:
    if found is None:
        return None
    return {
        "mean": round(found.mean, 4),
        "low": round(found.low, 4),
        "high": round(found.high, 4),
        "middle": round(found.middle, 4),
        "outside": [week.monday.isoformat() for week in found.outside],
        "run": [week.monday.isoformat() for week in found.run],
        "signal": found.is_signal,
    }


def _cumulative(told: CumulativeFlow) -> Json:
    """Each day's counts are the last day's and its moves; a column that is null is none."""
    names: dict[int | None, str | None] = {None: None, **dict(enumerate(told.columns))}
    return {
        "columns": list(told.columns),
        "begun": [told.columns[number] for number in sorted(told.begun)],
        "before": list(told.before),
        "came": told.came,
        "went": told.went,
        "finished": told.finished,
        "changes": [
            {"column": names[one.column], "then": round(one.then, 4), "now": round(one.now, 4)}
            for one in changes(told)
        ],
        "days": [
            {
                "day": one.day.isoformat(),
                "counts": list(one.counts),
                "moves": [
                    {"key": move.key, "from": names[move.before], "to": names[move.after]}
                    for move in one.moves
                ],
            }
            for one in told.days
        ],
    }


def _law(told: LittlesLaw | None) -> Json | None:
    if told is None:
        return None
    return {
        "days": told.days and round(told.days, 4),
        "in_progress": round(told.in_progress, 4),
        "begun": told.begun,
        "finished": told.finished,
        "working_days": told.working_days,
        "aged_days": round(told.aged, 4),
    }


def _control(told: Control | None) -> Json | None:
    if told is None:
        return None
    return {
        "days": {str(percent): round(days, 4) for percent, days in told.lines.items()},
        "rolling_median_of": ROLLING,
        "run": told.run,
        "signal": told.is_signal,
        "outliers": [one.key for one in told.outliers],
        "issues": [
            {
                "key": one.key,
                "done_at": instant(one.done_at),
                "days": round(one.days, 4),
                "rolling_median": one.median and round(one.median, 4),
            }
            for one in told.issues
        ],
    }


def _forecast(told: ThroughputForecast | NoForecast) -> Json:
    if isinstance(told, NoForecast):
        return {"refused": told.reason}
    return {
        "working_days": told.days,
        "finished": told.finished,
        "how_many": [
            {
                "weeks": one.weeks,
                "until": one.until.isoformat(),
                "working_days": one.working_days,
                "at_least": {str(percent): number for percent, number in one.issues.items()},
            }
            for one in told.how_many
        ],
        "when": told.when
        and {
            "issues": told.when.issues,
            "by": {str(percent): day and day.isoformat() for percent, day in told.when.by.items()},
        },
        "predictability": told.predictability,
        "trials": told.trials,
        "seed": told.seed,
        "blind": told.blind and {"tried": told.blind.tried, "held": told.blind.held},
    }
