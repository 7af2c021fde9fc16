"""A site's lists as they were: which sprints were open then, and which versions released."""

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.jql.catalogue import Catalogue, Named, Release
from app.domain.scrum.sprint import Sprint, SprintState

Period = tuple[int, int, str]
"""Instants of one period have the same lists."""


def then(
    catalogue: Catalogue, at: datetime, sprints: Collection[Sprint], *, open_at_close: bool = False
) -> Catalogue:
    """A site's lists as they were at an instant, as far as anything tells; without sprints, theirs stay.

    Jira tells the day of a release alone: it counts from the next day on.

    Args:
        catalogue: the lists as they are.
        at: the instant.
        sprints: all of the site.
        open_at_close: whether a sprint is still open at the instant of its close, so that
            `sprint in openSprints()` shows what it ends with. What happens at that instant happens after it.
    """
    zone = catalogue.zone
    return replace(
        catalogue,
        now=at,
        sprints=tuple(
            Named(str(each.id), each.name, state_at(each, at, open_at_close=open_at_close))
            for each in sprints
        )
        or catalogue.sprints,
        releases=tuple(
            replace(each, is_released=_is_released(each, at, zone)) for each in catalogue.releases
        ),
    )


class Lists:
    """The lists of a site at many instants, worked out once for each period in which nothing changed.

    Args:
        catalogue: as they are.
        sprints: all of the site.
    """

    def __init__(self, catalogue: Catalogue, sprints: Collection[Sprint]) -> None:
        self._catalogue = catalogue
        self._sprints = sprints
        self._starts = sorted(each.started_at for each in sprints if each.started_at is not None)
        self._opened = sorted(each.activated for each in sprints if each.activated is not None)
        self._closes = sorted(each.completed for each in sprints if each.completed is not None)
        self._known: dict[Period, Catalogue] = {}

    def period(self, at: datetime) -> Period:
        """The one that an instant belongs to."""
        day = at.astimezone(self._catalogue.zone).date().isoformat() if self._catalogue.releases else ""
        return bisect_right(self._starts, at), bisect_right(self._closes, at), day

    def changed_since(self, at: datetime) -> bool:
        """Whether a sprint was surely opened or closed after an instant.

        One may have been opened before the day that was planned, and of releases only days are known.
        """
        return any(bisect_right(instants, at) < len(instants) for instants in (self._closes, self._opened))

    def at(self, at: datetime) -> Catalogue:
        """As they were then; see `then`."""
        period = self.period(at)
        if period not in self._known:
            self._known[period] = then(self._catalogue, at, self._sprints)
        return replace(self._known[period], now=at)


def state_at(sprint: Sprint, at: datetime, *, open_at_close: bool = False) -> str:
    """A sprint's state; where nothing tells when it was started or closed, it was what it is."""
    if sprint.state is SprintState.FUTURE or (sprint.started_at is not None and sprint.started_at > at):
        return SprintState.FUTURE.value
    closed = sprint.completed
    if sprint.state is SprintState.ACTIVE or closed is None:
        return sprint.state.value
    is_open = at <= closed if open_at_close else at < closed
    return (SprintState.ACTIVE if is_open else SprintState.CLOSED).value


def _is_released(version: Release, at: datetime, zone: ZoneInfo) -> bool:
    if not version.is_released or version.released_on is None:
        return version.is_released
    return version.released_on < at.astimezone(zone).date().isoformat()
