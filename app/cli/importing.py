"""Reports tried on an export, without a Jira."""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from app.cli.caller import on_record
from app.cli.common import plain_errors, read_settings, with_stored_sites
from app.errors import NotPossible
from app.services.audit import SITE_IMPORTED, Change
from app.services.imports import Imported, Sides, import_export, read_side
from app.settings import Settings
from app.store import schema


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Issues in Jira's REST shape; .gz and .zst as well; - reads standard input."
        ),
    ],
    *,
    site: Annotated[str, typer.Option(help="Name of the site in the store.", metavar="NAME")] = "import",
    fields: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Jira's GET /field as a file.")
    ] = None,
    statuses: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Jira's GET /status as a file.")
    ] = None,
    boards: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="GET /board/{id}/configuration, one or a list."),
    ] = None,
    sprints: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="GET /board/{id}/sprint, one or a list.")
    ] = None,
    priorities: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Jira's GET /priority: which are the urgent ones."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as one JSON document.")] = False,
) -> None:
    """Read an export of issues into the store, to try reports on it; needs no Jira and no settings.

    One document a line with `fields` and `changelog`, a JSON array, or search answers. Importing again, or a
    later export of the same site, brings the store up to date.
    """
    with plain_errors():
        settings = with_stored_sites(read_settings())
        if site in settings.sites:
            raise NotPossible(
                f"Site {site!r} is a Jira, and an export must not be mixed with it. "
                "Choose another name with --site."
            )
        lists = (fields, statuses, boards, sprints, priorities)
        sides = Sides(*([] if one is None else read_side(one) for one in lists))
        with _on_disk(file) as path:
            said = file.name if path == file else "standard input"
            done = _import(settings, path, site, sides, said=said)
        typer.echo(json.dumps(asdict(done), ensure_ascii=False) if as_json else _summary(done, file))
        if done.not_read_count:
            raise typer.Exit(1)


def _import(settings: Settings, path: Path, site: str, sides: Sides, *, said: str) -> Imported:
    database = schema.open_newest(settings.database_url.get_secret_value(), {"doing": "burnish import"})
    shown = sys.stderr.isatty()
    try:
        with database.write() as connection:
            on_record(connection, Change(SITE_IMPORTED, of=site, site=site, after={"file": said}))
        return import_export(
            database,
            path,
            site_name=site,
            sides=sides,
            report=lambda number: typer.echo(f"\r{number} issues", nl=False, err=True) if shown else None,
        )
    finally:
        database.close()
        if shown:
            typer.echo(err=True)


@contextmanager
def _on_disk(file: Path) -> Iterator[Path]:
    """The file itself; standard input is kept for as long as it takes, because it is read twice."""
    if str(file) != "-":
        yield file
        return
    with tempfile.NamedTemporaryFile(prefix="burnish-import-") as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
        kept.flush()
        yield Path(kept.name)


def _summary(done: Imported, file: Path) -> str:
    read = ", ".join(f"{number} {what}" for what, number in done.counts.items() if number)
    lines = [f"Site {done.site!r}: {read}."]
    lines += [f"Note: {remark}" for remark in done.remarks]
    lines += [
        f"Not read: {file}, line {one.line}{f', {one.key}' if one.key else ''}: {one.reason}"
        for one in done.not_read
    ]
    if done.not_read_count > len(done.not_read):
        lines.append(f"Not read: {done.not_read_count - len(done.not_read)} more.")
    for board, key in done.made_boards.items():
        lines.append(
            f"Try for {key}: burnish report sprint-health --site {done.site} --board {board} --sprint <id>"
        )
    return "\n".join(lines)
