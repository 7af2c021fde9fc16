"""API keys: who may ask, and for what."""

from datetime import timedelta
from typing import Annotated, Any, Literal

import typer

from app.cli.caller import calling
from app.cli.common import plain_errors, read_settings
from app.cli.showing import AsJson, Before, Columns, Ids, Limit, for_each, show_list
from app.clock import utc_now

app = typer.Typer(no_args_is_help=True)

_COLUMNS: Columns = {
    "ID": "id",
    "NAME": "name",
    "STARTS": "hint",
    "ROLE": "role",
    "SITES": lambda key: "all" if key["sites"] is None else " ".join(key["sites"]),
    "RESTRICTED": lambda key: "shown" if key["sees_restricted"] else "counted",
    "MADE": "created_at",
    "BY": "created_by",
    "LAST USED": "last_used_at",
    "EXPIRES": "expires_at",
    "REVOKED": "revoked_at",
}


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for, such as ci.")],
    *,
    role: Annotated[
        Literal["viewer", "editor", "admin"],
        typer.Option(help="viewer looks; editor changes content and starts runs; admin does all."),
    ],
    site: Annotated[
        list[str] | None, typer.Option(help="Only for that site; may be given several times.")
    ] = None,
    sees_restricted: Annotated[
        bool, typer.Option("--sees-restricted", help="A viewer then reads issues with a security level, too.")
    ] = False,
    days: Annotated[
        int | None, typer.Option(min=1, max=3660, help="Ends after so many; none: never.")
    ] = None,
) -> None:
    """Make a key, and print it: this once."""
    until = None if days is None else (utc_now() + timedelta(days=days)).isoformat()
    wanted: dict[str, Any] = {"name": name, "role": role, "sites": site or None, "expires_at": until}
    wanted["sees_restricted"] = sees_restricted
    with plain_errors(), calling(read_settings()) as api:
        made = api.post("/keys", wanted).json()
    typer.echo(f"Key {made['id']} ({name}, {role}). It is shown this once:", err=True)
    typer.echo(made["key"])


@app.command("list")
def list_(*, before: Before = None, limit: Limit = 50, as_json: AsJson = False) -> None:
    """Keys, newest first, also revoked ones; those in the settings are not among them."""
    with plain_errors(), calling(read_settings()) as api:
        show_list(api.get("/keys", before=before, limit=limit).json(), _COLUMNS, as_json=as_json)


@app.command()
def revoke(ids: Ids) -> None:
    """End keys: from the next request on they open nothing."""
    with plain_errors(), calling(read_settings()) as api:
        for_each(ids, lambda one: _say(api.post(f"/keys/{one}/revoke").json()))


def _say(key: dict[str, str]) -> None:
    typer.echo(f"Key {key['id']} ({key['name']}) is revoked.")
