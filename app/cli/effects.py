"""Effects: what we owe Jira; dead letters among them, which can be mended."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import click
import typer

from app.cli.caller import calling
from app.cli.common import OfSiteOption, plain_errors, read_settings
from app.cli.showing import AsJson, Before, Columns, Ids, Limit, for_each, show_list, show_one
from app.domain.effects import WebRequest
from app.domain.scrum.wording import counted
from app.errors import NotPossible
from app.services.effects import EffectState

app = typer.Typer(no_args_is_help=True)

_COLUMNS: Columns = {
    "ID": "id",
    "SITE": "site",
    "STATE": "state",
    "KIND": "kind",
    "SUBJECT": "subject",
    "TRIED": "attempts",
    "CREATED": "created_at",
    "CAUSE": "cause",
    "REASON": "reason",
}


@app.command("list")
def list_(
    *,
    state: Annotated[EffectState | None, typer.Option(help="Only those in it, such as dead.")] = None,
    site: OfSiteOption = None,
    issue: Annotated[str | None, typer.Option(help="Only on that issue.", metavar="KEY")] = None,
    before: Before = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Effects, newest first."""
    with plain_errors(), calling(read_settings()) as api:
        wanted = {"state": state, "site": site, "issue": issue, "before": before, "limit": limit}
        show_list(api.get("/effects", **wanted).json(), _COLUMNS, as_json=as_json)


@app.command()
def show(ids: Ids, *, as_json: AsJson = False) -> None:
    """All of an effect, with what it writes and what comes next."""
    with plain_errors(), calling(read_settings()) as api:
        for_each(ids, lambda one: show_one(api.get(f"/effects/{one}").json(), as_json=as_json))


@app.command()
def edit(
    effect: Annotated[int, typer.Argument(min=1, metavar="ID")],
    *,
    issue: Annotated[str | None, typer.Option(help="Write to this issue instead.", metavar="KEY")] = None,
    body: Annotated[
        typer.FileText | None,
        typer.Option(help="Write this comment instead: a file, or - for standard input."),
    ] = None,
    payload: Annotated[
        typer.FileText | None,
        typer.Option(help="Write this instead, of no comment: JSON with the names that `show` shows."),
    ] = None,
) -> None:
    """Change what a waiting or dead effect writes, or where. Without options it opens in $EDITOR.

    A comment opens as its body: on Jira Cloud a document in ADF, as JSON; on Data Center wiki markup.
    """
    with plain_errors(), calling(read_settings()) as api:
        answer = api.get(f"/effects/{effect}")
        before = answer.json()["payload"]
        change: dict[str, Any] = {} if issue is None else {"issue_key": issue}
        if body is not None:
            change["body"] = _as(before.get("body"), body.read(), "body")
        if payload is not None:
            change["payload"] = _document(payload.read(), "payload")
        if not change:
            change = _in_editor(answer.json()["kind"], before)
        edited = api.patch(f"/effects/{effect}", change, version=answer.headers["etag"]).json()
        _say(edited)
        if edited["state"] == "dead":
            typer.echo(f"It is edited, and not sent yet: `burnish effects retry {effect}` tries it again.")


@app.command()
def retry(
    ids: Annotated[list[int] | None, typer.Argument(min=1, metavar="[ID]...")] = None,
    *,
    state: Annotated[
        Literal["dead"] | None,
        typer.Option("--all", help="Instead of ids: all in that state, the oldest 500 at once."),
    ] = None,
    site: OfSiteOption = None,
) -> None:
    """Try effects again that are dead, cancelled or skipped."""
    with plain_errors(), calling(read_settings()) as api:
        if bool(ids) == bool(state):
            raise NotPossible("Name the ids, or give --all and a state: one of both.")
        if state is not None:
            done = api.post("/effects/retry", state=state, site=site).json()
            typer.echo(f"Tried again: {counted(done['retried'], 'effect')}; {done['left']} more {state}.")
        for_each(ids or (), lambda one: _say(api.post(f"/effects/{one}/retry").json()))


@app.command()
def cancel(ids: Ids) -> None:
    """Call off effects that are waiting or dead."""
    with plain_errors(), calling(read_settings()) as api:
        for_each(ids, lambda one: _say(api.post(f"/effects/{one}/cancel").json()))


def _in_editor(kind: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody changed: of a comment its body, else the parts of the payload that are others now."""
    if kind == WebRequest.kind:
        raise NotPossible("What a web request says is its rule's: change the rule, and cancel this one.")
    if "body" in payload:
        return {"body": _as(payload["body"], _edited(payload["body"]), "body")}
    after = _document(_edited(payload), "payload")
    if gone := ", ".join(sorted(payload.keys() - after.keys())):
        raise NotPossible(f"Parts cannot be taken away, only changed; missing: {gone}.")
    return {"payload": {name: value for name, value in after.items() if payload.get(name) != value}}


def _edited(before: Any) -> str:
    text = before if isinstance(before, str) else json.dumps(before, indent=2, ensure_ascii=False)
    written = click.edit(text, extension=".txt" if isinstance(before, str) else ".json")
    if written is None:
        raise NotPossible("The editor was left without saving; nothing changed.")
    return written


def _as(before: Any, written: str, name: str) -> Any:
    """Of the kind that it is now: a text, or a document."""
    return written if isinstance(before, str) else _document(written, name)


def _document(written: str, name: str) -> Any:
    try:
        found = json.loads(written)
    except ValueError as error:
        raise NotPossible(f"The {name} is not JSON ({error}); on Jira Cloud a body is in ADF.") from None
    if not isinstance(found, dict):
        raise NotPossible(f"The {name} is no JSON object.")
    return found


def _say(effect: dict[str, str]) -> None:
    typer.echo(f"Effect {effect['id']} is {effect['state']}: {effect['next']}.")
