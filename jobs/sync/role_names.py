"""Which roles and groups there are, for who writes rules. Where an account is not told, nobody is warned."""

from collections.abc import Iterable
from functools import partial

from app import log
from app.store import role_names
from app.store.sites import Site
from jobs.context import Context, JiraSite
from jobs.sync.reading import LOCAL, Reading

_log = log.get(__name__)


async def keep_role_names(
    context: Context, jira_site: JiraSite, site: Site, project_ids: Iterable[str], reading: Reading
) -> None:
    """Read and keep their names; roles that cannot be read stay as they were, groups are forgotten.

    Raises:
        ConnectorError: Jira does not answer.
    """
    jira, at = jira_site.jira, reading.heard_at
    for project_id in project_ids:
        try:
            names = list(await jira.project_roles(project_id))
        except LOCAL as error:
            _log.info("sync.not_told", what=f"roles of project {project_id}", reason=str(error))
            continue
        keep = partial(role_names.keep_roles, site=site, project_id=project_id, names=names, at=at)
        await context.database.call_write(keep)
    try:
        groups = await jira.groups()
    except LOCAL as error:
        _log.info("sync.not_told", what="groups", reason=str(error))
        groups = None
    # What is no longer told whole is not known: what was told before lacks the groups that came since.
    names = [] if groups is None else groups
    await context.database.call_write(partial(role_names.keep_groups, site=site, names=names, at=at))
