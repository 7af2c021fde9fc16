"""Ledgers by hand: what was finished and added on each day, and what is left of which scopes."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from app.domain.delivery.ledger import Ledger
from app.domain.delivery.scopes import Kind, Life, Phase, Progress, Scope
from app.domain.scrum.calendar import Calendar

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
"""Midnight of the first day of work."""
DAY = timedelta(days=1)
TO_DO, IN_PROGRESS, DONE = Progress.TO_DO, Progress.IN_PROGRESS, Progress.DONE


def a_version(name: str, due: date | None = None, closed: datetime | None = None) -> Scope:
    return Scope(name, Kind.VERSION, name, due=due, closed_at=closed)


def a_life(
    issue_id: str, *phases: tuple[datetime, str, float | None, Progress], gone: datetime | None = None
) -> Life:
    """Phases as instant, scopes by names with spaces between, estimate and progress."""
    told = [
        Phase(at, frozenset(scopes.split()), None if points is None else Decimal(str(points)), progress)
        for at, scopes, points, progress in phases
    ]
    if gone is not None:
        told.append(told[-1]._replace(at=gone, scopes=frozenset()))
    return Life(issue_id, tuple(told))


def working_days(number: int, calendar: Calendar) -> list[datetime]:
    """Midnights of the first working days after `MONDAY`."""
    parts = calendar.parts(MONDAY + DAY, MONDAY + (3 * number + 30) * DAY)
    return [since for _, since, _ in parts][:number]


def a_ledger(
    days: Sequence[tuple[float, float]],
    open_scopes: Iterable[tuple[Scope, Sequence[float | None]]],
    *,
    calendar: Calendar | None = None,
) -> tuple[Ledger, datetime]:
    """A ledger and the instant after these days, at which a version was released that all of them were for.

    Args:
        days: what was finished for that version and added to it on each.
        open_scopes: each with the estimates of its issues, of which none was begun.
        calendar: of the team.
    """
    calendar = calendar or Calendar()
    mornings = working_days(len(days) + 1, calendar)
    at = mornings[-1]
    before = MONDAY - 10 * DAY
    lives = [a_life("0", (before, "past", 0, TO_DO), (MONDAY, "past", 0, IN_PROGRESS))]
    for number, (morning, (finished, added)) in enumerate(zip(mornings, days, strict=False)):
        noon = morning + DAY / 2
        lives.append(a_life(f"f{number}", (before, "past", finished, TO_DO), (noon, "past", finished, DONE)))
        lives.append(a_life(f"a{number}", (noon, "past", added, TO_DO)))
    scopes = {"past": a_version("past", due=MONDAY.date(), closed=at)}
    for scope, sizes in open_scopes:
        scopes[scope.id] = scope
        lives += [a_life(f"{scope.id}{n}", (before, scope.id, size, TO_DO)) for n, size in enumerate(sizes)]
    return Ledger(scopes, lives, calendar), at
