"""Secrets of sites that were made over the API: keys that lock them."""

import typer

from app.cli.caller import calling
from app.cli.common import fail, plain_errors, read_settings
from app.cli.showing import AsJson, Before, Columns, Limit, show_list
from app.services.secrets import new_key

app = typer.Typer(help="Secrets in the store, encrypted by BURNISH_SECRET_KEY.", no_args_is_help=True)

_COLUMNS: Columns = {
    "ID": "id",
    "SITE": "site",
    "SECRET": "name",
    "SET": "set_at",
    "ENDS": "ends_at",
    "NEWEST KEY": "newest_key",
}


@app.command("new-key")
def new_key_() -> None:
    """Print a new key for BURNISH_SECRET_KEY, or a file of `secret_key_file`. It is kept nowhere else."""
    typer.echo(new_key())


@app.command("list")
def list_(*, before: Before = None, limit: Limit = 50, as_json: AsJson = False) -> None:
    """Which secrets there are, and whether the newest key locks them; never what they are."""
    with plain_errors(), calling(read_settings()) as api:
        show_list(api.get("/secrets", before=before, limit=limit).json(), _COLUMNS, as_json=as_json)


@app.command()
def rotate() -> None:
    """Lock every secret with the newest key, so that the older ones can be thrown away."""
    with plain_errors(), calling(read_settings()) as api:
        done = api.post("/secrets/rotate").json()
    typer.echo(f"{done['locked_anew']} secrets are locked anew; all that open are locked by the newest key.")
    if done["not_opened"]:
        fail(f"No key opens these; set them anew: {', '.join(done['not_opened'])}.")
