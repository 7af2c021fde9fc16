"""Read Jira into the store, compare them, and see how well they agree."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Annotated, Any

import typer

from app import connections, interpreter, main
from app.cli.caller import Caller, calling, on_record, service_on
from app.cli.common import (
    OfSiteOption,
    SiteOption,
    fail,
    plain_errors,
    read_settings,
    the_site,
    with_stored_sites,
)
from app.cli.showing import AsJson, Before, Columns, Limit, plain, show_list, show_one
from app.cli.watching import Watching, watching
from app.clock import utc_now
from app.services.audit import Change
from app.services.oauth_tokens import StoredTokens
from app.services.runs import RECONCILE, SYNC
from app.settings import Settings
from app.site_book import keyring_of
from app.store import schema
from jobs.context import Context, JiraSite
from jobs.sync.reading import Reading, Report
from jobs.sync.reconcile import reconcile as reconcile_site
from jobs.sync.reconcile import summary
from jobs.sync.run import sync as sync_site

app = typer.Typer(invoke_without_command=True)

_SECONDS = 1.0
_ENDED = {"done", "failed", "cancelled"}


def _state(project: Mapping[str, Any]) -> str:
    state: str = project["state"]
    if (imported := project["imported"]) is not None:
        return f"imported {plain(imported['at'])} from {imported['file']}"
    if project["read_until"] is not None or not project["expected"]:
        return state
    return f"{state}, {100 * project['read'] // project['expected']} %"


_PROJECTS: Columns = {
    "SITE": "site",
    "PROJECT": "key",
    "STATE": _state,
    "ISSUES": "issues",
    "GONE": "gone",
    "READ UNTIL": "read_until",
    "COMPARED": lambda one: (one["last_sweep"] or {}).get("ended_at"),
    "DIFFERED": lambda one: (one["last_sweep"] or {}).get("differed"),
    "NO WEBHOOK TOLD": lambda one: (one["unannounced"] or {}).get("total"),
    "MISSING": lambda one: "; ".join(one["missing"]),
}
_SWEEPS: Columns = {
    "ID": "id",
    "SITE": "site",
    "PROJECT": "project",
    "BEGAN": "began_at",
    "ENDED": "ended_at",
    "JIRA COUNTS": "counted",
    "LISTS": "listed",
    "HERE": "stored",
    "DIFFERED": "differed",
    "MENDED": "mended",
    "FAILURE": "failure",
}
_DIFFERENCES: Columns = {"ISSUE": "issue", "KIND": "kind", "MENDED": "mended", "WHY": "why"}


@app.callback()
def sync(context: typer.Context, site: SiteOption = None) -> None:
    """Bring the store up to date with Jira. Where a service runs on the store, it is asked to do it.

    A running service does so by itself, every few minutes.
    """
    if context.invoked_subcommand is None:
        _carry_out(SYNC, site, _read)


@app.command()
def reconcile(site: SiteOption = None) -> None:
    """Compare the store with Jira, issue by issue, and mend what differs; a service does so every night."""
    _carry_out(RECONCILE, site, _compare)


@app.command()
def status(
    *,
    site: OfSiteOption = None,
    as_json: AsJson = False,
) -> None:
    """How far each project was read, what is missing, and how well it agreed with Jira last time."""
    with plain_errors(), calling(read_settings()) as api:
        show_list(api.all("/sync", site=site), _PROJECTS, as_json=as_json)


@app.command()
def drift(
    sweep: Annotated[int | None, typer.Argument(min=1, help="Which comparison; none: list them.")] = None,
    *,
    site: OfSiteOption = None,
    project: Annotated[str | None, typer.Option(help="Only of that project.")] = None,
    before: Before = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """What differed from Jira: all comparisons, newest first, or every issue of one of them."""
    with plain_errors(), calling(read_settings()) as api:
        if sweep is None:
            wanted = {"site": site, "project": project, "before": before}
            show_list(api.get("/sync/sweeps", **wanted, limit=limit).json(), _SWEEPS, as_json=as_json)
            return
        found = api.get(f"/sync/sweeps/{sweep}").json()
        if as_json:
            show_one(found, as_json=True)
            return
        items = found.pop("differences")
        show_one(found, as_json=False)
        show_list({"items": items}, _DIFFERENCES, as_json=False)


# --- carrying it out ------------------------------------------------------------------------------

Work = Callable[[Context, JiraSite, Report], Awaitable[Mapping[str, Any]]]


def _carry_out(kind: str, site: str | None, work: Work) -> None:
    with plain_errors():
        settings = with_stored_sites(read_settings())
        name = the_site(settings, site)
        with watching() as watch:
            if service_on(settings):
                with calling(settings) as api:
                    progress = _followed(api, kind, name, watch)
            else:
                progress = asyncio.run(_here(settings, name, kind, work, watch))
        watch.end(progress)
        failures = progress.get("failures") or {}
        if failures:
            fail("; ".join(f"{what} cannot be read: {why}" for what, why in failures.items()))


def _followed(api: Caller, kind: str, site: str, watch: Watching) -> Mapping[str, Any]:
    """Ask the service for a run, and watch it to its end."""
    run = api.post("/runs", {"kind": kind, "site": site}).json()
    typer.echo(f"The service at {api.address} does it, as run {run['id']}.", err=True)
    while run["state"] not in _ENDED:
        time.sleep(_SECONDS)
        run = api.get(f"/runs/{run['id']}").json()
        if run["state"] == "waiting" and run["reason"]:
            comes, why = run["next"], run["reason"].rstrip(".")
            watch.say(f"It is not done yet: {comes}{'' if why in comes else f' ({why})'}.")
        else:
            watch.show(run["progress"] or {})
    if run["state"] != "done":
        way_out = f"When the cause is mended, `burnish runs retry {run['id']}` tries it again."
        fail(f"Run {run['id']} is {run['state']}: {run['reason']} {way_out}")
    progress: Mapping[str, Any] = run["progress"] or {}
    return progress


async def _here(settings: Settings, name: str, kind: str, work: Work, watch: Watching) -> Mapping[str, Any]:
    """In this process, which has the store for itself or shares PostgreSQL."""
    async with AsyncExitStack() as stack:
        database = schema.open_newest(settings.database_url.get_secret_value(), {"doing": "burnish sync"})
        stack.callback(database.close)
        rows = await database.call_write(partial(main.ensure_sites, settings=settings, now=utc_now()))
        begun = Change("run.carried_out", of=kind, site=name, after={"kind": kind})
        await database.call_write(partial(on_record, change=begun))
        tokens = partial(StoredTokens, database, keyring_of(settings), now=utc_now)
        jira_sites = await connections.connect(stack, settings, rows, now=utc_now, tokens=tokens)
        context, _ = main.make_worker(settings, database, jira_sites, utc_now)
        jira_site = next(one for one in jira_sites if one.name == name)

        async def show(progress: Mapping[str, Any]) -> None:
            watch.show(progress)

        interpreter.tune()
        return await work(context, jira_site, show)


async def _read(context: Context, jira_site: JiraSite, report: Report) -> Mapping[str, Any]:
    return (await sync_site(context, jira_site, report=report)).progress


async def _compare(context: Context, jira_site: JiraSite, report: Report) -> Mapping[str, Any]:
    reading = Reading(context.now())
    swept = await reconcile_site(context, jira_site, report=report, reading=reading)
    return summary(swept, reading)
