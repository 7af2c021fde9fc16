"""The manual of the rule language, in the terminal."""

from typing import Annotated

import typer

from app.cli.common import plain_errors
from app.domain.rules.manual.page import find, page


def manual(
    word: Annotated[
        str | None,
        typer.Argument(help="A trigger, condition, action or value, such as branch; or a chapter."),
    ] = None,
) -> None:
    """The manual of the rule language: all words with their options and examples. Needs no store."""
    with plain_errors():
        typer.echo(page() if word is None else find(word), nl=False)
