"""Rules: written as files, tried, and let loose."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from app.cli.caller import Caller, calling
from app.cli.common import SiteOption, plain_errors, read_settings
from app.cli.rule_drafts import check, preview, replay, schema, try_, warn
from app.cli.rule_files import listed, text_of
from app.cli.rule_import import import_
from app.cli.rule_manual import manual
from app.cli.rule_saying import short
from app.cli.showing import AsJson, Before, Columns, Limit, show_list, show_one
from app.domain.rules.reading import as_yaml
from app.domain.scrum.wording import counted
from app.errors import NotPossible

app = typer.Typer(no_args_is_help=True)
app.command("import")(import_)
app.command("manual")(manual)
app.command("schema")(schema)
app.command("test")(try_)
app.command("check")(check)
app.command("preview")(preview)
app.command("replay")(replay)

RuleId = Annotated[int, typer.Argument(min=1, metavar="ID")]
Note = Annotated[str, typer.Option(help="Why, for those who come later.")]

_COLUMNS: Columns = {
    "ID": "id",
    "SITE": "site",
    "MODE": "mode",
    "LIVE": "live_version",
    "SHADOW": "shadow_version",
    "NAME": "name",
    "FAILED 24H": lambda one: one["failed_last_day"] or None,
    "PAUSED": "paused_reason",
}
_DECISIONS: Columns = {
    "ID": "id",
    "AT": "at",
    "RULE": lambda one: f"{one['rule']} v{one['version']}{' (shadow)' if one['shadow'] else ''}",
    "ISSUE": "issue",
    "EVENT": "event",
    "OUTCOME": "outcome",
    "EFFECTS": lambda one: ", ".join(_fate(effect) for effect in one["effects"]),
    "REASON": "reason",
}


def _fate(effect: Mapping[str, Any]) -> str:
    return f"{effect['kind']} ({effect['state']})" if effect["state"] else effect["kind"]


@app.command("list")
def list_(
    *, site: SiteOption = None, before: Before = None, limit: Limit = 50, as_json: AsJson = False
) -> None:
    """Rules, newest first."""
    with plain_errors(), calling(read_settings()) as api:
        show_list(api.get("/rules", site=site, before=before, limit=limit).json(), _COLUMNS, as_json=as_json)


@app.command()
def show(rule: RuleId, *, as_json: AsJson = False) -> None:
    """A rule with its newest document."""
    with plain_errors(), calling(read_settings()) as api:
        show_one(api.get(f"/rules/{rule}").json(), as_json=as_json)


@app.command()
def export(
    rule: RuleId,
    *,
    version: Annotated[int | None, typer.Option(min=1, help="The newest if left out.")] = None,
) -> None:
    """A rule as YAML, for a file."""
    with plain_errors(), calling(read_settings()) as api:
        path = f"/rules/{rule}" if version is None else f"/rules/{rule}/versions/{version}"
        typer.echo(as_yaml(api.get(path).json()["document"]), nl=False)


@app.command()
def versions(rule: RuleId, *, before: Before = None, limit: Limit = 50) -> None:
    """Its versions, newest first, with what each changed."""
    with plain_errors(), calling(read_settings()) as api:
        items = api.get(f"/rules/{rule}/versions", before=before, limit=limit).json()["items"]
        for one in items:
            typer.echo(f"version {one['number']}, {one['created_at']}, {one['author']}: {one['note'] or '-'}")
            if one["number"] > 1:
                typer.echo(
                    api.get(f"/rules/{rule}/diff", before=one["number"] - 1, after=one["number"]).json()[
                        "diff"
                    ]
                )


@app.command()
def mode(
    rule: RuleId,
    mode: Literal["off", "shadow", "live"],
    *,
    version: Annotated[int | None, typer.Option(min=1, help="The newest if left out.")] = None,
) -> None:
    """Let a version act, only show what it would do, or switch the rule off."""
    with plain_errors(), calling(read_settings()) as api:
        tag = api.get(f"/rules/{rule}").headers["etag"]
        done = api.patch(f"/rules/{rule}", {"mode": mode, "version": version}, version=tag).json()
        _tell(done)


@app.command()
def delete(
    rule: RuleId,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take a rule away; what it did stays on record."""
    with plain_errors(), calling(read_settings()) as api:
        found = api.get(f"/rules/{rule}")
        if not yes:
            typer.confirm(f"Delete rule {rule}, {found.json()['name']!r}?", abort=True)
        api.delete(f"/rules/{rule}", version=found.headers["etag"])
        typer.echo(f"Rule {rule} is deleted; its decisions stay on record.")


@app.command()
def decision(
    decision: Annotated[int, typer.Argument(min=1, metavar="ID", help="As `explain` lists it.")],
    *,
    as_json: AsJson = False,
) -> None:
    """One decision, step by step: each clause with the value that it saw, and what became of the effects."""
    with plain_errors(), calling(read_settings()) as api:
        found = api.get(f"/decisions/{decision}").json()
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    steps, wanted = found.pop("steps"), found.pop("effects")
    show_one(found, as_json=False)
    for step in steps:
        typer.echo(f"{step.pop('step')}: {json.dumps(step, ensure_ascii=False)}")
    for effect in wanted:
        typer.echo(f"effect {effect['effect'] or '-'} {effect['state'] or 'not owed'}: {short(effect)}")


@app.command()
def rollback(rule: RuleId, version: Annotated[int, typer.Argument(min=1)]) -> None:
    """An older version's document as a new version, in shadow."""
    with plain_errors(), calling(read_settings()) as api:
        tag = api.get(f"/rules/{rule}").headers["etag"]
        _tell(api.post(f"/rules/{rule}/rollback", {"version": version}, seen=tag).json())


@app.command("webhook-token")
def webhook_token(rule: RuleId) -> None:
    """A new token by which others have the rule fire: shown once; an older one opens nothing more."""
    with plain_errors(), calling(read_settings()) as api:
        made = api.post(f"/rules/{rule}/webhook-token", {}).json()
        typer.echo(f"POST {made['path']}\nAuthorization: Bearer {made['token']}")


@app.command()
def resume(rule: RuleId, held: Annotated[Literal["carry-out", "drop"], typer.Argument()]) -> None:
    """Let a paused rule go on; what it wanted meanwhile is carried out now, or dropped."""
    with plain_errors(), calling(read_settings()) as api:
        tag = api.get(f"/rules/{rule}").headers["etag"]
        done = api.post(f"/rules/{rule}/resume", {"held": held.replace("-", "_")}, seen=tag).json()
        typer.echo(f"Rule {rule} goes on. Carried out now: {counted(done['effects'], 'effect')}.")


@app.command()
def run(
    rule: RuleId,
    issues: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY...]", help="None for a rule that is decided once, without an issue."),
    ] = None,
) -> None:
    """Have the rule fire for issues now, or once; in shadow it shows what it would do."""
    with plain_errors(), calling(read_settings()) as api:
        asked = api.post(f"/rules/{rule}/run", {"issues": issues or []}).json()
        typer.echo(f"Run {asked['run']} was asked for; see `burnish runs show {asked['run']}`.")


@app.command()
def explain(
    issue: Annotated[str | None, typer.Argument(metavar="[KEY]")] = None,
    *,
    rule: Annotated[int | None, typer.Option(min=1, metavar="ID", help="Only of that rule.")] = None,
    outcome: Annotated[str | None, typer.Option(help="Such as acted, not matched, failed.")] = None,
    before: Before = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Why rules did what they did, or did nothing, newest first; with --json every clause and value."""
    with plain_errors(), calling(read_settings()) as api:
        asked = {"issue": issue, "rule": rule, "outcome": outcome, "before": before, "limit": limit}
        show_list(api.get("/decisions", **asked).json(), _DECISIONS, as_json=as_json)


@app.command()
def apply(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="Of *.yaml files, one rule each.")
    ],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; otherwise only the plan is printed.")] = False,
    note: Note = "applied from files",
    site: SiteOption = None,
) -> None:
    """Make the rules of a site those of a folder, by their names. New versions start in shadow.

    Rules that no file names stay as they are.
    """
    with plain_errors(), calling(read_settings()) as api:
        there = _all_by_name(api, site)
        for file in listed(folder):
            draft = {"source": text_of(file), "site": site}
            try:
                checked = api.post("/rules/check", draft).json()
            except NotPossible as error:
                raise NotPossible(f"{file}: {error}") from error
            document = checked["document"]
            warn(file, checked)
            known = there.pop(document["name"], None)
            if known is not None and _document(api, known) == document:
                typer.echo(f"same    {document['name']}")
                continue
            typer.echo(f"{'new    ' if known is None else 'change '} {document['name']} ({file.name})")
            if yes and known is None:
                api.post("/rules", {**draft, "note": note})
            elif yes and known is not None:
                tag = api.get(f"/rules/{known}").headers["etag"]
                api.put(f"/rules/{known}", {"source": draft["source"], "note": note}, version=tag)
        for name in there:
            typer.echo(f"no file {name}")
    typer.echo("Done; new versions are in shadow." if yes else "Nothing was done; --yes does it.")


def _all_by_name(api: Caller, site: str | None) -> dict[str, int]:
    found: dict[str, int] = {}
    before: int | None = None
    while True:
        page = api.get("/rules", site=site, before=before, limit=200).json()
        found |= {one["name"]: one["id"] for one in page["items"]}
        before = page["next"]
        if before is None:
            return found


def _document(api: Caller, rule: int) -> Any:
    return api.get(f"/rules/{rule}").json()["document"]


def _tell(rule: Mapping[str, Any]) -> None:
    shadow = f", version {rule['shadow_version']} in shadow" if rule["shadow_version"] else ""
    live = f"version {rule['live_version']} acts" if rule["live_version"] else "nothing acts"
    typer.echo(f"Rule {rule['id']} is {rule['mode']}: {live}{shadow}.")
