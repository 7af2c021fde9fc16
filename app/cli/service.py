"""Commands that stay: the service, a worker, the sandbox, the demonstration."""

import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
import uvicorn

from app import demo as demo_run
from app import main
from app.cli.common import fail, plain_errors, read_settings
from connectors.sandbox.config import SandboxConfig, WebhookSetting, backlog_for
from connectors.sandbox.importing import NotAnIssueError
from connectors.sandbox.journal import JournalError
from connectors.sandbox.main import serve as serve_sandbox


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    *,
    work: Annotated[
        bool, typer.Option(help="Also work off what comes in; --no-work leaves that to `burnish work`.")
    ] = True,
) -> None:
    """Run the service: webhooks, API, worker and schedules."""
    with plain_errors():
        _run(host, port, doors=True, works=work)


def work(
    host: Annotated[str, typer.Option(help="Address for health and metrics.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8001,
) -> None:
    """Run a worker with schedules and without doors; any number of them share one PostgreSQL."""
    with plain_errors():
        _run(host, port, doors=False, works=True)


def _run(host: str, port: int, *, doors: bool, works: bool) -> None:
    settings = read_settings()
    main.prepare(settings)
    service = main.create_app(
        settings, address=_address(host, port), when_worker_ends=_end, doors=doors, works=works
    )
    uvicorn.run(
        service,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # nothing here asks who called
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
        fail(str(error))


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
    with plain_errors():
        demo_run.run(
            now=main.utc_now,
            stay=stay,
            port=port,
            sandbox_port=sandbox_port,
            deployment=deployment,
            echo=typer.echo,
        )
