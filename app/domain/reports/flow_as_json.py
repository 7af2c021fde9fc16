"""The flow of a board for machines; numbers and instants as in the sprint report."""

from app.domain.flow.totals import Having, having
from app.domain.flow.weeks import NaturalLimits, natural_limits
from app.domain.forecast.forecast import NoForecast
from app.domain.forecast.throughput import ThroughputForecast
from app.domain.reports.flow import BoardFlow
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
        "weeks": [
            {
                "monday": week.monday.isoformat(),
                "arrived": list(week.arrived),
                "finished": list(week.finished),
                "whole": week.whole,
            }
            for week in told.weeks
        ],
        "trend": trend
        and {
            "recent": round(trend.recent, 4),
            "before": round(trend.before, 4),
            "direction": trend.direction.value,
        },
        "limits": _limits(natural_limits(told.weeks)),
        "balance": {
            "arrived": balance.arrived,
            "finished": balance.finished,
            "net": balance.net,
            "backlog": balance.direction.value,
        },
        "columns": [
            {
                "name": one.name,
                "issues": list(one.keys),
                "min": one.limits and one.limits.least,
                "max": one.limits and one.limits.most,
                "over_limit": one.over,
            }
            for one in told.columns
        ],
        "total_age_days": round(told.total_age, 4),
        "total_age_days_before": None if told.total_age_before is None else round(told.total_age_before, 4),
        "people": [_having(one) for one in having(told.flow)],
        "forecast": _forecast(told.forecast),
        "flow": flow_as_json(told.flow, told.calendar),
    }


def _having(one: Having) -> Json:
    return {
        "person": one.person,
        "restricted": one.restricted,
        "issues": list(one.keys),
        "age_days": round(one.age, 4),
        "blocked": one.blocked,
    }


def _limits(found: NaturalLimits | None) -> Json | None:
    if found is None:
        return None
    outside = [week.monday.isoformat() for week in found.outside]
    return {"low": round(found.low, 4), "high": round(found.high, 4), "outside": outside}


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
