"""What the dates of a scope mean: a verdict, and in which part of a road map it stands."""

from datetime import date
from enum import StrEnum

from app.domain.delivery.outlook import SURE, Dates, Delivery, Outlook

ON_TRACK_FROM, AT_RISK_FROM = SURE / 100, 0.5
"""Chances to be done in time from which a scope is on track, and no longer off it."""


class Verdict(StrEnum):
    """How a scope stands; the worst first."""

    OFF_TRACK = "off track"
    AT_RISK = "at risk"
    NO_FORECAST = "no forecast"
    NO_DATE = "no date"
    ON_TRACK = "on track"
    EMPTY = "empty"
    DONE = "done"


class Part(StrEnum):
    """Of a road map: by when a scope is done with 85 % confidence."""

    NOW = "now"
    NEXT = "next"
    LATER = "later"


def verdict(one: Delivery, today: date) -> Verdict:
    """What is to be said of a scope on a day."""
    due, standing = one.scope.due, one.standing
    if not standing.open_issues:
        return Verdict.DONE if standing.issues else Verdict.EMPTY
    if due is not None and due < today:
        return Verdict.OFF_TRACK
    if one.dates is None:
        return Verdict.NO_FORECAST
    if one.dates.following is not None:
        return _on_train(one.dates, due)
    return Verdict.NO_DATE if one.dates.chance is None else _by_chance(one.dates.chance)


def _on_train(dates: Dates, due: date | None) -> Verdict:
    """What goes out on a fixed day with what is ready is not late: at most it goes out with less."""
    day, chance = dates.by[SURE], dates.chance
    in_time = day is not None and due is not None and day <= due
    return Verdict.ON_TRACK if in_time and chance is not None and chance >= ON_TRACK_FROM else Verdict.AT_RISK


def _by_chance(chance: float) -> Verdict:
    if chance >= ON_TRACK_FROM:
        return Verdict.ON_TRACK
    return Verdict.AT_RISK if chance >= AT_RISK_FROM else Verdict.OFF_TRACK


def worst_first(told: Outlook, today: date) -> list[Delivery]:
    """Scopes by their verdicts; of one verdict by their chances, then in the order of work."""
    ranks = {each: place for place, each in enumerate(Verdict)}

    def weight(one: Delivery) -> tuple[int, float]:
        chance = one.dates.chance if one.dates is not None else None
        return ranks[verdict(one, today)], 1.0 if chance is None else chance

    return sorted(told.deliveries, key=weight)


def part(one: Delivery, today: date) -> Part | None:
    """Where a scope stands in a road map: this month, the next one, or later; None where no day is told.

    What is done can go out now.
    """
    if verdict(one, today) is Verdict.DONE:
        return Part.NOW
    if one.dates is None:
        return None
    day = one.dates.by[SURE]
    if day is None:
        return Part.LATER
    months = 12 * (day.year - today.year) + day.month - today.month
    return Part.NOW if months <= 0 else Part.NEXT if months == 1 else Part.LATER
