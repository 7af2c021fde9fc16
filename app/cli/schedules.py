"""Schedules: what runs when, and how it went last."""

from collections.abc import Mapping
from typing import Any

import typer

from app.cli.caller import calling
from app.cli.common import plain_errors, read_settings
from app.cli.showing import AsJson, Columns, show_list

app = typer.Typer(help="What runs when. Schedules are settings.", no_args_is_help=True)


def _last(schedule: Mapping[str, Any]) -> str | None:
    run = schedule["last_run"]
    return f"run {run['id']} {run['state']}" if run else None


_COLUMNS: Columns = {
    "SCHEDULE": "name",
    "SITE": "site",
    "CRON": "cron",
    "TIME ZONE": "time_zone",
    "NEXT": "next_due_at",
    "MISSED": "when_missed",
    "ON": "enabled",
    "LAST": _last,
}


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """All schedules, also those that left the settings."""
    with plain_errors(), calling(read_settings()) as api:
        show_list(api.get("/schedules").json(), _COLUMNS, as_json=as_json)
