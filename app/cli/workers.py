"""Workers: who works on this store."""

from datetime import datetime, timedelta

import typer

from app.cli.caller import calling
from app.cli.common import plain_errors, read_settings
from app.cli.showing import AsJson, Columns, show_list
from app.clock import utc_now

app = typer.Typer(no_args_is_help=True)

_COLUMNS: Columns = {"WORKER": "name", "STARTED": "started_at", "LAST SEEN": "seen_at"}
_LEASES = 3


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """Workers that were seen within a day, and whether they still are."""
    with plain_errors():
        settings = read_settings()
        silent = utc_now() - timedelta(seconds=_LEASES * settings.lease_seconds)
        state = {
            "STATE": lambda one: "silent" if datetime.fromisoformat(one["seen_at"]) < silent else "at work"
        }
        with calling(settings) as api:
            show_list(api.all("/workers"), {**_COLUMNS, **state}, as_json=as_json)
