"""Deliveries: what Jira told us; dead letters among them."""

from typing import Annotated, Literal

import typer

from app.cli.caller import calling
from app.cli.common import OfSiteOption, plain_errors, read_settings
from app.cli.showing import AsJson, Before, Columns, Ids, Limit, for_each, show_list, show_one
from app.domain.scrum.wording import counted
from app.errors import NotPossible
from app.services.deliveries import DeliveryState

app = typer.Typer(no_args_is_help=True)

_COLUMNS: Columns = {
    "ID": "id",
    "SITE": "site",
    "STATE": "state",
    "EVENT": "event",
    "SUBJECT": "subject",
    "RECEIVED": "received_at",
    "REASON": "reason",
}


@app.command("list")
def list_(
    *,
    state: Annotated[DeliveryState | None, typer.Option(help="Only those in it, such as dead.")] = None,
    site: OfSiteOption = None,
    before: Before = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Deliveries, newest first."""
    with plain_errors(), calling(read_settings()) as api:
        page = api.get("/deliveries", state=state, site=site, before=before, limit=limit).json()
        show_list(page, _COLUMNS, as_json=as_json)


@app.command()
def show(ids: Ids, *, as_json: AsJson = False) -> None:
    """All of a delivery, with what Jira sent."""
    with plain_errors(), calling(read_settings()) as api:
        for_each(ids, lambda one: show_one(api.get(f"/deliveries/{one}").json(), as_json=as_json))


@app.command()
def retry(
    ids: Annotated[list[int] | None, typer.Argument(min=1, metavar="[ID]...")] = None,
    *,
    state: Annotated[
        Literal["dead", "unknown", "ignored"] | None,
        typer.Option("--all", help="Instead of ids: all in that state, the oldest 500 at once."),
    ] = None,
    site: OfSiteOption = None,
) -> None:
    """Apply deliveries again that are dead, unknown or ignored."""
    with plain_errors(), calling(read_settings()) as api:
        if bool(ids) == bool(state):
            raise NotPossible("Name the ids, or give --all and a state: one of both.")
        if state is not None:
            done = api.post("/deliveries/retry", state=state, site=site).json()
            again = counted(done["retried"], "delivery", "deliveries")
            typer.echo(f"Applied again: {again}; {done['left']} more {state}.")
        for_each(ids or (), lambda one: _say(api.post(f"/deliveries/{one}/retry").json()))


@app.command()
def discard(ids: Ids) -> None:
    """Let go of deliveries that are dead or unknown."""
    with plain_errors(), calling(read_settings()) as api:
        for_each(ids, lambda one: _say(api.post(f"/deliveries/{one}/discard").json()))


def _say(delivery: dict[str, str]) -> None:
    typer.echo(f"Delivery {delivery['id']} is {delivery['state']}: {delivery['next']}.")
