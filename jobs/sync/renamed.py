"""Issues that bear former names of versions and components: neither `updated` nor histories show renames."""

from functools import partial

from sqlalchemy import Connection

from app.store import former_names, sweeps
from app.store.sites import Project, Site
from app.store.sweeps import Difference, Drift
from jobs.context import Context, JiraSite
from jobs.sync.issues import HISTORY, PAGE, WHOLE, Page, keep
from jobs.sync.pages import in_parts

A_NIGHT = 1000
"""Issues of a project that are read again at the most; the others have their turn in the next nights."""


async def read_again(
    context: Context, jira_site: JiraSite, site: Site, project: Project, sweep_id: int
) -> list[Difference]:
    """Read them whole; returns what was found, and is noted.

    Raises:
        ConnectorError: Jira does not answer.
    """
    look = partial(former_names.bearers, site=site, project_id=project.id, most=A_NIGHT)
    bearers = await context.database.call_read(look)
    found: list[Difference] = []
    for some in in_parts(list(bearers), PAGE):
        documents = await jira_site.jira.issues(some, fields=WHOLE, expand=HISTORY)
        page_found: list[Difference] = []

        def also(connection: Connection, page: Page, page_found: list[Difference] = page_found) -> None:
            read = {record.id: record.key for record in page.records}
            still = look(connection, issue_ids=read)
            page_found += [_renamed(one, key, bearers[one], one in still) for one, key in read.items()]
            sweeps.note(connection, sweep_id, page_found)

        await keep(context, jira_site, site, documents, also=also)
        found += page_found
    return found


def _renamed(issue_id: str, key: str, name: str, other_still: bool) -> Difference:
    tail = ", and Jira still names it otherwise in the issue." if other_still else "."
    return Difference(
        issue_id,
        key,
        Drift.RENAMED,
        f"A version or component of it is called {name!r} now{tail}",
        not other_still,
    )
