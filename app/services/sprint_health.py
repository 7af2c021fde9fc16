"""The health of a sprint, from the store: for the job that posts it and for whoever asks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from app.domain.comments import Audience, LivingComment, sprint_health_marker
from app.domain.effects import Announcement, SetSprintProperty
from app.domain.forecast.forecast import BLIND_FROM, MOST_SPRINTS
from app.domain.reports.charts.chances import Told
from app.domain.reports.document import Report
from app.domain.reports.kinds import DOCUMENTS, Kind, instant_of
from app.domain.reports.since import Before, read_before
from app.domain.reports.sprint_health_as_json import to_json
from app.domain.scrum.calendar import Calendar
from app.domain.scrum.history import Fields, Histories
from app.domain.scrum.sprint import Sprint
from app.domain.sprint_health.assessment import assess
from app.domain.sprint_health.board_filter import filter_notes, left_out
from app.domain.sprint_health.data_quality import Flaw, Note
from app.domain.sprint_health.habits import BoardHabits
from app.domain.sprint_health.health import SprintHealth
from app.domain.sprint_health.outlook import look_ahead
from app.errors import NoSprint, NotPossible
from app.services.board_filter import Asked
from app.services.board_habits import policy_of
from app.services.closed_sprints import ClosedSprints
from app.services.missing import missing_of
from app.services.rendering import Described, announcements_of, comment_of, property_of
from app.services.restricted import hidden_before
from app.services.runs import SPRINT_HEALTH
from app.services.sprint_boards import check_shown
from app.services.sprint_issues import Inside, of_sprint
from app.store import board_configurations, boards, priorities, reports, sprint_issues
from app.store.sites import Site

MOST_TOLD = 100
"""Earlier reports that are asked how the forecast moved."""


def sprint_health(
    connection: Connection,
    site: Site,
    *,
    board_id: int,
    sprint_id: int | None,
    at: datetime,
    calendar: Calendar,
    kind: Kind = Kind.DAILY,
    show_restricted: bool = False,
    habits: BoardHabits | None = None,
    closed_sprints: ClosedSprints | None = None,
    assessed: Callable[[SprintHealth], None] = lambda _: None,
) -> SprintHealth:
    """Compute the health of a sprint at an instant; without a sprint id, of the one that ran then.

    Reports of a sprint's start and middle speak about that moment, even if they are asked for later; that of
    the end is, without a sprint id, about the last one that was closed. Issues with a security level count in
    totals only, but where `show_restricted` says that they are told. `habits` are the team's own words for
    what is blocked, much or little, and who is away; without them the usual ones. `closed_sprints` spares
    work to whoever asks again. `assessed` is told the health as soon as it is known, before the outlook is
    worked out.

    Issues that the board's filter does not find at that instant do not count, unless `habits` say that all
    do. The board's closed sprints are read too: forecast and flow are measured by the team's own past.

    Raises:
        NotFound: the store has no such board or sprint.
        NoSprint: none ran on the board then.
        NotOfBoard: the sprint is one of other boards.
        NotPossible: the site was never synced.
        SprintHealthRefused: the sprint's dates, the board's columns or its habits do not allow it.
    """
    today = boards.get_board(connection, site, board_id)
    sprint = _sprint(connection, site, board_id, sprint_id, at, kind)
    at = instant_of(kind, sprint, calendar, at)
    as_of = min(at, sprint.completed or at)
    habits = habits or BoardHabits()
    board = habits.board(board_configurations.configured_at(connection, site, today, as_of))
    policy = policy_of(connection, site, today, board, habits)
    inside = _inside(connection, site, Asked(sprint, board, as_of), calendar, shown=show_restricted)
    histories = Histories(fields := Fields(sprint_field_of(site), board.estimation_field))
    health = _assessed(site, inside, histories, at=at, calendar=calendar, habits=habits)
    assessed(health)
    with (closed_sprints or ClosedSprints(most_issues=0)).lend(
        connection,
        site,
        board,
        _earlier(connection, site, sprint, board_id, as_of),
        fields=fields,
        policy=policy,
        calendar=calendar,
        show_restricted=show_restricted,
        ignore_board_filter=habits.ignore_board_filter,
    ) as past:
        past.histories.take(histories)
        return look_ahead(
            _beside(connection, site, inside, health, fields, histories),
            sprint,
            board,
            inside.on_board,
            past,
            sprint_field=fields.sprint,
            policy=policy,
            away=habits.away(),
            thresholds=habits.thresholds,
            parents=sprint_issues.parents(connection, site, sprint),
            open_sprints=boards.open_sprints(connection, site, at=as_of),
        )


def _inside(connection: Connection, site: Site, asked: Asked, calendar: Calendar, *, shown: bool) -> Inside:
    """The sprint with its issues; refused where it is one of other boards."""
    inside = of_sprint(connection, site, asked, calendar, shown=shown)
    if not inside.on_board:
        check_shown(connection, site, asked.board, asked.sprint)
    return inside


def _assessed(
    site: Site,
    inside: Inside,
    histories: Histories,
    *,
    at: datetime,
    calendar: Calendar,
    habits: BoardHabits,
) -> SprintHealth:
    found = assess(
        inside.asked.sprint,
        inside.asked.board,
        inside.on_board,
        now=at,
        calendar=calendar,
        sprint_field=sprint_field_of(site),
        flag_field=site.fields.flagged,
        thresholds=habits.thresholds,
        histories=histories,
    )
    return replace(found, defect_types=habits.defect_types)


def _beside(
    connection: Connection,
    site: Site,
    inside: Inside,
    health: SprintHealth,
    fields: Fields,
    histories: Histories,
) -> SprintHealth:
    """With what the sprint itself does not say."""
    return replace(
        health,
        notes=tuple(_notes(connection, site, inside, health, fields, histories)),
        priorities=priorities.of_site(connection, site),
    )


def _notes(
    connection: Connection,
    site: Site,
    inside: Inside,
    health: SprintHealth,
    fields: Fields,
    histories: Histories,
) -> Iterator[Note]:
    """What could not be read, what is not on the board, and what else is to be known of the data."""
    sprint, board, _ = inside.asked
    for why in missing_of(connection, site, board, inside.ids):
        yield Note(Flaw.NOT_ALL_READ, why)
    keys = left_out(
        sprint,
        board,
        inside.off_board,
        start=health.timing.started_at,
        end=health.timing.as_of,
        sprint_field=fields.sprint,
        histories=histories,
    )
    yield from filter_notes(keys, inside.outside.why)
    yield from health.notes


def _earlier(
    connection: Connection, site: Site, sprint: Sprint, board_id: int, as_of: datetime
) -> list[Sprint]:
    """Sprints of the board that were closed by then, as many as a forecast needs."""
    asked = MOST_SPRINTS + BLIND_FROM + 1
    closed = boards.closed_sprints(connection, site, board_id, at=as_of, last=asked)
    return [each for each in closed if each.id != sprint.id]


def sprint_field_of(site: Site) -> str:
    """Id of the site's Sprint field.

    Raises:
        NotPossible: the site was never synced, or hides it.
    """
    if site.fields.sprint is None:
        message = (
            f"Site {site.name!r} has no Sprint field that its account can see. "
            "Run `burnish sync`, and check that the account may see Jira Software's fields; of an export, "
            "import it again with Jira's own list of fields: --fields."
        )
        raise NotPossible(message)
    return site.fields.sprint


def _sprint(
    connection: Connection, site: Site, board_id: int, sprint_id: int | None, at: datetime, kind: Kind
) -> Sprint:
    if sprint_id is not None:
        return boards.get_sprint(connection, site, sprint_id)
    if kind is Kind.END:
        running = next(iter(boards.closed_sprints(connection, site, board_id, at=at, last=1)), None)
    else:
        running = boards.sprint_at(connection, site, board_id, at)
    if running is None:
        raise NoSprint(board_id, at)
    return running


def before(
    connection: Connection, site: Site, health: SprintHealth, at: datetime, *, show_restricted: bool = False
) -> Before | None:
    """What the last report on that sprint said, of those about an instant before this one."""
    about = {"board_id": health.board_id, "sprint_id": health.sprint_id}
    document = reports.last_before(connection, site.id, SPRINT_HEALTH, **about, at=at)
    found = None if document is None else read_before(document)
    if found is None:
        return None
    if not show_restricted:
        found = hidden_before(connection, site, found)
    told = reports.chances_before(connection, site.id, SPRINT_HEALTH, **about, at=at, last=MOST_TOLD)
    return replace(found, told=tuple(Told(*one) for one in told))


def _report(health: SprintHealth, earlier: Before | None, kind: Kind) -> Report:
    return DOCUMENTS[kind](health, earlier)


def described(health: SprintHealth, earlier: Before | None = None, kind: Kind = Kind.DAILY) -> Described:
    """For people and for machines; the latter get the same facts of every kind."""
    return Described(_report(health, earlier, kind), lambda: to_json(health))


def as_messages(
    health: SprintHealth,
    site: Site,
    issue_key: str | None,
    earlier: Before | None = None,
    *,
    kind: Kind = Kind.DAILY,
    channels: Sequence[str],
) -> tuple[Announcement, ...]:
    """The beginning of it for each of these channels."""
    report = _report(health, earlier, kind)
    return announcements_of(report, site, issue_key, channels)


def as_property(health: SprintHealth, base_key: str, *, kind: Kind = Kind.DAILY) -> SetSprintProperty:
    """For a property of the sprint, within its limit."""
    return property_of(described(health, kind=kind), health.sprint_id, kind.value, base_key=base_key)


def as_comment(
    health: SprintHealth,
    site: Site,
    issue_key: str,
    earlier: Before | None = None,
    *,
    kind: Kind = Kind.DAILY,
    picture: bool = True,
    audience: Audience | None = None,
    edition: int = 1,
) -> LivingComment:
    """For a comment of that site, within its limit; with its picture, or in words only."""
    titled = kind is not Kind.DAILY
    name = kind.value if titled else "health"
    marker = sprint_health_marker(health.board_id, health.sprint_id, name)
    return comment_of(
        _report(health, earlier, kind),
        site,
        issue_key,
        marker,
        picture=picture,
        titled=titled,
        audience=audience,
        edition=edition,
    )
