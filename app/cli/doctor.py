"""What is wrong, and how to mend it."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from app import connections
from app.cli.common import SiteOption, locked_sites, plain_errors, read_settings, the_site, with_stored_sites
from app.cli.showing import AsJson
from app.clock import utc_now
from app.domain.reports.target import Target
from app.domain.scrum.issue import BLOCKED_BY
from app.errors import BurnishError, SettingsInvalid
from app.services.doctor import Expected, JiraFacts, judge_site
from app.services.doctor_fields import fields_named
from app.services.doctor_store import judge_store
from app.services.doctor_visit import look_at_jira, look_at_store, stored_site
from app.services.findings import Finding, Level, Trouble
from app.services.grooming_wish import read_wish
from app.settings import Settings, SiteSettings
from app.store.database import Database

_SIGN = {Level.OK: "ok", Level.WARNING: "WARNING", Level.FAULT: "FAULT", Level.SKIPPED: "skipped"}


def doctor(
    site: SiteOption = None,
    *,
    public_url: Annotated[
        str | None, typer.Option(help="Where Jira is to reach this service, to compare with its webhooks.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check settings, store, Jira, permissions, fields, clocks and webhooks; exit 1 on any fault.

    Changes nothing, in Jira or here, and works beside a running service.
    """
    found = _findings(site, public_url)
    for one in found:
        typer.echo(json.dumps(asdict(one), ensure_ascii=False) if as_json else _line(one))
    if any(one.level is Level.FAULT for one in found):
        raise typer.Exit(1)


def _line(finding: Finding) -> str:
    where = f"{finding.site}: " if finding.site else ""
    line = f"{_SIGN[finding.level]:<8} {where}{finding.check}: {finding.seen}"
    return f"{line}\n         -> {finding.mend}" if finding.mend else line


def _findings(site: str | None, public_url: str | None) -> list[Finding]:
    try:
        settings = with_stored_sites(read_settings())
        connections.check_grooming(settings)
    except SettingsInvalid as error:
        return [
            Finding(
                "settings",
                Level.FAULT,
                str(error),
                "Correct what is named there; docs/settings.md lists all.",
            )
        ]
    with plain_errors():
        names = [the_site(settings, site)] if site is not None else sorted(settings.sites)
    found = [_settings(settings)]
    try:
        database = Database(settings.database_url.get_secret_value())
    except BurnishError as error:
        return [*found, Finding("store", Level.FAULT, str(error), "Correct `database_url`.")]
    try:
        found += _locked(settings, site)
        lease = timedelta(seconds=settings.lease_seconds)
        found += judge_store(look_at_store(database, now=utc_now(), lease=lease))
        for name in names:
            found += _of_site(settings, database, name, public_url)
    finally:
        database.close()
    return found


def _locked(settings: Settings, site: str | None) -> list[Finding]:
    """Sites of the store that nobody can serve: their webhooks are refused, and nothing is read of them."""
    mend = "Mend it as it says: such a site is not served, its webhooks are refused and nothing is read."
    locked = {} if site is not None else locked_sites(settings)
    return [Finding("site", Level.FAULT, reason, mend, site=name) for name, reason in sorted(locked.items())]


def _settings(settings: Settings) -> Finding:
    if not settings.sites:
        mend = "Add one under [sites.<name>] in burnish.toml."
        return Finding("settings", Level.WARNING, "No Jira site is named.", mend)
    if not settings.api_keys:
        mend = "Set `api_keys`, here and for the service, to see and retry its work from the command line."
        return Finding("settings", Level.WARNING, "There is no API key, so the API is closed.", mend)
    return Finding("settings", Level.OK, f"Sites: {', '.join(sorted(settings.sites))}.")


def _of_site(settings: Settings, database: Database, name: str, public_url: str | None) -> Sequence[Finding]:
    site = settings.sites[name]
    expected = _expected(settings, name, public_url)
    facts = asyncio.run(_visit(site, expected))
    return judge_site(expected, stored_site(database, name), facts, utc_now())


def _expected(settings: Settings, name: str, public_url: str | None) -> Expected:
    """What the settings want of a site; a board may have several reports, each with an issue of its own."""
    site = settings.sites[name]
    others = {one.board: Target(one.report_issue) for one in site.delivery + site.backlog_grooming}
    filtered = {one.board for one in site.teams}
    ignored = {one.board for one in site.sprint_health if one.ignore_board_filter}
    return Expected(
        name=name,
        projects=site.projects,
        boards={
            **others,
            **{one.board: connections.flow_target(one) for one in site.flow},
            **{one.board: connections.target_of(one) for one in site.sprint_health},
        },
        has_secret=bool(site.webhook_secrets),
        catch_up=timedelta(minutes=settings.catch_up_minutes),
        public_url=public_url,
        blocked_by_links=site.blocked_by_links or BLOCKED_BY,
        unfiltered=ignored | (others.keys() - filtered),
        report_issues=site.report_issues,
        named_fields=[
            named for one in site.backlog_grooming for named in fields_named(one.board, read_wish(one.wish))
        ],
    )


async def _visit(site: SiteSettings, expected: Expected) -> JiraFacts:
    try:
        async with AsyncExitStack() as stack:
            jira = await connections.jira_of(stack, site, now=utc_now)
            return await look_at_jira(jira, expected, now=utc_now)
    except (BurnishError, OSError) as error:  # tokens that cannot be read, for instance
        trouble = Trouble(str(error))
        return JiraFacts(utc_now(), None, trouble)
