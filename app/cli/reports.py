"""Reports from the store, printed or posted."""

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from functools import partial
from typing import Annotated, Literal

import typer
from sqlalchemy import Connection

from app import connections
from app.cli.caller import calling
from app.cli.common import (
    SiteOption,
    plain_errors,
    read_settings,
    stored_site,
    the_site,
    warn,
    with_stored_sites,
)
from app.cli.instants import FORMATS, HELP
from app.clock import utc_now
from app.domain.reports.kinds import Kind
from app.domain.scrum.asked_instants import instant
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.habits import BoardHabits
from app.errors import NotPossible, StoreUnavailable
from app.services import computed_reports as reports
from app.services.board_habits import Team
from app.services.delivery_scopes import BOTH, Wanted
from app.services.flow import WEEKS
from app.services.rendering import Described, Style, render
from app.services.runs import DELIVERY, FLOW, OF_KIND, VELOCITY
from app.services.sprint_names import sprint_id_of
from app.settings import Settings
from app.store import sites
from app.store.database import Database
from connectors.charts.renderer import Renderer

AtOption = Annotated[datetime | None, typer.Option(formats=FORMATS, help=HELP)]
StyleOption = Annotated[Style, typer.Option("--format")]
BoardOption = Annotated[int, typer.Option("--board", min=1, help="Jira's board id.")]
PostOption = Annotated[bool, typer.Option(help="Have the running service read Jira, and post it too.")]
LAST = 7
"""So many closed sprints velocity tells, if nobody asks for others."""

app = typer.Typer(no_args_is_help=True)


@app.command("sprint-health")
def report_sprint_health(
    board: BoardOption,
    *,
    sprint: Annotated[
        str | None, typer.Option(help="Its id or its name; the running one if not given.")
    ] = None,
    kind: Annotated[Kind, typer.Option(help="That of the end is about the last closed sprint.")] = Kind.DAILY,
    at: AtOption = None,
    style: StyleOption = "markdown",
    site: SiteOption = None,
    post: PostOption = False,
) -> None:
    """Print the health of a sprint as the store knows it."""
    with plain_errors():
        if post:
            _post(OF_KIND[kind], site=site, board=board, at=at, sprint=sprint)
            return

        def compute(
            connection: Connection, found: sites.Site, of: reports.OfBoard, then: datetime
        ) -> Described:
            number = None if sprint is None else sprint_id_of(connection, found, board, sprint)
            return reports.sprint_health(connection, found, of, then, sprint_id=number, kind=kind)

        _print(compute, site=site, board=board, at=at, style=style)


@app.command("velocity")
def report_velocity(
    board: BoardOption,
    *,
    last: Annotated[int, typer.Option(min=1, max=100, help="So many closed sprints.")] = LAST,
    at: AtOption = None,
    style: StyleOption = "markdown",
    site: SiteOption = None,
    post: PostOption = False,
) -> None:
    """Print what a board's last closed sprints came to, and what keeps being carried over."""
    with plain_errors():
        if post:
            _only_printed(last=last if last != LAST else None)
            _post(VELOCITY, site=site, board=board, at=at)
            return

        compute = partial(reports.velocity, last=last)
        _print(compute, site=site, board=board, at=at, style=style)


@app.command("flow")
def report_flow(
    board: BoardOption,
    *,
    weeks: Annotated[
        int | None, typer.Option(min=4, max=52, help="Whole weeks measured; else as the settings say.")
    ] = None,
    issues: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="When are so many more finished?")
    ] = None,
    at: AtOption = None,
    style: StyleOption = "markdown",
    site: SiteOption = None,
    post: PostOption = False,
) -> None:
    """Print how work flows over a board: what to do today, and what can be promised."""
    with plain_errors():
        if post:
            _only_printed(weeks=weeks, issues=issues)
            _post(FLOW, site=site, board=board, at=at)
            return

        compute = partial(reports.flow, weeks=weeks, issues=issues)
        _print(compute, site=site, board=board, at=at, style=style)


@app.command("backlog")
def report_backlog(
    board: BoardOption,
    *,
    query: Annotated[str | None, typer.Option(help="JQL of other issues than the settings'.")] = None,
    style: StyleOption = "markdown",
    site: SiteOption = None,
    post: PostOption = False,
) -> None:
    """Print what is wrong with a backlog, how ready it is, and what changed since the last run."""
    with plain_errors():
        if post:
            _only_printed(query=query)
            _post("backlog_grooming", site=site, board=board)
            return

        compute = partial(reports.backlog, query=query)
        _print(compute, site=site, board=board, at=None, style=style)


@app.command("digest")
def report_digest(
    board: BoardOption,
    *,
    person: Annotated[
        str | None, typer.Option(help="Account id or name; without, how much each has.")
    ] = None,
    style: StyleOption = "markdown",
    site: SiteOption = None,
) -> None:
    """Print what a backlog asks of one person: their issues, what is wrong with each, what to do."""
    with plain_errors():
        compute = partial(reports.digest, person=person)
        _print(compute, site=site, board=board, at=None, style=style)


@app.command("priority")
def report_priority(
    board: BoardOption,
    *,
    version: Annotated[
        int | None, typer.Option(min=1, help="Of the scoring: `burnish grooming scoring` lists them.")
    ] = None,
    style: StyleOption = "markdown",
    site: SiteOption = None,
) -> None:
    """Print the backlog by the scores of the settings' formula, beside today's ranks."""
    with plain_errors():
        compute = partial(reports.priority, version=version)
        _print(compute, site=site, board=board, at=None, style=style)


@app.command("delivery")
def report_delivery(
    board: BoardOption,
    *,
    version: Annotated[list[str] | None, typer.Option(help="Name of an open one; may be repeated.")] = None,
    epic: Annotated[list[str] | None, typer.Option(help="Key of an open one; may be repeated.")] = None,
    scopes: Annotated[
        Literal["versions", "epics"] | None, typer.Option(help="Only these, where none is named.")
    ] = None,
    jql: Annotated[str | None, typer.Option(help="Its issues instead of all these, done ones too.")] = None,
    by: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When the issues of --jql shall be done.")
    ] = None,
    at: AtOption = None,
    style: StyleOption = "markdown",
    site: SiteOption = None,
    post: PostOption = False,
) -> None:
    """Print when the open versions and epics of a board's project are done."""
    with plain_errors():
        if post:
            _only_printed(version=version, epic=epic, scopes=scopes, jql=jql, by=by)
            _post(DELIVERY, site=site, board=board, at=at)
            return

        asked = Wanted(
            tuple(version or ()), tuple(epic or ()), (scopes,) if scopes else BOTH, jql, by and by.date()
        )
        compute = partial(reports.delivery, wanted=asked, now=utc_now())
        _print(compute, site=site, board=board, at=at, style=style)


def _print(
    compute: Callable[[Connection, sites.Site, reports.OfBoard, datetime], Described],
    *,
    site: str | None,
    board: int,
    at: datetime | None,
    style: str,
) -> None:
    settings = with_stored_sites(read_settings())
    database, renderer = _open(settings, site), Renderer()
    try:
        if style == "html":
            renderer.draw_soon()
        with database.read() as connection:
            found = stored_site(connection, settings, site)
            asked = _of_board(settings, found.name, board)
            now = utc_now()
            then = instant(at, zone=asked.team.calendar.zone, now=now)
            told = compute(connection, found, asked, then or now)
        if style != "markdown":  # which is for people, and says it itself
            warn(told.warnings)
        typer.echo(render(told, style=style, base_url=found.base_url, draw=renderer.svg))
    finally:
        renderer.close()
        database.close()


def _sprint(settings: Settings, site: str | None, board: int, said: str) -> int:
    """The id of a sprint; only a name is looked up in the store."""
    if said.isascii() and said.isdecimal():
        return int(said)
    with closing(_open(settings, site)) as database, database.read() as connection:
        return sprint_id_of(connection, stored_site(connection, settings, site), board, said)


def _open(settings: Settings, site: str | None) -> Database:
    """The store; where there is neither one nor a site, the way to the first site is what helps."""
    database = Database(settings.database_url.get_secret_value())
    try:
        with database.read():
            return database
    except StoreUnavailable:
        database.close()
        the_site(settings, site)
        raise


def _of_board(settings: Settings, site: str, board: int) -> reports.OfBoard:
    """The board with what the settings say of it."""
    configured = settings.sites.get(site)
    if configured is None:
        return reports.OfBoard(board)
    calendar = connections.calendars_of(configured).get(board, Calendar())
    habits = connections.habits_of(configured).get(board, BoardHabits())
    return reports.OfBoard(
        id=board,
        team=Team(calendar, habits),
        show_restricted=board in configured.shows_restricted,
        wish=configured.grooming_wish(board),
        weeks=next((one.weeks for one in configured.flow if one.board == board), WEEKS),
    )


def _only_printed(**options: object) -> None:
    """Refuses what a posted report would pass over: the settings alone say what those tell.

    Raises:
        NotPossible: one of these options is given.
    """
    given = [f"--{name}" for name, value in options.items() if value]
    if given:
        message = (
            f"What is posted is as the settings say, so {' and '.join(given)} would count for nothing. "
            f"Leave out --post to print it, or leave out {' and '.join(given)}."
        )
        raise NotPossible(message)


def _post(
    kind: str, *, site: str | None, board: int, at: datetime | None = None, sprint: str | None = None
) -> None:
    """Ask for a run and say where to watch it. A bare day is one where the board is."""
    settings = with_stored_sites(read_settings())
    name = the_site(settings, site)
    zone = _of_board(settings, name, board).team.calendar.zone
    then = instant(at, zone=zone, now=utc_now())
    number = None if sprint is None else _sprint(settings, site, board, sprint)
    wanted = {"kind": kind, "site": name, "board": board, "at": then and then.isoformat(), "sprint": number}
    with calling(settings) as api:
        made = api.post("/runs", {part: value for part, value in wanted.items() if value is not None}).json()
        run = made["id"]
        said = f"Run {run} is asked for; a service on this store (`burnish serve`) carries it out."
        if api.address:
            said = f"Run {run} is under way at {api.address}: `burnish runs show {run}`."
        if made["parameters"].get("post_to") is None and not made["parameters"].get("post"):
            said += f" It will post nothing: the settings name no `report_issue` for board {board}."
        typer.echo(said)
