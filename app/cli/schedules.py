"""Schedules: what runs when, and how it went last."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import typer

from app.cli.caller import calling
from app.cli.common import plain_errors, read_settings
from app.cli.showing import AsJson, Before, Columns, Limit, in_zone, plain, show_list

app = typer.Typer(no_args_is_help=True)


def _last(schedule: Mapping[str, Any]) -> str | None:
    run = schedule["last_run"]
    return f"run {run['id']} {run['state']}" if run else None


def _next(schedule: Mapping[str, Any]) -> str | None:
    return in_zone(schedule["next_due_at"], schedule["time_zone"]) if schedule["enabled"] else None


_COLUMNS: Columns = {
    "ID": "id",
    "SCHEDULE": "name",
    "SITE": "site",
    "CRON": "cron",
    "TIME ZONE": "time_zone",
    "NEXT": _next,
    "MISSED": "when_missed",
    "ON": "enabled",
    "EDITED": "edited",
    "LAST": _last,
}


@app.command("list")
def list_(*, before: Before = None, limit: Limit = 50, as_json: AsJson = False) -> None:
    """All schedules, newest first, also those that left the settings."""
    with plain_errors(), calling(read_settings()) as api:
        show_list(api.get("/schedules", before=before, limit=limit).json(), _COLUMNS, as_json=as_json)


@app.command()
def edit(
    schedule: Annotated[int, typer.Argument(min=1, help="Its id.")],
    *,
    cron: Annotated[str | None, typer.Option(help="Five fields; days of the week by name.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Such as Europe/Berlin.")] = None,
    when_missed: Annotated[Literal["once", "skip"] | None, typer.Option(help="See the settings.")] = None,
    on: Annotated[bool | None, typer.Option("--on/--off", help="Whether it fires at all.")] = None,
) -> None:
    """Have a schedule fire at other times than the settings say, or not at all."""
    given = {"cron": cron, "time_zone": time_zone, "when_missed": when_missed, "enabled": on}
    _edit(schedule, {name: value for name, value in given.items() if value is not None})


@app.command()
def reset(schedule: Annotated[int, typer.Argument(min=1, help="Its id.")]) -> None:
    """Take back what was edited: the settings count again."""
    _edit(schedule, dict.fromkeys(("cron", "time_zone", "when_missed", "enabled")))


def _edit(schedule: int, wanted: Mapping[str, Any]) -> None:
    with plain_errors(), calling(read_settings()) as api:
        path = f"/schedules/{schedule}"
        told = api.patch(path, wanted, version=api.get(path).headers["ETag"]).json()
    state = "on" if told["enabled"] else "off"
    edited = f" Edited: {', '.join(told['edited'])}." if told["edited"] else ""
    following = f" Next: {plain(when)}." if (when := _next(told)) else ""
    times = f"{told['cron']} in {told['time_zone']}"
    typer.echo(f"Schedule {schedule} ({told['name']}) is {state}: {times}.{following}{edited}")
