"""Who is in a sprint: read again, one by one, what a report on it must not get wrong."""

from functools import partial

from sqlalchemy import Connection

from app import log
from app.domain.scrum.issue import Gone
from app.store import issues, presence, sites, sweeps
from app.store.sites import Site
from connectors.errors import Missing, NotAllowed
from connectors.jira.client import JiraClient
from jobs.context import Context, JiraSite
from jobs.sync import absent
from jobs.sync.issues import keep
from jobs.sync.reading import LOCAL

_log = log.get(__name__)


async def check_members(
    context: Context, jira_site: JiraSite, sprint_id: int
) -> tuple[int, dict[str, Exception]]:
    """Read again what a report on a sprint must not get wrong.

    Returns:
        How many issues, and by id those that could not be read: the report goes on and says so.

    Those that only an event has told us about, and those that we hold for members while Jira does not list
    them: removed a moment ago, moved, deleted, or hidden from us, which no catch-up by `updated` can tell.
    """

    def doubtful(connection: Connection) -> tuple[Site, set[str], set[str]]:
        site = sites.site_by_id(connection, jira_site.id)
        return (
            site,
            set(issues.incomplete(connection, site, sprint_id)),
            set(issues.present_members(connection, site, sprint_id)),
        )

    site, incomplete, present = await context.database.call_read(doubtful)
    listed = {
        str(issue["id"])
        async for issue in jira_site.jira.search(f"sprint = {sprint_id}", fields=("updated",))
    }
    again = sorted(incomplete | (present - listed) | (listed - present))
    unread: dict[str, Exception] = {}
    for issue_id in again:
        try:
            await _read_again(context, jira_site, site, issue_id)
        except LOCAL as error:
            unread[issue_id] = error
            _log.error("sync.not_read", what=f"issue {issue_id}", reason=str(error))
    return len(again), unread


async def _read_again(context: Context, jira_site: JiraSite, site: Site, issue_id: str) -> None:
    jira = jira_site.jira
    try:
        document = await jira.issue(issue_id, expand=("changelog",))
    except Missing:
        await jira.myself()  # an account that was locked out sees nothing: that is no deletion
        await _bury(context, jira_site, site, issue_id)
        return
    page = await keep(
        context,
        jira_site,
        site,
        [document],
        also=lambda tx, _: issues.mark_present(tx, site, issue_id),
    )
    for error in page.failures.values():
        raise error


async def _bury(context: Context, jira_site: JiraSite, site: Site, issue_id: str) -> None:
    """It is deleted or hidden; what is deleted stays so, so it is judged as a sweep judges."""
    found = await context.database.call_read(lambda tx: sweeps.held_among(tx, site, [issue_id]))
    held = found.get(issue_id)
    if held is None:
        return
    browsable = await _may_browse(jira_site.jira, held.key.rpartition("-")[0])
    around = absent.Around("", jira_site.wants, browsable=browsable)
    drift, why = absent.judge_missing(held, absent.Answer(), around)
    since = {issue_id: max(context.now(), held.updated)}
    bury = partial(presence.bury, site=site, gone=since, reason=Gone(drift.value))
    await context.database.call_write(bury)
    _log.warning("sync.issue_gone", site=jira_site.name, issue=held.key, reason=drift.value, why=why)


async def _may_browse(jira: JiraClient, project_key: str) -> bool:
    try:
        return (await jira.permissions(["BROWSE_PROJECTS"], project_key))["BROWSE_PROJECTS"]
    except (Missing, NotAllowed):
        return False
