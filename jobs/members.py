"""Who is in a sprint: read again, one by one, what a report on it must not get wrong."""

from functools import partial

from sqlalchemy import Connection

from app import log
from app.store import issues, sites
from app.store.sites import Site
from connectors.errors import Missing
from jobs.context import Context, JiraSite
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
        at = context.now()
        await context.database.call_write(partial(issues.mark_deleted, site=site, issue_id=issue_id, at=at))
        _log.warning("sync.issue_gone", site=jira_site.name, issue=issue_id)
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
