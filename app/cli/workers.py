"""Workers: who works on this store."""

import typer

from app.cli.caller import calling
from app.cli.common import plain_errors, read_settings
from app.cli.showing import AsJson, Columns, show_list

app = typer.Typer(no_args_is_help=True)

_COLUMNS: Columns = {"WORKER": "name", "STARTED": "started_at", "LAST SEEN": "seen_at"}


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """Workers that were seen within a day."""
    with plain_errors(), calling(read_settings()) as api:
        show_list(api.all("/workers"), _COLUMNS, as_json=as_json)
