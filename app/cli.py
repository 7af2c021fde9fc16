"""The command line: the same services as the doors, for people and scripts."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, NoReturn

import httpx
import typer
import uvicorn

from app import demo as demo_run
from app import log, main
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.errors import SprintHealthRefused
from app.errors import BurnishError, NotFound, NotPossible
from app.services.sprint_health import FORMATS, render, sprint_health
from app.settings import Settings, load_settings
from app.store import sites
from app.store.database import Database
from connectors.errors import ConnectorError
from connectors.jira.webhook import JIRA_EVENTS
from connectors.sandbox.config import SandboxConfig, WebhookSetting, backlog_for
from connectors.sandbox.main import serve as serve_sandbox
from jobs.sync import sync as sync_site

app = typer.Typer(
    help="Burnish keeps Jira in shape. Settings: burnish.toml and BURNISH_* variables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
report_app = typer.Typer(help="Compute a report from the store.", no_args_is_help=True)
webhook_app = typer.Typer(help="Jira's webhooks.", no_args_is_help=True)
db_app = typer.Typer(help="The store.", no_args_is_help=True)
app.add_typer(report_app, name="report")
app.add_typer(webhook_app, name="webhook")
app.add_typer(db_app, name="db")

SiteOption = Annotated[str | None, typer.Option("--site", help="May be left out where there is one site.")]


def _fail(message: str) -> NoReturn:
    typer.echo(f"burnish: {message}", err=True)
    raise typer.Exit(1)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """What we foresee is one sentence and exit 1; what we do not keeps its trace."""
    try:
        yield
    except (BurnishError, ConnectorError, SprintHealthRefused) as error:
        _fail(str(error))


def _settings() -> Settings:
    settings = load_settings()
    log.set_up(level=settings.log_level, style=settings.log_format)
    return settings


def _the_site(settings: Settings, name: str | None) -> str:
    if name is None and len(settings.sites) == 1:
        return next(iter(settings.sites))
    known = ", ".join(sorted(settings.sites)) or "none; add one under [sites.<name>] in burnish.toml"
    if name is None:
        raise NotPossible(f"Say which site with --site. There are: {known}.")
    if name not in settings.sites:
        raise NotFound("site", name, f"There are: {known}.")
    return name


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
) -> None:
    """Run the service: webhooks, API, worker and schedules."""
    with _plain_errors():
        settings = _settings()
        address = f"http://{'127.0.0.1' if host in {'0.0.0.0', '::'} else host}:{port}"  # noqa: S104 - compared
        main.prepare(settings)
        service = main.create_app(settings, address=address)
        uvicorn.run(service, host=host, port=port, log_config=None, access_log=False, lifespan="on")


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(min=1, max=65535)],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    deployment: Annotated[str, typer.Option(help="Only `cloud` so far.")] = "cloud",
    issues: Annotated[int | None, typer.Option(min=1, help="About how many issues.")] = None,
    sprints: Annotated[int, typer.Option(min=0, max=500, help="Closed sprints.")] = 6,
    seed: Annotated[int, typer.Option(help="The same seed plays the same team.")] = 7,
    start: Annotated[
        datetime | None, typer.Option(help="UTC; where its clock begins. Two days ago if not given.")
    ] = None,
    speed: Annotated[float, typer.Option(min=0, help="Seconds of the team per second.")] = 1.0,
    webhook: Annotated[str | None, typer.Option(help="Address to tell of every change.")] = None,
) -> None:
    """Run a stand-in Jira with a simulated team.

    SANDBOX_TOKEN and SANDBOX_WEBHOOK_SECRET in the environment set its API token and the webhook's secret.
    """
    if deployment != "cloud":
        _fail(f"--deployment {deployment} is not there yet; use cloud.")
    config = SandboxConfig(seed=seed, closed_sprints=sprints, speed=speed)
    changed: dict[str, Any] = {}
    if issues is not None:
        changed["backlog"] = backlog_for(issues, sprints)
    if start is not None:
        changed["start"] = start.replace(tzinfo=UTC)
    if "SANDBOX_TOKEN" in os.environ:
        changed["token"] = os.environ["SANDBOX_TOKEN"]
    if webhook is not None:
        changed["webhooks"] = (WebhookSetting(webhook, os.environ.get("SANDBOX_WEBHOOK_SECRET")),)
    serve_sandbox(demo_run.changed(config, **changed), host, port)


@app.command()
def demo(
    *,
    stay: Annotated[bool, typer.Option(help="Go on serving until stopped.")] = False,
    port: Annotated[int | None, typer.Option(help="Of the service; any free one if not given.")] = None,
    sandbox_port: Annotated[int | None, typer.Option(help="Of the sandbox Jira; likewise.")] = None,
) -> None:
    """From nothing to a sprint report in a sandbox Jira; ends by itself."""
    with _plain_errors():
        demo_run.run(now=main.utc_now, stay=stay, port=port, sandbox_port=sandbox_port, echo=typer.echo)


@app.command()
def sync(site: SiteOption = None) -> None:
    """Bring the store up to date with Jira, now and here; a running service does so by itself."""
    with _plain_errors():
        settings = _settings()
        counts = asyncio.run(_sync(settings, _the_site(settings, site)))
        typer.echo(", ".join(f"{number} {what}" for what, number in counts.items()))


async def _sync(settings: Settings, name: str) -> dict[str, int]:
    async with AsyncExitStack() as stack:
        database = main.open_database(settings, {"doing": "burnish sync"})
        stack.callback(database.close)
        rows = await database.call_write(partial(main.ensure_sites, settings=settings, now=main.utc_now()))
        jira_sites = await main.connect(stack, settings, rows)
        context, _ = main.make_worker(settings, database, jira_sites, main.utc_now)

        async def show(progress: Any) -> None:
            typer.echo(json.dumps(dict(progress)), err=True)

        jira_site = next(one for one in jira_sites if one.name == name)
        return await sync_site(context, jira_site, report=show)


@report_app.command("sprint-health")
def report_sprint_health(
    board: Annotated[int, typer.Option(min=1, help="Jira's board id.")],
    *,
    sprint: Annotated[int | None, typer.Option(min=1, help="Its id; the running one if not given.")] = None,
    at: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"], help="An instant.")
    ] = None,
    style: Annotated[str, typer.Option("--format", help=", ".join(FORMATS))] = "markdown",
    site: SiteOption = None,
    post: Annotated[bool, typer.Option(help="Have the running service read Jira, and post it too.")] = False,
) -> None:
    """Print the health of a sprint as the store knows it."""
    with _plain_errors():
        settings = _settings()
        name = _the_site(settings, site)
        if post:
            typer.echo(_ask_service(settings, site=name, board=board, sprint=sprint, at=at))
            return
        database = Database(settings.database_url.get_secret_value())
        try:
            with database.read() as connection:
                found = sites.get_site(connection, name)
                health = sprint_health(
                    connection,
                    found,
                    board_id=board,
                    sprint_id=sprint,
                    at=at or main.utc_now(),
                    calendar=main.calendars_of(settings.sites[name].sprint_health).get(board, Calendar()),
                )
        finally:
            database.close()
        typer.echo(render(health, style=style, base_url=found.base_url))


def _ask_service(
    settings: Settings, *, site: str, board: int, sprint: int | None, at: datetime | None
) -> str:
    """Ask the service for a run, since posting is its business; returns where to watch it."""
    database = Database(settings.database_url.get_secret_value())
    address = (database.holder() or {}).get("address")
    database.close()
    if not address:
        raise NotPossible("No service runs on this store. Start it with `burnish serve`.")
    if not settings.api_keys:
        raise NotPossible(
            "The API is closed: set BURNISH_API_KEYS (or `api_keys`), here and for the service."
        )
    wanted = {"kind": "sprint_health", "site": site, "board": board, "sprint": sprint}
    if at is not None:
        wanted["at"] = at.isoformat()
    key = settings.api_keys[0].get_secret_value()
    try:
        answer = httpx.post(
            f"{address}/api/v1/runs", json=wanted, headers={"Authorization": f"Bearer {key}"}, timeout=30
        )
    except httpx.HTTPError as error:
        message = f"The service at {address} does not answer ({type(error).__name__}). Is it running?"
        raise NotPossible(message) from error
    if answer.is_error:
        raise NotPossible(f"The service refuses: {answer.json().get('detail')}")
    return f"Run {answer.json()['id']} is under way: {address}{answer.headers['location']}"


@webhook_app.command("register")
def webhook_register(
    url: Annotated[
        str, typer.Argument(help="Where Jira reaches this service, e.g. https://burnish.example.com")
    ],
    site: SiteOption = None,
) -> None:
    """Have Jira tell this service of every change. The account must be a Jira admin."""
    with _plain_errors():
        settings = _settings()
        name = _the_site(settings, site)
        typer.echo(asyncio.run(_register(settings, name, f"{url.rstrip('/')}/webhooks/jira/{name}")))


async def _register(settings: Settings, name: str, url: str) -> str:
    site = settings.sites[name]
    if not site.webhook_secrets:
        raise NotPossible(
            f"Set `webhook_secrets` of site {name!r} first; an unsigned webhook is not trusted."
        )
    async with AsyncExitStack() as stack:
        jira = await main.jira_of(stack, site)
        jql = f"project in ({', '.join(site.projects)})" if site.projects else ""
        hook = await jira.register_webhook(
            "Burnish", url, sorted(JIRA_EVENTS), jql, site.webhook_secrets[0].get_secret_value()
        )
        return f"Jira tells {url} from now on: {hook['self']}"


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the store's schema up to this version; `burnish serve` does so by itself."""
    with _plain_errors():
        main.open_database(_settings(), {"doing": "burnish db upgrade"}).close()
        typer.echo("The store is at this version's schema.")


if __name__ == "__main__":
    sys.exit(app())
