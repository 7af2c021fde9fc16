"""The demonstration."""

from typing import Annotated, Literal

import typer

from app import demo as demo_run
from app.cli.common import plain_errors
from app.clock import utc_now


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
            now=utc_now,
            stay=stay,
            port=port,
            sandbox_port=sandbox_port,
            deployment=deployment,
            echo=typer.echo,
        )
