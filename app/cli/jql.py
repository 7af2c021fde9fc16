"""JQL: what a query says, and what the store holds for it."""

import json

import typer

from app.cli.common import fail
from app.domain.jql.errors import JqlNotUnderstood
from app.domain.jql.parser import parse
from app.domain.jql.printing import as_json, canonical

app = typer.Typer(help="JQL: read a query, search the store with it.", no_args_is_help=True)


@app.command("parse", context_settings={"ignore_unknown_options": True})
def parse_(query: str) -> None:
    """The tree of a query as JSON, and its canonical form."""
    try:
        tree = parse(query)
    except JqlNotUnderstood as error:
        typer.echo(error.shown(), err=True)
        fail(str(error))
    typer.echo(
        json.dumps({"tree": as_json(tree), "canonical": canonical(tree)}, ensure_ascii=False, indent=2)
    )
