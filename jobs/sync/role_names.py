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
    """Read and keep their names; what cannot be read stays as it was.

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
        return
    if groups is not None:
        await context.database.call_write(partial(role_names.keep_groups, site=site, names=groups, at=at))
