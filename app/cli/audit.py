"""The audit: who changed what."""

from typing import Annotated, Any

import typer

from app.cli.caller import calling
from app.cli.common import OfSiteOption, plain_errors, read_settings
from app.cli.showing import AsJson, Before, Columns, Limit, show_list


def _differing(one: Any, other: Any) -> Any:
    """What is in one and not the same in the other: a line has no room for what stayed."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return one
    return {
        name: _differing(value, other.get(name))
        for name, value in one.items()
        if name not in other or other[name] != value
    }


_COLUMNS: Columns = {
    "ID": "id",
    "AT": "at",
    "WHO": "actor",
    "DID": "action",
    "TO": "resource_id",
    "SITE": "site",
    "BEFORE": lambda one: _differing(one["before"], one["after"]),
    "AFTER": lambda one: _differing(one["after"], one["before"]),
}


def audit(
    *,
    actor: Annotated[str | None, typer.Option(help="Only by them, such as 'key ci' or 'CLI alice'.")] = None,
    resource: Annotated[str | None, typer.Option(help="Only of that kind, such as site.")] = None,
    of: Annotated[str | None, typer.Option(help="Only of the one with that id or name.")] = None,
    site: OfSiteOption = None,
    since: Annotated[str | None, typer.Option(help="An instant, such as 2026-03-01T00:00Z.")] = None,
    before: Before = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """Who changed what over the API and the command line, newest first."""
    wanted = {"actor": actor, "resource": resource, "resource_id": of, "site": site, "since": since}
    with plain_errors(), calling(read_settings()) as api:
        page = api.get("/audit", **wanted, before=before, limit=limit).json()
        show_list(page, _COLUMNS, as_json=as_json)
