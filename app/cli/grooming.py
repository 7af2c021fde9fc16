"""Grooming on the command line: its checks, proposals, policies."""

import json
from difflib import unified_diff
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from app import yaml_documents
from app.cli.caller import Caller, calling
from app.cli.common import SiteOption, fail, plain_errors, read_settings
from app.cli.showing import AsJson, Before, Columns, Limit, show_list, show_one
from app.domain.grooming.catalogue import BY_NAME, CHECKS
from app.domain.grooming.policy_schema import schema as policy_schema
from app.domain.grooming.policy_trigger import WITH_ITS_BOARD
from app.domain.scrum.wording import counted
from app.services.grooming_policies import read_source
from app.services.versions import etag

app = typer.Typer(no_args_is_help=True)
policies = typer.Typer(help="Policies: which findings lead to which steps.", no_args_is_help=True)
app.add_typer(policies, name="policies")

PolicyFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
PolicyName = Annotated[str, typer.Argument(metavar="NAME", help="As `list` says it.")]
Version = Annotated[int | None, typer.Option(min=1, help="The newest if left out.")]
_COLUMNS: Columns = {
    "NAME": "name",
    "VERSION": "version",
    "MODE": "mode",
    "BOARD": "board",
    "RUN": "run",
    "NEXT": "next_run_at",
    "MADE": "made_at",
}


@app.command()
def checks(
    name: Annotated[str | None, typer.Argument(help="Only this one, with its manual page.")] = None,
) -> None:
    """What grooming looks for; with a name, its manual page."""
    if name is None:
        for each in CHECKS:
            typer.echo(f"{each.name:30} {each.weight.name.lower():7} {each.manual.splitlines()[0]}")
    elif name in BY_NAME:
        typer.echo(BY_NAME[name].manual.rstrip())
    else:
        fail(f"There is no check {name!r}. There are: {', '.join(BY_NAME)}.")


@app.command()
def accept(
    check: Annotated[str, typer.Argument(help="The check that proposes it.")],
    issue: Annotated[str, typer.Argument(help="Key of the issue.")],
    *,
    board: Annotated[int, typer.Option(min=1, help="Jira's board id.")],
    site: SiteOption = None,
) -> None:
    """Have Burnish do what a finding proposes, if it still stands."""
    with plain_errors(), calling(read_settings()) as api:
        wanted = {"check": check, "issue": issue}
        told = api.post(f"/boards/{board}/backlog/acceptances", wanted, site=site).json()
        typer.echo(f"{told['issue']}: {told['proposal']}. It is on its way.")


@app.command()
def rank(
    proposal: Annotated[str, typer.Argument(help="As `burnish report priority` says at its end.")],
    *,
    board: Annotated[int, typer.Option(min=1, help="Jira's board id.")],
    site: SiteOption = None,
) -> None:
    """Have Burnish rank the backlog as its scores say, if that is still what was proposed."""
    with plain_errors(), calling(read_settings()) as api:
        told = api.post(f"/boards/{board}/priority/acceptances", {"proposal": proposal}, site=site).json()
        typer.echo(f"On the way: {counted(told['moved'], 'issue')}; see `burnish effects list`.")


@app.command()
def scoring(
    *,
    board: Annotated[int, typer.Option(min=1, help="Jira's board id.")],
    before: Before = None,
    limit: Limit = 50,
    site: SiteOption = None,
) -> None:
    """How the board's priority was worked out: versions, newest first, with what each changed."""
    with plain_errors(), calling(read_settings()) as api:
        asked = {"site": site, "before": before, "limit": limit}
        items = api.get(f"/boards/{board}/priority/versions", **asked).json()["items"]
        if not items:
            typer.echo("There is none: set `priority` in the settings of the board's grooming.")
        for one in items:
            by = f"by {one['made_by']}" if one["made_by"] else "author not known"
            typer.echo(f"version {one['id']}, since {one['since']}, {by}")
            typer.echo(one["diff"] or yaml_documents.dump(one["document"]))


@policies.command("list")
def list_(*, site: SiteOption = None, as_json: AsJson = False) -> None:
    """All policies, the newest version of each."""
    with plain_errors(), calling(read_settings()) as api:
        show_list(api.get("/grooming-policies", site=site).json(), _COLUMNS, as_json=as_json)


@policies.command()
def show(name: PolicyName, *, site: SiteOption = None, as_json: AsJson = False) -> None:
    """A policy's newest version."""
    with plain_errors(), calling(read_settings()) as api:
        show_one(api.get(_path(name), site=site).json(), as_json=as_json)


@policies.command()
def export(name: PolicyName, *, version: Version = None, site: SiteOption = None) -> None:
    """A policy as it was written, for a file."""
    with plain_errors(), calling(read_settings()) as api:
        if version is None:
            found = api.get(_path(name), site=site).json()
        else:
            found = _version(api, name, version, site)
        typer.echo(found["source"].rstrip("\n"))


@policies.command()
def versions(name: PolicyName, *, before: Before = None, limit: Limit = 50, site: SiteOption = None) -> None:
    """A policy's versions, newest first, with what each changed."""
    with plain_errors(), calling(read_settings()) as api:
        asked = {"site": site, "before": before, "limit": limit}
        for one in api.get(f"{_path(name)}/versions", **asked).json()["items"]:
            mode = "deleted" if one["deleted"] else one["mode"]
            typer.echo(f"version {one['id']}, {one['made_at']}, {one['made_by']}: {mode}")
            if one["diff"]:
                typer.echo(one["diff"])


@policies.command()
def diff(
    name: PolicyName,
    before: Annotated[int, typer.Argument(min=1, help="Number of a version.")],
    after: Annotated[int, typer.Argument(min=1, help="Number of another one.")],
    *,
    site: SiteOption = None,
) -> None:
    """What is different between two versions of a policy, line by line."""
    with plain_errors(), calling(read_settings()) as api:
        old, new = (_version(api, name, one, site)["source"].splitlines() for one in (before, after))
        lines = list(unified_diff(old, new, f"version {before}", f"version {after}", lineterm=""))
        typer.echo("\n".join(lines) if lines else f"Versions {before} and {after} are the same.")


@policies.command()
def rollback(
    name: PolicyName,
    version: Annotated[int, typer.Argument(min=1, help="As `versions` says it.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    site: SiteOption = None,
) -> None:
    """An older version as a new one, in its mode; also of a policy that was deleted."""
    with plain_errors(), calling(read_settings()) as api:
        found = _version(api, name, version, site)
        if read_source(found["source"]).mode == "live" and not yes:
            typer.confirm(
                f"Version {version} of {name!r} is live and acts from its next run on. Go on?", abort=True
            )
        _keep(api, {"source": found["source"]}, name, site)


@policies.command()
def check(file: PolicyFile) -> None:
    """Say whether a policy can be read, without keeping it."""
    with plain_errors():
        found = read_source(file.read_text())
        steps = ", ".join(step.step for step in found.ladder)
        run = WITH_ITS_BOARD if found.trigger is None else found.trigger.words
        typer.echo(f"{found.name} is a policy for board {found.board}, {found.mode}: {steps}.")
        typer.echo(f"It is run {run}.")


@policies.command()
def schema() -> None:
    """The JSON schema of a policy, for editors."""
    typer.echo(json.dumps(policy_schema(), indent=2))


@policies.command()
def preview(file: PolicyFile, *, site: SiteOption = None, as_json: AsJson = False) -> None:
    """What a policy would do now; nothing is kept and nothing done."""
    with plain_errors(), calling(read_settings()) as api:
        show_one(api.post("/grooming-policies/preview", _source(file), site=site).json(), as_json=as_json)


@policies.command()
def apply(file: PolicyFile, *, site: SiteOption = None) -> None:
    """Keep a policy as a new version; it is in shadow unless it says `mode: live`."""
    with plain_errors(), calling(read_settings()) as api:
        _keep(api, _source(file), read_source(file.read_text()).name, site)


@policies.command()
def delete(
    name: PolicyName,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    site: SiteOption = None,
) -> None:
    """Take a policy away: it does nothing any more; its versions and the labels that it added stay."""
    with plain_errors(), calling(read_settings()) as api:
        found = api.get(_path(name), site=site)
        if not yes:
            of = "{name!r} of board {board}, version {version}, {mode}".format_map(found.json())
            typer.confirm(f"Delete policy {of}?", abort=True)
        api.delete(_path(name), version=found.headers["etag"], site=site)
        typer.echo(f"Policy {name!r} is deleted; its versions and the labels that it added stay.")


def _keep(api: Caller, wanted: dict[str, Any], name: str, site: str | None) -> None:
    """As a new version of its name, of what is there now."""
    known = {one["name"]: one for one in api.all("/grooming-policies", site=site)["items"]}
    seen = etag(known[name]["version"]) if name in known else None
    told = api.post("/grooming-policies", wanted, seen=seen, site=site).json()
    following = f" It is run {told['run']}, next at {told['next_run_at']}." if told["next_run_at"] else ""
    typer.echo(f"{told['name']} is kept as version {told['version']}, {told['mode']}.{following}")
    for warning in told["warnings"]:
        typer.echo(warning, err=True)


def _version(api: Caller, name: str, number: int, site: str | None) -> dict[str, Any]:
    """One of the versions of a policy."""
    asked = {"site": site, "before": number + 1, "limit": 1}
    items: list[dict[str, Any]] = api.get(f"{_path(name)}/versions", **asked).json()["items"]
    if not items or items[0]["id"] != number:
        fail(f"Policy {name!r} has no version {number}; `burnish grooming policies versions` lists them.")
    return items[0]


def _path(name: str) -> str:
    return f"/grooming-policies/{quote(name, safe='')}"


def _source(file: Path) -> dict[str, Any]:
    return {"source": file.read_text()}
