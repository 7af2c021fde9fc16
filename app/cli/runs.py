"""Runs: what was scheduled or asked for, how far it is, and how it ended."""

from typing import Annotated

import typer

from app.cli.caller import calling
from app.cli.common import OfSiteOption, plain_errors, read_settings
from app.cli.showing import AsJson, Before, Columns, Ids, Limit, for_each, show_list, show_one
from app.services.runs import RunKind, RunState

app = typer.Typer(no_args_is_help=True)

_COLUMNS: Columns = {
    "ID": "id",
    "SITE": "site",
    "KIND": "kind",
    "STATE": "state",
    "TRIED": "attempts",
    "AT": "at",
    "REQUESTED BY": "requested_by",
    "PROGRESS": "progress",
    "REASON": "reason",
}


@app.command("list")
def list_(
    *,
    state: Annotated[RunState | None, typer.Option(help="Only those in it, such as failed.")] = None,
    kind: Annotated[RunKind | None, typer.Option(help="Only of that kind.")] = None,
    site: OfSiteOption = None,
    schedule: Annotated[str | None, typer.Option(help="Only those that this schedule made.")] = None,
    before: Before = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Runs, newest first."""
    wanted = {"state": state, "kind": kind, "site": site, "schedule": schedule, "before": before}
    with plain_errors(), calling(read_settings()) as api:
        show_list(api.get("/runs", **wanted, limit=limit).json(), _COLUMNS, as_json=as_json)


@app.command()
def show(ids: Ids, *, as_json: AsJson = False) -> None:
    """All of a run: how far it is, its report, its effects, and what comes next."""
    with plain_errors(), calling(read_settings()) as api:
        for_each(ids, lambda one: show_one(api.get(f"/runs/{one}").json(), as_json=as_json))


@app.command()
def cancel(ids: Ids) -> None:
    """Call off runs that are waiting or under way, and failed ones that nobody needs any more."""
    with plain_errors(), calling(read_settings()) as api:
        for_each(ids, lambda one: _say(api.post(f"/runs/{one}/cancel").json()))


@app.command()
def retry(ids: Ids) -> None:
    """Try runs again that failed or were cancelled, and now those that are postponed after they failed."""
    with plain_errors(), calling(read_settings()) as api:
        for_each(ids, lambda one: _say(api.post(f"/runs/{one}/retry").json()))


def _say(run: dict[str, str]) -> None:
    said = run["reason"] or f"{run['next']}."
    typer.echo(f"Run {run['id']} is {run['state']}: {said}")
