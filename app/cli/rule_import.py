"""Rules of Jira Automation, for files or for the store."""

import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.caller import Caller, calling
from app.cli.common import SiteOption, plain_errors, read_settings
from app.domain.rules.automation.importing import stepwise
from app.domain.rules.automation.told import Fate, Told
from app.domain.rules.reading import as_yaml
from app.domain.scrum.wording import counted
from app.errors import NotPossible

_MOST_BYTES = 20_000_000


def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JSON that Jira exported.")],
    *,
    out: Annotated[
        Path | None, typer.Option(file_okay=False, help="Write one YAML for each rule into this folder.")
    ] = None,
    create: Annotated[bool, typer.Option("--create", help="Create the rules, in shadow.")] = False,
    site: SiteOption = None,
) -> None:
    """Rules of Jira Automation become rules of Burnish; what could not be taken over is listed."""
    with plain_errors(), calling(read_settings()) as api:
        found = api.post("/rules/import", {"export": _read(file), "site": site}).json()
        told = [Told(**{**one, "fate": Fate(one["fate"])}) for one in found["told"]]
        for line in stepwise(told):
            typer.echo(line)
        documents = found["documents"]
        typer.echo(f"Taken over: {counted(len(documents), 'rule')}.")
        if out is not None:
            _write(out, documents)
        failed = _create(api, documents, site, file.name) if create else 0
    if failed:
        raise typer.Exit(1)


def _read(file: Path) -> Any:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise NotPossible(f"{file} is larger than {_MOST_BYTES} bytes.")
        return json.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise NotPossible(f"{file} cannot be read as JSON: {error}.") from error


def _write(folder: Path, documents: list[dict[str, Any]]) -> None:
    """Nothing that is there already is written over: somebody may have worked on it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, document in enumerate(documents, start=1):
            said = re.sub(r"[^a-z0-9]+", "-", document["name"].lower()).strip("-")[:60] or "rule"
            file = folder / f"{number:03}-{said}.yaml"
            with file.open("x", encoding="utf-8") as opened:
                opened.write(as_yaml(document))
            typer.echo(f"{file}")
    except OSError as error:
        raise NotPossible(f"{folder} cannot be written: {error}.") from error


def _create(api: Caller, documents: list[dict[str, Any]], site: str | None, source: str) -> int:
    failed = 0
    for document in documents:
        draft = {"document": document, "site": site, "note": f"imported from {source}"}
        try:
            rule = api.post("/rules", draft).json()
        except NotPossible as error:
            typer.echo(f"not created: {document['name']}: {error}")
            failed += 1
            continue
        typer.echo(f"created {rule['id']} in shadow: {document['name']}")
    return failed
