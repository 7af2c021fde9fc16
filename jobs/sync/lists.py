"""The lists that a site and its projects are set up with: priorities, types, components and the like.

Webhooks tell of types and link types; of the others nothing does. So all are read with the first sync and
with every sweep. Versions are read more often (`jobs.sync.versions`).
"""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from sqlalchemy import Connection, Table

from app.domain.scrum.things_from_jira import (
    Row,
    read_component,
    read_in_order,
    read_issue_type,
    read_link_type,
)
from app.store import jira_tables, things
from app.store.sites import Site
from connectors.jira.client import JiraClient
from jobs.context import Context, JiraSite
from jobs.sync.reading import LOCAL, Reading
from jobs.sync.role_names import keep_role_names

_Save = Callable[[Connection], None]


async def keep_lists(
    context: Context, jira_site: JiraSite, site: Site, project_ids: Sequence[str], reading: Reading
) -> None:
    """Read and keep all lists; one that cannot be read is named and stays as it was.

    Raises:
        ConnectorError: Jira does not answer.
    """
    jira, saves = jira_site.jira, list[_Save]()
    for table, what, ask in _of_site(jira):
        if (rows := await _asked(what, ask, reading)) is not None:
            saves.append(partial(things.replace_all, site=site, table=table, rows=rows, at=reading.heard_at))
    for project_id in project_ids:
        components = partial(_components, jira, project_id)
        if (rows := await _asked(f"components of project {project_id}", components, reading)) is not None:
            keep = partial(things.replace_components, site=site, project_id=project_id)
            saves.append(partial(keep, rows=rows, at=reading.heard_at))

    def save(connection: Connection) -> None:
        for each in saves:
            each(connection)

    await context.database.call_write(save)
    await keep_role_names(context, jira_site, site, project_ids, reading)


_Ask = Callable[[], Awaitable[list[Row]]]


def _of_site(jira: JiraClient) -> list[tuple[Table, str, _Ask]]:
    async def priorities() -> list[Row]:
        return read_in_order(await jira.priorities(), "a priority")

    async def resolutions() -> list[Row]:
        return read_in_order(await jira.resolutions(), "a resolution")

    async def issue_types() -> list[Row]:
        return [read_issue_type(one) for one in await jira.issue_types()]

    async def link_types() -> list[Row]:
        return [read_link_type(one) for one in await jira.link_types()]

    return [
        (jira_tables.priorities, "priorities", priorities),
        (jira_tables.resolutions, "resolutions", resolutions),
        (jira_tables.issue_types, "issue types", issue_types),
        (jira_tables.link_types, "link types", link_types),
    ]


async def _components(jira: JiraClient, project_id: str) -> list[Row]:
    return [read_component(one, project_id) for one in await jira.components(project_id)]


async def _asked(what: str, ask: _Ask, reading: Reading) -> list[Row] | None:
    try:
        return await ask()
    except LOCAL as error:
        reading.fail(what, error)
        return None
