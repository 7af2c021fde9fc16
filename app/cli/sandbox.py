"""The stand-in Jira."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.common import fail
from connectors.sandbox.config import SandboxConfig, WebhookSetting, backlog_for
from connectors.sandbox.importing import NotAnIssueError
from connectors.sandbox.journal import JournalError
from connectors.sandbox.main import serve as serve_sandbox


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
    releases: Annotated[bool, typer.Option("--releases", help="The team delivers in versions.")] = False,
    train: Annotated[bool, typer.Option("--train", help="It does so on fixed days.")] = False,
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
        webhooks=_webhooks(webhook),
        deployment=deployment,
        context_path=context_path,
        search_delay=search_delay,
        import_file=import_file,
        state_file=state,
        releases=releases,
        train=train,
    )
    try:
        serve_sandbox(config, host, port)
    except (JournalError, NotAnIssueError) as error:
        fail(str(error))


def _webhooks(address: str | None) -> tuple[WebhookSetting, ...]:
    if address is None:
        return ()
    return (WebhookSetting(address, os.environ.get("SANDBOX_WEBHOOK_SECRET")),)
