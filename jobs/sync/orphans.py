"""Issues whose parent was deleted: they lose it, and neither `updated` nor their history shows it."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy import Connection

from app.store import sweeps
from app.store.sites import Project, Site
from app.store.sweeps import Difference, Drift
from jobs.context import Context, JiraSite
from jobs.sync.issues import HISTORY, PAGE, WHOLE, Page, keep


async def read_again(
    context: Context, jira_site: JiraSite, site: Site, project: Project, sweep_id: int
) -> list[Difference]:
    """Read those of a project that still name a deleted parent; returns what was found, and is noted.

    Raises:
        ConnectorError: Jira does not answer.
    """
    found: list[Difference] = []
    after = ""
    while True:
        look = partial(sweeps.orphans, site=site, project_id=project.id, after=after, limit=PAGE)
        parents = dict(await context.database.call_read(look))
        if not parents:
            return found
        documents = await jira_site.jira.issues(list(parents), fields=WHOLE, expand=HISTORY)
        read = {str(document["id"]): document["key"] for document in documents}
        page_found: list[Difference] = []

        def also(
            connection: Connection,
            _: Page,
            look: partial[list[tuple[str, str]]] = look,
            parents: Mapping[str, str] = parents,
            read: Mapping[str, str] = read,
            page_found: list[Difference] = page_found,
        ) -> None:
            still = dict(look(connection))
            page_found[:] = [_orphaned(one, key, parents[one], one in still) for one, key in read.items()]
            sweeps.note(connection, sweep_id, page_found)

        await keep(context, jira_site, site, documents, also=also)
        found += page_found
        after = max(parents)


def _orphaned(issue_id: str, key: str, parent: str, named_still: bool) -> Difference:
    tail = "; Jira still names it." if named_still else "."
    return Difference(
        issue_id, key, Drift.ORPHANED, f"Its parent {parent} was deleted{tail}", not named_still
    )
