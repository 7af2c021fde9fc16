"""What the doors are given by `app.main`, and how a route gets at it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Protocol, cast

from fastapi import Depends
from pydantic import AwareDatetime, Field
from sqlalchemy import Connection
from starlette.requests import HTTPConnection

from app.api.bodies import Bodies
from app.domain.reports.target import Target
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.habits import BoardHabits
from app.errors import NotFound, NotUnderstood
from app.metrics import Metrics
from app.services.board_habits import Team
from app.services.closed_sprints import ClosedSprints
from app.services.deliveries import Inbox
from app.services.rate_limits import RateLimits
from app.services.rendering import Draw, DrawSoon
from app.services.secrets import Keyring
from app.services.similarity import Learnt
from app.store.database import Database

if TYPE_CHECKING:
    from app.services.access import Caller


@dataclass(frozen=True, slots=True)
class SiteDoor:
    """A site as its doors need it.

    Attributes:
        webhook_secrets: all that are valid now.
        targets: by board, where its reports go.
        flow_targets: by board, where the reports on its flow go.
        flow_weeks: by board, over how many weeks it is measured.
        calendars: by board, its working days.
        habits: by board, how its team works.
        shows_restricted: boards whose reports name issues that have a security level.
        grooming_issues: likewise, of its backlog.
        grooming_wish: by board, what the settings say of the grooming of its backlog; see
            `app.services.grooming_wish.read_wish`.
        delivery_wishes: by board, what the settings say of the report on its deliveries.
        channels: names of those that messages can go to.
    """

    id: int
    name: str
    webhook_secrets: tuple[str, ...] = field(repr=False)
    targets: Mapping[int, Target]
    flow_targets: Mapping[int, Target]
    flow_weeks: Mapping[int, int]
    calendars: Mapping[int, Calendar]
    habits: Mapping[int, BoardHabits]
    shows_restricted: frozenset[int]
    grooming_issues: Mapping[int, str]
    grooming_wish: Callable[[int], Mapping[str, Any]]
    delivery_wishes: Mapping[int, Mapping[str, Any]]
    channels: tuple[str, ...] = ()

    def team_of(self, board_id: int | None) -> Team:
        """How the team of a board works; of a board that the settings do not name, the usual one."""
        return Team(
            self.calendars.get(board_id or 0, Calendar()), self.habits.get(board_id or 0, BoardHabits())
        )


class Book(Protocol):
    """Which sites are served, kept by `app.main`.

    Attributes:
        in_settings: names of those that the settings have.
        locked: by name, why a site of the store is not served.
        keyring: locks and opens their secrets.
    """

    in_settings: frozenset[str]
    locked: Mapping[str, str]
    keyring: Keyring

    def adopt(self, connection: Connection, name: str, site: Any, *, by: str) -> None:
        """Make its row, schedules and first sync, in the transaction in which somebody makes or edits it."""
        ...

    def keeps_tokens(self, name: str) -> bool:
        """Whether the OAuth tokens of that site belong into the store."""
        ...

    async def refresh(self) -> None:
        """Serve what the store says now."""
        ...


@dataclass(frozen=True, slots=True)
class State:
    """The parts behind the doors.

    Attributes:
        sites: that are served now, by name.
        book: keeps them.
        api_keys: the bearer keys of the settings, which open all of `/api/v1`.
        rate_limits: how often each key may ask.
        bodies: reads those of deliveries.
        wake: tells the worker that there is work.
        worker_alive: whether the worker of this process still runs.
        lease: after this long without a sign of life a worker counts as dead.
        catch_up: how often Jira is asked what changed.
        metrics: is told what happened.
        draw: makes charts.
        draw_soon: tells what makes charts that these, or some, will be wanted.
        learnt: of issues that are like others.
        closed_sprints: of boards whose reports were asked for.
        web_request_hosts: that rules may ask; None where nobody can say.
    """

    database: Database
    inbox: Inbox
    sites: Mapping[str, SiteDoor]
    book: Book
    api_keys: tuple[str, ...] = field(repr=False)
    rate_limits: RateLimits
    bodies: Bodies
    now: Callable[[], datetime]
    wake: Callable[[], None]
    worker_alive: Callable[[], bool]
    lease: timedelta
    catch_up: timedelta
    metrics: Metrics
    draw: Draw
    learnt: Learnt = field(default_factory=Learnt)
    closed_sprints: ClosedSprints = field(default_factory=lambda: ClosedSprints(saves=True))
    draw_soon: DrawSoon = lambda _: None
    web_request_hosts: tuple[str, ...] | None = None


def state_of(connection: HTTPConnection) -> State:
    """The state that the application was started with; for a key for some sites, without the others."""
    state = cast("State", connection.app.state.doors)
    caller: Caller | None = connection.scope.get("caller")
    if caller is None or caller.sites is None:
        return state
    return replace(state, sites={name: door for name, door in state.sites.items() if caller.is_for(name)})


StateDep = Annotated[State, Depends(state_of)]

_BEFORE_JIRA = datetime(2000, 1, 1, tzinfo=UTC)
PastInstant = Annotated[AwareDatetime, Field(ge=_BEFORE_JIRA)]
"""An instant that a sprint may speak of; one near year 1 is not even an instant in every time zone."""


def site_named(state: State, name: str | None) -> SiteDoor:
    """The site of that name; the only one where no name is given.

    Raises:
        NotFound: none of that name.
        NotUnderstood: no name, and not exactly one site.
    """
    known = ", ".join(sorted(state.sites)) or "none; add one under [sites.<name>] in the settings"
    if name is not None:
        if name not in state.sites:
            raise NotFound("site", name, f"There are: {known}.")
        return state.sites[name]
    if len(state.sites) != 1:
        raise NotUnderstood(f"Say which site. There are: {known}.", field="/site")
    return next(iter(state.sites.values()))
