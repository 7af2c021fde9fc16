"""Forecast and flow for machines; shares and days are rounded to four decimals."""

from app.domain.flow.flow import Aging, Flow, Percentiles
from app.domain.flow.spent import Spent, where_time_goes
from app.domain.forecast.forecast import BlindForecast, Forecast, NoForecast, Range, Score
from app.domain.reports.json_values import Json, instant
from app.domain.reports.velocity import velocity_as_json
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.absences import Absences
from app.domain.sprint_health.health import Outlook


def outlook_as_json(outlook: Outlook | None, calendar: Calendar) -> Json:
    """`forecast`, `flow`, `velocity` and `absences`, null where earlier sprints were not looked at."""
    if outlook is None:
        return {"forecast": None, "flow": None, "velocity": None, "absences": None}
    return {
        "absences": _absences(outlook.absences),
        "forecast": _forecast(outlook.forecast),
        "flow": flow_as_json(outlook.flow, calendar),
        "velocity": velocity_as_json(outlook.velocity),
    }


def _absences(absences: Absences | None) -> Json | None:
    if absences is None:
        return None
    return {
        "working_days_left": round(absences.left, 4),
        "working_days_lost": round(absences.lost, 4),
        "spans": [
            {"from": one.first.isoformat(), "to": one.last.isoformat(), "share": one.share}
            for one in absences.spans
        ],
        "holidays": [one.isoformat() for one in absences.holidays],
    }


def _forecast(told: Forecast | NoForecast | None) -> Json | None:
    match told:
        case None:
            return None
        case NoForecast(reason=reason):
            return {"refused": reason}
        case Forecast():
            return {
                "at": instant(told.at),
                "working_days_left": round(told.days_left, 4),
                "expected": round(told.expected, 4),
                "ranges": _ranges(told.ranges),
                "chance_of_all": round(told.chance_of_all, 4),
                "chance_of_commitment": _rounded(told.chance_of_commitment),
                "issues": [{"key": item.key, "chance": round(item.chance, 4)} for item in told.items],
                "sprints": list(told.sprints),
                "trials": told.trials,
                "seed": told.seed,
                "score": _score(told.score),
            }


def _ranges(ranges: tuple[Range, ...]) -> Json:
    return {str(one.percent): {"low": round(one.low, 4), "high": round(one.high, 4)} for one in ranges}


def _score(score: Score | None) -> Json | None:
    if score is None:
        return None
    return {
        "coverage": {str(percent): round(share, 4) for percent, share in score.coverage.items()},
        "error": round(score.error, 4),
        "error_of_median_sprint": round(score.median_error, 4),
        "brier": _rounded(score.brier),
        "blind": [_blind(one) for one in score.blind],
    }


def _blind(one: BlindForecast) -> Json:
    return {
        "sprint": {"id": one.sprint_id, "name": one.name},
        "expected": round(one.expected, 4),
        "ranges": _ranges(one.ranges),
        "actual": round(one.actual, 4),
        "median_before": round(one.median_before, 4),
    }


def flow_as_json(flow: Flow, calendar: Calendar) -> Json:
    """All figures of a flow, with their receipts."""
    return {
        "at": instant(flow.at),
        "cycle_time_days": _percentiles(flow.cycle_times),
        "lead_time_days": _percentiles(flow.lead_times),
        "pace": {column: _percentiles(one) for column, one in flow.pace.items()},
        "efficiency": _rounded(flow.flow_efficiency),
        "time_spent": _spent(where_time_goes(flow.finished, calendar)),
        "throughput_per_day": _rounded(flow.throughput),
        "days": [
            {"day": one.day.isoformat(), "finished": list(one.finished), "in_progress": one.in_progress}
            for one in flow.days
        ],
        "in_progress": [_aging(one) for one in flow.aging],
        "stalled": [one.key for one in flow.stalled],
        "blocked": [
            {
                "key": one.key,
                "by": one.block.by.value,
                "what": one.block.what,
                "since": instant(one.block.since),
                "days": round(one.days, 4),
            }
            for one in flow.blocked
        ],
        "too_much_at_once": {person: list(keys) for person, keys in flow.per_person.items()},
    }


def _percentiles(one: Percentiles | None) -> Json | None:
    if one is None:
        return None
    days = {str(percent): round(days, 4) for percent, days in one.days.items()}
    return {**days, "sample": one.sample}


def _spent(one: Spent | None) -> Json | None:
    if one is None:
        return None
    return {
        "days": round(one.whole, 4),
        "statuses": {status: round(days, 4) for status, days in one.statuses.items()},
        "blocked": round(one.blocked, 4),
        "sample": one.sample,
    }


def _aging(one: Aging) -> Json:
    return {
        "key": one.key,
        "column": one.column,
        "assignee": one.assignee,
        "since": instant(one.since),
        "age_days": round(one.age, 4),
        "days_in_status": round(one.days_in_column, 4),
        "usual_age_days": _rounded(one.usual),
        "outlier": one.outlier,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
