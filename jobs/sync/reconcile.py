"""Compare the store with Jira, issue by issue, and mend what differs.

Webhooks get lost, and what is deleted, hidden, archived or moved away just disappears from every search. So
all issues of a project are listed once a night, with their ids and `updated` only, and merged with those of
the store. Both come in the order of their creation, which never changes: a page at a time is all it takes.
What the store has and Jira does not list is asked for by its id, and judged (`jobs.sync.absent`). What the
store lacks, or has older, is read whole. Nothing is held for gone before Jira has said who we are.
"""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

from app.domain.scrum.from_jira import instant
from app.store import runs, sites, sweeps
from app.store.claim import Claimed
from jobs.context import Context, JiraSite
from jobs.handling import Finished
from jobs.sync.lists import keep_lists
from jobs.sync.people import keep_people
from jobs.sync.reading import Reading, Report, note_progress
from jobs.sync.site import verify
from jobs.sync.sweep import Sweep, Swept
from jobs.sync.versions import keep_versions


async def run(context: Context, jira_site: JiraSite, work: Claimed) -> Finished:
    """Carry out a run of kind `reconcile`; a project that was not swept whole makes it fail in the end."""
    reading = Reading(context.now())
    report = partial(note_progress, context, work)
    swept = await reconcile(context, jira_site, run_id=work.id, report=report, reading=reading)
    progress = summary(swept, reading)
    values = {"progress": progress}
    if "failures" in progress:
        listed = "; ".join(f"{what}: {why}" for what, why in progress["failures"].items())
        return Finished(runs.FAILED, f"Not everything could be compared. {listed}", values=values)
    return Finished(runs.DONE, values=values)


def summary(swept: Sequence[Swept], reading: Reading) -> dict[str, Any]:
    """What came of a reconcile: counts by name, each project's own, and what could not be read."""
    found = Counter[str]()
    for one in swept:
        found.update(one.found)
    failures = reading.failures | {f"project {one.project.key}": one.failure for one in swept if one.failure}
    said = {
        "projects compared": len(swept),
        "issues listed": sum(one.listed for one in swept),
        **found,
        "projects": [one.facts for one in swept],
    }
    return {**said, "failures": failures} if failures else said


async def reconcile(
    context: Context, jira_site: JiraSite, *, report: Report, reading: Reading, run_id: int | None = None
) -> list[Swept]:
    """Compare every project that was read, and mend what differs; lists and people are only read again.

    Args:
        context: where to.
        jira_site: whose.
        report: told how far it is, after every project.
        reading: told which lists could not be read.
        run_id: of the run that does it.

    Raises:
        NotPossible: Jira does not take us for the account whose view the store is. Nothing was held for gone.
        ConnectorError: Jira does not let us in, does not answer, or not as it should.
    """
    site, projects = await context.database.call_read(
        lambda tx: (sites.site_by_id(tx, jira_site.id), sites.projects_of(tx, jira_site.id))
    )
    await verify(jira_site, site)
    info = await jira_site.jira.server_info()
    at = reading.heard_at = instant(info.get("serverTime")) or context.now()
    there = {str(document["id"]): document async for document in jira_site.jira.projects()}
    listed = [one.id for one in projects if one.id in there and jira_site.wants(there[one.id]["key"])]
    await keep_lists(context, jira_site, site, listed, reading)
    await keep_people(context, jira_site, site, reading)
    done = []
    for project in projects:
        document = there.get(project.id)
        if project.read_until is None or not jira_site.wants(document["key"] if document else project.key):
            continue  # the first sync reads it, or nobody wants it
        begin = partial(
            sweeps.open_sweep,
            site=site,
            project=(project.id, project.key),
            run_id=run_id,
            began_at=context.now(),
        )
        swept = Swept(project, await context.database.call_write(begin))
        await Sweep(context, jira_site, site, swept, at).whole(document)
        done.append(swept)
        await report(summary(done, reading))
    # Rules hear which were released: for them, what issues are fixed in must be known.
    await keep_versions(context, jira_site, site, listed, reading)
    # Only now all deletions are known: a parent may be in another project.
    for swept in done:
        await Sweep(context, jira_site, site, swept, at).end()
    return done
