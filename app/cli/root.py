"""All commands, by noun. What a command needs is imported when it is called, and only that."""

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group


@dataclass(frozen=True, slots=True)
class _Found:
    """Where a command or a group of them is.

    Attributes:
        place: module in this package, and name in it.
        help: its first sentence, as the list of all commands shows it.
    """

    place: str
    help: str

    def load(self, name: str) -> Any:
        """It, as a `TyperCommand` or a `TyperGroup` of that name."""
        module, _, attribute = self.place.partition(":")
        found = getattr(import_module(f"app.cli.{module}"), attribute)
        if isinstance(found, typer.Typer):
            group = get_group(found)
            group.name, group.help = name, self.help
            return group
        alone = typer.Typer()
        alone.command(name)(found)
        return get_group(alone).commands[name]


COMMANDS = {
    "serve": _Found("service:serve", "Run the service: webhooks, API, worker and schedules."),
    "work": _Found(
        "service:work",
        "Run a worker with schedules and without doors; any number of them share one PostgreSQL.",
    ),
    "sandbox": _Found("sandbox:sandbox", "Run a stand-in Jira with a simulated team."),
    "demo": _Found("demo:demo", "From nothing to a sprint report in a sandbox Jira; ends by itself."),
    "doctor": _Found(
        "doctor:doctor",
        "Check settings, store, Jira, permissions, fields, clocks and webhooks; exit 1 on any fault.",
    ),
    "audit": _Found("audit:audit", "Who changed what over the API and the command line, newest first."),
    "import": _Found(
        "importing:import_",
        "Read an export of issues into the store, to try reports on it; needs no Jira and no settings.",
    ),
    "duplicates": _Found(
        "similarity:duplicates",
        "Issues that probably say the same as one, with the words and phrases that both share.",
    ),
    "estimate": _Found(
        "similarity:estimate",
        "The estimate that the team would probably give an issue, and how good such suggestions were.",
    ),
    "report": _Found("reports:app", "Compute a report from the store."),
    "grooming": _Found("grooming:app", "What is wrong with a backlog, and policies that mend it."),
    "sync": _Found("sync:app", "Read Jira into the store, and see how well they agree."),
    "runs": _Found("runs:app", "Reports and syncs: scheduled, asked for, done."),
    "schedules": _Found("schedules:app", "What runs when."),
    "deliveries": _Found("deliveries:app", "What Jira told us, and what became of it."),
    "effects": _Found("effects:app", "What we owe Jira or did there, and why."),
    "rules": _Found("rules:app", "Rules: write, try, let act, take back, ask why."),
    "jql": _Found("jql:app", "JQL: read a query, search the store with it."),
    "sites": _Found("sites:app", "The Jira sites."),
    "keys": _Found("keys:app", "API keys: who may ask, and for what."),
    "secrets": _Found("secrets:app", "Secrets in the store, encrypted by BURNISH_SECRET_KEY."),
    "workers": _Found("workers:app", "Who works on this store."),
    "webhook": _Found("webhook:app", "Jira's webhooks."),
    "oauth": _Found("oauth:app", "OAuth 2.0 of Jira Cloud."),
    "db": _Found("db:app", "The store."),
}


class _Commands(TyperGroup):
    """Lists what there is without importing it."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        for name, found in COMMANDS.items():
            self.add_command(TyperCommand(name, help=found.help))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command itself, in place of what stands for it in the list."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, COMMANDS[name].load(name) if name in COMMANDS else command, rest


app = typer.Typer(
    cls=_Commands,
    help="Burnish keeps Jira in shape. Settings: burnish.toml and BURNISH_* variables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"burnish {version('burnish')}")
        raise typer.Exit


@app.callback()
def _burnish(
    *,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Show it and exit.")
    ] = False,
) -> None:
    """A group of commands, even while none of them is imported."""
