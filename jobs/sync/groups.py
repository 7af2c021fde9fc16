"""Who is in the groups that rules and settings name. Nothing tells of it, so it is read once a day."""

from collections.abc import Collection
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection

from app.domain.jql.plan import folded
from app.domain.rules.named_people import groups_of
from app.domain.scrum.issue_columns import account_of
from app.store import groups
from app.store.sites import Site
from jobs.context import Context, JiraSite
from jobs.sync.reading import LOCAL, Reading

_OFTEN = timedelta(days=1)


async def keep_groups(context: Context, jira_site: JiraSite, site: Site, reading: Reading) -> None:
    """Read and keep them; one that cannot be read is named and stays as it was.

    Raises:
        ConnectorError: Jira does not answer.
    """
    wanted = partial(_wanted, context=context, site=site, others=jira_site.groups, at=reading)
    for name in await context.database.call_read(wanted):
        try:
            people = [one async for one in jira_site.jira.group_members(name)]
        except LOCAL as error:
            reading.fail(f"group {name}", error)
            continue
        members = sorted({account for one in people if (account := account_of(one)) is not None})
        keep = partial(groups.keep, site=site, name=folded(name), members=members, at=reading.heard_at)
        await context.database.call_write(keep)


def _wanted(
    connection: Connection, *, context: Context, site: Site, others: Collection[str], at: Reading
) -> Collection[str]:
    """Names that rules and settings have for them; of those that were not read of late."""
    fresh = groups.read_since(connection, site, at.heard_at - _OFTEN)
    named = {name for each in context.rules.of(connection, site.id).rules for name in groups_of(each.rule)}
    named |= set(others)
    return sorted(name for name in named if folded(name) not in fresh)
