"""Rules before they are saved: tested, checked, tried on issues of today and over what happened."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.caller import calling
from app.cli.common import SiteOption, plain_errors, read_settings
from app.cli.instants import FORMATS
from app.cli.rule_files import files_in, run_tests, text_of
from app.cli.rule_saying import say_decision, say_previewed, short
from app.cli.showing import AsJson
from app.clock import utc_now
from app.domain.rules.document import schema as rule_schema
from app.domain.scrum.wording import counted
from app.errors import NotPossible

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML or JSON.")]
Paths = Annotated[
    list[Path], typer.Argument(exists=True, metavar="PATH...", help="Files, or folders of them.")
]
_SUCH_AS = "Such as 2026-03-01T08:00Z."


def schema() -> None:
    """The JSON schema of a rule, for editors."""
    typer.echo(json.dumps(rule_schema(), indent=2))


def try_(
    paths: Paths,
    *,
    only: Annotated[
        str | None, typer.Option(help="Only tests with these words in their name; there must be one.")
    ] = None,
) -> None:
    """Run the tests that rules have beside them; needs no store.

    Exit 1 if any fails, a file is no rule, a rule has none, or there is nothing to run.
    """
    with plain_errors():
        ran = run_tests([file for path in paths for file in files_in(path)], only)
    if not ran:
        raise typer.Exit(1)


def check(paths: Paths, *, site: SiteOption = None) -> None:
    """Whether rules can be saved; all that is wrong with them is told at once. Exit 1 if one cannot."""
    refused = False
    with plain_errors(), calling(read_settings()) as api:
        for file in [file for path in paths for file in files_in(path)]:
            try:
                checked = api.post("/rules/check", {"source": text_of(file), "site": site}).json()
            except NotPossible as error:
                typer.echo(f"{file}: {error}", err=True)
                refused = True
                continue
            warn(file, checked)
            typer.echo(f"{file}: understood.")
    if refused:
        raise typer.Exit(1)


def warn(file: Path, checked: Mapping[str, Any]) -> None:
    """What can be saved and should be otherwise, on standard error."""
    for one in checked["warnings"]:
        typer.echo(f"{file}: warning: {one['pointer']}: {one['detail'].rstrip('.')}.", err=True)
    for one in checked.get("tests", ()):
        for fault in one["faults"]:
            typer.echo(f"{file}: warning: its test {one['name']!r} fails: {fault}.", err=True)


def preview(
    file: File,
    *,
    jql: Annotated[str | None, typer.Option(help="For which issues; the rule's own JQL if left out.")] = None,
    site: SiteOption = None,
    as_json: AsJson = False,
) -> None:
    """What a rule would do for issues of today; nothing is done. Exit 1 if it fails for any."""
    with plain_errors(), calling(read_settings()) as api:
        found = api.post("/rules/preview", {"source": text_of(file), "site": site, "jql": jql}).json()
    warn(file, found)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        say_previewed(found)
    if any(decision["outcome"] == "failed" for decision in found["decisions"]):
        raise typer.Exit(1)


def replay(
    file: File,
    *,
    since: Annotated[datetime | None, typer.Option("--from", formats=FORMATS, help=_SUCH_AS)] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=FORMATS, help=_SUCH_AS)] = None,
    rule: Annotated[int | None, typer.Option(help="Compare with what this rule did.", metavar="ID")] = None,
    show: Annotated[
        int, typer.Option(min=0, max=1000, help="Most decisions and differences to print.")
    ] = 100,
    site: SiteOption = None,
    as_json: AsJson = False,
) -> None:
    """What a rule would have done about what happened, with the site as it was then. Nothing is done.

    Without --from, over the last 30 days.
    """
    end = until or utc_now()
    asked = {
        "source": text_of(file),
        "site": site,
        "from": _utc(since or end - timedelta(days=30)),
        "to": _utc(end),
        "rule": rule,
        "show": show,
    }
    with plain_errors(), calling(read_settings()) as api:
        found = api.post("/rules/replay", asked).json()
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    outcomes = ", ".join(f"{number} {outcome}" for outcome, number in found["outcomes"].items()) or "none"
    typer.echo(f"{counted(found['events'], 'event')} that it waits for; decisions: {outcomes}.")
    typer.echo(
        f"{counted(found['effects'], 'effect')}, {found['effects_per_day']:g} a day, "
        f"{found['busiest_hour']} in the busiest hour. Nothing was done."
    )
    if found["paused_reason"]:
        typer.echo(f"Its limits would have paused it at {found['paused_at']}: {found['paused_reason']}")
    for decision in found["decisions"]:
        if decision["effects"] or decision["outcome"] == "failed":
            say_decision(decision)
    for one in found["differences"] or ():
        typer.echo(f"differs {one['at']} {one['issue'] or '-'} {one['event']}")
        typer.echo(f"  draft: {short(one['draft'])}\n  live:  {short(one['live'])}")
    if found["differences"] == []:
        typer.echo("It does what the live rule did.")


def _utc(instant: datetime) -> str:
    return (instant if instant.tzinfo else instant.replace(tzinfo=utc_now().tzinfo)).isoformat()
