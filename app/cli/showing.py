"""What commands print: tables for people, one JSON document a line for scripts."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from app.errors import NotPossible

Columns = Mapping[str, str | Callable[[Mapping[str, Any]], Any]]
"""Heading and where the value comes from: a name, or a function of the item."""

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document a line, for scripts.")]
Ids = Annotated[list[int], typer.Argument(min=1, help="One or several ids.", metavar="ID...")]
Before = Annotated[int | None, typer.Option(min=1, help="Only ids below this one.")]
Limit = Annotated[int, typer.Option(min=1, max=200, help="Most lines.")]

_LONGEST, _MOST_LINES = 100, 60
_INSTANT = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|\+00:00)$")


def in_zone(instant: str | None, zone: str) -> str | None:
    """An instant of the API on the wall of a time zone, with its name; UTC as all instants are shown."""
    if instant is None or zone == "UTC":
        return instant
    return f"{datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone}"


def show_list(page: Mapping[str, Any], columns: Columns, *, as_json: bool) -> None:
    """Print a page of a list, and how to see more."""
    items = page["items"]
    if as_json:
        for item in items:
            typer.echo(json.dumps(item, ensure_ascii=False))
    else:
        typer.echo("\n".join(_table(items, columns)) if items else "None.")
    if page.get("next") is not None:
        typer.echo(f"There are more: --before {page['next']}", err=True)


def show_one(item: Mapping[str, Any], *, as_json: bool) -> None:
    """Print all of one thing: what is said in a line first, documents after that, long ones only begun."""
    if as_json:
        typer.echo(json.dumps(item, ensure_ascii=False))
        return
    width = max(map(len, item)) + 2
    documents = {name: value for name, value in item.items() if isinstance(value, dict | list) and value}
    for name in (name for name in item if name not in documents):
        typer.echo(f"{name + ':':<{width}}{plain(item[name])}")
    for name, value in documents.items():
        lines = json.dumps(value, indent=2, ensure_ascii=False).split("\n")
        if len(lines) > _MOST_LINES:
            left = len(lines) - _MOST_LINES
            lines = [*lines[:_MOST_LINES], f"… and {left} lines more; --json prints all of it."]
        typer.echo("\n  ".join([f"{name}:", *lines]))
    typer.echo()


def for_each(ids: Iterable[int], act: Callable[[int], None]) -> None:
    """Act on every id; one that is refused holds up no other, and the command fails in the end."""
    refused = False
    for one in ids:
        try:
            act(one)
        except NotPossible as error:
            typer.echo(f"burnish: {error}", err=True)
            refused = True
    if refused:
        raise typer.Exit(1)


def _table(items: Sequence[Mapping[str, Any]], columns: Columns) -> list[str]:
    rows = [list(columns), *([_cell(item, source) for source in columns.values()] for item in items)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(columns))]
    return [
        "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _cell(item: Mapping[str, Any], source: str | Callable[[Mapping[str, Any]], Any]) -> str:
    text = " ".join(plain(item[source] if isinstance(source, str) else source(item)).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def plain(value: Any) -> str:
    """A value of the API as people read it."""
    if value is None or value in ("", [], {}):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _INSTANT.sub(r"\1 \2Z", value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {plain(content)}" for name, content in value.items())
    if isinstance(value, list):
        return "; ".join(map(plain, value))
    return str(value)
