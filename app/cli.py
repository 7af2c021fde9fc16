"""The command line: the same services as the doors, for people and scripts."""

import asyncio
import json
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import httpx
import typer
import uvicorn

from app import demo as demo_run
from app import log, main
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.errors import SprintHealthRefused
from app.errors import BurnishError, NotFound, NotPossible
from app.services.runs import request_sprint_health
from app.services.sprint_health import render, sprint_health
from app.services.webhooks import register
from app.settings import OAuthSettings, Settings, load_settings
from app.store import sites
from app.store.database import Database
from connectors.errors import ConnectorError, ReconnectRequired
from connectors.jira.consent import code_in, consent_url, first_tokens
from connectors.jira.tokens import FileTokenStore
from connectors.sandbox.config import SandboxConfig, WebhookSetting, backlog_for
from connectors.sandbox.importing import NotAnIssueError
from connectors.sandbox.journal import JournalError
from connectors.sandbox.main import serve as serve_sandbox
from jobs.deliveries import HANDLED
from jobs.sync import Reading
from jobs.sync import sync as sync_site

app = typer.Typer(
    help="Burnish keeps Jira in shape. Settings: burnish.toml and BURNISH_* variables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
report_app = typer.Typer(help="Compute a report from the store.", no_args_is_help=True)
webhook_app = typer.Typer(help="Jira's webhooks.", no_args_is_help=True)
db_app = typer.Typer(help="The store.", no_args_is_help=True)
oauth_app = typer.Typer(help="OAuth 2.0 of Jira Cloud.", no_args_is_help=True)
app.add_typer(report_app, name="report")
app.add_typer(webhook_app, name="webhook")
app.add_typer(db_app, name="db")
app.add_typer(oauth_app, name="oauth")

SiteOption = Annotated[str | None, typer.Option("--site", help="May be left out where there is one site.")]


def _fail(message: str) -> NoReturn:
    typer.echo(f"burnish: {message}", err=True)
    raise typer.Exit(1)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """What we foresee is one sentence and exit 1; what we do not keeps its trace."""
    try:
        yield
    except ReconnectRequired as error:
        _fail(f"{error} Run `burnish oauth connect`.")
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
        main.prepare(settings)
        service = main.create_app(settings, address=_address(host, port), when_worker_ends=_end)
        uvicorn.run(
            service,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="on",
            # Supervisors often kill after 10 s; the worker wants some of that to hand its work back.
            timeout_graceful_shutdown=4,
        )


def _address(host: str, port: int) -> str:
    """Where this machine reaches the service."""
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _end() -> None:
    """A service that takes in webhooks and does nothing with them is worse than one that is started anew."""
    os.kill(os.getpid(), signal.SIGTERM)


@app.command()
def sandbox(
    *,
    port: Annotated[int, typer.Option(min=1, max=65535)],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    deployment: Annotated[
        Literal["cloud", "datacenter"], typer.Option(help="Which Jira it stands for.")
    ] = "cloud",
    issues: Annotated[int | None, typer.Option(min=1, help="About how many issues.")] = None,
    sprints: Annotated[int, typer.Option(min=0, max=500, help="Closed sprints.")] = 6,
    seed: Annotated[int, typer.Option(help="The same seed plays the same team.")] = 7,
    import_file: Annotated[
        Path | None,
        typer.Option(
            "--import", exists=True, dir_okay=False, help="Serve these issues instead of the team's."
        ),
    ] = None,
    state: Annotated[Path | None, typer.Option(help="Keeps what happened over a restart.")] = None,
    context_path: Annotated[str, typer.Option(help="Of Data Center, such as /jira.")] = "",
    start: Annotated[
        datetime | None, typer.Option(help="UTC; where its clock begins. Two days ago if not given.")
    ] = None,
    speed: Annotated[float, typer.Option(min=0, help="Seconds of the team per second.")] = 1.0,
    search_delay: Annotated[
        float, typer.Option(min=0, help="Seconds by which Cloud's search is behind.")
    ] = 0,
    webhook: Annotated[str | None, typer.Option(help="Address to tell of every change.")] = None,
) -> None:
    """Run a stand-in Jira with a simulated team.

    SANDBOX_TOKEN and SANDBOX_WEBHOOK_SECRET in the environment set its API token and the webhook's secret.
    """
    config = SandboxConfig(
        seed=seed,
        closed_sprints=sprints,
        backlog=backlog_for(issues, sprints) if issues is not None else SandboxConfig().backlog,
        start=start.replace(tzinfo=UTC) if start else None,
        speed=speed,
        token=os.environ.get("SANDBOX_TOKEN") or SandboxConfig().token,
        webhooks=(
            (WebhookSetting(webhook, os.environ.get("SANDBOX_WEBHOOK_SECRET")),)
            if webhook is not None
            else ()
        ),
        deployment=deployment,
        context_path=context_path,
        search_delay=search_delay,
        import_file=import_file,
        state_file=state,
    )
    try:
        serve_sandbox(config, host, port)
    except (JournalError, NotAnIssueError) as error:
        _fail(str(error))


@app.command()
def demo(
    *,
    stay: Annotated[bool, typer.Option(help="Go on serving until stopped.")] = False,
    port: Annotated[int | None, typer.Option(help="Of the service; any free one if not given.")] = None,
    sandbox_port: Annotated[int | None, typer.Option(help="Of the sandbox Jira; likewise.")] = None,
    deployment: Annotated[
        Literal["cloud", "datacenter"], typer.Option(help="Which Jira it stands for.")
    ] = "cloud",
) -> None:
    """From nothing to a sprint report in a sandbox Jira; ends by itself."""
    with _plain_errors():
        demo_run.run(
            now=main.utc_now,
            stay=stay,
            port=port,
            sandbox_port=sandbox_port,
            deployment=deployment,
            echo=typer.echo,
        )


@app.command()
def sync(site: SiteOption = None) -> None:
    """Bring the store up to date with Jira, now and here; a running service does so by itself."""
    with _plain_errors():
        settings = _settings()
        reading = asyncio.run(_sync(settings, _the_site(settings, site)))
        typer.echo(", ".join(f"{number} {what}" for what, number in reading.counts.items()))
        if reading.failures:
            _fail("; ".join(f"{what} cannot be read: {why}" for what, why in reading.failures.items()))


async def _sync(settings: Settings, name: str) -> Reading:
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
    style: Annotated[Literal["markdown", "json", "adf", "wiki"], typer.Option("--format")] = "markdown",
    site: SiteOption = None,
    post: Annotated[bool, typer.Option(help="Have the running service read Jira, and post it too.")] = False,
) -> None:
    """Print the health of a sprint as the store knows it."""
    with _plain_errors():
        settings = _settings()
        name = _the_site(settings, site)
        if post:
            typer.echo(_post(settings, site=name, board=board, sprint=sprint, at=at))
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


def _post(settings: Settings, *, site: str, board: int, sprint: int | None, at: datetime | None) -> str:
    """Ask for a run that posts; returns where to watch it."""
    database = Database(settings.database_url.get_secret_value())
    try:
        if database.has_one_writer:
            return _ask_service(settings, database, site=site, board=board, sprint=sprint, at=at)
        targets = {one.board: one.report_issue for one in settings.sites[site].sprint_health}
        with database.write() as connection:
            run_id = request_sprint_health(
                connection,
                site_name=site,
                board_id=board,
                sprint_id=sprint,
                post_to=targets.get(board),
                at=at,
                now=main.utc_now(),
                requested_by="burnish report",
            )
        return f"Run {run_id} is asked for; a service on this database carries it out."
    finally:
        database.close()


def _ask_service(
    settings: Settings, database: Database, *, site: str, board: int, sprint: int | None, at: datetime | None
) -> str:
    """SQLite has one writer, so whoever that is has to be asked."""
    address = (database.holder() or {}).get("address")
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
        secret = site.webhook_secrets[0].get_secret_value()
        hook = await register(jira, url, events=HANDLED, projects=site.projects, secret=secret)
        return f"Jira tells {url} from now on: {hook}"


@oauth_app.command("connect")
def oauth_connect(site: SiteOption = None) -> None:
    """Agree, once, that the site's OAuth app may act for you."""
    with _plain_errors():
        settings = _settings()
        name = _the_site(settings, site)
        oauth = settings.sites[name].oauth
        if oauth is None:
            raise NotPossible(f"Site {name!r} has no `oauth` settings.")
        folder = oauth.token_file.absolute().parent
        if not os.access(folder, os.W_OK | os.X_OK):  # before the code is spent: it works once
            raise NotPossible(f"oauth.token_file: {folder} cannot be written. Make it, or choose another.")
        state = secrets.token_urlsafe(24)
        address = consent_url(oauth.client_id, oauth.redirect_uri, state)
        typer.echo(f"Open this address, agree, and come back:\n\n  {address}\n")
        landed = typer.prompt("The address that the browser was sent to")
        try:
            code = code_in(landed, state=state)
        except ValueError as error:
            _fail(str(error))
        asyncio.run(_connect(oauth, code))
        typer.echo(f"Connected; the tokens are in {oauth.token_file}.")


async def _connect(oauth: OAuthSettings, code: str) -> None:
    secret = oauth.client_secret.get_secret_value()
    tokens = await first_tokens(oauth.client_id, secret, code, oauth.redirect_uri, now=main.utc_now())
    await FileTokenStore(oauth.token_file).save(tokens)


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the store's schema up to this version; `burnish serve` does so by itself."""
    with _plain_errors():
        main.open_database(_settings(), {"doing": "burnish db upgrade"}).close()
        typer.echo("The store is at this version's schema.")


if __name__ == "__main__":
    sys.exit(app())
