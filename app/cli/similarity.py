"""Issues like one: probable duplicates, and an estimate as the team would give it."""

import json
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, TypeVar

import msgspec
import typer
from sqlalchemy import Connection

from app.cli.common import SiteOption, plain_errors, read_settings, stored_site, with_stored_sites
from app.domain.similarity.estimates import NoSuggestion
from app.services.similarity import Candidate, Duplicates, Learnt, SuggestedEstimate
from app.store import sites
from app.store.database import Database

T = TypeVar("T")
Key = Annotated[str, typer.Argument(help="Of the issue, like BURN-1.")]
Style = Annotated[Literal["text", "json"], typer.Option("--format")]


def duplicates(
    key: Key,
    *,
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most so many.")] = 10,
    everywhere: Annotated[bool, typer.Option(help="Of all projects, not only of the issue's own.")] = False,
    site: SiteOption = None,
    style: Style = "text",
) -> None:
    """Issues that probably say the same as one, with the words and phrases that both share."""
    with plain_errors():
        found = _asked(
            site, lambda tx, one: Learnt().duplicates(tx, one, key, limit=limit, everywhere=everywhere)
        )
    _print(found, style, _duplicates)


def estimate(
    key: Key,
    *,
    board: Annotated[
        int | None, typer.Option(min=1, help="Whose estimates count; the project's first if not given.")
    ] = None,
    site: SiteOption = None,
    style: Style = "text",
) -> None:
    """The estimate that the team would probably give an issue, and how good such suggestions were."""
    with plain_errors():
        found = _asked(site, lambda tx, one: Learnt().estimate(tx, one, key, board_id=board))
    _print(found, style, _estimate)


def _asked(site: str | None, ask: Callable[[Connection, sites.Site], T]) -> T:
    settings = with_stored_sites(read_settings())
    database = Database(settings.database_url.get_secret_value())
    try:
        with database.read() as connection:
            return ask(connection, stored_site(connection, settings, site))
    finally:
        database.close()


def _print(found: Any, style: str, lines: Callable[[Any], Iterator[str]]) -> None:
    if style == "json":
        typer.echo(json.dumps(msgspec.to_builtins(found), ensure_ascii=False, indent=2))
        return
    for line in lines(found):
        typer.echo(line)


def _duplicates(found: Duplicates) -> Iterator[str]:
    yield f"{found.key}  {found.summary}"
    if not found.candidates:
        besides = " but its own family" if found.family else ""
        yield f"None of {found.compared_with} other issues{besides} says much of the same."
    for each in found.candidates:
        yield ""
        yield f"{each.likeness:4.0%}  {each.key}  {each.summary}  [{each.status}{_linked(each)}]"
        yield "      both say: " + ", ".join(f"{one.word} ({one.part:.0%})" for one in each.reason.words)
        if each.reason.phrases:
            yield "      and word by word: " + "; ".join(f"“{one}”" for one in each.reason.phrases)
    if found.family:
        yield ""
        yield f"Left out as its own parents, parts or sub-tasks beside it: {', '.join(found.family)}."


def _linked(each: Candidate) -> str:
    return ", linked already" if each.linked else ""


def _others(number: int) -> str:
    if not number:
        return ""
    return f" and from what {number} other {'team makes' if number == 1 else 'teams make'} of such texts"


def _estimate(found: SuggestedEstimate) -> Iterator[str]:
    has = "unestimated" if found.present is None else f"estimated at {found.present:g}"
    yield f"{found.key}  {found.summary}  [{has}]"
    answer = found.answer
    if isinstance(answer, NoSuggestion):
        yield f"No suggestion. {answer.reason}"
        return
    yield (
        f"Suggested: {answer.estimate:g} {found.unit} (eight in ten between {answer.low:g} and "
        f"{answer.high:g}), learnt from {answer.learnt_from} done issues{_others(answer.other_teams)}."
    )
    record = answer.record
    yield (
        f"On {record.issues} of the team's own issues such suggestions were {record.error:.2f} off on "
        f"average, the median {record.median_error:.2f}; {record.inside:.0%} were inside the range."
    )
    if found.neighbours:
        yield "Done issues that say much of the same:"
    for each in found.neighbours:
        yield f"  {each.estimate:>4g}  {each.key}  {each.summary}  ({each.similarity:.0%} alike)"
