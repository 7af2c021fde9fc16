"""Sites: how each is, and a rest for one that needs it."""

from datetime import datetime
from typing import Annotated, Any

import typer

from app.cli.caller import calling
from app.cli.common import plain_errors, read_settings
from app.cli.showing import AsJson, Columns, plain, show_list, show_one

app = typer.Typer(no_args_is_help=True)

_COLUMNS: Columns = {
    "SITE": "name",
    "URL": "url",
    "DEFINED IN": "source",
    "DEPLOYMENT": "deployment",
    "LAST SYNC": "last_sync",
    "OPEN": "open",
    "PAUSED UNTIL": "paused_until",
    "WHY": "paused_reason",
    "TROUBLE": "trouble",
}
Name = Annotated[str, typer.Argument(metavar="SITE")]


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """All sites, with their open work and when a pause ends."""
    with plain_errors(), calling(read_settings()) as api:
        show_list(api.all("/sites"), _COLUMNS, as_json=as_json)


@app.command()
def show(site: Name, *, as_json: AsJson = False) -> None:
    """All of a site but its secrets; one that was made over the API shows what it is like."""
    with plain_errors(), calling(read_settings()) as api:
        show_one(api.get(f"/sites/{site}").json(), as_json=as_json)


@app.command()
def pause(
    site: Name,
    *,
    reason: Annotated[str, typer.Option(help="Why, for whoever looks.")],
    minutes: Annotated[int | None, typer.Option(min=1, help="How long.")] = None,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"], help="Or an instant."),
    ] = None,
) -> None:
    """Ask nothing of a site for a while: its runs and effects wait."""
    wanted = {"reason": reason, "minutes": minutes, "until": until.isoformat() if until else None}
    with plain_errors(), calling(read_settings()) as api:
        _say(api.post(f"/sites/{site}/pause", wanted).json())


@app.command()
def resume(site: Name) -> None:
    """End a pause before its time."""
    with plain_errors(), calling(read_settings()) as api:
        _say(api.post(f"/sites/{site}/resume").json())


def _say(site: dict[str, Any]) -> None:
    paused = f"paused until {plain(site['paused_until'])}: {site['paused_reason']}"
    typer.echo(f"Site {site['name']} is {paused if site['paused_until'] else 'not paused'}.")
