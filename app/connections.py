"""The way to each site's Jira: credentials from the settings, a client that uses them, working days."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime

from app.domain.reports.kinds import Kind
from app.domain.reports.news import NewComment
from app.domain.reports.target import SprintIssue, Target
from app.domain.scrum.calendar import Calendar
from app.domain.sprint_health.habits import BoardHabits
from app.errors import NotPossible, NotUnderstood, SettingsInvalid
from app.report_settings import FlowSettings, SprintHealthSettings
from app.services.board_habits import read_habits
from app.services.grooming_wish import read_audience, read_wish
from app.services.runs import OF_KIND, VELOCITY
from app.settings import Settings, SiteSettings
from app.store import sites
from connectors.jira.auth import ApiToken, Credentials, Password, PersonalAccessToken, ScopedToken
from connectors.jira.client import JiraClient
from connectors.jira.client import connect as connect_jira
from connectors.jira.deployment import Deployment
from connectors.jira.oauth import OAuth
from connectors.jira.tokens import FileTokenStore, TokenStore
from connectors.watch import Watch
from connectors.web import NotAllowedOut
from jobs.context import BoardReports, FlowReports, JiraSite

Clock = Callable[[], datetime]


async def connect(
    stack: AsyncExitStack,
    settings: Settings,
    rows: Mapping[str, sites.Site],
    *,
    now: Clock,
    watch: Callable[[str], Watch | None] = lambda _: None,
    tokens: Callable[[str], TokenStore | None] = lambda _: None,
) -> list[JiraSite]:
    """A client for every site; none is used before it is needed, so Jira may be down at the start."""
    connected = []
    for name, row in rows.items():
        site = settings.sites[name]
        jira = await jira_of(stack, site, now=now, watch=watch(name), tokens=tokens(name))
        connected.append(jira_site(row, site, jira))
    return connected


def jira_site(row: sites.Site, site: SiteSettings, jira: JiraClient) -> JiraSite:
    """A site as jobs need it."""
    calendars = calendars_of(site)
    in_words = frozenset(one.board for one in site.sprint_health if not one.picture)
    reports = {one.board: board_reports(one) for one in site.sprint_health}
    addresses = {name: address.get_secret_value() for name, address in site.channels.items()}
    return JiraSite(
        row.id,
        row.name,
        jira,
        site.projects,
        calendars,
        in_words,
        reports,
        addresses,
        site.groups,
        {one.board: flow_reports(one) for one in site.flow},
        site.report_issues,
        site.grooming_wish,
    )


def board_reports(one: SprintHealthSettings) -> BoardReports:
    """What the settings of a board say of its reports, by kind of run."""
    kinds = {VELOCITY if each == "velocity" else OF_KIND[Kind(each)] for each in one.reports}
    return BoardReports(target_of(one), frozenset(kinds), one.channels, one.show_restricted, read_habits(one))


def flow_reports(one: FlowSettings) -> FlowReports:
    """What the settings say of the reports on the flow of a board."""
    return FlowReports(
        flow_target(one), one.weeks, one.channels, one.show_restricted, read_habits(one), picture=one.picture
    )


def flow_target(one: FlowSettings) -> Target:
    """Where they go."""
    some = one.visible_to
    return Target(one.report_issue, audience=None if some is None else read_audience(some.document))


def target_of(one: SprintHealthSettings) -> Target:
    """Where the reports of a board go."""
    own, some = one.sprint_issue, one.visible_to
    return Target(
        issue=one.report_issue,
        sprint_property=one.sprint_property,
        audience=None if some is None else read_audience(some.document),
        new_comment=NewComment(one.new_comment),
        sprint_issue=None
        if own is None
        else SprintIssue(own.project, own.issue_type, own.summary, own.close_as),
    )


async def jira_of(
    stack: AsyncExitStack,
    site: SiteSettings,
    *,
    now: Clock,
    watch: Watch | None = None,
    tokens: TokenStore | None = None,
) -> JiraClient:
    """The client of a site, closed by the stack.

    Args:
        stack: closes it.
        site: how it is reached.
        now: the clock.
        watch: is told of calls.
        tokens: keeps OAuth tokens where the site names no file for them.

    Raises:
        NotPossible: its OAuth tokens are in the store, and nobody here may renew them.
    """
    # The way to sign in tells the edition, so nobody has to be asked.
    on_premises = site.auth in {"personal_access_token", "password"}
    deployment = Deployment.DATA_CENTER if on_premises else Deployment.CLOUD
    return await stack.enter_async_context(
        connect_jira(
            site.url, credentials_of(site, now=now, tokens=tokens), deployment=deployment, watch=watch
        )
    )


def credentials_of(site: SiteSettings, *, now: Clock, tokens: TokenStore | None = None) -> Credentials:
    """How we sign in; the settings have seen to it that nothing is missing."""
    token = site.token.get_secret_value() if site.token else ""
    match site.auth:
        case "api_token":
            return ApiToken(site.email or "", token)
        case "scoped_token":
            return ScopedToken(site.email or "", token, cloud_id=site.cloud_id)
        case "personal_access_token":
            return PersonalAccessToken(token)
        case "password":
            return Password(site.username or "", token)
        case "oauth":
            assert site.oauth is not None
            kept = FileTokenStore(site.oauth.token_file) if site.oauth.token_file else tokens
            if kept is None:
                raise NotPossible(
                    "The OAuth tokens of this site are in the store, and only the service renews them: a "
                    "refresh token works once. Ask the service, or name a `token_file`."
                )
            return OAuth(
                site.oauth.client_id,
                site.oauth.client_secret.get_secret_value(),
                kept,
                now=now,
                cloud_id=site.cloud_id,
            )


def calendars_of(site: SiteSettings) -> dict[int, Calendar]:
    """Working days by board; of a board without sprint reports, its time zone."""
    zones = {one.board: Calendar(zone=one.zone) for one in site.backlog_grooming}
    zones |= {one.board: Calendar(zone=one.zone) for one in site.delivery}
    return zones | {
        one.board: Calendar(
            zone=one.zone,
            weekdays=frozenset(day - 1 for day in one.working_days),
            holidays=frozenset(one.holidays),
        )
        for one in site.teams
    }


def habits_of(site: SiteSettings) -> dict[int, BoardHabits]:
    """How teams work, by board."""
    return {one.board: read_habits(one) for one in site.teams}


def check_channels(settings: Settings) -> None:
    """Addresses of channels are read at the start, so that a mistake is told then and not with a report.

    Raises:
        SettingsInvalid: it names the place, and never the address.
    """
    if not any(site.channels for site in settings.sites.values()):
        return
    from connectors import channels  # noqa: PLC0415

    for site_name, site in settings.sites.items():
        for name, address in site.channels.items():
            try:
                channels.check(name, address.get_secret_value())
            except NotAllowedOut as error:
                place = f"sites.{site_name}.channels.{name}"
                raise SettingsInvalid(f"The settings are not usable. {place}: {error}") from None


def check_grooming(settings: Settings) -> None:
    """What is wanted of backlogs is read at the start, so that a mistake is told then and not on Monday.

    Raises:
        SettingsInvalid: it names the place.
    """
    for name, site in settings.sites.items():
        for one in site.backlog_grooming:
            try:
                read_wish(one.wish)
            except NotUnderstood as error:
                place = f"sites.{name}.backlog_grooming, board {one.board}{error.field.replace('/', '.')}"
                raise SettingsInvalid(f"The settings are not usable. {place}: {error}") from error
